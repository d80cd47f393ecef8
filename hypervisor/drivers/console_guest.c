/* SPDX-License-Identifier: BSD-2-Clause */
/* See console_guest.h. */
#include "drivers/console_guest.h"

#include "x86/spinlock.h"

#define INPUT_SIZE 256

/* RANK_NONE: taken in interrupt context too. */
static spinlock_t input_lock = SPINLOCK_INIT(RANK_NONE);
static char input[INPUT_SIZE];
static unsigned int input_in, input_out;

size_t console_guest_read(char *buf, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&input_lock);
	size_t n = 0;

	while (n < len && input_out != input_in) {
		buf[n++] = input[input_out++ % INPUT_SIZE];
	}
	spin_unlock_irqrestore(&input_lock, flags);
	return n;
}

bool console_input_put(char c)
{
	unsigned long flags = spin_lock_irqsave(&input_lock);
	bool ok = input_in - input_out < INPUT_SIZE;

	if (ok) {
		input[input_in++ % INPUT_SIZE] = c;
	}
	spin_unlock_irqrestore(&input_lock, flags);
	return ok;
}
