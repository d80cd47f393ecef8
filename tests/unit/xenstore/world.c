// SPDX-License-Identifier: BSD-2-Clause
/* See world.h. Domains 0 to 15 exist until a test says that they do not. */
#include "tests/unit/xenstore/world.h"

#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/check.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/state_load.h"
#include "xenstore/daemon/state_save.h"
#include "xenstore/daemon/xen.h"

#define DOMAINS	  64u
#define PEERS_MAX 64

struct server world;
bool world_rings;
unsigned int fake_notifies;
void (*fake_on_notify)(void);

/* Who reads behind a page is seen. */
static struct {
	struct xenstore_domain_interface ring;
	char gap[8192];
} pages[DOMAINS];
static struct xen_domain_state states[DOMAINS];

struct xenstore_domain_interface *fake_page(unsigned int domid)
{
	return &pages[domid].ring;
}

struct xen_domain_state *fake_state(unsigned int domid)
{
	return &states[domid];
}

int xen_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *port)
{
	*ring = &pages[0].ring;
	*port = 1;
	return 0;
}

void xen_unmap_own_ring(struct xenstore_domain_interface *ring)
{
	(void)ring;
}

int xen_map_ring(unsigned int domid, unsigned long mfn,
		 struct xenstore_domain_interface **ring)
{
	(void)mfn;
	if (domid >= DOMAINS) {
		return -ENOENT;
	}
	*ring = &pages[domid].ring;
	return 0;
}

void xen_unmap_ring(struct xenstore_domain_interface *ring)
{
	(void)ring;
}

/* Our port of a domain is its number and 100. */
int xen_bind(unsigned int domid, uint32_t remote_port)
{
	return remote_port == 0 ? -EINVAL : (int)domid + 100;
}

void xen_unbind(int port)
{
	(void)port;
}

void xen_notify(int port)
{
	void (*act)(void) = fake_on_notify;

	(void)port;
	fake_notifies++;
	fake_on_notify = NULL;
	if (act) {
		act();
	}
}

int xen_domain_state(unsigned int domid, struct xen_domain_state *out)
{
	memset(out, 0, sizeof(*out));
	if (domid < DOMAINS) {
		*out = states[domid];
	}
	return 0;
}

char *world_log;
size_t world_log_len;

static void keep(struct journal *j, const void *data, size_t len)
{
	char *bigger;

	(void)j;
	if (len == 0) {
		/* A record is missing: it is no journal any more. */
		world.journal = NULL;
		return;
	}
	bigger = realloc(world_log, world_log_len + len);
	if (!bigger) {
		abort();
	}
	memcpy(bigger + world_log_len, data, len);
	world_log = bigger;
	world_log_len += len;
}

static struct journal memory_journal = { .append = keep };

void world_start(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	if (server_init(&world)) {
		abort();
	}
	memset(states, 0, sizeof(states));
	for (unsigned int i = 0; i < DOMAINS; i++) {
		states[i].exists = true;
		memset(&pages[i].ring, 0, sizeof(pages[i].ring));
		ASAN_POISON_MEMORY_REGION(pages[i].gap, sizeof(pages[i].gap));
	}
	fake_notifies = 0;
}

void world_stop(void)
{
	world.journal = NULL;
	server_fini(&world);
	state_free(&memory_journal.out);
	free(world_log);
	world_log = NULL;
	world_log_len = 0;
}

static ssize_t peer_read(struct conn *c, void *buf, size_t len)
{
	struct peer *p = c->peer;

	if (p->in_len == 0) {
		return -EAGAIN;
	}
	len = len < p->in_len ? len : p->in_len;
	memcpy(buf, p->in, len);
	memmove(p->in, p->in + len, p->in_len - len);
	p->in_len -= len;
	return (ssize_t)len;
}

