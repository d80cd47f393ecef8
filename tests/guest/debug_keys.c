/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug keys, each of which must say its line in the hypervisor's log
 * (debug_keys.expect), and the last of them: the hypervisor panics, shows how
 * it came there with names, the guest that it was called by and its last
 * words, and ends the machine.
 */
#include <xen/sysctl.h>

#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/test.h"

const char test_title[] = "debug_keys";

static long keys(const char *which, uint32_t n)
{
	struct xen_sysctl op = {
		.cmd = XEN_SYSCTL_debug_keys,
		.interface_version = XEN_SYSCTL_INTERFACE_VERSION,
	};

	op.u.debug_keys.keys.p = which;
	op.u.debug_keys.nr_keys = n;
	return hypercall_sysctl(&op);
}

void test_main(void)
{
	TEST_EQ(keys("hdqrmegt", 8), 0);
	TEST_EQ(keys("", 0), 0);
	TEST_EQ(keys("~", 1), 0);
	TEST_EQ(keys((const char *)0x12345678000, 1), -14);
	test_expect_crash();
	printk("said before the end\n");
	keys("C", 1);
}
