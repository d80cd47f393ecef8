/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See crash.h. All that is shown of a guest is hostile: memory is read by the
 * copies that may fault, a call chain is followed for a few frames and only
 * upwards, text loses what is not printable and cannot pass for a message of
 * our own, for each line names its domain.
 */
#include "core/crash.h"

#include "core/domain.h"
#include "core/guest_access.h"
#include "core/vcpu.h"
#include "debug/printk.h"
#include "debug/trace.h"
#include "debug/upcalls.h"
#include "lib/printf.h"
#include "x86/percpu.h"

#define CODE_BEFORE 8
#define CODE_BYTES  24
#define STACK_WORDS 16
#define FRAMES_MAX  16
#define FRAME_SIZE  (64 * 1024UL) /* larger is not a frame */
#define COLUMNS	    100

void crash_hear(struct domain *d, const char *text, size_t n)
{
	spin_lock(&d->shutdown_lock);
	for (size_t i = 0; i < n; i++) {
		d->last_words[d->last_words_end++ % LAST_WORDS] = text[i];
	}
	spin_unlock(&d->shutdown_lock);
}

/* In order and into lines; bytes. What is not printable is a point. */
static size_t words_copy(struct domain *d, char *to)
{
	/* In a panic its holder may have been stopped: go without. */
	bool locked = spin_trylock(&d->shutdown_lock);
	uint64_t end = d->last_words_end, at = end - min(end, LAST_WORDS);
	size_t n = 0;

	for (; at < end; at++) {
		char c = d->last_words[at % LAST_WORDS];

		if (c != '\r') {
			to[n++] = c == '\n' || (c >= ' ' && c <= '~') ? c : '.';
		}
	}
	if (locked) {
		spin_unlock(&d->shutdown_lock);
	}
	return n;
}

static void show_words(struct domain *d)
{
	char text[LAST_WORDS];
	size_t n = words_copy(d, text), start = 0;

	if (n) {
		log_error("last words of domain %u:\n", d->id);
	}
	for (size_t i = 0; i < n; i++) {
		bool ends = text[i] == '\n';

		if (ends || i + 1 == n || i - start == COLUMNS) {
			log_error("d%u| %.*s\n", d->id,
				  (int)(i - start + !ends), text + start);
			start = i + 1;
		}
	}
}

static void show_code(uint64_t rip)
{
	uint8_t code[CODE_BEFORE + CODE_BYTES];
	char line[3 * sizeof(code) + 3];
	size_t before = CODE_BEFORE, n = 0, len;

	if (guest_copy_in(code, rip - before, before)) {
		before = 0;
	}
	len = before + guest_copy_in_partial(code + before, rip, CODE_BYTES);
	if (len == before) {
		log_error("code: rip cannot be read\n");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		n += (size_t)snprintf(line + n, sizeof(line) - n,
				      i == before ? " <%02x>" : " %02x",
				      code[i]);
	}
	log_error("code:%s\n", line);
}

static void show_stack(uint64_t rsp)
{
	uint64_t w[STACK_WORDS] = { 0 };
	size_t n = guest_copy_in_partial(w, rsp, sizeof(w)) / sizeof(*w);

	log_error("stack:%s\n", n ? "" : " rsp cannot be read");
	for (size_t i = 0; i < n; i += 4) {
		/* What lies beyond the end of a readable page shows as 0. */
		log_error("  %016lx %016lx %016lx %016lx\n", w[i], w[i + 1],
			  w[i + 2], w[i + 3]);
	}
}

/* By its frame pointers, if it has any. */
static void show_guest_chain(const struct cpu_user_regs *regs)
{
	uint64_t at = regs->rbp, below = regs->rsp;
	struct {
		uint64_t next, ret;
	} frame;

	log_error("its call chain, by frame pointers:\n");
	log_error("  %016lx\n", regs->rip);
	for (unsigned int i = 0; i < FRAMES_MAX; i++) {
		if (at < below || at - below > FRAME_SIZE || at % 8 ||
		    guest_copy_in(&frame, at, sizeof(frame)) || !frame.ret) {
			break;
		}
		log_error("  %016lx\n", frame.ret);
		below = at + sizeof(frame);
		at = frame.next;
	}
}

static void show_vcpu(struct vcpu *v)
{
	const struct cpu_user_regs *regs = vcpu_regs(v);

	log_error("d%uv%u on CPU%u, %s mode:\n", v->domain->id, v->id,
		  smp_cpu_id(), v->pv.kernel_mode ? "kernel" : "user");
	show_registers(regs);
}

void crash_report(struct domain *d)
{
	if (current->domain == d) {
		const struct cpu_user_regs *regs = vcpu_regs(current);

		show_vcpu(current);
		show_code(regs->rip);
		show_stack(regs->rsp);
		show_guest_chain(regs);
	}
	show_words(d);
}

void crash_show_cpu(void *unused)
{
	struct vcpu *v = current;

	(void)unused;
	if (v && !vcpu_is_idle(v)) {
		show_vcpu(v);
	}
}

/* The guest that this CPU ran, its last words, and dom0's. */
void panic_say_guest(void)
{
	struct vcpu *v = current;

	crash_show_cpu(NULL);
	if (v && !vcpu_is_idle(v) && v->domain != dom0) {
		show_words(v->domain);
	}
	if (dom0) {
		show_words(dom0);
	}
}
