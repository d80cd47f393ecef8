# SPDX-License-Identifier: BSD-2-Clause
# xenstore: what both ends share, the daemon, the library, the clients.
XENSTORE_CFLAGS = $(AM_CFLAGS) -Wconversion

noinst_LTLIBRARIES += libxscommon.la
libxscommon_la_SOURCES = \
	xenstore/common/wire.c xenstore/common/wire.h \
	xenstore/common/path.c xenstore/common/path.h \
	xenstore/common/perms.c xenstore/common/perms.h
libxscommon_la_CFLAGS = $(XENSTORE_CFLAGS)

# The daemon without file descriptors and hypervisor: tests run this part.
XENSTORE_DAEMON_CORE = \
	xenstore/daemon/log.c xenstore/daemon/log.h \
	xenstore/daemon/quota.c xenstore/daemon/quota.h \
	xenstore/daemon/strmap.c xenstore/daemon/strmap.h \
	xenstore/daemon/store.c xenstore/daemon/store.h \
	xenstore/daemon/txn.c xenstore/daemon/txn.h \
	xenstore/daemon/watch.c xenstore/daemon/watch.h \
	xenstore/daemon/conn.c xenstore/daemon/conn.h \
	xenstore/daemon/ops.c xenstore/daemon/ops.h \
	xenstore/daemon/control.c \
	xenstore/daemon/dump.c xenstore/daemon/dump.h \
	xenstore/daemon/domain.c xenstore/daemon/domain.h \
	xenstore/daemon/ring.c xenstore/daemon/ring.h \
	xenstore/daemon/server.c xenstore/daemon/server.h \
	xenstore/daemon/xen.h

sbin_PROGRAMS += hospes-xenstored
hospes_xenstored_SOURCES = $(XENSTORE_DAEMON_CORE) \
	xenstore/daemon/loop.c xenstore/daemon/loop.h \
	xenstore/daemon/sock.c xenstore/daemon/sock.h \
	xenstore/daemon/xen.c xenstore/daemon/main.c
hospes_xenstored_CPPFLAGS = $(AM_CPPFLAGS) -D__XEN_TOOLS__
hospes_xenstored_CFLAGS = $(XENSTORE_CFLAGS) $(XENCALL_CFLAGS) \
	$(XENEVTCHN_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENFOREIGNMEMORY_CFLAGS)
hospes_xenstored_LDADD = libxscommon.la $(XENCALL_LIBS) \
	$(XENEVTCHN_LIBS) $(XENGNTTAB_LIBS) $(XENFOREIGNMEMORY_LIBS)
