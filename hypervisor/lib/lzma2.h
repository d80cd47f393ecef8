/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LZMA2, the compressor inside .xz files: a chain of chunks, each LZMA coded
 * or stored. The output buffer is the dictionary, so a match is a copy inside
 * it and nothing is kept in between.
 */
#ifndef LIB_LZMA2_H
#define LIB_LZMA2_H

#include "lib/types.h"

#define LZMA_STATES	   12
#define LZMA_POS_STATES	   16
#define LZMA_LITERAL_SET   0x300
#define LZMA2_LITERAL_SETS 16 /* lc + lp <= 4 */

struct lzma_length_probs {
	uint16_t beyond_low, beyond_mid;
	uint16_t low[LZMA_POS_STATES][8];
	uint16_t mid[LZMA_POS_STATES][8];
	uint16_t high[256];
};

/* Nothing but probabilities: lzma2.c resets them as one array. */
struct lzma_probs {
	uint16_t is_match[LZMA_STATES][LZMA_POS_STATES];
	uint16_t is_rep[LZMA_STATES];
	uint16_t is_rep_not0[LZMA_STATES];
	uint16_t is_rep_not1[LZMA_STATES];
	uint16_t is_rep_not2[LZMA_STATES];
	uint16_t is_rep0_long[LZMA_STATES][LZMA_POS_STATES];
	uint16_t slot[4][64];
	uint16_t special[128];
	uint16_t align[16];
	struct lzma_length_probs match_len, rep_len;
	uint16_t literal[LZMA2_LITERAL_SETS * LZMA_LITERAL_SET];
};

struct lzma2 {
	struct lzma_probs probs;
	uint32_t state;
	uint32_t rep[4]; /* the last four distances, less one */
	unsigned int lc, lp_mask, pos_mask;
};

/*
 * Decodes chunks up to the end mark. *consumed and *produced are set on
 * success. -EINVAL, -ENOSPC as in lib/decompress.h.
 */
int __must_check lzma2_decode(struct lzma2 *s, const uint8_t *in, size_t in_len,
			      size_t *consumed, uint8_t *out, size_t out_len,
			      size_t *produced, const char **why);

#endif
