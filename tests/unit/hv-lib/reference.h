/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's functions under names that the renaming does not touch. */
#ifndef TESTS_HV_LIB_REFERENCE_H
#define TESTS_HV_LIB_REFERENCE_H

#include <stdarg.h>
#include <stddef.h>

struct reference_functions {
	void *(*c_memcpy)(void *, const void *, size_t);
	void *(*c_memmove)(void *, const void *, size_t);
	void *(*c_memset)(void *, int, size_t);
	int (*c_memcmp)(const void *, const void *, size_t);
	int (*c_strcmp)(const char *, const char *);
	int (*c_strncmp)(const char *, const char *, size_t);
	char *(*c_strchr)(const char *, int);
	int (*c_vsnprintf)(char *, size_t, const char *, va_list);
	/* Calls a printf whose format the compiler would complain about. */
	void (*unchecked)(int (*fn)(char *, size_t, const char *, ...), char *,
			  size_t, const char *);
	void (*report)(const char *fmt, const char *ours, const char *theirs);
};

extern const struct reference_functions reference;

#endif
