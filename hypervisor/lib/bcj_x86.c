/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The encoder did not disassemble: it took a byte 0xe8 or 0xe9 as an opcode
 * when the operand's top byte was 0x00 or 0xff, and left it alone where
 * opcode bytes closely before it make that unlikely. The decoder must repeat
 * each of these guesses.
 *
 * `seen` is the memory for that: bit k says that k + 1 bytes before the
 * current position (0 <= k < 3) stood an opcode byte that was not converted.
 * Converting one clears it.
 */
#include "lib/bcj_x86.h"

#include "lib/string.h"

#define OPERAND_LEN 4

static bool is_sign_byte(uint32_t b)
{
	return b == 0x00 || b == 0xff;
}

/* How far the oldest of the opcode bytes seen reaches into the operand. */
static unsigned int bytes_shared(unsigned int seen)
{
	return seen >= 4 ? 3 : seen >= 2 ? 2 : seen;
}

/*
 * With opcode bytes before it, this one counts only if at most one precedes it
 * (or two at once, of which the pattern 011 and all above 100 are refused) and
 * the byte that would have been the earlier one's sign is not a sign byte.
 */
static bool may_convert(const uint8_t *at, unsigned int seen)
{
	if (!seen) {
		return true;
	}
	if (seen == 3 || seen > 4) {
		return false;
	}
	return !is_sign_byte(at[OPERAND_LEN - bytes_shared(seen)]);
}

/*
 * `next` is the address behind the instruction. The correction is needed once
 * at most: done twice it would give back the lower bits of `operand`, and
 * may_convert() has seen that their top byte is no sign byte.
 */
static uint32_t to_relative(uint32_t operand, uint32_t next, unsigned int seen)
{
	unsigned int shift = 8 * bytes_shared(seen);
	uint32_t rel = operand - next;

	if (seen && is_sign_byte((rel >> (24 - shift)) & 0xff)) {
		rel ^= (UINT32_C(1) << (32 - shift)) - 1;
		rel -= next;
	}
	/* 25 bits, sign extended: the top byte is 00 or ff again. */
	rel &= 0x01ffffff;
	return rel | (0 - (rel & 0x01000000));
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, 8);
	return w;
}

/* Half of a kernel is zeros. */
static uint8_t *skip_zeros(uint8_t *p, const uint8_t *end)
{
	while (end - p >= 32 &&
	       !(load64(p) | load64(p + 8) | load64(p + 16) | load64(p + 24))) {
		p += 32;
	}
	return p;
}

/* The first 0xe8 or 0xe9 in [p, end), or `end`; a word at a time. */
static uint8_t *find_opcode(uint8_t *p, uint8_t *end)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	while (end - p >= 8) {
		uint64_t w = load64(p);

		if (!w) {
			p = skip_zeros(p + 8, end);
			continue;
		}
		/* Now a byte to be found is 0: find the lowest of these. */
		w = (w & (ones * 0xfe)) ^ (ones * 0xe8);
		w = (w - ones) & ~w & (ones * 0x80);
		if (w) {
			return p + __builtin_ctzll(w) / 8;
		}
		p += 8;
	}
	while (p < end && (*p & 0xfe) != 0xe8) {
		p++;
	}
	return p;
}

void bcj_x86_decode(uint8_t *buf, size_t len, uint32_t start_offset)
{
	uint8_t *p = buf, *at, *end;
	unsigned int seen = 0;

	if (len <= OPERAND_LEN) {
		return;
	}
	end = buf + len - OPERAND_LEN;
	while ((at = find_opcode(p, end)) < end) {
		/* p is just behind the last opcode byte or operand. */
		seen = at - p < 3 ? (seen << (at - p)) & 7 : 0;
		p = at + 1;
		if (may_convert(at, seen) && is_sign_byte(at[OPERAND_LEN])) {
			uint32_t next, operand;

			next = start_offset + (uint32_t)(at - buf) + 5;
			memcpy(&operand, p, OPERAND_LEN);
			operand = to_relative(operand, next, seen);
			memcpy(p, &operand, OPERAND_LEN);
			p += OPERAND_LEN;
			seen = 0;
		} else {
			seen = ((seen << 1) | 1) & 7;
		}
	}
}
