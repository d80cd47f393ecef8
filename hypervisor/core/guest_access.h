/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies to and from the current guest's address space, as its kernel sees it.
 * The whole range must lie outside the hypervisor's part of the address space
 * (XSA-212); a fault in the middle ends the copy. 0 or -EFAULT.
 */
#ifndef HOSPES_CORE_GUEST_ACCESS_H
#define HOSPES_CORE_GUEST_ACCESS_H

#include "lib/types.h"

__must_check int guest_copy_in(void *to, uint64_t from, size_t n);
__must_check int guest_copy_out(uint64_t to, const void *from, size_t n);
__must_check int guest_clear(uint64_t to, size_t n);

/* As guest_copy_in, but as much as there is: bytes copied. */
size_t guest_copy_in_partial(void *to, uint64_t from, size_t n);

#endif
