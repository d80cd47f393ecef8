/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control calls. The operation itself travels in one page that is allocated
 * once; whatever it points at is allocated for the call and freed after it.
 */
#include "dom0-tools/lib/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/event_channel.h>
#include <xencall.h>

struct control {
	xencall_handle *call;
	xenforeignmemory_handle *foreign;
	void *page; /* the operation on its way */
};

int control_open(struct control **out)
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	int rc;

	if (!ctl) {
		return -ENOMEM;
	}
	/* Asked first, for libxencall would print an error of its own. */
	if (access("/dev/xen/privcmd", R_OK | W_OK) &&
	    access("/proc/xen/privcmd", R_OK | W_OK)) {
		rc = -errno;
		free(ctl);
		return rc;
	}
	errno = 0;
	ctl->call = xencall_open(NULL, 0);
	if (ctl->call) {
		ctl->foreign = xenforeignmemory_open(NULL, 0);
	}
	if (ctl->foreign) {
		ctl->page = xencall_alloc_buffer_pages(ctl->call, 1);
	}
	if (!ctl->page) {
		rc = errno ? -errno : -EIO;
		control_close(ctl);
		return rc;
	}
	*out = ctl;
	return 0;
}

void control_close(struct control *ctl)
{
	if (!ctl) {
		return;
	}
	if (ctl->page) {
		xencall_free_buffer_pages(ctl->call, ctl->page, 1);
	}
	if (ctl->foreign) {
		xenforeignmemory_close(ctl->foreign);
	}
	if (ctl->call) {
		xencall_close(ctl->call);
	}
	free(ctl);
}

xenforeignmemory_handle *control_foreign(struct control *ctl)
{
	return ctl->foreign;
}

void *control_alloc(struct control *ctl, size_t size)
{
	void *buffer = xencall_alloc_buffer(ctl->call, size);

	if (buffer) {
		memset(buffer, 0, size);
	}
	return buffer;
}

void control_free(struct control *ctl, void *buffer)
{
	if (buffer) {
		xencall_free_buffer(ctl->call, buffer);
	}
}

static int control_call1(struct control *ctl, unsigned int number)
{
	int rc = xencall1(ctl->call, number, (uint64_t)(uintptr_t)ctl->page);

	return rc < 0 ? -errno : rc;
}

int control_domctl(struct control *ctl, struct xen_domctl *op)
{
	int rc;

	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	memcpy(ctl->page, op, sizeof(*op));
	rc = control_call1(ctl, __HYPERVISOR_domctl);
	memcpy(op, ctl->page, sizeof(*op));
	return rc;
}

int control_sysctl(struct control *ctl, struct xen_sysctl *op)
{
	int rc;

	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	memcpy(ctl->page, op, sizeof(*op));
	rc = control_call1(ctl, __HYPERVISOR_sysctl);
	memcpy(op, ctl->page, sizeof(*op));
	return rc;
}

int control_version(struct control *ctl, unsigned int cmd, void *buffer,
		    size_t size)
{
	int rc;

	if (size > CONTROL_PAGE_SIZE) {
		return -E2BIG;
	}
	if (buffer) {
		memcpy(ctl->page, buffer, size);
	}
	rc = xencall2(ctl->call, __HYPERVISOR_xen_version, cmd,
		      buffer ? (uint64_t)(uintptr_t)ctl->page : 0);
	if (rc < 0) {
		return -errno;
	}
	if (buffer) {
		memcpy(buffer, ctl->page, size);
	}
	return rc;
}

long control_memory_op(struct control *ctl, unsigned int cmd, void *arg)
{
	long rc = xencall2L(ctl->call, __HYPERVISOR_memory_op, cmd,
			    (uint64_t)(uintptr_t)arg);

	return rc < 0 ? -errno : rc;
}

int control_mmuext(struct control *ctl, uint32_t domid, unsigned int cmd,
		   uint64_t mfn)
{
	struct mmuext_op *op = ctl->page;
	int rc;

	memset(op, 0, sizeof(*op));
	op->cmd = cmd;
	op->arg1.mfn = mfn;
	rc = xencall4(ctl->call, __HYPERVISOR_mmuext_op,
		      (uint64_t)(uintptr_t)op, 1, 0, domid);
	return rc < 0 ? -errno : rc;
}

