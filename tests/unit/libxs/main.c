// SPDX-License-Identifier: BSD-2-Clause
/*
 * libxenstore against a daemon that the test plays. Numbers of requests begin
 * at 0, so what the daemon says can lie in the socket before it is asked; and
 * with threads that are cancelled, or closed under, in the middle of a call.
 * Whatever waits for ever ends by SIGALRM.
 */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "xenstore/libxs/handle.h"
#include "xenstore/libxs/xenstore.h"

#define TEST_SECONDS 60

static struct xs_handle *h;
static int peer;
static struct sockaddr_un place = { .sun_family = AF_UNIX };
static int listener;

/* What the library asked the system for. */
static unsigned int devices_asked;
static unsigned int interruptions;
static int nothing_to = -1; /* a descriptor that takes nothing */

int __real_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st);
int __wrap_stat(const char *path, struct stat *st)
{
	devices_asked += strstr(path, "/xen/xenbus") != NULL;
	return __real_stat(path, st);
}

int __real_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	if (interruptions > 0) {
		interruptions--;
		errno = EINTR;
		return -1;
	}
	return __real_connect(fd, addr, len);
}

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	return fd == nothing_to ? 0 : __real_write(fd, data, len);
}

static void listen_somewhere(void)
{
	(void)snprintf(place.sun_path, sizeof(place.sun_path),
		       "./libxs-test.%d", (int)getpid());
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&place, sizeof(place)) ||
	    listen(listener, 5) ||
	    setenv("XENSTORED_PATH", place.sun_path, 1)) {
		perror(place.sun_path);
		exit(1);
	}
}

static void setup(void)
{
	(void)alarm(TEST_SECONDS);
	h = xs_open(0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	peer = accept(listener, NULL, NULL);
	CU_ASSERT_FATAL(peer >= 0);
}

static void teardown(void)
{
	xs_close(h);
	(void)close(peer);
	(void)alarm(0);
}

static void say(uint32_t type, uint32_t req_id, const void *data, size_t len)
{
	struct {
		struct xsd_sockmsg hdr;
		char data[XENSTORE_PAYLOAD_MAX];
	} m = {
		.hdr = { .type = type, .req_id = req_id, .len = (uint32_t)len }
	};

	memcpy(m.data, data, len);
	CU_ASSERT_EQUAL(send(peer, &m, sizeof(m.hdr) + len, MSG_NOSIGNAL),
			(ssize_t)(sizeof(m.hdr) + len));
}

static void say_error(uint32_t req_id, const char *name)
{
	say(XS_ERROR, req_id, name, strlen(name) + 1);
}

/* Reads "/a", which fails with @error. */
static void expect_error(int error)
{
	void *value = xs_read(h, XBT_NULL, "/a", NULL);

	CU_ASSERT_PTR_NULL(value);
	CU_ASSERT_EQUAL(errno, error);
	free(value);
}

static void test_reply(void)
{
	unsigned int len;
	char *value;

	setup();
	say(XS_READ, 0, "value", 5);
	value = xs_read(h, XBT_NULL, "/a", &len);
	CU_ASSERT_STRING_EQUAL(value, "value");
	CU_ASSERT_EQUAL(len, 5);
	free(value);
	say_error(1, "ENOENT");
	expect_error(ENOENT);
	teardown();
}

/* After a reply to nothing, the next ones must not be taken one too late. */
static void test_stray_reply(void)
{
	setup();
	say(XS_READ, 77, "stray", 5);
	expect_error(EBADF);
	say(XS_READ, 0, "late", 4);
	say(XS_READ, 1, "value", 5);
	expect_error(EBADF);
	teardown();
	setup();
	say_error(9, "ENOENT");
	expect_error(EBADF);
	say_error(1, "ENOENT");
	expect_error(EBADF);
	teardown();
	setup();
	say(XS_WRITE, 0, "OK", 3);
	expect_error(EBADF);
	expect_error(EBADF);
	teardown();
}

static void test_broken(void)
{
	static const struct xsd_sockmsg too_long = { .type = XS_READ,
						     .len = 4097 };

	setup();
	CU_ASSERT_EQUAL(send(peer, &too_long, sizeof(too_long), 0), 16);
	expect_error(EMSGSIZE);
	expect_error(EMSGSIZE);
	teardown();
	setup();
	CU_ASSERT_EQUAL(send(peer, &too_long, 5, 0), 5);
	CU_ASSERT_EQUAL(shutdown(peer, SHUT_WR), 0);
	expect_error(EPIPE);
	teardown();
}

static void expect_no_list(int error)
{
	unsigned int num;
	char **names = xs_directory(h, XBT_NULL, "/a", &num);

	CU_ASSERT_PTR_NULL(names);
	CU_ASSERT_EQUAL(errno, error);
	free(names);
}

static void test_no_parts(void)
{
	setup();
	say_error(0, "E2BIG");
	say_error(1, "ENOSYS");
	expect_no_list(E2BIG);
	teardown();
}

/* A full part without an end to each request. */
static void *endless(void *arg)
{
	static char part[XENSTORE_PAYLOAD_MAX] = "1";
	uint32_t id = 1;
	char request[64];

	(void)arg;
	memset(part + 2, 'n', sizeof(part) - 3);
	while (recv(peer, request, sizeof(request), 0) > 0) {
		if (id == 1) {
			say_error(0, "E2BIG");
			(void)recv(peer, request, sizeof(request), 0);
		}
		say(XS_DIRECTORY_PART, id++, part, sizeof(part));
	}
	return NULL;
}

static void test_endless_parts(void)
{
	pthread_t thread;

	setup();
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, endless, NULL), 0);
	expect_no_list(E2BIG);
	CU_ASSERT_EQUAL(shutdown(peer, SHUT_RDWR), 0);
	(void)pthread_join(thread, NULL);
	teardown();
}

