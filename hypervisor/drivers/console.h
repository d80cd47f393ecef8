/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial console, one 16550-compatible UART. Output: debug/printk. */
#ifndef HOSPES_DRIVERS_CONSOLE_H
#define HOSPES_DRIVERS_CONSOLE_H

#include "lib/types.h"

/* Set up the UART at an I/O port, 8n1. False: nothing answers there. */
bool uart_init(uint16_t base, unsigned int baud);
uint16_t uart_port(void); /* 0: none */

/* Let it raise its interrupt on input; uart_get() takes a byte, or -1. */
void uart_enable_input(void);
int uart_get(void);

#endif
