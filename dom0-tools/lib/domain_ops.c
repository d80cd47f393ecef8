/* SPDX-License-Identifier: BSD-2-Clause */
/* What is done to a domain that lives. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/domain.h"
#include "dom0-tools/lib/store.h"

#define OPS_SLACK_KIB  1024ul /* as at create */
#define OPS_RECHECK_MS 1000   /* should the store miss an event */

int domain_request(struct tools *tools, uint32_t domid, const char *word,
		   struct hl_error *err)
{
	struct domain_info info;
	char path[96];
	int rc = domain_get(tools, domid, &info, err);

	if (rc) {
		return rc;
	}
	if (domid == 0) {
		return err_set(err, -EINVAL,
			       "Domain-0 is shut down from within");
	}
	if (info.shutdown || info.dying) {
		return err_set(err, -EALREADY, "domain %s is shut down already",
			       info.name);
	}
	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown",
		 domid);
	rc = store_write(tools->xs, path, word);
	return rc ? err_errno(err, rc, "asking %s to %s", info.name, word) : 0;
}

static bool ops_any_alive(struct tools *tools, const uint32_t *domid,
			  size_t count)
{
	struct xen_domctl_getdomaininfo info;
	size_t i;

	for (i = 0; i < count; i++) {
		if (control_domain_info(tools->ctl, domid[i], &info) == 0 &&
		    !(info.flags & (XEN_DOMINF_shutdown | XEN_DOMINF_dying))) {
			return true;
		}
	}
	return false;
}

static int64_t ops_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int domain_wait_shutdown(struct tools *tools, const uint32_t *domid,
			 size_t count, int timeout_ms, struct hl_error *err)
{
	int64_t deadline = ops_now_ms() + timeout_ms;
	int rc = 0;

	if (!xs_watch(tools->xs, "@releaseDomain", "hl-wait")) {
		return err_errno(err, -errno, "watching for the shutdown");
	}
	while (ops_any_alive(tools, domid, count)) {
		struct pollfd fd = { .fd = xs_fileno(tools->xs),
				     .events = POLLIN };
		int64_t wait = OPS_RECHECK_MS;
		char **event;

		if (timeout_ms >= 0 && deadline - ops_now_ms() < wait) {
			wait = deadline - ops_now_ms();
		}
		if (wait <= 0) {
			rc = err_set(err, -ETIMEDOUT,
				     "not shut down within %d ms", timeout_ms);
			break;
		}
		if (poll(&fd, 1, (int)wait) > 0) {
			while ((event = xs_check_watch(tools->xs)) != NULL) {
				free(event);
			}
		}
	}
	xs_unwatch(tools->xs, "@releaseDomain", "hl-wait");
	return rc;
}

int domain_pause(struct tools *tools, uint32_t domid, struct hl_error *err)
{
	int rc = control_domain_pause(tools->ctl, domid);

	return rc ? err_errno(err, rc, "pausing domain %u", domid) : 0;
}

int domain_unpause(struct tools *tools, uint32_t domid, struct hl_error *err)
{
	int rc = control_domain_unpause(tools->ctl, domid);

	return rc ? err_errno(err, rc, "unpausing domain %u", domid) : 0;
}

/* The saved config goes on under the new name. */
static void ops_rename_config(const struct domain_info *info, const char *name)
{
	struct hl_config *config = NULL;

	if (config_load_saved(info->uuid, NULL, NULL, &config) == 0) {
		config_save(config, name, info->uuid);
		config_free(config);
	}
}

int domain_rename(struct tools *tools, uint32_t domid, const char *name,
		  struct hl_error *err)
{
	struct domain_info *list;
	struct store_batch b;
	char path[96], vm[96], uuid[37];
	size_t count, i, self = 0;
	int rc = domain_check_name(name, err);

	if (!rc) {
		rc = domain_list(tools, &list, &count, err);
	}
	if (rc) {
		return rc;
	}
	for (i = 0; i < count && !rc; i++) {
		if (list[i].domid == domid) {
			self = i;
		} else if (!strcmp(list[i].name, name)) {
			rc = err_set(err, -EEXIST,
				     "domain %u is already named %s",
				     list[i].domid, name);
		}
	}
	if (!rc) {
		snprintf(path, sizeof(path), "/local/domain/%u", domid);
		uuid_unparse_lower(list[self].uuid, uuid);
		snprintf(vm, sizeof(vm), "/vm/%s", uuid);
		do {
			store_begin(&b, &tools->batches);
			store_put(&b, path, "name", name);
			store_put(&b, vm, "name", name);
			rc = store_commit(&b);
		} while (rc == -EAGAIN);
		if (rc) {
			err_errno(err, rc, "renaming domain %u", domid);
		} else {
			ops_rename_config(&list[self], name);
		}
	}
	free(list);
	return rc;
}

/*
 * The limit goes first and stays where it is when the guest is to give
 * memory back: it does so in its own time.
 */
int domain_mem_set(struct tools *tools, uint32_t domid, uint64_t kib,
		   struct hl_error *err)
{
	struct domain_info info;
	uint64_t limit = 0;
	char path[96], text[24];
	int rc = domain_get(tools, domid, &info, err);

	if (rc) {
		return rc;
	}
	store_read_u64(tools->xs, &limit, "/local/domain/%u/memory/static-max",
		       domid);
	if (limit && kib > limit) {
		err_set(err, -ERANGE, "domain %s cannot have so much memory",
			info.name);
		err_need(err, "%lu KiB", kib);
		err_have(err, "%lu KiB as maxmem", limit);
		return err->code;
	}
	if (kib > info.memory_kib) {
		struct xen_sysctl_physinfo phys;

		rc = control_physinfo(tools->ctl, &phys);
		if (!rc && kib - info.memory_kib > phys.free_pages * 4) {
			err_set(err, -ENOMEM, "not enough free memory for %s",
				info.name);
			err_need(err, "%lu KiB", kib - info.memory_kib);
			err_have(err, "%lu KiB", (uint64_t)phys.free_pages * 4);
			return err->code;
		}
	}
	rc = control_domain_max_mem(tools->ctl, domid, kib + OPS_SLACK_KIB);
	if (rc) {
		return err_errno(err, rc, "a memory limit of %lu KiB for %s",
				 kib, info.name);
	}
	snprintf(path, sizeof(path), "/local/domain/%u/memory/target", domid);
	snprintf(text, sizeof(text), "%lu", kib);
	rc = store_write(tools->xs, path, text);
	return rc ? err_errno(err, rc, "the memory target of %s", info.name)
		  : 0;
}

int domain_vcpu_set(struct tools *tools, uint32_t domid, uint32_t vcpus,
		    struct hl_error *err)
{
	struct domain_info info;
	struct store_batch b;
	char base[64], name[48];
	uint32_t i;
	int rc = domain_get(tools, domid, &info, err);

	if (rc) {
		return rc;
	}
	if (!vcpus || vcpus > info.vcpus_max) {
		return err_set(err, -ERANGE,
			       "domain %s can have 1 to %u vcpus, not %u",
			       info.name, info.vcpus_max, vcpus);
	}
	snprintf(base, sizeof(base), "/local/domain/%u", domid);
	do {
		store_begin(&b, &tools->batches);
		for (i = 0; i < info.vcpus_max; i++) {
			snprintf(name, sizeof(name), "cpu/%u/availability", i);
			store_put(&b, base, name,
				  i < vcpus ? "online" : "offline");
		}
		rc = store_commit(&b);
	} while (rc == -EAGAIN);
	return rc ? err_errno(err, rc, "the vcpus of %s", info.name) : 0;
}
