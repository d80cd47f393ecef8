/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HYPERVISOR_platform_op(struct xen_platform_op): what dom0's kernel does to or
 * asks of the machine. dom0 alone. What is not built says -EOPNOTSUPP, or what
 * makes dom0 stop asking: there is no such thing here.
 */
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/xen.h>

#include "core/domain.h"
#include "core/guest_time.h"
#include "core/sched.h"
#include "core/upcalls.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "cpu/smp.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "drivers/acpi_power.h"
#include "drivers/acpi_tables.h"
#include "interface/guest_copy.h"
#include "interface/handlers_sched.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "x86/insn.h"
#include "x86/msr_index.h"
#include "x86/percpu.h"

#define PLATFORM_OPS 64

/* ---- time ---- */

static long set_wallclock(uint64_t secs, uint32_t nsecs, uint64_t at)
{
	/* Up to the year 2262 in ns. */
	if (nsecs >= 1000000000 || secs > INT64_MAX / 1000000000 - 1) {
		return ERR(-EINVAL);
	}
	guest_time_set_wallclock(secs, nsecs, (int64_t)at);
	return 0;
}

static long platform_settime32(struct xen_platform_op *op)
{
	return set_wallclock(op->u.settime32.secs, op->u.settime32.nsecs,
			     op->u.settime32.system_time);
}

static long platform_settime64(struct xen_platform_op *op)
{
	if (op->u.settime64.mbz) {
		return ERR(-EINVAL);
	}
	return set_wallclock(op->u.settime64.secs, op->u.settime64.nsecs,
			     op->u.settime64.system_time);
}

/* ---- memory types: dom0 may look ---- */

static uint64_t physical_mask(void)
{
	unsigned int bits = 36;

	if (cpuid(0x80000000, 0).eax >= 0x80000008) {
		bits = cpuid(0x80000008, 0).eax & 0xff;
	}
	return (BIT(bits) - 1) & ~(PAGE_SIZE - 1);
}

/* A variable MTRR (SDM 3A 11.11.2.3); a size of 0: not in use. */
static long platform_read_memtype(struct xen_platform_op *op)
{
	struct xenpf_read_memtype *m = &op->u.read_memtype;
	uint64_t base, mask;

	if (!(cpuid(1, 0).edx & BIT(12)) ||
	    m->reg >= (rdmsr(MSR_MTRR_CAP) & 0xff)) {
		return ERR(-EINVAL);
	}
	base = rdmsr(MSR_MTRR_PHYSBASE0 + 2 * m->reg);
	mask = rdmsr(MSR_MTRR_PHYSBASE0 + 2 * m->reg + 1);
	if (mask & BIT(11)) {
		m->mfn = (base & physical_mask()) >> PAGE_SHIFT;
		m->nr_mfns = ((~mask & physical_mask()) >> PAGE_SHIFT) + 1;
		m->type = base & 0xff;
	} else {
		m->mfn = 0;
		m->nr_mfns = 0;
		m->type = 0;
	}
	return 0;
}

/* ---- firmware ---- */

/* The hypervisor keeps nothing of what BIOS calls would tell: the lists are
 * empty. */
static long platform_firmware_info(struct xen_platform_op *op)
{
	switch (op->u.firmware_info.type) {
	case XEN_FW_DISK_INFO:
	case XEN_FW_DISK_MBR_SIGNATURE:
	case XEN_FW_VBEDDC_INFO:
		return ERR(-ESRCH);
	case XEN_FW_KBD_SHIFT_FLAGS:
		if (op->u.firmware_info.index) {
			return ERR(-ESRCH);
		}
		op->u.firmware_info.u.kbd_shift_flags = 0;
		return 0;
	case XEN_FW_EFI_INFO:
		return ERR(-EOPNOTSUPP);
	default:
		return ERR(-EINVAL);
	}
}

/* Here "none" is what a quirk says of hardware that we do not have trouble
 * with: the I/O APIC code writes its select register each time, and interrupts
 * are not moved about. */
static long platform_quirk(struct xen_platform_op *op)
{
	uint32_t id = op->u.platform_quirk.quirk_id;

	return id >= QUIRK_NOIRQBALANCING && id <= QUIRK_IOAPIC_GOOD_REGSEL
		       ? 0
		       : ERR(-EINVAL);
}

