// SPDX-License-Identifier: BSD-2-Clause
/*
 * The check is a multiplication and a rotation for each word of eight bytes.
 * Each step is a bijection of the state for a given word and of the word for
 * a given state, so one wrong word is found for certain, and anything else
 * but once in 2^64. It guards against torn and spoilt files, not against
 * people: what decodes is judged again by its meaning (state_take.h).
 */
#include "xenstore/daemon/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/common/perms.h"
#include "xenstore/daemon/watch.h"

/* Collected before the sink gets it. */
#define SINK_BYTES 65536u

static const char magic[8] = { 'H', 'X', 'S', 'S', 'T', 'A', 'T', 'E' };

/* What a value may be: the most of a number, or of the bytes of others. */
static const struct kind {
	uint64_t most;
	bool number;
	bool text; /* has no NUL */
	bool path;
} kinds[128] = {
	['1'] = { 1, .number = true },
	/* A connection; C: that is there (state_load.c). */
	['c'] = { UINT32_MAX >> 1, .number = true },
	['C'] = { UINT32_MAX >> 1, .number = true },
	['d'] = { PERMS_DOMID_RESERVED - 1, .number = true },
	['n'] = { UINT64_MAX, .number = true },
	['q'] = { UINT64_MAX >> 2, .number = true }, /* far from wrapping */
	['u'] = { UINT32_MAX, .number = true },
	['b'] = { 1u << 20 },
	['l'] = { 4096 * sizeof(struct perm_entry) },
	['v'] = { XENSTORE_PAYLOAD_MAX },
	['s'] = { XENSTORE_ABS_PATH_MAX, .text = true },
	['t'] = { WATCH_TOKEN_MAX, .text = true },
	['/'] = { XENSTORE_ABS_PATH_MAX, .text = true, .path = true },
	['@'] = { XENSTORE_ABS_PATH_MAX, .text = true, .path = true },
};

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

