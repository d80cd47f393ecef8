/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions a guest kernel uses; some are emulated, some trap. */
#ifndef RT_INSN_H
#define RT_INSN_H

#include "rt/types.h"

static inline void barrier(void)
{
	asm volatile("" ::: "memory");
}

static inline void cpu_relax(void)
{
	asm volatile("pause" ::: "memory");
}

static inline unsigned long insn_read_rsp(void)
{
	unsigned long rsp;

	asm volatile("mov %%rsp, %0" : "=r"(rsp));
	return rsp;
}

static inline uint64_t insn_rdtsc(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

struct insn_regs {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct insn_regs insn_cpuid(uint32_t leaf, uint32_t sub)
{
	struct insn_regs r;

	asm volatile("cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "0"(leaf), "2"(sub));
	return r;
}

/* The hypervisor's view: #UD prefix, then cpuid. */
static inline struct insn_regs insn_cpuid_pv(uint32_t leaf, uint32_t sub)
{
	struct insn_regs r;

	asm volatile("ud2a; .ascii \"xen\"; cpuid"
		     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
		     : "0"(leaf), "2"(sub));
	return r;
}

static inline uint64_t insn_rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void insn_wrmsr(uint32_t msr, uint64_t val)
{
	asm volatile("wrmsr" ::"c"(msr), "a"((uint32_t)val),
		     "d"((uint32_t)(val >> 32))
		     : "memory");
}

static inline uint8_t insn_inb(uint16_t port)
{
	uint8_t v;

	asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void insn_outb(uint16_t port, uint8_t v)
{
	asm volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static inline uint32_t insn_inl(uint16_t port)
{
	uint32_t v;

	asm volatile("inl %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void insn_outl(uint16_t port, uint32_t v)
{
	asm volatile("outl %0, %1" ::"a"(v), "Nd"(port));
}

#define INSN_DEFINE_REG(reg)                                            \
	static inline unsigned long insn_read_##reg(void)               \
	{                                                               \
		unsigned long v;                                        \
                                                                        \
		asm volatile("mov %%" #reg ", %0" : "=r"(v)::"memory"); \
		return v;                                               \
	}                                                               \
	static inline void insn_write_##reg(unsigned long v)            \
	{                                                               \
		asm volatile("mov %0, %%" #reg ::"r"(v) : "memory");    \
	}

INSN_DEFINE_REG(cr0)
INSN_DEFINE_REG(cr2)
INSN_DEFINE_REG(cr3)
INSN_DEFINE_REG(cr4)
INSN_DEFINE_REG(dr0)
INSN_DEFINE_REG(dr1)
INSN_DEFINE_REG(dr2)
INSN_DEFINE_REG(dr3)
INSN_DEFINE_REG(dr6)
INSN_DEFINE_REG(dr7)

static inline void insn_invlpg(const void *va)
{
	asm volatile("invlpg (%0)" ::"r"(va) : "memory");
}

#define INSN_DEFINE_SEG(seg)                                  \
	static inline uint16_t insn_read_##seg(void)          \
	{                                                     \
		uint16_t v;                                   \
                                                              \
		asm volatile("mov %%" #seg ", %0" : "=r"(v)); \
		return v;                                     \
	}

INSN_DEFINE_SEG(cs)
INSN_DEFINE_SEG(ss)
INSN_DEFINE_SEG(ds)
INSN_DEFINE_SEG(es)
INSN_DEFINE_SEG(fs)
INSN_DEFINE_SEG(gs)

static inline unsigned long insn_read_flags(void)
{
	unsigned long f;

	asm volatile("pushfq; pop %0" : "=r"(f));
	return f;
}

#endif
