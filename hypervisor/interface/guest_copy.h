/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between the hypervisor and the memory of the current guest. The whole
 * range is checked to lie outside the hypervisor's own part of the address
 * space before a byte moves (XSA-212: every element, not the start alone); a
 * fault in the middle ends the copy. Read guest memory once, into a local.
 */
#ifndef HOSPES_INTERFACE_GUEST_COPY_H
#define HOSPES_INTERFACE_GUEST_COPY_H

#include "x86/addr.h"

/* 0, or -EFAULT when any byte could not be copied. */
__must_check int copy_from_guest(void *to, guest_ptr_t from, size_t bytes);
__must_check int copy_to_guest(guest_ptr_t to, const void *from, size_t bytes);
__must_check int clear_guest(guest_ptr_t to, size_t bytes);

/*
 * Element `index` of an array of elements of `size` bytes at base; -EFAULT also
 * when base + index * size overflows.
 */
__must_check int copy_from_guest_at(void *to, guest_ptr_t base, uint64_t index,
				    size_t size);
__must_check int copy_to_guest_at(guest_ptr_t base, uint64_t index,
				  const void *from, size_t size);

/* The address in a XEN_GUEST_HANDLE(_64) of the public headers. */
#define guest_handle_ptr(h) guest_ptr((uint64_t)(uintptr_t)(h).p)

#endif
