/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZMA2 as the .xz format defines it. LZMA is a range coder fed by adaptive
 * probabilities (11 bits each) which say whether the next symbol is a literal
 * byte, a match (length and distance) or a repetition of one of the last four
 * distances.
 *
 * This is where a compressed kernel spends its boot time, so decode_chunk()
 * keeps the coder in registers: every helper it calls is inlined. Bounds are
 * checked once per symbol, never per bit:
 *   input:  a symbol takes at most SYMBOL_INPUT_MAX bytes. Nearer than that to
 *           the end of the chunk the rest of it is moved to a buffer with as
 *           many zeros behind it, and decoding goes on there;
 *   output: a match is cut to nothing (an error) if it passes the chunk's end.
 */
#include "lib/lzma2.h"

#include "lib/errno.h"
#include "lib/match_copy.h"
#include "lib/string.h"

#define PROB_BITS  11
#define PROB_ONE   (1u << PROB_BITS)
#define PROB_SHIFT 5
#define RANGE_MIN  (UINT32_C(1) << 24)

/*
 * The longest symbol is a match: 1 + 1 + 10 (length) + 6 (slot) + 4 (align)
 * coded bits, each shrinks the range by 11 bits at most, and 26 direct ones:
 * less than 34 bytes.
 */
#define SYMBOL_INPUT_MAX 40

#define MATCH_LEN_MIN 2

struct range_coder {
	uint32_t range, code;
	const uint8_t *in;
};

struct span {
	const uint8_t *start; /* bytes since the last dictionary reset */
	uint8_t *pos;
	uint8_t *end;  /* of this chunk's output */
	uint8_t *room; /* end of the whole output buffer */
};

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

static __hot_inline void rc_normalize(struct range_coder *rc)
{
	if (rc->range < RANGE_MIN) {
		rc->range <<= 8;
		rc->code = (rc->code << 8) | *rc->in++;
	}
}

static __hot_inline bool rc_bit(struct range_coder *rc, uint16_t *prob)
{
	uint32_t p = *prob, bound;

	rc_normalize(rc);
	bound = (rc->range >> PROB_BITS) * p;
	if (rc->code < bound) {
		rc->range = bound;
		/* Is p + ((PROB_ONE - p) >> PROB_SHIFT), an operation less. */
		*prob = (uint16_t)((int32_t)p -
				   (((int32_t)p - (int32_t)PROB_ONE +
				     (1 << PROB_SHIFT) - 1) >>
				    PROB_SHIFT));
		return false;
	}
	rc->range -= bound;
	rc->code -= bound;
	*prob = (uint16_t)(p - (p >> PROB_SHIFT));
	return true;
}

/* One step down a tree of probabilities; `sym` is the path, 1 at its top. */
static __hot_inline uint32_t rc_step(struct range_coder *rc, uint16_t *probs,
				     uint32_t sym)
{
	if (rc_bit(rc, &probs[sym])) {
		return 2 * sym + 1;
	}
	return 2 * sym;
}

/* Numbers of so many bits, highest first, with a 1 before them. */
static __hot_inline uint32_t rc_tree3(struct range_coder *rc, uint16_t *probs)
{
	return rc_step(rc, probs, rc_step(rc, probs, rc_step(rc, probs, 1)));
}

static __hot_inline uint32_t rc_tree6(struct range_coder *rc, uint16_t *probs)
{
	uint32_t sym = rc_tree3(rc, probs);

	return rc_step(rc, probs, rc_step(rc, probs, rc_step(rc, probs, sym)));
}

static __hot_inline uint32_t rc_tree8(struct range_coder *rc, uint16_t *probs)
{
	return rc_step(rc, probs, rc_step(rc, probs, rc_tree6(rc, probs)));
}

/* Lowest bit first. */
static __hot_inline uint32_t rc_tree_reverse(struct range_coder *rc,
					     uint16_t *probs, unsigned int bits)
{
	uint32_t sym = 1, value = 0;

	for (unsigned int i = 0; i < bits; i++) {
		bool bit = rc_bit(rc, &probs[sym]);

		sym = (sym << 1) + bit;
		value |= (uint32_t)bit << i;
	}
	return value;
}

