/* SPDX-License-Identifier: BSD-2-Clause */
/* See descriptors.h. Formats: SDM 3A 3.4.5, 6.14.1, 7.7. */
#include "cpu/descriptors.h"

#include "cpu/entry.h"
#include "cpu/upcalls.h"
#include "cpu/vectors.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "x86/insn.h"
#include "x86/msr_index.h"
#include "x86/percpu.h"

#define DESC_CODE64_DPL0 0x00af9a000000ffffUL
#define DESC_DATA_DPL0	 0x00cf92000000ffffUL
#define DESC_CODE32_DPL3 0x00cffa000000ffffUL
#define DESC_DATA_DPL3	 0x00cff2000000ffffUL
#define DESC_CODE64_DPL3 0x00affa000000ffffUL

#define DESC_TYPE_LDT 0x2
#define DESC_TYPE_TSS 0x9

#define IST_NMI	 1
#define IST_DF	 2
#define IST_MCE	 3
#define IST_SIZE 4096

struct __packed tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap;
};
static_assert(sizeof(struct tss) == 104, "64-bit TSS");

struct idt_gate {
	uint64_t low, high;
};

struct cpu_tables {
	uint64_t gdt[64] __aligned(1024);
	struct tss tss;
};

static struct cpu_tables bsp_tables __aligned(4096) __section(".bss.page");
static PERCPU_DATA struct cpu_tables *tables;
static struct idt_gate idt[256] __aligned(4096) __section(".bss.page");

static unsigned int gdt_index(unsigned int selector)
{
	return (selector - HV_GDT_BASE) / 8;
}

static void gdt_set_system(uint64_t *gdt, unsigned int selector, uint64_t base,
			   uint32_t limit, unsigned int type)
{
	unsigned int i = gdt_index(selector);

	gdt[i + 1] = base >> 32;
	gdt[i] = (limit & 0xffff) | (base & 0xffffff) << 16 |
		 (uint64_t)(0x80 | type) << 40 |
		 (uint64_t)(limit & 0xf0000) << 32 | (base >> 24 & 0xff) << 56;
}

int descriptors_alloc_cpu(unsigned int cpu)
{
	static_assert(sizeof(struct cpu_tables) <= PAGE_SIZE, "one page");
	struct cpu_tables *t = cpu ? mm_alloc_page() : &bsp_tables;

	if (!t) {
		return -ENOMEM;
	}
	per_cpu(tables, cpu) = t;
	return 0;
}

void descriptors_init_cpu(unsigned int cpu)
{
	struct cpu_tables *t = per_cpu(tables, cpu);
	struct cpu_info *info = cpu_info();
	uintptr_t stack_base = (uintptr_t)(info + 1) - STACK_SIZE;

	t->gdt[gdt_index(HV_CS)] = DESC_CODE64_DPL0;
	t->gdt[gdt_index(HV_DS)] = DESC_DATA_DPL0;
	t->gdt[gdt_index(GUEST_CS32)] = DESC_CODE32_DPL3;
	t->gdt[gdt_index(GUEST_DS)] = DESC_DATA_DPL3;
	t->gdt[gdt_index(GUEST_CS64)] = DESC_CODE64_DPL3;
	gdt_set_system(t->gdt, TSS_SELECTOR, (uintptr_t)&t->tss,
		       sizeof(t->tss) - 1, DESC_TYPE_TSS);
	gdt_set_system(t->gdt, LDT_SELECTOR, 0, 0, DESC_TYPE_LDT);

	info->trap_stack = (uintptr_t)&info->regs.es;
	t->tss.rsp[0] = info->trap_stack;
	t->tss.ist[IST_NMI - 1] = stack_base + 1 * IST_SIZE;
	t->tss.ist[IST_DF - 1] = stack_base + 2 * IST_SIZE;
	t->tss.ist[IST_MCE - 1] = stack_base + 3 * IST_SIZE;
	t->tss.iomap = sizeof(t->tss);

	gdt_load_idle();
	cpu_load_segments(HV_CS, HV_DS);
	ltr(TSS_SELECTOR);
	idt_load();

	wrmsr(MSR_STAR, (uint64_t)GUEST_CS32 << 48 | (uint64_t)HV_CS << 32);
	wrmsr(MSR_LSTAR, (uintptr_t)syscall_entry);
	wrmsr(MSR_CSTAR, (uintptr_t)syscall32_entry);
	wrmsr(MSR_SYSCALL_MASK, RFLAGS_VM | RFLAGS_RF | RFLAGS_NT | RFLAGS_DF |
					RFLAGS_IF | RFLAGS_TF | RFLAGS_AC |
					RFLAGS_IOPL);
	wrmsr(MSR_KERNEL_GS_BASE, (uintptr_t)info);
	wrmsr(MSR_SYSENTER_CS, HV_CS);
	wrmsr(MSR_SYSENTER_ESP, info->trap_stack);
	wrmsr(MSR_SYSENTER_EIP, (uintptr_t)sysenter_entry);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
}

static void gdt_load_at(uint64_t base)
{
	struct table_ptr p = { .limit = HV_GDT_BASE + 0x6f, .base = base };

	lgdt(&p);
}

void gdt_load_idle(void)
{
	gdt_load_at((uintptr_t)this_cpu(tables)->gdt - HV_GDT_BASE);
}

void gdt_load_guest(uint64_t base)
{
	gdt_load_at(base);
}

mfn_t gdt_page_mfn(void)
{
	return mm_virt_to_mfn(this_cpu(tables));
}

void ldt_load(uint64_t base, unsigned int entries)
{
	if (!entries) {
		lldt(0);
		return;
	}
	gdt_set_system(this_cpu(tables)->gdt, LDT_SELECTOR, base,
		       entries * 8 - 1, DESC_TYPE_LDT);
	lldt(LDT_SELECTOR);
}

static void idt_set(unsigned int vector, unsigned int ist, unsigned int dpl)
{
	uint64_t addr = (uintptr_t)idt_stubs + vector * 16;
	const uint64_t present_intr_gate = 0x8e;

	idt[vector].low = (addr & 0xffff) | (uint64_t)HV_CS << 16 |
			  (uint64_t)ist << 32 |
			  (present_intr_gate | dpl << 5) << 40 |
			  (addr >> 16 & 0xffff) << 48;
	idt[vector].high = addr >> 32;
}

void idt_init(void)
{
	for (unsigned int v = 0; v < 256; v++) {
		idt_set(v, 0, 0);
	}
	idt_set(2, IST_NMI, 0);
	idt_set(3, 0, 3); /* int3 and into need no privilege */
	idt_set(4, 0, 3);
	idt_set(8, IST_DF, 0);
	idt_set(18, IST_MCE, 0);
}

void idt_load(void)
{
	struct table_ptr p = { .limit = sizeof(idt) - 1,
			       .base = (uintptr_t)idt };

	lidt(&p);
}
