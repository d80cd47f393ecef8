/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See xstate.h. XCR0 holds the guest's value while it runs and xstate_mask
 * while state is moved, so a component that one guest has off is never left in
 * the registers for another that turns it on.
 */
#include "cpu/xstate.h"

#include "debug/panic.h"
#include "debug/printk.h"
#include "lib/string.h"
#include "x86/insn.h"
#include "x86/uaccess.h"

#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_OSXSAVE    BIT(18)
#define CR0_MP	       BIT(1)
#define CR0_EM	       BIT(2)
#define CR0_TS	       BIT(3)
#define CR0_NE	       BIT(5)

#define XCR0_X87     BIT(0)
#define XCR0_SSE     BIT(1)
#define XCR0_AVX     BIT(2)
#define XCR0_AVX512  (BIT(5) | BIT(6) | BIT(7))
#define XCR0_OFFERED (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)

#define FXSAVE_SIZE  512
#define XSAVE_HEADER 64
#define FCW_RESET    0x37f
#define MXCSR_RESET  0x1f80
#define MXCSR_OFFSET 24

uint64_t xstate_mask;
static size_t area_size = FXSAVE_SIZE;

void xstate_init_cpu(void)
{
	uint64_t cr4 = read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT;

	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE);
	if (cpuid(1, 0).ecx & BIT(26)) {
		write_cr4(cr4 | CR4_OSXSAVE);
		xsetbv(0, xstate_mask ? xstate_mask : XCR0_X87);
	} else {
		write_cr4(cr4);
	}
}

void xstate_init_bsp(void)
{
	struct cpuid_regs r;

	if (cpuid(1, 0).ecx & BIT(26)) {
		r = cpuid(0xd, 0);
		xstate_mask = ((uint64_t)r.edx << 32 | r.eax) & XCR0_OFFERED;
		if ((xstate_mask & XCR0_AVX512) != XCR0_AVX512) {
			xstate_mask &= ~XCR0_AVX512;
		}
	}
	xstate_init_cpu();
	if (xstate_mask) {
		/* EBX: bytes for what XCR0 enables now. */
		area_size = cpuid(0xd, 0).ebx;
	}
	log_info("extended state: mask %#lx, %zu bytes\n", xstate_mask,
		 area_size);
}

size_t xstate_size(void)
{
	return area_size;
}

void xstate_reset(void *area)
{
	uint16_t fcw = FCW_RESET;
	uint32_t mxcsr = MXCSR_RESET;

	memset(area, 0, area_size);
	memcpy(area, &fcw, sizeof(fcw));
	memcpy((char *)area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
}

void xstate_save(void *area, uint64_t xcr0)
{
	if (!xstate_mask) {
		fxsave(area);
		return;
	}
	if (xcr0 != xstate_mask) {
		xsetbv(0, xstate_mask);
	}
	xsave(area, xstate_mask);
}

/* An area that the toolstack filled may be refused by the CPU. */
void xstate_restore(void *area, uint64_t xcr0)
{
	if (!xstate_mask) {
		if (fxrstor_safe(area)) {
			xstate_reset(area);
			BUG_ON(fxrstor_safe(area));
		}
		return;
	}
	xsetbv(0, xstate_mask);
	if (xrstor_safe(area, xstate_mask)) {
		guest_printk(LOG_WARN, "extended state refused by the CPU, "
				       "reset\n");
		xstate_reset(area);
		BUG_ON(xrstor_safe(area, xstate_mask));
	}
	if (xcr0 != xstate_mask) {
		xsetbv(0, xcr0);
	}
}

bool xstate_xcr0_ok(uint64_t xcr0)
{
	if (!(xcr0 & XCR0_X87) || (xcr0 & ~xstate_mask)) {
		return false;
	}
	if ((xcr0 & XCR0_AVX) && !(xcr0 & XCR0_SSE)) {
		return false;
	}
	if (xcr0 & XCR0_AVX512) {
		return (xcr0 & XCR0_AVX512) == XCR0_AVX512 && (xcr0 & XCR0_AVX);
	}
	return true;
}

void xstate_fix_legacy(void *area)
{
	uint64_t present = 3; /* x87 and SSE, standard format */
	uint32_t mxcsr;

	memcpy(&mxcsr, (char *)area + MXCSR_OFFSET, sizeof(mxcsr));
	mxcsr &= 0xffff;
	memcpy((char *)area + MXCSR_OFFSET, &mxcsr, sizeof(mxcsr));
	if (xstate_mask) {
		memset((char *)area + FXSAVE_SIZE, 0, XSAVE_HEADER);
		memcpy((char *)area + FXSAVE_SIZE, &present, sizeof(present));
	}
}
