# SPDX-License-Identifier: BSD-2-Clause
# The toolstack: its library, the command line, and dom0's daemons.
hospesdir = $(libexecdir)/hospes

include $(top_srcdir)/dom0-tools/lib/config.mk
include $(top_srcdir)/dom0-tools/lib/local.mk
include $(top_srcdir)/dom0-tools/cli/local.mk
include $(top_srcdir)/dom0-tools/console/local.mk
include $(top_srcdir)/dom0-tools/daemon/local.mk
include $(top_srcdir)/dom0-tools/hotplug/local.mk
include $(top_srcdir)/dom0-tools/boot/local.mk
