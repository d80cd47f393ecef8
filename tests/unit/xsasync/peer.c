// SPDX-License-Identifier: BSD-2-Clause
#include "tests/unit/xsasync/peer.h"

#include <sys/socket.h>
#include <unistd.h>

struct xs_async *conn;
int peer;

static void setup_type(int type, const struct xs_async_limits *limits)
{
	int fd[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fd),
			      0);
	CU_ASSERT_EQUAL_FATAL(xs_async_open_fd(fd[0], limits, &conn), 0);
	peer = fd[1];
}

void setup(const struct xs_async_limits *limits)
{
	setup_type(SOCK_STREAM, limits);
}

void setup_device(void)
{
	setup_type(SOCK_SEQPACKET, NULL);
	conn->transport.is_socket = false;
}

void teardown(void)
{
	xs_async_close(conn);
	conn = NULL;
	if (peer >= 0) {
		(void)close(peer);
	}
	peer = -1;
}

void probe_done(void *arg, const struct xs_async_reply *reply)
{
	struct probe *p = arg;

	p->calls++;
	p->error = reply->error;
	p->transaction = reply->transaction;
	p->len = reply->len;
	CU_ASSERT_EQUAL(reply->data[reply->len], '\0');
	(void)strncpy(p->data, reply->data, sizeof(p->data) - 1);
}

bool peer_receive(struct request *out)
{
	ssize_t n = recv(peer, &out->hdr, sizeof(out->hdr), MSG_DONTWAIT);

	if (n != (ssize_t)sizeof(out->hdr)) {
		return false;
	}
	CU_ASSERT_FATAL(out->hdr.len <= XENSTORE_PAYLOAD_MAX);
	n = recv(peer, out->data, out->hdr.len, MSG_DONTWAIT);
	CU_ASSERT_EQUAL_FATAL(n, (ssize_t)out->hdr.len);
	out->data[out->hdr.len] = '\0';
	return true;
}

void peer_raw(const void *data, size_t len)
{
	CU_ASSERT_EQUAL_FATAL(send(peer, data, len, MSG_NOSIGNAL),
			      (ssize_t)len);
}

void peer_message(uint32_t type, uint32_t req_id, const char *data, size_t len)
{
	struct {
		struct xsd_sockmsg hdr;
		char data[XENSTORE_PAYLOAD_MAX];
	} m = {
		.hdr = { .type = type, .req_id = req_id, .len = (uint32_t)len }
	};

	memcpy(m.data, data, len);
	peer_raw(&m, sizeof(m.hdr) + len);
}

void peer_reply(const struct request *r, const char *data, size_t len)
{
	peer_message(r->hdr.type, r->hdr.req_id, data, len);
}

void peer_error(const struct request *r, const char *name)
{
	peer_message(XS_ERROR, r->hdr.req_id, name, strlen(name) + 1);
}
