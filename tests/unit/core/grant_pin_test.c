/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Grant pins: every header (the nine flags in use, right and wrong grantee) and
 * every way there against the rule said in other words, and every sequence of
 * pins and drops up to some length.
 */
#include "core/grant_pin.h"
#include "suite.h"

#define ME    5
#define OTHER 6

/* The rule, independently: exactly this type, my id, no sub-page, and no write
 * by a read-only grant. */
static bool may(uint16_t flags, domid_t domid, bool write)
{
	bool permit = (flags & 1) && !(flags & 2);

	return permit && domid == ME && !(flags & 0x100) &&
	       !(write && flags & 0x4);
}

static void every_header(void)
{
	for (uint32_t flags = 0; flags < 0x400; flags++) {
		for (unsigned int i = 0; i < 4; i++) {
			domid_t domid = i & 1 ? OTHER : ME;
			bool write = i & 2;
			uint32_t next = 0xdeadbeef, header;
			const char *why;
			int16_t rc;

			header = grant_header((uint16_t)flags, domid);
			rc = grant_pin_check(header, ME, write, &next, &why);
			if (!may((uint16_t)flags, domid, write)) {
				CU_ASSERT(rc == GNTST_general_error && why);
				CU_ASSERT(next == 0xdeadbeef);
				continue;
			}
			CU_ASSERT(rc == GNTST_okay && !why);
			CU_ASSERT(next == (header | 0x8 | (write ? 0x10 : 0)));
		}
	}
}

/* All sequences of up to DEPTH steps, each a pin or a drop of either kind. */
#define DEPTH 7

static void walk(struct grant_pin pin, unsigned int reads, unsigned int writes,
		 unsigned int depth)
{
	uint16_t idle = grant_pin_idle_flags(pin);

	CU_ASSERT(grant_pin_any(pin) == (reads + writes > 0));
	CU_ASSERT(!!(idle & GTF_reading) == !(reads + writes));
	CU_ASSERT(!!(idle & GTF_writing) == !writes);
	CU_ASSERT(grant_pin_needs_check(pin, false) == !(reads + writes));
	CU_ASSERT(grant_pin_needs_check(pin, true) == !writes);
	if (depth == DEPTH) {
		return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		bool write = i & 1;
		unsigned int *count = write ? &writes : &reads;
		struct grant_pin next = pin;

		if (i & 2) {
			bool ok = grant_pin_drop(&next, write);

			CU_ASSERT(ok == (*count > 0));
			if (!ok) {
				CU_ASSERT(next.readers == pin.readers &&
					  next.writers == pin.writers);
				continue;
			}
			(*count)--;
			walk(next, reads, writes, depth + 1);
			(*count)++;
		} else {
			CU_ASSERT(grant_pin_add(&next, write));
			(*count)++;
			walk(next, reads, writes, depth + 1);
			(*count)--;
		}
	}
}

static void every_sequence(void)
{
	walk((struct grant_pin){ 0 }, 0, 0, 0);
}

static void too_many(void)
{
	struct grant_pin pin = { .readers = GRANT_PIN_MAX, .writers = 1 };

	CU_ASSERT(!grant_pin_add(&pin, false));
	CU_ASSERT(pin.readers == GRANT_PIN_MAX);
	CU_ASSERT(grant_pin_add(&pin, true));
	pin.writers = GRANT_PIN_MAX;
	CU_ASSERT(!grant_pin_add(&pin, true));
	CU_ASSERT(pin.writers == GRANT_PIN_MAX);
}

int main(void)
{
	static const struct suite_test tests[] = {
		{ "every header", every_header },
		{ "every sequence", every_sequence },
		{ "too many", too_many },
		{ NULL, NULL },
	};

	return suite_run("grant pins", tests);
}
