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

EXTRA_DIST += tests/unit/mm/memory.h
check_PROGRAMS += tests/unit/mm/ftype_test tests/unit/mm/heap_test
TESTS += tests/unit/mm/ftype_test tests/unit/mm/heap_test

tests_unit_mm_ftype_test_SOURCES = tests/unit/mm/ftype_test.c \
	tests/unit/mm/memory.c hypervisor/mm/frame.c hypervisor/mm/ftype.c \
	hypervisor/mm/ftype_table.c hypervisor/mm/ftype_word.c \
	hypervisor/mm/pte_policy.c hypervisor/mm/segment.c
tests_unit_mm_ftype_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_mm_ftype_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_mm_ftype_test_LDADD = $(CUNIT_LIBS)

tests_unit_mm_heap_test_SOURCES = tests/unit/mm/heap_test.c \
	tests/unit/mm/memory.c hypervisor/mm/frame.c hypervisor/mm/ftype.c \
	hypervisor/mm/ftype_table.c hypervisor/mm/ftype_word.c \
	hypervisor/mm/pte_policy.c hypervisor/mm/segment.c \
	hypervisor/mm/heap.c hypervisor/mm/pool.c
tests_unit_mm_heap_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_mm_heap_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_mm_heap_test_LDADD = $(CUNIT_LIBS)

check_PROGRAMS += tests/unit/mm/boot_test
TESTS += tests/unit/mm/boot_test

tests_unit_mm_boot_test_SOURCES = tests/unit/mm/boot_test.c \
	hypervisor/boot/memory_map.c hypervisor/boot/multiboot.c \
	hypervisor/boot/options.c hypervisor/lib/cmdline.c \
	hypervisor/lib/string.c
tests_unit_mm_boot_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_mm_boot_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_mm_boot_test_LDADD = $(CUNIT_LIBS)
