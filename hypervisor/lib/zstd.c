/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * frame = header, blocks, checksum. A compressed block has all its literals
 * first, then sequences: so many literals, then a match of such a length at
 * such an offset. Literals are unpacked into the work area (or used where
 * they are, if stored), then the sequences weave the output from them.
 *
 * Tables live as long as the frame: a block may ask for those of the one
 * before it.
 */
#include "lib/zstd.h"

#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/match_copy.h"
#include "lib/string.h"
#include "lib/xxh64.h"
#include "lib/zstd_bits.h"

#define ZSTD_MAGIC	UINT32_C(0xfd2fb528)
#define ZSTD_SKIP_MAGIC UINT32_C(0x184d2a50)
#define ZSTD_SKIP_MASK	UINT32_C(0xfffffff0)

#define LITERAL_LENGTH_CODES 36
#define MATCH_LENGTH_CODES   53
#define OFFSET_CODES	     32
#define LITERAL_LENGTH_LOG   9
#define MATCH_LENGTH_LOG     9
#define OFFSET_LOG	     8

struct zstd {
	struct zstd_work *work;
	const uint8_t *in, *in_end;
	uint8_t *frame, *out, *out_end;
	uint32_t rep[3];
	const char **why;
};

struct frame_header {
	bool has_size, has_checksum;
	uint64_t size;
};

/* Where a block's literals are, and how far one may read beyond them. */
struct literals {
	const uint8_t *pos, *end, *room;
};

/* What a length code stands for. */
struct length_code {
	uint32_t base;
	uint8_t bits;
};

static const struct length_code literal_length_codes[LITERAL_LENGTH_CODES] = {
	{ 0, 0 },      { 1, 0 },     { 2, 0 },	   { 3, 0 },	  { 4, 0 },
	{ 5, 0 },      { 6, 0 },     { 7, 0 },	   { 8, 0 },	  { 9, 0 },
	{ 10, 0 },     { 11, 0 },    { 12, 0 },	   { 13, 0 },	  { 14, 0 },
	{ 15, 0 },     { 16, 1 },    { 18, 1 },	   { 20, 1 },	  { 22, 1 },
	{ 24, 2 },     { 28, 2 },    { 32, 3 },	   { 40, 3 },	  { 48, 4 },
	{ 64, 6 },     { 128, 7 },   { 256, 8 },   { 512, 9 },	  { 1024, 10 },
	{ 2048, 11 },  { 4096, 12 }, { 8192, 13 }, { 16384, 14 }, { 32768, 15 },
	{ 65536, 16 },
};

/* Codes 0 to 31 are lengths 3 to 34. */
#define MATCH_PLAIN_CODES 32
static const struct length_code match_length_codes[MATCH_LENGTH_CODES -
						   MATCH_PLAIN_CODES] = {
	{ 35, 1 },     { 37, 1 },    { 39, 1 },	   { 41, 1 },	  { 43, 2 },
	{ 47, 2 },     { 51, 3 },    { 59, 3 },	   { 67, 4 },	  { 83, 4 },
	{ 99, 5 },     { 131, 7 },   { 259, 8 },   { 515, 9 },	  { 1027, 10 },
	{ 2051, 11 },  { 4099, 12 }, { 8195, 13 }, { 16387, 14 }, { 32771, 15 },
	{ 65539, 16 },
};

static const int8_t literal_length_default[LITERAL_LENGTH_CODES] = {
	4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1,  1,  2,  2,
	2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1
};
static const int8_t match_length_default[MATCH_LENGTH_CODES] = {
	1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1,  1,  1,  1,  1,  1,  1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1
};
static const int8_t offset_default[29] = { 1, 1, 1, 1, 1,  1,  2,  2,  2, 1,
					   1, 1, 1, 1, 1,  1,  1,  1,  1, 1,
					   1, 1, 1, 1, -1, -1, -1, -1, -1 };

/* The three kinds of code in a sequence differ only in these. */
struct code_kind {
	const int8_t *standard;
	uint8_t standard_symbols, standard_log, symbols_max, log_max;
};

