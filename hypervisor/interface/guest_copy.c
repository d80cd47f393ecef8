/* SPDX-License-Identifier: BSD-2-Clause */
/* See guest_copy.h. */
#include "interface/guest_copy.h"

#include "core/guest_access.h"
#include "lib/errno.h"

int copy_from_guest(void *to, guest_ptr_t from, size_t bytes)
{
	return guest_copy_in(to, from.a, bytes);
}

int copy_to_guest(guest_ptr_t to, const void *from, size_t bytes)
{
	return guest_copy_out(to.a, from, bytes);
}

int clear_guest(guest_ptr_t to, size_t bytes)
{
	return guest_clear(to.a, bytes);
}

static int element(guest_ptr_t base, uint64_t index, size_t size,
		   guest_ptr_t *out)
{
	uint64_t offset;

	if (__builtin_mul_overflow(index, size, &offset) ||
	    __builtin_add_overflow(base.a, offset, &out->a)) {
		return -EFAULT;
	}
	return 0;
}

int copy_from_guest_at(void *to, guest_ptr_t base, uint64_t index, size_t size)
{
	guest_ptr_t p;

	return element(base, index, size, &p) ? -EFAULT
					      : copy_from_guest(to, p, size);
}

int copy_to_guest_at(guest_ptr_t base, uint64_t index, const void *from,
		     size_t size)
{
	guest_ptr_t p;

	return element(base, index, size, &p) ? -EFAULT
					      : copy_to_guest(p, from, size);
}
