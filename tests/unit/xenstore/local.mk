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
	tests/unit/xenstore/hostile.c \
	tests/unit/xenstore/domains.c tests/unit/xenstore/random.c \
	tests/unit/xenstore/control.c tests/unit/xenstore/states.c \
	tests/unit/xenstore/turns.c tests/unit/xenstore/restarts.c tests/unit/xenstore/memory.c \
	tests/unit/xenstore/conform.c tests/unit/xenstore/secrets.c \
	tests/unit/xenstore/history.c
tests_unit_xenstore_xenstore_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_xenstore_xenstore_test_CFLAGS = $(AM_CFLAGS) \
	-Wno-frame-larger-than -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined -fno-omit-frame-pointer
tests_unit_xenstore_xenstore_test_LDFLAGS = -fsanitize=address,undefined \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray
tests_unit_xenstore_xenstore_test_LDADD = $(CUNIT_LIBS)

# The real daemon and the clients on a socket; ends with its own count.
TESTS += tests/host/xenstore-protocol.sh
check_PROGRAMS += tests/host/xenstore_threads
tests_host_xenstore_threads_SOURCES = tests/host/xenstore_threads.c \
	$(libxenstore_la_SOURCES) \
	xenstore/common/wire.c xenstore/common/path.c xenstore/common/perms.c
tests_host_xenstore_threads_CPPFLAGS = $(libxenstore_la_CPPFLAGS)
tests_host_xenstore_threads_CFLAGS = $(AM_CFLAGS) -fsanitize=thread
tests_host_xenstore_threads_LDFLAGS = -fsanitize=thread
tests_host_xenstore_threads_LDADD = $(XENTOOLCORE_LIBS) -lpthread
EXTRA_DIST += tests/host/xenstore-protocol.sh tests/host/xenstore-ours.sh
# These two at each daemon, by xenstore-pairs.sh.
check_PROGRAMS += tests/host/xenstore_async
tests_host_xenstore_async_SOURCES = tests/host/xenstore_async.c
tests_host_xenstore_async_CPPFLAGS = $(libxenstore_la_CPPFLAGS)
tests_host_xenstore_async_CFLAGS = $(AM_CFLAGS) -fsanitize=address,undefined
tests_host_xenstore_async_LDADD = libxenstore-async.la
check_PROGRAMS += tests/host/xenstore_batch
tests_host_xenstore_batch_SOURCES = tests/host/xenstore_batch.c \
	dom0-tools/lib/store.c dom0-tools/lib/store_batch.c
tests_host_xenstore_batch_CPPFLAGS = $(libxenstore_la_CPPFLAGS)
tests_host_xenstore_batch_CFLAGS = $(AM_CFLAGS) -fsanitize=address,undefined
tests_host_xenstore_batch_LDADD = libxenstore.la libxenstore-async.la

# The real daemon ends, is killed, goes on.
TESTS += tests/host/xenstore-restart.sh
EXTRA_DIST += tests/host/xenstore-restart.sh tests/host/xenstore_load.py \
	tests/host/xenstore_kill.py tests/host/xenstore_update.py \
	tests/host/xenstore_ring.py

# Every pairing of daemon, library and clients, Debian's and ours.
TESTS += tests/host/xenstore-pairs.sh
EXTRA_DIST += tests/host/xenstore-pairs.sh tests/host/xenstore_pairs.py \
	tests/host/xenstore_servers.py \
	tests/host/xenstore-theirs.sh tests/host/xenstore_abi.c

# What programs find once the libraries are installed.
TESTS += tests/host/xenstore-install.sh
EXTRA_DIST += tests/host/xenstore-install.sh

# The same requests to Debian's daemon and to ours.
TESTS += tests/host/xenstore-peers.sh
EXTRA_DIST += tests/host/xenstore-peers.sh tests/host/xenstore_peers.py \
	tests/host/xenstore_shim.c
