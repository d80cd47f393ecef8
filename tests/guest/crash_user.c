/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Killed on the way to nowhere: iret to user mode when there is no user page
 * table (NEW_USER_BASEPTR with frame 0 takes it away).
 */
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/test.h"
#include "rt/traps.h"

const char test_title[] = "crash_user";

static unsigned long user(unsigned long v)
{
	return v;
}

void test_main(void)
{
	TEST_EQ(user_run(user, 5), 5);
	TEST_EQ(mm_ext_mfn(MMUEXT_NEW_USER_BASEPTR, 0), 0);
	test_expect_crash();
	user_run(user, 6);
}
