/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices on their way up.
 *
 * The back ends are drivers of dom0's kernel. It watches backend/ in the
 * store and probes a driver for each new directory; the driver answers with
 * state 2 (InitWait). A network back end then waits for a hotplug script to
 * say hotplug-status = connected; a block back end needs physical-device,
 * which we write ourselves unless the config names a script.
 */
#include "dom0-tools/lib/device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xenbus.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/hotplug.h"
#include "dom0-tools/lib/loopdev.h"

#define DEVICE_TIMEOUT_MS 10000
#define DEVICE_SCRIPT_MS  40000
#define DEVICE_LOOK_AGAIN 2 /* ms, for what the kernel does not announce */

extern char **environ;

static const char *const device_type[] = {
	[DEVICE_VBD] = "vbd",
	[DEVICE_VIF] = "vif",
};

static const char *const device_module[] = {
	[DEVICE_VBD] = "xen-blkback",
	[DEVICE_VIF] = "xen-netback",
};

static int64_t device_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool device_driver_present(enum device_kind kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/bus/xen-backend/drivers/%s",
		 device_type[kind]);
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
		device_type[kind]);
	err_hint(err, "load the module %s", device_module[kind]);
	return -ENODEV;
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
		hotplug_script_path(disk->script, device->script,
				    sizeof(device->script));
		snprintf(device->target, sizeof(device->target), "%s",
			 disk->path);
		return 0;
	}
	if (stat(disk->path, &st)) {
		return err_errno(err, -errno, "disk %s: %s", disk->vdev,
				 disk->path);
	}
	if (S_ISBLK(st.st_mode)) {
		snprintf(device->target, sizeof(device->target), "%s",
			 disk->path);
		return 0;
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
	hotplug_script_path(script, device->script, sizeof(device->script));
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
		 device_type[device->kind], device->devid);
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
		const char *type = device_type[device->kind];

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

/* The reason that the kernel left in the store, appended to the cause. */
static void device_kernel_error(struct xs_handle *xs,
				const struct device *device,
				struct hl_error *err)
{
	const char *relative = device->backend + strlen("/local/domain/0/");
	char *text = store_read(xs, "/local/domain/0/error/%s/error", relative);

	if (text) {
		err_hint(err, "dom0's kernel says: %s", text);
	} else {
		err_hint(err, "look at dom0's dmesg");
	}
	free(text);
}

/* Waits until the store or the clock says something new. */
static void device_wait_watch(struct xs_handle *xs, int ms)
{
	struct pollfd fd = { .fd = xs_fileno(xs), .events = POLLIN };
	char **event;

	if (poll(&fd, 1, ms) > 0) {
		while ((event = xs_check_watch(xs)) != NULL) {
			free(event);
		}
	}
}

static int device_wait_backend(struct xs_handle *xs,
			       const struct device *device,
			       struct hl_error *err)
{
	int64_t deadline = device_now_ms() + DEVICE_TIMEOUT_MS;
	uint64_t state = 0;

	for (;;) {
		int64_t left = deadline - device_now_ms();

		store_read_u64(xs, &state, "%s/state", device->backend);
		if (state >= XenbusStateInitWait &&
		    state <= XenbusStateConnected) {
			return 0;
		}
		if (state > XenbusStateConnected || left <= 0) {
			break;
		}
		device_wait_watch(xs, (int)left);
	}
	err_set(err, -ETIMEDOUT,
		"%s %u: the back end did not come up within %d s (state %lu)",
		device_type[device->kind], device->devid,
		DEVICE_TIMEOUT_MS / 1000, state);
	device_kernel_error(xs, device, err);
	return err->code;
}

