/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed for want of a stack: an exception's frame goes to the guest kernel's
 * stack, and that is not mapped. There is nobody to tell, so the guest dies;
 * the hypervisor's write must fault safely, and not try for ever.
 */
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_bounce";

void test_main(void)
{
	test_expect_crash();
	asm volatile("mov %0, %%rsp; ud2" ::"r"(0x12345678000ul) : "memory");
}
