/* SPDX-License-Identifier: BSD-2-Clause */
/* See guest_access.h. */
#include "core/guest_access.h"

#include "lib/errno.h"
#include "x86/layout.h"
#include "x86/uaccess.h"

static bool range_ok(uint64_t va, size_t n)
{
	uint64_t end;

	if (__builtin_add_overflow(va, n, &end)) {
		return false;
	}
	return end <= HV_VIRT_START || va >= HV_VIRT_END;
}

int guest_copy_in(void *to, uint64_t from, size_t n)
{
	if (!range_ok(from, n)) {
		return -EFAULT;
	}
	return uaccess_copy(to, (const void *)from, n) ? -EFAULT : 0;
}

int guest_copy_out(uint64_t to, const void *from, size_t n)
{
	if (!range_ok(to, n)) {
		return -EFAULT;
	}
	return uaccess_copy((void *)to, from, n) ? -EFAULT : 0;
}

int guest_clear(uint64_t to, size_t n)
{
	if (!range_ok(to, n)) {
		return -EFAULT;
	}
	return uaccess_clear((void *)to, n) ? -EFAULT : 0;
}

size_t guest_copy_in_partial(void *to, uint64_t from, size_t n)
{
	if (!range_ok(from, n)) {
		return 0;
	}
	return n - uaccess_copy(to, (const void *)from, n);
}
