/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole runtime by one include, and what belongs to no part of it.
 *
 * A guest defines guest_main(); it runs on vcpu 0 with the trap table, the
 * callbacks, the memory map and the console ready and events masked. When it
 * returns the domain powers off.
 */
#ifndef RT_RT_H
#define RT_RT_H

#include "rt/types.h"

extern struct start_info *start_info;
extern struct shared_info *shared_info;
extern char _image_start[], _image_end[];

void guest_main(void);

bool rt_is_dom0(void);
void rt_shutdown(unsigned int reason) __noreturn;
void rt_panic(const char *fmt, ...) __printf(1, 2) __noreturn;

#define RT_ASSERT(cond)                                               \
	((cond) ? (void)0                                             \
		: rt_panic("%s:%d: assertion failed: %s\n", __FILE__, \
			   __LINE__, #cond))

#endif
