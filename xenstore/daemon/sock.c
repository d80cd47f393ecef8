// SPDX-License-Identifier: BSD-2-Clause
/*
 * All sockets are nonblocking: a peer that does not read makes its own output
 * wait (EPOLLOUT), and while it waits nothing is read from it.
 *
 * Out of file descriptors, a spare one is spent to accept and close the
 * newcomer, so that the listener does not spin.
 */
#include "xenstore/daemon/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/loop.h"

struct sock {
	struct loop_source source;
	struct conn *conn;
};

struct listener {
	struct loop_source source;
	struct server *server;
	int spare;
	char *path;
};

static struct listener listener = { .source.fd = -1, .spare = -1 };

static ssize_t result(ssize_t n)
{
	if (n >= 0) {
		return n;
	}
	return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
}

static ssize_t sock_read(struct conn *c, void *buf, size_t len)
{
	struct sock *sock = c->peer;
	ssize_t n = recv(sock->source.fd, buf, len, MSG_DONTWAIT);

	return n == 0 ? -EPIPE : result(n);
}

static ssize_t sock_write(struct conn *c, const void *buf, size_t len)
{
	struct sock *sock = c->peer;

	return result(
		send(sock->source.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void sock_want(struct conn *c)
{
	struct sock *sock = c->peer;
	uint32_t events = conn_reads(c) ? EPOLLIN : 0;

	if (loop_change(&sock->source, c->waiting ? EPOLLOUT : events)) {
		conn_close(c);
	}
}

static void sock_broken(struct conn *c)
{
	(void)c;
}

static void sock_free(struct conn *c)
{
	struct sock *sock = c->peer;

	loop_remove(&sock->source);
	(void)close(sock->source.fd);
	free(sock);
}

static int sock_file(const struct conn *c)
{
	const struct sock *sock = c->peer;

	return sock->source.fd;
}

static const struct transport sock_transport = {
	.read = sock_read,
	.write = sock_write,
	.want = sock_want,
	.broken = sock_broken,
	.close = sock_free,
	.file = sock_file,
};

static void sock_ready(struct loop_source *source, uint32_t events)
{
	struct sock *sock = (struct sock *)source;

	if ((events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN)) {
		conn_close(sock->conn);
		return;
	}
	conn_run(sock->conn);
	if (!conn_reads(sock->conn)) {
		sock_want(sock->conn);
	}
}

static int sock_create(struct server *s, int fd)
{
	struct sock *sock = calloc(1, sizeof(*sock));
	int rc;

	if (!sock) {
		return -ENOMEM;
	}
	sock->source.fd = fd;
	sock->source.ready = sock_ready;
	rc = loop_add(&sock->source, EPOLLIN);
	if (rc) {
		free(sock);
		return rc;
	}
	sock->conn = conn_create(s, &sock_transport, sock, 0);
	if (!sock->conn) {
		loop_remove(&sock->source);
		free(sock);
		return -ENOMEM;
	}
	return 0;
}

static void shed(struct listener *l)
{
	int fd;

	log_warn("out of file descriptors, a connection is refused");
	(void)close(l->spare);
	fd = accept4(l->source.fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		(void)close(fd);
	}
	l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void listener_ready(struct loop_source *source, uint32_t events)
{
	struct listener *l = (struct listener *)source;
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE) {
			shed(l);
		}
		return;
	}
	if (sock_create(l->server, fd)) {
		(void)close(fd);
	}
}

static bool somebody_listens(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool alive;

	if (fd < 0) {
		return false;
	}
	alive = connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0;
	(void)close(fd);
	return alive;
}

static int bind_socket(int fd, const struct sockaddr_un *addr)
{
	mode_t mask;
	int rc;

	if (somebody_listens(addr)) {
		return -EADDRINUSE;
	}
	if (unlink(addr->sun_path) && errno != ENOENT) {
		return -errno;
	}
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)addr, sizeof(*addr)) ? -errno
								    : 0;
	(void)umask(mask);
	if (!rc && listen(fd, SOMAXCONN)) {
		rc = -errno;
	}
	return rc;
}

int sock_listen(struct server *s, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;
	int rc;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		return -ENAMETOOLONG;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		return -errno;
	}
	rc = bind_socket(fd, &addr);
	if (rc) {
		(void)close(fd);
		return rc;
	}
	return sock_adopt(s, fd, path);
}

int sock_listener(void)
{
	return listener.source.fd;
}

static bool is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* A restored connection's own part; the rest is as sock_create() has it. */
static int attach(struct conn *c)
{
	struct sock *sock = calloc(1, sizeof(*sock));
	int rc;

	if (!sock) {
		return -ENOMEM;
	}
	sock->conn = c;
	sock->source.fd = c->file;
	sock->source.ready = sock_ready;
	rc = is_socket(c->file) ? loop_add(&sock->source, EPOLLIN) : -ENOTSOCK;
	if (rc) {
		free(sock);
		return rc;
	}
	c->transport = &sock_transport;
	c->peer = sock;
	conn_wake(c);
	return 0;
}

int sock_attach_all(struct server *s)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		int rc = c->transport->file ? attach(c) : 0;

		if (rc) {
			log_error("descriptor %d is no connection: %s", c->file,
				  strerror(-rc));
			return rc;
		}
	}
	return 0;
}

int sock_adopt(struct server *s, int fd, const char *path)
{
	listener.server = s;
	listener.source.fd = fd;
	listener.source.ready = listener_ready;
	listener.spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
	listener.path = strdup(path);
	return loop_add(&listener.source, EPOLLIN);
}

void sock_close(void)
{
	if (listener.source.fd < 0) {
		return;
	}
	loop_remove(&listener.source);
	(void)close(listener.source.fd);
	(void)close(listener.spare);
	if (listener.path) {
		(void)unlink(listener.path);
		free(listener.path);
	}
	listener.path = NULL;
	listener.source.fd = -1;
}