static const struct code_kind literal_length_kind = { literal_length_default,
						      LITERAL_LENGTH_CODES, 6,
						      LITERAL_LENGTH_CODES,
						      LITERAL_LENGTH_LOG };
static const struct code_kind match_length_kind = { match_length_default,
						    MATCH_LENGTH_CODES, 6,
						    MATCH_LENGTH_CODES,
						    MATCH_LENGTH_LOG };
static const struct code_kind offset_kind = { offset_default, 29, 5,
					      OFFSET_CODES, OFFSET_LOG };

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

/* Little-endian number of n <= 8 bytes. */
static uint64_t get_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return v;
}

static size_t in_left(const struct zstd *s)
{
	return (size_t)(s->in_end - s->in);
}

/* The literals follow each other; the four streams are of nearly equal size. */
static bool unpack_literals(struct zstd *s, const uint8_t *in, size_t len,
			    size_t size, unsigned int streams)
{
	const struct huff_table *huff = &s->work->huff;
	uint8_t *out = s->work->literals;
	size_t part = (size + 3) / 4, at = 6;

	if (streams == 1) {
		return huff_decode(huff, in, len, out, size);
	}
	if (len < at || size < 6) {
		return false;
	}
	for (unsigned int i = 0; i < 3; i++) {
		size_t packed = get_le(in + i * 2, 2);

		if (packed > len - at ||
		    !huff_decode(huff, in + at, packed, out, part)) {
			return false;
		}
		at += packed;
		out += part;
	}
	return huff_decode(huff, in + at, len - at, out, size - 3 * part);
}

/* Literals as they are, or one byte repeated. */
static int read_plain_literals(struct zstd *s, struct literals *lit, bool rle)
{
	static const uint8_t header_size[4] = { 1, 2, 1, 3 };
	unsigned int format = (s->in[0] >> 2) & 3;
	size_t header = header_size[format], size;

	if (in_left(s) < header) {
		return fail(s->why, -EINVAL, "zstd: literals are cut");
	}
	size = get_le(s->in, header) >> (format & 1 ? 4 : 3);
	s->in += header;
	if (size > ZSTD_BLOCK_MAX || in_left(s) < (rle ? 1 : size)) {
		return fail(s->why, -EINVAL, "zstd: literals are cut");
	}
	if (rle) {
		memset(s->work->literals, *s->in++, size);
		lit->pos = s->work->literals;
		lit->room = lit->pos + sizeof(s->work->literals);
	} else {
		lit->pos = s->in;
		lit->room = s->in_end;
		s->in += size;
	}
	lit->end = lit->pos + size;
	return 0;
}

static int read_coded_literals(struct zstd *s, struct literals *lit,
			       bool new_table)
{
	static const uint8_t header_size[4] = { 3, 3, 4, 5 };
	static const uint8_t size_bits[4] = { 10, 10, 14, 18 };
	struct huff_table *huff = &s->work->huff;
	unsigned int format = (s->in[0] >> 2) & 3;
	size_t header = header_size[format], size, packed;
	uint64_t v;

	if (in_left(s) < header) {
		return fail(s->why, -EINVAL, "zstd: literals are cut");
	}
	v = get_le(s->in, header) >> 4;
	size = v & (BIT(size_bits[format]) - 1);
	packed = v >> size_bits[format];
	s->in += header;
	if (size > ZSTD_BLOCK_MAX || packed > in_left(s)) {
		return fail(s->why, -EINVAL, "zstd: literals are cut");
	}
	lit->pos = s->work->literals;
	lit->end = lit->pos + size;
	lit->room = lit->pos + sizeof(s->work->literals);
	if (new_table) {
		size_t used = huff_read(huff, s->in, packed);

		s->in += used;
		packed -= used;
	}
	if (!huff->valid) {
		return fail(s->why, -EINVAL, "zstd: bad Huffman table");
	}
	if (!unpack_literals(s, s->in, packed, size, format ? 4 : 1)) {
		return fail(s->why, -EINVAL, "zstd: literals are corrupt");
	}
	s->in += packed;
	return 0;
}

