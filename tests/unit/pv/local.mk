# SPDX-License-Identifier: BSD-2-Clause
# What is pure of pv on the host; flags as tests/unit/core/local.mk has them.
check_PROGRAMS += tests/unit/pv/decode_test
TESTS += tests/unit/pv/decode_test

tests_unit_pv_decode_test_SOURCES = tests/unit/pv/decode_test.c \
	hypervisor/pv/decode.c
tests_unit_pv_decode_test_CPPFLAGS = $(HV_HOST_CPPFLAGS)
tests_unit_pv_decode_test_CFLAGS = $(HV_HOST_CFLAGS)
tests_unit_pv_decode_test_LDADD = $(CUNIT_LIBS)
