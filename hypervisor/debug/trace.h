/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and call chains of a crash, with names for addresses. */
#ifndef HOSPES_DEBUG_TRACE_H
#define HOSPES_DEBUG_TRACE_H

#include "x86/regs.h"

void show_registers(const struct cpu_user_regs *regs);
/* From an instruction and the frame pointer that was current there. */
void show_backtrace(uint64_t rip, uint64_t rbp);

#endif
