/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which locks may be taken: only upwards in this list. A lock
 * of the same rank may follow another only through spin_lock_two(), lower
 * address first. Debug builds check it at every acquisition.
 */
#ifndef HOSPES_X86_LOCK_ORDER_H
#define HOSPES_X86_LOCK_ORDER_H

#define LOCK_RANKS(X)                                                          \
	X(RANK_NONE)	/* unranked: a leaf that takes nothing else */         \
	X(RANK_DOMCTL)	/* domain.ctl_lock: one control operation at a time */ \
	X(RANK_DOMLIST) /* the list of domains */                              \
	X(RANK_PAGETABLE)     /* a page-table page being changed */            \
	X(RANK_EVTCHN_DOMAIN) /* domain.evtchn.lock: the port table */         \
	X(RANK_EVTCHN)	      /* one port */                                   \
	X(RANK_EVTCHN_QUEUE)  /* a FIFO queue of a vCPU */                     \
	X(RANK_GRANT)	      /* grant_table.lock */                           \
	X(RANK_MAPTRACK)      /* one vCPU's share of the maptrack table */     \
	X(RANK_GRANT_ENTRY)   /* one active grant entry */                     \
	X(RANK_PIRQ)	      /* an IRQ's guest binding */                     \
	X(RANK_PAGEALLOC)     /* domain.page_lock: the domain's page list */   \
	X(RANK_IRQ)	      /* one IRQ descriptor */                         \
	X(RANK_MSI)	      /* the list of MSIs and their registers */       \
	X(RANK_SCHED)	      /* one CPU's run queue */                        \
	X(RANK_SCHED_BUDGET)  /* a capped domain's budget */                   \
	X(RANK_TIMER)	      /* one CPU's timer heap */                       \
	X(RANK_HEAP)	      /* the page allocator */                         \
	X(RANK_POOL)	      /* the object allocator */                       \
	X(RANK_CONSOLE)	      /* the console ring and the UART */

#define LOCK_RANK_ENUM(rank) rank,
#define LOCK_RANK_NAME(rank) #rank,

enum lock_rank {
	LOCK_RANKS(LOCK_RANK_ENUM)
};

#endif
