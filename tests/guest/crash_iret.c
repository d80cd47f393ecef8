/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed by its own iret: the hypercall reads its frame from the guest's stack
 * pointer, which leads to a page that is not there. Nothing can be returned to,
 * so the guest dies, and the hypervisor's copy of the frame faults safely.
 */
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_iret";

void test_main(void)
{
	test_expect_crash();
	asm volatile("mov %0, %%rsp; jmp hypercall_page + 23 * 32" ::"r"(
			     0x12345678000ul)
		     : "memory");
}
