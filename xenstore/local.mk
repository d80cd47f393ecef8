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
	xenstore/daemon/slab.c xenstore/daemon/slab.h \
	xenstore/daemon/list.c xenstore/daemon/list.h \
	xenstore/daemon/node.c xenstore/daemon/node.h \
	xenstore/daemon/store.c xenstore/daemon/store.h \
	xenstore/daemon/index.c xenstore/daemon/index.h \
	xenstore/daemon/txn.c xenstore/daemon/txn.h \
	xenstore/daemon/turn.c xenstore/daemon/turn.h \
	xenstore/daemon/watch.c xenstore/daemon/watch.h \
	xenstore/daemon/buffer.c xenstore/daemon/buffer.h \
	xenstore/daemon/conn.c xenstore/daemon/conn.h \
	xenstore/daemon/conn_out.c xenstore/daemon/conn_restore.c \
	xenstore/daemon/state.c xenstore/daemon/state.h \
	xenstore/daemon/state_save.c xenstore/daemon/state_save.h \
	xenstore/daemon/state_load.c xenstore/daemon/state_load.h \
	xenstore/daemon/state_tree.c xenstore/daemon/state_conn.c \
	xenstore/daemon/state_table.c xenstore/daemon/state_take.h \
	xenstore/daemon/journal.c xenstore/daemon/journal.h \
	xenstore/daemon/statefile.c xenstore/daemon/statefile.h \
	xenstore/daemon/update.c xenstore/daemon/update.h \
	xenstore/daemon/ops.c xenstore/daemon/ops.h \
	xenstore/daemon/request.c xenstore/daemon/request.h \
	xenstore/daemon/ops_read.c xenstore/daemon/ops_write.c \
	xenstore/daemon/ops_watch.c xenstore/daemon/ops_txn.c \
	xenstore/daemon/ops_domain.c \
	xenstore/daemon/control.c \
	xenstore/daemon/dump.c xenstore/daemon/dump.h \
	xenstore/daemon/check.c xenstore/daemon/check.h \
	xenstore/daemon/metrics.c xenstore/daemon/metrics.h \
	xenstore/daemon/domain.c xenstore/daemon/domain.h \
	xenstore/daemon/ring.c xenstore/daemon/ring.h \
	xenstore/daemon/server.c xenstore/daemon/server.h \
	xenstore/daemon/loop.h \
	xenstore/daemon/special.c xenstore/daemon/special.h \
	xenstore/daemon/xen.h

sbin_PROGRAMS += hospes-xenstored
hospes_xenstored_SOURCES = $(XENSTORE_DAEMON_CORE) \
	xenstore/daemon/loop.c \
	xenstore/daemon/journal_file.c xenstore/daemon/journal_file.h \
	xenstore/daemon/takeover.c xenstore/daemon/takeover.h \
	xenstore/daemon/update_run.c xenstore/daemon/update_run.h \
	xenstore/daemon/privs.c xenstore/daemon/privs.h \
	xenstore/daemon/sock.c xenstore/daemon/sock.h \
	xenstore/daemon/options.c xenstore/daemon/options.h \
	xenstore/daemon/service.c xenstore/daemon/service.h \
	xenstore/daemon/xen.c xenstore/daemon/main.c
hospes_xenstored_CPPFLAGS = $(AM_CPPFLAGS) -D__XEN_TOOLS__
hospes_xenstored_CFLAGS = $(XENSTORE_CFLAGS) $(XENCALL_CFLAGS) \
	$(XENEVTCHN_CFLAGS) $(XENGNTTAB_CFLAGS) $(XENFOREIGNMEMORY_CFLAGS)
hospes_xenstored_LDADD = libxscommon.la $(XENCALL_LIBS) \
	$(XENEVTCHN_LIBS) $(XENGNTTAB_LIBS) $(XENFOREIGNMEMORY_LIBS)

# Same name and symbol versions as the library whose place it takes.
lib_LTLIBRARIES += libxenstore.la
libxenstore_la_SOURCES = \
	xenstore/libxs/children.c xenstore/libxs/children.h \
	xenstore/libxs/xs.c \
	xenstore/libxs/paths.c \
	xenstore/libxs/handle.c xenstore/libxs/handle.h \
	xenstore/libxs/transport.c xenstore/libxs/transport.h
libxenstore_la_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS)
libxenstore_la_CFLAGS = $(XENSTORE_CFLAGS)
libxenstore_la_LIBADD = libxscommon.la $(XENTOOLCORE_LIBS) -lpthread
libxenstore_la_LDFLAGS = -version-info 4:0:0 -Wl,-z,defs \
	-Wl,--version-script=$(srcdir)/xenstore/libxs/libxenstore.map