static int read_literals(struct zstd *s, struct literals *lit)
{
	unsigned int type;

	if (!in_left(s)) {
		return fail(s->why, -EINVAL, "zstd: block is cut");
	}
	type = s->in[0] & 3;
	if (type < 2) {
		return read_plain_literals(s, lit, type == 1);
	}
	return read_coded_literals(s, lit, type == 2);
}

static bool read_table(struct zstd *s, struct fse_table *t,
		       const struct code_kind *kind, unsigned int mode)
{
	size_t used;

	switch (mode & 3) {
	case 0:
		fse_build(t, kind->standard, kind->standard_symbols,
			  kind->standard_log);
		return true;
	case 1:
		if (!in_left(s) || *s->in >= kind->symbols_max) {
			return false;
		}
		fse_build_rle(t, *s->in++);
		return true;
	case 2:
		used = fse_read(t, s->in, in_left(s), kind->symbols_max,
				kind->log_max);
		s->in += used;
		return used != 0;
	default:
		return t->valid;
	}
}

/* The number of sequences, and, if there are any, their three tables. */
static int read_sequences_header(struct zstd *s, size_t *count)
{
	struct zstd_work *w = s->work;
	unsigned int modes;
	size_t n, size;

	if (!in_left(s)) {
		return fail(s->why, -EINVAL, "zstd: sequences are cut");
	}
	n = s->in[0];
	size = n < 128 ? 1 : n < 255 ? 2 : 3;
	if (in_left(s) < size + (n ? 1 : 0)) {
		return fail(s->why, -EINVAL, "zstd: sequences are cut");
	}
	if (size == 2) {
		n = ((n - 128) << 8) + s->in[1];
	} else if (size == 3) {
		n = get_le(s->in + 1, 2) + 0x7f00;
	}
	s->in += size;
	*count = n;
	if (!n) {
		return 0;
	}
	modes = *s->in++;
	if ((modes & 3) ||
	    !read_table(s, &w->literal_lengths, &literal_length_kind,
			modes >> 6) ||
	    !read_table(s, &w->offsets, &offset_kind, modes >> 4) ||
	    !read_table(s, &w->match_lengths, &match_length_kind, modes >> 2)) {
		return fail(s->why, -EINVAL, "zstd: bad table");
	}
	return 0;
}

/*
 * Values 1 to 3 mean one of the last three offsets; without literals before
 * the match the most recent makes no sense, so they mean the 2nd, the 3rd,
 * and the most recent less one. 0 is the answer when that is nothing.
 */
static __hot_inline uint32_t resolve_offset(uint32_t *rep, uint32_t value,
					    bool no_literals)
{
	uint32_t offset;
	unsigned int index;

	if (value > 3) {
		rep[2] = rep[1];
		rep[1] = rep[0];
		rep[0] = value - 3;
		return rep[0];
	}
	index = value - 1 + no_literals;
	if (index == 0) {
		return rep[0];
	}
	offset = index < 3 ? rep[index] : rep[0] - 1;
	if (index > 1) {
		rep[2] = rep[1];
	}
	rep[1] = rep[0];
	rep[0] = offset;
	return offset;
}

struct sequence {
	size_t literals, match;
	uint32_t offset;
};

static __hot_inline int run_sequence(struct zstd *s, struct literals *lit,
				     const struct sequence *q)
{
	size_t room = (size_t)(s->out_end - s->out);

	if (q->literals > (size_t)(lit->end - lit->pos)) {
		return fail(s->why, -EINVAL, "zstd: too few literals");
	}
	if (q->literals + q->match > room) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	literal_copy(s->out, lit->pos, q->literals, s->out_end, lit->room);
	lit->pos += q->literals;
	s->out += q->literals;
	if (!q->offset || q->offset > (size_t)(s->out - s->frame)) {
		return fail(s->why, -EINVAL, "zstd: offset before start");
	}
	match_copy(s->out, q->offset, q->match, s->out_end);
	s->out += q->match;
	return 0;
}