/* ---- power ---- */

static long platform_enter_acpi_sleep(struct xen_platform_op *op)
{
	const struct xenpf_enter_acpi_sleep *s = &op->u.enter_acpi_sleep;

	if (s->flags & ~XENPF_ACPI_SLEEP_EXTENDED) {
		return ERR(-EINVAL);
	}
	if (s->sleep_state != 5 || s->flags) {
		guest_printk(LOG_WARN, "acpi: sleep state S%u is not built\n",
			     s->sleep_state);
		return ERR(-EOPNOTSUPP);
	}
	log_info("dom0 switches the machine off\n");
	acpi_enter_s5(s->val_a, s->val_b);
	log_error("acpi: the machine did not switch off\n");
	machine_shutdown(SHUTDOWN_poweroff);
}

/* What dom0's AML says of processor states. It is taken note of, no more: idle
 * CPUs halt, and frequencies are left to the hardware. */
static long platform_set_pminfo(struct xen_platform_op *op)
{
	switch (op->u.set_pminfo.type) {
	case XEN_PM_CX:
	case XEN_PM_PX:
	case XEN_PM_TX:
	case XEN_PM_PDC:
		return 0;
	default:
		return ERR(-EINVAL);
	}
}

/* Of all `bits` of the guest's byte map and its array of times. */
static long platform_getidletime(struct xen_platform_op *op)
{
	struct xenpf_getidletime *g = &op->u.getidletime;
	guest_ptr_t map = guest_handle_ptr(g->cpumap_bitmap);
	unsigned int bits = min(g->cpumap_nr_cpus, (uint32_t)MAX_CPUS);
	uint8_t byte = 0;

	for (unsigned int cpu = 0; cpu < bits; cpu++) {
		uint64_t idle = sched_idle_time(cpu);

		if (cpu % 8 == 0 &&
		    copy_from_guest_at(&byte, map, cpu / 8, 1)) {
			return ERR(-EFAULT);
		}
		if (!(byte & BIT(cpu % 8))) {
			/* not asked for */
		} else if (!cpumask_test(&cpu_online, cpu)) {
			byte &= (uint8_t)~BIT(cpu % 8);
		} else if (copy_to_guest_at(guest_handle_ptr(g->idletime), cpu,
					    &idle, sizeof(idle))) {
			return ERR(-EFAULT);
		}
		if ((cpu % 8 == 7 || cpu + 1 == bits) &&
		    copy_to_guest_at(map, cpu / 8, &byte, 1)) {
			return ERR(-EFAULT);
		}
	}
	g->now = (uint64_t)clock_now();
	return 0;
}

/* ---- CPUs ---- */

static long platform_get_cpuinfo(struct xen_platform_op *op)
{
	struct xenpf_pcpuinfo *info = &op->u.pcpu_info;
	uint32_t cpu = info->xen_cpuid;

	info->max_present = smp_cpu_count() - 1;
	if (cpu >= smp_cpu_count()) {
		info->flags = XEN_PCPU_FLAGS_INVALID;
		return 0;
	}
	info->flags =
		cpumask_test(&cpu_online, cpu) ? XEN_PCPU_FLAGS_ONLINE : 0;
	info->apic_id = cpu_apic_id(cpu);
	info->acpi_id = acpi_processor_id(info->apic_id);
	return 0;
}

/* All CPUs of a machine are of one kind. */
static long platform_get_cpu_version(struct xen_platform_op *op)
{
	struct xenpf_pcpu_version *v = &op->u.pcpu_version;
	struct cpuid_regs r;

	v->max_present = smp_cpu_count() - 1;
	memset(v->vendor_id, 0, sizeof(v->vendor_id));
	v->family = 0;
	v->model = 0;
	v->stepping = 0;
	if (v->xen_cpuid >= smp_cpu_count() ||
	    !cpumask_test(&cpu_online, v->xen_cpuid)) {
		return 0;
	}
	r = cpuid(0, 0);
	memcpy(v->vendor_id, &r.ebx, 4);
	memcpy(v->vendor_id + 4, &r.edx, 4);
	memcpy(v->vendor_id + 8, &r.ecx, 4);
	r = cpuid(1, 0);
	v->family = r.eax >> 8 & 0xf;
	v->model = r.eax >> 4 & 0xf;
	v->stepping = r.eax & 0xf;
	if (v->family == 0xf) {
		v->family += r.eax >> 20 & 0xff;
	}
	if (v->family == 6 || v->family >= 0xf) {
		v->model |= (r.eax >> 16 & 0xf) << 4;
	}
	return 0;
}

