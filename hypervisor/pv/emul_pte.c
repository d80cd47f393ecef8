/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's kernel writes to a page table of its own with an ordinary
 * instruction. The page is mapped read-only, so it faults; if the instruction
 * is one of the few that kernels use for it, it is decoded, its new value goes
 * through the same checks as a hypercall's, and the guest goes on behind it.
 *
 * Known: mov, xchg, cmpxchg, xadd, and the and/or/xor/add/sub, btr/bts/btc
 * forms with a register or immediate, 8 to 64 bits wide. Only L1 tables.
 */
#include "core/guest_access.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/ftype.h"
#include "mm/ftype_table.h"
#include "mm/upcalls.h"
#include "pv/guest_walk.h"
#include "pv/pv.h"
#include "x86/atomic.h"
#include "x86/insn.h"

#define ALU_FLAGS (RFLAGS_CF | BIT(2) | BIT(4) | BIT(6) | BIT(7) | BIT(11))
#define FLAG_ZF	  BIT(6)

enum op {
	OP_MOV,
	OP_XCHG,
	OP_CMPXCHG,
	OP_XADD,
	OP_AND,
	OP_OR,
	OP_XOR,
	OP_ADD,
	OP_SUB,
	OP_BTR,
	OP_BTS,
	OP_BTC
};

struct decoded {
	uint8_t bytes[15];
	unsigned int len, at;
	bool rex, rex_w, rex_r, rex_x, rex_b, opsize16;
	enum op op;
	unsigned int width; /* bytes, 1 to 8 */
	uint64_t *reg;	    /* register operand, NULL: imm */
	bool high_byte;	    /* ah ch dh bh */
	uint64_t imm;
};

static bool fetch(struct decoded *i, uint8_t *b)
{
	if (i->at >= i->len) {
		return false;
	}
	*b = i->bytes[i->at++];
	return true;
}

static uint64_t *gpr(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
		&r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
		&r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}

static bool prefixes(struct decoded *i, uint8_t *opcode)
{
	uint8_t b;

	while (fetch(i, &b)) {
		if (b == 0x66) {
			i->opsize16 = true;
		} else if (b == 0xf0 || b == 0x2e || b == 0x36 || b == 0x3e ||
			   b == 0x26 || b == 0x64 || b == 0x65 || b == 0xf2 ||
			   b == 0xf3) {
			continue;
		} else if ((b & 0xf0) == 0x40) {
			i->rex = true;
			i->rex_w = b & 8;
			i->rex_r = b & 4;
			i->rex_x = b & 2;
			i->rex_b = b & 1;
			return fetch(i, opcode);
		} else {
			*opcode = b;
			return true;
		}
	}
	return false;
}

/* Skip a memory operand: its address is what faulted. *reg: the reg field. */
static bool modrm_memory(struct decoded *i, unsigned int *reg)
{
	uint8_t m, sib;
	unsigned int mod, rm, disp = 0;

	if (!fetch(i, &m)) {
		return false;
	}
	mod = m >> 6;
	rm = m & 7;
	*reg = m >> 3 & 7;
	if (mod == 3) {
		return false;
	}
	if (rm == 4) {
		if (!fetch(i, &sib)) {
			return false;
		}
		if (mod == 0 && (sib & 7) == 5) {
			disp = 4;
		}
	} else if (mod == 0 && rm == 5) {
		disp = 4;
	}
	disp = mod == 1 ? 1 : mod == 2 ? 4 : disp;
	i->at += disp;
	return i->at <= i->len;
}

static void use_register(struct decoded *i, struct cpu_user_regs *regs,
			 unsigned int reg)
{
	if (i->width == 1 && !i->rex && reg >= 4) {
		i->high_byte = true;
		i->reg = gpr(regs, reg - 4);
	} else {
		i->reg = gpr(regs, reg | (i->rex_r ? 8 : 0));
	}
}

/* Sign-extended immediate of `bytes` bytes. */
static bool use_immediate(struct decoded *i, unsigned int bytes)
{
	uint64_t v = 0;
	uint8_t b;

	for (unsigned int n = 0; n < bytes; n++) {
		if (!fetch(i, &b)) {
			return false;
		}
		v |= (uint64_t)b << (8 * n);
	}
	i->imm = (uint64_t)((int64_t)(v << (64 - 8 * bytes)) >>
			    (64 - 8 * bytes));
	return true;
}

static unsigned int operand_width(const struct decoded *i, bool byte)
{
	return byte ? 1 : i->rex_w ? 8 : i->opsize16 ? 2 : 4;
}

