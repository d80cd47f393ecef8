// SPDX-License-Identifier: BSD-2-Clause
/*
 * No memory, anywhere: a fixed story is told again and again, and each time
 * another one of the daemon's allocations fails, from the first to the last.
 * A request that is refused has changed nothing; whatever happens, the books
 * balance, the journal says what the tree is, everybody goes on or is closed,
 * and nothing is left in the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/state_load.h"

/* ---- allocations ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__real_reallocarray(void *p, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size);

static bool armed;	  /* the daemon runs, not the test */
static unsigned int left; /* allocations until the one that fails */

static bool fails(void)
{
	return armed && left > 0 && --left == 0;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return fails() ? NULL : __real_reallocarray(p, n, size);
}

/* ---- the journal, in memory that is there ---- */

static char kept[1u << 18];
static size_t kept_len;
static bool lost;

static void keep(struct journal *j, const void *data, size_t len)
{
	(void)j;
	if (len == 0) {
		lost = true;
		return;
	}
	if (len > sizeof(kept) - kept_len) {
		abort();
	}
	memcpy(kept + kept_len, data, len);
	kept_len += len;
}

static struct journal journal_here = { .append = keep };

/* ---- the story ---- */

enum who {
	ZERO,
	GUEST, /* domain 3 */
	RING,  /* domain 4, once it is introduced */
};

struct step {
	enum who who;
	uint32_t type;
	uint32_t tx;
	const char *data;
	size_t len;
};

#define SAYS(who, type, tx, text)                     \
	{                                             \
		who, type, tx, text, sizeof(text) - 1 \
	}

static const struct step story[] = {
	SAYS(ZERO, XS_WRITE, 0, "/local/domain/3\0"),
	SAYS(ZERO, XS_SET_PERMS, 0, "/local/domain/3\0n3\0r4\0"),
	SAYS(ZERO, XS_WATCH, 0, "/local\0z\0"),
	SAYS(GUEST, XS_WATCH, 0, "a\0t\0"),
	SAYS(GUEST, XS_WATCH, 0, "a\0u\0"),
	SAYS(GUEST, XS_WRITE, 0, "a/b/c\0value"),
	SAYS(GUEST, XS_WRITE, 0, "a/b/c\0longer value"),
	SAYS(GUEST, XS_MKDIR, 0, "a/d\0"),
	SAYS(GUEST, XS_SET_PERMS, 0, "a/d\0b3\0"),
	/* It loses to domain 0, and has its turn then. */
	SAYS(GUEST, XS_TRANSACTION_START, 0, "\0"),
	SAYS(GUEST, XS_DIRECTORY, 1, "a\0"),
	SAYS(GUEST, XS_WRITE, 1, "a/e\0one"),
	SAYS(GUEST, XS_RM, 1, "a/b\0"),
	SAYS(ZERO, XS_WRITE, 0, "/local/domain/3/a/f\0"),
	SAYS(GUEST, XS_TRANSACTION_END, 1, "T\0"),
	SAYS(GUEST, XS_TRANSACTION_START, 0, "\0"),
	SAYS(GUEST, XS_WRITE, 2, "a/e\0two"),
	SAYS(GUEST, XS_SET_PERMS, 2, "a/e\0n3\0r4\0"),
	SAYS(GUEST, XS_TRANSACTION_END, 2, "T\0"),
	/* Made again on another tree. */
	SAYS(GUEST, XS_TRANSACTION_START, 0, "\0"),
	SAYS(GUEST, XS_MKDIR, 3, "g/h\0"),
	SAYS(GUEST, XS_READ, 3, "a/e\0"),
	SAYS(ZERO, XS_WRITE, 0, "/elsewhere\0x"),
	SAYS(GUEST, XS_TRANSACTION_END, 3, "T\0"),
	/* A domain comes. */
	SAYS(ZERO, XS_INTRODUCE, 0, "4\0001\0005\0"),
	SAYS(ZERO, XS_WRITE, 0, "/local/domain/4\0"),
	SAYS(ZERO, XS_SET_PERMS, 0, "/local/domain/4\0n4\0"),
	SAYS(ZERO, XS_SET_TARGET, 0, "4\0004\0"),
	SAYS(RING, XS_WATCH, 0, "x\0t\0"),
	SAYS(RING, XS_WRITE, 0, "x\0ring"),
	SAYS(RING, XS_TRANSACTION_START, 0, "\0"),
	SAYS(RING, XS_WRITE, 1, "y\0never"),
	SAYS(ZERO, XS_SET_PERMS, 0, "@releaseDomain\0n0\0r3\0"),
	SAYS(GUEST, XS_UNWATCH, 0, "a\0t\0"),
	SAYS(GUEST, XS_RM, 0, "a\0"),
	SAYS(GUEST, XS_TRANSACTION_START, 0, "\0"),
	SAYS(GUEST, XS_RESET_WATCHES, 0, "\0"),
	SAYS(ZERO, XS_DIRECTORY_PART, 0, "/local/domain/3\0000\0"),
	/* A domain goes, from which others have rights. */
	SAYS(ZERO, XS_SET_PERMS, 0, "/elsewhere\0n0\0r4\0"),
	SAYS(ZERO, XS_SET_PERMS, 0, "@introduceDomain\0n0\0r4\0"),
	SAYS(ZERO, XS_RELEASE, 0, "4\0"),
};

#define STEPS (sizeof(story) / sizeof(story[0]))

static struct peer *peers[2];

static void send_ring(const char *msg, size_t len)
{
	struct xenstore_domain_interface *ring = fake_page(4);

	for (size_t i = 0; i < len; i++) {
		ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = msg[i];
	}
	ring->rsp_cons = ring->rsp_prod;
}

