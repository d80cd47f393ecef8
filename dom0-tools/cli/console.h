/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CLI_CONSOLE_H
#define HOSPES_DOM0_CLI_CONSOLE_H
/*
 * Stands at a domain's console until the user detaches or the domain ends,
 * over a store connection of its own: it may run in a child.
 */
#include <stdint.h>

#include "dom0-tools/lib/err.h"

int console_stand_at(uint32_t domid, struct hl_error *err);

#endif
