# SPDX-License-Identifier: BSD-2-Clause
# The console daemon, and attaching to a console (for `hl console` too).
CONSOLE_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS)

noinst_LTLIBRARIES += dom0-tools/console/libhlconsole.la
dom0_tools_console_libhlconsole_la_SOURCES = \
	dom0-tools/console/attach.c dom0-tools/console/attach.h \
	dom0-tools/console/daemonize.c dom0-tools/console/daemonize.h \
	dom0-tools/console/domains.c dom0-tools/console/domains.h \
	dom0-tools/console/history.c dom0-tools/console/history.h \
	dom0-tools/console/logfile.c dom0-tools/console/logfile.h \
	dom0-tools/console/ring.c dom0-tools/console/ring.h
dom0_tools_console_libhlconsole_la_CPPFLAGS = $(CONSOLE_CPPFLAGS)
dom0_tools_console_libhlconsole_la_LIBADD = libxenstore.la

sbin_PROGRAMS += hospes-consoled
hospes_consoled_SOURCES = \
	dom0-tools/console/consoled.h dom0-tools/console/guest.c \
	dom0-tools/console/hvlog.c dom0-tools/console/main.c \
	dom0-tools/console/terminal.c
hospes_consoled_CPPFLAGS = $(CONSOLE_CPPFLAGS) -D__XEN_TOOLS__
hospes_consoled_LDADD = dom0-tools/console/libhlconsole.la libhospes.la \
	$(XENEVTCHN_LIBS) $(XENGNTTAB_LIBS) $(XENFOREIGNMEMORY_LIBS)

# `hl console` becomes this one.
hospes_PROGRAMS = hl-console
hl_console_SOURCES = dom0-tools/console/client.c
hl_console_CPPFLAGS = $(CONSOLE_CPPFLAGS)
hl_console_LDADD = dom0-tools/console/libhlconsole.la
