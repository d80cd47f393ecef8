/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Included before everything else in the hypervisor's build: all symbols are in
 * this one image, so no access needs to go through a global offset table.
 */
#ifndef HOSPES_X86_VISIBILITY_H
#define HOSPES_X86_VISIBILITY_H

#include "lib/types.h"

#pragma GCC visibility push(hidden)

#endif
