/* SPDX-License-Identifier: BSD-2-Clause */
/* The handful of C library routines that compilers and tests ask for. */
#ifndef RT_STRING_H
#define RT_STRING_H

#include "rt/types.h"

#include <stdarg.h>

void *memset(void *dst, int c, size_t n);
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
const char *strstr(const char *hay, const char *needle);
unsigned long strtoul10(const char *s);

/* As C99's, for: %% c s d i u x p with 0, -, width, precision (s), l, ll, z. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
