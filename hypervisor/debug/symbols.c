/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symbol_offsets[] is sorted and holds each function's distance from
 * symbol_lookup() itself, in bytes, one more than there are functions: the
 * last is where the code ends. The names follow each other, each ended by a
 * NUL; symbol_marks[] says where every 16th of them is.
 */
#include "debug/symbols.h"

#include "lib/string.h"

#define SYMBOLS_PER_MARK 16 /* as in mksyms */

extern const uint32_t symbol_count;
extern const int32_t symbol_offsets[];
extern const uint32_t symbol_marks[];
extern const char symbol_names[];

static const char *symbol_name(uint32_t index)
{
	const char *name =
		symbol_names + symbol_marks[index / SYMBOLS_PER_MARK];

	for (uint32_t skip = index % SYMBOLS_PER_MARK; skip; skip--) {
		name += strlen(name) + 1;
	}
	return name;
}

const char *symbol_lookup(uintptr_t addr, size_t *offset)
{
	int64_t at = (int64_t)(addr - (uintptr_t)symbol_lookup);
	uint32_t lo = 0, hi = symbol_count;

	if (!symbol_count || at < symbol_offsets[0] ||
	    at >= symbol_offsets[symbol_count]) {
		return NULL;
	}
	/* offsets[lo] <= at < offsets[hi] */
	while (hi - lo > 1) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (symbol_offsets[mid] <= at) {
			lo = mid;
		} else {
			hi = mid;
		}
	}
	*offset = (size_t)(at - symbol_offsets[lo]);
	return symbol_name(lo);
}
