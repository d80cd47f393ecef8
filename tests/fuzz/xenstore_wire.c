// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer over a whole daemon in memory. The input is a list of steps: one
 * byte says what to do, one says by whom, one how many bytes follow. Steps
 * are raw bytes on a connection, requests with a good header, bytes and
 * indexes in a hostile ring, a peer that stops reading, and domains that come
 * and go. At the end the books must balance and nothing may leak.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/xen.h"

#define PEERS 3u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct peer *peers[PEERS];

struct step {
	uint8_t what;
	uint8_t who;
	uint8_t len;
	const uint8_t *data;
};

static bool next_step(const uint8_t **data, size_t *size, struct step *s)
{
	if (*size < 3) {
		return false;
	}
	s->what = (*data)[0];
	s->who = (*data)[1];
	s->len = (*data)[2];
	*data += 3;
	*size -= 3;
	if (s->len > *size) {
		s->len = (uint8_t)*size;
	}
	s->data = *data;
	*data += s->len;
	*size -= s->len;
	return true;
}

/* A closed peer is opened again; what it was sent is thrown away. */
static struct peer *peer(uint8_t who)
{
	struct peer **p = &peers[who % PEERS];

	if (*p && (*p)->closed) {
		peer_close(*p);
		*p = NULL;
	}
	if (!*p) {
		*p = peer_open(who % PEERS);
	}
	(*p)->out_len = 0;
	(*p)->out_pos = 0;
	return *p;
}

static void send_raw(struct peer *p, const void *data, size_t len)
{
	if (len <= sizeof(p->in) - p->in_len) {
		peer_send(p, data, len);
	}
}

static void step_request(const struct step *s)
{
	struct xsd_sockmsg hdr = { .type = (uint32_t)s->what >> 3,
				   .tx_id = (uint32_t)s->who >> 4,
				   .len = s->len };
	char msg[sizeof(hdr) + 256];

	memcpy(msg, &hdr, sizeof(hdr));
	if (s->len > 0) {
		memcpy(msg + sizeof(hdr), s->data, s->len);
	}
	send_raw(peer(s->who), msg, sizeof(hdr) + s->len);
}

static void settle(void)
{
	while (server_run_ready(&world)) {
	}
	server_settle(&world);
}

static void step_ring(const struct step *s)
{
	unsigned int domid = 1 + s->who % 3u;
	struct xenstore_domain_interface *ring = fake_page(domid);

	for (unsigned int i = 0; i < s->len; i++) {
		ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = (char)s->data[i];
		ring->req_prod++;
	}
	if (s->who & 0x10) {
		ring->rsp_cons = ring->rsp_prod;
	}
	domain_event(&world, (int)domid + 100);
	settle();
}

static void step_spoil(const struct step *s)
{
	unsigned int domid = 1 + s->who % 3u;
	struct xenstore_domain_interface *ring = fake_page(domid);
	size_t at = offsetof(struct xenstore_domain_interface, req_cons);
	size_t room = sizeof(*ring) - at;

	memcpy((char *)ring + at, s->data, s->len < room ? s->len : room);
	domain_event(&world, (int)domid + 100);
	settle();
}

static void step_domain(const struct step *s)
{
	unsigned int domid = 1 + s->who % 3u;

	switch (s->who >> 6) {
	case 0:
		(void)domain_introduce(&world, domid, 1, s->len);
		break;
	case 1:
		(void)domain_release(&world, domid);
		break;
	case 2:
		fake_state(domid)->dying = !fake_state(domid)->dying;
		domain_check_all(&world);
		break;
	default:
		fake_page(domid)->connection = XENSTORE_RECONNECT;
		domain_event(&world, (int)domid + 100);
		break;
	}
	settle();
}

static void step_peer(const struct step *s)
{
	struct peer *p = peer(s->who);

	if (s->who & 0x80) {
		conn_close(p->conn);
		server_settle(&world);
		return;
	}
	p->stuck = s->who & 0x40;
	peer_run(p);
}

static void run_step(const struct step *s)
{
	switch (s->what & 7) {
	case 0:
		send_raw(peer(s->who), s->data, s->len);
		break;
	case 1:
		step_ring(s);
		break;
	case 2:
		step_spoil(s);
		break;
	case 3:
		step_domain(s);
		break;
	case 4:
		step_peer(s);
		break;
	default:
		step_request(s);
		break;
	}
}

static void check_books(void)
{
	for (unsigned int i = 0; i < 16; i++) {
		uint64_t bytes = 0;

		if (store_count_owned(world.root, i, &bytes) !=
			    world.quota->use[i].nodes ||
		    bytes > world.quota->use[i].bytes) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step s;

	world_start();
	while (next_step(&data, &size, &s)) {
		run_step(&s);
	}
	check_books();
	for (unsigned int i = 0; i < PEERS; i++) {
		if (peers[i]) {
			peer_close(peers[i]);
			peers[i] = NULL;
		}
	}
	for (unsigned int i = 0; i < 16; i++) {
		(void)domain_release(&world, i);
		server_settle(&world);
		if (world.quota->use[i].watches ||
		    world.quota->use[i].transactions) {
			abort();
		}
	}
	check_books();
	world_stop();
	return 0;
}