static __hot_inline unsigned int next_state(const struct fse_entry *e,
					    struct zstd_bits *b)
{
	return e->base + (unsigned int)zstd_bits_take(b, e->bits);
}

static __hot_inline struct length_code match_code(unsigned int symbol)
{
	if (symbol < MATCH_PLAIN_CODES) {
		return (struct length_code){ .base = symbol + 3, .bits = 0 };
	}
	return match_length_codes[symbol - MATCH_PLAIN_CODES];
}

static int run_sequences(struct zstd *outer, struct literals *outer_lit,
			 size_t count)
{
	struct zstd s = *outer;
	struct literals lit = *outer_lit;
	const struct zstd_work *w = s.work;
	unsigned int ll_state, of_state, ml_state;
	struct zstd_bits b;
	int err = 0;

	if (!zstd_bits_open(&b, s.in, in_left(&s))) {
		return fail(s.why, -EINVAL, "zstd: sequences are cut");
	}
	ll_state = (unsigned int)zstd_bits_take(&b, w->literal_lengths.log);
	of_state = (unsigned int)zstd_bits_take(&b, w->offsets.log);
	ml_state = (unsigned int)zstd_bits_take(&b, w->match_lengths.log);
	while (count-- && !err) {
		const struct fse_entry *ll, *of, *ml;
		struct length_code code;
		struct sequence q;
		uint64_t value;

		ll = &w->literal_lengths.entry[ll_state];
		of = &w->offsets.entry[of_state];
		ml = &w->match_lengths.entry[ml_state];
		zstd_bits_fill(&b);
		value = BIT(of->symbol) + zstd_bits_take(&b, of->symbol);
		code = match_code(ml->symbol);
		q.match = code.base + zstd_bits_take(&b, code.bits);
		zstd_bits_fill(&b);
		code = literal_length_codes[ll->symbol];
		q.literals = code.base + zstd_bits_take(&b, code.bits);
		q.offset = resolve_offset(s.rep, (uint32_t)value, !q.literals);
		if (count) {
			ll_state = next_state(ll, &b);
			ml_state = next_state(ml, &b);
			of_state = next_state(of, &b);
		}
		err = run_sequence(&s, &lit, &q);
	}
	if (!err && b.left != 0) {
		err = fail(s.why, -EINVAL, "zstd: sequences are corrupt");
	}
	s.in = s.in_end;
	*outer_lit = lit;
	*outer = s;
	return err;
}

/* `s` has the block as its whole input here. */
static int read_compressed(struct zstd *s)
{
	struct literals lit;
	size_t count, rest;
	int err = read_literals(s, &lit);

	if (!err) {
		err = read_sequences_header(s, &count);
	}
	if (!err && count) {
		err = run_sequences(s, &lit, count);
	}
	if (err) {
		return err;
	}
	rest = (size_t)(lit.end - lit.pos);
	if (rest > (size_t)(s->out_end - s->out)) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	memcpy(s->out, lit.pos, rest);
	s->out += rest;
	return 0;
}

static int read_block(struct zstd *s, unsigned int type, size_t size)
{
	const uint8_t *in_end = s->in_end;
	size_t packed = type == 1 ? 1 : size;
	int err;

	if (size > ZSTD_BLOCK_MAX || packed > in_left(s)) {
		return fail(s->why, -EINVAL, "zstd: block is cut");
	}
	if (type < 2 && size > (size_t)(s->out_end - s->out)) {
		return fail(s->why, -ENOSPC, "more data than expected");
	}
	switch (type) {
	case 0:
		memcpy(s->out, s->in, size);
		s->out += size;
		break;
	case 1:
		memset(s->out, *s->in, size);
		s->out += size;
		break;
	case 2:
		s->in_end = s->in + size;
		err = read_compressed(s);
		s->in = s->in_end;
		s->in_end = in_end;
		return err;
	default:
		return fail(s->why, -EINVAL, "zstd: bad block type");
	}
	s->in += packed;
	return 0;
}

