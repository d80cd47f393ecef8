/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's whole life, from a dom0 that is this micro guest: created, given
 * memory and page tables by foreign mappings, run, paused, shut down,
 * destroyed, and nothing left.
 *
 * The new domain runs domu_main(), one function copied into its page 2, which
 * tries what an unprivileged domain must not get (control calls, dom0's
 * frames, its ports) and notes the answers in page 3, that we see through a
 * foreign mapping:
 *
 *	pfn 2 code, 3 data, 4 stack, 60 L1, 61 L2, 62 L3, 63 L4; VA = pfn * 4096
 *
 * A page that somebody still maps outlives its domain: it must not be given to
 * anybody else until the mapping goes. After the last domain is gone free
 * memory is what it was.
 */
#include <xen/domctl.h>
#include <xen/memory.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>

#include "rt/evtchn.h"
#include "rt/gnttab.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/time.h"

const char test_title[] = "domain";

#define PAGES	 64
#define PFN_CODE 2
#define PFN_DATA 3
#define PFN_TOP	 5
#define PFN_L1	 60
#define VIEW	 (MM_WINDOW + 0x2000000ul)

enum {
	TRY_VERSION,
	TRY_DOMCTL,
	TRY_SYSCTL,
	TRY_PLATFORM,
	TRY_RESERVATION,
	TRY_FOREIGN,
	TRY_MAP_DOM0,
	TRY_MAP_HYPERVISOR,
	TRY_GRANT,
	TRY_SHUTDOWN_DOM0,
	TRY_STATUS_DOM0,
	TRY_RESET_DOM0,
	TRY_CONSOLE_READ,
	TRY_BIND,
	TRY_SEND,
	TRIES
};

/* Page 3 of the domain, filled by us, answered by it. */
struct data {
	volatile uint64_t done, counter, stop;
	volatile int64_t result[TRIES];
	struct xen_domctl domctl;
	struct xen_sysctl sysctl;
	struct xen_platform_op platform;
	domid_t dom0;
	struct mmu_update foreign, map_dom0, map_hypervisor;
	struct gnttab_map_grant_ref grant;
	struct sched_remote_shutdown remote;
	struct evtchn_status status;
	struct evtchn_reset reset;
	struct evtchn_bind_interdomain bind;
	struct evtchn_send send;
	struct sched_shutdown shutdown;
};

/* Copied: no calls, no data but what d leads to. */
static __noinline void domu_main(struct data *d)
{
	volatile int64_t *r = d->result;

	r[TRY_VERSION] = hypercall_raw(__HYPERVISOR_xen_version, 0, 0, 0, 0, 0);
	r[TRY_DOMCTL] =
		hypercall_raw(__HYPERVISOR_domctl, HC(&d->domctl), 0, 0, 0, 0);
	r[TRY_SYSCTL] =
		hypercall_raw(__HYPERVISOR_sysctl, HC(&d->sysctl), 0, 0, 0, 0);
	r[TRY_PLATFORM] = hypercall_raw(__HYPERVISOR_platform_op,
					HC(&d->platform), 0, 0, 0, 0);
	r[TRY_RESERVATION] = hypercall_raw(__HYPERVISOR_memory_op,
					   XENMEM_current_reservation,
					   HC(&d->dom0), 0, 0, 0);
	r[TRY_FOREIGN] = hypercall_raw(__HYPERVISOR_mmu_update, HC(&d->foreign),
				       1, 0, 0, 0);
	r[TRY_MAP_DOM0] = hypercall_raw(__HYPERVISOR_mmu_update,
					HC(&d->map_dom0), 1, 0, DOMID_SELF, 0);
	r[TRY_MAP_HYPERVISOR] =
		hypercall_raw(__HYPERVISOR_mmu_update, HC(&d->map_hypervisor),
			      1, 0, DOMID_SELF, 0);
	hypercall_raw(__HYPERVISOR_grant_table_op, GNTTABOP_map_grant_ref,
		      HC(&d->grant), 1, 0, 0);
	r[TRY_GRANT] = d->grant.status;
	r[TRY_SHUTDOWN_DOM0] =
		hypercall_raw(__HYPERVISOR_sched_op, SCHEDOP_remote_shutdown,
			      HC(&d->remote), 0, 0, 0);
	r[TRY_STATUS_DOM0] =
		hypercall_raw(__HYPERVISOR_event_channel_op, EVTCHNOP_status,
			      HC(&d->status), 0, 0, 0);
	r[TRY_RESET_DOM0] =
		hypercall_raw(__HYPERVISOR_event_channel_op, EVTCHNOP_reset,
			      HC(&d->reset), 0, 0, 0);
	r[TRY_CONSOLE_READ] = hypercall_raw(
		__HYPERVISOR_console_io, CONSOLEIO_read, 8, HC(&d->send), 0, 0);
	r[TRY_BIND] =
		hypercall_raw(__HYPERVISOR_event_channel_op,
			      EVTCHNOP_bind_interdomain, HC(&d->bind), 0, 0, 0);
	d->send.port = d->bind.local_port;
	r[TRY_SEND] = hypercall_raw(__HYPERVISOR_event_channel_op,
				    EVTCHNOP_send, HC(&d->send), 0, 0, 0);
	d->done = 1;
	while (!d->stop) {
		d->counter++;
		cpu_relax();
	}
	hypercall_raw(__HYPERVISOR_sched_op, SCHEDOP_shutdown, HC(&d->shutdown),
		      0, 0, 0);
	for (;;) {
	}
}

