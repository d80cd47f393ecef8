/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot loader to dom0: one numbered list. Each step may use those
 * before it and nothing else.
 */
#include "boot/bootinfo.h"
#include "boot/dom0.h"
#include "boot/early.h"
#include "boot/options.h"
#include "core/domain.h"
#include "core/guest_time.h"
#include "core/hostinfo.h"
#include "core/idle.h"
#include "core/pirq.h"
#include "core/rcu.h"
#include "core/sched.h"
#include "core/softirq.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "cpu/descriptors.h"
#include "cpu/entry.h"
#include "cpu/irq.h"
#include "cpu/lapic.h"
#include "cpu/pat.h"
#include "cpu/smp.h"
#include "cpu/upcalls.h"
#include "cpu/xstate.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "drivers/acpi_tables.h"
#include "drivers/console.h"
#include "drivers/console_guest.h"
#include "interface/version.h"
#include "lib/string.h"
#include "mm/ftype_table.h"
#include "mm/heap.h"
#include "mm/paging.h"
#include "x86/insn.h"
#include "x86/percpu.h"

void boot_main(uint32_t magic, uint32_t info);
void smp_ap_start(void);

struct boot_info boot_info;

#define COM1_IRQ 4
#define COM2_IRQ 3

/* The loader's copy of the RSDP lies in memory that becomes the heap's. */
static void keep_rsdp(void)
{
	static uint8_t copy[36];

	if (boot_info.rsdp) {
		memcpy(copy, (const void *)boot_info.rsdp, sizeof(copy));
		boot_info.rsdp = (uint64_t)copy - IMAGE_VIRT;
		boot_info.rsdp_given = true;
	}
}

static void read_boot_info(uint32_t magic, uint32_t info)
{
	const char *why = "unknown boot protocol";
	int rc = -1;

	if (magic == MULTIBOOT1_MAGIC) {
		rc = multiboot1_parse(info, &boot_info, &why);
	} else if (magic == MULTIBOOT2_MAGIC) {
		rc = multiboot2_parse(info, &boot_info, &why);
	}
	options_parse(boot_info.cmdline);
	if (options.uart_port) {
		(void)uart_init(options.uart_port, options.uart_baud);
	}
	if (rc) {
		panic("boot: %s", why);
	}
	keep_rsdp();
	memory_map_tidy(boot_info.map, &boot_info.ranges);
}

static void init_memory(void)
{
	struct cpuid_regs r = cpuid(0x80000000, 0);

	if (r.eax >= 0x80000008) {
		paddr_bits = cpuid(0x80000008, 0).eax & 0xff;
	}
	early_init(&boot_info);
	paging_init(boot_info.map, boot_info.ranges, early_alloc);
	early_use_direct_map();
	paging_frames(boot_info.map, boot_info.ranges, early_alloc);
	early_give_to_heap(&boot_info);
	log_info("memory: %lu MiB, %lu MiB free\n", total_pages >> 8,
		 heap_free_pages() >> 8);
}

/* Tables lie in RAM of odd types, or in ROM: both may be mapped as devices
 * outside of the direct map. */
static const void *map_table(uint64_t addr, size_t len)
{
	for (unsigned int i = 0; i < boot_info.ranges; i++) {
		const struct memory_range *r = &boot_info.map[i];

		if (r->type != E820_RESERVED && r->start <= addr &&
		    addr + len <= ALIGN_UP(r->end, PAGE_SIZE)) {
			return (const void *)(DIRECTMAP_VIRT + addr);
		}
	}
	return mm_ioremap(maddr(addr), len);
}

static void init_acpi(void)
{
	if (acpi_init(boot_info.rsdp, map_table)) {
		log_warn("no ACPI tables: one CPU, no I/O APIC\n");
	}
	smp_add_cpu(lapic_id());
	for (unsigned int i = 0; i < acpi.cpu_count && !options.nosmp; i++) {
		if (acpi.cpus[i].apic_id != lapic_id() &&
		    smp_add_cpu(acpi.cpus[i].apic_id)) {
			log_warn("more than %u CPUs: the rest stays off\n",
				 MAX_CPUS);
			break;
		}
	}
}

static void mask_legacy_pic(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
}

static void console_interrupt(void *data)
{
	int c;

	(void)data;
	while ((c = uart_get()) >= 0) {
		(void)console_input_put((char)c);
	}
	evtchn_send_global_virq(VIRQ_CONSOLE);
}

static void init_console_input(void)
{
	unsigned int irq = uart_port() == 0x2f8 ? COM2_IRQ : COM1_IRQ;

	if (uart_port() && !irq_request(irq, console_interrupt, NULL)) {
		uart_enable_input();
	}
}

/* This CPU's idle vCPU becomes current. */
static void enter_idle(unsigned int cpu)
{
	struct vcpu *idle = sched_create_idle(cpu);

	if (!idle) {
		panic("no memory for CPU %u", cpu);
	}
	cpu_info()->running = idle;
}

void boot_main(uint32_t magic, uint32_t info)
{
	/* 1. what the loader says, a console to speak on */
	read_boot_info(magic, info);
	log_info("Hospes %s, Xen ABI %u.%u, booted by %s\n", HOST_BUILD_VERSION,
		 HOST_XEN_MAJOR, HOST_XEN_MINOR,
		 boot_info.loader[0] ? boot_info.loader : "multiboot");
	options_report(boot_info.cmdline);
	version_set_command_line(boot_info.cmdline);
	/* 2. traps, so that our own faults are seen */
	(void)descriptors_alloc_cpu(0);
	idt_init();
	descriptors_init_cpu(0);
	pat_init_cpu();
	xstate_init_bsp();
	/* 3. memory */
	init_memory();
	/* 4. the machine's parts, and time */
	mask_legacy_pic();
	{
		/* The PM timer's port is in the tables, the timer of the
		 * local APIC is measured against the clock. */
		lapic_map_bsp(options.x2apic);
		init_acpi();
		clock_init(options.clock_pit ? 0 : acpi.pm_timer_port);
		lapic_init_bsp();
	}
	pirq_platform_init();
	/* 5. scheduling and its helpers */
	cpumask_set_atomic(&cpu_online, 0);
	domain_init_special();
	timer_cpu_init(0);
	timer_init_all();
	rcu_init();
	sched_init();
	sched_cpu_init(0);
	guest_time_init();
	enter_idle(0);
	irq_enable();
	/* 6. the other CPUs */
	smp_set_trampoline(early_low_page(&boot_info));
	smp_boot_all();
	/* 7. dom0 */
	init_console_input();
	dom0_create(&boot_info);
	early_free_modules(&boot_info);
	log_info("memory: %lu MiB free; the hypervisor took %lu KiB\n",
		 heap_free_pages() >> 8,
		 (total_pages - heap_free_pages() - dom0->tot_pages) << 2);
	vcpu_up(dom0->vcpu[0]);
	dom0->ctl_pauses = 0;
	domain_unpause(dom0);
	stack_reset_and_jump((void (*)(void))idle_loop);
}

void smp_ap_start(void)
{
	unsigned int cpu = smp_cpu_id();

	descriptors_init_cpu(cpu);
	pat_init_cpu();
	xstate_init_cpu();
	lapic_init_ap();
	timer_cpu_init(cpu);
	sched_cpu_init(cpu);
	enter_idle(cpu);
	cpumask_set_atomic(&cpu_online, cpu);
	stack_reset_and_jump((void (*)(void))idle_loop);
}
