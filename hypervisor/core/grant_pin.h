/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a grant entry may be used for: pure decisions, no locks, no memory.
 *
 * The granter's entry begins with one 32-bit header, flags in the low half and
 * the grantee's id in the high half. The hypervisor keeps the pins of the entry
 * beside it: how many uses there are, to read and to write. Invariant, between
 * operations: GTF_reading is set if there is any pin, GTF_writing if there is a
 * writing one; the granter must not take the grant back as long as they are.
 *
 *	pin, read        -> { readers 1 }             sets GTF_reading
 *	pin, write       -> { readers 1, writers 1 }  sets GTF_writing
 *	drop, write      -> { readers 1 }             clears GTF_writing
 *	drop, read       -> { }                       clears GTF_reading
 */
#ifndef HOSPES_CORE_GRANT_PIN_H
#define HOSPES_CORE_GRANT_PIN_H

#include "lib/types.h"

#include <xen/grant_table.h>

#define GRANT_PIN_MAX UINT16_MAX

struct grant_pin {
	uint16_t readers, writers;
};

static inline bool grant_pin_any(struct grant_pin pin)
{
	return pin.readers || pin.writers;
}

static inline uint32_t grant_header(uint16_t flags, domid_t domid)
{
	return flags | (uint32_t)domid << 16;
}

/* Whether one more such pin needs a look at the entry: it is the first, or the
 * first that writes. */
bool grant_pin_needs_check(struct grant_pin pin, bool write);

/*
 * May `who` use an entry with this header, and how must the header change
 * (*next) before it is used? GNTST_okay, or GNTST_general_error with *why for
 * the log.
 */
int16_t grant_pin_check(uint32_t header, domid_t who, bool write,
			uint32_t *next, const char **why);

/* Count one pin. False: there are too many. */
bool grant_pin_add(struct grant_pin *pin, bool write);

/* Drop one. False: there was none (our own error). */
bool grant_pin_drop(struct grant_pin *pin, bool write);

/* Flags that have to be clear with these pins. */
uint16_t grant_pin_idle_flags(struct grant_pin pin);

#endif
