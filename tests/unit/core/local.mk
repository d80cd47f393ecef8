# SPDX-License-Identifier: BSD-2-Clause
# The hypervisor's core on the host: the real sources over the fake seam of
# tests/host, whose headers are found first.
HV_HOST_CPPFLAGS = -I$(top_srcdir)/tests/host -I$(top_srcdir)/hypervisor \
	-include stdint.h -include stddef.h -D_GNU_SOURCE -DHOST_BUILD \
	-D__XEN_TOOLS__ $(CUNIT_CFLAGS)
HV_HOST_CFLAGS = $(AM_CFLAGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
# TSan does not see fences; what they order is atomic by itself.
HV_HOST_TSAN_CFLAGS = $(AM_CFLAGS) -fsanitize=thread \
	-fno-omit-frame-pointer -Wno-unknown-warning-option -Wno-tsan
HV_HOST_SRCS = \
	tests/host/threads.c \
	tests/host/world.c
HV_EVTCHN_SRCS = \
	hypervisor/core/evtchn.c \
	hypervisor/core/evtchn_2l.c \
	hypervisor/core/evtchn_fifo.c \
	hypervisor/core/virq.c
HV_GRANT_SRCS = \
	hypervisor/core/grant.c \
	hypervisor/core/grant_copy.c \
	hypervisor/core/grant_map.c \
	hypervisor/core/grant_pin.c

EXTRA_DIST += tests/host/threads.h tests/host/world.h \
	tests/host/x86/insn.h tests/host/x86/layout.h \
	tests/host/x86/percpu.h tests/unit/core/suite.h

check_PROGRAMS += tests/unit/core/grant_pin_test tests/unit/core/evtchn_test \
	tests/unit/core/grant_test tests/unit/core/race_test \
	tests/unit/core/hypercall_test
TESTS += tests/unit/core/grant_pin_test tests/unit/core/evtchn_test \
	tests/unit/core/grant_test tests/unit/core/race_test \
	tests/unit/core/hypercall_test

tests_unit_core_grant_pin_test_SOURCES = \
	tests/unit/core/grant_pin_test.c hypervisor/core/grant_pin.c
tests_unit_core_grant_pin_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_core_grant_pin_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_core_grant_pin_test_LDADD = $(CUNIT_LIBS)

tests_unit_core_evtchn_test_SOURCES = tests/unit/core/evtchn_test.c \
	$(HV_HOST_SRCS) $(HV_EVTCHN_SRCS)
tests_unit_core_evtchn_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_core_evtchn_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_core_evtchn_test_LDADD = $(CUNIT_LIBS)

tests_unit_core_grant_test_SOURCES = tests/unit/core/grant_test.c \
	$(HV_HOST_SRCS) $(HV_GRANT_SRCS)
tests_unit_core_grant_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_core_grant_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_core_grant_test_LDADD = $(CUNIT_LIBS)

tests_unit_core_race_test_SOURCES = tests/unit/core/race_test.c \
	$(HV_HOST_SRCS) $(HV_EVTCHN_SRCS) $(HV_GRANT_SRCS)
tests_unit_core_race_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_core_race_test_CFLAGS = $(HV_HOST_TSAN_CFLAGS)
tests_unit_core_race_test_LDADD = $(CUNIT_LIBS)

tests_unit_core_hypercall_test_SOURCES = tests/unit/core/hypercall_test.c \
	hypervisor/interface/event_channel_op.c \
	hypervisor/interface/grant_table_op.c \
	hypervisor/interface/version_op.c hypervisor/lib/string.c \
	$(HV_HOST_SRCS) $(HV_EVTCHN_SRCS) $(HV_GRANT_SRCS)
tests_unit_core_hypercall_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_core_hypercall_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_core_hypercall_test_LDADD = $(CUNIT_LIBS)
