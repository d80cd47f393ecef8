# SPDX-License-Identifier: BSD-2-Clause
# Scripts that the toolstack runs when a device comes or goes.
hotplugdir = $(hospesdir)/hotplug
dist_hotplug_SCRIPTS = dom0-tools/hotplug/block dom0-tools/hotplug/vif-bridge \
	dom0-tools/hotplug/vif-nat dom0-tools/hotplug/vif-route
dist_hotplug_DATA = dom0-tools/hotplug/common.sh \
	dom0-tools/hotplug/vif-common.sh
