/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains: making, finding, counting. See domain.h; taking apart is in
 * domain_kill.c, memory in domain_memory.c.
 *
 * The list of domains is sorted by id. Readers walk it without a lock (a domain
 * is freed only after a grace period) and take a reference to what they keep.
 */
#include "core/domain.h"

#include <xen/sched.h>

#include "core/grant.h"
#include "core/guest_time.h"
#include "core/io_access.h"
#include "core/pirq.h"
#include "core/rcu.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/pool.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"
#include "x86/percpu.h"

struct domain *dom0, *idle_domain, *dom_io, *dom_xen;

/* RANK_DOMLIST. */
static spinlock_t list_lock = SPINLOCK_INIT(RANK_DOMLIST);
static struct domain *domain_list;
/* Domains by id, for the owner that a frame names. Set under list_lock, read
 * without: an entry stays until the domain is freed. */
static struct domain *by_id[DOMID_FIRST_RESERVED];

static void domain_init_common(struct domain *d, domid_t id)
{
	d->id = id;
	d->refs = 1;
	d->shared_count = 1;
	d->pages = PAGE_LIST_EMPTY;
	d->leaving_pages = PAGE_LIST_EMPTY;
	list_init(&d->pirqs);
	spin_lock_init(&d->ctl_lock, RANK_DOMCTL);
	spin_lock_init(&d->page_lock, RANK_PAGEALLOC);
	spin_lock_init(&d->shutdown_lock, RANK_NONE);
	spin_lock_init(&d->pirq_lock, RANK_PIRQ);
}

static struct domain *special_create(domid_t id)
{
	struct domain *d = pool_alloc(sizeof(*d));

	if (!d) {
		panic("no memory for domain %u", id);
	}
	domain_init_common(d, id);
	return d;
}

void domain_init_special(void)
{
	dom_io = special_create(DOMID_IO);
	dom_xen = special_create(DOMID_XEN);
	idle_domain = special_create(DOMID_IDLE);
	idle_domain->is_idle = true;
	idle_domain->max_vcpus = smp_cpu_count();
	idle_domain->vcpu =
		pool_alloc_array(idle_domain->max_vcpus, sizeof(struct vcpu *));
	if (!idle_domain->vcpu) {
		panic("no memory for idle vCPUs");
	}
	sched_domain_init(idle_domain);
}

struct domain *domain_of_frame(const struct page_info *page)
{
	uint16_t id = read_once(page->owner);

	if (id >= DOMID_FIRST_RESERVED) {
		return id == DOMID_XEN ? dom_xen : NULL;
	}
	return load_acquire(&by_id[id]);
}

static int domain_build(struct domain *d,
			const struct xen_domctl_createdomain *cfg)
{
	uint32_t ports = cfg->max_evtchn_port ? cfg->max_evtchn_port + 1 : 0;
	int rc;

	d->vcpu = pool_alloc_array(d->max_vcpus, sizeof(struct vcpu *));
	if (!d->vcpu) {
		return -ENOMEM;
	}
	sched_domain_init(d);
	rc = evtchn_domain_init(d, ports);
	if (rc) {
		return rc;
	}
	d->shared_info = domain_alloc_shared(d);
	if (!d->shared_info) {
		return -ENOMEM;
	}
	rc = grant_table_create(d, cfg->max_grant_frames,
				cfg->max_maptrack_frames);
	if (rc) {
		return rc;
	}
	pirq_domain_init(d);
	guest_time_update_wallclock(d);
	return pv_domain_create(d);
}

/* The struct itself, when no frame names it any more. */
static void struct_free_rcu(struct rcu_head *head)
{
	pool_free(container_of(head, struct domain, rcu));
}

void domain_put_shared(struct domain *d)
{
	if (atomic_sub_return(&d->shared_count, 1)) {
		return;
	}
	spin_lock(&list_lock);
	if (by_id[d->id] == d) {
		store_release(&by_id[d->id], NULL);
	}
	spin_unlock(&list_lock);
	rcu_call(&d->rcu, struct_free_rcu);
}

/*
 * Everything but memory, ports and grants, which domain_kill() took; and the
 * struct, if somebody still has one of its shared frames mapped.
 */
static void domain_free(struct domain *d)
{
	struct vcpu *v;

	for_each_vcpu(v, d) {
		vcpu_destroy(v);
	}
	pv_domain_destroy(d);
	grant_table_destroy(d);
	if (d->shared_info) {
		domain_free_shared(d->shared_info);
	}
	evtchn_domain_free(d);
	sched_domain_destroy(d);
	pool_free(d->e820);
	io_access_free(d);
	pool_free(d->vcpu);
	domain_put_shared(d);
}

static void domain_free_rcu(struct rcu_head *head)
{
	domain_free(container_of(head, struct domain, rcu));
}

static void list_insert(struct domain *d) LOCK_REQUIRES(list_lock)
{
	struct domain **p = &domain_list;

	while (*p && (*p)->id < d->id) {
		p = &(*p)->next_in_list;
	}
	d->next_in_list = *p;
	store_release(p, d);
}

static void list_remove(struct domain *d)
{
	struct domain **p = &domain_list;

	spin_lock(&list_lock);
	while (*p && *p != d) {
		p = &(*p)->next_in_list;
	}
	if (*p) {
		write_once(*p, d->next_in_list);
	}
	spin_unlock(&list_lock);
}

