/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the machine: our own invariant is broken and going on is unsafe.
 * Bad guest input never leads here. BUG_ON stays in every build; ASSERT only
 * documents, and is checked in debug builds.
 */
#ifndef HOSPES_DEBUG_PANIC_H
#define HOSPES_DEBUG_PANIC_H

#include "lib/types.h"

struct cpu_user_regs;

/* Say why and how we came there, and end. regs: where, NULL: the caller. */
__noreturn void panic_at(const struct cpu_user_regs *regs, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
#define panic(...) panic_at(NULL, __VA_ARGS__)
__noreturn void bug_at(const char *file, int line, const char *what);

#define BUG_ON(cond) \
	((void)(unlikely(cond) ? (bug_at(__FILE__, __LINE__, #cond), 0) : 0))
#define BUG() bug_at(__FILE__, __LINE__, "unreachable")

#ifdef NDEBUG
#define ASSERT(cond) ((void)sizeof(cond))
#else
#define ASSERT(cond) BUG_ON(!(cond))
#endif

/* Debug builds: stop long work here, three times of four. */
#ifdef HOSPES_DEBUG
bool preempt_torture(void);
#else
static inline bool preempt_torture(void)
{
	return false;
}
#endif

/* Where an error is born. */
#define ERR(e) (e)

#endif
