/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor says of a guest that it kills: crash_report.expect has
 * the lines. Everything shown is set up here: a register, the code at the
 * fault, the words at the stack pointer, two frames linked by frame pointers
 * of which the second leads nowhere, and last words with a terminal's escape
 * in them that must not reach the log as it is.
 */
#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_report";

void test_main(void)
{
	TEST_EQ(hypercall_set_trap_table(NULL), 0);
	test_expect_crash();
	printk("these were\nits last \x1b[31mwords\n");
	asm volatile("push $0x2222; push $0; mov %%rsp, %%rbx;"
		     "push $0x1111; push %%rbx; mov %%rsp, %%rbp;"
		     "movabs $0xfeedfacecafebeef, %%rax; push %%rax;"
		     "ud2" ::
			     : "memory");
}
