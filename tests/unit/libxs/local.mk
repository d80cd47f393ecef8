# SPDX-License-Identifier: BSD-2-Clause
# libxenstore with a daemon played by the test, under the sanitizers.
check_PROGRAMS += tests/unit/libxs/libxs_test
TESTS += tests/unit/libxs/libxs_test
tests_unit_libxs_libxs_test_SOURCES = $(libxenstore_la_SOURCES) \
	xenstore/common/wire.c xenstore/common/path.c xenstore/common/perms.c \
	tests/unit/libxs/main.c
tests_unit_libxs_libxs_test_CPPFLAGS = $(libxenstore_la_CPPFLAGS) \
	$(CUNIT_CFLAGS)
tests_unit_libxs_libxs_test_CFLAGS = $(AM_CFLAGS) \
	-Wno-frame-larger-than -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
tests_unit_libxs_libxs_test_LDFLAGS = -fsanitize=address,undefined \
	-Wl,--wrap=stat,--wrap=connect,--wrap=write
tests_unit_libxs_libxs_test_LDADD = $(XENTOOLCORE_LIBS) $(CUNIT_LIBS) \
	-lpthread

# Long lists of children that change while they are read.
check_PROGRAMS += tests/unit/libxs/directory_test
TESTS += tests/unit/libxs/directory_test
tests_unit_libxs_directory_test_SOURCES = \
	$(libxenstore_la_SOURCES) \
	xenstore/common/wire.c xenstore/common/path.c xenstore/common/perms.c \
	tests/unit/libxs/directory_test.c
tests_unit_libxs_directory_test_CPPFLAGS = $(libxenstore_la_CPPFLAGS) \
	$(CUNIT_CFLAGS)
tests_unit_libxs_directory_test_CFLAGS = $(AM_CFLAGS) \
	-Wno-frame-larger-than -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
tests_unit_libxs_directory_test_LDFLAGS = -fsanitize=address,undefined
tests_unit_libxs_directory_test_LDADD = $(XENTOOLCORE_LIBS) $(CUNIT_LIBS) \
	-lpthread
