// SPDX-License-Identifier: BSD-2-Clause
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/smp.h"
#include "debug/panic.h"
#include "mm/paging.h"
#include "mm/upcalls.h"
#include "threads.h"
#include "x86/insn.h"
#include "x86/spinlock.h"

unsigned char host_frames[MEMORY_FRAMES * sizeof(struct page_info)]
	__attribute__((aligned(64)));
unsigned char host_ram[MEMORY_FRAMES * PAGE_SIZE]
	__attribute__((aligned(4096)));
_Thread_local bool host_irqs_off;
cpumask_t cpu_online;
uint64_t max_page = MEMORY_FRAMES, total_pages;
unsigned int memory_released;

static char domain_object;
struct domain *const memory_domain = (struct domain *)&domain_object;
static uint64_t questions, preempt_at;

void memory_reset(void)
{
	memset(host_frames, 0, sizeof(host_frames));
	memset(host_ram, 0, sizeof(host_ram));
	for (uint64_t i = 0; i < MEMORY_FRAMES; i++) {
		mfn_to_page(mfn(i))->owner = DOMID_INVALID;
	}
	memory_released = 0;
	memory_preempt_at(0);
}

struct page_info *memory_give(uint64_t n)
{
	struct page_info *page = mfn_to_page(mfn(n));

	page->owner = MEMORY_OWNER;
	page->count_info = PGC_ALLOCATED | 1;
	return page;
}

void memory_preempt_at(uint64_t n)
{
	preempt_at = n;
	questions = 0;
}

uint64_t memory_questions(void)
{
	return questions;
}

bool preempt_wanted(void)
{
	return ++questions == preempt_at;
}

bool mfn_valid(mfn_t m)
{
	return m.n < MEMORY_FRAMES;
}

struct domain *domain_of_frame(const struct page_info *page)
{
	return page->owner == MEMORY_OWNER ? memory_domain : NULL;
}

void domain_frame_released(struct page_info *page)
{
	BUG_ON(page->type_info & PGC_COUNT_MASK);
	memory_released++;
}

bool domain_may_map_io(const struct domain *d, mfn_t m)
{
	(void)d;
	return m.n == MEMORY_FRAMES;
}

const pte_t *domain_perdomain_l3(const struct domain *d)
{
	(void)d;
	return NULL;
}

void paging_fill_l4(pte_t *l4, const pte_t *perdomain_l3)
{
	(void)perdomain_l3;
	memset(&l4[HV_FIRST_SLOT], 0xaa,
	       (HV_LAST_SLOT - HV_FIRST_SLOT + 1) * sizeof(pte_t));
}

uint32_t tlb_clock(void)
{
	return 1;
}

void tlb_filter(cpumask_t *mask, uint32_t stamp)
{
	(void)mask;
	(void)stamp;
}

void smp_flush_tlb(const cpumask_t *mask, uint64_t va)
{
	(void)mask;
	(void)va;
}

void bug_at(const char *file, int line, const char *what)
{
	fprintf(stderr, "BUG at %s:%d: %s\n", file, line, what);
	abort();
}

void host_yield(void)
{
}

/* One thread: a lock that is held is a mistake. */
void spin_lock(spinlock_t *lock)
{
	BUG_ON(lock->next != lock->owner);
	lock->next++;
}

void spin_unlock(spinlock_t *lock)
{
	lock->owner++;
	BUG_ON(lock->next != lock->owner);
}
