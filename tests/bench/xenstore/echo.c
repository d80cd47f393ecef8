// SPDX-License-Identifier: BSD-2-Clause
/*
 * The limit: a server on the same kind of socket that sends back what it got,
 * one wait for many sockets, one receive and one send for what a socket has.
 *
 * usage: echo SOCKET
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BATCH 64

static int poll_fd;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void add(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &ev)) {
		fail("epoll_ctl");
	}
}

static void echo(int fd)
{
	static char buf[65536];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == 0 || (n > 0 && send(fd, buf, (size_t)n, MSG_NOSIGNAL) < 0)) {
		(void)close(fd);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct epoll_event ev[BATCH];
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(addr.sun_path)) {
		(void)fputs("usage: echo SOCKET\n", stderr);
		return 2;
	}
	memcpy(addr.sun_path, argv[1], strlen(argv[1]));
	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, SOMAXCONN)) {
		fail(argv[1]);
	}
	poll_fd = epoll_create1(EPOLL_CLOEXEC);
	add(listener);
	for (;;) {
		int n = epoll_wait(poll_fd, ev, BATCH, -1);

		for (int i = 0; i < n; i++) {
			int fd = ev[i].data.fd;

			if (fd != listener) {
				echo(fd);
			} else if ((fd = accept(listener, NULL, NULL)) >= 0) {
				add(fd);
			}
		}
	}
}
