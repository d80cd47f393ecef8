/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/zstd_entropy.h"

#include "lib/string.h"
#include "lib/zstd_bits.h"

#define HUFF_WEIGHT_LOG_MAX 6
#define HUFF_WEIGHTS	    (HUFF_LOG_MAX + 1)

static unsigned int log2_floor(uint32_t v)
{
	return 31 - (unsigned int)__builtin_clz(v);
}

/*
 * Symbols are spread over the states by a step that is prime to their number;
 * the rare ones have the last states. A symbol of n states gets numbers n to
 * 2n - 1 in their order, and each number says how many bits must follow.
 */
static void spread(struct fse_table *t, const int16_t *count,
		   unsigned int symbols)
{
	unsigned int size = 1u << t->log, at = 0, top = size;
	unsigned int step = (size >> 1) + (size >> 3) + 3;
	uint16_t next[FSE_SYMBOLS_MAX];

	for (unsigned int s = 0; s < symbols; s++) {
		next[s] = (uint16_t)count[s];
		if (count[s] < 0) {
			t->entry[--top].symbol = (uint8_t)s;
			next[s] = 1;
		}
	}
	for (unsigned int s = 0; s < symbols; s++) {
		for (int i = 0; i < count[s]; i++) {
			t->entry[at].symbol = (uint8_t)s;
			do {
				at = (at + step) & (size - 1);
			} while (at >= top);
		}
	}
	for (unsigned int i = 0; i < size; i++) {
		struct fse_entry *e = &t->entry[i];
		unsigned int n = next[e->symbol]++;

		e->bits = (uint8_t)(t->log - log2_floor(n));
		e->base = (uint16_t)((n << e->bits) - size);
	}
	t->valid = true;
}

void fse_build(struct fse_table *t, const int8_t *small, unsigned int symbols,
	       unsigned int log)
{
	int16_t count[FSE_SYMBOLS_MAX];

	for (unsigned int s = 0; s < symbols; s++) {
		count[s] = small[s];
	}
	t->log = log;
	spread(t, count, symbols);
}

void fse_build_rle(struct fse_table *t, uint8_t symbol)
{
	t->log = 0;
	t->entry[0] = (struct fse_entry){ .symbol = symbol };
	t->valid = true;
}

/* Forward bits, lowest first; zeros behind the end. */
struct forward {
	const uint8_t *in;
	size_t len, bit;
};

static uint32_t forward_peek(const struct forward *f)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4 && f->bit / 8 + i < f->len; i++) {
		v |= (uint32_t)f->in[f->bit / 8 + i] << (8 * i);
	}
	return v >> (f->bit % 8);
}

/*
 * A count is coded in as few bits as can hold what is left to give out
 * (0 to left + 1): the lower values of that range take one bit less.
 */
static int read_count(struct forward *f, unsigned int left)
{
	unsigned int bits = log2_floor(left + 1) + 1;
	unsigned int short_values = (1u << bits) - 1 - (left + 1);
	uint32_t v = forward_peek(f);
	uint32_t low = v & ((1u << (bits - 1)) - 1);

	if (low < short_values) {
		f->bit += bits - 1;
		return (int)low - 1;
	}
	f->bit += bits;
	v &= (1u << bits) - 1;
	if (v >= 1u << (bits - 1)) {
		v -= short_values;
	}
	return (int)v - 1;
}

/* After a zero: how many more of them, two bits at a time. */
static unsigned int read_zeros(struct forward *f)
{
	unsigned int zeros = 0, n;

	do {
		n = forward_peek(f) & 3;
		f->bit += 2;
		zeros += n;
	} while (n == 3 && f->bit < f->len * 8);
	return zeros;
}

size_t fse_read(struct fse_table *t, const uint8_t *in, size_t in_len,
		unsigned int symbols_max, unsigned int log_max)
{
	struct forward f = { .in = in, .len = in_len, .bit = 4 };
	int16_t count[FSE_SYMBOLS_MAX] = { 0 };
	unsigned int left, symbols = 0;

	t->valid = false;
	if (!in_len) {
		return 0;
	}
	t->log = (in[0] & 15) + 5;
	if (t->log > log_max) {
		return 0;
	}
	left = 1u << t->log;
	while (left && symbols < symbols_max) {
		int n = read_count(&f, left);

		count[symbols++] = (int16_t)n;
		left -= n < 0 ? 1 : (unsigned int)n;
		if (!n) {
			symbols += read_zeros(&f);
		}
	}
	if (left || symbols > symbols_max || f.bit > in_len * 8) {
		return 0;
	}
	spread(t, count, symbols);
	return (f.bit + 7) / 8;
}

