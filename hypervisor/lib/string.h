/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The string functions the compiler and the hypervisor need. On the host the
 * C library's are used (the sanitizers know them) and only what it lacks is
 * ours; the unit test renames ours by -Dmemcpy=... and tests them beside it.
 */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include "lib/types.h"

#ifdef HOST_BUILD
#include <string.h>
#else
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/*
 * -ffreestanding keeps the compiler from knowing these; telling it lets it
 * turn a copy of constant size into a few moves.
 */
#ifndef memcpy
#define memcpy(d, s, n) __builtin_memcpy(d, s, n)
#endif
#ifndef memset
#define memset(d, c, n) __builtin_memset(d, c, n)
#endif
#endif

/*
 * Copies what fits into `size` bytes and always ends it with a NUL (unless
 * `size` is 0). Returns strlen(src): the copy was cut if that is >= size.
 */
#ifdef HOST_BUILD
#define strlcpy lib_strlcpy
#endif
size_t strlcpy(char *dst, const char *src, size_t size);

#endif
