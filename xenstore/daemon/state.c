// SPDX-License-Identifier: BSD-2-Clause
/*
 * The check is a multiplication and a rotation for each word of eight bytes.
 * Each step is a bijection of the state for a given word and of the word for
 * a given state, so one wrong word is found for certain, and anything else
 * but once in 2^64. It guards against torn and spoilt files, not against
 * people: what decodes is judged again by its meaning (state_load.c).
 */
#include "xenstore/daemon/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Collected before the sink gets it. */
#define SINK_BYTES 65536u

static const char magic[8] = { 'H', 'X', 'S', 'S', 'T', 'A', 'T', 'E' };

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ull;
	return h << 29 | h >> 35;
}

uint64_t state_check(uint32_t type, const void *data, size_t len)
{
	uint64_t h = mix(0x5851f42d4c957f2dull, (uint64_t)type << 32 | len);
	const char *p = data;
	uint64_t word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = mix(h, word);
	}
	word = 0;
	if (len > 0) {
		memcpy(&word, p, len);
	}
	h = mix(h, word);
	return h ^ h >> 32;
}

static bool reserve(struct state_out *o, size_t len)
{
	size_t capacity = o->capacity ? o->capacity : 4096;
	char *bigger;

	if (o->error) {
		return false;
	}
	if (o->capacity - o->len >= len) {
		return true;
	}
	while (capacity - o->len < len) {
		capacity *= 2;
	}
	bigger = realloc(o->data, capacity);
	if (!bigger) {
		o->error = -ENOMEM;
		return false;
	}
	o->data = bigger;
	o->capacity = capacity;
	return true;
}

void state_put_raw(struct state_out *o, const void *data, size_t len)
{
	if (len > 0 && reserve(o, len)) {
		memcpy(o->data + o->len, data, len);
		o->len += len;
	}
}

void state_start(struct state_out *o)
{
	uint32_t version[2] = { STATE_VERSION, 0 };

	state_put_raw(o, magic, sizeof(magic));
	state_put_raw(o, version, sizeof(version));
}

void state_begin(struct state_out *o, enum state_type type)
{
	struct state_header h = { .type = type };

	o->open = o->len;
	state_put_raw(o, &h, sizeof(h));
}

void state_end(struct state_out *o)
{
	struct state_header h;
	size_t len;

	if (o->error) {
		return;
	}
	len = o->len - o->open - sizeof(h);
	if (len > UINT32_MAX) {
		o->error = -EFBIG;
		return;
	}
	memcpy(&h, o->data + o->open, sizeof(h));
	h.len = (uint32_t)len;
	h.check = state_check(h.type, o->data + o->open + sizeof(h), len);
	memcpy(o->data + o->open, &h, sizeof(h));
	o->records++;
	if (o->sink && o->len >= SINK_BYTES) {
		(void)state_flush(o);
	}
}

void state_put_u32(struct state_out *o, uint32_t v)
{
	state_put_raw(o, &v, sizeof(v));
}

void state_put_u64(struct state_out *o, uint64_t v)
{
	state_put_raw(o, &v, sizeof(v));
}

void state_put_bytes(struct state_out *o, const void *data, size_t len)
{
	state_put_u32(o, (uint32_t)len);
	state_put_raw(o, data, len);
}

void state_put_str(struct state_out *o, const char *s)
{
	state_put_bytes(o, s, strlen(s));
}

int state_flush(struct state_out *o)
{
	if (!o->error && o->sink && o->len > 0) {
		o->error = o->sink(o->ctx, o->data, o->len);
		o->len = 0;
	}
	return o->error;
}

void state_free(struct state_out *o)
{
	free(o->data);
	o->data = NULL;
	o->len = 0;
	o->capacity = 0;
}

int state_bad(struct state_in *in, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (in->failed) {
		return -EINVAL;
	}
	in->failed = true;
	n = snprintf(in->error, sizeof(in->error),
		     "record %llu (type %u) before byte %zu: ",
		     (unsigned long long)in->records, in->type, in->next);
	va_start(ap, fmt);
	(void)vsnprintf(in->error + n, sizeof(in->error) - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int state_open(struct state_in *in, const void *data, size_t len)
{
	uint32_t version;

	memset(in, 0, sizeof(*in));
	in->data = data;
	in->len = len;
	if (len < STATE_HEAD || memcmp(data, magic, sizeof(magic)) != 0) {
		return state_bad(in, "not a state of this daemon");
	}
	memcpy(&version, in->data + sizeof(magic), sizeof(version));
	if (version != STATE_VERSION) {
		return state_bad(in, "version %u, not %u", version,
				 STATE_VERSION);
	}
	in->next = STATE_HEAD;
	return 0;
}

static bool is_zero(const char *p, size_t len)
{
	while (len > 0 && p[len - 1] == '\0') {
		len--;
	}
	return len == 0;
}

int state_next(struct state_in *in)
{
	size_t left = in->len - in->next;
	struct state_header h;

	in->type = 0;
	if (left == 0) {
		return -ENODATA;
	}
	if (left < sizeof(h) && is_zero(in->data + in->next, left)) {
		return -ENODATA;
	}
	if (left < sizeof(h)) {
		return state_bad(in, "cut in its header, %zu bytes", left);
	}
	memcpy(&h, in->data + in->next, sizeof(h));
	if (h.type == 0 && h.len == 0 && h.check == 0) {
		/* Room that was not written yet. */
		return -ENODATA;
	}
	in->type = h.type;
	if (h.len > left - sizeof(h)) {
		return state_bad(in, "%u bytes long, %zu are left", h.len,
				 left - sizeof(h));
	}
	in->body = in->data + in->next + sizeof(h);
	in->body_len = h.len;
	in->pos = 0;
	if (state_check(h.type, in->body, h.len) != h.check) {
		return state_bad(in, "its check sum is wrong");
	}
	in->next += sizeof(h) + h.len;
	in->records++;
	return 0;
}

static void get(struct state_in *in, void *out, size_t len)
{
	if (in->failed || in->body_len - in->pos < len) {
		(void)state_bad(in, "too short for a field");
		memset(out, 0, len);
		return;
	}
	memcpy(out, in->body + in->pos, len);
	in->pos += len;
}

uint32_t state_get_u32(struct state_in *in)
{
	uint32_t v;

	get(in, &v, sizeof(v));
	return v;
}

uint64_t state_get_u64(struct state_in *in)
{
	uint64_t v;

	get(in, &v, sizeof(v));
	return v;
}

const char *state_get_bytes(struct state_in *in, size_t max, size_t *len)
{
	const char *at;

	*len = state_get_u32(in);
	if (in->failed || *len > max || *len > in->body_len - in->pos) {
		(void)state_bad(in, "a field of %zu bytes", *len);
		*len = 0;
		return "";
	}
	at = in->body + in->pos;
	in->pos += *len;
	return at;
}

bool state_get_str(struct state_in *in, char *buf, size_t size)
{
	size_t len;
	const char *at = state_get_bytes(in, size - 1, &len);

	if (in->failed || memchr(at, '\0', len)) {
		(void)state_bad(in, "a string with a zero");
		buf[0] = '\0';
		return false;
	}
	memcpy(buf, at, len);
	buf[len] = '\0';
	return true;
}

int state_done(struct state_in *in)
{
	if (!in->failed && in->pos != in->body_len) {
		(void)state_bad(in, "%zu bytes too long",
				in->body_len - in->pos);
	}
	return in->failed ? -EINVAL : 0;
}
