/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain: memory, vCPUs, event channels, grants, and the locks of each.
 *
 * Life: domain_create() makes it empty and paused; the toolstack fills it;
 * domain_kill() (resumable) takes everything back; when the last reference
 * (domain_put) goes, the struct is freed after a grace period and only then may
 * the domid be used again. A domain that is_dying refuses all new holdings.
 *
 * Finding one: domain_get_by_id() takes a reference; the list itself is read
 * under RCU. Fields stand under what guards them.
 */
#ifndef HOSPES_CORE_DOMAIN_H
#define HOSPES_CORE_DOMAIN_H

#include <xen/domctl.h>
#include <xen/xen.h>

#include "core/crash.h"
#include "core/evtchn.h"
#include "core/rcu.h"
#include "core/sched.h"
#include "core/timer.h"
#include "lib/list.h"
#include "lib/types.h"
#include "mm/frame.h"
#include "x86/cpumask.h"
#include "x86/spinlock.h"

struct domain_e820;
struct grant_table;
struct rangeset;
struct vcpu;

#define MAX_VCPUS 128 /* per domain */

enum domain_dying {
	DOMAIN_ALIVE,
	DOMAIN_DYING,
	DOMAIN_DEAD
};

struct domain {
	/* Fixed at creation. */
	domid_t id;
	uint8_t handle[16]; /* the toolstack's UUID */
	bool privileged;    /* dom0: may call domctl, sysctl, physdev */
	bool is_idle;
	unsigned int max_vcpus;
	struct vcpu **vcpu;		 /* [max_vcpus]; an entry is set once */
	struct shared_info *shared_info; /* one frame, shared with the guest */
	struct grant_table *grants;

	uint32_t refs;		     /* atomic */
	struct domain *next_in_list; /* RCU, RANK_DOMLIST to change */

	/* ctl_lock (RANK_DOMCTL): one control operation at a time. */
	spinlock_t ctl_lock;
	enum domain_dying dying;
	unsigned int kill_phase; /* where domain_kill() goes on */
	uint32_t ctl_pauses;	 /* XEN_DOMCTL_pausedomain, counted */

	/* page_lock (RANK_PAGEALLOC): the frames that belong to it. */
	spinlock_t page_lock;
	struct page_list pages;		/* ordinary memory */
	struct page_list leaving_pages; /* dying: freed when others let go */
	uint64_t tot_pages;
	uint64_t max_pages;	 /* limit of tot_pages */
	uint64_t exchange_pages; /* of tot_pages: above it, in an exchange */
	uint64_t claimed_pages;	 /* RANK_HEAP */

	/* shutdown_lock (RANK_NONE): why and whether it stopped, and the end
	 * of what it wrote to its console (core/crash.h). */
	spinlock_t shutdown_lock;
	bool is_shutting_down;
	bool is_shut_down;
	uint32_t shutdown_code; /* SHUTDOWN_* */
	char last_words[LAST_WORDS];
	uint64_t last_words_end; /* bytes in all; at this % LAST_WORDS next */

	uint32_t pause_count;	     /* atomic */
	struct evtchn_domain evtchn; /* locks inside */
	struct sched_domain sched;   /* locks inside */

	uint64_t vm_assist; /* VMASST_TYPE_* bits, set by the domain itself */
	int64_t time_offset_seconds; /* XEN_DOMCTL_settimeoffset */

	/* PV. */
	uint64_t *perdomain_l3; /* L3 table of the per-domain slot */
	cpumask_t dirty_cpus; /* CPUs that may hold its translations; atomic */
	/* PGC_HEAP_SHARED frames, and one until all else is freed: they keep
	 * the struct, for frames name their owner, but nothing more. Atomic. */
	uint32_t shared_count;
	struct rcu_head rcu;
	struct rangeset *io_ports, *io_frames; /* allowed; ctl_lock */
	struct domain_e820 *e820;	       /* NULL: none; ctl_lock */
	struct list_head pirqs;		       /* core/pirq.h */
	spinlock_t pirq_lock;
	bool iopl_ports_all; /* dom0: any I/O port not withheld */
	uint32_t pci_cf8;    /* what it wrote to port 0xcf8 last */
};

