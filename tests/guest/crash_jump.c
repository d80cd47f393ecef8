/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed where nothing can be read: code and stack are at addresses that are
 * not mapped, the frame pointer leads into the hypervisor. The report says so
 * and has no word of the hypervisor's memory in it.
 */
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_jump";

void test_main(void)
{
	TEST_EQ(hypercall_set_trap_table(NULL), 0);
	test_expect_crash();
	asm volatile("mov %0, %%rsp; mov %1, %%rbp; jmp *%%rsp" ::"r"(
			     0x12345678000ul),
		     "r"(0xffff830000000000ul)
		     : "memory");
}
