/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names for code addresses, for backtraces. The table is assembly made by
 * mksyms from the linked image and linked in by a second pass; in the first
 * pass it is empty. Distances are kept, not addresses, so the image may be
 * relocated. Read-only: needs no lock, may be asked in any context.
 */
#ifndef DEBUG_SYMBOLS_H
#define DEBUG_SYMBOLS_H

#include "lib/types.h"

/*
 * The function that `addr` is in and how far into it; NULL outside of code.
 * A return address may be just behind a call that never returns: pass it
 * less one.
 */
const char *symbol_lookup(uintptr_t addr, size_t *offset);

#endif