static struct xen_domctl control_domctl_op(uint32_t cmd, uint32_t domid)
{
	struct xen_domctl op;

	memset(&op, 0, sizeof(op));
	op.cmd = cmd;
	op.domain = (domid_t)domid;
	return op;
}

int control_domain_create(struct control *ctl,
			  const struct xen_domctl_createdomain *config,
			  uint32_t *domid)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_createdomain, DOMID_INVALID);
	int rc;

	op.u.createdomain = *config;
	rc = control_domctl(ctl, &op);
	*domid = op.domain;
	return rc;
}

int control_domain_destroy(struct control *ctl, uint32_t domid)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_destroydomain, domid);
	int rc;

	do {
		rc = control_domctl(ctl, &op);
	} while (rc == -EAGAIN || rc == -EINTR);
	return rc;
}

int control_domain_pause(struct control *ctl, uint32_t domid)
{
	struct xen_domctl op = control_domctl_op(XEN_DOMCTL_pausedomain, domid);

	return control_domctl(ctl, &op);
}

int control_domain_unpause(struct control *ctl, uint32_t domid)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_unpausedomain, domid);

	return control_domctl(ctl, &op);
}

int control_domain_info(struct control *ctl, uint32_t domid,
			struct xen_domctl_getdomaininfo *info)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_getdomaininfo, domid);
	int rc = control_domctl(ctl, &op);

	if (rc == 0 && op.u.getdomaininfo.domain != domid) {
		return -ESRCH;
	}
	*info = op.u.getdomaininfo;
	return rc;
}

int control_domain_list(struct control *ctl, uint32_t first, uint32_t max,
			struct xen_domctl_getdomaininfo *list)
{
	size_t size = max * sizeof(*list);
	xen_domctl_getdomaininfo_t *buffer = control_alloc(ctl, size);
	struct xen_sysctl op;
	int rc;

	if (!buffer) {
		return -ENOMEM;
	}
	memset(&op, 0, sizeof(op));
	op.cmd = XEN_SYSCTL_getdomaininfolist;
	op.u.getdomaininfolist.first_domain = (domid_t)first;
	op.u.getdomaininfolist.max_domains = max;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, buffer);
	rc = control_sysctl(ctl, &op);
	if (rc >= 0) {
		rc = (int)op.u.getdomaininfolist.num_domains;
		memcpy(list, buffer, (size_t)rc * sizeof(*list));
	}
	control_free(ctl, buffer);
	return rc;
}

int control_domain_max_mem(struct control *ctl, uint32_t domid, uint64_t kib)
{
	struct xen_domctl op = control_domctl_op(XEN_DOMCTL_max_mem, domid);

	op.u.max_mem.max_memkb = kib;
	return control_domctl(ctl, &op);
}

int control_domain_max_vcpus(struct control *ctl, uint32_t domid,
			     uint32_t count)
{
	struct xen_domctl op = control_domctl_op(XEN_DOMCTL_max_vcpus, domid);

	op.u.max_vcpus.max = count;
	return control_domctl(ctl, &op);
}

int control_domain_hypercall_page(struct control *ctl, uint32_t domid,
				  uint64_t mfn)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_hypercall_init, domid);

	op.u.hypercall_init.gmfn = mfn;
	return control_domctl(ctl, &op);
}

int control_vcpu_set_context(struct control *ctl, uint32_t domid, uint32_t vcpu,
			     const struct vcpu_guest_context *context)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_setvcpucontext, domid);
	vcpu_guest_context_t *buffer = control_alloc(ctl, sizeof(*buffer));
	int rc;

	if (!buffer) {
		return -ENOMEM;
	}
	*buffer = *context;
	op.u.vcpucontext.vcpu = vcpu;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, buffer);
	rc = control_domctl(ctl, &op);
	control_free(ctl, buffer);
	return rc;
}

int control_vcpu_info(struct control *ctl, uint32_t domid, uint32_t vcpu,
		      struct xen_domctl_getvcpuinfo *info)
{
	struct xen_domctl op = control_domctl_op(XEN_DOMCTL_getvcpuinfo, domid);
	int rc;

