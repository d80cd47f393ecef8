# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/config/config_test
TESTS += tests/unit/config/config_test
tests_unit_config_config_test_SOURCES = tests/unit/config/config_test.c
tests_unit_config_config_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS) \
	-DSRCDIR=\"$(abs_top_srcdir)\"
tests_unit_config_config_test_LDADD = dom0-tools/lib/libhlconfig.la \
	$(CUNIT_LIBS)
EXTRA_DIST += tests/fuzz/config_fuzz.c