static int read_frame_header(struct zstd *s, struct frame_header *h)
{
	static const uint8_t dictionary_size[4] = { 0, 1, 2, 4 };
	static const uint8_t content_size[4] = { 0, 2, 4, 8 };
	unsigned int flags, single, size_len, dict_len;
	size_t at = 5;

	if (in_left(s) < at) {
		return fail(s->why, -EINVAL, "zstd: header is cut");
	}
	flags = s->in[4];
	single = (flags >> 5) & 1;
	size_len = content_size[flags >> 6];
	if (!size_len && single) {
		size_len = 1;
	}
	dict_len = dictionary_size[flags & 3];
	at += !single;
	if (in_left(s) < at + dict_len + size_len) {
		return fail(s->why, -EINVAL, "zstd: header is cut");
	}
	if ((flags & 0x08) || get_le(s->in + at, dict_len)) {
		return fail(s->why, -EOPNOTSUPP, "zstd: needs a dictionary");
	}
	at += dict_len;
	h->has_checksum = flags & 0x04;
	h->has_size = size_len != 0;
	h->size = get_le(s->in + at, size_len) + (size_len == 2 ? 256 : 0);
	s->in += at + size_len;
	return 0;
}

static int verify_frame(struct zstd *s, const struct frame_header *h)
{
	size_t len = (size_t)(s->out - s->frame);

	if (h->has_size && h->size != len) {
		return fail(s->why, -EINVAL, "zstd: size does not match");
	}
	if (!h->has_checksum) {
		return 0;
	}
	if (in_left(s) < 4) {
		return fail(s->why, -EINVAL, "zstd: data is cut");
	}
	if ((uint32_t)xxh64(s->frame, len) != get_le(s->in, 4)) {
		return fail(s->why, -EINVAL, "zstd: checksum does not match");
	}
	s->in += 4;
	return 0;
}

static int read_frame(struct zstd *s)
{
	static const uint32_t first_offsets[3] = { 1, 4, 8 };
	struct zstd_work *w = s->work;
	struct frame_header h;
	bool last = false;
	int err = read_frame_header(s, &h);

	w->literal_lengths.valid = false;
	w->match_lengths.valid = false;
	w->offsets.valid = false;
	w->huff.valid = false;
	memcpy(s->rep, first_offsets, sizeof(first_offsets));
	s->frame = s->out;
	while (!err && !last) {
		uint64_t header;

		if (in_left(s) < 3) {
			return fail(s->why, -EINVAL, "zstd: data is cut");
		}
		header = get_le(s->in, 3);
		s->in += 3;
		last = header & 1;
		err = read_block(s, (header >> 1) & 3, header >> 3);
	}
	return err ? err : verify_frame(s, &h);
}

/* A frame for other programs: length and that many bytes. */
static bool skip_frame(struct zstd *s)
{
	size_t len;

	if (in_left(s) < 8) {
		return false;
	}
	len = get_le(s->in + 4, 4);
	s->in += 8;
	if (len > in_left(s)) {
		return false;
	}
	s->in += len;
	return true;
}

bool zstd_recognise(const void *in, size_t in_len)
{
	return in_len >= 4 && get_le(in, 4) == ZSTD_MAGIC;
}

int zstd_decode(struct zstd_work *work, const void *in, size_t in_len,
		void *out, size_t out_len, size_t *produced, const char **why)
{
	struct zstd s = {
		.work = work,
		.in = in,
		.in_end = (const uint8_t *)in + in_len,
		.out = out,
		.out_end = (uint8_t *)out + out_len,
		.why = why,
	};

	while (in_left(&s) >= 4) {
		uint64_t magic = get_le(s.in, 4);
		int err;

		if ((magic & ZSTD_SKIP_MASK) == ZSTD_SKIP_MAGIC) {
			if (!skip_frame(&s)) {
				return fail(why, -EINVAL, "zstd: data is cut");
			}
			continue;
		}
		if (magic != ZSTD_MAGIC) {
			break;
		}
		err = read_frame(&s);
		if (err) {
			return err;
		}
	}
	*produced = (size_t)(s.out - (uint8_t *)out);
	return 0;
}