static uint8_t fse_step(const struct fse_table *t, struct zstd_bits *b,
			unsigned int *state)
{
	const struct fse_entry *e = &t->entry[*state];

	*state = e->base + (unsigned int)zstd_bits_take(b, e->bits);
	zstd_bits_fill(b);
	return e->symbol;
}

/*
 * Two states take turns; when one wants bits that are not there, the other
 * gives its symbol and that is the end. Returns the number of weights.
 */
static unsigned int read_packed_weights(struct huff_table *t, const uint8_t *in,
					size_t in_len)
{
	struct fse_table *codes = &t->weight_codes;
	size_t used = fse_read(codes, in, in_len, HUFF_WEIGHTS + 1,
			       HUFF_WEIGHT_LOG_MAX);
	unsigned int state[2], n = 0;
	struct zstd_bits b;

	if (!used || !zstd_bits_open(&b, in + used, in_len - used)) {
		return 0;
	}
	state[0] = (unsigned int)zstd_bits_take(&b, codes->log);
	state[1] = (unsigned int)zstd_bits_take(&b, codes->log);
	zstd_bits_fill(&b);
	if (b.left < 0) {
		return 0;
	}
	while (b.left >= 0) {
		if (n > HUFF_SYMBOLS - 3) {
			return 0;
		}
		t->weight[n] = fse_step(codes, &b, &state[n % 2]);
		n++;
	}
	t->weight[n] = codes->entry[state[n % 2]].symbol;
	return n + 1;
}

static unsigned int read_plain_weights(struct huff_table *t, const uint8_t *in,
				       unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		t->weight[i] = i % 2 ? in[i / 2] & 15 : in[i / 2] >> 4;
	}
	return n;
}

/*
 * A symbol of weight w > 0 owns 2^(w-1) of the 2^log entries. The last
 * symbol's weight is not written: it owns what is left, a power of two.
 */
static bool finish_weights(struct huff_table *t, unsigned int *n)
{
	uint32_t sum = 0, rest;

	for (unsigned int i = 0; i < *n; i++) {
		if (t->weight[i] > HUFF_LOG_MAX) {
			return false;
		}
		sum += (1u << t->weight[i]) >> 1;
	}
	if (!sum) {
		return false;
	}
	t->log = log2_floor(sum) + 1;
	if (t->log > HUFF_LOG_MAX) {
		return false;
	}
	rest = (1u << t->log) - sum;
	if (rest & (rest - 1)) {
		return false;
	}
	t->weight[(*n)++] = (uint8_t)(log2_floor(rest) + 1);
	return true;
}

static void fill_entries(struct huff_table *t, unsigned int n)
{
	uint16_t *e = t->entry;

	for (unsigned int w = 1; w <= t->log; w++) {
		for (unsigned int s = 0; s < n; s++) {
			unsigned int own =
				t->weight[s] == w ? 1u << (w - 1) : 0;

			while (own--) {
				*e++ = (uint16_t)((t->log + 1 - w) << 8 | s);
			}
		}
	}
	t->valid = true;
}

size_t huff_read(struct huff_table *t, const uint8_t *in, size_t in_len)
{
	unsigned int n;
	size_t len;

	t->valid = false;
	if (!in_len) {
		return 0;
	}
	if (in[0] >= 128) {
		n = in[0] - 127u;
		len = (n + 1) / 2;
	} else {
		n = 0;
		len = in[0];
	}
	if (len > in_len - 1) {
		return 0;
	}
	if (n) {
		n = read_plain_weights(t, in + 1, n);
	} else {
		n = read_packed_weights(t, in + 1, len);
	}
	if (!n || !finish_weights(t, &n)) {
		return 0;
	}
	fill_entries(t, n);
	return 1 + len;
}

static __hot_inline uint8_t huff_next(const struct huff_table *t,
				      struct zstd_bits *b, unsigned int log)
{
	unsigned int e = t->entry[zstd_bits_peek(b, log)];

	zstd_bits_drop(b, e >> 8);
	return (uint8_t)e;
}

bool huff_decode(const struct huff_table *t, const uint8_t *in, size_t in_len,
		 uint8_t *out, size_t len)
{
	uint8_t *end = out + len;
	unsigned int log = t->log;
	struct zstd_bits b;

	if (!zstd_bits_open(&b, in, in_len)) {
		return false;
	}
	/* Five codes of 11 bits fit into what one filling gives. */
	while (end - out >= 5) {
		zstd_bits_fill(&b);
		out[0] = huff_next(t, &b, log);
		out[1] = huff_next(t, &b, log);
		out[2] = huff_next(t, &b, log);
		out[3] = huff_next(t, &b, log);
		out[4] = huff_next(t, &b, log);
		out += 5;
	}
	zstd_bits_fill(&b);
	while (out < end) {
		*out++ = huff_next(t, &b, log);
	}
	return b.left == 0;
}