static bool alu_op(unsigned int n, enum op *op)
{
	static const enum op ops[8] = { OP_ADD, OP_OR,	0,	0,
					OP_AND, OP_SUB, OP_XOR, 0 };

	*op = ops[n];
	return n == 0 || n == 1 || n == 4 || n == 5 || n == 6;
}

static bool bit_op(unsigned int n, enum op *op)
{
	static const enum op ops[8] = { 0, 0, 0, 0, 0, OP_BTS, OP_BTR, OP_BTC };

	*op = ops[n];
	return n >= 5;
}

static bool decode_0f(struct decoded *i, struct cpu_user_regs *regs)
{
	unsigned int reg;
	uint8_t b;

	if (!fetch(i, &b)) {
		return false;
	}
	i->width = operand_width(i, false);
	switch (b) {
	case 0xb0:
	case 0xc0:
		i->width = 1;
		__attribute__((fallthrough));
	case 0xb1:
	case 0xc1:
		i->op = (b & 0xfe) == 0xb0 ? OP_CMPXCHG : OP_XADD;
		break;
	case 0xab:
		i->op = OP_BTS;
		break;
	case 0xb3:
		i->op = OP_BTR;
		break;
	case 0xbb:
		i->op = OP_BTC;
		break;
	case 0xba:
		return modrm_memory(i, &reg) && bit_op(reg, &i->op) &&
		       use_immediate(i, 1);
	default:
		return false;
	}
	if (!modrm_memory(i, &reg)) {
		return false;
	}
	use_register(i, regs, reg);
	return true;
}

static bool decode(struct decoded *i, struct cpu_user_regs *regs)
{
	unsigned int reg;
	uint8_t b;

	if (!prefixes(i, &b)) {
		return false;
	}
	if (b == 0x0f) {
		return decode_0f(i, regs);
	}
	i->width = operand_width(i, !(b & 1));
	switch (b) {
	case 0x88:
	case 0x89:
	case 0x86:
	case 0x87:
		i->op = b >= 0x88 ? OP_MOV : OP_XCHG;
		break;
	case 0x00:
	case 0x01:
	case 0x08:
	case 0x09:
	case 0x20:
	case 0x21:
	case 0x28:
	case 0x29:
	case 0x30:
	case 0x31:
		if (!alu_op(b >> 3, &i->op)) {
			return false;
		}
		break;
	case 0xc6:
	case 0xc7:
		i->op = OP_MOV;
		return modrm_memory(i, &reg) && !reg &&
		       use_immediate(i, i->width == 8 ? 4 : i->width);
	case 0x80:
	case 0x81:
		return modrm_memory(i, &reg) && alu_op(reg, &i->op) &&
		       use_immediate(i, i->width == 8 ? 4 : i->width);
	case 0x83:
		return modrm_memory(i, &reg) && alu_op(reg, &i->op) &&
		       use_immediate(i, 1);
	default:
		return false;
	}
	if (!modrm_memory(i, &reg)) {
		return false;
	}
	use_register(i, regs, reg);
	return true;
}

static uint64_t width_mask(unsigned int width)
{
	return width == 8 ? ~0UL : BIT(width * 8) - 1;
}

static uint64_t operand(const struct decoded *i)
{
	if (!i->reg) {
		return i->imm & width_mask(i->width);
	}
	return (i->high_byte ? *i->reg >> 8 : *i->reg) & width_mask(i->width);
}

static void set_register(const struct decoded *i, uint64_t *reg, bool high,
			 uint64_t value)
{
	unsigned int shift = high ? 8 : 0;
	uint64_t mask = width_mask(i->width) << shift;

	if (i->width == 4) {
		*reg = (uint32_t)value;
	} else {
		*reg = (*reg & ~mask) | (value << shift & mask);
	}
}

/* The new value of the operand; cmpxchg that does not match: false. */
static bool compute(const struct decoded *i, const struct cpu_user_regs *regs,
		    uint64_t old, uint64_t *new)
{
	uint64_t src = operand(i), mask = width_mask(i->width);
	uint64_t bit = 1UL << (src & (i->width * 8 - 1));

	switch (i->op) {
	case OP_MOV:
	case OP_XCHG:
		*new = src;
		break;
	case OP_CMPXCHG:
		*new = src;
		return (regs->rax & mask) == old;
	case OP_XADD:
	case OP_ADD:
		*new = old + src;
		break;
	case OP_SUB:
		*new = old - src;
		break;
	case OP_AND:
		*new = old &src;
		break;
	case OP_OR:
		*new = old | src;
		break;
	case OP_XOR:
		*new = old ^ src;
		break;
	case OP_BTR:
		*new = old & ~bit;
		break;
	case OP_BTS:
		*new = old | bit;
		break;
	case OP_BTC:
		*new = old ^ bit;
		break;
	}
	*new &= mask;
	return true;
}

