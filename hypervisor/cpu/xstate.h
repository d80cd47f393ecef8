/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extended register state (x87, SSE, AVX, ...): switched eagerly with the vCPU.
 * SDM 1 chapter 13. Without XSAVE: the FXSAVE part alone.
 */
#ifndef HOSPES_CPU_XSTATE_H
#define HOSPES_CPU_XSTATE_H

#include "lib/types.h"

extern uint64_t xstate_mask; /* XCR0 bits that guests may have; 0: no XSAVE */

void xstate_init_bsp(void);
void xstate_init_cpu(void); /* on each CPU: CR4.OSXSAVE, XCR0 */

size_t xstate_size(void); /* bytes of an area for xstate_mask */
/* A fresh area: as after FNINIT, MXCSR 0x1f80. */
void xstate_reset(void *area);

/* The first 512 bytes came from outside: make the area loadable. */
void xstate_fix_legacy(void *area);

/* Move between registers and area; xcr0 is the guest's. */
void xstate_save(void *area, uint64_t xcr0);
void xstate_restore(void *area, uint64_t xcr0);

/* May a guest have this XCR0? (SDM 1 13.3) */
bool xstate_xcr0_ok(uint64_t xcr0);

#endif
