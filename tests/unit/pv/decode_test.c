/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoder of pv/: instructions as an assembler writes them, each also cut
 * short at every byte, and all forms of ModRM against lengths computed from the
 * manual's table 2-2 in another way. Random bytes never reach beyond the end.
 */
#include "pv/decode.h"

#include <stdlib.h>
#include <string.h>

#include "../core/suite.h"

static struct insn insn_of(const void *bytes, unsigned int len)
{
	struct insn i = { .len = len };

	memcpy(i.bytes, bytes, len);
	return i;
}

struct sample {
	const char *text;
	uint8_t bytes[INSN_MAX];
	unsigned int len, before; /* all; up to and with the opcode */
	uint8_t opcode;
	unsigned int width;
	bool rep;
	unsigned int reg;
	unsigned int imm; /* bytes of it */
	uint64_t value;
};

/* All have a memory operand. */
static const struct sample samples[] = {
	{ "mov %eax,(%rdi)", { 0x89, 0x07 }, 2, 1, 0x89, 4, false, 0, 0, 0 },
	{ "mov %r9,8(%rsp)",
	  { 0x4c, 0x89, 0x4c, 0x24, 0x08 },
	  5,
	  2,
	  0x89,
	  8,
	  false,
	  9,
	  0,
	  0 },
	{ "movw $0x8001,0x11223344(,%r9,8)",
	  { 0x66, 0x42, 0xc7, 0x04, 0xcd, 0x44, 0x33, 0x22, 0x11, 0x01, 0x80 },
	  11,
	  3,
	  0xc7,
	  2,
	  false,
	  0,
	  2,
	  0xffffffffffff8001 },
	{ "movq $-2,0x100(%rip)",
	  { 0x48, 0xc7, 0x05, 0, 1, 0, 0, 0xfe, 0xff, 0xff, 0xff },
	  11,
	  2,
	  0xc7,
	  8,
	  false,
	  0,
	  4,
	  0xfffffffffffffffe },
	{ "lock andq $-0x80,%gs:0x80(%r13)",
	  { 0xf0, 0x65, 0x49, 0x83, 0xa5, 0x80, 0, 0, 0, 0x80 },
	  10,
	  4,
	  0x83,
	  8,
	  false,
	  4,
	  1,
	  0xffffffffffffff80 },
	{ "xrelease mov %ecx,(%rax)",
	  { 0xf3, 0x89, 0x08 },
	  3,
	  2,
	  0x89,
	  4,
	  true,
	  1,
	  0,
	  0 },
};

static void known(void)
{
	for (size_t n = 0; n < sizeof(samples) / sizeof(*samples); n++) {
		const struct sample *s = &samples[n];
		struct insn i = insn_of(s->bytes, s->len);
		uint64_t value = 0;
		uint8_t opcode = 0;

		CU_ASSERT(insn_opcode(&i, &opcode));
		CU_ASSERT(opcode == s->opcode && i.at == s->before);
		CU_ASSERT(insn_width(&i) == s->width && i.rep == s->rep);
		CU_ASSERT(insn_modrm_memory(&i));
		CU_ASSERT(i.reg == s->reg && i.at == s->len - s->imm);
		CU_ASSERT(!s->imm || insn_immediate(&i, s->imm, &value));
		CU_ASSERT(value == s->value && i.at == s->len);
	}
}

static void cut_short(void)
{
	for (size_t n = 0; n < sizeof(samples) / sizeof(*samples); n++) {
		const struct sample *s = &samples[n];

		for (unsigned int len = 0; len < s->len; len++) {
			struct insn i = insn_of(s->bytes, len);
			uint64_t value;
			uint8_t opcode;

			CU_ASSERT(!insn_opcode(&i, &opcode) ||
				  !insn_modrm_memory(&i) ||
				  !insn_immediate(&i, s->imm, &value));
		}
	}
}

