/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * memcpy and memset move words by the string instructions: microcode (or an
 * emulator) does the rest. Copies of up to 16 bytes, by far the most frequent,
 * are two overlapping loads and two stores instead of a loop.
 *
 * The compiler knows the idioms in this file and would replace a loop by a
 * call to the very function it implements; keep_loop() in the body stops it.
 */
#include "lib/string.h"

static inline void keep_loop(void)
{
	__asm__ volatile("" : : : "memory");
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t i;

	for (i = 0; i + 1 < size && src[i]; i++) {
		dst[i] = src[i];
		keep_loop();
	}
	if (size) {
		dst[i] = '\0';
	}
	while (src[i]) {
		i++;
		keep_loop();
	}
	return i;
}

#ifndef HOST_BUILD

/* A guard macro in string.h hides these names; here they are defined. */
#ifndef LIB_STRING_RENAMED
#undef memcpy
#undef memset
#endif

struct word64 {
	uint64_t v;
} __packed __attribute__((may_alias));

struct word32 {
	uint32_t v;
} __packed __attribute__((may_alias));

/* Both halves are loaded before either is stored: src may overlap dst. */
static inline void copy_upto16(unsigned char *d, const unsigned char *s,
			       size_t n)
{
	if (n >= 8) {
		uint64_t head = ((const struct word64 *)s)->v;
		uint64_t tail = ((const struct word64 *)(s + n - 8))->v;

		((struct word64 *)d)->v = head;
		((struct word64 *)(d + n - 8))->v = tail;
	} else if (n >= 4) {
		uint32_t head = ((const struct word32 *)s)->v;
		uint32_t tail = ((const struct word32 *)(s + n - 4))->v;

		((struct word32 *)d)->v = head;
		((struct word32 *)(d + n - 4))->v = tail;
	} else if (n) {
		unsigned char first = s[0], mid = s[n / 2], last = s[n - 1];

		d[0] = first;
		d[n / 2] = mid;
		d[n - 1] = last;
	}
}

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;
	size_t words = n / 8;
	uint64_t tail;

	if (n <= 16) {
		copy_upto16(dst, src, n);
		return dst;
	}
	tail = ((const struct word64 *)((const char *)src + n - 8))->v;
	__asm__ volatile("rep movsq"
			 : "+D"(d), "+S"(src), "+c"(words)
			 :
			 : "memory");
	((struct word64 *)((char *)dst + n - 8))->v = tail;
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (n <= 16) {
		copy_upto16(d, s, n);
		return dst;
	}
	/* Forward is right unless dst starts inside src (unsigned wrap). */
	if ((uintptr_t)d - (uintptr_t)s >= n) {
		size_t words = n / 8;
		size_t bytes = n % 8;

		__asm__ volatile("rep movsq\n\t"
				 "mov %[bytes], %%rcx\n\t"
				 "rep movsb"
				 : "+D"(d), "+S"(s), "+c"(words)
				 : [bytes] "r"(bytes)
				 : "memory");
		return dst;
	}
	while (n >= 8) {
		n -= 8;
		((struct word64 *)(d + n))->v =
			((const struct word64 *)(s + n))->v;
		keep_loop();
	}
	while (n) {
		n--;
		d[n] = s[n];
		keep_loop();
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;
	size_t words = n / 8;
	uint64_t fill = (unsigned char)c * UINT64_C(0x0101010101010101);

	if (n >= 8) {
		((struct word64 *)((char *)dst + n - 8))->v = fill;
		__asm__ volatile("rep stosq"
				 : "+D"(d), "+c"(words)
				 : "a"(fill)
				 : "memory");
		return dst;
	}
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(fill) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	while (n >= 8 &&
	       ((const struct word64 *)x)->v == ((const struct word64 *)y)->v) {
		x += 8;
		y += 8;
		n -= 8;
		keep_loop();
	}
	for (; n; x++, y++, n--) {
		if (*x != *y) {
			return *x - *y;
		}
		keep_loop();
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
		keep_loop();
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n]) {
		n++;
		keep_loop();
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
		keep_loop();
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; a++, b++, n--) {
		if (*a != *b || !*a) {
			return (unsigned char)*a - (unsigned char)*b;
		}
		keep_loop();
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)(uintptr_t)s;
		}
		if (!*s) {
			return NULL;
		}
		keep_loop();
	}
}

#endif
