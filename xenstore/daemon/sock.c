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
#include "xenstore/daemon/statefile.h"

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
	ssize_t n = recv(c->source.fd, buf, len, MSG_DONTWAIT);

	return n == 0 ? -EPIPE : result(n);
}

static ssize_t sock_write(struct conn *c, const void *buf, size_t len)
{
	return result(
		send(c->source.fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void sock_want(struct conn *c)
{
	uint32_t events = conn_reads(c) ? EPOLLIN : 0;

	if (loop_change(&c->source, c->waiting ? EPOLLOUT : events)) {
		conn_close(c);
	}
}

static void sock_free(struct conn *c)
{
	loop_remove(&c->source);
	(void)close(c->source.fd);
}

static int sock_file(const struct conn *c)
{
	return c->source.fd;
}

static const struct transport sock_transport = {
	.read = sock_read,
	.write = sock_write,
	.want = sock_want,
	.close = sock_free,
	.file = sock_file,
};

static void sock_ready(struct loop_source *source, uint32_t events)
{
	struct conn *c =
		(struct conn *)((char *)source - offsetof(struct conn, source));

	if ((events & (EPOLLERR | EPOLLHUP)) && !(events & EPOLLIN)) {
		conn_close(c);
		return;
	}
	conn_run(c);
	if (!conn_reads(c)) {
		sock_want(c);
	}
}

/* Give a connection its socket; from then on it closes that. */
static int attach(struct conn *c, int fd)
{
	c->transport = &sock_transport;
	c->source.fd = fd;
	c->source.ready = sock_ready;
	return loop_add(&c->source, EPOLLIN);
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
	struct conn *c;

	(void)events;
	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE) {
			shed(l);
		}
		return;
	}
	c = conn_create(l->server, &sock_transport, NULL, 0);
	if (!c) {
		(void)close(fd);
	} else if (attach(c, fd)) {
		conn_close(c);
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
	rc = file_replaceable(addr->sun_path, S_IFSOCK);
	if (rc) {
		return rc;
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

	if (*path == '\0') {
		return -EINVAL;
	}
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

int sock_attach_all(struct server *s)
{
	for (struct conn *c = s->conns; c; c = c->next) {
		int fd = c->transport->file ? c->source.fd : -1;
		int rc = 0;

		if (fd >= 0) {
			rc = is_socket(fd) ? attach(c, fd) : -ENOTSOCK;
			conn_wake(c);
		}
		if (rc) {
			log_error("descriptor %d is no connection: %s", fd,
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
		if (file_replaceable(listener.path, S_IFSOCK) == 0) {
			(void)unlink(listener.path);
		}
		free(listener.path);
	}
	listener.path = NULL;
	listener.source.fd = -1;
}
