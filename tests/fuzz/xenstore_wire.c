// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer over a whole daemon in memory: bytes and requests on sockets and
 * on rings whose guests keep to the rules of indexes (xenstore_ring.c has
 * those that do not). A step says in its first byte what is done (its low
 * three bits) or asked for, and in its second by whom. Between steps peers
 * stop reading, domains come and go, time passes, allocations fail, and the
 * daemon is begun again by a live update or after a crash.
 *
 * Each reply must be one that was asked for, none is lost or out of order;
 * the books balance, the heap stays bounded, and at the end nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/xenstore.h"
#include "xenstore/daemon/xen.h"

/* Much more than an input of 4 KiB can make domain 0 keep. */
#define HEAP_MOST (8u << 20)

static const struct {
	unsigned int domid;
	bool ring;
} kinds[] = {
	{ 0, false }, { 0, false }, { 0, true }, { 1, true }, { 2, true }
};

#define PEERS (sizeof(kinds) / sizeof(kinds[0]))

static struct client {
	struct peer *peer;
	uint32_t asked;	   /* number of its last request */
	uint32_t answered; /* and of the last reply */
	bool raw;	   /* it sent bytes: nobody knows what was asked */
	bool gaps;	   /* what it asked for may have been dropped */
} clients[PEERS];

static void leave(struct client *c)
{
	if (c->peer) {
		fuzz_close(c->peer);
	}
	*c = (struct client){ .peer = NULL };
}

/* A peer that was closed comes again. */
static struct client *client(unsigned int who)
{
	unsigned int i = who % PEERS;
	struct client *c = &clients[i];

	if (c->peer && c->peer->closed) {
		leave(c);
	}
	if (!c->peer) {
		c->peer = fuzz_open(kinds[i].domid, kinds[i].ring);
	}
	return c;
}

static struct conn *conn_of(const struct peer *p)
{
	struct domain *d;

	if (!p->ring) {
		return p->conn;
	}
	d = domain_find(&world, p->domid);
	return d ? d->conn : NULL;
}

/* Requests to domains, a reconnect, want of memory: what waited may be gone. */
static void shake(void)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		clients[i].gaps = true;
	}
}

static void judge_reply(struct client *c, const struct reply *r)
{
	must(r->type < XS_TYPE_COUNT || r->type == XS_ERROR, "a type");
	if (r->type == XS_WATCH_EVENT) {
		must(r->req_id == 0 && r->tx_id == 0, "an event's header");
		must(memchr(r->data, '\0', r->len) && r->len > 1 &&
			     r->data[r->len - 1] == '\0',
		     "an event's strings");
		return;
	}
	if (c->raw) {
		return;
	}
	must(r->req_id > c->answered && r->req_id <= c->asked,
	     "a reply that was asked for");
	must(r->type != XS_CONTROL || fuzz_failed_alloc() ||
		     !strstr(r->data, "things are wrong"),
	     "the daemon's own check");
	must(c->gaps || r->req_id == c->answered + 1, "no reply is lost");
	c->answered = r->req_id;
}

static void read_replies(struct client *c)
{
	struct reply r;

	while (peer_receive(c->peer, &r)) {
		judge_reply(c, &r);
	}
	must(c->peer->out_len - c->peer->out_pos < WIRE_MSG_MAX,
	     "whole messages");
	if (c->peer->out_len == c->peer->out_pos) {
		c->peer->out_len = 0;
		c->peer->out_pos = 0;
	}
}

static void send_bytes(struct client *c, const void *data, size_t len)
{
	if (len <= sizeof(c->peer->in) - c->peer->in_len) {
		peer_send(c->peer, data, len);
	}
}

static void step_raw(const struct step *s)
{
	struct client *c = client(s->who);

	c->raw = true;
	shake();
	send_bytes(c, s->data, s->len);
}

/* None, its newest, its oldest, or any number. */
static uint32_t choose_txn(const struct client *c, unsigned int choice)
{
	const struct conn *conn = conn_of(c->peer);
	const struct txn *t = conn ? conn->txns : NULL;

	if (choice == 0 || choice == 3) {
		return choice;
	}
	while (choice == 2 && t && t->next) {
		t = t->next;
	}
	return t ? t->id : 0;
}

/* The payload is in @msg, behind the room for the header. */
static void send_request_as(struct client *c, uint32_t type, uint32_t tx_id,
			    char *msg, size_t len)
{
	struct xsd_sockmsg hdr = { .type = type,
				   .req_id = c->asked + 1,
				   .tx_id = tx_id,
				   .len = (uint32_t)len };

	if (type == XS_INTRODUCE || type == XS_RELEASE) {
		shake();
	}
	memcpy(msg, &hdr, sizeof(hdr));
	if (sizeof(hdr) + len <= sizeof(c->peer->in) - c->peer->in_len) {
		c->asked++;
		send_bytes(c, msg, sizeof(hdr) + len);
	}
}