libxenstore_la_DEPENDENCIES = libxscommon.la \
	$(srcdir)/xenstore/libxs/libxenstore.map
include_HEADERS += xenstore/libxs/xenstore.h xenstore/libxs/xenstore_lib.h
EXTRA_DIST += xenstore/libxs/libxenstore.map xenstore/libxs/xenstore.pc.in

# Pipelined requests: a library of its own, so that it serves beside any
# libxenstore.so.4.
lib_LTLIBRARIES += libxenstore-async.la
libxenstore_async_la_SOURCES = \
	xenstore/libxs/async.c xenstore/libxs/async.h \
	xenstore/libxs/async_requests.c \
	xenstore/libxs/async_directory.c \
	xenstore/libxs/children.c xenstore/libxs/children.h \
	xenstore/libxs/paths.c \
	xenstore/libxs/transport.c xenstore/libxs/transport.h
libxenstore_async_la_CPPFLAGS = $(libxenstore_la_CPPFLAGS)
libxenstore_async_la_CFLAGS = $(XENSTORE_CFLAGS)
libxenstore_async_la_LIBADD = libxscommon.la $(XENTOOLCORE_LIBS)
libxenstore_async_la_LDFLAGS = -version-info 1:0:0 -Wl,-z,defs \
	-Wl,--version-script=$(srcdir)/xenstore/libxs/libxenstore-async.map
libxenstore_async_la_DEPENDENCIES = libxscommon.la \
	$(srcdir)/xenstore/libxs/libxenstore-async.map
include_HEADERS += xenstore/libxs/xenstore_async.h
EXTRA_DIST += xenstore/libxs/libxenstore-async.map \
	xenstore/libxs/xenstore-async.pc.in

pkgconfig_DATA += xenstore.pc xenstore-async.pc
CLEANFILES += xenstore.pc xenstore-async.pc
xenstore.pc xenstore-async.pc: %.pc: $(srcdir)/xenstore/libxs/%.pc.in Makefile
	$(AM_V_GEN)$(SED) -e 's|@prefix[@]|$(prefix)|' \
		-e 's|@exec_prefix[@]|$(exec_prefix)|' \
		-e 's|@libdir[@]|$(libdir)|' \
		-e 's|@includedir[@]|$(includedir)|' $< >$@.tmp && mv $@.tmp $@

bin_PROGRAMS += xenstore-client
xenstore_client_SOURCES = xenstore/client/client.h xenstore/client/main.c \
	xenstore/client/text.c xenstore/client/value.c xenstore/client/ls.c \
	xenstore/client/chmod.c xenstore/client/watch.c \
	xenstore/client/control.c xenstore/client/json.c
xenstore_client_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS)
xenstore_client_CFLAGS = $(XENSTORE_CFLAGS)
xenstore_client_LDADD = libxenstore.la

# One program, all the names that scripts know it by; and the daemon under
# the name that init scripts of other xenstores start.
XENSTORE_VERBS = read write ls list rm exists chmod watch control
# xenstore-control has a page of its own.
if HAVE_SCDOC
XENSTORE_MAN_LINKS = read write ls list rm exists chmod watch
endif
compatdir = $(libexecdir)/hospes/compat
.PHONY: install-xenstore-links uninstall-xenstore-links
INSTALL_LINKS += install-xenstore-links
install-xenstore-links:
	cd $(DESTDIR)$(bindir) && for verb in $(XENSTORE_VERBS); do \
		$(LN_S) -f xenstore-client xenstore-$$verb || exit 1; done
	cd $(DESTDIR)$(bindir) && $(LN_S) -f xenstore-client xenstore
	$(MKDIR_P) $(DESTDIR)$(man1dir)
	for verb in $(XENSTORE_MAN_LINKS); do \
		$(LN_S) -f xenstore.1 \
			$(DESTDIR)$(man1dir)/xenstore-$$verb.1 || exit 1; done
	$(MKDIR_P) $(DESTDIR)$(compatdir)
	$(LN_S) -f $(sbindir)/hospes-xenstored $(DESTDIR)$(compatdir)/xenstored

UNINSTALL_LINKS += uninstall-xenstore-links
uninstall-xenstore-links:
	for verb in $(XENSTORE_VERBS); do \
		rm -f $(DESTDIR)$(bindir)/xenstore-$$verb; done
	for verb in $(XENSTORE_MAN_LINKS); do \
		rm -f $(DESTDIR)$(man1dir)/xenstore-$$verb.1; done
	rm -f $(DESTDIR)$(bindir)/xenstore $(DESTDIR)$(compatdir)/xenstored
