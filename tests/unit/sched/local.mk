# SPDX-License-Identifier: BSD-2-Clause
# The scheduler's arithmetic and the reading of ACPI tables, on the host.
check_PROGRAMS += tests/unit/sched/credit_test tests/unit/sched/acpi_test
TESTS += tests/unit/sched/credit_test tests/unit/sched/acpi_test

tests_unit_sched_credit_test_SOURCES = tests/unit/sched/credit_test.c \
	tests/unit/hv-lib/suite.h \
	hypervisor/core/sched_credit.c hypervisor/lib/rbtree.c
tests_unit_sched_credit_test_CPPFLAGS = $(HV_LIB_TEST_CPPFLAGS)
tests_unit_sched_credit_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_sched_credit_test_LDADD = $(CUNIT_LIBS)

tests_unit_sched_acpi_test_SOURCES = tests/unit/sched/acpi_test.c \
	tests/unit/hv-lib/suite.h hypervisor/drivers/acpi_tables.c
tests_unit_sched_acpi_test_CPPFLAGS = $(HV_LIB_TEST_CPPFLAGS)
tests_unit_sched_acpi_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_sched_acpi_test_LDADD = $(CUNIT_LIBS)

# The real sources on a simulated machine; its seam is found first. Our
# sched_yield() is renamed: the C library has one too.
check_PROGRAMS += tests/unit/sched/machine_test
TESTS += tests/unit/sched/machine_test
EXTRA_DIST += tests/unit/sched/seam/x86/insn.h \
	tests/unit/sched/seam/x86/percpu.h
tests_unit_sched_machine_test_SOURCES = tests/unit/sched/machine_test.c \
	tests/unit/sched/machine.c tests/unit/sched/machine.h \
	tests/unit/hv-lib/suite.h \
	hypervisor/core/guest_time.c hypervisor/core/rcu.c \
	hypervisor/core/sched.c hypervisor/core/sched_credit.c \
	hypervisor/core/sched_pause.c hypervisor/core/sched_policy.c \
	hypervisor/core/softirq.c hypervisor/core/timer.c \
	hypervisor/lib/rbtree.c
tests_unit_sched_machine_test_CPPFLAGS = -I$(top_srcdir)/tests/unit/sched/seam \
	$(HV_LIB_TEST_CPPFLAGS) -D__XEN_TOOLS__ -include stdint.h \
	-include stddef.h -Dsched_yield=hv_sched_yield
tests_unit_sched_machine_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_sched_machine_test_LDADD = $(CUNIT_LIBS)
