/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two entropy codes of zstd: FSE (RFC 8878, 4.1) for lengths, offsets and
 * Huffman weights, and Huffman (4.2) for literals. The functions that read a
 * table's description return how many bytes it took, or 0 if it is bad.
 */
#ifndef LIB_ZSTD_ENTROPY_H
#define LIB_ZSTD_ENTROPY_H

#include "lib/types.h"

#define FSE_LOG_MAX	9
#define FSE_SYMBOLS_MAX 53
#define HUFF_LOG_MAX	11
#define HUFF_SYMBOLS	256

struct fse_entry {
	uint16_t base; /* of the next state */
	uint8_t bits;  /* to be added to it */
	uint8_t symbol;
};

struct fse_table {
	unsigned int log; /* 1 << log states */
	bool valid;
	struct fse_entry entry[1 << FSE_LOG_MAX];
};

struct huff_table {
	unsigned int log; /* the longest code */
	bool valid;
	uint16_t entry[1 << HUFF_LOG_MAX]; /* by the next bits: bits, symbol */
	uint8_t weight[HUFF_SYMBOLS];
	struct fse_table weight_codes;
};

/* A distribution: how many of the states each symbol has; -1: a rare one. */
void fse_build(struct fse_table *t, const int8_t *small, unsigned int symbols,
	       unsigned int log);
void fse_build_rle(struct fse_table *t, uint8_t symbol);
size_t __must_check fse_read(struct fse_table *t, const uint8_t *in,
			     size_t in_len, unsigned int symbols_max,
			     unsigned int log_max);

size_t __must_check huff_read(struct huff_table *t, const uint8_t *in,
			      size_t in_len);
/* One stream, which must give exactly `len` bytes. */
bool __must_check huff_decode(const struct huff_table *t, const uint8_t *in,
			      size_t in_len, uint8_t *out, size_t len);

#endif
