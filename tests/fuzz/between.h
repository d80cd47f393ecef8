/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stands between the daemon and what it calls, in all that is built for the
 * fuzzers of the store (with -include): a guest may change its page before
 * each index that the daemon reads, an allocation may fail, and no file but
 * those in the fuzzer's own folder is made, changed or removed.
 */
#ifndef TESTS_FUZZ_BETWEEN_H
#define TESTS_FUZZ_BETWEEN_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Called before a word of a ring's page is read. */
void between_load(const uint32_t *p);
/* May this allocation succeed? */
int between_alloc(void);
/* The books are large and mostly empty: pages from the kernel do. */
void *between_calloc(size_t n, size_t size);
void between_free(void *p);
/* Is it one of our own files? If not, errno is EACCES. */
int between_path(const char *path);
int between_open(const char *path, int flags, ...);

#define __atomic_load_n(p, order) \
	(between_load(p), __atomic_load_n((p), (order)))
#define malloc(size)	 (between_alloc() ? malloc(size) : NULL)
#define calloc(n, size)	 (between_alloc() ? between_calloc((n), (size)) : NULL)
#define free(p)		 between_free(p)
#define realloc(p, size) (between_alloc() ? realloc((p), (size)) : NULL)
#define reallocarray(p, n, size) \
	(between_alloc() ? reallocarray((p), (n), (size)) : NULL)
#define strdup(s)	   (between_alloc() ? strdup(s) : NULL)
#define open(...)	   between_open(__VA_ARGS__)
#define mkostemp(path, fl) (between_path(path) ? mkostemp((path), (fl)) : -1)
#define rename(from, to)   (between_path(to) ? rename((from), (to)) : -1)
#define unlink(path)	   (between_path(path) ? unlink(path) : -1)

#endif
