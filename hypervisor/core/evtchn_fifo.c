/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FIFO event ABI: the guest gives pages of 32-bit event words, one per port,
 * and each vCPU a control block with the heads of 16 queues, by priority.
 *
 * An event word has PENDING, MASKED, LINKED, BUSY and the number of the next
 * port in its queue. The hypervisor appends, the guest takes off: it follows
 * the head, clears LINKED and the link of the word in one step, and takes the
 * link as the new head. Appending to a queue:
 *
 *	1. set LINKED in the word of the new event (its link is 0);
 *	2. if the tail's word still says LINKED, write its link; by
 *	   compare-and-exchange, so that the guest either sees it or had
 *	   unlinked the tail before;
 *	3. else the guest has emptied the queue: write the head;
 *	4. the event is the tail; if the head was written, set the queue's bit
 *	   in `ready` and tell the vCPU.
 *
 * Under the queue's lock (RANK_EVTCHN_QUEUE). An event that was last in another
 * queue (its vCPU or priority changed) takes both queues' locks, because its
 * word being LINKED again must not look like the old queue's tail.
 *
 * All words are the guest's to spoil: it then loses its own events. Loops over
 * them are bounded, and links are never followed here.
 */
#include "core/domain.h"
#include "core/evtchn_private.h"
#include "core/vcpu.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "mm/pool.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES      (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)

/* Compare-and-exchange attempts on a word that the guest keeps changing. */
#define LINK_TRIES 16

#define WORD_BIT(n) (1U << EVTCHN_FIFO_##n)

struct evtchn_fifo_domain {
	uint32_t page_count; /* published after the entry */
	event_word_t *pages[MAX_PAGES];
};

struct evtchn_queue {
	spinlock_t lock;
	evtchn_port_t tail; /* 0: empty for all we know */
};

struct evtchn_fifo_vcpu {
	/* In a frame of the guest; set once until a reset. */
	struct evtchn_fifo_control_block *control;
	struct evtchn_queue queue[EVTCHN_FIFO_MAX_QUEUES];
};

/* The event word of a port, NULL when the array is not that large yet. */
static event_word_t *word_of(struct domain *d, evtchn_port_t port)
{
	struct evtchn_fifo_domain *f = evtchn_fifo(&d->evtchn);
	uint32_t count, page = port / WORDS_PER_PAGE;

	if (!f) {
		return NULL;
	}
	count = load_acquire(&f->page_count);
	if (page >= count) {
		return NULL;
	}
	page = (uint32_t)array_index_nospec(page, count);
	return &f->pages[page][port % WORDS_PER_PAGE];
}

static bool word_test_and_set(event_word_t *word, uint32_t bit)
{
	return atomic_fetch_or(word, bit) & bit;
}

static struct evtchn_queue *queue_of(struct domain *d, unsigned int vcpu,
				     unsigned int priority)
{
	struct vcpu *v = domain_vcpu(d, vcpu);
	struct evtchn_fifo_vcpu *fv = v ? load_acquire(&v->evtchn.fifo) : NULL;

	return fv ? &fv->queue[priority] : NULL;
}

/*
 * Lock the queue that chn goes to, and the one where it was last. NULL: chn's
 * vCPU has no queues. *old may be the same as the result, or NULL.
 */
static struct evtchn_queue *lock_queues(
	struct vcpu *v, struct evtchn *chn, unsigned int prio,
	struct evtchn_queue **old) LOCK_UNCHECKED
{
	struct evtchn_queue *q = queue_of(v->domain, v->id, prio);

	if (!q) {
		return NULL;
	}
	for (;;) {
		uint8_t last_vcpu = read_once(chn->last_vcpu);
		uint8_t last_priority = read_once(chn->last_priority);

		*old = queue_of(v->domain, last_vcpu, last_priority);
		if (!*old) {
			*old = q;
		}
		spin_lock_two(&q->lock, &(*old)->lock);
		if (last_vcpu == read_once(chn->last_vcpu) &&
		    last_priority == read_once(chn->last_priority)) {
			return q;
		}
		spin_unlock_two(&q->lock, &(*old)->lock);
	}
}

/* Step 2 above. False: the tail is unlinked. */
static bool link_after(struct domain *d, evtchn_port_t tail, evtchn_port_t port)
{
	event_word_t *word = word_of(d, tail);
	event_word_t w;

	if (!word) {
		return false;
	}
	w = read_once(*word);
	for (unsigned int i = 0; i < LINK_TRIES; i++) {
		event_word_t linked =
			(w & ~(EVTCHN_FIFO_LINK_MASK | WORD_BIT(BUSY))) | port;

		if (!(w & WORD_BIT(LINKED))) {
			if (w & WORD_BIT(BUSY)) {
				atomic_fetch_and(word, ~WORD_BIT(BUSY));
			}
			return false;
		}
		if (atomic_cmpxchg(word, &w, linked)) {
			return true;
		}
		/* The guest changes it just now: BUSY asks it to wait. */
		if (i == LINK_TRIES / 2) {
			w = atomic_fetch_or(word, WORD_BIT(BUSY)) |
			    WORD_BIT(BUSY);
		}
	}
	atomic_fetch_and(word, ~WORD_BIT(BUSY));
	guest_printk(LOG_WARN,
		     "d%u: event word of port %u changes all the "
		     "time, port %u is lost\n",
		     d->id, tail, port);
	return true;
}

