// SPDX-License-Identifier: BSD-2-Clause
/*
 * The pure decisions about frames: the type word, the page-table entry and the
 * segment descriptor, each against a model that is written from the rules in
 * the headers and shares no code with what it checks. Exhaustive over all
 * types and flags; counts at their ends and near them.
 */
#include <stdlib.h>
#include <string.h>

#include "../core/suite.h"
#include "mm/ftype.h"
#include "mm/pte_policy.h"
#include "mm/segment.h"

static const uint64_t counts[] = { 0, 1, 2, 3, 0xfffffffe, 0xffffffff };
static const unsigned int types[] = { 1, 2, 3, 4, 5, 7 };

struct word {
	unsigned int type;
	bool validated, pinned, partial, locked;
	uint64_t count;
};

static struct word word_of(uint64_t x)
{
	return (struct word){ x >> 60 & 7, x >> 59 & 1, x >> 58 & 1,
			      x >> 57 & 1, x >> 56 & 1, x & 0xffffffff };
}

static uint64_t word_raw(struct word w)
{
	return (uint64_t)w.type << 60 | (uint64_t)w.validated << 59 |
	       (uint64_t)w.pinned << 58 | (uint64_t)w.partial << 57 |
	       (uint64_t)w.locked << 56 | w.count;
}

static bool is_table(unsigned int type)
{
	return type >= 1 && type <= 4;
}

static enum ftype_step model_get(struct word *w, unsigned int type, bool *flush)
{
	*flush = false;
	if (!w->count) {
		*flush = w->type && w->type != type;
		*w = (struct word){ .type = type,
				    .locked = w->locked,
				    .count = 1 };
		w->validated = type == 7 && !*flush;
		return w->validated ? FTYPE_DONE : FTYPE_VALIDATE;
	}
	if (w->type != type) {
		return FTYPE_BUSY;
	}
	if (w->partial) {
		w->partial = false;
		return FTYPE_RESUME;
	}
	if (!w->validated) {
		return FTYPE_WAIT;
	}
	if (w->count == 0xffffffff) {
		return FTYPE_OVERFLOW;
	}
	w->count++;
	return FTYPE_DONE;
}

static enum ftype_put_step model_put(struct word *w)
{
	if (w->count > 1 || !is_table(w->type)) {
		w->validated = w->validated && w->count > 1;
		w->count--;
		return FTYPE_PUT_DONE;
	}
	if (!w->validated) {
		return FTYPE_PUT_WAIT;
	}
	w->validated = false;
	return FTYPE_PUT_INVALIDATE;
}

static void check_get(uint64_t x, unsigned int type)
{
	struct word w = word_of(x);
	bool flush, want_flush;
	uint64_t next = ~x;
	enum ftype_step want = model_get(&w, type, &want_flush);
	enum ftype_step got =
		ftype_word_get(x, (uint64_t)type << 60, &next, &flush);

	CU_ASSERT_EQUAL(got, want);
	CU_ASSERT_EQUAL(flush, want_flush);
	if (want == FTYPE_DONE || want == FTYPE_VALIDATE ||
	    want == FTYPE_RESUME) {
		CU_ASSERT_EQUAL(next, word_raw(w));
	}
}

static void check_put(uint64_t x)
{
	struct word w = word_of(x);
	uint64_t next = ~x;
	enum ftype_put_step want = model_put(&w);

	CU_ASSERT_EQUAL(ftype_word_put(x, &next), want);
	if (want != FTYPE_PUT_WAIT) {
		CU_ASSERT_EQUAL(next, word_raw(w));
	}
}

static void test_word(void)
{
	for (uint64_t top = 0; top < 0x80; top++) {
		for (unsigned int c = 0; c < ARRAY_SIZE(counts); c++) {
			uint64_t x = top << 56 | counts[c];

			for (unsigned int t = 0; t < ARRAY_SIZE(types); t++) {
				check_get(x, types[t]);
			}
			if (counts[c]) {
				check_put(x);
			}
		}
	}
}

/*
 * The property itself, over long random histories of one frame: whoever holds
 * it holds it as the same type, and nobody else comes while one validates.
 */
static void test_word_history(void)
{
	uint64_t x = 0, next;
	unsigned int holders = 0, type = 0;
	bool flush;

	srandom(1);
	for (unsigned int i = 0; i < 2000000; i++) {
		unsigned int want = types[(unsigned long)random() % 6];

		if (random() & 1) {
			enum ftype_step s = ftype_word_get(
				x, (uint64_t)want << 60, &next, &flush);

			if (holders && want != type) {
				CU_ASSERT_EQUAL(s, FTYPE_BUSY);
				continue;
			}
			CU_ASSERT(s == FTYPE_DONE ||
				  (s == FTYPE_VALIDATE && !holders));
			x = next;
			if (s == FTYPE_VALIDATE) {
				/* Others wait, or are refused. */
				CU_ASSERT_EQUAL(
					ftype_word_get(x, (uint64_t)want << 60,
						       &next, &flush),
					FTYPE_WAIT);
				x |= PGT_VALIDATED;
			}
			type = want;
			holders++;
		} else if (holders) {
			enum ftype_put_step s = ftype_word_put(x, &next);

			CU_ASSERT_EQUAL(s == FTYPE_PUT_INVALIDATE,
					holders == 1 && is_table(type));
			x = next;
			if (s == FTYPE_PUT_INVALIDATE) {
				x &= ~PGT_COUNT_MASK;
			}
			holders--;
		}
		CU_ASSERT_EQUAL(x & PGT_COUNT_MASK, holders);
	}
}

