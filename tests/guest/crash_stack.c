/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed for a stack in the hypervisor's half: the frame of an exception must
 * not be written there, although the hypervisor itself could.
 */
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_stack";

void test_main(void)
{
	test_expect_crash();
	asm volatile("mov %0, %%rsp; ud2" ::"r"(0xffff830000100000ul)
		     : "memory");
}
