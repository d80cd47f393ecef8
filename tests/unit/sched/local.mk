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
