// SPDX-License-Identifier: BSD-2-Clause
/*
 * How libFuzzer changes an input of xenstore_state: by records, as the table
 * of the daemon says they are. Bytes that change anywhere mostly make values
 * that are cut, and those end a load before anything is judged by its meaning.
 * So most of the time one value of one record changes, the lengths around it
 * with it, or a record comes, goes, or moves; the rest are bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/xenstore_state.h"
#include "xenstore/common/wire.h"
#include "xenstore/daemon/state.h"

#define RECORDS_MOST 512u
#define BYTES_MOST   8192u
#define HEAD	     3u /* type, length in two bytes */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size,
				 const uint8_t *two, size_t two_size,
				 uint8_t *out, size_t max_size,
				 unsigned int seed);

/* Where each record of an input starts; behind the last, where it ends. */
struct records {
	size_t at[RECORDS_MOST + 1];
	unsigned int count;
};

/* A record while it changes. */
struct record {
	uint8_t bytes[BYTES_MOST];
	size_t len; /* with its head */
};

static unsigned int below(unsigned int n)
{
	return n ? (unsigned int)rand() % n : 0;
}

static void find_records(struct records *r, const uint8_t *data, size_t size)
{
	size_t at = 1;

	r->count = 0;
	while (size - at >= HEAD && r->count < RECORDS_MOST) {
		size_t len = data[at + 1] | (size_t)data[at + 2] << 8;

		r->at[r->count++] = at;
		at += HEAD;
		at += len < size - at ? len : size - at;
	}
	r->at[r->count] = at;
}

static size_t record_len(const struct records *r, unsigned int i)
{
	return r->at[i + 1] - r->at[i];
}

/* @out in the place of @gone bytes at @at; 0 if it does not fit. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, size_t at,
		      size_t gone, const struct record *out)
{
	if (size - gone + out->len > max_size) {
		return 0;
	}
	memmove(data + at + out->len, data + at + gone, size - at - gone);
	memcpy(data + at, out->bytes, out->len);
	return size - gone + out->len;
}

static void set_len(struct record *rec)
{
	rec->bytes[1] = (uint8_t)(rec->len - HEAD);
	rec->bytes[2] = (uint8_t)((rec->len - HEAD) >> 8);
}

static bool is_number(char kind)
{
	return strchr("1cCdnqu", kind) != NULL;
}

static const char *kinds_of(const struct record *rec)
{
	const struct state_row *row = &state_rows[rec->bytes[0] % STATE_TYPES];

	return row->kinds ? row->kinds : "";
}

/* How many bytes the value at @at has; 0: there is none. */
static size_t value_len(const struct record *rec, size_t at, char kind)
{
	uint32_t len;

	if (is_number(kind)) {
		return rec->len - at >= 8 ? 8 : 0;
	}
	if (rec->len - at < sizeof(len)) {
		return 0;
	}
	memcpy(&len, rec->bytes + at, sizeof(len));
	return len <= rec->len - at - sizeof(len) ? sizeof(len) + len : 0;
}

/* Near what it was, or near where something ends. */
static uint64_t other_number(uint64_t n)
{
	static const uint64_t ends[] = { 0,	     1,		 2,
					 3,	     7,		 16,
					 4096,	     0x7fef,	 0x7ff0,
					 UINT32_MAX, UINT64_MAX, 1ull << 62,
					 1ull << 31, 1ull << 32 };

	switch (below(4)) {
	case 0:
		return n + 1;
	case 1:
		return n - 1;
	case 2:
		return below(12);
	default:
		return ends[below(sizeof(ends) / sizeof(ends[0]))];
	}
}

static const char *other_text(char kind)
{
	static const char *const paths[] = { "/",     "/a",
					     "/a/b",  "/a/c",
					     "/b/c",  "@releaseDomain",
					     "/a//b", "@introduceDomain" };
	static const char *const texts[] = {
		"",  "a", "b",	   "token",	      "t",
		"u", "z", "nodes", "@releaseDomain/3"
	};

	if (kind == '/' || kind == '@') {
		return paths[below(sizeof(paths) / sizeof(paths[0]))];
	}
	return texts[below(sizeof(texts) / sizeof(texts[0]))];
}

/* Some bytes for a value that is no number, with their length before them. */
static size_t other_bytes(uint8_t *out, char kind, const uint8_t *old,
			  uint32_t len)
{
	if (below(16) == 0) {
		len = 0;
	} else if (strchr("st/@", kind) && below(2)) {
		const char *text = other_text(kind);

		len = (uint32_t)strlen(text) + 1;
		memcpy(out + sizeof(len), text, len);
	} else if (kind == 'l' && below(2)) {
		/* The first of a list is the owner. */
		const uint32_t entry[2] = { below(8), below(5) };

		len = sizeof(entry);
		memcpy(out + sizeof(len), entry, len);
	} else {
		len = len < BYTES_MOST / 4 ? len : BYTES_MOST / 4;
		memcpy(out + sizeof(len), old, len);
		len = (uint32_t)LLVMFuzzerMutate(out + sizeof(len), len,
						 BYTES_MOST / 4);
	}
	memcpy(out, &len, sizeof(len));
	return sizeof(len) + len;
}

