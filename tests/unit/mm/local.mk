# SPDX-License-Identifier: BSD-2-Clause
# The hypervisor's memory management and boot parsers on the host; flags and
# seam as tests/unit/core/local.mk has them.
check_PROGRAMS += tests/unit/mm/policy_test
TESTS += tests/unit/mm/policy_test

tests_unit_mm_policy_test_SOURCES = tests/unit/mm/policy_test.c \
	hypervisor/mm/ftype_word.c hypervisor/mm/pte_policy.c \
	hypervisor/mm/segment.c
tests_unit_mm_policy_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_mm_policy_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_mm_policy_test_LDADD = $(CUNIT_LIBS)