/* ---- entries ---- */

static const uint64_t frames[] = {
	0, 1, 0x12345, 0xfffff, 1UL << 24, 1UL << 28, 1UL << 39, (1UL << 40) - 1
};
static const unsigned int widths[] = { 36, 39, 40, 46, 52 };

static enum pte_verdict model_verdict(uint64_t raw, unsigned int level,
				      struct pte_frame f, unsigned int bits)
{
	uint64_t address = raw & 0x000ffffffffff000UL;

	if (!(raw & 1)) {
		return PTE_EMPTY;
	}
	if (address >> bits) {
		return PTE_REFUSED;
	}
	if (level == 1) {
		return f.is_ram	      ? (raw & 2 ? PTE_WRITE : PTE_READ)
		       : f.io_allowed ? PTE_IO
				      : PTE_REFUSED;
	}
	return raw & 0x80 || !f.is_ram ? PTE_REFUSED : PTE_TABLE;
}

static void check_adjust(uint64_t raw, unsigned int level, bool is_ram)
{
	uint64_t got = pte_policy_adjust(pte(raw), level, is_ram).raw;
	uint64_t want = raw;

	if (raw & 1) {
		want |= 4;
		want &= level > 1 ? ~0x18UL : is_ram ? ~0x198UL : ~0x100UL;
	}
	CU_ASSERT_EQUAL(got, want);
	CU_ASSERT_EQUAL(pte_policy_adjust(pte(got), level, is_ram).raw, got);
}

/* All 12 low bits, the two top ones, some addresses. */
static void test_entry(void)
{
	for (uint64_t n = 0; n < 1UL << 14; n++) {
		uint64_t flags =
			(n & 0xfff) | (n >> 12 & 1) << 63 | (n >> 13 & 1) << 52;
		unsigned int f = (unsigned int)(n * 7 % ARRAY_SIZE(frames));
		uint64_t raw = flags | frames[f] << 12;

		for (unsigned int i = 0; i < 16; i++) {
			unsigned int level = 1 + i % 4;
			struct pte_frame frame = { i & 4, i & 8 };

			check_adjust(raw, level, frame.is_ram);
			for (unsigned int w = 0; w < ARRAY_SIZE(widths); w++) {
				CU_ASSERT_EQUAL(pte_policy_check(pte(raw),
								 level, frame,
								 widths[w]),
						model_verdict(raw, level, frame,
							      widths[w]));
			}
		}
	}
}

/* The bits that matter to others: a change of one of them is never minor. */
static void test_minor(void)
{
	static const uint64_t bases[] = { 0x1067, 0x8000000000001025UL, 0x1000,
					  0xffffffffff000UL | 0x3ff };

	for (unsigned int b = 0; b < ARRAY_SIZE(bases); b++) {
		for (unsigned int level = 1; level <= 4; level++) {
			for (uint64_t n = 0; n < 1UL << 15; n++) {
				uint64_t change = (n & 0xfff) |
						  (n >> 12 & 1) << 63 |
						  (n >> 13 & 1) << 52 |
						  (n >> 14 & 1) << 30;
				uint64_t from = bases[b], to = from ^ change;
				/* P RW PWT PCD PAT/PSE and the frame. */
				uint64_t matters = 0x000ffffffffff09bUL;

				if (level > 1) {
					matters |= 1UL << 63 | 0x140;
				}
				CU_ASSERT_EQUAL(
					pte_policy_is_minor(pte(from), pte(to),
							    level),
					(from & 1) && !(change & matters));
			}
		}
	}
}

/* ---- descriptors ---- */

/* Every access byte with every flags nibble: present means code or data of the
 * guest's ring. */
static void test_segment(void)
{
	for (uint64_t n = 0; n < 1UL << 12; n++) {
		uint64_t access = n & 0xff, flags = n >> 8;
		uint64_t desc =
			0x1200001234005678UL | access << 40 | flags << 52;
		uint64_t mended = desc;
		bool present = access & 0x80, system = !(access & 0x10);
		bool code = access & 8, l = flags & 2, d = flags & 4;
		bool want = !present || (!system && !(code && l && d));

		CU_ASSERT_EQUAL(segment_descriptor_ok(&mended), want);
		if (want && present) {
			CU_ASSERT_EQUAL(mended, desc | 3UL << 45);
		} else {
			CU_ASSERT_EQUAL(mended, desc);
		}
	}
}

static void test_segment_page(void)
{
	static uint64_t page[512];
	const uint64_t code1 = 0x00affa000000ffffUL & ~(3UL << 45);

	for (unsigned int i = 0; i < 512; i++) {
		memset(page, 0, sizeof(page));
		page[i] = code1;
		CU_ASSERT_EQUAL(segment_page_check(page), 0);
		CU_ASSERT_EQUAL(page[i], code1 | 3UL << 45);
		/* A call gate. */
		page[i] = 0x0000ec0000080000UL;
		CU_ASSERT(segment_page_check(page) < 0);
	}
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "type word, all of them", test_word },
		{ "type word, long histories", test_word_history },
		{ "entries and what they need", test_entry },
		{ "changes that need nothing", test_minor },
		{ "descriptors", test_segment },
		{ "a page of descriptors", test_segment_page },
		{ NULL, NULL },
	};

	return suite_run("mm policy", tests);
}
