/* SPDX-License-Identifier: BSD-2-Clause */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/grant.h"
#include "core/pirq.h"
#include "core/upcalls.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "interface/guest_copy.h"
#include "interface/hypercall.h"
#include "mm/pool.h"
#include "threads.h"
#include "x86/atomic.h"
#include "x86/insn.h"
#include "x86/percpu.h"

unsigned char host_frames[WORLD_FRAMES * sizeof(struct page_info)]
	__attribute__((aligned(64)));
unsigned char host_ram[WORLD_FRAMES * PAGE_SIZE] __attribute__((aligned(4096)));
_Thread_local bool host_irqs_off;
_Thread_local struct vcpu *host_current;

struct domain *dom0;
uint64_t max_page = WORLD_FRAMES;

static struct domain *domains[WORLD_DOMAINS];
static unsigned int domain_count;

/* ---- panic and log ---- */

static _Thread_local char last_log[256];

void bug_at(const char *file, int line, const char *what)
{
	fprintf(stderr, "BUG at %s:%d: %s\n", file, line, what);
	abort();
}

static void keep_log(const char *fmt, va_list args)
{
	vsnprintf(last_log, sizeof(last_log), fmt, args);
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	keep_log(fmt, args);
	va_end(args);
}

void guest_printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	keep_log(fmt, args);
	va_end(args);
}

const char *world_last_log(void)
{
	return last_log;
}

/* ---- locks, with their rules ---- */

#define MAX_HELD 16

static _Thread_local const spinlock_t *held[MAX_HELD];
static _Thread_local unsigned int held_count;

static bool irq_rank(unsigned int rank)
{
	return rank == RANK_EVTCHN || rank == RANK_EVTCHN_QUEUE;
}

static void check_and_push(const spinlock_t *lock, bool same_rank_ok)
{
	unsigned int rank = lock->rank;

	for (unsigned int i = 0; i < held_count; i++) {
		BUG_ON(held[i] == lock);
		BUG_ON(held[i]->rank > rank && rank != RANK_NONE);
		BUG_ON(held[i]->rank == rank && !same_rank_ok);
	}
	BUG_ON(irq_rank(rank) && !host_irqs_off);
	BUG_ON(held_count == MAX_HELD);
	held[held_count++] = lock;
}

static void take(spinlock_t *lock)
{
	uint16_t ticket = atomic_fetch_add(&lock->next, 1);

	while (load_acquire(&lock->owner) != ticket) {
		host_yield();
	}
}

void spin_lock(spinlock_t *lock)
{
	check_and_push(lock, false);
	take(lock);
}

bool spin_trylock(spinlock_t *lock)
{
	uint16_t owner = load_acquire(&lock->owner), want = owner;

	if (!atomic_cmpxchg(&lock->next, &want, (uint16_t)(owner + 1))) {
		return false;
	}
	check_and_push(lock, true);
	return true;
}

void spin_unlock(spinlock_t *lock)
{
	unsigned int i = held_count;

	while (i && held[i - 1] != lock) {
		i--;
	}
	BUG_ON(!i);
	memmove(&held[i - 1], &held[i], (held_count - i) * sizeof(held[0]));
	held_count--;
	store_release(&lock->owner, (uint16_t)(lock->owner + 1));
}

void spin_lock_two(spinlock_t *a, spinlock_t *b)
{
	spinlock_t *first = a < b ? a : b, *second = a < b ? b : a;

	spin_lock(first);
	if (first != second) {
		check_and_push(second, true);
		take(second);
	}
}

void spin_unlock_two(spinlock_t *a, spinlock_t *b)
{
	spin_unlock(a);
	if (a != b) {
		spin_unlock(b);
	}
}

/* ---- objects ---- */

static uint64_t objects;
static unsigned int fail_countdown;

void world_fail_alloc(unsigned int n)
{
	fail_countdown = n;
}

static bool alloc_fails(void)
{
	if (!fail_countdown) {
		return false;
	}
	if (fail_countdown > 1) {
		fail_countdown--;
		return false;
	}
	return true;
}

void *pool_alloc(size_t size)
{
	void *p;

	if (alloc_fails()) {
		return NULL;
	}
	p = calloc(1, size);
	BUG_ON(!p);
	atomic_fetch_add(&objects, 1);
	return p;
}

