# SPDX-License-Identifier: BSD-2-Clause
# libxenstore-async with a daemon played by the test, under the sanitizers.
check_PROGRAMS += tests/unit/xsasync/xsasync_test
TESTS += tests/unit/xsasync/xsasync_test
tests_unit_xsasync_xsasync_test_SOURCES = \
	$(libxenstore_async_la_SOURCES) \
	xenstore/common/wire.c xenstore/common/perms.c \
	tests/unit/xsasync/main.c \
	tests/unit/xsasync/peer.c tests/unit/xsasync/peer.h \
	tests/unit/xsasync/replies.c tests/unit/xsasync/hostile.c \
	tests/unit/xsasync/queue.c tests/unit/xsasync/directory.c \
	tests/unit/xsasync/memory.c
tests_unit_xsasync_xsasync_test_CPPFLAGS = $(libxenstore_la_CPPFLAGS) \
	$(CUNIT_CFLAGS)
tests_unit_xsasync_xsasync_test_CFLAGS = $(AM_CFLAGS) \
	-Wno-frame-larger-than -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
tests_unit_xsasync_xsasync_test_LDFLAGS = -fsanitize=address,undefined \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_unit_xsasync_xsasync_test_LDADD = $(XENTOOLCORE_LIBS) $(CUNIT_LIBS)
