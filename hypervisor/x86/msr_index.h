/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of the model-specific registers that are used (SDM 4, APM 2 A). */
#ifndef HOSPES_X86_MSR_INDEX_H
#define HOSPES_X86_MSR_INDEX_H

#define MSR_TSC		   0x10
#define MSR_PLATFORM_ID	   0x17
#define MSR_APIC_BASE	   0x1b
#define MSR_UCODE_REV	   0x8b
#define MSR_PLATFORM_INFO  0xce
#define MSR_MTRR_CAP	   0xfe
#define MSR_MISC_FEATURES  0x140
#define MSR_SYSENTER_CS	   0x174
#define MSR_SYSENTER_ESP   0x175
#define MSR_SYSENTER_EIP   0x176
#define MSR_MISC_ENABLE	   0x1a0
#define MSR_MTRR_PHYSBASE0 0x200
#define MSR_PAT		   0x277
#define MSR_TSC_DEADLINE   0x6e0
#define MSR_X2APIC_BASE	   0x800
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_CSTAR	   0xc0000083
#define MSR_SYSCALL_MASK   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102
#define MSR_K8_HWCR	   0xc0010015

#define EFER_SCE  BIT(0)
#define EFER_NXE  BIT(11)
#define EFER_SVME BIT(12)

#endif
