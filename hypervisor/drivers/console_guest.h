/* SPDX-License-Identifier: BSD-2-Clause */
/* What dom0 reads of the serial console (console_io). */
#ifndef HOSPES_DRIVERS_CONSOLE_GUEST_H
#define HOSPES_DRIVERS_CONSOLE_GUEST_H

#include "lib/types.h"

/* Bytes typed and not yet read, at most len. */
size_t console_guest_read(char *buf, size_t len);
/* A byte came in. False: the buffer is full and it is lost. */
bool console_input_put(char c);

#endif
