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

/* @first: the domain that is attached first when another daemon takes over. */
static void start(unsigned int first)
{
	world_rings = true;
	world_start();
	if (first != 0) {
		guest = peer_open(3);
	}
	kernel = peer_open(0);
	if (first == 0) {
		guest = peer_open(3);
	}
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

	start(3);
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

/* The peer's kernel writes a request while nobody serves. */
static void leave(struct peer *p, uint32_t type, const char *data, size_t len)
{
	struct xsd_sockmsg hdr = { .type = type, .len = (uint32_t)len };
	char msg[64];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), data, len);
	for (size_t i = 0; i < sizeof(hdr) + len; i++) {
		p->ring->req[MASK_XENSTORE_IDX(p->ring->req_prod++)] = msg[i];
	}
}

/*
 * What domain 0's kernel asked about a domain while nobody served is asked
 * when all domains have their rings, whichever of them came first.
 */
static void test_asked_meanwhile(void)
{
	static const struct {
		uint32_t type;
		char text[8];
		size_t len;
	} rows[] = {
		{ XS_RELEASE, "3", 2 },
		{ XS_INTRODUCE, "3\0001\0009", 6 },
		{ XS_RESUME, "3", 2 },
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		start(i % 2 ? 3 : 0);
		leave(kernel, rows[i / 2].type, rows[i / 2].text,
		      rows[i / 2].len);
		leave(guest, XS_GET_DOMAIN_PATH, "3", 2);
		CU_ASSERT_TRUE_FATAL(world_crash(false));
		CU_ASSERT_EQUAL(get_reply(kernel).type, rows[i / 2].type);
		CU_ASSERT_EQUAL(domain_find(&world, 3) != NULL,
				rows[i / 2].type != XS_RELEASE);
		stop();
	}
}

void add_restart_suite(void)
{
	static const struct test_row rows[] = {
		{ "restart: a guest that connected anew", test_reconnected },
		{ "restart: asked while nobody served", test_asked_meanwhile },
		{ NULL, NULL },
	};

	add_suite("restarts", rows);
}
