/* SPDX-License-Identifier: BSD-2-Clause */
/* See printk.h and console_ring.h. */
#include "debug/printk.h"

#include "debug/console_ring.h"
#include "debug/panic.h"
#include "debug/trace.h"
#include "debug/upcalls.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "x86/atomic.h"
#include "x86/spinlock.h"

#define LINE_MAX       512
#define RATE_BURST     20
#define RATE_REFILL_NS 500000000

enum log_level log_threshold = LOG_INFO;
enum log_level guest_log_threshold = LOG_WARN;

/* Guards the ring and the order of lines on the UART. */
static spinlock_t console_lock = SPINLOCK_INIT(RANK_CONSOLE);
static char ring[CONSOLE_RING_SIZE];
static uint32_t ring_start, ring_end;
static bool panicking;

static void ring_put_locked(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		ring[ring_end++ % CONSOLE_RING_SIZE] = text[i];
	}
	if (ring_end - ring_start > CONSOLE_RING_SIZE) {
		ring_start = ring_end - CONSOLE_RING_SIZE;
	}
}

static unsigned long console_acquire(void) LOCK_UNCHECKED
{
	unsigned long flags = irq_save();

	if (!panicking) {
		spin_lock(&console_lock);
	}
	return flags;
}

static void console_release(unsigned long flags) LOCK_UNCHECKED
{
	if (!panicking) {
		spin_unlock(&console_lock);
	}
	irq_restore(flags);
}

size_t console_ring_read(uint32_t *index, char *buf, size_t len)
{
	unsigned long flags = console_acquire();
	size_t n = 0;

	if (*index - ring_start > ring_end - ring_start) {
		*index = ring_start;
	}
	while (n < len && *index != ring_end) {
		buf[n++] = ring[(*index)++ % CONSOLE_RING_SIZE];
	}
	console_release(flags);
	return n;
}

uint32_t console_ring_start(void)
{
	return read_once(ring_start);
}

void console_ring_clear(void)
{
	unsigned long flags = console_acquire();

	ring_start = ring_end;
	console_release(flags);
}

void console_write(const char *text, size_t len)
{
	unsigned long flags = console_acquire();

	ring_put_locked(text, len);
	console_emit(text, len);
	console_release(flags);
}

void vprintk(enum log_level level, const char *fmt, va_list args)
{
	char line[LINE_MAX];
	int prefix, n;

	if (level > log_threshold) {
		return;
	}
	prefix = snprintf(line, sizeof(line), "(XEN) ");
	n = vsnprintf(line + prefix, sizeof(line) - (size_t)prefix, fmt, args);
	if (n < 0) {
		return;
	}
	n += prefix;
	if ((size_t)n >= sizeof(line)) {
		n = sizeof(line) - 1;
		line[n - 1] = '\n';
	}
	console_write(line, (size_t)n);
}

void printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

static bool rate_allows(void)
{
	static spinlock_t lock = SPINLOCK_INIT(RANK_NONE);
	static int64_t refilled;
	static unsigned int tokens = RATE_BURST, dropped;
	unsigned long flags = spin_lock_irqsave(&lock);
	int64_t now = clock_now();
	unsigned int lost = 0;
	bool ok;

	if (now - refilled > RATE_REFILL_NS) {
		refilled = now;
		tokens = RATE_BURST;
		lost = dropped;
		dropped = 0;
	}
	ok = tokens > 0;
	if (ok) {
		tokens--;
	} else {
		dropped++;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (lost) {
		log_warn("%u messages about guests were left out\n", lost);
	}
	return ok;
}

void guest_printk(enum log_level level, const char *fmt, ...)
{
	va_list args;

	if (level > guest_log_threshold || !rate_allows()) {
		return;
	}
	va_start(args, fmt);
	vprintk(level, fmt, args);
	va_end(args);
}

__noreturn void panic_at(const struct cpu_user_regs *regs, const char *fmt, ...)
{
	bool again = panicking;
	char what[160];
	va_list args;

	irq_disable();
	machine_stop_others();
	panicking = true;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	log_error("*** PANIC on CPU%u: %s\n", cpu_info()->cpu, what);
	if (again) {
		machine_end_after_panic(); /* in the report of the first */
	}
	if (regs) {
		show_registers(regs);
		show_backtrace(regs->rip, regs->rbp);
	} else {
		const uint64_t *frame = __builtin_frame_address(0);

		show_backtrace(frame[1], frame[0]);
	}
	panic_say_guest();
	machine_end_after_panic();
}

__noreturn void bug_at(const char *file, int line, const char *what)
{
	panic("BUG: %s at %s:%d", what, file, line);
}