void *pool_alloc_array(size_t n, size_t size)
{
	return pool_alloc(n * size);
}

void pool_free(void *p)
{
	if (p) {
		atomic_fetch_sub(&objects, 1);
		free(p);
	}
}

uint64_t pool_objects(void)
{
	return read_once(objects);
}

/* ---- frames ---- */

#define TYPE_TABLE    (1UL << 60)
#define TYPE_WRITABLE (7UL << 60)
#define TYPE_MASK     (7UL << 60)
#define TYPE_COUNT    (BIT(32) - 1)

bool mfn_valid(mfn_t m)
{
	return m.n < WORLD_FRAMES;
}

static mfn_t frame_take(uint16_t owner, uint64_t flags)
{
	host_mutex_lock();
	for (uint64_t i = 1; i < WORLD_FRAMES; i++) {
		if (!read_once(frame_table[i].count_info)) {
			frame_table[i].owner = owner;
			frame_table[i].type_info = 0;
			memset(mfn_to_virt(mfn(i)), 0, PAGE_SIZE);
			store_release(&frame_table[i].count_info, 1 | flags);
			host_mutex_unlock();
			return mfn(i);
		}
	}
	abort();
}

bool page_get(struct page_info *page, const struct domain *d)
{
	uint64_t x = read_once(page->count_info);

	do {
		if (!(x & PGC_COUNT_MASK) || read_once(page->owner) != d->id) {
			return false;
		}
	} while (!atomic_cmpxchg(&page->count_info, &x, x + 1));
	return true;
}

void page_put(struct page_info *page)
{
	uint64_t x = atomic_sub_return(&page->count_info, 1);

	BUG_ON((x & PGC_COUNT_MASK) == PGC_COUNT_MASK);
	if (!(x & PGC_COUNT_MASK)) {
		BUG_ON(page->type_info & TYPE_COUNT);
		store_release(&page->count_info, 0);
	}
}

bool page_get_writable(struct page_info *page, struct domain *d)
{
	uint64_t x = read_once(page->type_info);

	if (!page_get(page, d)) {
		return false;
	}
	do {
		if ((x & TYPE_MASK) == TYPE_TABLE) {
			page_put(page);
			return false;
		}
	} while (!atomic_cmpxchg(&page->type_info, &x,
				 ((x & TYPE_COUNT) + 1) | TYPE_WRITABLE));
	return true;
}

void page_put_writable(struct page_info *page)
{
	uint64_t x = atomic_sub_return(&page->type_info, 1);

	BUG_ON((x & TYPE_COUNT) == TYPE_COUNT);
	page_put(page);
}

mfn_t world_frame(struct domain *d)
{
	return frame_take(d ? d->id : DOMID_INVALID, PGC_ALLOCATED);
}

void world_make_table(mfn_t m, bool table)
{
	mfn_to_page(m)->type_info = table ? TYPE_TABLE : 0;
}

uint64_t world_frame_refs(mfn_t m)
{
	return (read_once(mfn_to_page(m)->count_info) & PGC_COUNT_MASK) - 1;
}

uint64_t world_frame_writers(mfn_t m)
{
	return read_once(mfn_to_page(m)->type_info) & TYPE_COUNT;
}

void *domain_alloc_shared(struct domain *d)
{
	return alloc_fails() ? NULL
			     : mfn_to_virt(frame_take(d->id, PGC_HEAP_SHARED));
}

void domain_free_shared(void *p)
{
	page_put(virt_to_page(p));
}

/* Grant mappings of the fake page tables: by address. */
#define MAX_MAPPINGS 4096

static struct {
	const struct domain *d;
	uint64_t address;
	uint64_t frame;
	bool readonly, by_pte;
} mappings[MAX_MAPPINGS];

/* ---- domains ---- */

struct domain *world_domain(unsigned int i)
{
	return domains[i];
}

void world_run(struct domain *d, unsigned int vcpu)
{
	host_current = d->vcpu[vcpu];
}

bool domain_get(struct domain *d)
{
	atomic_fetch_add(&d->refs, 1);
	return true;
}

void domain_put(struct domain *d)
{
	BUG_ON(held_count);
	BUG_ON(!atomic_fetch_sub(&d->refs, 1));
}

