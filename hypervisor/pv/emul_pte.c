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
#include "pv/decode.h"
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
	struct insn insn;
	enum op op;
	unsigned int width; /* bytes, 1 to 8 */
	uint64_t *reg;	    /* register operand, NULL: imm */
	bool high_byte;	    /* ah ch dh bh */
	uint64_t imm;
};

/* A memory operand, whose address is what faulted, and a register. */
static bool use_register(struct decoded *i, struct cpu_user_regs *regs)
{
	if (!insn_modrm_memory(&i->insn)) {
		return false;
	}
	i->high_byte = i->width == 1 && !i->insn.rex && i->insn.reg >= 4;
	i->reg = insn_gpr(regs, i->high_byte ? i->insn.reg - 4 : i->insn.reg);
	return true;
}

/* A memory operand, the operation in place of a register, an immediate. */
static bool use_immediate(struct decoded *i, unsigned int bytes,
			  bool (*op_of)(unsigned int n, enum op *op))
{
	return insn_modrm_memory(&i->insn) && op_of(i->insn.reg & 7, &i->op) &&
	       insn_immediate(&i->insn, min(bytes, 4U), &i->imm);
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

static bool mov_op(unsigned int n, enum op *op)
{
	*op = OP_MOV;
	return n == 0;
}

static bool decode_0f(struct decoded *i, struct cpu_user_regs *regs)
{
	uint8_t b;

	if (!insn_byte(&i->insn, &b)) {
		return false;
	}
	i->width = insn_width(&i->insn);
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
		return use_immediate(i, 1, bit_op);
	default:
		return false;
	}
	return use_register(i, regs);
}

static bool decode(struct decoded *i, struct cpu_user_regs *regs)
{
	uint8_t b;

	if (!insn_opcode(&i->insn, &b)) {
		return false;
	}
	if (b == 0x0f) {
		return decode_0f(i, regs);
	}
	i->width = b & 1 ? insn_width(&i->insn) : 1;
	switch (b) {
	case 0x88:
	case 0x89:
		i->op = OP_MOV;
		break;
	case 0x86:
	case 0x87:
		i->op = OP_XCHG;
		break;
	case 0x00 ... 0x31:
		if ((b & 7) > 1 || !alu_op(b >> 3, &i->op)) {
			return false;
		}
		break;
	case 0xc6:
	case 0xc7:
		return use_immediate(i, i->width, mov_op);
	case 0x80:
	case 0x81:
		return use_immediate(i, i->width, alu_op);
	case 0x83:
		return use_immediate(i, 1, alu_op);
	default:
		return false;
	}
	return use_register(i, regs);
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
	regs->rip += i->insn.at;
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
	struct decoded i = { .width = 0 };
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
	i.insn.len = (unsigned int)guest_copy_in_partial(i.insn.bytes,
							 regs->rip, INSN_MAX);
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
