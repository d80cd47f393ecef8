/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes of devices in the store, all in the caller's transaction. */
#include "dom0-tools/lib/device.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dom0-tools/lib/config.h"

static const char *const device_type[] = {
	[DEVICE_VBD] = "vbd",
	[DEVICE_VIF] = "vif",
};

const char *device_kind_name(enum device_kind kind)
{
	return device_type[kind];
}

void device_set_free(struct device_set *set)
{
	uint32_t i;

	if (set->started) {
		pthread_join(set->thread, NULL);
		set->started = false;
	}
	for (i = 0; i < set->count; i++) {
		if (set->device[i].loop >= 0) {
			close(set->device[i].loop);
		}
	}
	free(set->device);
	set->device = NULL;
	set->count = 0;
}

static void device_write_disk(struct store_batch *b,
			      const struct device *device)
{
	const struct config_disk *disk = device->disk;
	struct stat st;

	store_put(b, device->frontend, "device-type",
		  disk->cdrom ? "cdrom" : "disk");
	store_putf(b, device->frontend, "virtual-device", "%u", device->devid);
	store_put(b, device->backend, "dev", disk->vdev);
	store_put(b, device->backend, "type", "phy");
	store_put(b, device->backend, "mode", disk->readwrite ? "w" : "r");
	store_put(b, device->backend, "device-type",
		  disk->cdrom ? "cdrom" : "disk");
	store_put(b, device->backend, "params", device->target);
	store_put(b, device->backend, "removable", disk->removable ? "1" : "0");
	store_put(b, device->backend, "bootable", "1");
	store_put(b, device->backend, "discard-enable",
		  disk->discard ? "1" : "0");
	store_put(b, device->backend, "direct-io-safe",
		  disk->direct_io_safe ? "1" : "0");
	if (device->script[0]) {
		store_put(b, device->backend, "script", device->script);
		return;
	}
	if (stat(device->target, &st)) {
		store_fail(b, -errno);
		return;
	}
	store_putf(b, device->backend, "physical-device", "%x:%x",
		   major(st.st_rdev), minor(st.st_rdev));
	store_put(b, device->backend, "physical-device-path", device->target);
	store_put(b, device->backend, "hotplug-status", "connected");
}

static void device_write_vif(struct store_batch *b, struct device *device,
			     uint32_t domid)
{
	const struct config_vif *vif = device->vif;

	snprintf(device->netdev, sizeof(device->netdev), "vif%u.%u", domid,
		 device->devid);
	store_putf(b, device->frontend, "handle", "%u", device->devid);
	store_put(b, device->frontend, "mac", device->mac);
	store_putf(b, device->backend, "handle", "%u", device->devid);
	store_put(b, device->backend, "mac", device->mac);
	store_put(b, device->backend, "type", "vif");
	store_put(b, device->backend, "script", device->script);
	if (device->bridge[0]) {
		store_put(b, device->backend, "bridge", device->bridge);
	}
	if (vif->ip) {
		store_put(b, device->backend, "ip", vif->ip);
	}
	if (vif->vifname) {
		store_put(b, device->backend, "vifname", vif->vifname);
	}
	if (vif->gatewaydev) {
		store_put(b, device->backend, "gatewaydev", vif->gatewaydev);
	}
	if (vif->rate_bytes_per_interval) {
		store_putf(b, device->backend, "rate", "%lu,%u",
			   vif->rate_bytes_per_interval, vif->rate_interval_us);
	}
	if (vif->mtu) {
		store_putf(b, device->frontend, "mtu", "%u", vif->mtu);
		store_putf(b, device->backend, "mtu", "%u", vif->mtu);
	}
}

/* What libxl keeps for itself, so that `xl` finds the device too. */
static void device_write_libxl(struct store_batch *b,
			       const struct device *device, uint32_t domid)
{
	char path[96];

	snprintf(path, sizeof(path), "/libxl/%u/device/%s/%u", domid,
		 device_kind_name(device->kind), device->devid);
	store_put(b, path, "frontend", device->frontend);
	store_put(b, path, "backend", device->backend);
	store_putf(b, path, "frontend-id", "%u", domid);
	store_put(b, path, "online", "1");
	store_put(b, path, "state", "1");
	if (device->kind == DEVICE_VBD) {
		store_put(b, path, "dev", device->disk->vdev);
		store_put(b, path, "type", "phy");
		store_put(b, path, "params", device->target);
		store_put(b, path, "mode", device->disk->readwrite ? "w" : "r");
	} else {
		store_put(b, path, "mac", device->mac);
		store_put(b, path, "script", device->script);
	}
}

void device_set_write(struct device_set *set, struct store_batch *b,
		      uint32_t domid)
{
	uint32_t i;

	set->domid = domid;
	for (i = 0; i < set->count; i++) {
		struct device *device = &set->device[i];
		const char *type = device_kind_name(device->kind);

		snprintf(device->frontend, sizeof(device->frontend),
			 "/local/domain/%u/device/%s/%u", domid, type,
			 device->devid);
		snprintf(device->backend, sizeof(device->backend),
			 "/local/domain/0/backend/%s/%u/%u", type, domid,
			 device->devid);
		store_mkdir(b, device->frontend);
		store_perms(b, device->frontend, domid, 0);
		store_mkdir(b, device->backend);
		store_perms(b, device->backend, 0, domid);
		store_put(b, device->backend, "frontend", device->frontend);
		store_putf(b, device->backend, "frontend-id", "%u", domid);
		store_put(b, device->backend, "online", "1");
		store_put(b, device->frontend, "backend", device->backend);
		store_put(b, device->frontend, "backend-id", "0");
		if (device->kind == DEVICE_VBD) {
			device_write_disk(b, device);
		} else {
			device_write_vif(b, device, domid);
		}
		store_put(b, device->frontend, "state", "1");
		store_put(b, device->backend, "state", "1");
		device_write_libxl(b, device, domid);
	}
}
