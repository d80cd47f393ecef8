/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that gives itself up (SHUTDOWN_crash, what Linux does when it panics)
 * is reported as one that is killed; and with `noreboot` the machine stops
 * instead of starting again.
 */
#include <xen/sched.h>

#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "crash_self";

void test_main(void)
{
	struct sched_shutdown op = { .reason = SHUTDOWN_crash };

	test_expect_crash();
	hypercall_sched_op(SCHEDOP_shutdown, &op);
}
