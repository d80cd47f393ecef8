/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon for one connection, played by the test on the other end of a pair
 * of sockets, in the same thread: it says what it is told to say, byte for
 * byte. And a probe, which counts how often a completion came.
 */
#ifndef TESTS_UNIT_XSASYNC_PEER_H
#define TESTS_UNIT_XSASYNC_PEER_H

#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#include "xenstore/libxs/async.h"

struct test_row {
	const char *name;
	void (*run)(void);
};

extern const struct test_row reply_tests[];
extern const struct test_row hostile_tests[];
extern const struct test_row queue_tests[];
extern const struct test_row directory_tests[];
extern const struct test_row memory_tests[];

/* The connection under test, and the daemon's end of it. */
extern struct xs_async *conn;
extern int peer;

void setup(const struct xs_async_limits *limits);
/* As the kernel's device: a write is a message. */
void setup_device(void);
void teardown(void);

/* What one completion was called with. */
struct probe {
	int calls;
	int error;
	xs_transaction_t transaction;
	size_t len;
	char data[64];
};

void probe_done(void *arg, const struct xs_async_reply *reply);

/* One request as the daemon receives it; its payload has a NUL behind it. */
struct request {
	struct xsd_sockmsg hdr;
	char data[XENSTORE_PAYLOAD_MAX + 1];
};

/* False: there is no whole one. */
bool peer_receive(struct request *out);
void peer_raw(const void *data, size_t len);
void peer_message(uint32_t type, uint32_t req_id, const char *data, size_t len);
/* Answer @r with @data. */
void peer_reply(const struct request *r, const char *data, size_t len);
void peer_error(const struct request *r, const char *name);

#endif