/* Registers and flags after the instruction. */
static void retire(const struct decoded *i, struct cpu_user_regs *regs,
		   uint64_t old, uint64_t new, bool stored)
{
	uint64_t top = BIT(i->width * 8 - 1);

	switch (i->op) {
	case OP_MOV:
		break;
	case OP_XCHG:
		set_register(i, i->reg, i->high_byte, old);
		break;
	case OP_CMPXCHG:
		regs->rflags =
			(regs->rflags & ~ALU_FLAGS) | (stored ? FLAG_ZF : 0);
		if (!stored) {
			set_register(i, &regs->rax, false, old);
		}
		break;
	case OP_BTR:
	case OP_BTS:
	case OP_BTC:
		regs->rflags &= ~RFLAGS_CF;
		if (old >> (operand(i) & (i->width * 8 - 1)) & 1) {
			regs->rflags |= RFLAGS_CF;
		}
		break;
	case OP_XADD:
		set_register(i, i->reg, i->high_byte, old);
		__attribute__((fallthrough));
	case OP_ADD:
	case OP_SUB:
	case OP_AND:
	case OP_OR:
	case OP_XOR:
		regs->rflags &= ~ALU_FLAGS;
		if (!new) {
			regs->rflags |= FLAG_ZF;
		}
		if (new &top) {
			regs->rflags |= BIT(7);
		}
		if (!__builtin_parity((unsigned int)new & 0xff)) {
			regs->rflags |= BIT(2);
		}
		if ((i->op == OP_ADD || i->op == OP_XADD) && new < old) {
			regs->rflags |= RFLAGS_CF;
		}
		if (i->op == OP_SUB && new > old) {
			regs->rflags |= RFLAGS_CF;
		}
		break;
	}
	regs->rip += i->at;
	regs->rflags &= ~RFLAGS_RF;
}

/* Replace part of the entry; goes round until nobody changed it in between. */
static bool update_entry(struct vcpu *v, struct page_info *table,
			 unsigned int slot, unsigned int offset,
			 const struct decoded *i, struct cpu_user_regs *regs)
{
	const pte_t *entries = page_to_virt(table);
	unsigned int shift = offset * 8;
	uint64_t mask = width_mask(i->width) << shift;

	for (;;) {
		pte_t old = pte(read_once(entries[slot].raw)), before;
		uint64_t part = (old.raw & mask) >> shift, new = 0;
		struct page_info *pending;
		struct pte_change change = { .if_equal = true,
					     .expected = old };
		int rc;

		if (!compute(i, regs, part, &new)) {
			retire(i, regs, part, part, false);
			return true;
		}
		change.to = pte((old.raw & ~mask) | (new << shift &mask));
		rc = table_set_entry(table, 1, slot, &change, v->domain,
				     v->domain, &before, &pending);
		if (rc == -EAGAIN) {
			continue;
		}
		if (rc == -ERESTART) {
			return true; /* it executes it once more */
		}
		if (rc) {
			return false;
		}
		retire(i, regs, part, new, true);
		return true;
	}
}

bool pv_emulate_pte_write(struct vcpu *v, struct cpu_user_regs *regs,
			  uint64_t cr2)
{
	struct decoded i = { .len = 0 };
	struct page_info *table;
	bool done = false;
	pte_t mapping;

	if (!guest_walk(v, cr2, &mapping) || mapping.raw & PTE_RW ||
	    !mfn_valid(pte_mfn(mapping))) {
		return false;
	}
	table = mfn_to_page(pte_mfn(mapping));
	if ((page_type(table) & PGT_TYPE_MASK) != PGT_L1 ||
	    !(page_type(table) & PGT_COUNT_MASK)) {
		return false;
	}
	i.len = (unsigned int)guest_copy_in_partial(i.bytes, regs->rip,
						    sizeof(i.bytes));
	if (!decode(&i, regs) || cr2 % 8 + i.width > 8) {
		return false;
	}
	if (frame_get_typed(table, PGT_L1, v->domain, false)) {
		return false;
	}
	done = update_entry(v, table, (unsigned int)(cr2 % PAGE_SIZE / 8),
			    cr2 % 8, &i, regs);
	frame_put_typed(table, v->domain);
	return done;
}
