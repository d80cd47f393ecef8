/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed for want of a handler: set_trap_table(NULL) forgets all of them, and
 * the next exception finds none.
 */
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_handler";

void test_main(void)
{
	TEST_EQ(hypercall_set_trap_table(NULL), 0);
	test_expect_crash();
	asm volatile("ud2");
}
