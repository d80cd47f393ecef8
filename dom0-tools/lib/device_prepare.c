/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the config names, looked at before anything is changed: drivers in
 * dom0's kernel, block devices and files (which get a loop device), scripts,
 * bridges.
 */
#include "dom0-tools/lib/device.h"

#include <dirent.h>
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/hotplug.h"
#include "dom0-tools/lib/loopdev.h"

extern char **environ;

static const char *const device_module[] = {
	[DEVICE_VBD] = "xen-blkback",
	[DEVICE_VIF] = "xen-netback",
};

static bool device_driver_present(enum device_kind kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/drivers/%s",
		 device_kind_name(kind));
	return access(path, F_OK) == 0;
}

/* The driver's module is loaded on first need, as udev would. */
static int device_need_driver(enum device_kind kind, struct hl_error *err)
{
	char *argv[] = { (char *)(uintptr_t) "modprobe",
			 (char *)(uintptr_t) "-q",
			 (char *)(uintptr_t)device_module[kind], NULL };
	int status;
	pid_t pid;

	if (device_driver_present(kind)) {
		return 0;
	}
	if (posix_spawnp(&pid, "modprobe", NULL, NULL, argv, environ) == 0) {
		waitpid(pid, &status, 0);
	}
	if (device_driver_present(kind)) {
		return 0;
	}
	err_set(err, -ENODEV, "dom0's kernel has no back end driver for %s",
		device_kind_name(kind));
	err_hint(err, "load the module %s", device_module[kind]);
	return -ENODEV;
}

/* What was cut off would name another device. */
static int device_set_target(struct device *device,
			     const struct config_disk *disk,
			     struct hl_error *err)
{
	int len = snprintf(device->target, sizeof(device->target), "%s",
			   disk->path);

	if (len < 0 || (size_t)len >= sizeof(device->target)) {
		return err_errno(err, -ENAMETOOLONG, "disk %s: %s", disk->vdev,
				 disk->path);
	}
	return 0;
}

static int device_set_script(struct device *device, const char *script,
			     struct hl_error *err)
{
	int rc = hotplug_script_path(script, device->script,
				     sizeof(device->script));

	return rc ? err_errno(err, rc, "script %s", script) : 0;
}

static int device_prepare_disk(struct device *device,
			       const struct config_disk *disk,
			       struct hl_error *err)
{
	struct stat st;

	device->kind = DEVICE_VBD;
	device->disk = disk;
	device->devid = disk->devid;
	if (disk->backend_domain && strcmp(disk->backend_domain, "0") &&
	    strcmp(disk->backend_domain, "Domain-0")) {
		return err_set(err, -EOPNOTSUPP,
			       "disk %s: a back end in domain %s is not built",
			       disk->vdev, disk->backend_domain);
	}
	if (disk->format == CONFIG_DISK_EMPTY) {
		return err_set(err, -EOPNOTSUPP,
			       "disk %s: an empty CD drive is not built",
			       disk->vdev);
	}
	if (disk->format != CONFIG_DISK_RAW ||
	    disk->backend == CONFIG_BACKEND_QDISK ||
	    disk->backend == CONFIG_BACKEND_TAP ||
	    disk->backend == CONFIG_BACKEND_STANDALONE) {
		err_set(err, -EOPNOTSUPP,
			"disk %s (%s): only raw disks by dom0's kernel are "
			"built",
			disk->vdev, disk->path);
		err_hint(err, "convert it: qemu-img convert -O raw");
		return err->code;
	}
	if (disk->script) {
		int rc = device_set_script(device, disk->script, err);

		return rc ? rc : device_set_target(device, disk, err);
	}
	if (stat(disk->path, &st)) {
		return err_errno(err, -errno, "disk %s: %s", disk->vdev,
				 disk->path);
	}
	if (S_ISBLK(st.st_mode)) {
		return device_set_target(device, disk, err);
	}
	if (!S_ISREG(st.st_mode)) {
		return err_set(err, -EINVAL,
			       "disk %s: %s is neither a block device nor a "
			       "file",
			       disk->vdev, disk->path);
	}
	device->loop = loopdev_attach(disk->path, disk->readwrite,
				      disk->direct_io_safe, device->target,
				      sizeof(device->target));
	if (device->loop < 0) {
		int rc = device->loop;

		device->loop = -1;
		err_errno(err, rc, "disk %s: a loop device for %s", disk->vdev,
			  disk->path);
		if (rc == -ENOENT || rc == -ENODEV) {
			err_hint(err, "load the module loop");
		}
		return rc;
	}
	return 0;
}