/* False if there is no room: it is as if the peer did not read. */
static bool push_out(struct peer *p, const void *buf, size_t len)
{
	if (len > sizeof(p->out) - p->out_len) {
		memmove(p->out, p->out + p->out_pos, p->out_len - p->out_pos);
		p->out_len -= p->out_pos;
		p->out_pos = 0;
	}
	if (len > sizeof(p->out) - p->out_len) {
		return false;
	}
	memcpy(p->out + p->out_len, buf, len);
	p->out_len += len;
	return true;
}

static ssize_t peer_write(struct conn *c, const void *buf, size_t len)
{
	struct peer *p = c->peer;

	if (p->stuck || !push_out(p, buf, len)) {
		return -EAGAIN;
	}
	return (ssize_t)len;
}

static void peer_gone(struct conn *c)
{
	struct peer *p = c->peer;

	p->closed = true;
	p->conn = NULL;
}

static int peer_file(const struct conn *c)
{
	const struct peer *p = c->peer;

	return p->file;
}

static const struct transport peer_transport = {
	.read = peer_read,
	.write = peer_write,
	.close = peer_gone,
	.file = peer_file,
};

static struct peer *peer_by_file[PEERS_MAX];

static void settle(void)
{
	while (server_run_ready(&world)) {
	}
	server_settle(&world);
}

/* What a guest's kernel does; true if bytes moved in either direction. */
static bool ring_move(struct peer *p)
{
	struct xenstore_domain_interface *r = p->ring;
	size_t sent = 0;
	bool moved;

	while (sent < p->in_len &&
	       r->req_prod - r->req_cons < XENSTORE_RING_SIZE) {
		r->req[MASK_XENSTORE_IDX(r->req_prod)] = p->in[sent++];
		r->req_prod++;
	}
	p->in_len -= sent;
	memmove(p->in, p->in + sent, p->in_len);
	moved = sent > 0;
	while (!p->stuck && r->rsp_cons != r->rsp_prod &&
	       push_out(p, &r->rsp[MASK_XENSTORE_IDX(r->rsp_cons)], 1)) {
		r->rsp_cons++;
		moved = true;
	}
	return moved;
}

static void ring_run(struct peer *p)
{
	struct domain *d;
	bool moved;

	do {
		moved = ring_move(p);
		domain_event(&world, (int)p->domid + 100);
		settle();
		d = domain_find(&world, p->domid);
		p->conn = d ? d->conn : NULL;
		p->closed = !p->conn;
	} while (moved && !p->closed);
}

static bool ring_open(struct peer *p, unsigned int domid)
{
	int rc;

	if (!world_rings || domain_find(&world, domid)) {
		return false;
	}
	p->ring = &pages[domid].ring;
	p->domid = domid;
	rc = domid == 0 ? domain_introduce_self(&world)
			: domain_introduce(&world, domid, 1, 7);
	if (rc) {
		abort();
	}
	p->conn = domain_find(&world, domid)->conn;
	settle();
	return true;
}

static void ring_close(struct peer *p)
{
	struct domain *d = domain_find(&world, p->domid);

	if (p->domid == 0) {
		if (d && d->conn) {
			conn_close(d->conn);
		}
	} else if (d) {
		(void)domain_release(&world, p->domid);
	}
	settle();
}

struct peer *peer_open(unsigned int domid)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p) {
		abort();
	}
	if (ring_open(p, domid)) {
		return p;
	}
	while (p->file < PEERS_MAX && peer_by_file[p->file]) {
		p->file++;
	}
	if (p->file == PEERS_MAX) {
		abort();
	}
	peer_by_file[p->file] = p;
	p->conn = conn_create(&world, &peer_transport, p, domid);
	return p;
}

void peer_close(struct peer *p)
{
	if (p->ring) {
		ring_close(p);
	} else {
		if (p->conn) {
			conn_close(p->conn);
			server_settle(&world);
		}
		peer_by_file[p->file] = NULL;
	}
	free(p->event);
	free(p);
}

