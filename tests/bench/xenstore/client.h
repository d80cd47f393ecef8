/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measuring client of the XenStore table. It speaks the wire itself, so
 * that what is measured is the daemon and not a library.
 *
 * A link is a socket. On it run one or more slots: each is a logical client
 * that plays a script (script.h) over and over and waits for its own replies,
 * told apart by req_id. One slot a link is a synchronous client; many slots
 * are pipelining.
 */
#ifndef TESTS_BENCH_XENSTORE_CLIENT_H
#define TESTS_BENCH_XENSTORE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <errno.h>
#include <xen/io/xs_wire.h>

#define MSG_MAX (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)

struct link {
	int fd;
	char *out; /* queued and not sent; OUT_SIZE bytes */
	size_t out_len;
	char *carry; /* the beginning of a message, if its rest is missing */
	size_t carry_len;
};

/* Print and exit. */
void fail(const char *what) __attribute__((noreturn));

uint64_t now_ns(void);

/* Connect to the daemon's socket and make a link of it. */
int connect_to(const char *path);
struct link *link_create(const char *path);
void link_destroy(struct link *l);

/* Queue one message; link_flush() sends all that is queued. */
void link_queue(struct link *l, uint32_t type, uint32_t req, uint32_t tx,
		const void *data, size_t len);
void link_flush(struct link *l);

/*
 * Receive once and call @got for each message that is complete. With @wait
 * it blocks until something comes.
 */
void link_receive(struct link *l, bool wait,
		  void (*got)(void *ctx, const struct xsd_sockmsg *hdr,
			      const char *data),
		  void *ctx);

/*
 * One request and its reply, synchronously, with one send and one receive
 * where the reply comes in one piece. Returns the length of its payload,
 * which is copied to @reply (XENSTORE_PAYLOAD_MAX bytes); -1 for an error.
 */
int link_ask(struct link *l, uint32_t type, const void *data, size_t len,
	     char *reply);

#endif