	op.u.getvcpuinfo.vcpu = vcpu;
	rc = control_domctl(ctl, &op);
	*info = op.u.getvcpuinfo;
	return rc;
}

/* One call both ways: the maps go in and come back as they are in effect. */
static int control_vcpu_affinity(struct control *ctl, uint32_t cmd,
				 uint32_t domid, uint32_t vcpu, uint8_t *hard,
				 uint8_t *soft, size_t bytes)
{
	struct xen_domctl op = control_domctl_op(cmd, domid);
	struct xen_domctl_vcpuaffinity *affinity = &op.u.vcpuaffinity;
	uint8_t *buffer = control_alloc(ctl, bytes * 2);
	int rc;

	if (!buffer) {
		return -ENOMEM;
	}
	affinity->vcpu = vcpu;
	if (hard) {
		affinity->flags |= XEN_VCPUAFFINITY_HARD;
		memcpy(buffer, hard, bytes);
		affinity->cpumap_hard.nr_bits = (uint32_t)bytes * 8;
		set_xen_guest_handle(affinity->cpumap_hard.bitmap, buffer);
	}
	if (soft) {
		affinity->flags |= XEN_VCPUAFFINITY_SOFT;
		memcpy(buffer + bytes, soft, bytes);
		affinity->cpumap_soft.nr_bits = (uint32_t)bytes * 8;
		set_xen_guest_handle(affinity->cpumap_soft.bitmap,
				     buffer + bytes);
	}
	rc = control_domctl(ctl, &op);
	if (rc == 0 && hard) {
		memcpy(hard, buffer, bytes);
	}
	if (rc == 0 && soft) {
		memcpy(soft, buffer + bytes, bytes);
	}
	control_free(ctl, buffer);
	return rc;
}

int control_vcpu_affinity_get(struct control *ctl, uint32_t domid,
			      uint32_t vcpu, uint8_t *hard, uint8_t *soft,
			      size_t bytes)
{
	return control_vcpu_affinity(ctl, XEN_DOMCTL_getvcpuaffinity, domid,
				     vcpu, hard, soft, bytes);
}

int control_vcpu_affinity_set(struct control *ctl, uint32_t domid,
			      uint32_t vcpu, const uint8_t *hard,
			      const uint8_t *soft, size_t bytes)
{
	uint8_t effective[2][128];

	if (bytes > sizeof(effective[0])) {
		return -E2BIG;
	}
	if (hard) {
		memcpy(effective[0], hard, bytes);
	}
	if (soft) {
		memcpy(effective[1], soft, bytes);
	}
	return control_vcpu_affinity(ctl, XEN_DOMCTL_setvcpuaffinity, domid,
				     vcpu, hard ? effective[0] : NULL,
				     soft ? effective[1] : NULL, bytes);
}

int control_scheduler(struct control *ctl, uint32_t *id)
{
	struct xen_sysctl op;
	int rc;

	memset(&op, 0, sizeof(op));
	op.cmd = XEN_SYSCTL_sched_id;
	rc = control_sysctl(ctl, &op);
	*id = op.u.sched_id.sched_id;
	return rc;
}

int control_sched_get(struct control *ctl, uint32_t domid, uint16_t *weight,
		      uint16_t *cap)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_scheduler_op, domid);
	int rc;

	op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	rc = control_domctl(ctl, &op);
	*weight = op.u.scheduler_op.u.credit2.weight;
	*cap = op.u.scheduler_op.u.credit2.cap;
	return rc;
}

int control_sched_set(struct control *ctl, uint32_t domid, uint16_t weight,
		      uint16_t cap)
{
	struct xen_domctl op =
		control_domctl_op(XEN_DOMCTL_scheduler_op, domid);

	op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	op.u.scheduler_op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.scheduler_op.u.credit2.weight = weight;
	op.u.scheduler_op.u.credit2.cap = cap;
	return control_domctl(ctl, &op);
}

