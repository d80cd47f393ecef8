/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See smp.h. CPUs are started one by one: INIT, STARTUP, wait until the new one
 * sets its bit in cpu_online.
 *
 * TLB flushes and function calls share one shape: the caller fills a request
 * under a lock, sends an IPI, and waits until every target has cleared its bit.
 * A waiting CPU keeps interrupts on, so two callers cannot wait for each other.
 */
#include "cpu/smp.h"

#include "cpu/clock.h"
#include "cpu/descriptors.h"
#include "cpu/lapic.h"
#include "cpu/upcalls.h"
#include "cpu/vectors.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "x86/insn.h"
#include "x86/percpu.h"
#include "x86/spinlock.h"

#define AP_START_TIMEOUT_MS 1000

cpumask_t cpu_online;
uintptr_t percpu_offsets[MAX_CPUS];

/* Read by the trampoline. */
uint64_t ap_cr3, ap_stack;

extern char trampoline_start[], trampoline_end[];
extern char trampoline_gdt_base[], trampoline_jump32[];
extern char percpu_start[], percpu_end[];

static unsigned int cpu_count;
static uint64_t trampoline_page;

int smp_add_cpu(uint32_t apic_id)
{
	if (cpu_count == MAX_CPUS) {
		return -ENOSPC;
	}
	lapic_set_cpu_apic_id(cpu_count++, apic_id);
	return 0;
}

unsigned int smp_cpu_count(void)
{
	return cpu_count;
}

void smp_set_trampoline(uint64_t page)
{
	trampoline_page = page;
}

