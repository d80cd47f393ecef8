// SPDX-License-Identifier: BSD-2-Clause
/*
 * The decision, in order: domain 0 may all; the owner may all; a domain that
 * is listed may what its entry says; others may what the first entry says. A
 * device model stands in for its target: it has the target's rights as well.
 *
 * Example: "n3 r0 w5": domain 3 owns it, 0 may read (and, being 0, write), 5
 * may write but not read, 7 may nothing.
 */
#include "xenstore/common/perms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/wire.h"

static const char letters[] = "nrwb";

int perms_parse_entry(const char *text, struct perm_entry *out)
{
	const char *at = *text != '\0' ? strchr(letters, *text) : NULL;
	unsigned long domid;

	if (!at || wire_parse_number(text + 1, PERMS_DOMID_MAX, &domid)) {
		return -EINVAL;
	}
	out->domid = (uint16_t)domid;
	out->access = (uint16_t)(at - letters);
	return 0;
}

size_t perms_format_entry(const struct perm_entry *entry,
			  char out[PERMS_ENTRY_MAX])
{
	return (size_t)snprintf(out, PERMS_ENTRY_MAX, "%c%u",
				letters[entry->access & 3u], entry->domid);
}

/* By id. Free ids are a list through the table. */
static union {
	struct perms *perms;
	uint32_t next_free;
} * table;
static uint32_t table_size;
static uint32_t first_free;

static bool grow_table(void)
{
	uint32_t size = table_size ? 2 * table_size : 64;
	void *bigger = reallocarray(table, size, sizeof(*table));

	if (!bigger) {
		return false;
	}
	table = bigger;
	for (uint32_t i = table_size; i < size; i++) {
		table[i].next_free = i + 1;
	}
	first_free = table_size;
	table_size = size;
	return true;
}

struct perms *perms_by_id(uint32_t id)
{
	return table[id].perms;
}

struct perms *perms_alloc(unsigned int count)
{
	struct perms *perms;

	if (first_free == table_size && !grow_table()) {
		return NULL;
	}
	perms = calloc(1, sizeof(*perms) + count * sizeof(perms->entry[0]));
	if (perms) {
		perms->refs = 1;
		perms->count = count;
		perms->id = first_free;
		first_free = table[perms->id].next_free;
		table[perms->id].perms = perms;
	}
	return perms;
}

static unsigned int count_strings(const char *text, size_t len)
{
	unsigned int n = 0;

	for (size_t i = 0; i < len; i++) {
		n += text[i] == '\0';
	}
	return n;
}

int perms_parse(const char *text, size_t len, struct perms **out)
{
	unsigned int count = count_strings(text, len);
	struct perms *perms;

	if (count == 0 || text[len - 1] != '\0') {
		return -EINVAL;
	}
	perms = perms_alloc(count);
	if (!perms) {
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (perms_parse_entry(text, &perms->entry[i])) {
			perms_put(perms);
			return -EINVAL;
		}
		text += strlen(text) + 1;
	}
	*out = perms;
	return 0;
}

struct perms *perms_get(struct perms *perms)
{
	perms->refs++;
	return perms;
}

void perms_put(struct perms *perms)
{
	if (perms && --perms->refs == 0) {
		table[perms->id].next_free = first_free;
		first_free = perms->id;
		free(perms);
	}
}

bool perms_equal(const struct perms *a, const struct perms *b)
{
	return a == b || (a->count == b->count &&
			  memcmp(a->entry, b->entry,
				 a->count * sizeof(a->entry[0])) == 0);
}

struct perms *perms_with_owner(const struct perms *from, unsigned int domid)
{
	struct perms *perms = perms_alloc(from->count);

	if (perms) {
		memcpy(perms->entry, from->entry,
		       from->count * sizeof(from->entry[0]));
		perms->entry[0].domid = (uint16_t)domid;
	}
	return perms;
}

bool perms_names(const struct perms *perms, unsigned int domid)
{
	for (unsigned int i = 1; i < perms->count; i++) {
		if (perms_means(perms->entry[i].domid, domid)) {
			return true;
		}
	}
	return false;
}

struct perms *perms_without(const struct perms *from, unsigned int domid)
{
	struct perms *perms = perms_alloc(from->count);
	unsigned int n = 1;

	if (!perms) {
		return NULL;
	}
	perms->entry[0] = from->entry[0];
	for (unsigned int i = 1; i < from->count; i++) {
		if (!perms_means(from->entry[i].domid, domid)) {
			perms->entry[n++] = from->entry[i];
		}
	}
	perms->count = n;
	return perms;
}

static bool is_me(const struct perms_subject *who, unsigned int domid)
{
	return domid == who->domid || domid == who->target;
}

bool perms_owns(const struct perms *perms, const struct perms_subject *who)
{
	return perms_privileged(who) || is_me(who, perms_owner(perms));
}

bool perms_allow(const struct perms *perms, const struct perms_subject *who,
		 unsigned int want)
{
	unsigned int access = perms->entry[0].access;

	if (perms_owns(perms, who)) {
		return true;
	}
	for (unsigned int i = 1; i < perms->count; i++) {
		if (is_me(who, perms->entry[i].domid)) {
			access = perms->entry[i].access;
			break;
		}
	}
	return (access & want) == want;
}