extern struct domain *dom0;
extern struct domain *idle_domain;
/* Owner of I/O frames and of the hypervisor's frames shown to guests. */
extern struct domain *dom_io, *dom_xen;

/*
 * Make a domain of at most max_vcpus vCPUs (none made yet), paused once, with
 * the limits in cfg. It is not found by its id before domain_publish().
 * -EEXIST the id is taken, -ENOMEM, -EINVAL a limit out of range.
 */
int domain_create(domid_t id, const struct xen_domctl_createdomain *cfg,
		  bool privileged, struct domain **out);

void domain_publish(struct domain *d);
/* Boot: dom_io, dom_xen, idle_domain. */
void domain_init_special(void);

/* Lowest unused id for the toolstack's "any"; -ENOSPC when all are in use. */
int domain_free_id(domid_t *id);

/* With a reference; DOMID_SELF is the caller's domain. NULL: no such domain. */
struct domain *domain_get_by_id(domid_t id);
__must_check bool domain_get(struct domain *d);
void domain_put(struct domain *d);
/* A shared frame is gone. */
void domain_put_shared(struct domain *d);

/* Next domain at or after `id` that exists, with a reference, or NULL. */
struct domain *domain_get_next(domid_t id);

/*
 * Take all back from a domain. 0 when finished, -ERESTART when there is more to
 * do (call again). The caller holds ctl_lock.
 */
int domain_kill(struct domain *d);

/* Stop all vCPUs and tell the toolstack why (VIRQ_DOM_EXC in dom0); the log has
 * a report if that is SHUTDOWN_crash or _watchdog. */
void domain_shutdown(struct domain *d, uint32_t code);
/* Undo a SHUTDOWN_suspend. */
void domain_resume(struct domain *d);

/* The guest is hopeless: log the reason and shut it down. */
void domain_crash(struct domain *d, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline bool domain_is_dying(const struct domain *d)
{
	return *(volatile const enum domain_dying *)&d->dying != DOMAIN_ALIVE;
}

/* vCPU `id` of d, or NULL; safe against a guest's out-of-range id. */
struct vcpu *domain_vcpu(const struct domain *d, uint32_t id);

#define for_each_vcpu(v, d)                                           \
	for (unsigned int i_##v = 0; i_##v < (d)->max_vcpus; i_##v++) \
		if (((v) = (d)->vcpu[i_##v]) != NULL)

/*
 * Ordinary memory for a domain: 2^order zeroed-or-not frames in its list, with
 * its own reference. NULL: over max_pages (logged), no memory, or dying.
 */
struct page_info *domain_alloc_pages(struct domain *d, unsigned int order,
				     unsigned int heap_flags);

/*
 * Frames for frames. A stolen frame is nobody's to reference: it had no
 * reference but d's own, and has one now, the caller's. Either it is returned
 * or page_put() frees it. New frames are above the limit of d until the caller
 * says domain_end_exchange(), which it does before it frees old (or, failing,
 * new) ones.
 */
__must_check bool domain_steal_page(struct domain *d, struct page_info *page);
void domain_return_page(struct domain *d, struct page_info *page);
struct page_info *domain_alloc_exchange(struct domain *d, unsigned int order,
					unsigned int heap_flags);
void domain_end_exchange(struct domain *d, uint64_t pages);

/* Hold back so many free frames for it; 0: none. -ENOMEM, -EINVAL: dying. */
int domain_set_claim(struct domain *d, uint64_t pages);

/*
 * One hypervisor frame that the guest may map too (shared info, grant table):
 * as an address; freed by domain_free_shared() or with its last reference.
 */
void *domain_alloc_shared(struct domain *d);
void domain_free_shared(void *p);

#endif
