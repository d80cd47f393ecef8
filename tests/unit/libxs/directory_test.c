// SPDX-License-Identifier: BSD-2-Clause
/*
 * xs_directory() at a daemon that is played by the other process here: the
 * list is too long for one reply, and changes between one part and the next,
 * as often as the test says. It counts what it was asked, in memory that both
 * share.
 */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

#include "xenstore/libxs/xenstore.h"

#define OUR_TRANSACTION 77u
#define ALWAYS		1000000u

/* How the daemon behaves, and what it saw. */
static struct plan {
	unsigned int changes;		/* so many, one after each first part */
	unsigned int changes_inside;	/* in transactions */
	const char *refuse_transaction; /* its error */
	unsigned int parts;
	unsigned int started;
	unsigned int aborted;
	unsigned int committed;
	unsigned int generation;
} * plan;

static void answer(int fd, struct xsd_sockmsg hdr, const char *data, size_t len)
{
	hdr.len = (uint32_t)len;
	if (write(fd, &hdr, sizeof(hdr)) != sizeof(hdr) ||
	    write(fd, data, len) != (ssize_t)len) {
		_exit(1);
	}
}

static void refuse(int fd, struct xsd_sockmsg hdr, const char *error)
{
	hdr.type = XS_ERROR;
	answer(fd, hdr, error, strlen(error) + 1);
}

/* Two parts, "aa" and "bb", with the generation in front. */
static void answer_part(int fd, struct xsd_sockmsg hdr, const char *payload)
{
	unsigned int *changes =
		hdr.tx_id ? &plan->changes_inside : &plan->changes;
	bool first = strcmp(payload + strlen(payload) + 1, "0") == 0;
	char text[32];
	int len;

	plan->parts++;
	if (!first && *changes) {
		*changes -= *changes != ALWAYS;
		plan->generation++;
	}
	len = snprintf(text, sizeof(text), "%u%c%s%c", plan->generation, 0,
		       first ? "aa" : "bb", 0);
	/* The last part has an empty name behind it. */
	answer(fd, hdr, text, (size_t)len + !first);
}

static void answer_end(int fd, struct xsd_sockmsg hdr, const char *payload)
{
	if (hdr.tx_id != OUR_TRANSACTION) {
		refuse(fd, hdr, "ENOENT");
		return;
	}
	*(payload[0] == 'F' ? &plan->aborted : &plan->committed) += 1;
	answer(fd, hdr, "OK", 3);
}

static void serve_one(int fd, struct xsd_sockmsg hdr, const char *payload)
{
	switch (hdr.type) {
	case XS_DIRECTORY:
		refuse(fd, hdr, "E2BIG");
		break;
	case XS_DIRECTORY_PART:
		answer_part(fd, hdr, payload);
		break;
	case XS_TRANSACTION_START:
		plan->started++;
		if (plan->refuse_transaction) {
			refuse(fd, hdr, plan->refuse_transaction);
		} else {
			answer(fd, hdr, "77", 3);
		}
		break;
	case XS_TRANSACTION_END:
		answer_end(fd, hdr, payload);
		break;
	default:
		refuse(fd, hdr, "ENOSYS");
	}
}

static void serve(int fd)
{
	char payload[XENSTORE_PAYLOAD_MAX];
	struct xsd_sockmsg hdr;

	while (recv(fd, &hdr, sizeof(hdr), MSG_WAITALL) == sizeof(hdr) &&
	       hdr.len <= sizeof(payload) &&
	       recv(fd, payload, hdr.len, MSG_WAITALL) == (ssize_t)hdr.len) {
		serve_one(fd, hdr, payload);
	}
	_exit(0);
}

