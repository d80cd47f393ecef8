/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_TOOLS_H
#define HOSPES_DOM0_TOOLS_H
/*
 * What every operation of the toolstack works with: the hypervisor, the
 * store, and where to say what is worth knowing but no error.
 *
 * One thread uses one struct tools; a second thread opens its own.
 */
#include <stdbool.h>
#include <stdint.h>

#include "dom0-tools/lib/err.h"

struct control;
struct xs_handle;
struct xs_async;

struct tools {
	struct control *ctl;
	struct xs_handle *xs;
	struct xs_async *batches; /* for store_begin(), which opens it */
	const char *prog;	  /* prefix of notices on stderr */
	bool verbose;		  /* tell how long each phase took */
	int64_t phase_us;	  /* when the last one ended */
};

/* Both, or an error that says which one is missing and why it may be. */
int tools_open(struct tools *tools, const char *prog, struct hl_error *err);
void tools_close(struct tools *tools);
/* "prog: text" on stderr. */
void tools_notice(const struct tools *tools, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Ends a phase of a longer work: with verbose, its name and time are told.
 * tools_phase(tools, NULL) starts the clock. A process whose environment
 * names the phase in HL_DIE_AFTER dies there as if killed, for tests of what
 * the next one does about it.
 */
#define TOOLS_DIE_VARIABLE "HL_DIE_AFTER"

void tools_phase(struct tools *tools, const char *name);

#endif
