/* SPDX-License-Identifier: BSD-2-Clause */
/* See test.h. Counters are atomic: a second vcpu may check as well. */
#include "rt/test.h"

#include <xen/version.h>

#include "rt/console.h"
#include "rt/hypercall.h"
#include "rt/rt.h"
#include "rt/string.h"

static unsigned int passed, failed;

static const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++) {
		if (*path == '/') {
			base = path + 1;
		}
	}
	return base;
}

static bool count(bool ok)
{
	__atomic_fetch_add(ok ? &passed : &failed, 1, __ATOMIC_RELAXED);
	return ok;
}

bool test_check(bool ok, const char *what, const char *file, int line)
{
	if (!ok) {
		printk("FAIL %s:%d: %s\n", base_name(file), line, what);
	}
	return count(ok);
}

bool test_equal(long got, long want, const char *what, const char *file,
		int line)
{
	if (got != want) {
		printk("FAIL %s:%d: %s is %ld (0x%lx), want %ld (0x%lx)\n",
		       base_name(file), line, what, got, (unsigned long)got,
		       want, (unsigned long)want);
	}
	return count(got == want);
}

void test_note(const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	printk("note: %s\n", line);
}

void test_expect_crash(void)
{
	printk("TEST %s: %u passed, %u failed, and now it must be killed\n",
	       test_title, passed, failed);
}

bool test_on_xen(void)
{
	xen_extraversion_t extra;

	memset(extra, 0, sizeof(extra));
	hypercall_version(XENVER_extraversion, &extra);
	return !strstr(extra, "hospes");
}

void guest_main(void)
{
	printk("TEST %s begins\n", test_title);
	test_main();
	printk("TEST %s: %u passed, %u failed\n", test_title, passed, failed);
}
