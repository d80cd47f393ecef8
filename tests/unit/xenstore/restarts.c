// SPDX-License-Identifier: BSD-2-Clause
/*
 * What guests and domain 0's kernel can do to a daemon that is killed and
 * starts again: nothing that others lose anything by.
 */
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/xen.h"

static struct peer *kernel; /* domain 0's, on its ring */
static struct peer *guest;  /* domain 3, on its ring */

static void start(void)
{
	world_rings = true;
	world_start();
	guest = peer_open(3);
	kernel = peer_open(0);
	world_keep_journal();
}

static void stop(void)
{
	peer_close(kernel);
	peer_close(guest);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
	world_rings = false;
}

static const char *value_of(const char *path)
{
	static struct reply r;

	r = ask_str(kernel, XS_READ, 0, path);
	return r.data;
}

/*
 * A guest whose connection was closed for what it sent has another one, and
 * what it does there is in the journal, with all that others do behind it.
 */
static void test_reconnected(void)
{
	struct reply r;

	start();
	guest->ring->req_prod += 5000;
	peer_run(guest);
	CU_ASSERT_PTR_NULL(guest->conn);
	guest->ring->connection = XENSTORE_RECONNECT;
	peer_run(guest);
	r = ask_two(guest, XS_WATCH, 0, "/x", "t");
	CU_ASSERT_TRUE(is_ok(&r));
	(void)ask_write(kernel, 0, "/after", "acknowledged");
	CU_ASSERT_TRUE_FATAL(world_crash(false));
	CU_ASSERT_STRING_EQUAL(value_of("/after"), "acknowledged");
	CU_ASSERT_EQUAL(world.watches.count, 1);
	stop();
}

void add_restart_suite(void)
{
	static const struct test_row rows[] = {
		{ "restart: a guest that connected anew", test_reconnected },
		{ NULL, NULL },
	};

	add_suite("restarts", rows);
}