struct domain *domain_get_by_id(domid_t id)
{
	struct domain *d = NULL;

	if (id == DOMID_SELF) {
		d = current->domain;
	} else if (id < domain_count) {
		d = domains[id];
	}
	return d && domain_get(d) ? d : NULL;
}

struct vcpu *domain_vcpu(const struct domain *d, uint32_t id)
{
	return id < d->max_vcpus ? d->vcpu[id] : NULL;
}

static struct domain *make_domain(unsigned int id, unsigned int vcpus)
{
	struct domain *d = calloc(1, sizeof(*d));

	d->id = (domid_t)id;
	d->privileged = !id;
	d->refs = 1;
	d->max_vcpus = vcpus;
	d->vcpu = calloc(vcpus, sizeof(*d->vcpu));
	d->shared_info = domain_alloc_shared(d);
	for (unsigned int i = 0; i < vcpus; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		v->domain = d;
		v->id = (uint16_t)i;
		v->info = &d->shared_info->vcpu_info[i];
		d->vcpu[i] = v;
	}
	return d;
}

void world_init(unsigned int n, unsigned int vcpus_each)
{
	memset(frame_table, 0, WORLD_FRAMES * sizeof(struct page_info));
	memset(mappings, 0, sizeof(mappings));
	fail_countdown = 0;
	domain_count = n;
	for (unsigned int i = 0; i < n; i++) {
		domains[i] = make_domain(i, vcpus_each);
	}
	dom0 = domains[0];
	world_run(dom0, 0);
	world_guest_memory(NULL, 0);
	world_preempt_every(0);
	world_fail_pte(false);
}

void world_fini(void)
{
	for (unsigned int i = 0; i < domain_count; i++) {
		struct domain *d = domains[i];

		BUG_ON(d->refs != 1);
		domain_free_shared(d->shared_info);
		for (unsigned int v = 0; v < d->max_vcpus; v++) {
			free(d->vcpu[v]);
		}
		free(d->vcpu);
		free(d);
	}
	for (unsigned int i = 0; i < WORLD_FRAMES; i++) {
		uint64_t x = frame_table[i].count_info;

		/* Only the owner's own reference may be left. */
		BUG_ON(x & PGC_COUNT_MASK && x != (PGC_ALLOCATED | 1));
		BUG_ON(frame_table[i].type_info & TYPE_COUNT);
	}
	BUG_ON(objects);
	dom0 = NULL;
	domain_count = 0;
}

/* ---- scheduler and interrupts ---- */

/* Kept in fields of the vCPU that core does not use here. */
void vcpu_kick(struct vcpu *v)
{
	atomic_fetch_add(&v->sched.pause_count, 1);
}

void vcpu_unblock(struct vcpu *v)
{
	atomic_fetch_add(&v->sched.pause_flags, 1);
}

unsigned int world_kicks(struct vcpu *v)
{
	return read_once(v->sched.pause_count);
}

unsigned int world_unblocks(struct vcpu *v)
{
	return read_once(v->sched.pause_flags);
}

/* Pirqs below 16 of dom0 exist; each once. */
static evtchn_port_t pirq_port[16];

int pirq_bind(struct vcpu *v, uint32_t number, evtchn_port_t port,
	      bool shareable)
{
	(void)shareable;
	if (!v->domain->privileged || number >= ARRAY_SIZE(pirq_port)) {
		return -ESRCH;
	}
	if (pirq_port[number]) {
		return -EEXIST;
	}
	pirq_port[number] = port;
	return 0;
}

void pirq_unbind(struct domain *d, uint32_t number)
{
	(void)d;
	BUG_ON(!pirq_port[number]);
	pirq_port[number] = 0;
}

void pirq_set_vcpu(struct domain *d, uint32_t number, const struct vcpu *v)
{
	(void)d;
	(void)v;
	BUG_ON(!pirq_port[number]);
}

/* ---- grant mappings ---- */

static bool pte_fails;

void world_fail_pte(bool fail)
{
	pte_fails = fail;
}

unsigned int world_mapped(mfn_t m)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < MAX_MAPPINGS; i++) {
		n += mappings[i].d && mappings[i].frame == m.n;
	}
	return n;
}

