/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a PV guest sees of CPUID: the machine's, less what ring 3 cannot have or
 * the hypervisor keeps, plus the hypervisor's own leaves (<xen/arch-x86/
 * cpuid.h>). Bits: SDM 2A CPUID, APM 3 E.
 */
#include <xen/arch-x86/cpuid.h>

#include "core/hostinfo.h"
#include "cpu/clock.h"
#include "cpu/xstate.h"
#include "lib/string.h"
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/percpu.h"

/* Leaf 1. */
#define L1C_HIDE                                                            \
	(BIT(2) /* DTES64 */ | BIT(3) /* MONITOR */ | BIT(4) /* DS-CPL */ | \
	 BIT(5) /* VMX */ | BIT(6) /* SMX */ | BIT(7) /* EIST */ |          \
	 BIT(8) /* TM2 */ | BIT(14) /* xTPR */ | BIT(15) /* PDCM */ |       \
	 BIT(17) /* PCID */ | BIT(18) /* DCA */ | BIT(21) /* x2APIC */ |    \
	 BIT(24) /* TSC deadline */ | BIT(27) /* OSXSAVE */)
#define L1C_OSXSAVE    BIT(27)
#define L1C_HYPERVISOR BIT(31)
#define L1C_XSAVE      (BIT(26) | BIT(28) /* AVX */ | BIT(29) | BIT(12))
#define L1D_HIDE                                                       \
	(BIT(1) /* VME */ | BIT(3) /* PSE */ | BIT(7) /* MCE */ |      \
	 BIT(12) /* MTRR */ | BIT(13) /* PGE */ | BIT(14) /* MCA */ |  \
	 BIT(17) /* PSE36 */ | BIT(21) /* DS */ | BIT(22) /* ACPI */ | \
	 BIT(29) /* TM */ | BIT(31) /* PBE */)
/* Leaf 7: what works in ring 3 without the hypervisor's help. */
#define L7B_SHOW                                                               \
	(BIT(3) | BIT(4) | BIT(5) | BIT(8) | BIT(9) | BIT(11) | BIT(16) |      \
	 BIT(17) | BIT(18) | BIT(19) | BIT(21) | BIT(23) | BIT(24) | BIT(28) | \
	 BIT(29) | BIT(30) | BIT(31))
#define L7C_SHOW                                                           \
	(BIT(1) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | \
	 BIT(14) | BIT(22))
#define L7D_SHOW (BIT(2) | BIT(3) | BIT(4) | BIT(8))
/* Leaf 0x80000001. */
#define E1C_HIDE                                                               \
	(BIT(2) /* SVM */ | BIT(3) /* ext APIC */ | BIT(9) /* OSVW */ |        \
	 BIT(10) /* IBS */ | BIT(12) /* SKINIT */ | BIT(13) | BIT(15) |        \
	 BIT(19) | BIT(22) | BIT(23) | BIT(24) | BIT(26) | BIT(27) | BIT(28) | \
	 BIT(29) /* MWAITX */)
#define E1D_HIDE                                                            \
	(BIT(1) | BIT(3) | BIT(7) | BIT(12) | BIT(13) | BIT(14) | BIT(17) | \
	 BIT(25) /* FFXSR */ | BIT(26) /* 1 GiB pages */)

#define XEN_LEAF_BASE 0x40000000
#define XEN_LEAF_LAST (XEN_LEAF_BASE + 5)

