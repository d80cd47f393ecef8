/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_STORE_H
#define HOSPES_DOM0_STORE_H
/*
 * The store as the toolstack uses it: paths made by printf, values as text,
 * the error of a whole batch of writes kept until its end, with its path.
 */
#include <stdbool.h>
#include <stdint.h>

#include <xenstore.h>

struct xs_async;

#define STORE_PATH_MAX 512

/*
 * A batch of writes in one transaction, sent without waiting for each reply:
 * however many they are, it waits three times, for the transaction's begin,
 * for all writes, and for its end. After the first failure that is known, the
 * rest do nothing; store_commit() tells. On -EAGAIN the caller starts over.
 */
struct store_batch {
	struct xs_async *xs;
	xs_transaction_t t;
	int rc;
	/* What could not be written; empty when it was not a path's fault. */
	char failed[STORE_PATH_MAX];
};

/*
 * Starts a batch on *connection, which is opened if it is NULL or has failed;
 * the caller closes it some time, never between begin and commit.
 */
void store_begin(struct store_batch *batch, struct xs_async **connection);
/* 0, -EAGAIN or what went wrong first. */
int store_commit(struct store_batch *batch);
/* Gives the batch up, unless something before failed already. */
void store_fail(struct store_batch *batch, int rc);
/* Writes `value` to `base`/`name`; a path of STORE_PATH_MAX is a failure. */
void store_put(struct store_batch *batch, const char *base, const char *name,
	       const char *value);
void store_putf(struct store_batch *batch, const char *base, const char *name,
		const char *format, ...) __attribute__((format(printf, 4, 5)));
void store_mkdir(struct store_batch *batch, const char *path);
/* That it was not there is no failure. */
void store_remove(struct store_batch *batch, const char *path);
/*
 * Owner and one reader; what is created below it later inherits both. With
 * owner == reader only the owner has it.
 */
void store_perms(struct store_batch *batch, const char *path, uint32_t owner,
		 uint32_t reader);

/* Outside of batches. Results are malloc'd; NULL and errno. */
char *store_read(struct xs_handle *xs, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* -ENOENT where there is none or it is no number. */
int store_read_u64(struct xs_handle *xs, uint64_t *value, const char *format,
		   ...) __attribute__((format(printf, 3, 4)));
char **store_directory(struct xs_handle *xs, unsigned int *count,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int store_write(struct xs_handle *xs, const char *path, const char *value);
bool store_exists(struct xs_handle *xs, const char *path);
/*
 * Removes path and every parent directory that this leaves empty, up to but
 * not `stop`.
 */
void store_prune(struct xs_handle *xs, const char *path, const char *stop);

#endif
