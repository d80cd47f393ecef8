/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices on their way down. What there is to end is read from the store,
 * not remembered: this must also work for domains that somebody else made
 * or half made.
 *
 * The kernel's back end lets go of a guest that no longer answers when its
 * front end's directory is gone, online is 0 and state is 5 (Closing); it
 * then writes state 6 (Closed) as its last act.
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

#include "dom0-tools/lib/hotplug.h"

#define REMOVE_TIMEOUT_MS 10000
#define REMOVE_SCRIPT_MS  10000
#define REMOVE_POLL_MS	  20
#define REMOVE_MAX	  256

struct removal {
	char type[16];
	char id[16];
	char backend[96];
	char sysfs[64];
	bool kernel; /* a driver of dom0's kernel has it */
	struct hotplug_job job;
};

struct removals {
	struct removal *list;
	uint32_t count;
	uint32_t domid;
};

static int64_t removal_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void removal_add(struct removals *all, const char *type, const char *id)
{
	struct removal *r;
	char driver[80];

	if (all->count == REMOVE_MAX) {
		return;
	}
	r = &all->list[all->count++];
	snprintf(r->type, sizeof(r->type), "%s", type);
	snprintf(r->id, sizeof(r->id), "%s", id);
	snprintf(r->backend, sizeof(r->backend),
		 "/local/domain/0/backend/%s/%u/%s", type, all->domid, id);
	snprintf(r->sysfs, sizeof(r->sysfs), "/sys/devices/%s-%u-%s", type,
		 all->domid, id);
	snprintf(driver, sizeof(driver), "%s/driver", r->sysfs);
	r->kernel = access(driver, F_OK) == 0;
}

static int removal_collect(struct tools *tools, uint32_t domid,
			   struct removals *all)
{
	unsigned int types, ids, i, j;
	char **type, **id;

	all->domid = domid;
	all->count = 0;
	all->list = calloc(REMOVE_MAX, sizeof(*all->list));
	if (!all->list) {
		return -ENOMEM;
	}
	type = store_directory(tools->xs, &types, "/local/domain/0/backend");
	for (i = 0; type && i < types; i++) {
		id = store_directory(tools->xs, &ids,
				     "/local/domain/0/backend/%s/%u", type[i],
				     domid);
		for (j = 0; id && j < ids; j++) {
			removal_add(all, type[i], id[j]);
		}
		free(id);
	}
	free(type);
	return 0;
}

static void removal_close(struct tools *tools, struct removals *all)
{
	struct store_batch b;
	char front[128];
	uint32_t i;

	do {
		store_begin(&b, &tools->batches);
		for (i = 0; i < all->count; i++) {
			const struct removal *r = &all->list[i];
			uint64_t state;

			if (store_read_u64(tools->xs, &state, "%s/state",
					   r->backend) == 0 &&
			    state < XenbusStateClosing) {
				store_put(&b, r->backend, "online", "0");
				store_put(&b, r->backend, "state", "5");
			}
			snprintf(front, sizeof(front),
				 "/local/domain/%u/device/%s/%s", all->domid,
				 r->type, r->id);
			store_remove(&b, front);
		}
	} while (store_commit(&b) == -EAGAIN);
}

void device_begin_removal(struct tools *tools, uint32_t domid)
{
	struct removals all;

	if (removal_collect(tools, domid, &all) == 0 && all.count) {
		removal_close(tools, &all);
	}
	free(all.list);
}

static bool removal_closed(struct tools *tools, const struct removal *r)
{
	uint64_t state;

	return !r->kernel || access(r->sysfs, F_OK) ||
	       store_read_u64(tools->xs, &state, "%s/state", r->backend) ||
	       state >= XenbusStateClosed;
}

/* -ETIMEDOUT: something holds on; its nodes go nevertheless. */
static int removal_wait(struct tools *tools, const struct removal *r,
			int64_t deadline)
{
	struct timespec pause = { .tv_nsec = 1000000 };

	while (!removal_closed(tools, r)) {
		if (removal_now_ms() > deadline) {
			return -ETIMEDOUT;
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < REMOVE_POLL_MS * 1000000) {
			pause.tv_nsec *= 2;
		}
	}
	return 0;
}

static void removal_script(struct tools *tools, struct removal *r,
			   uint32_t domid)
{
	char *script = store_read(tools->xs, "%s/script", r->backend);
	char *name = store_read(tools->xs, "%s/vifname", r->backend);
	bool vif = !strcmp(r->type, "vif");

	if (script && script[0] == '/' && access(script, X_OK) == 0) {
		snprintf(r->job.script, sizeof(r->job.script), "%s", script);
		snprintf(r->job.backend, sizeof(r->job.backend), "%s",
			 r->backend);
		if (vif && name) {
			snprintf(r->job.vif, sizeof(r->job.vif), "%s", name);
		} else if (vif) {
			snprintf(r->job.vif, sizeof(r->job.vif), "vif%u.%s",
				 domid, r->id);
		}
		r->job.type = r->type;
		r->job.action = vif ? "offline" : "remove";
		r->job.option = vif ? "type_if=vif" : NULL;
		if (hotplug_start(&r->job)) {
			r->job.pid = 0;
		}
	}
	free(script);
	free(name);
}

int device_remove_all(struct tools *tools, uint32_t domid, struct hl_error *err)
{
	int64_t deadline = removal_now_ms() + REMOVE_TIMEOUT_MS;
	struct removals all;
	char text[64];
	uint32_t i;
	int rc = removal_collect(tools, domid, &all), late = 0;

	if (rc) {
		return err_errno(err, rc, "the list of devices");
	}
	if (all.count) {
		removal_close(tools, &all);
	}
	for (i = 0; i < all.count; i++) {
		removal_script(tools, &all.list[i], domid);
	}
	for (i = 0; i < all.count; i++) {
		struct removal *r = &all.list[i];

		if (removal_wait(tools, r, deadline) && !late) {
			late = err_set(err, -ETIMEDOUT,
				       "domain %u: the back end of %s %s did "
				       "not close within %d s",
				       domid, r->type, r->id,
				       REMOVE_TIMEOUT_MS / 1000);
		}
		if (r->job.pid) {
			hotplug_wait(&r->job, REMOVE_SCRIPT_MS, text,
				     sizeof(text));
		}
	}
	for (i = 0; i < all.count; i++) {
		store_prune(tools->xs, all.list[i].backend,
			    "/local/domain/0/backend");
	}
	free(all.list);
	return late;
}
