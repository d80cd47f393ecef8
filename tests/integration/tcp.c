// SPDX-License-Identifier: BSD-2-Clause
/*
 * One TCP connection, one direction, to the end of the data:
 *
 *   tcp send HOST PORT       standard input to HOST
 *   tcp receive HOST PORT    from HOST to standard output
 *   tcp serve-send PORT      the same two, waiting for HOST to call
 *   tcp serve-receive PORT
 *
 * busybox nc ends a connection when either side has no more to say, which cuts
 * off what flows the other way; a test of data needs a sender that closes last.
 * Exits 0 only when every byte was handed on, and a sender only after the
 * receiver has closed in turn.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[1 << 16];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int tcp_connect(const char *host, const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
	};
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
		fprintf(stderr, "tcp: %s is no address\n", host);
		exit(2);
	}
	if (sock < 0 ||
	    connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0) {
		fail("tcp: connect");
	}
	return sock;
}

static int tcp_accept(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;
	int sock;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 1) < 0) {
		fail("tcp: listen");
	}
	sock = accept(listener, NULL, NULL);
	if (sock < 0) {
		fail("tcp: accept");
	}
	return sock;
}

static void copy(int from, int to)
{
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) > 0) {
		ssize_t done = 0;

		while (done < got) {
			ssize_t wrote =
				write(to, buffer + done, (size_t)(got - done));

			if (wrote <= 0) {
				fail("tcp: write");
			}
			done += wrote;
		}
	}
	if (got < 0) {
		fail("tcp: read");
	}
}

static int send_all(int sock)
{
	copy(STDIN_FILENO, sock);
	shutdown(sock, SHUT_WR);
	return read(sock, buffer, 1) == 0 ? 0 : 1;
}

static int receive_all(int sock)
{
	copy(sock, STDOUT_FILENO);
	return close(sock);
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "send") == 0) {
		return send_all(tcp_connect(argv[2], argv[3]));
	}
	if (argc == 4 && strcmp(argv[1], "receive") == 0) {
		return receive_all(tcp_connect(argv[2], argv[3]));
	}
	if (argc == 3 && strcmp(argv[1], "serve-send") == 0) {
		return send_all(tcp_accept(argv[2]));
	}
	if (argc == 3 && strcmp(argv[1], "serve-receive") == 0) {
		return receive_all(tcp_accept(argv[2]));
	}
	fprintf(stderr, "usage: tcp send|receive HOST PORT\n"
			"       tcp serve-send|serve-receive PORT\n");
	return 2;
}
