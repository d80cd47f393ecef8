// SPDX-License-Identifier: BSD-2-Clause
/* Sockets and messages; see client.h. */
#include "tests/bench/xenstore/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* More than all slots of one link ever queue at once. */
#define OUT_SIZE 65536
#define IN_SIZE	 262144

void fail(const char *what)
{
	(void)fprintf(stderr, "xenstore bench: %s: %s\n", what,
		      errno ? strerror(errno) : "no error");
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(addr.sun_path)) {
		fail("socket");
	}
	memcpy(addr.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		fail("connect");
	}
	return fd;
}

struct link *link_create(const char *path)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l) {
		fail("calloc");
	}
	l->fd = connect_to(path);
	l->out = malloc(OUT_SIZE);
	l->carry = malloc(MSG_MAX);
	if (!l->out || !l->carry) {
		fail("malloc");
	}
	return l;
}

void link_destroy(struct link *l)
{
	(void)close(l->fd);
	free(l->out);
	free(l->carry);
	free(l);
}

void link_queue(struct link *l, uint32_t type, uint32_t req, uint32_t tx,
		const void *data, size_t len)
{
	struct xsd_sockmsg hdr = {
		.type = type, .req_id = req, .tx_id = tx, .len = (uint32_t)len
	};

	if (l->out_len + sizeof(hdr) + len > OUT_SIZE) {
		fail("too much queued");
	}
	memcpy(l->out + l->out_len, &hdr, sizeof(hdr));
	if (len > 0) {
		memcpy(l->out + l->out_len + sizeof(hdr), data, len);
	}
	l->out_len += sizeof(hdr) + len;
}

void link_flush(struct link *l)
{
	size_t done = 0;

	while (done < l->out_len) {
		ssize_t n = send(l->fd, l->out + done, l->out_len - done,
				 MSG_NOSIGNAL);

		if (n < 0) {
			fail("send");
		}
		done += (size_t)n;
	}
	l->out_len = 0;
}

/* Hand out the complete messages of @buf; returns how much they were. */
static size_t hand_out(const char *buf, size_t len,
		       void (*got)(void *ctx, const struct xsd_sockmsg *hdr,
				   const char *data),
		       void *ctx)
{
	struct xsd_sockmsg hdr;
	size_t done = 0;

	while (len - done >= sizeof(hdr)) {
		memcpy(&hdr, buf + done, sizeof(hdr));
		if (hdr.len > XENSTORE_PAYLOAD_MAX) {
			fail("reply too long");
		}
		if (len - done < sizeof(hdr) + hdr.len) {
			break;
		}
		got(ctx, &hdr, buf + done + sizeof(hdr));
		done += sizeof(hdr) + hdr.len;
	}
	return done;
}

void link_receive(struct link *l, bool wait,
		  void (*got)(void *ctx, const struct xsd_sockmsg *hdr,
			      const char *data),
		  void *ctx)
{
	static char in[IN_SIZE];
	size_t have = l->carry_len;
	size_t done;
	ssize_t n;

	memcpy(in, l->carry, have);
	n = recv(l->fd, in + have, IN_SIZE - have, wait ? 0 : MSG_DONTWAIT);
	if (n < 0 && errno == EAGAIN) {
		return;
	}
	if (n <= 0) {
		fail("recv");
	}
	have += (size_t)n;
	done = hand_out(in, have, got, ctx);
	l->carry_len = have - done;
	memcpy(l->carry, in + done, l->carry_len);
}

struct answer {
	bool here;
	int len;
	char *data;
};

static void keep_answer(void *ctx, const struct xsd_sockmsg *hdr,
			const char *data)
{
	struct answer *a = ctx;

	if (hdr->type == XS_WATCH_EVENT) {
		return;
	}
	a->here = true;
	a->len = hdr->type == XS_ERROR ? -1 : (int)hdr->len;
	memcpy(a->data, data, hdr->len);
}

int link_ask(struct link *l, uint32_t type, const void *data, size_t len,
	     char *reply)
{
	struct answer a = { .data = reply };

	link_queue(l, type, 0, 0, data, len);
	link_flush(l);
	while (!a.here) {
		link_receive(l, true, keep_answer, &a);
	}
	return a.len;
}