/* CPUs are brought up at boot and stay: only that can be asked for. */
static long platform_cpu_state(struct xen_platform_op *op)
{
	bool online = op->cmd == XENPF_cpu_online;
	uint32_t cpu = op->u.cpu_ol.cpuid;

	if (cpu >= smp_cpu_count()) {
		return ERR(-EINVAL);
	}
	return cpumask_test(&cpu_online, cpu) == online ? 0 : ERR(-EOPNOTSUPP);
}

static long platform_core_parking(struct xen_platform_op *op)
{
	struct xenpf_core_parking *p = &op->u.core_parking;

	if (p->type == XEN_CORE_PARKING_GET) {
		p->idle_nums = 0;
		return 0;
	}
	if (p->type != XEN_CORE_PARKING_SET) {
		return ERR(-EINVAL);
	}
	return p->idle_nums ? ERR(-EOPNOTSUPP) : 0;
}

/* ---- others ---- */

/* No names are shown: the list ends where it begins. */
static long platform_get_symbol(struct xen_platform_op *op)
{
	op->u.symdata.namelen = 0;
	op->u.symdata.address = 0;
	op->u.symdata.type = 0;
	return 0;
}

static long platform_none(struct xen_platform_op *op)
{
	(void)op;
	return ERR(-EOPNOTSUPP);
}

struct platform_command {
	long (*fn)(struct xen_platform_op *op);
	bool answers; /* the struct goes back */
};

static const struct platform_command platform_commands[PLATFORM_OPS] = {
	[XENPF_settime32] = { platform_settime32, false },
	[XENPF_settime64] = { platform_settime64, false },
	[XENPF_add_memtype] = { platform_none, false },
	[XENPF_del_memtype] = { platform_none, false },
	[XENPF_read_memtype] = { platform_read_memtype, true },
	[XENPF_microcode_update] = { platform_none, false },
	[XENPF_platform_quirk] = { platform_quirk, false },
	[XENPF_efi_runtime_call] = { platform_none, false },
	[XENPF_firmware_info] = { platform_firmware_info, true },
	[XENPF_enter_acpi_sleep] = { platform_enter_acpi_sleep, false },
	[XENPF_change_freq] = { platform_none, false },
	[XENPF_getidletime] = { platform_getidletime, true },
	[XENPF_set_processor_pminfo] = { platform_set_pminfo, false },
	[XENPF_get_cpuinfo] = { platform_get_cpuinfo, true },
	[XENPF_get_cpu_version] = { platform_get_cpu_version, true },
	[XENPF_cpu_online] = { platform_cpu_state, false },
	[XENPF_cpu_offline] = { platform_cpu_state, false },
	[XENPF_cpu_hotadd] = { platform_none, false },
	[XENPF_mem_hotadd] = { platform_none, false },
	[XENPF_core_parking] = { platform_core_parking, true },
	[XENPF_resource_op] = { platform_none, false },
	[XENPF_get_symbol] = { platform_get_symbol, true },
};

long do_platform_op(struct hypercall *hc)
{
	guest_ptr_t arg = guest_ptr(hc->arg[0]);
	const struct platform_command *c;
	struct xen_platform_op op;
	long err;

	if (!current->domain->privileged) {
		return ERR(-EPERM);
	}
	if (copy_from_guest(&op, arg, sizeof(op))) {
		return ERR(-EFAULT);
	}
	if (op.interface_version != XENPF_INTERFACE_VERSION) {
		return ERR(-EACCES);
	}
	if (op.cmd >= ARRAY_SIZE(platform_commands)) {
		return ERR(-ENOSYS);
	}
	c = &platform_commands[array_index_nospec(
		op.cmd, ARRAY_SIZE(platform_commands))];
	if (!c->fn) {
		return ERR(-ENOSYS);
	}
	err = c->fn(&op);
	if (!err && c->answers) {
		err = copy_to_guest(arg, &op, sizeof(op));
	}
	return err;
}
