/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a domain apart, in phases, each of which can stop for others to run
 * (-ERESTART) and is gone on with by the next call. Order: first nothing new
 * can come (dying), then what it holds of others, then its own memory, last its
 * name.
 */
#include "core/domain.h"
#include "core/grant.h"
#include "core/pirq.h"
#include "core/rcu.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "mm/heap.h"
#include "mm/upcalls.h"
#include "x86/atomic.h"

static int phase_stop(struct domain *d)
{
	domain_pause(d);
	write_once(d->dying, DOMAIN_DYING);
	domain_set_claim(d, 0);
	return 0;
}

static int phase_pirqs(struct domain *d)
{
	pirq_domain_destroy(d);
	return 0;
}

/*
 * Frames of one list: page tables apart, the domain's own reference dropped.
 * A frame that others still hold goes to the end and stays owned until they let
 * go; `d->tot_pages` counts it as long.
 */
static int relinquish_memory(struct domain *d)
{
	struct page_info *page;
	int rc;

	for (;;) {
		spin_lock(&d->page_lock);
		page = page_list_first(&d->pages);
		if (page && !page_get_again(page)) {
			page = NULL; /* being freed by its last holder */
		}
		spin_unlock(&d->page_lock);
		if (!page) {
			return read_once(d->pages.first) == PAGE_LIST_END
				       ? 0
				       : -ERESTART;
		}
		rc = ftype_relinquish(page, d);
		if (rc) {
			page_put(page);
			return rc;
		}
		spin_lock(&d->page_lock);
		page_list_del(&d->pages, page);
		page_list_add_tail(&d->leaving_pages, page);
		atomic_fetch_or(&page->count_info, PGC_LEAVING);
		spin_unlock(&d->page_lock);
		page_put_allocated(page);
		page_put(page);
		if (preempt_wanted()) {
			return -ERESTART;
		}
	}
}

/* A frame that left and is a table taken apart in part, with a reference. */
static struct page_info *find_partial(struct domain *d)
{
	struct page_info *page;

	spin_lock(&d->page_lock);
	for (page = page_list_first(&d->leaving_pages); page;
	     page = page_list_next(page)) {
		if (page_type(page) & PGT_PARTIAL && page_get_again(page)) {
			break;
		}
	}
	spin_unlock(&d->page_lock);
	return page;
}

/*
 * A table that was interrupted leaves those below it in part, too. They may
 * have been passed already, whole, when relinquish_memory() met them.
 */
static int relinquish_partial(struct domain *d)
{
	struct page_info *page;

	while ((page = find_partial(d))) {
		int rc = ftype_finish(page, d, true);

		page_put(page);
		if (rc) {
			return rc;
		}
		if (preempt_wanted()) {
			return -ERESTART;
		}
	}
	return 0;
}

/*
 * The frames that the hypervisor shares with the domain hold it (they name it
 * as their owner) and it holds them: somebody has to let go first. A grace
 * period after it is marked nobody looks into them any more.
 */
static void free_shared_frames(struct rcu_head *head)
{
	struct domain *d = container_of(head, struct domain, rcu);
	struct shared_info *info = d->shared_info;

	write_once(d->shared_info, NULL);
	domain_free_shared(info);
	grant_table_free_frames(d);
	domain_put(d); /* the list's */
}

static int (*const phases[])(struct domain *d) = {
	phase_stop,
	phase_pirqs,
	evtchn_domain_destroy,
	grant_table_release_mappings,
	pv_domain_relinquish,
	relinquish_memory,
	relinquish_partial,
};

int domain_kill(struct domain *d)
{
	while (d->kill_phase < ARRAY_SIZE(phases)) {
		int rc = phases[d->kill_phase](d);

		if (rc) {
			return rc;
		}
		d->kill_phase++;
	}
	if (d->dying != DOMAIN_DEAD) {
		write_once(d->dying, DOMAIN_DEAD);
		evtchn_send_global_virq(VIRQ_DOM_EXC);
		grant_table_retire(d);
		rcu_call(&d->rcu, free_shared_frames);
	}
	return 0;
}
