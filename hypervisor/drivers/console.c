/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The serial console: a 16550 by polling on output, by interrupt on input.
 * Text has \n turned into \r\n.
 */
#include "drivers/console.h"

#include "debug/upcalls.h"
#include "x86/insn.h"

#define UART_DATA 0
#define UART_IER  1
#define UART_FCR  2
#define UART_LCR  3
#define UART_MCR  4
#define UART_LSR  5

#define LSR_DATA_READY 0x01
#define LSR_TX_EMPTY   0x20
#define LCR_8N1	       0x03
#define LCR_DLAB       0x80
#define UART_CLOCK     115200

#define TX_FIFO	    16
#define TX_SPIN_MAX 1000000

static uint16_t port;
static unsigned int fifo_room;

bool uart_init(uint16_t base, unsigned int baud)
{
	unsigned int divisor = UART_CLOCK / (baud ? baud : UART_CLOCK);

	outb(base + UART_IER, 0);
	outb(base + UART_LCR, LCR_DLAB | LCR_8N1);
	outb(base + UART_DATA, (uint8_t)divisor);
	outb(base + UART_IER, (uint8_t)(divisor >> 8));
	outb(base + UART_LCR, LCR_8N1);
	outb(base + UART_FCR, 0x07);
	outb(base + UART_MCR, 0x0b); /* DTR, RTS, OUT2: interrupts on */
	if (inb(base + UART_LCR) != LCR_8N1) {
		return false;
	}
	port = base;
	return true;
}

uint16_t uart_port(void)
{
	return port;
}

static void uart_put(uint8_t c)
{
	if (!fifo_room) {
		for (unsigned int i = 0; i < TX_SPIN_MAX; i++) {
			if (inb(port + UART_LSR) & LSR_TX_EMPTY) {
				break;
			}
			cpu_relax();
		}
		fifo_room = TX_FIFO;
	}
	outb(port + UART_DATA, c);
	fifo_room--;
}

void console_emit(const char *text, size_t len)
{
	if (!port) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n') {
			uart_put('\r');
		}
		uart_put((uint8_t)text[i]);
	}
}

void uart_enable_input(void)
{
	if (port) {
		outb(port + UART_IER, 1);
	}
}

int uart_get(void)
{
	if (!port || !(inb(port + UART_LSR) & LSR_DATA_READY)) {
		return -1;
	}
	return inb(port + UART_DATA);
}
