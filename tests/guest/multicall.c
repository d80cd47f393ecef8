/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * multicall: a list of hypercalls in one.
 *
 * Each entry's result lands in its own slot, an unknown number is that
 * entry's -ENOSYS and no more, and a list that does not exist is -EFAULT.
 *
 * XSA-213: an entry that is an iret switches the guest between kernel and
 * user page tables. What follows it in the list must not run, since it would
 * run with the rights of one mode on the tables of the other.
 */
#include <xen/version.h>

#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "multicall";

static void plain(void)
{
	static struct multicall_entry list[4];
	static xen_extraversion_t extra;

	memset(list, 0xa5, sizeof(list));
	list[0].op = __HYPERVISOR_xen_version;
	list[0].args[0] = XENVER_version;
	list[1].op = 63;
	list[2].op = __HYPERVISOR_xen_version;
	list[2].args[0] = XENVER_extraversion;
	list[2].args[1] = HC(&extra);
	list[3].op = __HYPERVISOR_xen_version;
	list[3].args[0] = 99;
	TEST_EQ(hypercall_multicall(list, 4), 0);
	TEST_EQ(list[0].result, 4 << 16 | 17);
	TEST_EQ(list[1].result, -XEN_ENOSYS);
	TEST_EQ(list[2].result, 0);
	TEST_CHECK(extra[0] != '\0');
	TEST_EQ(list[3].result, -XEN_ENOSYS);
	TEST_EQ(hypercall_multicall(list, 0), 0);
}

static void numbers(void)
{
	static struct multicall_entry e;

	e.op = 1ul << 32 | __HYPERVISOR_xen_version;
	TEST_EQ(hypercall_multicall(&e, 1), 0);
	TEST_EQ(e.result, -XEN_ENOSYS);
	e.op = ~0ul;
	TEST_EQ(hypercall_multicall(&e, 1), 0);
	TEST_EQ(e.result, -XEN_ENOSYS);
}

static void bad_lists(void)
{
	TEST_EQ(hypercall_multicall((void *)0x12345678000, 1), -XEN_EFAULT);
	TEST_EQ(hypercall_multicall((void *)0xffff830000000000ul, 1),
		-XEN_EFAULT);
	TEST_EQ(hypercall_multicall((void *)0xffff800000000000ul, 1),
		-XEN_EFAULT);
	TEST_EQ(hypercall_multicall((void *)0xfffffffffffffff8ul, 1),
		-XEN_EFAULT);
	/* A count whose product with the entry's size wraps around. */
	TEST_EQ(hypercall_multicall((void *)0x12345678000,
				    ~0ul / sizeof(struct multicall_entry) + 2),
		-XEN_EFAULT);
}

/* The result slot lies in a page that cannot be written. */
static void readonly_list(void)
{
	struct multicall_entry *e = mm_page_alloc();

	e->op = __HYPERVISOR_xen_version;
	e->args[0] = XENVER_version;
	TEST_EQ(mm_page_protect(e, false), 0);
	TEST_EQ(hypercall_multicall(e, 1), -XEN_EFAULT);
	TEST_EQ(mm_page_protect(e, true), 0);
	mm_page_free(e);
}

/* A multicall within a multicall is refused, whatever it holds. */
static void nested(void)
{
	static struct multicall_entry inner, outer;

	inner.op = __HYPERVISOR_xen_version;
	inner.result = 0x5a;
	outer.op = __HYPERVISOR_multicall;
	outer.args[0] = HC(&inner);
	outer.args[1] = 1;
	TEST_EQ(hypercall_multicall(&outer, 1), 0);
	TEST_EQ(outer.result, -XEN_EINVAL);
	TEST_EQ(inner.result, 0x5a);
}

static void invalid_mix(void)
{
	static struct multicall_entry list[2];
	static struct mmu_update u;
	unsigned int done = 5;

	u.ptr = 3;
	list[0].op = __HYPERVISOR_mmu_update;
	list[0].args[0] = HC(&u);
	list[0].args[1] = 1;
	list[0].args[2] = HC(&done);
	list[0].args[3] = DOMID_SELF;
	list[1].op = __HYPERVISOR_xen_version;
	list[1].args[0] = XENVER_pagesize;
	TEST_EQ(hypercall_multicall(list, 2), 0);
	TEST_CHECK((long)list[0].result < 0);
	TEST_EQ(done, 0);
	TEST_EQ(list[1].result, PAGE_SIZE);
}

static struct multicall_entry iret_list[3];
static struct {
	struct iret_context c;
} iret_frame __used;

static __used unsigned long iret_user_stack[64];

static __used unsigned long iret_user(unsigned long unused)
{
	return unused;
}

/* In user mode at last: say what entry 2 of the list did by now. */
asm("iret_landing:\n"
    "	mov $0x4558, %eax\n"
    "	mov $77, %edi\n"
    "	syscall\n"
    "	ud2\n");
extern char iret_landing[];

/*
 * The iret entry takes its frame from the guest's stack pointer: the call is
 * made with %rsp on a prepared frame.
 */
static unsigned long iret_back;

static void iret_multicall(void *unused)
{
	(void)unused;
	iret_back = vcpu_self()->user_rsp;
	asm volatile("mov %0, %%rsp\n"
		     "mov %1, %%rdi\n"
		     "mov $3, %%esi\n"
		     "mov %2, %%eax\n"
		     "syscall\n"
		     "mov %3, %%rsp\n"
		     "jmp context_resume\n" ::"r"(&iret_frame),
		     "r"(iret_list), "i"(__HYPERVISOR_multicall), "m"(iret_back)
		     : "memory", "rdi", "rsi", "rax");
}

static void with_iret(void)
{
	struct vcpu *v = vcpu_self();

	iret_list[0].op = __HYPERVISOR_xen_version;
	iret_list[0].result = 0x5a;
	iret_list[1].op = __HYPERVISOR_iret;
	iret_list[2].op = __HYPERVISOR_xen_version;
	iret_list[2].args[0] = XENVER_pagesize;
	iret_list[2].result = 0x5a;
	iret_frame.c = (struct iret_context){
		.rip = (unsigned long)iret_landing,
		.cs = FLAT_USER_CS,
		.rflags = 0x2,
		.rsp = (unsigned long)(iret_user_stack + 64),
		.ss = FLAT_USER_SS,
	};
	v->user_result = 0;
	context_call(iret_multicall, NULL, &v->user_rsp);
	v->user_rsp = 0;
	TEST_EQ(v->user_result, 77);
	TEST_EQ(iret_list[0].result, 4 << 16 | 17);
	TEST_EQ(iret_list[2].result, 0x5a);
}

void test_main(void)
{
	plain();
	numbers();
	bad_lists();
	readonly_list();
	nested();
	invalid_mix();
	with_iret();
}
