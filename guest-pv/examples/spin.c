/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that never gives its CPUs back: it says that it is up, masks event
 * delivery, and loops without a hypercall or a fault on every vCPU it has.
 * Only the hypervisor's own timer takes a CPU from it; what else runs on the
 * machine must not suffer more than its fair share, and the domain must go
 * away when it is told to.
 */
#include <xen/vcpu.h>

#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/vcpu.h"

/* The flags' IF bit is not the guest's to clear: this is a PV guest's cli. */
static void spin(void *unused)
{
	(void)unused;
	vcpu_self()->info->evtchn_upcall_mask = 1;
	for (;;) {
		barrier();
	}
}

void guest_main(void)
{
	unsigned int others = 0;

	while (others + 1 < VCPU_MAX &&
	       hypercall_vcpu_op(VCPUOP_is_up, others + 1, NULL) >= 0 &&
	       !vcpu_boot(others + 1, spin, NULL)) {
		others++;
	}
	printk("spin: %u vCPUs loop with events masked\n", others + 1);
	spin(NULL);
}