static void xen_leaf(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
		     struct cpuid_regs *r)
{
	switch (leaf - XEN_LEAF_BASE) {
	case 0:
		r->eax = XEN_LEAF_LAST;
		r->ebx = XEN_CPUID_SIGNATURE_EBX;
		r->ecx = XEN_CPUID_SIGNATURE_ECX;
		r->edx = XEN_CPUID_SIGNATURE_EDX;
		break;
	case 1:
		r->eax = HOST_XEN_MAJOR << 16 | HOST_XEN_MINOR;
		break;
	case 2:
		r->eax = 1;	     /* hypercall pages */
		r->ebx = 0x40000000; /* MSR of the hypercall page */
		r->ecx = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	case 3:
		if (subleaf == 0) {
			r->eax = guest_time_tsc_stable
					 ? BIT(1) /* host TSC reliable */
					 : 0;
			r->ebx = 2; /* TSC never emulated */
			r->ecx = (uint32_t)clock_tsc_khz;
		} else if (subleaf == 1) {
			r->eax = (uint32_t)(clock_tsc_to_ns(0));
			r->ebx = (uint32_t)((uint64_t)clock_tsc_to_ns(0) >> 32);
			r->ecx = clock_tsc_scale.mul;
			r->edx = (uint32_t)(int32_t)clock_tsc_scale.shift;
		} else if (subleaf == 2) {
			r->eax = (uint32_t)clock_tsc_khz;
		}
		break;
	case 5:
		r->ebx = host_paddr_bits();
		break;
	}
	(void)v;
}

static void mask_leaf(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
	switch (leaf) {
	case 1:
		r->ecx &= ~(uint32_t)L1C_HIDE;
		r->ecx |= (uint32_t)L1C_HYPERVISOR;
		if (!xstate_mask) {
			r->ecx &= ~(uint32_t)L1C_XSAVE;
		} else {
			/* Linux looks before it sets CR4: the machine's own
			 * bit, which ring 3 sees without us as well. */
			r->ecx |= (uint32_t)L1C_OSXSAVE;
		}
		r->edx &= ~(uint32_t)L1D_HIDE;
		break;
	case 7:
		r->eax = 0; /* subleaf 0 only */
		r->ebx &= subleaf ? 0 : (uint32_t)L7B_SHOW;
		r->ecx &= subleaf ? 0 : (uint32_t)L7C_SHOW;
		r->edx &= subleaf ? 0 : (uint32_t)L7D_SHOW;
		if ((xstate_mask & 0xe0) != 0xe0) {
			r->ebx &= ~(uint32_t)(BIT(16) | BIT(17) | BIT(21) |
					      BIT(28) | BIT(30) | BIT(31));
		}
		break;
	case 0x80000001:
		r->ecx &= ~(uint32_t)E1C_HIDE;
		r->edx &= ~(uint32_t)E1D_HIDE;
		r->edx |= BIT(11); /* SYSCALL: the kernel entry of the ABI */
		break;
	case 0x80000007:
		r->eax = r->ebx = r->ecx = 0;
		r->edx &= BIT(8); /* invariant TSC */
		break;
	case 5:
	case 6:
	case 9:
	case 0xa:
	case 0xf:
	case 0x10:
	case 0x12:
	case 0x14:
	case 0x8000000a:
	case 0x8000001b:
	case 0x8000001c:
	case 0x8000001f:
		memset(r, 0, sizeof(*r));
		break;
	}
}

static void xstate_leaf(const struct vcpu *v, uint32_t subleaf,
			struct cpuid_regs *r)
{
	if (!xstate_mask) {
		memset(r, 0, sizeof(*r));
	} else if (subleaf == 0) {
		/* EBX of the machine is about the XCR0 loaded now, which is
		 * this guest's. */
		r->eax = (uint32_t)xstate_mask;
		r->ecx = (uint32_t)xstate_size();
		r->edx = (uint32_t)(xstate_mask >> 32);
	} else if (subleaf == 1) {
		r->eax &= BIT(0) | BIT(2); /* XSAVEOPT, XGETBV1 */
		r->ebx = r->ecx = r->edx = 0;
	} else if (subleaf > 63 || !(xstate_mask >> subleaf & 1)) {
		memset(r, 0, sizeof(*r));
	}
	(void)v;
}

void pv_cpuid(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
	      struct cpuid_regs *out)
{
	memset(out, 0, sizeof(*out));
	if (leaf >= XEN_LEAF_BASE && leaf <= XEN_LEAF_BASE + 0xffff) {
		if (leaf <= XEN_LEAF_LAST) {
			xen_leaf(v, leaf, subleaf, out);
		}
		return;
	}
	*out = cpuid(leaf, subleaf);
	if (leaf == 0xd) {
		xstate_leaf(v, subleaf, out);
	} else {
		mask_leaf(leaf, subleaf, out);
	}
}