static void trampoline_install(void)
{
	char *t = mm_phys_to_virt(maddr(trampoline_page));
	uint32_t *gdt_base =
		(uint32_t *)(t + (trampoline_gdt_base - trampoline_start));
	uint32_t *jump32 =
		(uint32_t *)(t + (trampoline_jump32 - trampoline_start));

	memcpy(t, trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	*gdt_base += (uint32_t)trampoline_page;
	*jump32 += (uint32_t)trampoline_page;
}

static int cpu_prepare(unsigned int cpu)
{
	size_t percpu_size = (size_t)(percpu_end - percpu_start);
	char *block = mm_alloc_bytes(percpu_size);
	char *stack = mm_alloc_bytes(STACK_SIZE);
	struct cpu_info *info;

	if (!block || !stack) {
		return -ENOMEM;
	}
	percpu_offsets[cpu] = (uintptr_t)block - (uintptr_t)percpu_start;
	info = (struct cpu_info *)(stack + STACK_SIZE -
				   sizeof(struct cpu_info));
	info->cpu = cpu;
	info->percpu_offset = percpu_offsets[cpu];
	ap_stack = (uintptr_t)info;
	return descriptors_alloc_cpu(cpu);
}

static bool cpu_start(unsigned int cpu)
{
	uint32_t id = cpu_apic_id(cpu);

	lapic_send_init(id);
	clock_delay_us(10000);
	for (int i = 0; i < 2; i++) {
		lapic_send_startup(id, (uint8_t)(trampoline_page >> 12));
		for (int ms = 0; ms < AP_START_TIMEOUT_MS / 2; ms++) {
			if (cpumask_test(&cpu_online, cpu)) {
				return true;
			}
			clock_delay_us(1000);
		}
	}
	return false;
}

void smp_boot_all(void)
{
	unsigned int started = 1;

	ap_cr3 = read_cr3();
	trampoline_install();
	for (unsigned int cpu = 1; cpu < cpu_count; cpu++) {
		if (cpu_prepare(cpu)) {
			log_error("CPU%u: no memory to start it\n", cpu);
			break;
		}
		if (!cpu_start(cpu)) {
			log_error("CPU%u (APIC id %u) does not start\n", cpu,
				  cpu_apic_id(cpu));
			break;
		}
		started++;
	}
	cpu_count = started;
	log_info("%u CPUs\n", started);
}

/* ---- calls ---- */

static struct {
	spinlock_t lock;
	void (*fn)(void *data);
	void *data;
	cpumask_t waiting;
} call = { .lock = SPINLOCK_INIT(RANK_NONE) };

void smp_call_interrupt(void)
{
	unsigned int cpu = smp_cpu_id();

	if (cpumask_test(&call.waiting, cpu)) {
		call.fn(call.data);
		cpumask_clear_atomic(&call.waiting, cpu);
	}
}

/* Take a lock that other CPUs hold while they wait for our answer. */
static void lock_answering(spinlock_t *lock) LOCK_UNCHECKED
{
	while (!spin_trylock(lock)) {
		smp_tlb_flush_interrupt();
		cpu_relax();
	}
}

void smp_call(const cpumask_t *mask, void (*fn)(void *data),
	      void *data) LOCK_UNCHECKED
{
	unsigned int cpu, self = smp_cpu_id();
	cpumask_t others;

	cpumask_and(&others, mask, &cpu_online);
	cpumask_clear(&others, self);
	lock_answering(&call.lock);
	call.fn = fn;
	call.data = data;
	smp_wmb();
	for (unsigned int i = 0; i < CPUMASK_WORDS; i++) {
		write_once(call.waiting.bits[i], others.bits[i]);
	}
	smp_mb();
	for_each_cpu(cpu, &others) {
		lapic_send_ipi(cpu, VECTOR_CALL_FUNCTION);
	}
	if (cpumask_test(mask, self)) {
		unsigned long flags = irq_save();

		fn(data);
		irq_restore(flags);
	}
	while (!cpumask_empty(&call.waiting)) {
		smp_tlb_flush_interrupt();
		cpu_relax();
	}
	spin_unlock(&call.lock);
}

/* ---- TLB ---- */

static uint64_t flush_clock = 1;
static PERCPU_DATA uint64_t flushed_at;

uint32_t tlb_clock(void)
{
	return (uint32_t)read_once(flush_clock);
}

uint64_t tlb_flush_begin(void)
{
	return atomic_add_return(&flush_clock, 1);
}

void tlb_flush_done(uint64_t began)
{
	write_once(this_cpu(flushed_at), began);
}

void tlb_filter(cpumask_t *mask, uint32_t stamp)
{
	uint64_t now = read_once(flush_clock);
	/* The newest time with these low bits: at worst too new, which costs
	 * a flush too many. */
	uint64_t when = now - (uint32_t)((uint32_t)now - stamp);
	unsigned int cpu;

	for_each_cpu(cpu, mask) {
		if (read_once(per_cpu(flushed_at, cpu)) > when) {
			cpumask_clear(mask, cpu);
		}
	}
}

static struct {
	spinlock_t lock;
	uint64_t va;
	cpumask_t waiting;
} flush = { .lock = SPINLOCK_INIT(RANK_NONE) };

static void flush_here(uint64_t va)
{
	if (va == SMP_FLUSH_ALL) {
		uint64_t began = tlb_flush_begin();

		write_cr3(read_cr3());
		tlb_flush_done(began);
	} else {
		invlpg(va);
	}
}

void smp_tlb_flush_interrupt(void)
{
	unsigned int cpu = smp_cpu_id();

	if (cpumask_test(&flush.waiting, cpu)) {
		flush_here(read_once(flush.va));
		cpumask_clear_atomic(&flush.waiting, cpu);
	}
}

void smp_flush_tlb(const cpumask_t *mask, uint64_t va) LOCK_UNCHECKED
{
	unsigned int cpu, self = smp_cpu_id();
	cpumask_t others;

	if (cpumask_test(mask, self)) {
		flush_here(va);
	}
	cpumask_and(&others, mask, &cpu_online);
	cpumask_clear(&others, self);
	if (cpumask_empty(&others)) {
		return;
	}
	lock_answering(&flush.lock);
	write_once(flush.va, va);
	for (unsigned int i = 0; i < CPUMASK_WORDS; i++) {
		write_once(flush.waiting.bits[i], others.bits[i]);
	}
	smp_mb();
	for_each_cpu(cpu, &others) {
		lapic_send_ipi(cpu, VECTOR_TLB_FLUSH);
	}
	while (!cpumask_empty(&flush.waiting)) {
		cpu_relax();
	}
	spin_unlock(&flush.lock);
}

static void stop_here(void *unused)
{
	(void)unused;
	irq_disable();
	cpumask_clear_atomic(&call.waiting, smp_cpu_id());
	for (;;) {
		cpu_halt();
	}
}

void smp_stop_others(void)
{
	unsigned int cpu, self = smp_cpu_id();

	call.fn = stop_here;
	for_each_cpu(cpu, &cpu_online) {
		if (cpu != self) {
			cpumask_set_atomic(&call.waiting, cpu);
			lapic_send_ipi(cpu, VECTOR_CALL_FUNCTION);
		}
	}
	for (int i = 0; i < 1000 && !cpumask_empty(&call.waiting); i++) {
		clock_delay_us(100);
	}
}
