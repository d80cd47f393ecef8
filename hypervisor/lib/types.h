/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words every other file is written with: fixed-width integers, compiler
 * attributes, and the few arithmetic helpers that are safe as macros.
 *
 * Everything in lib/ is pure: it calls nothing but lib/, so the same sources
 * run in the hypervisor and, with HOST_BUILD defined, in unit tests and
 * fuzzers on the host.
 */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __must_check __attribute__((warn_unused_result))
#define __packed     __attribute__((packed))
#ifndef __aligned /* the host's sys/cdefs.h may own these */
#define __aligned(x) __attribute__((aligned(x)))
#endif
#ifndef __section
#define __section(x) __attribute__((section(x)))
#endif
#define __noreturn	   __attribute__((noreturn))
#define __used		   __attribute__((used))
#define __noinline	   __attribute__((noinline))
#define __format(fmt, arg) __attribute__((format(printf, fmt, arg)))
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
/* Inlined for speed; without optimisation that would only burst the stack. */
#ifdef __OPTIMIZE__
#define __hot_inline inline __attribute__((always_inline))
#else
#define __hot_inline inline
#endif

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#ifndef static_assert
#define static_assert _Static_assert
#endif

/* Refuses to compile when given a pointer instead of an array. */
#define ARRAY_SIZE(a)                                                      \
	(sizeof(a) / sizeof((a)[0]) +                                      \
	 0 * sizeof(struct {                                               \
		 int array_size_wants_an_array                             \
		     : !__builtin_types_compatible_p(__typeof__(a),        \
						     __typeof__(&(a)[0])); \
	 }))

#define container_of(ptr, type, member)                                \
	((type *)(void *)((char *)(1 ? (ptr) : &((type *)0)->member) - \
			  offsetof(type, member)))

#define BIT(n)		   (UINT64_C(1) << (n))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

/* `a` is a power of two; the result has the type of `x`. */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define ALIGN_UP(x, a) \
	(((x) + ((__typeof__(x))(a)-1)) & ~((__typeof__(x))(a)-1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)

/*
 * min() and max() evaluate each argument once and compare in the common type,
 * so -Wsign-conversion sees a signed value compared with an unsigned one.
 */
static inline int min_int(int a, int b)
{
	return a < b ? a : b;
}

static inline unsigned int min_uint(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static inline long min_long(long a, long b)
{
	return a < b ? a : b;
}

static inline unsigned long min_ulong(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

static inline int max_int(int a, int b)
{
	return a > b ? a : b;
}

static inline unsigned int max_uint(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static inline long max_long(long a, long b)
{
	return a > b ? a : b;
}

static inline unsigned long max_ulong(unsigned long a, unsigned long b)
{
	return a > b ? a : b;
}

#define min(a, b)                          \
	_Generic((a) + (b), int            \
		 : min_int, unsigned int   \
		 : min_uint, long          \
		 : min_long, unsigned long \
		 : min_ulong)(a, b)
#define max(a, b)                          \
	_Generic((a) + (b), int            \
		 : max_int, unsigned int   \
		 : max_uint, long          \
		 : max_long, unsigned long \
		 : max_ulong)(a, b)

#endif
