/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes the renaming back before the C library declares its functions. */
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strcmp
#undef strncmp
#undef strchr
#undef vsnprintf
#undef strlen
#undef strnlen
#undef snprintf

#include "tests/unit/hv-lib/reference.h"

#include <stdio.h>
#include <string.h>

static char *find_char(const char *s, int c)
{
	return (char *)strchr(s, c);
}

static void unchecked(int (*fn)(char *, size_t, const char *, ...), char *buf,
		      size_t size, const char *fmt)
{
	fn(buf, size, fmt);
}

static void report(const char *fmt, const char *ours, const char *theirs)
{
	printf("\n  format '%s': ours '%.70s' theirs '%.70s'\n", fmt, ours,
	       theirs);
}

const struct reference_functions reference = {
	.c_memcpy = memcpy,
	.c_memmove = memmove,
	.c_memset = memset,
	.c_memcmp = memcmp,
	.c_strcmp = strcmp,
	.c_strncmp = strncmp,
	.c_strchr = find_char,
	.c_vsnprintf = vsnprintf,
	.unchecked = unchecked,
	.report = report,
};
