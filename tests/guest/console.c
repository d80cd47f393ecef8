/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_io: text that ends where the guest says, or not at all.
 *
 * Lengths beyond the buffer, negative as an int, buffers in the hypervisor's
 * own half (whose contents must not be printed), control characters, a line
 * without an end. The console must still print afterwards, which the result
 * line of this very test shows.
 */
#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/test.h"

const char test_title[] = "console";

static void lengths(void)
{
	static const char text[] = "note: console text\n";

	TEST_EQ(hypercall_console_io(CONSOLEIO_write, sizeof(text) - 1, text),
		0);
	TEST_EQ(hypercall_console_io(CONSOLEIO_write, 0, text), 0);
	TEST_EQ(hypercall_console_io(CONSOLEIO_write, 0, NULL), 0);
	TEST_CHECK(hypercall_console_io(CONSOLEIO_write, 0x80000000, text) < 0);
	TEST_CHECK(hypercall_console_io(CONSOLEIO_write, 0xffffffff, text) < 0);
	TEST_CHECK(hypercall_console_io(CONSOLEIO_read, 0x80000000,
					(void *)text) < 0);
	TEST_CHECK(hypercall_console_io(CONSOLEIO_read, 0xffffffff,
					(void *)text) < 0);
}

static void pointers(void)
{
	static const unsigned long bad[] = {
		0x12345678000ul,      0xffff830000000000ul,
		0xffff82d040200000ul, 0xffff800000000000ul - 8,
		0xfffffffffffffffful, 0x0000800000000000ul,
		0xffff800000000000ul,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!TEST_CHECK(hypercall_console_io(CONSOLEIO_write, 16,
						     (void *)bad[i]) < 0)) {
			test_note("buffer %lx", bad[i]);
		}
	}
}

/* Ends in the middle: the part that is there may come out, no more. */
static void half_there(void)
{
	char *page = mm_page_alloc();

	TEST_EQ(mm_map(MM_WINDOW,
		       (uint64_t)mm_virt_to_mfn(page) << PAGE_SHIFT | PTE_RW),
		0);
	memset(page + PAGE_SIZE - 8, '.', 7);
	page[PAGE_SIZE - 1] = '\n';
	TEST_CHECK(hypercall_console_io(CONSOLEIO_write, 100,
					(void *)(MM_WINDOW + PAGE_SIZE - 8)) <
		   0);
	TEST_EQ(mm_map(MM_WINDOW, 0), 0);
	mm_page_free(page);
}

static void odd_text(void)
{
	static char text[3000];
	unsigned int i;

	/* Zeros and control characters, then a line of 2999 letters. */
	for (i = 0; i < 32; i++) {
		text[i] = (char)i;
	}
	text[32] = '\n';
	TEST_EQ(hypercall_console_io(CONSOLEIO_write, 33, text), 0);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	TEST_EQ(hypercall_console_io(CONSOLEIO_write, sizeof(text), text), 0);
}

static void reading(void)
{
	char buf[64];

	TEST_EQ(hypercall_console_io(CONSOLEIO_read, sizeof(buf), buf), 0);
	TEST_EQ(hypercall_console_io(CONSOLEIO_read, 0, buf), 0);
	TEST_EQ(hypercall_console_io(99, 0, buf), -XEN_ENOSYS);
}

void test_main(void)
{
	lengths();
	pointers();
	half_there();
	odd_text();
	reading();
}
