# SPDX-License-Identifier: BSD-2-Clause
# The toolstack's library, for hl and for the lifecycle daemon.
noinst_LTLIBRARIES += libhospes.la
libhospes_la_SOURCES = \
	dom0-tools/lib/build_pv.c dom0-tools/lib/build_pv.h \
	dom0-tools/lib/control.c dom0-tools/lib/control.h \
	dom0-tools/lib/device.c dom0-tools/lib/device.h \
	dom0-tools/lib/device_follow.c dom0-tools/lib/device_prepare.c \
	dom0-tools/lib/device_remove.c \
	dom0-tools/lib/domain.h \
	dom0-tools/lib/domain_create.c \
	dom0-tools/lib/domain_destroy.c dom0-tools/lib/domain_dismantle.h \
	dom0-tools/lib/domain_list.c \
	dom0-tools/lib/domain_nodes.c dom0-tools/lib/domain_nodes.h \
	dom0-tools/lib/domain_ops.c dom0-tools/lib/domain_state.c \
	dom0-tools/lib/err.c dom0-tools/lib/err.h \
	dom0-tools/lib/json.c dom0-tools/lib/json.h \
	dom0-tools/lib/hotplug.c dom0-tools/lib/hotplug.h \
	dom0-tools/lib/loopdev.c dom0-tools/lib/loopdev.h \
	dom0-tools/lib/memory.c dom0-tools/lib/memory.h \
	dom0-tools/lib/pending.c dom0-tools/lib/pending.h \
	dom0-tools/lib/pv_layout.c dom0-tools/lib/pv_layout.h \
	dom0-tools/lib/store_batch.c \
	dom0-tools/lib/store.c dom0-tools/lib/store.h \
	dom0-tools/lib/tools.c dom0-tools/lib/tools.h
libhospes_la_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS) -D__XEN_TOOLS__ \
	-DHOTPLUG_DIR='"$(hospesdir)/hotplug"'
libhospes_la_CFLAGS = $(AM_CFLAGS) $(XENCALL_CFLAGS) $(YAJL_CFLAGS) \
	$(UUID_CFLAGS)
libhospes_la_LIBADD = dom0-tools/lib/libhlconfig.la libxenstore.la libxenstore-async.la \
	$(XENCALL_LIBS) $(XENFOREIGNMEMORY_LIBS) $(YAJL_LIBS) $(UUID_LIBS) \
	-lpthread