static struct xen_domctl op_new(uint32_t cmd, unsigned int dom)
{
	return (struct xen_domctl){
		.cmd = cmd,
		.interface_version = XEN_DOMCTL_INTERFACE_VERSION,
		.domain = (domid_t)dom,
	};
}

static long simple(uint32_t cmd, unsigned int dom)
{
	struct xen_domctl op = op_new(cmd, dom);

	return hypercall_domctl(&op);
}

static struct xen_domctl create_op(void)
{
	struct xen_domctl op = op_new(XEN_DOMCTL_createdomain, 0);

	op.u.createdomain.max_vcpus = 1;
	op.u.createdomain.max_evtchn_port = 127;
	op.u.createdomain.max_grant_frames = 4;
	op.u.createdomain.max_maptrack_frames = 4;
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(1);
	return op;
}

/* A domain with its vcpu allocated and its limit set; number or -Exxx. */
static long create(void)
{
	struct xen_domctl op = create_op(), more;
	long ret = hypercall_domctl(&op);

	if (ret) {
		return ret;
	}
	more = op_new(XEN_DOMCTL_max_vcpus, op.domain);
	more.u.max_vcpus.max = 1;
	ret = hypercall_domctl(&more);
	if (!ret) {
		more = op_new(XEN_DOMCTL_max_mem, op.domain);
		more.u.max_mem.max_memkb = PAGES * 4;
		ret = hypercall_domctl(&more);
	}
	return ret ? ret : op.domain;
}

static bool info(unsigned int dom, struct xen_domctl_getdomaininfo *out)
{
	struct xen_domctl op = op_new(XEN_DOMCTL_getdomaininfo, dom);

	if (hypercall_domctl(&op) || op.domain != dom) {
		return false;
	}
	*out = op.u.getdomaininfo;
	return true;
}

/*
 * Free memory once it stays the same: what is freed late or scrubbed wants CPUs
 * that have time for it.
 */
static uint64_t free_pages(void)
{
	struct xen_sysctl op;
	uint64_t now, last = 0;
	unsigned int i, same = 0;

	for (i = 0; i < 50 && same < 4; i++) {
		struct sched_poll nap = { .timeout = time_now() + 50 * MS };

		hypercall_sched_op(SCHEDOP_poll, &nap);
		op = (struct xen_sysctl){
			.cmd = XEN_SYSCTL_physinfo,
			.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
		};
		if (hypercall_sysctl(&op)) {
			return 0;
		}
		now = op.u.physinfo.free_pages + op.u.physinfo.scrub_pages;
		same = now == last ? same + 1 : 0;
		last = now;
	}
	return last;
}

