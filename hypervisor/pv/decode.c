/* SPDX-License-Identifier: BSD-2-Clause */
/* See decode.h. */
#include "pv/decode.h"

bool insn_byte(struct insn *i, uint8_t *b)
{
	if (i->at >= i->len) {
		return false;
	}
	*b = i->bytes[i->at++];
	return true;
}

bool insn_opcode(struct insn *i, uint8_t *opcode)
{
	while (insn_byte(i, opcode)) {
		switch (*opcode) {
		case 0x66:
			i->opsize16 = true;
			break;
		case 0xf2:
		case 0xf3:
			i->rep = true;
			break;
		case 0x26: /* segments, address size, lock */
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
		case 0x67:
		case 0xf0:
			break;
		case 0x40 ... 0x4f: /* REX is the last of them */
			i->rex = true;
			i->rex_w = *opcode & 8;
			i->rex_r = *opcode & 4;
			i->rex_b = *opcode & 1;
			return insn_byte(i, opcode);
		default:
			return true;
		}
	}
	return false;
}

/* The bytes of an address behind its ModRM byte. */
static bool skip_address(struct insn *i, unsigned int mod, unsigned int rm)
{
	static const uint8_t displacement[3] = { 0, 1, 4 };
	unsigned int disp = displacement[mod];
	uint8_t sib;

	if (rm == 4) {
		if (!insn_byte(i, &sib)) {
			return false;
		}
		rm = sib & 7;
	}
	if (mod == 0 && rm == 5) {
		disp = 4;
	}
	i->at += disp;
	return i->at <= i->len;
}

static bool modrm(struct insn *i, bool memory)
{
	uint8_t m;

	if (!insn_byte(i, &m) || (m >> 6 == 3) == memory) {
		return false;
	}
	i->reg = (m >> 3 & 7) | (i->rex_r ? 8 : 0);
	i->rm = (m & 7) | (i->rex_b ? 8 : 0);
	return !memory || skip_address(i, m >> 6, m & 7);
}

bool insn_modrm_register(struct insn *i)
{
	return modrm(i, false);
}

bool insn_modrm_memory(struct insn *i)
{
	return modrm(i, true);
}

bool insn_immediate(struct insn *i, unsigned int bytes, uint64_t *value)
{
	unsigned int unused = 64 - 8 * bytes;
	uint64_t v = 0;
	uint8_t b;

	for (unsigned int n = 0; n < bytes; n++) {
		if (!insn_byte(i, &b)) {
			return false;
		}
		v |= (uint64_t)b << (8 * n);
	}
	*value = (uint64_t)((int64_t)(v << unused) >> unused);
	return true;
}

unsigned int insn_width(const struct insn *i)
{
	return i->rex_w ? 8 : i->opsize16 ? 2 : 4;
}

uint64_t *insn_gpr(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
		&r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
		&r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}
