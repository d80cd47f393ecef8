// SPDX-License-Identifier: BSD-2-Clause
/*
 * The device of the kernel takes a request by write() and gives replies by
 * read() exactly as a socket does; what differs is that a socket must not
 * raise SIGPIPE and that the device takes at most a message at a time.
 */
#include "xenstore/libxs/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "xenstore/libxs/xenstore_lib.h"

/* Of libxentoolcore.so.1; see struct active_handle. */
void xentoolcore__register_active_handle(struct active_handle *active);
void xentoolcore__deregister_active_handle(struct active_handle *active);
int xentoolcore__restrict_by_dup2_null(int fd);

/*
 * Nothing that the store lets a handle do can be limited to one domain: after
 * xentoolcore_restrict_all() a handle reaches nothing at all.
 */
static int restrict_transport(struct active_handle *active, uint16_t domid)
{
	struct transport *t =
		(struct transport *)(void *)((char *)active -
					     offsetof(struct transport,
						      active));

	(void)domid;
	return xentoolcore__restrict_by_dup2_null(t->fd);
}

static int open_socket(struct transport *t, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int rc;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		return -ENAMETOOLONG;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	t->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (t->fd < 0) {
		return -errno;
	}
	do {
		rc = connect(t->fd, (const struct sockaddr *)&addr,
			     sizeof(addr))
			     ? -errno
			     : 0;
	} while (rc == -EINTR);
	if (rc) {
		(void)close(t->fd);
		t->fd = -1;
		return rc;
	}
	t->is_socket = true;
	return 0;
}

static int open_path(struct transport *t, const char *path)
{
	struct stat st;

	if (!path || stat(path, &st)) {
		return path ? -errno : -ENAMETOOLONG;
	}
	if (S_ISSOCK(st.st_mode)) {
		return open_socket(t, path);
	}
	t->fd = open(path, O_RDWR | O_CLOEXEC);
	t->is_socket = false;
	return t->fd < 0 ? -errno : 0;
}

/* Registered before it is open, so that no moment escapes a restriction. */
static void transport_init(struct transport *t)
{
	t->fd = -1;
	t->stop = -1;
	t->active.restrict_it = restrict_transport;
	xentoolcore__register_active_handle(&t->active);
}

int transport_open(struct transport *t)
{
	int rc;

	transport_init(t);
	rc = open_path(t, xs_daemon_socket());
	/* Whoever names the place means no other one. */
	if (rc && !getenv("XENSTORED_PATH")) {
		rc = open_path(t, "/dev/xen/xenbus");
		if (rc == -ENOENT) {
			rc = open_path(t, "/proc/xen/xenbus");
		}
	}
	if (rc) {
		xentoolcore__deregister_active_handle(&t->active);
	}
	return rc;
}

void transport_adopt(struct transport *t, int fd)
{
	transport_init(t);
	t->fd = fd;
	t->is_socket = true;
}

void transport_close(struct transport *t)
{
	xentoolcore__deregister_active_handle(&t->active);
	(void)close(t->fd);
	t->fd = -1;
	if (t->stop >= 0) {
		(void)close(t->stop);
		t->stop = -1;
	}
}

int transport_make_stoppable(struct transport *t)
{
	if (t->stop < 0) {
		t->stop = eventfd(0, EFD_CLOEXEC);
	}
	return t->stop < 0 ? -errno : 0;
}

void transport_stop(struct transport *t)
{
	uint64_t one = 1;

	while (write(t->stop, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

ssize_t transport_send_some(struct transport *t, const char *buf, size_t len)
{
	ssize_t n = -1;

	if (t->is_socket) {
		n = send(t->fd, buf, len, MSG_NOSIGNAL);
	}
	/* After a restriction it is no socket any more. */
	if (!t->is_socket || (n < 0 && errno == ENOTSOCK)) {
		n = write(t->fd, buf, len);
	}
	return n;
}

int transport_send(struct transport *t, const struct xsd_sockmsg *hdr,
		   const struct iovec *part, unsigned int count)
{
	char msg[WIRE_MSG_MAX];
	size_t len = sizeof(*hdr);
	size_t sent = 0;

	memcpy(msg, hdr, sizeof(*hdr));
	for (unsigned int i = 0; i < count; i++) {
		if (part[i].iov_len > sizeof(msg) - len) {
			return -E2BIG;
		}
		if (part[i].iov_len > 0) {
			memcpy(msg + len, part[i].iov_base, part[i].iov_len);
		}
		len += part[i].iov_len;
	}
	while (sent < len) {
		ssize_t n = transport_send_some(t, msg + sent, len - sent);

		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		sent += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Wait until a read will not block, or -ECANCELED. */
static int wait_readable(struct transport *t)
{
	struct pollfd fds[2] = { { .fd = t->fd, .events = POLLIN },
				 { .fd = t->stop, .events = POLLIN } };

	if (t->stop < 0) {
		return 0;
	}
	while (poll(fds, 2, -1) < 0) {
		if (errno != EINTR) {
			return -errno;
		}
	}
	return fds[1].revents ? -ECANCELED : 0;
}

static int read_all(struct transport *t, void *buf, size_t len)
{
	char *at = buf;

	while (len > 0) {
		int rc = wait_readable(t);
		ssize_t n;

		if (rc) {
			return rc;
		}
		n = read(t->fd, at, len);

		if (n == 0) {
			return -EPIPE;
		}
		if (n < 0 && errno != EINTR) {
			return -errno;
		}
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int transport_receive(struct transport *t, struct message **out)
{
	struct message *m = NULL;
	struct xsd_sockmsg hdr;
	int rc = read_all(t, &hdr, sizeof(hdr));

	if (rc) {
		return rc;
	}
	if (hdr.len > XENSTORE_PAYLOAD_MAX) {
		return -EMSGSIZE;
	}
	m = malloc(sizeof(*m) + hdr.len + 1);
	if (!m) {
		return -ENOMEM;
	}
	m->next = NULL;
	m->hdr = hdr;
	m->data[hdr.len] = '\0';
	rc = read_all(t, m->data, hdr.len);
	if (rc) {
		free(m);
		return rc;
	}
	*out = m;
	return 0;
}