static bool wait_gone(unsigned int dom)
{
	struct xen_domctl_getdomaininfo di;
	uint64_t end = time_now() + 5000 * MS;

	while (info(dom, &di)) {
		if (time_now() > end) {
			return false;
		}
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	return true;
}

/* Maps a frame of the domain at VIEW; NULL takes the view away. */
static long view(unsigned int dom, unsigned long mfn)
{
	struct mmu_update u;
	struct mmuext_op flush = { .cmd = MMUEXT_INVLPG_LOCAL,
				   .arg1.linear_addr = VIEW };
	long ret;

	mm_pte_read((void *)VIEW, 1, &u.ptr);
	u.val = mfn ? (uint64_t)mfn << PAGE_SHIFT | PTE_RW : 0;
	ret = hypercall_mmu_update(&u, 1, NULL, (uint16_t)dom);
	hypercall_mmuext_op(&flush, 1, NULL, DOMID_SELF);
	return ret;
}

static xen_pfn_t frames[PAGES];

static long populate(unsigned int dom)
{
	struct xen_memory_reservation r = { .nr_extents = PAGES,
					    .domid = (domid_t)dom };
	unsigned int i;

	for (i = 0; i < PAGES; i++) {
		frames[i] = i;
	}
	set_xen_guest_handle(r.extent_start, frames);
	return hypercall_memory_op(XENMEM_populate_physmap, &r);
}

static long populate_one_more(unsigned int dom)
{
	xen_pfn_t frame = PAGES;
	struct xen_memory_reservation r = { .nr_extents = 1,
					    .domid = (domid_t)dom };

	set_xen_guest_handle(r.extent_start, &frame);
	return hypercall_memory_op(XENMEM_populate_physmap, &r);
}

static void write_tables(unsigned int dom)
{
	uint64_t *t = (void *)VIEW;
	unsigned int i, level;

	TEST_EQ(view(dom, frames[PFN_L1]), 0);
	for (i = 1; i < PAGES; i++) {
		t[i] = frames[i] << PAGE_SHIFT | (i < PFN_L1 ? PTE_RW : PTE_RO);
	}
	for (level = 1; level < 4; level++) {
		TEST_EQ(view(dom, frames[PFN_L1 + level]), 0);
		t[0] = frames[PFN_L1 + level - 1] << PAGE_SHIFT | PTE_RW;
	}
}

static void write_contents(unsigned int dom, evtchn_port_t port)
{
	struct data *d = (void *)VIEW;
	uint64_t slot = (frames[PFN_L1] << PAGE_SHIFT) + 100 * 8;
	static char page[PAGE_SIZE] __page_aligned;

	TEST_EQ(view(dom, frames[PFN_CODE]), 0);
	memcpy((void *)VIEW, (void *)HC(domu_main), PAGE_SIZE / 2);
	TEST_EQ(view(dom, frames[PFN_DATA]), 0);
	memset(d, 0, PAGE_SIZE);
	d->domctl = op_new(XEN_DOMCTL_getdomaininfo, 0);
	d->sysctl.cmd = XEN_SYSCTL_physinfo;
	d->sysctl.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	d->platform.cmd = XENPF_settime64;
	d->platform.interface_version = XENPF_INTERFACE_VERSION;
	mm_pte_read(page, 1, &d->foreign.ptr);
	d->map_dom0.ptr = slot;
	d->map_dom0.val = mm_virt_to_mfn(page) * PAGE_SIZE | PTE_RW;
	d->map_hypervisor.ptr = slot;
	d->map_hypervisor.val = start_info->shared_info | PTE_RW;
	d->grant.host_addr = 100 * PAGE_SIZE;
	d->grant.flags = GNTMAP_host_map;
	d->grant.ref = 8;
	d->remote.reason = SHUTDOWN_poweroff;
	d->status.port = port;
	d->bind.remote_port = port;
	d->shutdown.reason = SHUTDOWN_suspend;
}

/* Events stay masked: the domain has no callback. */
static void mask_events(unsigned int dom)
{
	struct xen_domctl_getdomaininfo di;
	struct shared_info *si = (void *)VIEW;

	TEST_CHECK(info(dom, &di));
	TEST_EQ(view(dom, di.shared_info_frame), 0);
	si->vcpu_info[0].evtchn_upcall_mask = 1;
}

static long start(unsigned int dom)
{
	static struct vcpu_guest_context c;
	struct xen_domctl op = op_new(XEN_DOMCTL_setvcpucontext, dom);
	struct mmuext_op pin = { .cmd = MMUEXT_PIN_L4_TABLE,
				 .arg1.mfn = frames[PFN_L1 + 3] };

	TEST_EQ(hypercall_mmuext_op(&pin, 1, NULL, (uint16_t)dom), 0);
	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.rip = PFN_CODE * PAGE_SIZE;
	c.user_regs.rdi = PFN_DATA * PAGE_SIZE;
	c.user_regs.rsp = PFN_TOP * PAGE_SIZE - 8;
	c.user_regs.rflags = 0x202;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = FLAT_KERNEL_SS;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = PFN_TOP * PAGE_SIZE;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &c);
	/* Not with a table of ours, then with its own. */
	c.ctrlreg[3] = xen_pfn_to_cr3(mm_l4_mfn());
	TEST_CHECK(hypercall_domctl(&op) < 0);
	c.ctrlreg[3] = xen_pfn_to_cr3(frames[PFN_L1 + 3]);
	return hypercall_domctl(&op);
}