/* False if who would say it is not there any more. */
static bool say(const struct step *s)
{
	struct peer *p = s->who == RING ? NULL : peers[s->who];
	struct xsd_sockmsg hdr = { .type = s->type,
				   .tx_id = s->tx,
				   .len = (uint32_t)s->len };
	char msg[WIRE_MSG_MAX];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), s->data, s->len);
	if (p && !p->conn) {
		return false;
	}
	if (p) {
		memcpy(p->in, msg, sizeof(hdr) + s->len);
		p->in_len = sizeof(hdr) + s->len;
	} else {
		send_ring(msg, sizeof(hdr) + s->len);
	}
	armed = true;
	if (p) {
		conn_run(p->conn);
	} else {
		domain_event(&world, 104);
	}
	while (server_run_ready(&world)) {
	}
	server_settle(&world);
	domain_forget_rest(&world);
	armed = false;
	return true;
}

/* Was the last request of this one refused? */
static bool was_refused(const struct step *s)
{
	struct reply r = { .type = XS_INVALID };
	bool refused = false;

	while (s->who != RING && peer_receive(peers[s->who], &r)) {
		refused |= r.type == XS_ERROR;
	}
	return refused;
}

/* All of a tree that a client can see, in one number. */
static uint64_t sum_of(const struct node *node)
{
	const struct perms *perms = node_perms(node);
	uint64_t sum[] = {
		strmap_hash(node->name, node->name_len),
		strmap_hash(node_value(node), node->value_len),
		strmap_hash((const char *)perms->entry,
			    perms->count * sizeof(perms->entry[0])),
		0,
	};
	const struct node *child;
	struct child_iter it;

	child_iter_start(&it, node);
	while ((child = child_next(&it))) {
		sum[3] = 31 * sum[3] + sum_of(child);
	}
	return strmap_hash((const char *)sum, sizeof(sum));
}

static void check_journal(void)
{
	static struct server other;
	struct state_extra extra;
	char error[STATE_ERROR];

	CU_ASSERT_EQUAL_FATAL(server_init(&other), 0);
	CU_ASSERT_EQUAL(state_load(&other, kept, kept_len, true, &extra, error),
			0);
	CU_ASSERT_FALSE(extra.torn);
	CU_ASSERT_EQUAL(sum_of(other.root), sum_of(world.root));
	CU_ASSERT_EQUAL(
		other.watches.count,
		world.watches.count -
			(peers[ZERO]->conn && peers[ZERO]->conn->watches) -
			(peers[GUEST]->conn && peers[GUEST]->conn->watches));
	server_fini(&other);
}

static void start(void)
{
	world_start();
	peers[ZERO] = peer_open(0);
	peers[GUEST] = peer_open(3);
	world_keep_journal();
	memcpy(kept, world_log, world_log_len);
	kept_len = world_log_len;
	lost = false;
	world.journal = &journal_here;
}

static void stop(void)
{
	left = 0;
	CU_ASSERT_TRUE(books_balance());
	if (!lost) {
		check_journal();
	}
	peer_close(peers[ZERO]);
	peer_close(peers[GUEST]);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
	state_free(&journal_here.out);
	CU_ASSERT_EQUAL(store_allocated(), 0);
}

/* Hundreds of lines say that there is no memory: not here. */
static void be_quiet(bool on)
{
	char path[] = "/tmp/xenstore_memory.XXXXXX";
	int fd = on ? mkstemp(path) : -1;

	CU_ASSERT_EQUAL(log_to_file(on ? path : ""), 0);
	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(path);
	}
}

static uint64_t refused; /* in the last story */

/* The story with the @n-th allocation failing; true if there was one. */
static bool tell(unsigned int n)
{
	bool failed = false;

	start();
	left = n;
	for (size_t i = 0; i < STEPS; i++) {
		uint64_t before = sum_of(world.root);

		if (!say(&story[i])) {
			continue;
		}
		if (was_refused(&story[i])) {
			CU_ASSERT_EQUAL(sum_of(world.root), before);
		}
		if (left == 0 && !failed) {
			failed = true;
			CU_ASSERT_TRUE(books_balance());
		}
	}
	refused = world.metrics.errors;
	stop();
	return failed;
}

static void test_story(void)
{
	unsigned int n = 1;

	/* With memory nothing is refused but the commit that lost. */
	CU_ASSERT_FALSE(tell(100000));
	CU_ASSERT_EQUAL(refused, 1);
	be_quiet(true);
	while (tell(n)) {
		n++;
	}
	be_quiet(false);
	CU_ASSERT_TRUE(n > 100);
}

/* A daemon that begins, or takes over, with each allocation failing. */
static void test_beginning(void)
{
	static struct server s;
	struct state_extra extra;
	char error[STATE_ERROR];
	unsigned int n = 0;
	int rc;

	start();
	for (size_t i = 0; i < STEPS; i++) {
		(void)say(&story[i]);
	}
	be_quiet(true);
	do {
		left = ++n;
		armed = true;
		rc = server_init(&s);
		if (!rc) {
			rc = state_load(&s, kept, kept_len, true, &extra,
					error);
			armed = false;
			CU_ASSERT_TRUE(rc == 0 || rc == -ENOMEM);
			server_fini(&s);
		}
		armed = false;
	} while (rc || left == 0);
	be_quiet(false);
	CU_ASSERT_TRUE(n > 50);
	stop();
}

void add_memory_suite(void)
{
	static const struct test_row rows[] = {
		{ "memory: each allocation fails once", test_story },
		{ "memory: and when a daemon begins", test_beginning },
		{ NULL, NULL },
	};

	add_suite("memory", rows);
}
