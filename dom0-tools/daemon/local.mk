# SPDX-License-Identifier: BSD-2-Clause
# The lifecycle daemon: what follows when a domain has shut down.
sbin_PROGRAMS += hospesd
hospesd_SOURCES = \
	dom0-tools/daemon/act.c dom0-tools/daemon/act_brake.c \
	dom0-tools/daemon/hospesd.h dom0-tools/daemon/main.c
hospesd_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS) \
	-D__XEN_TOOLS__
hospesd_CFLAGS = $(AM_CFLAGS) $(UUID_CFLAGS)
hospesd_LDADD = dom0-tools/console/libhlconsole.la libhospes.la $(UUID_LIBS)