static bool wait_for(volatile uint64_t *v)
{
	uint64_t end = time_now() + 5000 * MS;

	while (!*v && time_now() < end) {
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	return *v;
}

static void answers(const struct data *d)
{
	static const int64_t want[TRIES] = {
		[TRY_VERSION] = 4 << 16 | 17,
		[TRY_DOMCTL] = -XEN_EPERM,
		[TRY_SYSCTL] = -XEN_EPERM,
		[TRY_PLATFORM] = -XEN_EPERM,
		[TRY_RESERVATION] = -XEN_EPERM,
		[TRY_SHUTDOWN_DOM0] = -XEN_EPERM,
		[TRY_STATUS_DOM0] = -XEN_EPERM,
		[TRY_RESET_DOM0] = -XEN_EPERM,
		[TRY_CONSOLE_READ] = -XEN_EPERM,
	};
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		switch (i) {
		case TRY_FOREIGN:
		case TRY_MAP_DOM0:
		case TRY_MAP_HYPERVISOR:
		case TRY_GRANT:
			if (!TEST_CHECK(d->result[i] < 0)) {
				test_note("try %u: %ld", i, d->result[i]);
			}
			break;
		default:
			if (!TEST_EQ(d->result[i], want[i])) {
				test_note("try %u", i);
			}
			break;
		}
	}
}

