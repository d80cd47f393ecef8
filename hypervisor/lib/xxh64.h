/* SPDX-License-Identifier: BSD-2-Clause */
/* The 64-bit xxHash with seed 0, whose lower half zstd has as a checksum. */
#ifndef LIB_XXH64_H
#define LIB_XXH64_H

#include "lib/types.h"

uint64_t xxh64(const void *data, size_t len);

#endif
