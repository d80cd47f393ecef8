# SPDX-License-Identifier: BSD-2-Clause
include $(top_srcdir)/dom0-tools/lib/local.mk
include $(top_srcdir)/dom0-tools/lib/config.mk
include $(top_srcdir)/dom0-tools/console/local.mk
include $(top_srcdir)/dom0-tools/daemon/local.mk
include $(top_srcdir)/dom0-tools/hotplug/local.mk