void peer_run(struct peer *p)
{
	if (p->ring) {
		ring_run(p);
		return;
	}
	if (p->conn) {
		conn_run(p->conn);
	}
	settle();
}

void peer_send(struct peer *p, const void *data, size_t len)
{
	if (len > sizeof(p->in) - p->in_len) {
		abort();
	}
	memcpy(p->in + p->in_len, data, len);
	p->in_len += len;
	peer_run(p);
}

bool peer_receive(struct peer *p, struct reply *r)
{
	struct xsd_sockmsg hdr;

	memset(r, 0, sizeof(*r));
	if (p->ring && p->conn) {
		ring_run(p);
	}
	if (p->out_len - p->out_pos < sizeof(hdr)) {
		return false;
	}
	memcpy(&hdr, p->out + p->out_pos, sizeof(hdr));
	if (p->out_len - p->out_pos < sizeof(hdr) + hdr.len ||
	    hdr.len > XENSTORE_PAYLOAD_MAX) {
		return false;
	}
	r->type = hdr.type;
	r->req_id = hdr.req_id;
	r->tx_id = hdr.tx_id;
	r->len = hdr.len;
	memcpy(r->data, p->out + p->out_pos + sizeof(hdr), hdr.len);
	p->out_pos += sizeof(hdr) + hdr.len;
	return true;
}

static void keep_event(struct peer *p, const struct reply *r)
{
	unsigned int n = p->event_count;

	/* Room for twice as many, whenever there are a power of two. */
	if ((n & (n - 1)) == 0) {
		p->event = reallocarray(p->event, n ? 2 * n : 1,
					sizeof(*p->event));
	}
	if (!p->event) {
		abort();
	}
	p->event[p->event_count++] = *r;
}

static bool next_message(struct peer *p, struct reply *r)
{
	if (p->event_pos < p->event_count) {
		*r = p->event[p->event_pos++];
		return true;
	}
	return peer_receive(p, r);
}

void world_pass(unsigned int ms)
{
	world.now_ms += ms;
	turn_tick(&world);
	settle();
}

void send_request(struct peer *p, uint32_t type, uint32_t tx, const void *data,
		  size_t len)
{
	static uint32_t req_id;
	char msg[WIRE_MSG_MAX];
	struct xsd_sockmsg hdr = { .type = type,
				   .req_id = req_id,
				   .tx_id = tx,
				   .len = (uint32_t)len };

	req_id++;
	memcpy(msg, &hdr, sizeof(hdr));
	if (len > 0) {
		memcpy(msg + sizeof(hdr), data, len);
	}
	peer_send(p, msg, sizeof(hdr) + len);
}

struct reply get_reply(struct peer *p)
{
	struct reply r;

	while (peer_receive(p, &r)) {
		if (r.type != XS_WATCH_EVENT) {
			return r;
		}
		keep_event(p, &r);
	}
	memset(&r, 0, sizeof(r));
	r.type = XS_INVALID;
	return r;
}

struct reply ask(struct peer *p, uint32_t type, uint32_t tx, const void *data,
		 size_t len)
{
	struct reply r;

	send_request(p, type, tx, data, len);
	r = get_reply(p);
	/* It waits for a turn that nobody else is going to end. */
	if (r.type == XS_INVALID && p->conn && p->conn->held) {
		world_pass(TURN_MS);
		r = get_reply(p);
	}
	return r;
}

struct reply ask_str(struct peer *p, uint32_t type, uint32_t tx, const char *s)
{
	return ask(p, type, tx, s, strlen(s) + 1);
}

struct reply ask_write(struct peer *p, uint32_t tx, const char *path,
		       const char *value)
{
	char buf[XENSTORE_PAYLOAD_MAX];
	size_t len = strlen(path) + 1;

	memcpy(buf, path, len);
	memcpy(buf + len, value, strlen(value));
	return ask(p, XS_WRITE, tx, buf, len + strlen(value));
}

