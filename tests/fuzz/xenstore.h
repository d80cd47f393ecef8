/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzzers of the store share: how an input is a list of steps, the
 * words that requests are made of, and the judgements that each of them ends
 * with. It is judged by counting: the heap is after an input what it was
 * before, to the byte, and on the way never larger than a bound.
 */
#ifndef TESTS_FUZZ_XENSTORE_H
#define TESTS_FUZZ_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/xenstore/world.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stop unless @ok, saying what is wrong. */
void must(bool ok, const char *what);

/* Three bytes and as many as the third says, or what is left. */
struct step {
	uint8_t what;
	uint8_t who;
	uint8_t len;
	const uint8_t *data;
};
bool next_step(const uint8_t **data, size_t *size, struct step *s);

/*
 * Bytes from 0x80 on stand for words of requests, the others for themselves;
 * returns how many there are in @out, at most XENSTORE_PAYLOAD_MAX.
 */
size_t spell(const uint8_t *data, size_t len, char *out);

/*
 * A step of a transaction: start, look, change or end, as the upper bits of
 * its first byte say, on one of few paths, so that they meet. Returns the
 * length of @out.
 */
size_t spell_txn(const struct step *s, uint32_t *type, char *out);

/* A folder of our own, without a slash at its end. */
const char *scratch(void);

/* One input: a new world; and its end, when all must be as it was before. */
void fuzz_begin(void);
void fuzz_end(void);
/* The daemon's part of the heap, in bytes. */
size_t fuzz_heap(void);
/* Peers and what they keep are not the daemon's. */
struct peer *fuzz_open(unsigned int domid, bool ring);
void fuzz_close(struct peer *p);

/* From now on the @n-th allocation fails, once; 0: none. */
void fuzz_fail_alloc(unsigned int n);
/* Did one fail since fuzz_begin()? */
bool fuzz_failed_alloc(void);

/* Before each load of an index of a ring; NULL: nothing. */
extern void (*fuzz_on_load)(const uint32_t *p);

/* The books of the domains that fuzzers have equal a recount. */
void fuzz_check(void);
/* All domains but 0 go; nothing of theirs may stay. */
void fuzz_release_all(void);
/* A number for all that the live tree says. */
uint64_t fuzz_tree(void);
/*
 * The daemon is begun again, as by a live update, and as after a crash (which
 * only a world with a journal survives); its tree is the same.
 */
void fuzz_update(void);
void fuzz_crash(void);

#endif
