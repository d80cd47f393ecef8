/* SPDX-License-Identifier: BSD-2-Clause */
/* A broken invariant: say where, how we came there, and end. */
#include "debug/panic.h"
#include "debug/printk.h"
#include "debug/trace.h"

__noreturn void bug_at(const char *file, int line, const char *what)
{
	log_error("BUG: %s at %s:%d\n", what, file, line);
	show_backtrace((uint64_t)__builtin_return_address(0),
		       (uint64_t)__builtin_frame_address(0));
	panic("BUG: %s", what);
}
