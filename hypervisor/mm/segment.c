/* SPDX-License-Identifier: BSD-2-Clause */
/* See segment.h. */
#include "mm/segment.h"

#include "lib/errno.h"
#include "mm/ftype.h"

#define DESC_PRESENT	  BIT(47)
#define DESC_DPL	  (3UL << 45)
#define DESC_CODE_OR_DATA BIT(44)
#define DESC_CODE	  BIT(43)
#define DESC_L		  BIT(53)
#define DESC_D		  BIT(54)

#define ENTRIES 512

bool segment_descriptor_ok(uint64_t *desc)
{
	uint64_t d = *desc;

	if (!(d & DESC_PRESENT)) {
		return true;
	}
	if (!(d & DESC_CODE_OR_DATA)) {
		return false;
	}
	/* A conforming segment runs at the caller's level, which the guest
	 * cannot have below 3; its DPL must not say otherwise. L and D
	 * together are reserved. */
	if ((d & DESC_CODE) && (d & DESC_L) && (d & DESC_D)) {
		return false;
	}
	*desc = d | DESC_DPL;
	return true;
}

int segment_page_check(const void *page)
{
	const uint64_t *d = page;

	for (unsigned int i = 0; i < ENTRIES; i++) {
		uint64_t copy = d[i];

		if (!segment_descriptor_ok(&copy)) {
			return -EINVAL;
		}
		if (copy != d[i]) {
			((uint64_t *)(uintptr_t)page)[i] = copy;
		}
	}
	return 0;
}
