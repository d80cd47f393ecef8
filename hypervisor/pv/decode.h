/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An instruction of a 64-bit guest taken apart as far as the emulators of pv/
 * ask for: prefixes, ModRM with its displacement, immediates. Pure: bytes in,
 * fields out; every function is false at the end of the bytes there are.
 * (SDM 2A 2.1 and 2.2.1)
 */
#ifndef HOSPES_PV_DECODE_H
#define HOSPES_PV_DECODE_H

#include "lib/types.h"
#include "x86/regs.h"

#define INSN_MAX 15

struct insn {
	uint8_t bytes[INSN_MAX];
	unsigned int len, at; /* how many there are, and the next one */
	bool opsize16, rep;
	bool rex, rex_w, rex_r, rex_b;
	unsigned int reg, rm; /* of ModRM, with REX; rm if it is a register */
};

__must_check bool insn_byte(struct insn *i, uint8_t *b);

/* What stands before the opcode, and the opcode's first byte. */
__must_check bool insn_opcode(struct insn *i, uint8_t *opcode);

/* ModRM whose operand is a register, or one whose operand is memory: then its
 * address is skipped. False too if it is the other kind. */
__must_check bool insn_modrm_register(struct insn *i);
__must_check bool insn_modrm_memory(struct insn *i);

/* An immediate of 1, 2 or 4 bytes, sign-extended. */
__must_check bool insn_immediate(struct insn *i, unsigned int bytes,
				 uint64_t *value);

/* Width of an operand that the operand-size prefix and REX.W choose. */
unsigned int insn_width(const struct insn *i);

/* General register n, 0 to 15. */
uint64_t *insn_gpr(struct cpu_user_regs *regs, unsigned int n);

#endif
