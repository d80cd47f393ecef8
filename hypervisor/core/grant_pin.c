/* SPDX-License-Identifier: BSD-2-Clause */
/* See grant_pin.h. Version 1 entries: whole frames, no transitive grants. */
#include "core/grant_pin.h"

bool grant_pin_needs_check(struct grant_pin pin, bool write)
{
	return write ? !pin.writers : !grant_pin_any(pin);
}

int16_t grant_pin_check(uint32_t header, domid_t who, bool write,
			uint32_t *next, const char **why)
{
	uint16_t flags = (uint16_t)header;

	*why = NULL;
	if ((flags & GTF_type_mask) != GTF_permit_access) {
		*why = "entry does not permit access";
	} else if ((domid_t)(header >> 16) != who) {
		*why = "entry is for another domain";
	} else if (flags & GTF_sub_page) {
		*why = "sub-page entry in a version 1 table";
	} else if (write && flags & GTF_readonly) {
		*why = "entry is read-only";
	}
	if (*why) {
		return GNTST_general_error;
	}
	*next = header | GTF_reading | (write ? GTF_writing : 0);
	return GNTST_okay;
}

bool grant_pin_add(struct grant_pin *pin, bool write)
{
	uint16_t *count = write ? &pin->writers : &pin->readers;

	if (*count == GRANT_PIN_MAX) {
		return false;
	}
	(*count)++;
	return true;
}

bool grant_pin_drop(struct grant_pin *pin, bool write)
{
	uint16_t *count = write ? &pin->writers : &pin->readers;

	if (!*count) {
		return false;
	}
	(*count)--;
	return true;
}

uint16_t grant_pin_idle_flags(struct grant_pin pin)
{
	uint16_t flags = 0;

	if (!pin.writers) {
		flags |= GTF_writing;
	}
	if (!grant_pin_any(pin)) {
		flags |= GTF_reading;
	}
	return flags;
}
