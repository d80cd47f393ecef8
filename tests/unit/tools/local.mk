# SPDX-License-Identifier: BSD-2-Clause
# The toolstack's pure parts, under the sanitizers.
TOOLS_TEST_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS) \
	-fsanitize=address,undefined -fno-sanitize-recover=all
TOOLS_TESTS = tests/unit/tools/device_test tests/unit/tools/layout_test \
	tests/unit/tools/text_test tests/unit/tools/words_test
check_PROGRAMS += $(TOOLS_TESTS)
TESTS += $(TOOLS_TESTS)

tests_unit_tools_device_test_SOURCES = tests/unit/tools/device_test.c
tests_unit_tools_device_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS) \
	-I$(top_srcdir)/xenstore/libxs
tests_unit_tools_device_test_LDADD = libhospes.la $(CUNIT_LIBS)

tests_unit_tools_layout_test_SOURCES = tests/unit/tools/layout_test.c \
	dom0-tools/lib/pv_layout.c
tests_unit_tools_layout_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_tools_layout_test_CFLAGS = $(TOOLS_TEST_CFLAGS)
tests_unit_tools_layout_test_LDADD = $(CUNIT_LIBS)

tests_unit_tools_text_test_SOURCES = tests/unit/tools/text_test.c \
	dom0-tools/cli/format.c dom0-tools/lib/domain_state.c \
	dom0-tools/lib/err.c dom0-tools/lib/json.c
tests_unit_tools_text_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_tools_text_test_CFLAGS = $(TOOLS_TEST_CFLAGS)
tests_unit_tools_text_test_LDADD = $(CUNIT_LIBS) $(YAJL_LIBS)

tests_unit_tools_words_test_SOURCES = tests/unit/tools/words_test.c \
	dom0-tools/daemon/last_words.c dom0-tools/console/logfile.c
tests_unit_tools_words_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_tools_words_test_CFLAGS = $(TOOLS_TEST_CFLAGS)
tests_unit_tools_words_test_LDADD = $(CUNIT_LIBS)

# hl-console at a terminal that the test holds the other end of.
TESTS += tests/host/console_attach.py
EXTRA_DIST += tests/host/console_attach.py