/* Bits of even odds, appended to `value`. */
static __hot_inline uint32_t rc_direct(struct range_coder *rc, uint32_t value,
				       unsigned int bits)
{
	while (bits--) {
		uint32_t borrow;

		rc_normalize(rc);
		rc->range >>= 1;
		rc->code -= rc->range;
		borrow = 0 - (rc->code >> 31);
		rc->code += rc->range & borrow;
		value = (value << 1) + borrow + 1;
	}
	return value;
}

static __hot_inline uint8_t literal_plain(struct range_coder *rc,
					  uint16_t *probs)
{
	return (uint8_t)rc_tree8(rc, probs);
}

/*
 * After a match the byte at its distance is known to be wrong: as long as the
 * bits agree with that byte, they come from probabilities of their own.
 */
struct matched {
	uint32_t sym, offset, byte;
};

static __hot_inline void matched_step(struct range_coder *rc, uint16_t *probs,
				      struct matched *m)
{
	uint32_t bit;

	m->byte <<= 1;
	bit = m->byte & m->offset;
	if (rc_bit(rc, &probs[m->offset + bit + m->sym])) {
		m->sym = (m->sym << 1) + 1;
		m->offset = bit;
	} else {
		m->sym <<= 1;
		m->offset ^= bit;
	}
}

static __hot_inline uint8_t literal_matched(struct range_coder *rc,
					    uint16_t *probs, uint8_t match)
{
	struct matched m = { .sym = 1, .offset = 0x100, .byte = match };

	do {
		matched_step(rc, probs, &m);
		matched_step(rc, probs, &m);
		matched_step(rc, probs, &m);
		matched_step(rc, probs, &m);
	} while (m.sym < 0x100);
	return (uint8_t)m.sym;
}

static __hot_inline uint32_t decode_length(struct range_coder *rc,
					   struct lzma_length_probs *probs,
					   unsigned int pos_state)
{
	if (!rc_bit(rc, &probs->beyond_low)) {
		return rc_tree3(rc, probs->low[pos_state]) - 8 + MATCH_LEN_MIN;
	}
	if (!rc_bit(rc, &probs->beyond_mid)) {
		return rc_tree3(rc, probs->mid[pos_state]) + MATCH_LEN_MIN;
	}
	return rc_tree8(rc, probs->high) - 256 + 16 + MATCH_LEN_MIN;
}

static __hot_inline uint32_t decode_distance(struct range_coder *rc,
					     struct lzma_probs *probs,
					     uint32_t len)
{
	uint32_t set = len < 3 + MATCH_LEN_MIN ? len - MATCH_LEN_MIN : 3;
	uint32_t slot = rc_tree6(rc, probs->slot[set]) - 64;
	uint32_t dist;
	unsigned int bits;

	if (slot < 4) {
		return slot;
	}
	bits = (slot >> 1) - 1;
	dist = 2 + (slot & 1);
	if (slot < 14) {
		dist <<= bits;
		return dist +
		       rc_tree_reverse(rc, &probs->special[dist - slot], bits);
	}
	dist = rc_direct(rc, dist, bits - 4) << 4;
	return dist + rc_tree_reverse(rc, probs->align, 4);
}

/* Which repeated distance; moves it to the front. Returns the length. */
static __hot_inline uint32_t decode_rep(struct range_coder *rc, struct lzma2 *s,
					uint32_t *rep, uint32_t *state,
					unsigned int pos_state)
{
	struct lzma_probs *p = &s->probs;
	uint32_t dist;

	if (!rc_bit(rc, &p->is_rep_not0[*state])) {
		if (!rc_bit(rc, &p->is_rep0_long[*state][pos_state])) {
			*state = *state < 7 ? 9 : 11;
			return 1;
		}
	} else {
		if (!rc_bit(rc, &p->is_rep_not1[*state])) {
			dist = rep[1];
		} else {
			if (!rc_bit(rc, &p->is_rep_not2[*state])) {
				dist = rep[2];
			} else {
				dist = rep[3];
				rep[3] = rep[2];
			}
			rep[2] = rep[1];
		}
		rep[1] = rep[0];
		rep[0] = dist;
	}
	*state = *state < 7 ? 8 : 11;
	return decode_length(rc, &p->rep_len, pos_state);
}

