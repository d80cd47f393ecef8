/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CLI_CONSOLE_H
#define HOSPES_DOM0_CLI_CONSOLE_H
/* Becomes the console client; returns only when that fails (errno). */
#include <stdint.h>

void console_exec(uint32_t domid);

#endif