/* Reserve the id, so that frames can name it. */
static int id_reserve(struct domain *d)
{
	int rc = 0;

	spin_lock(&list_lock);
	if (by_id[d->id]) {
		rc = -EEXIST;
	} else {
		store_release(&by_id[d->id], d);
	}
	spin_unlock(&list_lock);
	return rc;
}

int domain_create(domid_t id, const struct xen_domctl_createdomain *cfg,
		  bool privileged, struct domain **out)
{
	struct domain *d;
	int rc;

	if (id >= DOMID_FIRST_RESERVED || !cfg->max_vcpus ||
	    cfg->max_vcpus > MAX_VCPUS) {
		return ERR(-EINVAL);
	}
	d = pool_alloc(sizeof(*d));
	if (!d) {
		return ERR(-ENOMEM);
	}
	domain_init_common(d, id);
	d->max_vcpus = cfg->max_vcpus;
	d->privileged = privileged;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	d->pause_count = 1;
	d->ctl_pauses = 1;
	rc = id_reserve(d);
	if (rc) {
		pool_free(d);
		return rc;
	}
	rc = domain_build(d, cfg);
	if (rc) {
		domain_free(d);
		return rc;
	}
	*out = d;
	return 0;
}

void domain_publish(struct domain *d)
{
	spin_lock(&list_lock);
	list_insert(d);
	spin_unlock(&list_lock);
}

int domain_free_id(domid_t *id)
{
	static domid_t last;
	int rc = -ENOSPC;

	spin_lock(&list_lock);
	/* Ids are used in turn, so that an old one is not soon mistaken for
	 * its successor. */
	for (unsigned int i = 1; i < DOMID_FIRST_RESERVED; i++) {
		domid_t try = (domid_t)((last + i) % DOMID_FIRST_RESERVED);

		if (try && !by_id[try]) {
			*id = last = try;
			rc = 0;
			break;
		}
	}
	spin_unlock(&list_lock);
	return rc;
}

bool domain_get(struct domain *d)
{
	uint32_t refs = read_once(d->refs);

	do {
		if (!refs) {
			return false;
		}
	} while (!atomic_cmpxchg(&d->refs, &refs, refs + 1));
	return true;
}

void domain_put(struct domain *d)
{
	if (!atomic_sub_return(&d->refs, 1)) {
		list_remove(d);
		rcu_call(&d->rcu, domain_free_rcu);
	}
}

struct domain *domain_get_by_id(domid_t id)
{
	struct domain *d;

	if (id == DOMID_SELF) {
		d = current->domain;
		return domain_get(d) ? d : NULL;
	}
	for (d = load_acquire(&domain_list); d && d->id <= id;
	     d = load_acquire(&d->next_in_list)) {
		if (d->id == id) {
			return domain_get(d) ? d : NULL;
		}
	}
	return NULL;
}

struct domain *domain_get_next(domid_t id)
{
	struct domain *d;

	for (d = load_acquire(&domain_list); d;
	     d = load_acquire(&d->next_in_list)) {
		if (d->id >= id && domain_get(d)) {
			return d;
		}
	}
	return NULL;
}

struct vcpu *domain_vcpu(const struct domain *d, uint32_t id)
{
	if (id >= d->max_vcpus) {
		return NULL;
	}
	return load_acquire(&d->vcpu[array_index_nospec(id, d->max_vcpus)]);
}

void domain_shutdown(struct domain *d, uint32_t code)
{
	struct vcpu *v;

	spin_lock(&d->shutdown_lock);
	if (d->is_shutting_down) {
		spin_unlock(&d->shutdown_lock);
		return;
	}
	d->is_shutting_down = true;
	d->shutdown_code = code;
	spin_unlock(&d->shutdown_lock);
	if (code == SHUTDOWN_crash || code == SHUTDOWN_watchdog) {
		log_error("domain %u: shut down, reason %u (%s)\n", d->id, code,
			  code == SHUTDOWN_crash ? "crash" : "watchdog");
		crash_report(d);
	} else {
		log_info("domain %u: shut down, reason %u\n", d->id, code);
	}
	if (d == dom0) {
		machine_shutdown(code);
	}
	for_each_vcpu(v, d) {
		vcpu_pause_nosync(v);
	}
	/* The last to stop is perhaps the caller itself; it does so on its way
	 * out. Nobody looks at registers before pausing synchronously. */
	write_once(d->is_shut_down, true);
	evtchn_send_global_virq(VIRQ_DOM_EXC);
}

void domain_resume(struct domain *d)
{
	struct vcpu *v;
	bool was;

	spin_lock(&d->shutdown_lock);
	was = d->is_shutting_down;
	d->is_shutting_down = false;
	d->is_shut_down = false;
	spin_unlock(&d->shutdown_lock);
	if (!was) {
		return;
	}
	for_each_vcpu(v, d) {
		vcpu_unpause(v);
	}
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	char why[160];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	if (!d->is_shutting_down) {
		log_error("domain %u crashed: %s\n", d->id, why);
	}
	domain_shutdown(d, SHUTDOWN_crash);
}