static void step_request(const struct step *s)
{
	struct client *c = client(s->who & 7u);
	char msg[WIRE_MSG_MAX];
	char *data = msg + sizeof(struct xsd_sockmsg);
	size_t len = s->len;

	if (s->who & 0x80) {
		memcpy(data, s->data, len);
	} else {
		len = spell(s->data, s->len, data);
	}
	send_request_as(c, s->what >> 3, choose_txn(c, s->who >> 3 & 3u), msg,
			len);
}

static void step_txn(const struct step *s)
{
	struct client *c = client(s->who & 7u);
	char msg[WIRE_MSG_MAX];
	uint32_t type;
	size_t len = spell_txn(s, &type, msg + sizeof(struct xsd_sockmsg));
	uint32_t tx_id = type == XS_TRANSACTION_START || s->who & 0x40
				 ? 0
				 : choose_txn(c, 1 + (s->who >> 3 & 1u));

	send_request_as(c, type, tx_id, msg, len);
}

static void step_command(const struct step *s)
{
	static const char *const names[] = {
		"check",       "dump",	"dump-state", "help",
		"live-update", "log",	"logfile",    "memreport",
		"metrics",     "print", "quota",      "quota-soft",
	};
	const char *name =
		names[s->what / 8u % (sizeof(names) / sizeof(names[0]))];
	char msg[WIRE_MSG_MAX + 32];
	char *data = msg + sizeof(struct xsd_sockmsg);
	size_t len = strlen(name) + 1;

	memcpy(data, name, len);
	len += spell(s->data, s->len < 64 ? s->len : 64, data + len);
	send_request_as(client(s->who & 7u), XS_CONTROL, 0, msg,
			len < XENSTORE_PAYLOAD_MAX ? len
						   : XENSTORE_PAYLOAD_MAX);
}

static void step_domain(const struct step *s)
{
	unsigned int domid = 1 + s->who % 3u;
	struct xen_domain_state *state = fake_state(domid);

	shake();
	switch (s->who >> 5) {
	case 0:
		(void)domain_introduce(&world, domid, 1, s->len);
		break;
	case 1:
		(void)domain_release(&world, domid);
		break;
	case 2:
		state->dying = !state->dying;
		domain_check_all(&world);
		state->dying = false;
		break;
	case 3:
		state->shutdown = !state->shutdown;
		domain_check_all(&world);
		break;
	case 4:
		(void)domain_resume(&world, domid);
		break;
	case 5:
		(void)domain_set_target(&world, domid, 3 - domid % 2);
		break;
	default:
		fake_page(domid)->connection = XENSTORE_RECONNECT;
		domain_event(&world, (int)domid + 100);
		break;
	}
	server_settle(&world);
}

static void step_peer(const struct step *s)
{
	struct client *c = client(s->who & 7u);
	struct conn *conn = conn_of(c->peer);

	if (s->who & 0x80 && conn) {
		conn_close(conn);
		server_settle(&world);
		leave(c);
		return;
	}
	c->peer->stuck = s->who & 0x40;
	peer_run(c->peer);
}

static void step_time(const struct step *s)
{
	if (s->who & 0x80) {
		shake();
		fuzz_fail_alloc(s->len);
		return;
	}
	world.quota->now += s->who;
	world_pass(s->len);
}

/* Sockets do not survive a crash. */
static void crash(void)
{
	fuzz_crash();
	for (unsigned int i = 0; i < PEERS; i++) {
		if (!kinds[i].ring) {
			leave(&clients[i]);
		}
	}
}

static void step_begin_again(const struct step *s)
{
	switch (s->who & 3) {
	case 0:
		if (world.update.wanted) {
			update_failed(&world, "a try");
		}
		break;
	case 1:
		fuzz_update();
		break;
	case 2:
		if (!world.journal) {
			world_keep_journal();
		}
		break;
	default:
		if (world.journal) {
			crash();
		}
		break;
	}
}

static void run_step(const struct step *s)
{
	static void (*const kind[8])(const struct step *s) = {
		step_raw,     step_domain,	step_peer, step_time,
		step_request, step_begin_again, step_txn,  step_command,
	};

	kind[s->what & 7](s);
	while (server_run_ready(&world)) {
	}
	server_settle(&world);
	for (unsigned int i = 0; i < PEERS; i++) {
		if (clients[i].peer) {
			read_replies(&clients[i]);
		}
	}
	must(fuzz_heap() <= HEAP_MOST, "the heap's bound");
}

/* A node that everybody may read and write. */
static bool is_open(const char *path)
{
	struct peer *p = fuzz_open(0, false);
	struct reply made = ask_str(p, XS_MKDIR, 0, path);
	struct reply open = ask_two(p, XS_SET_PERMS, 0, path, "b0");

	fuzz_close(p);
	return is_ok(&made) && is_ok(&open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step s;

	fuzz_begin();
	must(is_open("/a"), "a place to meet");
	while (next_step(&data, &size, &s)) {
		run_step(&s);
	}
	fuzz_check();
	for (unsigned int i = 0; i < PEERS; i++) {
		leave(&clients[i]);
	}
	fuzz_release_all();
	must(!world.conns, "connections are gone");
	must(world.watches.count == 0, "watches are gone");
	must(world.txns.count == 0, "transactions are gone");
	fuzz_end();
	return 0;
}