/* Steps 1 to 4, queues locked. True: v must be told. */
static bool append(struct vcpu *v, struct evtchn *chn, event_word_t *word,
		   unsigned int prio, struct evtchn_queue *q,
		   struct evtchn_queue *old)
{
	struct evtchn_fifo_control_block *control = v->evtchn.fifo->control;
	bool linked = false;

	if (!control || word_test_and_set(word, WORD_BIT(LINKED))) {
		return false;
	}
	write_once(chn->last_vcpu, (uint8_t)v->id);
	write_once(chn->last_priority, (uint8_t)prio);
	/* Its word was the tail and the guest took it off: that queue is
	 * empty, though the word is LINKED once more. */
	if (old->tail == chn->port) {
		old->tail = 0;
	}
	if (q->tail) {
		linked = link_after(v->domain, q->tail, chn->port);
	}
	if (!linked) {
		store_release(&control->head[prio], chn->port);
	}
	q->tail = chn->port;
	return !linked &&
	       !(atomic_fetch_or(&control->ready, 1U << prio) & (1U << prio));
}

static void enqueue(struct vcpu *v, struct evtchn *chn,
		    event_word_t *word) LOCK_UNCHECKED
{
	unsigned int prio = read_once(chn->priority);
	struct evtchn_queue *q, *old;
	unsigned long flags = irq_save();
	bool tell = false;

	q = lock_queues(v, chn, prio, &old);
	if (q) {
		tell = append(v, chn, word, prio, q, old);
		spin_unlock_two(&q->lock, &old->lock);
	}
	irq_restore(flags);
	if (tell) {
		evtchn_mark_pending(v);
	}
}

void evtchn_fifo_set_pending(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	event_word_t *word = word_of(d, chn->port);
	event_word_t before;

	if (!word) {
		/* evtchn_expand_array() looks after it. Either it sees this,
		 * or we see its page. */
		(void)atomic_xchg(&chn->pending_early, true);
		word = word_of(d, chn->port);
		if (!word || !atomic_xchg(&chn->pending_early, false)) {
			return;
		}
	}
	before = atomic_fetch_or(word, WORD_BIT(PENDING));
	if (!(before & (WORD_BIT(MASKED) | WORD_BIT(LINKED)))) {
		enqueue(v, chn, word);
	}
	if (!(before & WORD_BIT(PENDING))) {
		evtchn_wake_pollers(d, chn->port);
	}
}

void evtchn_fifo_clear_pending(struct domain *d, struct evtchn *chn)
{
	event_word_t *word = word_of(d, chn->port);

	(void)atomic_xchg(&chn->pending_early, false);
	if (word) {
		/* It may stay linked; the guest skips what is not pending. */
		atomic_fetch_and(word, ~WORD_BIT(PENDING));
	}
}

void evtchn_fifo_unmask(struct vcpu *v, struct evtchn *chn)
{
	event_word_t *word = word_of(v->domain, chn->port);

	if (word &&
	    atomic_fetch_and(word, ~WORD_BIT(MASKED)) & WORD_BIT(PENDING)) {
		evtchn_fifo_set_pending(v, chn);
	}
}

bool evtchn_fifo_is_pending(struct domain *d, const struct evtchn *chn)
{
	event_word_t *word = word_of(d, chn->port);

	return word ? read_once(*word) & WORD_BIT(PENDING)
		    : read_once(chn->pending_early);
}

bool evtchn_fifo_is_linked(struct domain *d, const struct evtchn *chn)
{
	event_word_t *word = word_of(d, chn->port);

	return word && read_once(*word) & WORD_BIT(LINKED);
}

/* ---- set-up ---- */

/* The guest's frame as an address, with a writable reference. */
static void *map_guest_frame(struct domain *d, uint64_t frame)
{
	/* PV: the guest's frame numbers are machine frames. */
	mfn_t m = mfn(frame);

	if (!mfn_valid(m) || !page_get_writable(mfn_to_page(m), d)) {
		return NULL;
	}
	return mfn_to_virt(m);
}

static void unmap_guest_frame(void *p)
{
	page_put_writable(virt_to_page((void *)((uintptr_t)p & PAGE_MASK)));
}

static struct evtchn_fifo_vcpu *vcpu_state(struct vcpu *v)
{
	struct evtchn_fifo_vcpu *fv = v->evtchn.fifo;

	if (fv) {
		return fv;
	}
	fv = pool_alloc(sizeof(*fv));
	if (!fv) {
		return NULL;
	}
	for (unsigned int i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
		spin_lock_init(&fv->queue[i].lock, RANK_EVTCHN_QUEUE);
	}
	return fv;
}

/*
 * Ports that were in use with two levels: keep what is pending, so that it is
 * queued once the event array is there. Domain lock held, d->evtchn.fifo is
 * set: who holds the locks of a port after us, as every sender does, goes by
 * FIFO.
 */