static void pausing(unsigned int dom, volatile uint64_t *counter)
{
	struct xen_domctl_getdomaininfo di;
	uint64_t was, end;

	TEST_EQ(simple(XEN_DOMCTL_pausedomain, dom), 0);
	was = *counter;
	time_delay(30 * MS);
	TEST_EQ(*counter, was);
	TEST_CHECK(info(dom, &di) && di.flags & XEN_DOMINF_paused);
	TEST_EQ(simple(XEN_DOMCTL_unpausedomain, dom), 0);
	end = time_now() + 5000 * MS;
	while (*counter == was && time_now() < end) {
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	TEST_CHECK(*counter > was);
	TEST_CHECK(info(dom, &di) && !(di.flags & XEN_DOMINF_paused));
	TEST_EQ(di.tot_pages, PAGES);
	TEST_EQ(di.max_pages, PAGES);
	TEST_EQ(di.nr_online_vcpus, 1);
}

static void shutdown(unsigned int dom, struct data *d)
{
	struct xen_domctl_getdomaininfo di = { .flags = 0 };
	uint64_t end = time_now() + 5000 * MS;

	d->stop = 1;
	while (info(dom, &di) && !(di.flags & XEN_DOMINF_shutdown) &&
	       time_now() < end) {
		hypercall_sched_op(SCHEDOP_yield, NULL);
	}
	TEST_CHECK(di.flags & XEN_DOMINF_shutdown);
	TEST_EQ(di.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask,
		SHUTDOWN_suspend);
}

static void whole_life(void)
{
	struct data *d = (void *)VIEW;
	struct xen_domctl_getdomaininfo di;
	long dom = create();
	int port;

	if (!TEST_CHECK(dom > 0)) {
		test_note("create: %ld", dom);
		return;
	}
	port = evtchn_alloc_unbound(DOMID_SELF, (unsigned int)dom);
	TEST_CHECK(port > 0);
	evtchn_mask((evtchn_port_t)port);
	TEST_EQ(populate((unsigned int)dom), PAGES);
	/* One page more is beyond its limit. */
	TEST_CHECK(populate_one_more((unsigned int)dom) <= 0);
	TEST_CHECK(info((unsigned int)dom, &di) && di.tot_pages == PAGES);
	write_tables((unsigned int)dom);
	mask_events((unsigned int)dom);
	write_contents((unsigned int)dom, (evtchn_port_t)port);
	TEST_EQ(start((unsigned int)dom), 0);
	TEST_EQ(simple(XEN_DOMCTL_unpausedomain, (unsigned int)dom), 0);
	if (TEST_CHECK(wait_for(&d->done))) {
		answers(d);
		TEST_CHECK(evtchn_pending((evtchn_port_t)port));
		pausing((unsigned int)dom, &d->counter);
		shutdown((unsigned int)dom, d);
	}
	TEST_EQ(simple(XEN_DOMCTL_destroydomain, (unsigned int)dom), 0);
	/* Its page stays what it was while we look at it. */
	TEST_CHECK(info((unsigned int)dom, &di) && di.flags & XEN_DOMINF_dying);
	TEST_EQ(d->result[TRY_VERSION], 4 << 16 | 17);
	TEST_CHECK(view((unsigned int)dom, frames[4]) < 0);
	TEST_EQ(mm_va_set((void *)VIEW, 0), 0);
	TEST_CHECK(wait_gone((unsigned int)dom));
	TEST_EQ(evtchn_close((evtchn_port_t)port), 0);
}

static void refused(void)
{
	struct xen_domctl op = create_op();

	op.interface_version--;
	TEST_EQ(hypercall_domctl(&op), -XEN_EACCES);
	TEST_EQ(hypercall_domctl((void *)0x12345678000), -XEN_EFAULT);
	TEST_EQ(hypercall_domctl((void *)0xffff830000000000ul), -XEN_EFAULT);
	TEST_EQ(simple(9999, 0x1234) < 0, 1);
	TEST_EQ(simple(XEN_DOMCTL_pausedomain, 0x1234), -XEN_ESRCH);
	TEST_EQ(simple(XEN_DOMCTL_destroydomain, 0x1234), -XEN_ESRCH);
	TEST_CHECK(simple(XEN_DOMCTL_pausedomain, 0) < 0);
	TEST_CHECK(simple(XEN_DOMCTL_destroydomain, 0) < 0);
	TEST_CHECK(simple(XEN_DOMCTL_destroydomain, DOMID_SELF) < 0);
	op = create_op();
	op.u.createdomain.flags = 1u << 31;
	TEST_EQ(hypercall_domctl(&op), -XEN_EINVAL);
	op = create_op();
	op.u.createdomain.max_vcpus = 0;
	TEST_CHECK(hypercall_domctl(&op) < 0);
	op = create_op();
	op.u.createdomain.max_vcpus = 100000;
	TEST_CHECK(hypercall_domctl(&op) < 0);
	op = create_op();
	op.u.createdomain.grant_opts = XEN_DOMCTL_GRANT_version(3);
	TEST_CHECK(hypercall_domctl(&op) < 0);
	op = create_op();
	op.u.createdomain.arch.emulation_flags = XEN_X86_EMU_ALL;
	TEST_CHECK(hypercall_domctl(&op) < 0);
}

/* How far a life gets before it is ended. */
enum stage {
	CREATED,
	POPULATED,
	READY
};

static unsigned int short_life(enum stage stage)
{
	long dom = create();
	unsigned int bad = 0;

	if (dom <= 0) {
		return 1;
	}
	if (stage >= POPULATED) {
		bad += populate((unsigned int)dom) != PAGES;
	}
	if (stage >= READY) {
		write_tables((unsigned int)dom);
		mm_va_set((void *)VIEW, 0);
		bad += start((unsigned int)dom) != 0;
	}
	bad += simple(XEN_DOMCTL_destroydomain, (unsigned int)dom) != 0;
	return bad + !wait_gone((unsigned int)dom);
}

/* Many lives, ended at the same step; the first ones may fill pools. */
static void many(enum stage stage)
{
	uint64_t before, after, end;
	unsigned int i, bad = 0;

	for (i = 0; i < 4; i++) {
		bad += short_life(stage);
	}
	before = free_pages();
	for (i = 0; i < 16; i++) {
		bad += short_life(stage);
	}
	TEST_EQ(bad, 0);
	end = time_now() + 8000 * MS;
	do {
		after = free_pages();
	} while (after < before && time_now() < end);
	/* Xen on a busy machine frees so late that "before" misses some. */
	if (test_on_xen() && after > before) {
		before = after;
	}
	if (!TEST_EQ(after, before)) {
		test_note("16 domains ended at step %u", stage);
	}
}

void test_main(void)
{
	TEST_EQ(mm_map(VIEW, 0), 0);
	refused();
	whole_life();
	many(CREATED);
	many(POPULATED);
	many(READY);
}