static __hot_inline void decode_literal(struct range_coder *rc, struct lzma2 *s,
					struct span *o, uint32_t rep0,
					uint32_t *state, size_t pos)
{
	unsigned int before = pos ? o->pos[-1] : 0;
	size_t set = ((pos & s->lp_mask) << s->lc) + (before >> (8 - s->lc));
	uint16_t *probs = &s->probs.literal[set * LZMA_LITERAL_SET];

	if (*state < 7) {
		*o->pos++ = literal_plain(rc, probs);
		*state = *state < 4 ? 0 : *state - 3;
	} else {
		uint8_t match = o->pos[-(ptrdiff_t)rep0 - 1];

		*o->pos++ = literal_matched(rc, probs, match);
		*state = *state < 10 ? *state - 3 : *state - 6;
	}
}

/* Symbols until the output span is full or the input passes `in_safe`. */
static __noinline bool decode_symbols(struct lzma2 *s,
				      struct range_coder *outer,
				      struct span *span, const uint8_t *in_safe)
{
	struct range_coder rc = *outer;
	struct span o = *span;
	uint32_t state = s->state;
	uint32_t rep[4] = { s->rep[0], s->rep[1], s->rep[2], s->rep[3] };
	bool good = true;

	while (o.pos < o.end && rc.in < in_safe) {
		size_t pos = (size_t)(o.pos - o.start);
		unsigned int pos_state = (unsigned int)pos & s->pos_mask;
		uint32_t len;

		if (!rc_bit(&rc, &s->probs.is_match[state][pos_state])) {
			decode_literal(&rc, s, &o, rep[0], &state, pos);
			continue;
		}
		if (rc_bit(&rc, &s->probs.is_rep[state])) {
			len = decode_rep(&rc, s, rep, &state, pos_state);
		} else {
			rep[3] = rep[2];
			rep[2] = rep[1];
			rep[1] = rep[0];
			state = state < 7 ? 7 : 10;
			len = decode_length(&rc, &s->probs.match_len,
					    pos_state);
			rep[0] = decode_distance(&rc, &s->probs, len);
		}
		if (unlikely(rep[0] >= pos || len > (size_t)(o.end - o.pos))) {
			good = false;
			break;
		}
		match_copy(o.pos, (size_t)rep[0] + 1, len, o.room);
		o.pos += len;
	}
	memcpy(s->rep, rep, sizeof(rep));
	s->state = state;
	*outer = rc;
	*span = o;
	return good;
}

/* One LZMA chunk; `span` says where its output goes, and is filled on 0. */
static int decode_chunk(struct lzma2 *s, const uint8_t *in, size_t in_len,
			struct span *span, const char **why)
{
	uint8_t tail[2 * SYMBOL_INPUT_MAX] = { 0 };
	const uint8_t *in_end = in + in_len;
	struct range_coder rc = { .range = UINT32_MAX, .in = in + 5 };
	bool good = true;
	size_t left;

	if (in_len < 5 || in[0]) {
		return fail(why, -EINVAL, "LZMA chunk has a bad start");
	}
	rc.code = (uint32_t)in[1] << 24 | (uint32_t)in[2] << 16 |
		  (uint32_t)in[3] << 8 | in[4];
	if (in_len - 5 > SYMBOL_INPUT_MAX) {
		good = decode_symbols(s, &rc, span, in_end - SYMBOL_INPUT_MAX);
	}
	left = (size_t)(in_end - rc.in);
	if (good && left <= SYMBOL_INPUT_MAX) {
		memcpy(tail, rc.in, left);
		rc.in = tail;
		in_end = tail + left;
		/* Past the last byte: some symbols need no more input. */
		good = decode_symbols(s, &rc, span, in_end + 1);
		rc_normalize(&rc);
	}
	if (!good || span->pos != span->end || rc.in != in_end || rc.code) {
		return fail(why, -EINVAL, "LZMA data is corrupt");
	}
	return 0;
}

