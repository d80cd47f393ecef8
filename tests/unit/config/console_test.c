/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure parts of the console daemon: ring, history, log files. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <xenstore.h>

#include "dom0-tools/console/domains.h"
#include "dom0-tools/console/history.h"
#include "dom0-tools/console/logfile.h"
#include "dom0-tools/console/ring.h"

static struct xencons_interface ring;
static struct history history;

static void test_ring_output(void)
{
	char bytes[4096];
	uint32_t start;

	/* At every offset of the index, its wrap at 2^32 included. */
	for (start = UINT32_MAX - 2999; start != 3000; start += 500) {
		memset(&ring, 0, sizeof(ring));
		ring.out_cons = start;
		ring.out_prod = start + 3;
		ring.out[MASK_XENCONS_IDX(start, ring.out)] = 'a';
		ring.out[MASK_XENCONS_IDX(start + 1, ring.out)] = 'b';
		ring.out[MASK_XENCONS_IDX(start + 2, ring.out)] = 'c';
		CU_ASSERT_EQUAL(ring_take_output(&ring, bytes, 2), 2);
		CU_ASSERT_EQUAL(memcmp(bytes, "ab", 2), 0);
		CU_ASSERT_EQUAL(ring_take_output(&ring, bytes, 9), 1);
		CU_ASSERT_EQUAL(bytes[0], 'c');
		CU_ASSERT_EQUAL(ring_take_output(&ring, bytes, 9), 0);
		CU_ASSERT_EQUAL(ring.out_cons, start + 3);
	}
}

static void test_ring_full(void)
{
	char bytes[4096];

	memset(&ring, 'x', sizeof(ring));
	ring.out_cons = 7;
	ring.out_prod = 7 + sizeof(ring.out);
	CU_ASSERT_EQUAL(ring_take_output(&ring, bytes, sizeof(bytes)),
			sizeof(ring.out));
	ring.out_prod = ring.out_cons + sizeof(ring.out) + 1;
	CU_ASSERT_EQUAL(ring_take_output(&ring, bytes, sizeof(bytes)), -EPROTO);
	ring.out_prod = ring.out_cons - 1;
	CU_ASSERT_EQUAL(ring_take_output(&ring, bytes, sizeof(bytes)), -EPROTO);
}

static void test_ring_input(void)
{
	char bytes[2000];

	memset(&ring, 0, sizeof(ring));
	memset(bytes, 'y', sizeof(bytes));
	ring.in_cons = ring.in_prod = UINT32_MAX;
	CU_ASSERT_EQUAL(ring_put_input(&ring, bytes, sizeof(bytes)),
			sizeof(ring.in));
	CU_ASSERT_EQUAL(ring_put_input(&ring, bytes, 1), 0);
	ring.in_cons += 5;
	CU_ASSERT_EQUAL(ring_put_input(&ring, bytes, 9), 5);
	ring.in_cons = ring.in_prod + 1;
	CU_ASSERT_EQUAL(ring_put_input(&ring, bytes, 9), -EPROTO);
}

static size_t history_read_all(char *to)
{
	const char *bytes;
	size_t len, total = 0;

	while ((len = history_peek(&history, &bytes)) > 0) {
		memcpy(to + total, bytes, len);
		history_consume(&history, len);
		total += len;
	}
	return total;
}

static void test_history(void)
{
	static char got[HISTORY_SIZE];
	char line[32];
	int i;

	memset(&history, 0, sizeof(history));
	history_add(&history, "hello\n", 6);
	CU_ASSERT_EQUAL(history_read_all(got), 6);
	CU_ASSERT_EQUAL(history_read_all(got), 0);
	history_rewind(&history);
	CU_ASSERT_EQUAL(history_read_all(got), 6);
	history_add(&history, "again", 5);
	history_skip(&history);
	CU_ASSERT_EQUAL(history_read_all(got), 0);

	/* A reader that never reads: it sees the newest, and a count. */
	for (i = 0; i < 10000; i++) {
		snprintf(line, sizeof(line), "line %09d\n", i);
		history_add(&history, line, 15);
	}
	CU_ASSERT_EQUAL(history.lost, 150000 - HISTORY_SIZE);
	CU_ASSERT_EQUAL(history_read_all(got), HISTORY_SIZE);
	CU_ASSERT_EQUAL(memcmp(got + HISTORY_SIZE - 15, "line 000009999\n", 15),
			0);
	/* The replay begins with a whole line. */
	history_rewind(&history);
	i = (int)history_read_all(got);
	CU_ASSERT_TRUE(i > 4000 && i <= (int)HISTORY_REPLAY);
	CU_ASSERT_EQUAL(memcmp(got, "line ", 5), 0);
}

