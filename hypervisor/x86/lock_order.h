/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which locks may be taken: only upwards in this list. A lock
 * of the same rank may follow another only through spin_lock_two(), lower
 * address first. Debug builds check it at every acquisition.
 */
#ifndef HOSPES_X86_LOCK_ORDER_H
#define HOSPES_X86_LOCK_ORDER_H

enum lock_rank {
	RANK_NONE,	/* unranked: a leaf that takes nothing else */
	RANK_DOMCTL,	/* domain.ctl_lock: one control operation at a time */
	RANK_DOMLIST,	/* the list of domains */
	RANK_PAGETABLE, /* a page-table page being changed */
	RANK_EVTCHN_DOMAIN, /* domain.evtchn.lock: the port table */
	RANK_EVTCHN,	    /* one port */
	RANK_EVTCHN_QUEUE,  /* a FIFO queue of a vCPU */
	RANK_GRANT,	    /* grant_table.lock */
	RANK_MAPTRACK,	    /* one vCPU's share of the maptrack table */
	RANK_GRANT_ENTRY,   /* one active grant entry */
	RANK_PIRQ,	    /* an IRQ's guest binding */
	RANK_PAGEALLOC,	    /* domain.page_lock: the domain's page list */
	RANK_IRQ,	    /* one IRQ descriptor */
	RANK_MSI,	    /* the list of MSIs and their registers */
	RANK_SCHED,	    /* one CPU's run queue */
	RANK_SCHED_BUDGET,  /* a capped domain's budget */
	RANK_TIMER,	    /* one CPU's timer heap */
	RANK_HEAP,	    /* the page allocator */
	RANK_POOL,	    /* the object allocator */
	RANK_CONSOLE,	    /* the console ring and the UART */
};

#endif
