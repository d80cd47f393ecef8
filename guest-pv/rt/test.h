/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A micro guest that tests one subject: it defines test_title and
 * test_main(), says what must hold by TEST_CHECK and TEST_EQ, and ends with
 * one line `TEST <title>: N passed, N failed` before it powers off. Failed
 * checks name their line; passed ones are silent.
 *
 * A guest whose point is that the hypervisor kills it, and nothing else, calls
 * test_expect_crash() last before the deed; the harness looks for the rest.
 */
#ifndef RT_TEST_H
#define RT_TEST_H

#include "rt/types.h"

extern const char test_title[];
void test_main(void);

bool test_check(bool ok, const char *what, const char *file, int line);
bool test_equal(long got, long want, const char *what, const char *file,
		int line);
void test_note(const char *fmt, ...) __printf(1, 2);
void test_expect_crash(void);

/*
 * Debian's Xen and not ours: where an expectation holds on one only because
 * of the machine below it (QEMU's own faults), never to excuse our own.
 */
bool test_on_xen(void);

#define TEST_CHECK(cond) test_check((cond), #cond, __FILE__, __LINE__)
#define TEST_EQ(got, want) \
	test_equal((long)(got), (long)(want), #got, __FILE__, __LINE__)

#endif
