/* SPDX-License-Identifier: BSD-2-Clause */
/* See lapic.h. SDM 3A chapter 10; registers by xAPIC offset, x2APIC MSR is
 * 0x800 + offset / 16. */
#include "cpu/lapic.h"

#include "cpu/clock.h"
#include "cpu/upcalls.h"
#include "cpu/vectors.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "x86/insn.h"
#include "x86/msr_index.h"
#include "x86/percpu.h"

#define APIC_ID		0x20
#define APIC_TPR	0x80
#define APIC_EOI	0xb0
#define APIC_DFR	0xe0
#define APIC_SVR	0xf0
#define APIC_ISR	0x100
#define APIC_ESR	0x280
#define APIC_ICR	0x300
#define APIC_ICR_HI	0x310
#define APIC_LVT_TIMER	0x320
#define APIC_LVT_LINT0	0x350
#define APIC_LVT_LINT1	0x360
#define APIC_LVT_ERROR	0x370
#define APIC_TIMER_INIT 0x380
#define APIC_TIMER_NOW	0x390
#define APIC_TIMER_DIV	0x3e0

#define SVR_ENABLE	 0x100
#define LVT_MASKED	 0x10000
#define LVT_TSC_DEADLINE 0x40000
#define DM_FIXED	 (0 << 8)
#define DM_NMI		 (4 << 8)
#define DM_INIT		 (5 << 8)
#define DM_STARTUP	 (6 << 8)
#define ICR_ASSERT	 (1 << 14)
#define ICR_BUSY	 (1 << 12)
#define DIVIDE_BY_16	 0x3

#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_X2APIC BIT(10)

static bool x2apic, tsc_deadline;
static volatile uint8_t *mmio;
static uint32_t apic_ids[MAX_CPUS];
static uint64_t timer_khz; /* counts per ms, after division by 16 */

static uint32_t apic_read(unsigned int reg)
{
	return x2apic ? (uint32_t)rdmsr(MSR_X2APIC_BASE + reg / 16)
		      : mmio_read32(mmio + reg);
}

static void apic_write(unsigned int reg, uint32_t v)
{
	if (x2apic) {
		wrmsr(MSR_X2APIC_BASE + reg / 16, v);
	} else {
		mmio_write32(mmio + reg, v);
	}
}

uint32_t lapic_id(void)
{
	uint32_t id = apic_read(APIC_ID);

	return x2apic ? id : id >> 24;
}

uint32_t cpu_apic_id(unsigned int cpu)
{
	return apic_ids[cpu];
}

void lapic_set_cpu_apic_id(unsigned int cpu, uint32_t id)
{
	apic_ids[cpu] = id;
}

void lapic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

bool lapic_isr_test(uint8_t vector)
{
	return apic_read(APIC_ISR + vector / 32 * 16) >> (vector % 32) & 1;
}

static void icr_write(uint32_t apic_id, uint32_t low)
{
	if (x2apic) {
		/* The MSR write is not serialising: what the IPI is about
		 * must be visible first (SDM 3A 10.12.3). */
		smp_mb();
		wrmsr(MSR_X2APIC_BASE + APIC_ICR / 16,
		      (uint64_t)apic_id << 32 | low);
		return;
	}
	unsigned long flags = irq_save();

	while (mmio_read32(mmio + APIC_ICR) & ICR_BUSY) {
		cpu_relax();
	}
	mmio_write32(mmio + APIC_ICR_HI, apic_id << 24);
	mmio_write32(mmio + APIC_ICR, low);
	irq_restore(flags);
}

void lapic_send_ipi(unsigned int cpu, uint8_t vector)
{
	icr_write(apic_ids[cpu], DM_FIXED | ICR_ASSERT | vector);
}

void lapic_send_init(uint32_t apic_id)
{
	icr_write(apic_id, DM_INIT | ICR_ASSERT);
}

void lapic_send_startup(uint32_t apic_id, uint8_t vector)
{
	icr_write(apic_id, DM_STARTUP | ICR_ASSERT | vector);
}

void smp_send_event_check(unsigned int cpu)
{
	lapic_send_ipi(cpu, VECTOR_EVENT_CHECK);
}

static void lapic_setup(void)
{
	apic_write(APIC_TPR, 0);
	if (!x2apic) {
		apic_write(APIC_DFR, 0xffffffff);
	}
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, DM_NMI);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_ESR, 0);
	if (tsc_deadline) {
		apic_write(APIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_TIMER);
		/* The mode write comes before the first deadline (SDM 3A
		 * 10.5.4.1). */
		smp_mb();
	} else {
		apic_write(APIC_TIMER_DIV, DIVIDE_BY_16);
		apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	}
}

/* Count the timer against the calibrated TSC for 10 ms. */
static void timer_calibrate(void)
{
	struct clock_stamp start, now;

	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_DIV, DIVIDE_BY_16);
	apic_write(APIC_TIMER_INIT, 0xffffffff);
	start = clock_stamp(apic_read, APIC_TIMER_NOW);
	do {
		now = clock_stamp(apic_read, APIC_TIMER_NOW);
	} while (now.tsc - start.tsc < clock_tsc_khz * 10);
	apic_write(APIC_TIMER_INIT, 0);
	timer_khz = (uint64_t)(start.count - now.count) * clock_tsc_khz /
		    (now.tsc - start.tsc);
	if (!timer_khz) {
		panic("the local APIC timer does not count");
	}
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
}

void lapic_map_bsp(bool want_x2apic)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (want_x2apic && cpuid(1, 0).ecx & BIT(21)) {
		base |= APIC_BASE_ENABLE | APIC_BASE_X2APIC;
		wrmsr(MSR_APIC_BASE, base);
	}
	x2apic = base & APIC_BASE_X2APIC;
	if (!x2apic) {
		mmio = mm_ioremap(maddr(base & PADDR_MASK & PAGE_MASK),
				  PAGE_SIZE);
		if (!mmio) {
			panic("cannot map the local APIC");
		}
		wrmsr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
	}
}

void lapic_init_bsp(void)
{
	struct cpuid_regs leaf1 = cpuid(1, 0);

	tsc_deadline = leaf1.ecx & BIT(24);
	lapic_setup();
	apic_ids[0] = lapic_id();
	if (!tsc_deadline) {
		timer_calibrate();
	}
	log_info("local APIC: %s, timer by %s\n", x2apic ? "x2APIC" : "xAPIC",
		 tsc_deadline ? "TSC deadline" : "counter");
}

void lapic_init_ap(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	if (x2apic && !(base & APIC_BASE_X2APIC)) {
		wrmsr(MSR_APIC_BASE,
		      base | APIC_BASE_ENABLE | APIC_BASE_X2APIC);
	}
	lapic_setup();
}

void lapic_timer_arm(int64_t deadline)
{
	int64_t delta;
	uint64_t count;

	if (tsc_deadline) {
		wrmsr(MSR_TSC_DEADLINE,
		      deadline == INT64_MAX ? 0 : clock_ns_to_tsc(deadline));
		return;
	}
	if (deadline == INT64_MAX) {
		apic_write(APIC_TIMER_INIT, 0);
		return;
	}
	delta = deadline - clock_now();
	if (delta < 1000) {
		delta = 1000;
	}
	if (delta > 1000000000) {
		delta = 1000000000; /* the handler arms again */
	}
	count = (uint64_t)delta * timer_khz / 1000000 + 1;
	apic_write(APIC_TIMER_INIT,
		   count > 0xffffffff ? 0xffffffff : (uint32_t)count);
}
