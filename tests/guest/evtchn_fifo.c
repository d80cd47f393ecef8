/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FIFO event channel ABI: its errors, then the switch itself.
 *
 * A control block must be a writable frame of the caller's, with an offset
 * that keeps it inside and aligned; the array grows page by page to a limit.
 * Before the switch expand_array and set_priority have nothing to work on.
 * After it an event sits in its priority's queue: head in the control block,
 * links in the event words, bits PENDING, MASKED, LINKED.
 */
#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/vcpu.h"

const char test_title[] = "evtchn_fifo";

static long control(unsigned long gfn, uint32_t offset, uint32_t vcpu)
{
	struct evtchn_init_control op = { .control_gfn = gfn,
					  .offset = offset,
					  .vcpu = vcpu };

	return hypercall_event_channel_op(EVTCHNOP_init_control, &op);
}

static long expand(unsigned long gfn)
{
	struct evtchn_expand_array op = { .array_gfn = gfn };

	return hypercall_event_channel_op(EVTCHNOP_expand_array, &op);
}

static long priority(evtchn_port_t port, uint32_t prio)
{
	struct evtchn_set_priority op = { .port = port, .priority = prio };

	return hypercall_event_channel_op(EVTCHNOP_set_priority, &op);
}

static void before(unsigned long mfn)
{
	long ret = expand(mfn);

	TEST_CHECK(ret == -XEN_ENOSYS || ret == -XEN_EOPNOTSUPP);
	TEST_CHECK(priority(1, 7) < 0);
	TEST_EQ(control(mfn, 0, 999), -XEN_ENOENT);
	TEST_EQ(control(mfn, 1, 0), -XEN_EINVAL);
	TEST_EQ(control(mfn, 4, 0), -XEN_EINVAL);
	TEST_EQ(control(mfn, 4096, 0), -XEN_EINVAL);
	TEST_EQ(control(mfn, 4096 - 64, 0), -XEN_EINVAL);
	TEST_EQ(control(mfn, 0xfffffff8, 0), -XEN_EINVAL);
	TEST_EQ(control(~0ul, 0, 0), -XEN_EINVAL);
	TEST_EQ(control(1ul << 40, 0, 0), -XEN_EINVAL);
	/* A page table is no page to write events into. */
	TEST_EQ(control(mm_l4_mfn(), 0, 0), -XEN_EINVAL);
	/* Nothing of that switched anything: two-level still works. */
	TEST_CHECK(evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF) > 0);
}

static void queues(event_word_t *word, struct evtchn_fifo_control_block *cb)
{
	int ipi = evtchn_bind_ipi(0, NULL);
	evtchn_port_t p = (evtchn_port_t)ipi;

	TEST_CHECK(ipi > 0);
	TEST_EQ(evtchn_send(p), 0);
	TEST_CHECK(word[p] & 1u << EVTCHN_FIFO_PENDING);
	TEST_CHECK(word[p] & 1u << EVTCHN_FIFO_LINKED);
	TEST_EQ(cb->head[EVTCHN_FIFO_PRIORITY_DEFAULT], p);
	TEST_CHECK(cb->ready & 1u << EVTCHN_FIFO_PRIORITY_DEFAULT);
	TEST_EQ(vcpu_self()->info->evtchn_upcall_pending, 1);

	TEST_EQ(priority(p, EVTCHN_FIFO_PRIORITY_MIN), 0);
	TEST_EQ(priority(p, EVTCHN_FIFO_PRIORITY_MIN + 1), -XEN_EINVAL);
	TEST_EQ(priority(131072, 0), -XEN_EINVAL);

	/* Consumed, then masked: pending only, not linked. */
	word[p] = 1u << EVTCHN_FIFO_MASKED;
	cb->head[EVTCHN_FIFO_PRIORITY_DEFAULT] = 0;
	cb->ready = 0;
	TEST_EQ(evtchn_send(p), 0);
	TEST_CHECK(word[p] & 1u << EVTCHN_FIFO_PENDING);
	TEST_CHECK(!(word[p] & 1u << EVTCHN_FIFO_LINKED));
	TEST_EQ(evtchn_unmask(p), 0);
	TEST_CHECK(word[p] & 1u << EVTCHN_FIFO_LINKED);
	TEST_CHECK(cb->ready & 1u << EVTCHN_FIFO_PRIORITY_MIN);
	TEST_EQ(cb->head[EVTCHN_FIFO_PRIORITY_MIN], p);
}

/* Links that lead anywhere: the hypervisor only ever follows its own. */
static void hostile_words(event_word_t *word,
			  struct evtchn_fifo_control_block *cb)
{
	int a = evtchn_bind_ipi(0, NULL), b = evtchn_bind_ipi(0, NULL);
	unsigned int i;

	TEST_CHECK(a > 0 && b > 0);
	for (i = 0; i < 1024; i++) {
		word[i] = 0x0001ffff;
	}
	memset(cb, 0xff, sizeof(*cb));
	for (i = 0; i < 8; i++) {
		TEST_EQ(evtchn_send((evtchn_port_t)a), 0);
		TEST_EQ(evtchn_send((evtchn_port_t)b), 0);
		word[a] = i % 2 ? 0xffffffff : (unsigned int)a;
		word[b] = i % 3 ? (unsigned int)a : 0x3fffffff;
	}
	memset(word, 0, PAGE_SIZE);
	memset(cb, 0, sizeof(*cb));
	TEST_EQ(evtchn_close((evtchn_port_t)a), 0);
	TEST_EQ(evtchn_close((evtchn_port_t)b), 0);
}

void test_main(void)
{
	char *block = mm_page_alloc(), *array = mm_page_alloc();
	unsigned long mfn = mm_virt_to_mfn(block);
	struct evtchn_fifo_control_block *cb = (void *)(block + 256);
	int port;

	before(mfn);
	TEST_EQ(control(mfn, 256, 0), 0);
	/* Its frame is the hypervisor's to write now, and no page table's. */
	TEST_CHECK(mm_page_protect(block, false) == 0);
	TEST_CHECK(mm_pin(1, mfn) < 0);
	TEST_EQ(mm_page_protect(block, true), 0);
	TEST_EQ(control(mfn, 256, 0), -XEN_EINVAL);
	TEST_EQ(control(mfn, 512, 1), 0);

	TEST_EQ(expand(~0ul), -XEN_EINVAL);
	TEST_EQ(expand(mm_l4_mfn()), -XEN_EINVAL);
	port = evtchn_alloc_unbound(DOMID_SELF, DOMID_SELF);
	TEST_CHECK(port > 0);
	TEST_EQ(expand(mm_virt_to_mfn(array)), 0);
	queues((event_word_t *)array, cb);
	hostile_words((event_word_t *)array, cb);
}