/* Another value in the place of the @len bytes at @at. */
static void change_at(struct record *rec, size_t at, size_t len, char kind)
{
	static uint8_t made[BYTES_MOST / 2];
	size_t n = sizeof(uint64_t);
	uint64_t number;

	if (is_number(kind)) {
		memcpy(&number, rec->bytes + at, sizeof(number));
		number = other_number(number);
		memcpy(made, &number, sizeof(number));
	} else {
		n = other_bytes(made, kind, rec->bytes + at + sizeof(uint32_t),
				(uint32_t)(len - sizeof(uint32_t)));
	}
	if (rec->len - len + n > BYTES_MOST) {
		return;
	}
	memmove(rec->bytes + at + n, rec->bytes + at + len,
		rec->len - at - len);
	memcpy(rec->bytes + at, made, n);
	rec->len = rec->len - len + n;
	set_len(rec);
}

/* One of its values; none, when it is not there. */
static void change_value(struct record *rec)
{
	const char *kinds = kinds_of(rec);
	unsigned int which = below((unsigned int)strlen(kinds));
	size_t at = HEAD;

	for (unsigned int i = 0; kinds[i]; i++) {
		size_t len = value_len(rec, at, kinds[i]);

		if (len == 0) {
			return;
		}
		if (i == which) {
			change_at(rec, at, len, kinds[i]);
			return;
		}
		at += len;
	}
}

/* A new one of any type, whose values are small. */
static void make_record(struct record *rec)
{
	const char *kinds;

	rec->bytes[0] = (uint8_t)(1 + below(STATE_TYPES - 1));
	rec->len = HEAD;
	for (kinds = kinds_of(rec); *kinds; kinds++) {
		static const uint8_t none[8];
		size_t at = rec->len;
		size_t len = is_number(*kinds) ? 8 : 4;

		memcpy(rec->bytes + at, none, len);
		rec->len += len;
		change_at(rec, at, len, *kinds);
	}
	set_len(rec);
}

static void copy_record(struct record *rec, const struct records *r,
			const uint8_t *data, unsigned int i)
{
	size_t len = record_len(r, i);

	rec->len = len < BYTES_MOST ? len : BYTES_MOST;
	memcpy(rec->bytes, data + r->at[i], rec->len);
}

static size_t change_records(uint8_t *data, size_t size, size_t max_size,
			     const struct records *r)
{
	static struct record rec;
	unsigned int i = below(r->count);
	unsigned int to = below(r->count + 1);
	unsigned int what = below(12);

	copy_record(&rec, r, data, i);
	if (what == 0) { /* it goes */
		rec.len = 0;
	} else if (what == 1) { /* it comes twice */
		return replace(data, size, max_size, r->at[to], 0, &rec);
	} else if (what < 4) { /* a new one comes */
		make_record(&rec);
		return replace(data, size, max_size, r->at[to], 0, &rec);
	} else if (what == 4) { /* it is another one */
		rec.bytes[0] = (uint8_t)(1 + below(STATE_TYPES));
	} else {
		change_value(&rec);
	}
	return replace(data, size, max_size, r->at[i], record_len(r, i), &rec);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	static struct records r;
	size_t made = 0;

	srand(seed);
	if (size > 1 && !(data[0] & MODE_RAW) && below(8) > 0) {
		find_records(&r, data, size);
	} else {
		r.count = 0;
	}
	if (r.count > 0 && below(32) == 0) {
		data[0] = (uint8_t)below(256);
	}
	if (r.count > 0) {
		made = change_records(data, size, max_size, &r);
	}
	return made ? made : LLVMFuzzerMutate(data, size, max_size);
}

/* Some of the second's records, between those of the first. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size,
				 const uint8_t *two, size_t two_size,
				 uint8_t *out, size_t max_size,
				 unsigned int seed)
{
	static struct records r1;
	static struct records r2;
	size_t at, from, len;
	unsigned int i;

	srand(seed);
	if (one_size < 1 || two_size < 1 || one_size > max_size) {
		return 0;
	}
	find_records(&r1, one, one_size);
	find_records(&r2, two, two_size);
	at = r1.at[below(r1.count + 1)];
	i = below(r2.count);
	from = r2.at[i];
	len = r2.at[i + below(r2.count - i + 1)] - from;
	len = len < max_size - one_size ? len : max_size - one_size;
	memcpy(out, one, at);
	memcpy(out + at, two + from, len);
	memcpy(out + at + len, one + at, one_size - at);
	return one_size + len;
}