/* One connection to a daemon with the plan, in a process of its own. */
static struct xs_handle *connect_to_daemon(pid_t *pid)
{
	char dir[] = "./directory-test.XXXXXX";
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct xs_handle *h;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/s", dir);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (void *)&addr, sizeof(addr)), 0);
	CU_ASSERT_EQUAL_FATAL(listen(fd, 1), 0);
	*pid = fork();
	if (*pid == 0) {
		serve(accept(fd, NULL, NULL));
	}
	CU_ASSERT_EQUAL_FATAL(setenv("XENSTORED_PATH", addr.sun_path, 1), 0);
	h = xs_open(0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(h);
	(void)close(fd);
	(void)unlink(addr.sun_path);
	(void)rmdir(dir);
	return h;
}

/* What xs_directory() says: 0 and both names, or errno. */
static int ask(struct plan how, xs_transaction_t t)
{
	unsigned int num = 0;
	struct xs_handle *h;
	char **names;
	int error;
	pid_t pid;

	*plan = how;
	h = connect_to_daemon(&pid);
	/* A library that asks for ever is ended by this. */
	(void)alarm(30);
	names = xs_directory(h, t, "/d", &num);
	error = names ? 0 : errno;
	(void)alarm(0);
	if (names) {
		CU_ASSERT_EQUAL_FATAL(num, 2);
		CU_ASSERT_STRING_EQUAL(names[0], "aa");
		CU_ASSERT_STRING_EQUAL(names[1], "bb");
	}
	free(names);
	xs_close(h);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	return error;
}

static void test_keeps_still(void)
{
	CU_ASSERT_EQUAL(ask((struct plan){ 0 }, XBT_NULL), 0);
	CU_ASSERT_EQUAL(plan->parts, 2);
	CU_ASSERT_EQUAL(plan->started, 0);
}

static void test_changes(void)
{
	CU_ASSERT_EQUAL(ask((struct plan){ .changes = 3 }, XBT_NULL), 0);
	CU_ASSERT_EQUAL(plan->parts, 8);
	CU_ASSERT_EQUAL(plan->started, 0);
}

static void test_changes_always(void)
{
	CU_ASSERT_EQUAL(ask((struct plan){ .changes = ALWAYS }, XBT_NULL), 0);
	CU_ASSERT(plan->parts <= 100);
	CU_ASSERT_EQUAL(plan->started, 1);
	/* It has only looked: nothing is to be committed. */
	CU_ASSERT_EQUAL(plan->aborted, 1);
	CU_ASSERT_EQUAL(plan->committed, 0);
}

static void test_no_transaction(void)
{
	struct plan how = { .changes = ALWAYS, .refuse_transaction = "ENOSPC" };

	CU_ASSERT_EQUAL(ask(how, XBT_NULL), ENOSPC);
	CU_ASSERT_EQUAL(plan->started, 1);
	CU_ASSERT_EQUAL(plan->aborted, 0);
}

/* The caller's own transaction stays the caller's. */
static void test_callers_transaction(void)
{
	struct plan how = { .changes_inside = ALWAYS };

	CU_ASSERT_EQUAL(ask(how, OUR_TRANSACTION), EBUSY);
	CU_ASSERT(plan->parts <= 100);
	CU_ASSERT_EQUAL(plan->started, 0);
	CU_ASSERT_EQUAL(plan->aborted, 0);
	how = (struct plan){ .changes = ALWAYS, .changes_inside = ALWAYS };
	CU_ASSERT_EQUAL(ask(how, XBT_NULL), EBUSY);
	CU_ASSERT_EQUAL(plan->aborted, 1);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failures;

	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (plan == MAP_FAILED || CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	suite = CU_add_suite("xs_directory in parts", NULL, NULL);
	CU_ADD_TEST(suite, test_keeps_still);
	CU_ADD_TEST(suite, test_changes);
	CU_ADD_TEST(suite, test_changes_always);
	CU_ADD_TEST(suite, test_no_transaction);
	CU_ADD_TEST(suite, test_callers_transaction);
	CU_basic_set_mode(CU_BRM_NORMAL);
	(void)CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures > 0;
}