static void test_history_no_newline(void)
{
	static char got[HISTORY_SIZE];
	int i;

	memset(&history, 0, sizeof(history));
	for (i = 0; i < 5000; i++) {
		history_add(&history, "z", 1);
	}
	history_rewind(&history);
	CU_ASSERT_EQUAL(history_read_all(got), HISTORY_REPLAY);
}

static void test_log_names(void)
{
	char safe[16];

	logfile_safe_name("../../etc/passwd", safe, sizeof(safe));
	CU_ASSERT_STRING_EQUAL(safe, "_._.._etc_passw");
	logfile_safe_name("", safe, sizeof(safe));
	CU_ASSERT_STRING_EQUAL(safe, "_");
	logfile_safe_name("web-1.example", safe, sizeof(safe));
	CU_ASSERT_STRING_EQUAL(safe, "web-1.example");
	logfile_safe_name(".hidden\n", safe, sizeof(safe));
	CU_ASSERT_STRING_EQUAL(safe, "_hidden_");
}

static off_t file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : st.st_size;
}

static void test_log_rotation(void)
{
	char dir[] = "/tmp/hospes-log-XXXXXX", path[340];
	struct logfile log = { .fd = -1 };
	int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	CU_ASSERT_EQUAL(logfile_open(&log, dir, "g", 100, 2), 0);
	for (i = 0; i < 10; i++) {
		logfile_write(&log, "0123456789012345678901234567890123456789",
			      40);
	}
	logfile_close(&log);
	CU_ASSERT_EQUAL(file_size(log.path), 80);
	snprintf(path, sizeof(path), "%s.1", log.path);
	CU_ASSERT_EQUAL(file_size(path), 80);
	unlink(path);
	snprintf(path, sizeof(path), "%s.2", log.path);
	CU_ASSERT_EQUAL(file_size(path), 80);
	unlink(path);
	snprintf(path, sizeof(path), "%s.3", log.path);
	CU_ASSERT_EQUAL(file_size(path), -1);
	unlink(log.path);
	/* A link in the place of the log is not followed. */
	CU_ASSERT_EQUAL(symlink("/tmp/elsewhere", log.path), 0);
	CU_ASSERT_EQUAL(logfile_open(&log, dir, "g", 100, 2), -ELOOP);
	logfile_write(&log, "x", 1);
	unlink(log.path);
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

/* A store that says @count answers, whatever it is asked, and hangs up. */
static struct xs_handle *store_of(const char *const *answer, unsigned int count)
{
	struct sockaddr_un place = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct xs_handle *xs;
	int peer;

	snprintf(place.sun_path, sizeof(place.sun_path), "./console-test.%d",
		 (int)getpid());
	CU_ASSERT_EQUAL(
		bind(listener, (struct sockaddr *)&place, sizeof(place)), 0);
	CU_ASSERT_EQUAL(listen(listener, 1), 0);
	setenv("XENSTORED_PATH", place.sun_path, 1);
	xs = xs_open(0);
	peer = accept(listener, NULL, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(xs);
	for (unsigned int i = 0; i < count; i++) {
		struct xsd_sockmsg hdr = {
			.type = i ? XS_IS_DOMAIN_INTRODUCED : XS_DIRECTORY,
			.req_id = i,
			.len = i ? 2 : 8 /* three names */
		};

		CU_ASSERT_EQUAL(send(peer, &hdr, sizeof(hdr), 0), sizeof(hdr));
		CU_ASSERT_EQUAL(send(peer, answer[i], hdr.len, 0), hdr.len);
	}
	shutdown(peer, SHUT_WR);
	unlink(place.sun_path);
	close(listener);
	return xs;
}

static void test_domains(void)
{
	static const char *const answers[] = { "0\0005\00017", "T", "F" };
	uint32_t *list = NULL;
	unsigned int count;
	struct xs_handle *xs = store_of(answers, 3);

	CU_ASSERT_EQUAL(domains_introduced(xs, &list, &count), 0);
	CU_ASSERT_EQUAL_FATAL(count, 1);
	CU_ASSERT_EQUAL(list[0], 5);
	free(list);
	xs_close(xs);
	/* What it did not say is not that they are gone. */
	for (unsigned int said = 0; said < 3; said++) {
		xs = store_of(answers, said);
		CU_ASSERT_EQUAL(domains_introduced(xs, &list, &count), -EPIPE);
		xs_close(xs);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "ring, output", test_ring_output },
		{ "ring, full and forged", test_ring_full },
		{ "ring, input", test_ring_input },
		{ "history", test_history },
		{ "history without lines", test_history_no_newline },
		{ "log names", test_log_names },
		{ "domains of a store that goes away", test_domains },
		{ "log rotation", test_log_rotation },
		CU_TEST_INFO_NULL,
	};
	static CU_SuiteInfo suites[] = {
		{ "console", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};
	unsigned int failed;

	CU_initialize_registry();
	CU_register_suites(suites);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