static void reset_state(struct lzma2 *s)
{
	uint16_t *p = (uint16_t *)&s->probs;

	for (size_t i = 0; i < sizeof(s->probs) / sizeof(*p); i++) {
		p[i] = PROB_ONE / 2;
	}
	s->state = 0;
	memset(s->rep, 0, sizeof(s->rep));
}

/* The properties byte is (pb * 5 + lp) * 9 + lc. */
static bool set_properties(struct lzma2 *s, unsigned int byte)
{
	unsigned int lc = byte % 9, lp = byte / 9 % 5, pb = byte / 45;

	if (pb > 4 || lc + lp > 4) {
		return false;
	}
	s->lc = lc;
	s->lp_mask = (1u << lp) - 1;
	s->pos_mask = (1u << pb) - 1;
	return true;
}

/* What a chunk's header says, and which resets it still owes us. */
struct chunk {
	size_t header_len, in_len, out_len;
	bool stored, reset_dict, reset_state, new_props;
	unsigned int props;
};

/* False: cut, or no such control byte. The end mark never gets here. */
static bool parse_chunk(const uint8_t *in, size_t in_len, struct chunk *c)
{
	unsigned int control = in[0];

	c->props = 0;
	c->stored = control < 0x80;
	c->header_len = c->stored ? 3 : 5;
	c->reset_dict = control == 1 || control >= 0xe0;
	c->reset_state = control >= 0xa0;
	c->new_props = control >= 0xc0;
	c->header_len += c->new_props;
	if ((c->stored && control > 2) || in_len < c->header_len) {
		return false;
	}
	c->out_len = ((size_t)in[1] << 8) + in[2] + 1;
	if (c->stored) {
		c->in_len = c->out_len;
		return c->in_len <= in_len - c->header_len;
	}
	c->out_len += (size_t)(control & 0x1f) << 16;
	c->in_len = ((size_t)in[3] << 8) + in[4] + 1;
	if (c->new_props) {
		c->props = in[5];
	}
	return c->in_len <= in_len - c->header_len;
}

int lzma2_decode(struct lzma2 *s, const uint8_t *in, size_t in_len,
		 size_t *consumed, uint8_t *out, size_t out_len,
		 size_t *produced, const char **why)
{
	bool need_dict = true, need_props = true, need_state = true;
	struct span o = { .start = out, .pos = out, .room = out + out_len };
	size_t at = 0;

	while (at < in_len && in[at]) {
		struct chunk c;
		int err;

		if (!parse_chunk(in + at, in_len - at, &c)) {
			return fail(why, -EINVAL, "LZMA2 chunk is cut or bad");
		}
		at += c.header_len;
		if ((need_dict && !c.reset_dict) ||
		    (!c.stored && need_props && !c.new_props) ||
		    (!c.stored && need_state && !c.reset_state)) {
			return fail(why, -EINVAL, "LZMA2 chunk lacks a reset");
		}
		if (c.out_len > (size_t)(o.room - o.pos)) {
			return fail(why, -ENOSPC, "more data than expected");
		}
		if (c.reset_dict) {
			o.start = o.pos;
			need_dict = false;
		}
		if (c.new_props && !set_properties(s, c.props)) {
			return fail(why, -EINVAL, "LZMA2 properties are bad");
		}
		need_props &= !c.new_props;
		if (c.reset_state) {
			reset_state(s);
			need_state = false;
		}
		if (c.stored) {
			memcpy(o.pos, in + at, c.out_len);
			o.pos += c.out_len;
		} else {
			o.end = o.pos + c.out_len;
			err = decode_chunk(s, in + at, c.in_len, &o, why);
			if (err) {
				return err;
			}
		}
		at += c.in_len;
	}
	if (at == in_len) {
		return fail(why, -EINVAL, "LZMA2 data has no end");
	}
	*consumed = at + 1;
	*produced = (size_t)(o.pos - out);
	return 0;
}
