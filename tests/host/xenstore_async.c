// SPDX-License-Identifier: BSD-2-Clause
/*
 * libxenstore-async at a real daemon at XENSTORED_PATH, whichever that is: a
 * thousand requests in flight, each with its own reply, beside a watch on the
 * same connection; a transaction; permissions; with "large" as argument a
 * directory larger than a message (oxenstored has none). Silent when all is
 * well.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore_async.h>

#define MANY  1000
#define NAMES 50
#define LARGE 600

static struct xs_async *a;
static int failures;

static void check(bool good, const char *what)
{
	if (!good) {
		(void)printf("failed: %s\n", what);
		failures++;
	}
}

/* One request: what it is to bring. */
struct job {
	int calls;
	int error;
	char value[16];
	char wanted[16];
};

static struct job jobs[2 * MANY];
static int events;
static bool told[NAMES];
static int order;

static void done(void *arg, const struct xs_async_reply *reply)
{
	struct job *job = arg;

	job->calls++;
	job->error = reply->error;
	(void)snprintf(job->value, sizeof(job->value), "%s", reply->data);
	/* In the order of submission. */
	check(job == jobs + order, "order");
	order++;
}

static void event(void *arg, const char *path, const char *token)
{
	check(arg == &events && strcmp(token, "tok") == 0, "event");
	/* Daemons leave out what is waiting already: one of each counts. */
	if (strncmp(path, "/async/n", 8) == 0) {
		int i = atoi(path + 8);

		check(i >= 0 && i < NAMES, "event of a node");
		events += i >= 0 && i < NAMES && !told[i];
		told[i % NAMES] = true;
	}
}

/* As a program with a loop of its own would. */
static void run_loop(void)
{
	while (xs_async_outstanding(a) > 0 && xs_async_fd(a) >= 0) {
		struct pollfd fd = { .fd = xs_async_fd(a),
				     .events = xs_async_events(a) };

		check(poll(&fd, 1, 20000) == 1, "poll");
		check(xs_async_process(a) == 0, "process");
	}
}

/* Submits, and processes where a limit is reached. */
static void submit(int i, const char *path)
{
	struct job *write = &jobs[2 * i];
	struct job *read = &jobs[2 * i + 1];
	int rc;

	(void)snprintf(read->wanted, sizeof(read->wanted), "%d", i);
	(void)snprintf(write->wanted, sizeof(write->wanted), "OK");
	do {
		rc = xs_async_write(a, XBT_NULL, path, read->wanted,
				    strlen(read->wanted), done, write);
	} while (rc == -EAGAIN &&
		 !xs_async_wait(a, xs_async_outstanding(a) / 2, 20000));
	check(rc == 0, "write accepted");
	do {
		rc = xs_async_read(a, XBT_NULL, path, done, read);
	} while (rc == -EAGAIN &&
		 !xs_async_wait(a, xs_async_outstanding(a) / 2, 20000));
	check(rc == 0, "read accepted");
}

/* Each read is of what the write before it wrote. */
static void test_many(void)
{
	char path[32];

	check(xs_async_watch(a, "/async", "tok", NULL, NULL) == 0, "watch");
	check(xs_async_wait(a, 0, 20000) == 0, "watched");
	xs_async_on_event(a, event, &events);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(path, sizeof(path), "/async/n%d", i % NAMES);
		submit(i, path);
	}
	run_loop();
	for (int i = 0; i < 2 * MANY; i++) {
		check(jobs[i].calls == 1 && jobs[i].error == 0, "one reply");
		check(i % 2 == 0 || strcmp(jobs[i].value, jobs[i].wanted) == 0,
		      "own value");
	}
	/* The events of the last writes may come behind their replies. */
	for (int i = 0; events < NAMES && i < 200; i++) {
		struct pollfd fd = { .fd = xs_async_fd(a), .events = POLLIN };

		(void)poll(&fd, 1, 100);
		check(xs_async_process(a) == 0, "process");
	}
	check(events == NAMES, "an event for each node");
	check(xs_async_unwatch(a, "/async", "tok", NULL, NULL) == 0, "unwatch");
	check(xs_async_wait(a, 0, 20000) == 0, "unwatched");
}

struct answer {
	int calls;
	int error;
	xs_transaction_t t;
	unsigned int names;
	struct xs_permissions perms[3];
	int num;
};

static void keep(void *arg, const struct xs_async_reply *reply)
{
	struct answer *answer = arg;
	const char *name = NULL;

	answer->calls++;
	answer->error = reply->error;
	answer->t = reply->transaction;
	answer->num = xs_async_permissions(reply, answer->perms, 3);
	while ((name = xs_async_next_name(reply, name))) {
		answer->names++;
	}
}

static void ask(int rc)
{
	check(rc == 0 && xs_async_wait(a, 0, 20000) == 0, "asked");
}

/* Errors come to whom they belong, between others' successes. */
static void test_errors(void)
{
	struct answer answer[4] = { 0 };

	(void)xs_async_mkdir(a, XBT_NULL, "/async/e", keep, &answer[0]);
	(void)xs_async_read(a, XBT_NULL, "/async/none", keep, &answer[1]);
	(void)xs_async_mkdir(a, XBT_NULL, "/async//bad", keep, &answer[2]);
	(void)xs_async_rm(a, XBT_NULL, "/async/e", keep, &answer[3]);
	ask(0);
	check(answer[0].error == 0 && answer[1].error == -ENOENT &&
		      answer[2].error == -EINVAL && answer[3].error == 0,
	      "errors");
	for (int i = 0; i < 4; i++) {
		check(answer[i].calls == 1, "one answer");
	}
}

static void test_transaction(void)
{
	struct xs_permissions perms[2] = { { 3, XS_PERM_NONE },
					   { 4, XS_PERM_READ } };
	struct answer answer = { 0 };
	xs_transaction_t t;

	ask(xs_async_transaction_start(a, keep, &answer));
	t = answer.t;
	check(t != XBT_NULL, "transaction");
	(void)xs_async_write(a, t, "/async/t", "1", 1, NULL, NULL);
	(void)xs_async_set_permissions(a, t, "/async/t", perms, 2, NULL, NULL);
	ask(xs_async_transaction_end(a, t, false, keep, &answer));
	check(answer.error == 0, "commit");
	ask(xs_async_get_permissions(a, XBT_NULL, "/async/t", keep, &answer));
	check(answer.num == 2 && answer.perms[0].id == 3 &&
		      answer.perms[1].id == 4 &&
		      answer.perms[1].perms == XS_PERM_READ,
	      "permissions");
}

static void test_directory(int count)
{
	struct answer answer = { 0 };
	char path[64];

	for (int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "/async/d/child-number-%d",
			       i);
		check(xs_async_mkdir(a, XBT_NULL, path, NULL, NULL) == 0,
		      "mkdir");
	}
	ask(xs_async_directory(a, XBT_NULL, "/async/d", keep, &answer));
	check(answer.error == 0 && answer.calls == 1 &&
		      answer.names == (unsigned int)count,
	      "directory");
}

int main(int argc, char **argv)
{
	int rc = xs_async_open(NULL, &a);

	if (rc) {
		(void)printf("open: %s\n", strerror(-rc));
		return 1;
	}
	test_many();
	test_errors();
	test_transaction();
	test_directory(argc > 1 && strcmp(argv[1], "large") == 0 ? LARGE : 50);
	ask(xs_async_rm(a, XBT_NULL, "/async", NULL, NULL));
	xs_async_close(a);
	return failures ? 1 : 0;
}
