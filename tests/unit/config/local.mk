# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/config/config_test
TESTS += tests/unit/config/config_test
tests_unit_config_config_test_SOURCES = tests/unit/config/config_test.c
tests_unit_config_config_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_config_config_test_LDADD = dom0-tools/lib/libhlconfig.la \
	$(CUNIT_LIBS)

check_PROGRAMS += tests/unit/config/image_test
TESTS += tests/unit/config/image_test
tests_unit_config_image_test_SOURCES = tests/unit/config/image_test.c \
	tests/unit/config/elf_sample.h
tests_unit_config_image_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_config_image_test_LDADD = dom0-tools/lib/libhlconfig.la \
	$(CUNIT_LIBS) $(ZLIB_LIBS) $(LZMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS)

check_PROGRAMS += tests/unit/config/console_test
TESTS += tests/unit/config/console_test
tests_unit_config_console_test_SOURCES = tests/unit/config/console_test.c
tests_unit_config_console_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS) \
	-I$(top_srcdir)/xenstore/libxs
tests_unit_config_console_test_LDADD = \
	dom0-tools/console/libhlconsole.la $(CUNIT_LIBS)