static bool grow(struct state_out *o, size_t len)
{
	size_t capacity = o->capacity ? o->capacity : 4096;
	char *bigger;

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

static inline bool reserve(struct state_out *o, size_t len)
{
	return !o->error && (o->capacity - o->len >= len || grow(o, len));
}

/* Inline: most are numbers, and there are ten in a record. */
static inline void put_raw(struct state_out *o, const void *data, size_t len)
{
	if (len > 0 && reserve(o, len)) {
		memcpy(o->data + o->len, data, len);
		o->len += len;
	}
}

void state_put_raw(struct state_out *o, const void *data, size_t len)
{
	put_raw(o, data, len);
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

static void put_value(struct state_out *o, char kind,
		      const struct state_value *v)
{
	bool text = kinds[(unsigned char)kind].text;
	uint32_t len;

	if (kinds[(unsigned char)kind].number) {
		put_raw(o, &v->n, sizeof(v->n));
		return;
	}
	/* A string with its NUL, so that a reader has one as well. */
	len = text ? (uint32_t)strlen(v->data) + 1 : (uint32_t)v->n;
	put_raw(o, &len, sizeof(len));
	put_raw(o, v->data, len);
}

void state_put(struct state_out *o, enum state_type type,
	       const struct state_value *value)
{
	if (!o) {
		return;
	}
	state_begin(o, type);
	for (const char *kind = state_rows[type].kinds; *kind; kind++) {
		put_value(o, *kind, value++);
	}
	state_end(o);
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

static const char *type_name(uint32_t type)
{
	return type < STATE_TYPES && state_rows[type].name
		       ? state_rows[type].name
		       : "unknown";
}

int state_bad(struct state_in *in, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (in->failed) {
		return -EINVAL;
	}
	in->failed = true;
	n = snprintf(
		in->error, sizeof(in->error), "record %llu (%s) at byte %zu: ",
		(unsigned long long)in->records, type_name(in->type), in->at);
	va_start(ap, fmt);
	(void)vsnprintf(in->error + n, sizeof(in->error) - (size_t)n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int state_open(struct state_in *in, const void *data, size_t len)
{
	uint32_t version[2];

	memset(in, 0, sizeof(*in));
	in->data = data;
	in->len = len;
	if (len < STATE_HEAD || memcmp(data, magic, sizeof(magic)) != 0) {
		return state_bad(in, "not a state of this daemon");
	}
	memcpy(version, in->data + sizeof(magic), sizeof(version));
	if (version[0] != STATE_VERSION || version[1] != 0) {
		return state_bad(in, "version %u.%u, we know %u.0", version[0],
				 version[1], STATE_VERSION);
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
	struct state_header h = { .type = 0 };

	/* Zeros are room that was not written yet. */
	if (is_zero(in->data + in->next, left < sizeof(h) ? left : sizeof(h))) {
		return -ENODATA;
	}
	in->at = in->next;
	in->type = 0;
	if (left < sizeof(h)) {
		return state_bad(in, "its header needs %zu bytes, %zu are left",
				 sizeof(h), left);
	}
	memcpy(&h, in->data + in->at, sizeof(h));
	left -= sizeof(h);
	in->type = h.type;
	if (h.len > left) {
		return state_bad(in, "it needs %u bytes, %zu are left", h.len,
				 left);
	}
	in->pos = in->at + sizeof(h);
	if (state_check(h.type, in->data + in->pos, h.len) != h.check) {
		return state_bad(in, "its check sum is wrong");
	}
	in->next = in->pos + h.len;
	in->records++;
	return 0;
}

/* What the value that is being read is called. */
static const char *name_of(const struct state_in *in)
{
	const char *at = state_rows[in->type].names;
	static char name[16];

	for (unsigned int i = 0; i < in->value; i++) {
		at += strcspn(at, " ") + 1;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, " "), at);
	return name;
}

/* @len bytes, where they are; or NULL. */
static const char *take(struct state_in *in, size_t len)
{
	size_t at = in->pos;

	if (in->next - at < len) {
		(void)state_bad(in, "at byte %zu %s needs %zu bytes, has %zu",
				at, name_of(in), len, in->next - at);
		return NULL;
	}
	in->pos += len;
	return in->data + at;
}

static bool is_path(const char *text, bool special)
{
	char path[PATH_BUF_SIZE];

	return (text[0] == '/' || text[0] == '@') &&
	       path_canonicalise(text, 0, special, path) == 0;
}

static int get_bytes(struct state_in *in, const struct kind *kind,
		     struct state_value *v)
{
	v->data = take(in, v->n);
	if (!v->data) {
		return -EINVAL;
	}
	if (kind->text && (v->n == 0 || strnlen(v->data, v->n) != v->n - 1)) {
		return state_bad(in, "%s is no string", name_of(in));
	}
	if (kind->path && !is_path(v->data, kind == &kinds['@'])) {
		return state_bad(in, "%s is no path", name_of(in));
	}
	return 0;
}

static int get_value(struct state_in *in, const struct kind *kind,
		     struct state_value *v)
{
	size_t size = kind->number ? sizeof(uint64_t) : sizeof(uint32_t);
	const char *at = take(in, size);

	*v = NUM(0);
	if (!at) {
		return -EINVAL;
	}
	memcpy(&v->n, at, size);
	if (v->n > kind->most + kind->text) {
		return state_bad(in, "%s is %llu%s, at most %llu", name_of(in),
				 (unsigned long long)v->n,
				 kind->number ? "" : " bytes",
				 (unsigned long long)kind->most);
	}
	return kind->number ? 0 : get_bytes(in, kind, v);
}

int state_get(struct state_in *in, struct state_value value[STATE_VALUES])
{
	const char *letter = state_rows[in->type].kinds;

	if (!letter) {
		return 0;
	}
	for (in->value = 0; letter[in->value]; in->value++) {
		if (get_value(in, &kinds[(unsigned char)letter[in->value]],
			      &value[in->value])) {
			return -EINVAL;
		}
	}
	return in->pos == in->next ? 0
				   : state_bad(in, "%zu bytes too long",
					       in->next - in->pos);
}
