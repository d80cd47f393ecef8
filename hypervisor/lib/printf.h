/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formatting into a buffer: %d %u %x %p %s %c %%, the lengths l and z, the
 * flags 0 and # of numbers, a width, and for text a precision (also *).
 * The result always ends with a NUL if `size` is not 0. Returned is the length
 * that was needed, as C has it: the text was cut if that is >= size.
 *
 * A conversion that is not known is copied to the output as it stands and
 * ends the formatting: the arguments behind it can no longer be found.
 * On the host the C library's functions are used; the unit test renames ours.
 */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include "lib/types.h"

#ifdef HOST_BUILD
#include <stdio.h>
#else
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
	__format(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __format(3, 4);
#endif

#endif
