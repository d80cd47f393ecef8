/* SPDX-License-Identifier: BSD-2-Clause */
/* The transitions of the type word, pure; see ftype.h for the rules. */
#include "mm/ftype.h"

static bool needs_no_validation(uint64_t type)
{
	return type == PGT_WRITABLE;
}

/* Count is zero: the word may become anything. */
static enum ftype_step get_first(uint64_t x, uint64_t type, uint64_t *next,
				 bool *flush)
{
	/* Same type with the validation kept is not possible: the last put
	 * takes a table apart. Same-type writable and segment frames need no
	 * flush, since what TLBs hold is of that kind. */
	*flush = (x & PGT_TYPE_MASK) != type && (x & PGT_TYPE_MASK) != PGT_NONE;
	*next = type | (x & PGT_LOCKED) | 1;
	/* With a flush to come, others wait as for a validation (XSA-401). */
	if (needs_no_validation(type) && !*flush) {
		*next |= PGT_VALIDATED;
		return FTYPE_DONE;
	}
	return FTYPE_VALIDATE;
}

enum ftype_step ftype_word_get(uint64_t x, uint64_t type, uint64_t *next,
			       bool *flush)
{
	uint64_t count = x & PGT_COUNT_MASK;

	*flush = false;
	if (!count) {
		return get_first(x, type, next, flush);
	}
	if ((x & PGT_TYPE_MASK) != type) {
		return FTYPE_BUSY;
	}
	if (x & PGT_PARTIAL) {
		/* Its one count becomes ours. */
		*next = x & ~PGT_PARTIAL;
		return FTYPE_RESUME;
	}
	if (!(x & PGT_VALIDATED)) {
		return FTYPE_WAIT;
	}
	if (count == PGT_COUNT_MASK) {
		return FTYPE_OVERFLOW;
	}
	*next = x + 1;
	return FTYPE_DONE;
}

enum ftype_put_step ftype_word_put(uint64_t x, uint64_t *next)
{
	uint64_t count = x & PGT_COUNT_MASK;

	if (count == 1 && pgt_is_table(x)) {
		if (!(x & PGT_VALIDATED)) {
			return FTYPE_PUT_WAIT;
		}
		/* Others see neither VALIDATED nor PARTIAL and wait. */
		*next = x & ~PGT_VALIDATED;
		return FTYPE_PUT_INVALIDATE;
	}
	*next = x - 1;
	if (count == 1) {
		*next &= ~PGT_VALIDATED;
	}
	return FTYPE_PUT_DONE;
}
