/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The x86 filter of .xz ("BCJ"): before compression, the targets of CALL and
 * JMP instructions were made absolute, so that calls of one function look
 * alike. This makes them relative again, in place, for one whole block.
 */
#ifndef LIB_BCJ_X86_H
#define LIB_BCJ_X86_H

#include "lib/types.h"

void bcj_x86_decode(uint8_t *buf, size_t len, uint32_t start_offset);

#endif