int control_physinfo(struct control *ctl, struct xen_sysctl_physinfo *info)
{
	struct xen_sysctl op;
	int rc;

	memset(&op, 0, sizeof(op));
	op.cmd = XEN_SYSCTL_physinfo;
	rc = control_sysctl(ctl, &op);
	*info = op.u.physinfo;
	return rc;
}

static int counts_query(struct control *ctl, struct xen_sysctl *op, void *desc,
			void *val)
{
	memset(op, 0, sizeof(*op));
	op->cmd = XEN_SYSCTL_perfc_op;
	op->u.perfc_op.cmd = XEN_SYSCTL_PERFCOP_query;
	set_xen_guest_handle(op->u.perfc_op.desc, desc);
	set_xen_guest_handle(op->u.perfc_op.val, val);
	return control_sysctl(ctl, op);
}

int control_counts(struct control *ctl, struct xen_sysctl_perfc_desc *names,
		   uint32_t *values, unsigned int max)
{
	struct xen_sysctl_perfc_desc *desc = NULL;
	struct xen_sysctl op;
	uint32_t *val = NULL;
	unsigned int n = 0;
	int rc = counts_query(ctl, &op, NULL, NULL);

	if (rc) {
		return rc;
	}
	/* Ours has one value for each; others' are not asked for. */
	if (op.u.perfc_op.nr_counters > max ||
	    op.u.perfc_op.nr_vals != op.u.perfc_op.nr_counters) {
		return -EOPNOTSUPP;
	}
	n = op.u.perfc_op.nr_counters;
	desc = control_alloc(ctl, max * sizeof(*desc));
	val = control_alloc(ctl, max * sizeof(*val));
	rc = desc && val ? counts_query(ctl, &op, desc, val) : -ENOMEM;
	if (!rc) {
		memcpy(names, desc, n * sizeof(*desc));
		memcpy(values, val, n * sizeof(*val));
	}
	control_free(ctl, desc);
	control_free(ctl, val);
	return rc ? rc : (int)n;
}

int control_console_read(struct control *ctl, char *buffer, uint32_t *count,
			 uint32_t *index, int clear)
{
	char *bounce = control_alloc(ctl, *count);
	struct xen_sysctl op;
	int rc;

	if (!bounce) {
		return -ENOMEM;
	}
	memset(&op, 0, sizeof(op));
	op.cmd = XEN_SYSCTL_readconsole;
	op.u.readconsole.clear = (uint8_t)clear;
	op.u.readconsole.incremental = 1;
	op.u.readconsole.index = *index;
	op.u.readconsole.count = *count;
	set_xen_guest_handle(op.u.readconsole.buffer, bounce);
	rc = control_sysctl(ctl, &op);
	if (rc == 0) {
		if (op.u.readconsole.count < *count) {
			*count = op.u.readconsole.count;
		}
		*index = op.u.readconsole.index;
		memcpy(buffer, bounce, *count);
	}
	control_free(ctl, bounce);
	return rc;
}

int control_debug_keys(struct control *ctl, const char *keys)
{
	size_t length = strlen(keys);
	char *bounce = control_alloc(ctl, length + 1);
	struct xen_sysctl op;
	int rc;

	if (!bounce) {
		return -ENOMEM;
	}
	memcpy(bounce, keys, length);
	memset(&op, 0, sizeof(op));
	op.cmd = XEN_SYSCTL_debug_keys;
	set_xen_guest_handle(op.u.debug_keys.keys, bounce);
	op.u.debug_keys.nr_keys = (uint32_t)length;
	rc = control_sysctl(ctl, &op);
	control_free(ctl, bounce);
	return rc;
}

int control_evtchn_alloc(struct control *ctl, uint32_t domid, uint32_t remote,
			 uint32_t *port)
{
	struct evtchn_alloc_unbound *op = ctl->page;
	int rc;

	memset(op, 0, sizeof(*op));
	op->dom = (domid_t)domid;
	op->remote_dom = (domid_t)remote;
	rc = xencall2(ctl->call, __HYPERVISOR_event_channel_op,
		      EVTCHNOP_alloc_unbound, (uint64_t)(uintptr_t)op);
	*port = op->port;
	return rc < 0 ? -errno : rc;
}
