# SPDX-License-Identifier: BSD-2-Clause
# The toolstack: its library, the command line, and dom0's daemons.
hospesdir = $(libexecdir)/hospes

# libhospes needs these two; the store's client library may be the project's
# own or, with the same interface, the system's.
CONFIG_LIBS_HERE = dom0-tools/lib/libhlconfig.la
XENSTORE_LIBS_HERE = -lxenstore

include $(top_srcdir)/dom0-tools/lib/config.mk
include $(top_srcdir)/dom0-tools/lib/local.mk
include $(top_srcdir)/dom0-tools/cli/local.mk
include $(top_srcdir)/dom0-tools/console/local.mk
include $(top_srcdir)/dom0-tools/daemon/local.mk
include $(top_srcdir)/dom0-tools/hotplug/local.mk
