/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Permissions of a node: a list whose first entry names the owner and what
 * all domains not listed may do; each other entry says what one domain may
 * do. On the wire an entry is a letter (n r w b) and a domid: "n3", "r0".
 *
 * A list is shared between nodes by reference count and never changes while
 * shared: whoever wants another list makes a new one. Nodes, of which there
 * are many, keep the id of their list. One thread makes lists.
 */
#ifndef XENSTORE_COMMON_PERMS_H
#define XENSTORE_COMMON_PERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>

#define PERMS_NONE  0x0u
#define PERMS_READ  0x1u
#define PERMS_WRITE 0x2u

#define PERMS_DOMID_MAX 0xffffu
#define PERMS_NOBODY	0xffffffffu
/* Where a domain's traces are looked for: those of all but domain 0. */
#define PERMS_GUESTS 0xfffffffeu
/* From here on numbers mean something other than a domain (DOMID_SELF...). */
#define PERMS_DOMID_RESERVED 0x7ff0u
/* Longest text of one entry with its NUL: "w65535". */
#define PERMS_ENTRY_MAX 7

struct perm_entry {
	uint16_t domid;
	uint16_t access;
};

struct perms {
	uint32_t refs;
	uint32_t id;	/* a short name of this list; see perms_by_id() */
	uint32_t count; /* at least 1: the owner */
	struct perm_entry entry[];
};

/* Who asks: a domain, and the domain that it serves as device model. */
struct perms_subject {
	unsigned int domid;
	unsigned int target; /* or PERMS_NOBODY */
};

/* Is @named the domain @domid, or one of PERMS_GUESTS? */
static inline bool perms_means(unsigned int named, unsigned int domid)
{
	return domid == PERMS_GUESTS ? named != 0 : named == domid;
}

/* Domain 0 and its programs may do everything. */
static inline bool perms_privileged(const struct perms_subject *who)
{
	return who->domid == 0;
}

/* One text entry; -EINVAL if it is not one. */
int perms_parse_entry(const char *text, struct perm_entry *out);

/* Text of one entry; returns its length without the NUL. */
size_t perms_format_entry(const struct perm_entry *entry,
			  char out[PERMS_ENTRY_MAX]);

/* A list with room for @count entries (not set), one reference. */
struct perms *perms_alloc(unsigned int count);

/*
 * A list from @count packed strings in [@text, @text + len), which
 * wire_split_upto() found well formed. -EINVAL or -ENOMEM.
 */
int perms_parse(const char *text, size_t len, struct perms **out);

/* The list with this id; the caller knows that there is one. */
struct perms *perms_by_id(uint32_t id);

struct perms *perms_get(struct perms *perms);
void perms_put(struct perms *perms);
bool perms_equal(const struct perms *a, const struct perms *b);

/* The same list with another owner, one reference; NULL without memory. */
struct perms *perms_with_owner(const struct perms *from, unsigned int domid);

/* The same list without the entries (but the first) that name @domid. */
struct perms *perms_without(const struct perms *from, unsigned int domid);
bool perms_names(const struct perms *perms, unsigned int domid);

static inline unsigned int perms_owner(const struct perms *perms)
{
	return perms->entry[0].domid;
}

/* Does @who own nodes with this list (or serve or outrank their owner)? */
bool perms_owns(const struct perms *perms, const struct perms_subject *who);

/* May @who do all of @want (PERMS_*)? */
bool perms_allow(const struct perms *perms, const struct perms_subject *who,
		 unsigned int want);

#endif