struct reply ask_two(struct peer *p, uint32_t type, uint32_t tx, const char *a,
		     const char *b)
{
	char buf[XENSTORE_PAYLOAD_MAX];
	size_t len = strlen(a) + 1;

	memcpy(buf, a, len);
	memcpy(buf + len, b, strlen(b) + 1);
	return ask(p, type, tx, buf, len + strlen(b) + 1);
}

bool is_error(const struct reply *r, const char *name)
{
	return r->type == XS_ERROR && strcmp(r->data, name) == 0;
}

bool is_ok(const struct reply *r)
{
	return r->type != XS_ERROR && r->type != XS_INVALID;
}

uint32_t begin(struct peer *p)
{
	struct reply r = ask_str(p, XS_TRANSACTION_START, 0, "");

	return is_ok(&r) ? (uint32_t)strtoul(r.data, NULL, 10) : 0;
}

struct reply commit(struct peer *p, uint32_t tx)
{
	return ask_str(p, XS_TRANSACTION_END, tx, "T");
}

void world_begin(struct peer **zero, struct peer **guest)
{
	world_start();
	*zero = peer_open(0);
	*guest = peer_open(3);
	(void)ask_str(*zero, XS_MKDIR, 0, "/local/domain/3");
	(void)ask_two(*zero, XS_SET_PERMS, 0, "/local/domain/3", "n3");
}

const char *next_event(struct peer *p)
{
	static char text[XENSTORE_PAYLOAD_MAX + 8];
	struct reply r;

	while (next_message(p, &r)) {
		if (r.type == XS_WATCH_EVENT) {
			(void)snprintf(text, sizeof(text), "%s %s", r.data,
				       r.data + strlen(r.data) + 1);
			return text;
		}
	}
	return "";
}

unsigned int count_events(struct peer *p)
{
	unsigned int n = 0;

	while (*next_event(p) != '\0') {
		n++;
	}
	return n;
}

bool books_balance(void)
{
	uint64_t nodes;

	return check_all(&world, stdout, &nodes) == 0;
}

/* Socket connections that were restored get their peers back. */
static void attach_peers(void)
{
	for (struct conn *c = world.conns; c; c = c->next) {
		if (c->transport->file) {
			struct peer *p = peer_by_file[c->source.fd];

			c->transport = &peer_transport;
			c->peer = p;
			p->conn = c;
			p->closed = false;
		}
	}
}

static bool load(const void *data, size_t len, bool journal)
{
	struct state_extra extra;
	char error[STATE_ERROR];

	if (state_load(&world, data, len, journal, &extra, error)) {
		(void)fprintf(stderr, "state: %s\n", error);
		return false;
	}
	return true;
}

static void begin_again(void)
{
	world.journal = NULL;
	server_fini(&world);
	if (server_init(&world)) {
		abort();
	}
}

bool world_reload(void)
{
	struct save *sv = calloc(1, sizeof(*sv));
	bool ok;

	if (!sv) {
		abort();
	}
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	begin_again();
	ok = !sv->out.error && load(sv->out.data, sv->out.len, false);
	save_clear(sv);
	free(sv);
	if (!ok) {
		return false;
	}
	attach_peers();
	domain_attach_all(&world, true);
	settle();
	return true;
}

void world_keep_journal(void)
{
	struct save *sv = calloc(1, sizeof(*sv));

	if (!sv) {
		abort();
	}
	save_outline(sv, &world);
	save_tree_begin(sv, world.root);
	while (!save_tree_step(sv, 3)) {
	}
	save_live(sv);
	save_end(sv);
	world_log_len = 0;
	keep(NULL, sv->out.data, sv->out.len);
	save_clear(sv);
	free(sv);
	world.journal = &memory_journal;
}

bool world_crash(bool torn)
{
	begin_again();
	if (!load(world_log, world_log_len - torn, true)) {
		return false;
	}
	world_keep_journal();
	domain_attach_all(&world, false);
	settle();
	return true;
}
