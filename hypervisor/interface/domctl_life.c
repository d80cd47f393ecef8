/* SPDX-License-Identifier: BSD-2-Clause */
/* Domctls that make, end, stop and describe a domain. */
#include "core/domain.h"
#include "core/grant.h"
#include "core/guest_time.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "debug/printk.h"
#include "interface/control.h"
#include "interface/hypercall.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "x86/atomic.h"

/* What the toolstack may leave to us gets a value; what we do not have is
 * refused by name. */
static int check_config(struct xen_domctl_createdomain *cfg)
{
	const char *bad = NULL;

	if (cfg->flags & ~(uint32_t)XEN_DOMCTL_CDF_xs_domain) {
		bad = "flags (PV without devices only)";
	} else if (cfg->iommu_opts) {
		bad = "IOMMU options";
	} else if (XEN_DOMCTL_GRANT_version(cfg->grant_opts) > 1) {
		bad = "grant table version";
	} else if (cfg->grant_opts & ~(uint32_t)XEN_DOMCTL_GRANT_version_mask) {
		bad = "grant table options";
	} else if (cfg->vmtrace_size) {
		bad = "vmtrace size";
	} else if (cfg->cpupool_id) {
		bad = "CPU pool";
	} else if (cfg->arch.emulation_flags) {
		bad = "emulated devices";
	} else if (cfg->arch.misc_flags & ~XEN_X86_MSR_RELAXED) {
		bad = "x86 options";
	}
	if (bad) {
		log_warn("createdomain: unsupported %s\n", bad);
		return -EINVAL;
	}
	if (cfg->max_grant_frames < 0) {
		cfg->max_grant_frames = GRANT_DEFAULT_FRAMES;
	}
	if (cfg->max_maptrack_frames < 0) {
		cfg->max_maptrack_frames = GRANT_DEFAULT_MAPTRACK;
	}
	return 0;
}

int domctl_createdomain(struct domain *unused, struct xen_domctl *op)
{
	struct xen_domctl_createdomain *cfg = &op->u.createdomain;
	domid_t id = op->domain;
	struct domain *d;
	int rc = check_config(cfg);

	(void)unused;
	if (rc) {
		return rc;
	}
	/* 0 and the reserved ids ask for any. */
	if (!id || id >= DOMID_FIRST_RESERVED) {
		rc = domain_free_id(&id);
		if (rc) {
			return rc;
		}
	}
	rc = domain_create(id, cfg, false, &d);
	if (rc) {
		return rc;
	}
	op->domain = d->id;
	domain_publish(d);
	return 0;
}

int domctl_destroydomain(struct domain *d, struct xen_domctl *op)
{
	int rc;

	(void)op;
	do {
		rc = domain_kill(d);
	} while (rc == -ERESTART && !preempt_wanted());
	return rc;
}

int domctl_pausedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (d->ctl_pauses == UINT8_MAX) {
		return -EBUSY;
	}
	write_once(d->ctl_pauses, d->ctl_pauses + 1);
	domain_pause(d);
	return 0;
}

int domctl_unpausedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (!d->ctl_pauses) {
		return -EINVAL;
	}
	write_once(d->ctl_pauses, d->ctl_pauses - 1);
	domain_unpause(d);
	return 0;
}

int domctl_resumedomain(struct domain *d, struct xen_domctl *op)
{
	(void)op;
	if (domain_is_dying(d)) {
		return -EINVAL;
	}
	domain_resume(d);
	return 0;
}

/* Of the domain named, or the next there is: so tools walk through them. */
int domctl_getdomaininfo(struct domain *unused, struct xen_domctl *op)
{
	struct domain *d;

	(void)unused;
	if (op->domain >= DOMID_FIRST_RESERVED) {
		return -EINVAL;
	}
	d = domain_get_next(op->domain);
	if (!d) {
		return -ESRCH;
	}
	control_domain_info(d, &op->u.getdomaininfo);
	op->domain = d->id;
	domain_put(d);
	return 0;
}

int domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
	uint64_t pages = op->u.max_mem.max_memkb >> (PAGE_SHIFT - 10);

	/* It may be below what the domain has: it then gets no more. */
	spin_lock(&d->page_lock);
	write_once(d->max_pages, min(pages, (uint64_t)UINT32_MAX));
	spin_unlock(&d->page_lock);
	return 0;
}

int domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
	if (op->u.max_vcpus.max != d->max_vcpus || domain_is_dying(d)) {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v;
		int rc;

		if (domain_vcpu(d, i)) {
			continue;
		}
		rc = vcpu_create(d, i, &v);
		if (rc) {
			return rc;
		}
		if (preempt_wanted()) {
			return i + 1 < d->max_vcpus ? -ERESTART : 0;
		}
	}
	return 0;
}

int domctl_setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	return 0;
}

int domctl_setdebugging(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	return op->u.setdebugging.enable ? -EOPNOTSUPP : 0;
}

int domctl_settimeoffset(struct domain *d, struct xen_domctl *op)
{
	d->time_offset_seconds = op->u.settimeoffset.time_offset_seconds;
	guest_time_update_wallclock(d);
	return 0;
}

/* The TSC is never emulated: a guest sees the machine's. */
int domctl_settscinfo(struct domain *d, struct xen_domctl *op)
{
	const struct xen_domctl_tsc_info *info = &op->u.tsc_info;

	(void)d;
	switch (info->tsc_mode) {
	case 0: /* as is best */
	case 2: /* never emulate */
		return 0;
	case 1: /* always emulate */
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

int domctl_gettscinfo(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	op->u.tsc_info = (struct xen_domctl_tsc_info){
		.gtsc_khz = (uint32_t)clock_tsc_khz,
		.elapsed_nsec = (uint64_t)clock_now(),
	};
	return 0;
}