static void take_over_ports(struct domain *d)
{
	struct evtchn_domain *e = &d->evtchn;

	for (evtchn_port_t port = 1; port < e->valid_ports; port++) {
		struct evtchn *chn = evtchn_lookup(e, port);
		unsigned long flags;
		struct evtchn *peer = evtchn_lock_pair(chn, &flags);

		write_once(chn->priority, EVTCHN_FIFO_PRIORITY_DEFAULT);
		if (evtchn_usable(chn) && port < EVTCHN_2L_NR_CHANNELS &&
		    evtchn_2l_is_pending(d, port)) {
			(void)atomic_xchg(&chn->pending_early, true);
		}
		evtchn_unlock_pair(chn, peer, flags);
	}
}

static int switch_to_fifo(struct domain *d)
{
	struct evtchn_fifo_domain *f;

	if (d->evtchn.fifo) {
		return 0;
	}
	f = pool_alloc(sizeof(*f));
	if (!f) {
		return -ENOMEM;
	}
	store_release(&d->evtchn.fifo, f);
	take_over_ports(d);
	return 0;
}

static int init_control_locked(struct vcpu *v,
			       struct evtchn_fifo_control_block *control)
{
	struct evtchn_fifo_vcpu *fv;
	int rc;

	if (v->evtchn.fifo && v->evtchn.fifo->control) {
		return -EINVAL;
	}
	fv = vcpu_state(v);
	if (!fv) {
		return -ENOMEM;
	}
	rc = switch_to_fifo(v->domain);
	if (rc) {
		if (!v->evtchn.fifo) {
			pool_free(fv);
		}
		return rc;
	}
	control->ready = 0;
	for (unsigned int i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++) {
		control->head[i] = 0;
	}
	fv->control = control;
	store_release(&v->evtchn.fifo, fv);
	return 0;
}

int evtchn_init_control(struct domain *d, struct evtchn_init_control *op)
{
	struct vcpu *v = domain_vcpu(d, op->vcpu);
	void *frame;
	int rc;

	if (!v) {
		return -ENOENT;
	}
	/* It must lie in one page, aligned. */
	if (op->offset & 7 ||
	    op->offset > PAGE_SIZE - sizeof(struct evtchn_fifo_control_block)) {
		return -EINVAL;
	}
	frame = map_guest_frame(d, op->control_gfn);
	if (!frame) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn.lock);
	rc = d->evtchn.dying ? -EINVAL
			     : init_control_locked(
				       v, (void *)((char *)frame + op->offset));
	spin_unlock(&d->evtchn.lock);
	if (rc) {
		unmap_guest_frame(frame);
	}
	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	return rc;
}

/* Events that came before their page. Domain lock held. */
static void replay(struct domain *d, evtchn_port_t first)
{
	for (evtchn_port_t i = 0; i < WORDS_PER_PAGE; i++) {
		struct evtchn *chn = evtchn_lookup(&d->evtchn, first + i);
		unsigned long flags;

		if (!chn || !read_once(chn->pending_early)) {
			continue;
		}
		flags = spin_lock_irqsave(&chn->lock);
		if (atomic_xchg(&chn->pending_early, false) &&
		    evtchn_usable(chn)) {
			evtchn_set_pending(d, chn);
		}
		spin_unlock_irqrestore(&chn->lock, flags);
	}
}

static int add_array_page(struct domain *d, event_word_t *words)
{
	struct evtchn_fifo_domain *f = d->evtchn.fifo;
	uint32_t n;

	if (!f) {
		return -EOPNOTSUPP;
	}
	n = f->page_count;
	if (n >= MAX_PAGES) {
		return -ENOSPC;
	}
	f->pages[n] = words;
	store_release(&f->page_count, n + 1);
	smp_mb(); /* pairs with evtchn_fifo_set_pending() */
	replay(d, n * WORDS_PER_PAGE);
	return 0;
}

int evtchn_expand_array(struct domain *d, gfn_t frame)
{
	void *words;
	int rc;

	if (!evtchn_fifo(&d->evtchn)) {
		return -EOPNOTSUPP;
	}
	words = map_guest_frame(d, frame.n);
	if (!words) {
		return -EINVAL;
	}
	spin_lock(&d->evtchn.lock);
	rc = add_array_page(d, words);
	spin_unlock(&d->evtchn.lock);
	if (rc) {
		unmap_guest_frame(words);
	}
	return rc;
}

void evtchn_fifo_teardown(struct domain *d)
{
	struct evtchn_fifo_domain *f = d->evtchn.fifo;
	struct vcpu *v;

	if (!f) {
		return;
	}
	store_release(&d->evtchn.fifo, (struct evtchn_fifo_domain *)NULL);
	for_each_vcpu(v, d) {
		struct evtchn_fifo_vcpu *fv = v->evtchn.fifo;

		if (fv) {
			v->evtchn.fifo = NULL;
			unmap_guest_frame(fv->control);
			pool_free(fv);
		}
	}
	for (uint32_t i = 0; i < f->page_count; i++) {
		unmap_guest_frame(f->pages[i]);
	}
	pool_free(f);
}
