// SPDX-License-Identifier: BSD-2-Clause
/*
 * The toolstack's batches of writes at a daemon at XENSTORED_PATH, whichever
 * that is: all or nothing, the first failure with its path, more than may be
 * in flight, a conflict (not with "merges" as argument: oxenstored does writes
 * again at the end), and a connection that was lost. Silent when all is well.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <xenstore_async.h>

#include "dom0-tools/lib/store.h"

#define MANY 3000

static struct xs_handle *xs;
static struct xs_async *batches;
static int failures;

static void check(bool good, const char *what)
{
	if (!good) {
		(void)printf("failed: %s\n", what);
		failures++;
	}
}

static bool is(const char *path, const char *value)
{
	char *got = store_read(xs, "%s", path);
	bool same = value ? got && strcmp(got, value) == 0 : !got;

	free(got);
	return same;
}

static void test_all(void)
{
	struct store_batch b;
	struct xs_permissions *perms;
	unsigned int num = 0;

	store_begin(&b, &batches);
	store_mkdir(&b, "/batch/dir");
	store_perms(&b, "/batch/dir", 3, 0);
	store_put(&b, "/batch/dir", "name", "value");
	store_putf(&b, "/batch", "number", "%d", 7);
	store_remove(&b, "/batch/dir/name");
	store_remove(&b, "/batch/dir/nothing");
	store_remove(&b, "/batch/nothing/below");
	store_put(&b, "/batch/dir", "last", "");
	check(is("/batch/number", NULL), "not seen before the commit");
	check(store_commit(&b) == 0, "commit");
	check(b.failed[0] == '\0', "no path failed");
	check(is("/batch/number", "7") && is("/batch/dir/last", "") &&
		      is("/batch/dir/name", NULL),
	      "all of it is there");
	perms = xs_get_permissions(xs, XBT_NULL, "/batch/dir", &num);
	check(perms && num == 2 && perms[0].id == 3 && perms[1].id == 0 &&
		      perms[1].perms == XS_PERM_READ,
	      "permissions");
	free(perms);
}

/* Two fail; the first one counts, and nothing of the batch is there. */
static void test_failure(void)
{
	struct store_batch b;

	store_begin(&b, &batches);
	store_put(&b, "/batch", "before", "1");
	store_put(&b, "/batch", "bad//path", "1");
	store_perms(&b, "/batch/absent", 0, 0);
	store_put(&b, "/batch", "behind", "1");
	check(store_commit(&b) == -EINVAL, "the first error");
	check(strcmp(b.failed, "/batch/bad//path") == 0, "its path");
	check(is("/batch/before", NULL) && is("/batch/behind", NULL),
	      "nothing was committed");
}

/* A path that is too long is no other path, and a long value is whole. */
static void test_long(void)
{
	char name[STORE_PATH_MAX];
	char value[2000];
	struct store_batch b;

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	store_begin(&b, &batches);
	store_put(&b, "/batch", name, "1");
	check(store_commit(&b) == -ENAMETOOLONG, "a path too long");
	store_begin(&b, &batches);
	store_putf(&b, "/batch", "long", "%s", value);
	check(store_commit(&b) == 0, "a long value");
	check(is("/batch/long", value), "all of it");
	memcpy(name, "/batch/", 7);
	check(store_write(xs, name, "another") == 0, "one of 511 bytes");
	check(is(name, "another"), "it is read");
	(void)snprintf(value, sizeof(value), "%sn", name);
	check(is(value, NULL), "not in the place of a longer one");
}

/* What the caller finds wrong counts only if nothing was before it. */
static void test_given_up(void)
{
	struct store_batch b;

	store_begin(&b, &batches);
	store_put(&b, "/batch", "given-up", "1");
	store_fail(&b, -ENODEV);
	store_put(&b, "/batch", "given-up-too", "1");
	check(store_commit(&b) == -ENODEV, "given up");
	check(is("/batch/given-up", NULL), "and not written");
	store_begin(&b, &batches);
	store_put(&b, "/batch", "bad//path", "1");
	store_fail(&b, -ENODEV);
	check(store_commit(&b) == -EINVAL, "a failure before");
}

static void test_many(void)
{
	struct store_batch b;
	char name[32];

	store_begin(&b, &batches);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(name, sizeof(name), "many/%d", i % 100);
		store_putf(&b, "/batch", name, "%d", i);
	}
	check(store_commit(&b) == 0, "many");
	check(is("/batch/many/99", "2999"), "the last of them");
}

/*
 * Nothing to remove at its begin, and something at its end; and a node that
 * others wrote too, which is a conflict for other daemons.
 */
static void test_conflict(void)
{
	struct store_batch b;

	check(store_write(xs, "/batch/both", "0") == 0, "before");
	store_begin(&b, &batches);
	store_put(&b, "/batch", "conflict/x", "1");
	store_remove(&b, "/batch/meanwhile");
	store_put(&b, "/batch", "both", "1");
	/* Some daemons look at a node only when they come to it. */
	check(xs_async_wait(batches, 0, -1) == 0, "half way");
	check(store_write(xs, "/batch/meanwhile", "other") == 0, "other");
	check(store_write(xs, "/batch/both", "2") == 0, "other");
	check(store_commit(&b) == -EAGAIN, "a conflict");
	check(b.failed[0] == '\0', "which is no path's fault");
	store_begin(&b, &batches);
	store_put(&b, "/batch", "conflict/x", "1");
	check(store_commit(&b) == 0, "the second time");
}

static void test_lost(void)
{
	struct store_batch b;

	store_begin(&b, &batches);
	check(shutdown(xs_async_fd(batches), SHUT_RDWR) == 0, "shutdown");
	store_put(&b, "/batch", "lost", "1");
	check(store_commit(&b) == -EPIPE, "lost");
	check(is("/batch/lost", NULL), "and not written");
	store_begin(&b, &batches);
	store_put(&b, "/batch", "lost", "2");
	check(store_commit(&b) == 0, "connected again");
}

static void test_no_daemon(void)
{
	struct xs_async *none = NULL;
	struct store_batch b;
	char *path = strdup(getenv("XENSTORED_PATH"));

	(void)setenv("XENSTORED_PATH", "/nonexistent/socket", 1);
	store_begin(&b, &none);
	store_put(&b, "/batch", "x", "1");
	check(store_commit(&b) < 0 && !none, "no daemon");
	(void)setenv("XENSTORED_PATH", path, 1);
	free(path);
}

int main(int argc, char **argv)
{
	xs = xs_open(0);
	if (!xs || !getenv("XENSTORED_PATH")) {
		perror("xs_open");
		return 1;
	}
	test_all();
	test_failure();
	test_long();
	test_given_up();
	test_many();
	if (argc < 2 || strcmp(argv[1], "merges") != 0) {
		test_conflict();
	}
	test_lost();
	test_no_daemon();
	(void)xs_rm(xs, XBT_NULL, "/batch");
	xs_async_close(batches);
	xs_close(xs);
	return failures ? 1 : 0;
}
