/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of hypercalls: number, handler, who may call it. A number that
 * is not here is -ENOSYS. Privilege is checked again per operation where one
 * number carries harmless and privileged ones.
 */
#include <xen/xen.h>

#include "core/domain.h"
#include "core/vcpu.h"
#include "interface/handlers.h"
#include "interface/handlers_sched.h"
#include "interface/table.h"
#include "lib/checked.h"
#include "x86/percpu.h"

struct hypercall_entry {
	hypercall_fn fn;
	bool privileged;
};

static const struct hypercall_entry table[] = {
	[__HYPERVISOR_set_trap_table] = { do_set_trap_table, false },
	[__HYPERVISOR_mmu_update] = { do_mmu_update, false },
	[__HYPERVISOR_set_gdt] = { do_set_gdt, false },
	[__HYPERVISOR_stack_switch] = { do_stack_switch, false },
	[__HYPERVISOR_set_callbacks] = { do_set_callbacks, false },
	[__HYPERVISOR_fpu_taskswitch] = { do_fpu_taskswitch, false },
	[__HYPERVISOR_sched_op_compat] = { do_sched_op_compat, false },
	[__HYPERVISOR_platform_op] = { do_platform_op, true },
	[__HYPERVISOR_set_debugreg] = { do_set_debugreg, false },
	[__HYPERVISOR_get_debugreg] = { do_get_debugreg, false },
	[__HYPERVISOR_update_descriptor] = { do_update_descriptor, false },
	[__HYPERVISOR_memory_op] = { do_memory_op, false },
	[__HYPERVISOR_multicall] = { do_multicall, false },
	[__HYPERVISOR_update_va_mapping] = { do_update_va_mapping, false },
	[__HYPERVISOR_set_timer_op] = { do_set_timer_op, false },
	[__HYPERVISOR_xen_version] = { do_xen_version, false },
	[__HYPERVISOR_console_io] = { do_console_io, false },
	[__HYPERVISOR_grant_table_op] = { do_grant_table_op, false },
	[__HYPERVISOR_vm_assist] = { do_vm_assist, false },
	[__HYPERVISOR_update_va_mapping_otherdomain] = { do_update_va_mapping_otherdomain,
							 true },
	[__HYPERVISOR_vcpu_op] = { do_vcpu_op, false },
	[__HYPERVISOR_set_segment_base] = { do_set_segment_base, false },
	[__HYPERVISOR_mmuext_op] = { do_mmuext_op, false },
	[__HYPERVISOR_sched_op] = { do_sched_op, false },
	[__HYPERVISOR_callback_op] = { do_callback_op, false },
	[__HYPERVISOR_event_channel_op] = { do_event_channel_op, false },
	[__HYPERVISOR_physdev_op] = { do_physdev_op, false },
	[__HYPERVISOR_sysctl] = { do_sysctl, true },
	[__HYPERVISOR_domctl] = { do_domctl, true },
};

long hypercall_call(struct hypercall *hc)
{
	const struct hypercall_entry *e;

	if (hc->nr >= ARRAY_SIZE(table)) {
		return -ENOSYS;
	}
	e = &table[array_index_nospec(hc->nr, ARRAY_SIZE(table))];
	if (!e->fn) {
		return -ENOSYS;
	}
	if (e->privileged && !current->domain->privileged) {
		return -EPERM;
	}
	return e->fn(hc);
}
