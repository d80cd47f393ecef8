# SPDX-License-Identifier: BSD-2-Clause
# The daemon's core with a fake hypervisor, under the sanitizers.
check_PROGRAMS += tests/unit/xenstore/xenstore_test
TESTS += tests/unit/xenstore/xenstore_test
tests_unit_xenstore_xenstore_test_SOURCES = $(XENSTORE_DAEMON_CORE) \
	xenstore/common/wire.c xenstore/common/path.c xenstore/common/perms.c \
	tests/unit/xenstore/main.c tests/unit/xenstore/suites.h \
	tests/unit/xenstore/world.c tests/unit/xenstore/world.h \
	tests/unit/xenstore/pure.c tests/unit/xenstore/store.c \
	tests/unit/xenstore/requests.c tests/unit/xenstore/watches.c \
	tests/unit/xenstore/txns.c tests/unit/xenstore/quotas.c \
	tests/unit/xenstore/domains.c tests/unit/xenstore/random.c
tests_unit_xenstore_xenstore_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_xenstore_xenstore_test_CFLAGS = $(AM_CFLAGS) \
	-Wno-frame-larger-than -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
tests_unit_xenstore_xenstore_test_LDFLAGS = -fsanitize=address,undefined
tests_unit_xenstore_xenstore_test_LDADD = $(CUNIT_LIBS)
