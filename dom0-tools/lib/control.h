/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CONTROL_H
#define HOSPES_DOM0_CONTROL_H
/*
 * The hypervisor's control interface: Xen 4.17's domctl and sysctl over
 * libxencall, with the structures of the public headers.
 *
 * Every call returns 0 (or a count) or -Exxx; nothing here knows about error
 * texts. Arguments are copied through pages that the hypervisor can read
 * (libxencall's buffers), because the heap may be paged or moved under it.
 * A struct control belongs to one thread.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/version.h>
#include <xenforeignmemory.h>

#define CONTROL_PAGE_SHIFT 12
#define CONTROL_PAGE_SIZE  (1ul << CONTROL_PAGE_SHIFT)

struct control;

/* -ENOENT where this is no dom0, -EACCES, and so on. */
int control_open(struct control **ctl);
void control_close(struct control *ctl);
xenforeignmemory_handle *control_foreign(struct control *ctl);

/* Memory that may be named in a hypercall's argument. Zeroed. */
void *control_alloc(struct control *ctl, size_t size);
void control_free(struct control *ctl, void *buffer);

/* cmd, domain and u are the caller's; the version is filled in. */
int control_domctl(struct control *ctl, struct xen_domctl *op);
int control_sysctl(struct control *ctl, struct xen_sysctl *op);
/* XENVER_*: buffer may be NULL. Returns what the hypervisor returns. */
int control_version(struct control *ctl, unsigned int cmd, void *buffer,
		    size_t size);
/* arg must come from control_alloc(). */
long control_memory_op(struct control *ctl, unsigned int cmd, void *arg);
int control_mmuext(struct control *ctl, uint32_t domid, unsigned int cmd,
		   uint64_t mfn);

int control_domain_create(struct control *ctl,
			  const struct xen_domctl_createdomain *config,
			  uint32_t *domid);
int control_domain_destroy(struct control *ctl, uint32_t domid);
int control_domain_pause(struct control *ctl, uint32_t domid);
int control_domain_unpause(struct control *ctl, uint32_t domid);
/* -ESRCH unless there is a domain of exactly this number. */
int control_domain_info(struct control *ctl, uint32_t domid,
			struct xen_domctl_getdomaininfo *info);
/* Up to `max` from `first` on; returns how many. */
int control_domain_list(struct control *ctl, uint32_t first, uint32_t max,
			struct xen_domctl_getdomaininfo *list);
int control_domain_max_mem(struct control *ctl, uint32_t domid, uint64_t kib);
int control_domain_max_vcpus(struct control *ctl, uint32_t domid,
			     uint32_t count);
int control_domain_hypercall_page(struct control *ctl, uint32_t domid,
				  uint64_t mfn);
int control_vcpu_set_context(struct control *ctl, uint32_t domid, uint32_t vcpu,
			     const struct vcpu_guest_context *context);
int control_vcpu_info(struct control *ctl, uint32_t domid, uint32_t vcpu,
		      struct xen_domctl_getvcpuinfo *info);
/* Bitmaps of `bytes` bytes; either may be NULL. */
int control_vcpu_affinity_get(struct control *ctl, uint32_t domid,
			      uint32_t vcpu, uint8_t *hard, uint8_t *soft,
			      size_t bytes);
int control_vcpu_affinity_set(struct control *ctl, uint32_t domid,
			      uint32_t vcpu, const uint8_t *hard,
			      const uint8_t *soft, size_t bytes);
/* Credit2 weight and cap of a domain. */
int control_sched_get(struct control *ctl, uint32_t domid, uint16_t *weight,
		      uint16_t *cap);
int control_sched_set(struct control *ctl, uint32_t domid, uint16_t weight,
		      uint16_t cap);
int control_scheduler(struct control *ctl, uint32_t *id);

int control_physinfo(struct control *ctl, struct xen_sysctl_physinfo *info);
/*
 * The hypervisor's own counts, at most `max` of them, by name: what exists just
 * now. The number, or -errno; Xen has none (-ENOSYS, -EOPNOTSUPP).
 */
int control_counts(struct control *ctl, struct xen_sysctl_perfc_desc *names,
		   uint32_t *values, unsigned int max);
/* The next piece of the console ring; *index is where to go on. */
int control_console_read(struct control *ctl, char *buffer, uint32_t *count,
			 uint32_t *index, int clear);
int control_debug_keys(struct control *ctl, const char *keys);
/* A port of `domid` that `remote` may bind. */
int control_evtchn_alloc(struct control *ctl, uint32_t domid, uint32_t remote,
			 uint32_t *port);

#endif
