/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of a domain, and of what a killed toolstack left.
 *
 * The hypervisor frees the memory while dom0's back ends let go of their
 * mappings: the two wait for each other's pages, so the back ends are told
 * first, then the domain is destroyed, then we wait for both.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/device.h"
#include "dom0-tools/lib/domain.h"
#include "dom0-tools/lib/domain_dismantle.h"
#include "dom0-tools/lib/domain_nodes.h"
#include "dom0-tools/lib/pending.h"
#include "dom0-tools/lib/store.h"

#define GONE_TIMEOUT_MS 10000

/* The last references go when dom0's kernel has dropped its mappings. */
static int destroy_wait_gone(struct tools *tools, uint32_t domid)
{
	struct xen_domctl_getdomaininfo info;
	struct timespec pause = { .tv_nsec = 500000 };
	long waited_us = 0;

	while (control_domain_info(tools->ctl, domid, &info) == 0) {
		if (waited_us > GONE_TIMEOUT_MS * 1000l) {
			return -ETIMEDOUT;
		}
		nanosleep(&pause, NULL);
		waited_us += pause.tv_nsec / 1000;
		if (pause.tv_nsec < 20000000) {
			pause.tv_nsec *= 2;
		}
	}
	return 0;
}

/* Which domain has this uuid; PENDING_NO_DOMID: none. */
static uint32_t destroy_find_uuid(struct tools *tools, const uint8_t uuid[16])
{
	uint32_t domid = PENDING_NO_DOMID;
	struct domain_info *list;
	struct hl_error ignored;
	size_t count, i;

	if (domain_list(tools, &list, &count, &ignored)) {
		return domid;
	}
	for (i = 0; i < count; i++) {
		if (list[i].domid && !memcmp(list[i].uuid, uuid, 16)) {
			domid = list[i].domid;
		}
	}
	free(list);
	return domid;
}

static int destroy_hypervisor_side(struct tools *tools, uint32_t domid,
				   struct hl_error *err)
{
	int rc;

	control_domain_pause(tools->ctl, domid);
	device_begin_removal(tools, domid);
	rc = control_domain_destroy(tools->ctl, domid);
	if (rc && rc != -ESRCH) {
		return err_errno(err, rc, "destroying domain %u", domid);
	}
	return 0;
}

int domain_dismantle_tell(struct tools *tools, uint32_t domid,
			  const uint8_t uuid[16], unsigned int flags,
			  struct hl_error *err)
{
	struct xen_domctl_getdomaininfo info;
	uint32_t living = destroy_find_uuid(tools, uuid);
	char text[37];
	int rc = 0, late;

	uuid_unparse_lower(uuid, text);
	if (living != PENDING_NO_DOMID) {
		domid = living;
		rc = destroy_hypervisor_side(tools, domid, err);
	} else if (domid == PENDING_NO_DOMID ||
		   control_domain_info(tools->ctl, domid, &info) == 0) {
		/* Nothing to go by, or another domain has the number. */
		domid = PENDING_NO_DOMID;
	}
	tools_phase(tools, "memory given back");
	if (domid != PENDING_NO_DOMID && !rc) {
		rc = device_remove_all(tools, domid, err);
		tools_phase(tools, "devices removed");
		late = destroy_wait_gone(tools, domid);
		if (late && !rc) {
			rc = err_set(err, late,
				     "domain %u is dying but something holds "
				     "its memory",
				     domid);
		}
		domain_nodes_remove(tools->xs, domid, text);
	}
	if (!(flags & DOMAIN_KEEP_CONFIG)) {
		config_forget(uuid);
	}
	return rc;
}

int domain_dismantle(struct tools *tools, uint32_t domid,
		     const uint8_t uuid[16], unsigned int flags)
{
	struct hl_error err;
	int rc = domain_dismantle_tell(tools, domid, uuid, flags, &err);

	if (rc) {
		tools_notice(tools, "cleaning up: %s", err.cause);
	}
	return rc;
}

int domain_destroy(struct tools *tools, uint32_t domid, unsigned int flags,
		   struct hl_error *err)
{
	struct domain_info info;
	struct pending mark;
	int rc;

	if (domid == 0) {
		return err_set(err, -EINVAL, "Domain-0 cannot be destroyed");
	}
	rc = domain_get(tools, domid, &info, err);
	if (rc) {
		return rc;
	}
	rc = pending_set(&mark, info.uuid, "destroy", info.name, domid);
	if (rc == -EBUSY) {
		return err_set(err, rc,
			       "another hl is at work on domain %u (%s)", domid,
			       info.name);
	}
	if (rc) {
		return err_errno(err, rc, "marking the work in %s",
				 PENDING_DIR);
	}
	tools_phase(tools, NULL);
	rc = domain_dismantle_tell(tools, domid, info.uuid, flags, err);
	tools_phase(tools, "nodes removed");
	if (rc) {
		pending_leave(&mark);
	} else {
		pending_clear(&mark);
	}
	return rc;
}

struct reap {
	struct tools *tools;
	size_t count;
};

/*
 * A create that died after its last step has started the domain and only not
 * removed its mark: such a domain is whole.
 */
static bool reap_is_whole(struct tools *tools,
			  const struct pending_found *found)
{
	struct xen_domctl_getdomaininfo info;
	uint32_t domid = destroy_find_uuid(tools, found->uuid);

	return !strcmp(found->verb, "create") && domid != PENDING_NO_DOMID &&
	       control_domain_info(tools->ctl, domid, &info) == 0 &&
	       (!(info.flags & XEN_DOMINF_paused) || info.cpu_time);
}

static void reap_one(void *ctx, struct pending_found *found)
{
	struct reap *reap = ctx;
	bool create = !strcmp(found->verb, "create");

	if (reap_is_whole(reap->tools, found)) {
		pending_clear(&found->mark);
		return;
	}
	if (domain_dismantle(reap->tools, found->domid, found->uuid, 0)) {
		return;
	}
	pending_clear(&found->mark);
	reap->count++;
	if (found->domid == PENDING_NO_DOMID) {
		tools_notice(reap->tools,
			     "cleaned up after a killed create of %s",
			     found->name);
	} else {
		tools_notice(reap->tools,
			     "cleaned up domain %s (%u), left half %s by a "
			     "killed toolstack",
			     found->name, found->domid,
			     create ? "made" : "destroyed");
	}
}

int domain_reap(struct tools *tools, size_t *count, struct hl_error *err)
{
	struct reap reap = { .tools = tools };
	int rc = pending_scan(reap_one, &reap);

	if (count) {
		*count = reap.count;
	}
	return rc ? err_errno(err, rc, "reading %s", PENDING_DIR) : 0;
}