static bool device_is_bridge(const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/net/%.31s/bridge", name);
	return access(path, F_OK) == 0;
}

/* The bridge of a config that names none: xenbr0, or the only one. */
static void device_default_bridge(struct device *device)
{
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	strcpy(device->bridge, "xenbr0");
	if (device_is_bridge(device->bridge)) {
		return;
	}
	dir = opendir("/sys/class/net");
	while (dir && (entry = readdir(dir)) != NULL) {
		if (device_is_bridge(entry->d_name) && !count++) {
			snprintf(device->bridge, sizeof(device->bridge),
				 "%.31s", entry->d_name);
		}
	}
	if (dir) {
		closedir(dir);
	}
	if (count != 1) {
		strcpy(device->bridge, "xenbr0");
	}
}

static int device_need_bridge(struct device *device, struct hl_error *err)
{
	if (!device->bridge[0]) {
		device_default_bridge(device);
	}
	if (device_is_bridge(device->bridge)) {
		return 0;
	}
	err_set(err, -ENODEV, "vif %u: there is no bridge %s", device->devid,
		device->bridge);
	err_hint(err, "ip link add %s type bridge; ip link set %s up",
		 device->bridge, device->bridge);
	return err->code;
}

static int device_prepare_vif(struct device *device,
			      const struct config_vif *vif,
			      struct hl_error *err)
{
	const char *script = vif->script ? vif->script : "vif-bridge";
	const char *base =
		strrchr(script, '/') ? strrchr(script, '/') + 1 : script;
	uint8_t mac[6] = { 0x00, 0x16, 0x3e };

	device->kind = DEVICE_VIF;
	device->vif = vif;
	device->devid = vif->devid;
	if (vif->mac_set) {
		memcpy(mac, vif->mac, sizeof(mac));
	} else if (getrandom(mac + 3, 3, 0) != 3) {
		return err_errno(err, -EIO, "a random MAC address");
	}
	mac[3] &= vif->mac_set ? 0xff : 0x7f;
	snprintf(device->mac, sizeof(device->mac),
		 "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	if (device_set_script(device, script, err)) {
		return err->code;
	}
	if (access(device->script, X_OK)) {
		return err_errno(err, -errno, "vif %u: script %s", vif->devid,
				 device->script);
	}
	if (vif->bridge) {
		snprintf(device->bridge, sizeof(device->bridge), "%s",
			 vif->bridge);
	}
	return strcmp(base, "vif-bridge") ? 0 : device_need_bridge(device, err);
}

int device_set_prepare(struct device_set *set, const struct hl_config *config,
		       struct hl_error *err)
{
	uint32_t total = config->disk_count + config->vif_count;
	uint32_t i;
	int rc = 0;

	memset(set, 0, sizeof(*set));
	set->device = calloc(total ? total : 1, sizeof(*set->device));
	if (!set->device) {
		return err_errno(err, -ENOMEM, "the list of devices");
	}
	for (i = 0; i < total && !rc; i++) {
		struct device *device = &set->device[set->count++];

		device->loop = -1;
		rc = i < config->disk_count
			     ? device_prepare_disk(device, &config->disk[i],
						   err)
			     : device_prepare_vif(
				       device,
				       &config->vif[i - config->disk_count],
				       err);
		if (!rc) {
			rc = device_need_driver(device->kind, err);
		}
	}
	return rc;
}
