# SPDX-License-Identifier: BSD-2-Clause
# The toolstack's library, for hl and for the lifecycle daemon.
noinst_LTLIBRARIES += libhospes.la
libhospes_la_SOURCES = \
	dom0-tools/lib/err.c dom0-tools/lib/err.h \
	dom0-tools/lib/tools.h \
	dom0-tools/lib/domain.h
libhospes_la_CPPFLAGS = $(AM_CPPFLAGS) -D__XEN_TOOLS__
libhospes_la_CFLAGS = $(AM_CFLAGS) $(XENCALL_CFLAGS) $(YAJL_CFLAGS)
libhospes_la_LIBADD = $(XENCALL_LIBS) $(XENFOREIGNMEMORY_LIBS) \
	$(XENEVTCHN_LIBS) $(XENGNTTAB_LIBS) $(YAJL_LIBS) -lpthread
