/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices on their way up.
 *
 * The back ends are drivers of dom0's kernel. It watches backend/ in the
 * store and probes a driver for each new directory; the driver answers with
 * state 2 (InitWait). A network back end then waits for a hotplug script to
 * say hotplug-status = connected; a block back end needs physical-device,
 * which is written with the other nodes unless the config names a script.
 */
#include "dom0-tools/lib/device.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xen/io/xenbus.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/hotplug.h"

#define DEVICE_TIMEOUT_MS 10000
#define DEVICE_SCRIPT_MS  40000
#define DEVICE_LOOK_AGAIN 2 /* ms, for what the kernel does not announce */

static int64_t device_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
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
		device_kind_name(device->kind), device->devid,
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
	job->type = device_kind_name(device->kind);
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
		device_kind_name(device->kind), device->devid, device->script,
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
		set->rc = err_errno(&set->err, xs ? -ENOMEM : -errno,
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
