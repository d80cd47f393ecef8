/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains found and listed. The hypervisor knows numbers and states, the
 * store knows names; a domain without a name is being made or taken down, by
 * us or by another toolstack.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/domain.h"
#include "dom0-tools/lib/store.h"

#define LIST_BATCH 128

void domain_name(struct tools *tools, uint32_t domid,
		 char name[DOMAIN_NAME_MAX])
{
	char *text = store_read(tools->xs, "/local/domain/%u/name", domid);

	/* A dom0 that nobody has named yet has this name all the same. */
	snprintf(name, DOMAIN_NAME_MAX, "%s",
		 text	  ? text
		 : !domid ? "Domain-0"
			  : "(null)");
	free(text);
}

static void domain_from_hypervisor(const struct xen_domctl_getdomaininfo *in,
				   struct domain_info *out)
{
	memset(out, 0, sizeof(*out));
	out->domid = in->domain;
	memcpy(out->uuid, in->handle, sizeof(out->uuid));
	out->dying = in->flags & XEN_DOMINF_dying;
	out->hvm = in->flags & XEN_DOMINF_hvm_guest;
	out->shutdown = in->flags & XEN_DOMINF_shutdown;
	out->paused = in->flags & XEN_DOMINF_paused;
	out->blocked = in->flags & XEN_DOMINF_blocked;
	out->running = in->flags & XEN_DOMINF_running;
	out->reason =
		in->flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
	out->memory_kib = (in->tot_pages + in->outstanding_pages) * 4;
	out->max_kib = in->max_pages * 4;
	out->cpu_ns = in->cpu_time;
	out->vcpus_online = in->nr_online_vcpus;
	out->vcpus_max = in->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID
				 ? 0
				 : in->max_vcpu_id + 1;
	out->cpupool = in->cpupool;
	out->shared_info_frame = in->shared_info_frame;
}

int domain_list(struct tools *tools, struct domain_info **list, size_t *count,
		struct hl_error *err)
{
	struct xen_domctl_getdomaininfo *batch;
	struct domain_info *all = NULL, *bigger;
	uint32_t first = 0;
	size_t used = 0;
	int got, i;

	batch = calloc(LIST_BATCH, sizeof(*batch));
	do {
		got = batch ? control_domain_list(tools->ctl, first, LIST_BATCH,
						  batch)
			    : -ENOMEM;
		bigger = got < 0 ? NULL
				 : realloc(all, (used + (size_t)got + 1) *
							sizeof(*all));
		if (!bigger) {
			free(all);
			free(batch);
			return err_errno(err, got < 0 ? got : -ENOMEM,
					 "listing the domains");
		}
		all = bigger;
		for (i = 0; i < got; i++) {
			domain_from_hypervisor(&batch[i], &all[used]);
			domain_name(tools, all[used].domid, all[used].name);
			first = all[used].domid + 1;
			used++;
		}
	} while (got == LIST_BATCH);
	free(batch);
	*list = all;
	*count = used;
	return 0;
}

int domain_get(struct tools *tools, uint32_t domid, struct domain_info *info,
	       struct hl_error *err)
{
	struct xen_domctl_getdomaininfo raw;
	int rc = control_domain_info(tools->ctl, domid, &raw);

	if (rc == -ESRCH) {
		return err_set(err, rc, "there is no domain %u", domid);
	}
	if (rc) {
		return err_errno(err, rc, "asking about domain %u", domid);
	}
	domain_from_hypervisor(&raw, info);
	domain_name(tools, domid, info->name);
	return 0;
}

int domain_find(struct tools *tools, const char *name, uint32_t *domid,
		struct hl_error *err)
{
	struct domain_info *list, info;
	unsigned long number;
	size_t count, i;
	char *end;
	int rc = domain_list(tools, &list, &count, err);

	if (rc) {
		return rc;
	}
	for (i = 0; i < count; i++) {
		if (!strcmp(list[i].name, name)) {
			*domid = list[i].domid;
			free(list);
			return 0;
		}
	}
	free(list);
	errno = 0;
	number = strtoul(name, &end, 10);
	if (!errno && end != name && !*end && number < DOMID_FIRST_RESERVED) {
		*domid = (uint32_t)number;
		return domain_get(tools, *domid, &info, err);
	}
	err_set(err, -ESRCH, "there is no domain named %s", name);
	err_hint(err, "hl list shows the domains there are");
	return -ESRCH;
}

int domain_check_name(const char *name, struct hl_error *err)
{
	size_t length = strlen(name);

	if (!length || length >= DOMAIN_NAME_MAX ||
	    strspn(name, "0123456789") == length || strchr(name, '/') ||
	    strpbrk(name, " \t\n")) {
		return err_set(err, -EINVAL,
			       "\"%s\" cannot be a domain's name (empty, a "
			       "number, or with blanks or slashes)",
			       name);
	}
	return 0;
}
