/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The runtime's base: fixed-width types, a few helpers, the public headers'
 * one common root. Frame numbers and addresses are plain unsigned long here,
 * unlike in the hypervisor: a test must be able to hand over any number, the
 * absurd ones first.
 */
#ifndef RT_TYPES_H
#define RT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/errno.h>
#include <xen/xen.h>

#include "rt/layout.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define __noreturn	 __attribute__((noreturn))
#define __used		 __attribute__((used))
#define __noinline	 __attribute__((noinline))
#define __page_aligned	 __attribute__((aligned(PAGE_SIZE)))
#define __printf(fmt, a) __attribute__((format(printf, fmt, a)))

#endif
