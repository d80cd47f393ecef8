/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole daemon in memory: connections are pairs of byte buffers, domains
 * are pages that a fake hypervisor hands out. Requests go in as bytes and
 * replies come out as bytes, so the tests see what a client sees.
 */
#ifndef TESTS_UNIT_XENSTORE_WORLD_H
#define TESTS_UNIT_XENSTORE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"

struct reply {
	uint32_t type;
	uint32_t req_id;
	uint32_t tx_id;
	uint32_t len;
	char data[XENSTORE_PAYLOAD_MAX + 1];
};

struct peer {
	struct conn *conn;
	char in[65536]; /* what the peer sent and was not read yet */
	size_t in_len;
	char out[1u << 20]; /* what the daemon wrote */
	size_t out_len;
	size_t out_pos;	     /* how far the test has looked */
	struct reply *event; /* that came before a reply */
	unsigned int event_count;
	unsigned int event_pos;
	bool stuck; /* the peer does not take any output */
	bool closed;
	/* On a ring: the guest's side of it; else NULL. */
	struct xenstore_domain_interface *ring;
	unsigned int domid;
	int file; /* stands for a descriptor in a written state */
};

extern struct server world;

/*
 * Are the peers on rings? Then the first one of each domain is: its domain is
 * introduced when it is opened, and released when it closes.
 */
extern bool world_rings;

void world_start(void);
void world_stop(void);

/* A connection as domain @domid (0: as a program of domain 0). */
struct peer *peer_open(unsigned int domid);
void peer_close(struct peer *p);

/* Bytes in, one turn, everything settled. */
void peer_send(struct peer *p, const void *data, size_t len);
void peer_run(struct peer *p);

/* The next message to this peer; false if there is none. */
bool peer_receive(struct peer *p, struct reply *r);

/* Let time pass. */
void world_pass(unsigned int ms);

/* One request; and the next reply, XS_INVALID if there is none yet. */
void send_request(struct peer *p, uint32_t type, uint32_t tx, const void *data,
		  size_t len);
struct reply get_reply(struct peer *p);

/* One request and its reply; events before it are kept for next_event(). */
struct reply ask(struct peer *p, uint32_t type, uint32_t tx, const void *data,
		 size_t len);
/* The same with a string and its NUL. */
struct reply ask_str(struct peer *p, uint32_t type, uint32_t tx, const char *s);
/* Path, NUL, value without NUL. */
struct reply ask_write(struct peer *p, uint32_t tx, const char *path,
		       const char *value);
/* Two strings, each with its NUL. */
struct reply ask_two(struct peer *p, uint32_t type, uint32_t tx, const char *a,
		     const char *b);

/* Is the reply this error ("ENOENT"), or not an error (NULL)? */
bool is_error(const struct reply *r, const char *name);
bool is_ok(const struct reply *r);

/* Start a transaction; its id. */
uint32_t begin(struct peer *p);
struct reply commit(struct peer *p, uint32_t tx);

/*
 * world_start() and who most tests need: a tool of domain 0, and guest 3 with
 * a home of its own. They are the caller's to close.
 */
void world_begin(struct peer **zero, struct peer **guest);

/* The next event's path and token as "path token"; "" if there is none. */
const char *next_event(struct peer *p);
unsigned int count_events(struct peer *p);

/* Booked usage equals a recount of everything, for every domain. */
bool books_balance(void);

/*
 * Write the whole state down, take the daemon apart, and build it again from
 * what was written; peers go on. False if the state does not load.
 */
bool world_reload(void);

/* Keep a journal from here on, in memory. */
void world_keep_journal(void);
/*
 * The daemon is gone at once: peers are closed, and one begins from the
 * journal. @torn: the last record is cut. False if the journal does not load.
 */
bool world_crash(bool torn);
/* The journal as it is, for tests that look at it or spoil it. */
extern char *world_log;
extern size_t world_log_len;

/* Fake hypervisor: pages and states of domains. */
struct xenstore_domain_interface *fake_page(unsigned int domid);
struct xen_domain_state;
struct xen_domain_state *fake_state(unsigned int domid);
extern unsigned int fake_notifies;
/* What a guest does the moment it is notified, before we go on; or NULL. */
extern void (*fake_on_notify)(void);

#endif