static int device_wait_path(const char *path)
{
	struct timespec pause = { .tv_nsec = DEVICE_LOOK_AGAIN * 1000000 };
	int64_t deadline = device_now_ms() + DEVICE_TIMEOUT_MS;

	while (access(path, F_OK)) {
		if (device_now_ms() > deadline) {
			return -ETIMEDOUT;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* The back end has opened the device: nobody needs our descriptor. */
static int device_settle_disk(struct xs_handle *xs, struct device_set *set,
			      struct device *device)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/devices/vbd-%u-%u/physical_device",
		 set->domid, device->devid);
	if (device_wait_path(path)) {
		err_set(&set->err, -ENXIO,
			"disk %s: dom0's kernel did not open %s",
			device->disk->vdev, device->target);
		device_kernel_error(xs, device, &set->err);
		return set->err.code;
	}
	if (device->loop >= 0) {
		close(device->loop);
		device->loop = -1;
	}
	return 0;
}

static void device_job(const struct device *device, struct hotplug_job *job,
		       bool up)
{
	bool vif = device->kind == DEVICE_VIF;

	memset(job, 0, sizeof(*job));
	snprintf(job->script, sizeof(job->script), "%s", device->script);
	snprintf(job->backend, sizeof(job->backend), "%s", device->backend);
	snprintf(job->vif, sizeof(job->vif), "%s", device->netdev);
	job->type = device_type[device->kind];
	job->option = vif ? "type_if=vif" : NULL;
	if (vif) {
		job->action = up ? "online" : "offline";
	} else {
		job->action = up ? "add" : "remove";
	}
}

static int device_script_done(struct xs_handle *xs, struct device_set *set,
			      struct device *device, struct hotplug_job *job)
{
	char path[128], text[200];
	char *reason;
	int rc = hotplug_wait(job, DEVICE_SCRIPT_MS, text, sizeof(text));

	if (rc == 0) {
		snprintf(path, sizeof(path), "%s/hotplug-status",
			 device->backend);
		if (!store_exists(xs, path)) {
			store_write(xs, path, "connected");
		}
		return 0;
	}
	reason = store_read(xs, "%s/hotplug-error", device->backend);
	err_set(&set->err, -EIO, "%s %u: script %s %s failed (%s%d): %s",
		device_type[device->kind], device->devid, device->script,
		job->action, rc < 0 ? "error " : "exit code ", rc,
		reason ? reason : text);
	free(reason);
	return set->err.code;
}

static int device_bring_up(struct xs_handle *xs, struct device_set *set,
			   struct hotplug_job *jobs)
{
	char path[128];
	uint32_t i;
	int rc;

	for (i = 0; i < set->count; i++) {
		snprintf(path, sizeof(path), "%s/state",
			 set->device[i].backend);
		xs_watch(xs, path, "state");
	}
	for (i = 0; i < set->count; i++) {
		struct device *device = &set->device[i];

		rc = device_wait_backend(xs, device, &set->err);
		if (rc) {
			return rc;
		}
		if (device->kind == DEVICE_VIF) {
			snprintf(path, sizeof(path), "/sys/class/net/%s",
				 device->netdev);
			device_wait_path(path);
		}
		if (!device->script[0]) {
			continue;
		}
		device_job(device, &jobs[i], true);
		rc = hotplug_start(&jobs[i]);
		if (rc) {
			return err_errno(&set->err, rc, "starting %s",
					 device->script);
		}
	}
	for (i = 0; i < set->count; i++) {
		struct device *device = &set->device[i];

		rc = 0;
		if (jobs[i].pid) {
			rc = device_script_done(xs, set, device, &jobs[i]);
			jobs[i].pid = 0;
		}
		if (!rc && device->kind == DEVICE_VBD) {
			rc = device_settle_disk(xs, set, device);
		}
		if (rc) {
			return rc;
		}
	}
	return 0;
}

static void *device_thread(void *arg)
{
	struct device_set *set = arg;
	struct hotplug_job *jobs = calloc(set->count, sizeof(*jobs));
	struct xs_handle *xs = xs_open(0);
	char text[16];
	uint32_t i;

	if (!xs || !jobs) {
		set->rc = err_errno(&set->err, -ENOMEM,
				    "a second connection to the store");
	} else {
		set->rc = device_bring_up(xs, set, jobs);
	}
	for (i = 0; jobs && i < set->count; i++) {
		if (jobs[i].pid) {
			hotplug_wait(&jobs[i], DEVICE_SCRIPT_MS, text,
				     sizeof(text));
		}
	}
	if (xs) {
		xs_close(xs);
	}
	free(jobs);
	return NULL;
}

int device_set_start(struct device_set *set, struct hl_error *err)
{
	int rc;

	if (!set->count) {
		return 0;
	}
	rc = pthread_create(&set->thread, NULL, device_thread, set);
	if (rc) {
		return err_errno(err, -rc, "a thread for the devices");
	}
	set->started = true;
	return 0;
}

int device_set_finish(struct device_set *set, struct hl_error *err)
{
	if (!set->started) {
		return 0;
	}
	pthread_join(set->thread, NULL);
	set->started = false;
	if (set->rc) {
		*err = set->err;
	}
	return set->rc;
}