static int find_mapping(const struct domain *d, uint64_t address)
{
	for (int i = 0; i < MAX_MAPPINGS; i++) {
		if (mappings[i].d == d && mappings[i].address == address) {
			return i;
		}
	}
	return -1;
}

int grant_pv_map(struct domain *d, uint64_t host_addr, bool contains_pte,
		 mfn_t frame, bool readonly, uint32_t flags)
{
	int rc = GNTST_general_error;

	(void)flags;
	BUG_ON(held_count);
	if (pte_fails) {
		return GNTST_bad_virt_addr;
	}
	host_mutex_lock();
	if (find_mapping(d, host_addr) < 0) {
		for (int i = 0; i < MAX_MAPPINGS && rc; i++) {
			if (!mappings[i].d) {
				mappings[i].d = d;
				mappings[i].address = host_addr;
				mappings[i].frame = frame.n;
				mappings[i].readonly = readonly;
				mappings[i].by_pte = contains_pte;
				rc = 0;
			}
		}
	}
	host_mutex_unlock();
	return rc;
}

int grant_pv_unmap(struct domain *d, uint64_t host_addr, bool contains_pte,
		   mfn_t frame, bool readonly)
{
	int rc = GNTST_general_error, i;

	BUG_ON(held_count);
	if (pte_fails) {
		return rc;
	}
	host_mutex_lock();
	i = find_mapping(d, host_addr);
	if (i >= 0 && mappings[i].frame == frame.n &&
	    mappings[i].readonly == readonly &&
	    mappings[i].by_pte == contains_pte) {
		mappings[i].d = NULL;
		rc = 0;
	}
	host_mutex_unlock();
	return rc;
}

int grant_pv_replace(struct domain *d, uint64_t host_addr, mfn_t frame,
		     uint64_t new_addr, bool readonly)
{
	(void)new_addr;
	return grant_pv_unmap(d, host_addr, false, frame, readonly);
}

void grant_pv_flush(struct domain *d)
{
	(void)d;
	BUG_ON(held_count);
}

/* ---- guest memory and preemption ---- */

static uintptr_t guest_start, guest_end;
static unsigned int preempt_period;
static _Thread_local unsigned int preempt_asked;

void world_guest_memory(void *p, size_t size)
{
	guest_start = (uintptr_t)p;
	guest_end = guest_start + size;
}

static bool guest_ok(uint64_t at, uint64_t bytes)
{
	return at >= guest_start && at <= guest_end && bytes <= guest_end - at;
}

int copy_from_guest(void *to, guest_ptr_t from, size_t bytes)
{
	if (!guest_ok(from.a, bytes)) {
		return -EFAULT;
	}
	memcpy(to, (void *)(uintptr_t)from.a, bytes);
	return 0;
}

int copy_to_guest(guest_ptr_t to, const void *from, size_t bytes)
{
	if (!guest_ok(to.a, bytes)) {
		return -EFAULT;
	}
	memcpy((void *)(uintptr_t)to.a, from, bytes);
	return 0;
}

int clear_guest(guest_ptr_t to, size_t bytes)
{
	if (!guest_ok(to.a, bytes)) {
		return -EFAULT;
	}
	memset((void *)(uintptr_t)to.a, 0, bytes);
	return 0;
}

static bool element(guest_ptr_t base, uint64_t index, size_t size,
		    guest_ptr_t *out)
{
	uint64_t offset;

	return !__builtin_mul_overflow(index, size, &offset) &&
	       !__builtin_add_overflow(base.a, offset, &out->a);
}

int copy_from_guest_at(void *to, guest_ptr_t base, uint64_t index, size_t size)
{
	guest_ptr_t p;

	return element(base, index, size, &p) ? copy_from_guest(to, p, size)
					      : -EFAULT;
}

int copy_to_guest_at(guest_ptr_t base, uint64_t index, const void *from,
		     size_t size)
{
	guest_ptr_t p;

	return element(base, index, size, &p) ? copy_to_guest(p, from, size)
					      : -EFAULT;
}

void world_preempt_every(unsigned int n)
{
	preempt_period = n;
}

bool preempt_wanted(void)
{
	return preempt_period && ++preempt_asked % preempt_period == 0;
}