static void expect_no_event(void)
{
	char **event = xs_check_watch(h);

	CU_ASSERT_PTR_NULL(event);
	CU_ASSERT_EQUAL(errno, EAGAIN);
	free(event);
}

static void *wait_for_event(void *arg)
{
	unsigned int num;
	char **event;

	(void)arg;
	errno = 0;
	event = xs_read_watch(h, &num);
	CU_ASSERT_PTR_NULL(event);
	CU_ASSERT_EQUAL(errno, EBADF);
	free(event);
	return NULL;
}

static void test_cancelled_waiting(void)
{
	pthread_t thread;
	void *result;

	setup();
	CU_ASSERT_EQUAL_FATAL(
		pthread_create(&thread, NULL, wait_for_event, NULL), 0);
	CU_ASSERT_EQUAL(pthread_cancel(thread), 0);
	CU_ASSERT_EQUAL(pthread_join(thread, &result), 0);
	CU_ASSERT_PTR_EQUAL(result, PTHREAD_CANCELED);
	expect_no_event();
	teardown();
}

/* It is cancelled already; then only its own calls notice. */
static void *take_event(void *arg)
{
	char **event;

	(void)pthread_cancel(pthread_self());
	event = xs_check_watch(h);
	*(bool *)arg = event && strcmp(event[XS_WATCH_TOKEN], "t") == 0;
	free(event);
	pthread_testcancel();
	return NULL;
}

static void test_cancelled_taking(void)
{
	struct pollfd fd = { .events = POLLIN };
	bool taken = false;
	pthread_t thread;

	setup();
	say(XS_WATCH, 0, "OK", 3);
	say(XS_WATCH_EVENT, 0, "/a\0t", 5);
	CU_ASSERT_TRUE(xs_watch(h, "/a", "t"));
	fd.fd = xs_fileno(h);
	CU_ASSERT_EQUAL(poll(&fd, 1, -1), 1);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, take_event, &taken),
			      0);
	(void)pthread_join(thread, NULL);
	CU_ASSERT_TRUE(taken);
	expect_no_event();
	CU_ASSERT_EQUAL(poll(&fd, 1, 0), 0);
	teardown();
}