/* Bytes from ModRM on, by the rows of the table. */
static unsigned int address_length(unsigned int m, unsigned int sib)
{
	unsigned int mod = m >> 6, rm = m & 7;
	bool has_sib = rm == 4;
	bool no_base = (has_sib ? sib & 7 : rm) == 5;

	switch (mod) {
	case 0:
		return 1 + has_sib + (no_base ? 4 : 0);
	case 1:
		return 1 + has_sib + 1;
	default:
		return 1 + has_sib + 4;
	}
}

static void every_modrm(void)
{
	for (unsigned int m = 0; m < 256; m++) {
		for (unsigned int sib = 0; sib < 256; sib++) {
			uint8_t bytes[] = {
				0x4f, 0x89, (uint8_t)m, (uint8_t)sib, 0, 0, 0, 0
			};
			struct insn i = insn_of(bytes, sizeof(bytes)), r;
			uint8_t opcode;

			CU_ASSERT(insn_opcode(&i, &opcode));
			r = i;
			if (m >= 0xc0) {
				CU_ASSERT(!insn_modrm_memory(&i));
				CU_ASSERT(insn_modrm_register(&r));
				CU_ASSERT(r.at == 3 && r.rm == (m & 7) + 8);
				CU_ASSERT(r.reg == (m >> 3 & 7) + 8);
			} else {
				CU_ASSERT(!insn_modrm_register(&r));
				CU_ASSERT(insn_modrm_memory(&i));
				CU_ASSERT(i.at == 2 + address_length(m, sib));
			}
		}
	}
}

static void prefixes(void)
{
	uint8_t bytes[INSN_MAX];
	struct insn i = insn_of("\x48\x66\x90", 3);
	uint8_t opcode;

	/* Nothing but REX's own opcode stands behind REX. */
	CU_ASSERT(insn_opcode(&i, &opcode) && opcode == 0x66 && !i.opsize16);
	memset(bytes, 0x66, sizeof(bytes));
	i = insn_of(bytes, sizeof(bytes));
	CU_ASSERT(!insn_opcode(&i, &opcode));
	bytes[INSN_MAX - 1] = 0xfa;
	i = insn_of(bytes, sizeof(bytes));
	CU_ASSERT(insn_opcode(&i, &opcode) && opcode == 0xfa);
	CU_ASSERT(i.at == INSN_MAX && insn_width(&i) == 2);
}

static void registers(void)
{
	struct cpu_user_regs r = { .rax = 0, .rsp = 4, .rdi = 7, .r15 = 15 };

	CU_ASSERT(insn_gpr(&r, 0) == &r.rax && *insn_gpr(&r, 4) == 4);
	CU_ASSERT(*insn_gpr(&r, 7) == 7 && *insn_gpr(&r, 15) == 15);
	CU_ASSERT(insn_gpr(&r, 1) == &r.rcx && insn_gpr(&r, 3) == &r.rbx);
}

static void random_bytes(void)
{
	srand(1);
	for (unsigned int round = 0; round < 200000; round++) {
		uint8_t bytes[INSN_MAX], opcode;
		unsigned int len = (unsigned int)rand() % (INSN_MAX + 1);
		struct insn i;
		uint64_t v;

		for (unsigned int n = 0; n < INSN_MAX; n++) {
			bytes[n] = (uint8_t)(rand() >> 7);
		}
		i = insn_of(bytes, len);
		if (insn_opcode(&i, &opcode) &&
		    (round % 2 ? insn_modrm_memory(&i)
			       : insn_modrm_register(&i)) &&
		    insn_immediate(&i, 1u << round % 3, &v)) {
			CU_ASSERT(i.at <= len && i.reg < 16 && i.rm < 16);
		}
	}
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "known instructions", known },
		{ "cut short", cut_short },
		{ "every ModRM", every_modrm },
		{ "prefixes", prefixes },
		{ "registers", registers },
		{ "random bytes", random_bytes },
		{ NULL, NULL },
	};

	return suite_run("instruction decoder", tests);
}
