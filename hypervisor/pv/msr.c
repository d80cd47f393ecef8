/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MSRs of a PV guest. A list of what there is; everything else is #GP, as for a
 * register that the CPU does not have.
 */
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/msr_index.h"
#include "x86/uaccess.h"

#define APIC_BASE_X2APIC BIT(10)

bool pv_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_PAT:
	case MSR_MISC_ENABLE:
	case MSR_PLATFORM_ID:
		return !rdmsr_safe(msr, value);
	case MSR_KERNEL_GS_BASE:
		*value = v->pv.gs_base_other;
		return true;
	case MSR_EFER:
		*value = rdmsr(MSR_EFER) & ~EFER_SVME;
		return true;
	case MSR_APIC_BASE:
		*value = rdmsr(MSR_APIC_BASE) & ~APIC_BASE_X2APIC;
		return true;
	case MSR_UCODE_REV:
	case MSR_PLATFORM_INFO:
	case MSR_MISC_FEATURES:
	case MSR_K8_HWCR:
		/* Read by every kernel; nothing of them is the guest's. */
		*value = 0;
		return true;
	case MSR_TSC:
		*value = rdtsc();
		return true;
	}
	return false;
}

bool pv_wrmsr(struct vcpu *v, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
		if (!va_canonical(value)) {
			return false;
		}
		wrmsr(msr, value);
		return true;
	case MSR_KERNEL_GS_BASE:
		if (!va_canonical(value)) {
			return false;
		}
		v->pv.gs_base_other = value;
		return true;
	case MSR_PAT:
		/* Ours for all guests; writing it unchanged is fine. */
		return value == rdmsr(MSR_PAT);
	case MSR_UCODE_REV:
	case MSR_MISC_FEATURES:
	case MSR_K8_HWCR:
		return value == 0;
	}
	return false;
}