static void wait_until_inside(unsigned int count)
{
	unsigned int inside = 0;

	while (inside != count) {
		(void)pthread_mutex_lock(&h->state);
		inside = h->inside;
		(void)pthread_mutex_unlock(&h->state);
	}
}

static void *wait_for_reply(void *arg)
{
	(void)arg;
	expect_error(EBADF);
	return NULL;
}

/* Those that wait for an event, for a reply, and for that request. */
static void test_closed_waiting(void)
{
	pthread_t thread[3];

	setup();
	say(XS_WATCH, 0, "OK", 3);
	CU_ASSERT_TRUE(xs_watch(h, "/a", "t"));
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL_FATAL(
			pthread_create(&thread[i], NULL,
				       i ? wait_for_reply : wait_for_event,
				       NULL),
			0);
	}
	wait_until_inside(3);
	teardown();
	for (unsigned int i = 0; i < 3; i++) {
		(void)pthread_join(thread[i], NULL);
	}
}

static void test_hung_up(void)
{
	struct pollfd fd = { .events = POLLIN };
	unsigned int num;

	setup();
	say(XS_WATCH, 0, "OK", 3);
	CU_ASSERT_TRUE(xs_watch(h, "/a", "t"));
	fd.fd = xs_fileno(h);
	CU_ASSERT_EQUAL(shutdown(peer, SHUT_RDWR), 0);
	CU_ASSERT_EQUAL(poll(&fd, 1, -1), 1);
	CU_ASSERT_PTR_NULL(xs_check_watch(h));
	CU_ASSERT_EQUAL(errno, EPIPE);
	CU_ASSERT_PTR_NULL(xs_read_watch(h, &num));
	expect_error(EPIPE);
	teardown();
}

/* Whoever names a socket does not get the kernel's device in its place. */
static void test_no_other_place(void)
{
	CU_ASSERT_EQUAL(setenv("XENSTORED_PATH", "/nowhere/socket", 1), 0);
	devices_asked = 0;
	CU_ASSERT_PTR_NULL(xs_open(0));
	CU_ASSERT_EQUAL(errno, ENOENT);
	CU_ASSERT_EQUAL(devices_asked, 0);
	CU_ASSERT_EQUAL(unsetenv("XENSTORED_PATH"), 0);
	CU_ASSERT_EQUAL(setenv("XENSTORED_RUNDIR", "/nowhere", 1), 0);
	CU_ASSERT_PTR_NULL(xs_open(0));
	CU_ASSERT_TRUE(devices_asked > 0);
	CU_ASSERT_EQUAL(setenv("XENSTORED_PATH", place.sun_path, 1), 0);
}

static void test_interrupted(void)
{
	interruptions = 3;
	setup();
	CU_ASSERT_EQUAL(interruptions, 0);
	teardown();
}

static void test_takes_nothing(void)
{
	(void)alarm(TEST_SECONDS);
	nothing_to = STDOUT_FILENO;
	CU_ASSERT_FALSE(xs_write_all(STDOUT_FILENO, "abc", 3));
	nothing_to = -1;
	(void)alarm(0);
}

static const struct {
	const char *name;
	void (*run)(void);
} rows[] = {
	{ "a reply, an error", test_reply },
	{ "replies to nothing", test_stray_reply },
	{ "broken messages", test_broken },
	{ "a daemon without parts", test_no_parts },
	{ "a list without an end", test_endless_parts },
	{ "cancelled while it waits", test_cancelled_waiting },
	{ "cancelled while it takes", test_cancelled_taking },
	{ "closed while others wait", test_closed_waiting },
	{ "hung up", test_hung_up },
	{ "no other place", test_no_other_place },
	{ "interrupted", test_interrupted },
	{ "takes nothing", test_takes_nothing },
};

int main(void)
{
	unsigned int failures;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	listen_somewhere();
	suite = CU_add_suite("libxs", NULL, NULL);
	for (size_t i = 0; suite && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!CU_add_test(suite, rows[i].name, rows[i].run)) {
			abort();
		}
	}
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	(void)unlink(place.sun_path);
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures ? 1 : 0;
}
