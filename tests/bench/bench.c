// SPDX-License-Identifier: BSD-2-Clause
/*
 * The jobs that are measured, and the marks around them. It runs the same on a
 * bare kernel, in dom0 and in a guest.
 *
 *   bench mark ID           one mark
 *   bench micro             getpid, fork, exec, pipe, page faults
 *   bench disk DEVICE       sequential and random, past the page cache
 *   bench tcp-serve         the other end of tcp, once for each direction
 *   bench tcp HOST          both directions
 *   bench touch             does nothing: what fork+exec runs
 *
 * Each job says "bench: NAME COUNT" when done; the marks of job n are 2n and
 * 2n + 1 (enum job). A mark is a no-operation that the emulator's plugin
 * knows (count.c); elsewhere it does nothing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum job {
	JOB_GETPID = 10,
	JOB_FORK_EXIT,
	JOB_FORK_EXEC,
	JOB_PIPE,
	JOB_FAULT,
	JOB_DISK_READ,
	JOB_DISK_WRITE,
	JOB_RANDOM_READ,
	JOB_RANDOM_WRITE,
	JOB_TCP_SEND,
	JOB_TCP_RECEIVE,
};

#define MARKS	 64
#define MIB	 (1024 * 1024)
#define DISK_MIB 32
#define TCP_MIB	 16
#define TCP_PORT 5300

static char *marks;
static const char *self;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Each mark is the no-operation with its id, and a return. */
static void marks_prepare(void)
{
	unsigned int i;

	marks = mmap(NULL, MARKS * 16, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (marks == MAP_FAILED) {
		fail("bench: mmap");
	}
	for (i = 0; i < MARKS; i++) {
		memcpy(marks + i * 16, "\x0f\x1f\x84\x00\x00\x00HS\xc3", 9);
		marks[i * 16 + 4] = (char)i;
	}
}

static void mark(unsigned int id)
{
	union {
		char *code;
		void (*call)(void);
	} at = { .code = marks + id * 16 };

	if (id < MARKS) {
		at.call();
	}
}

static void job_begin(enum job job)
{
	/* Once unmeasured, so that the mark itself is translated. */
	mark(2 * (unsigned int)job);
	mark(2 * (unsigned int)job);
}

static void job_end(enum job job, const char *name, unsigned int count)
{
	mark(2 * (unsigned int)job + 1);
	printf("bench: %s %u\n", name, count);
	fflush(stdout);
}

static void run_getpid(unsigned int count)
{
	unsigned int i;

	job_begin(JOB_GETPID);
	for (i = 0; i < count; i++) {
		syscall(SYS_getpid);
	}
	job_end(JOB_GETPID, "getpid", count);
}

static void fork_once(bool exec_it)
{
	pid_t child = fork();

	if (child == 0) {
		if (exec_it) {
			execl(self, self, "touch", (char *)NULL);
		}
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) < 0) {
		fail("bench: fork");
	}
}

static void run_fork(unsigned int count)
{
	unsigned int i;

	job_begin(JOB_FORK_EXIT);
	for (i = 0; i < count; i++) {
		fork_once(false);
	}
	job_end(JOB_FORK_EXIT, "fork+exit", count);
	job_begin(JOB_FORK_EXEC);
	for (i = 0; i < count; i++) {
		fork_once(true);
	}
	job_end(JOB_FORK_EXEC, "fork+exec", count);
}

static void echo_until_closed(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1) {
		if (write(to, &byte, 1) != 1) {
			_exit(1);
		}
	}
	_exit(0);
}

static void run_pipe(unsigned int count)
{
	int there[2];
	int back[2];
	unsigned int i;
	char byte = 0;
	pid_t child;

	if (pipe(there) < 0 || pipe(back) < 0) {
		fail("bench: pipe");
	}
	child = fork();
	if (child == 0) {
		close(there[1]);
		echo_until_closed(there[0], back[1]);
	}
	job_begin(JOB_PIPE);
	for (i = 0; i < count; i++) {
		if (write(there[1], &byte, 1) != 1 ||
		    read(back[0], &byte, 1) != 1) {
			fail("bench: ping-pong");
		}
	}
	job_end(JOB_PIPE, "pipe", count);
	close(there[1]);
	waitpid(child, NULL, 0);
}

static void run_fault(unsigned int pages)
{
	size_t size = (size_t)pages * 4096;
	unsigned int i;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		fail("bench: mmap");
	}
	/* Small pages, as in every PV guest. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	job_begin(JOB_FAULT);
	for (i = 0; i < pages; i++) {
		((volatile char *)memory)[(size_t)i * 4096] = 1;
	}
	job_end(JOB_FAULT, "fault", pages);
	munmap(memory, size);
}

static int run_micro(void)
{
	run_getpid(20000);
	run_fork(200);
	run_pipe(2000);
	run_fault(4096);
	return 0;
}

static void disk_sequential(int disk, char *buffer, bool write_it)
{
	unsigned int i;

	for (i = 0; i < DISK_MIB; i++) {
		ssize_t done =
			write_it ? pwrite(disk, buffer, MIB, (off_t)i * MIB)
				 : pread(disk, buffer, MIB, (off_t)i * MIB);

		if (done != MIB) {
			fail("bench: disk");
		}
	}
}

/* The same places each time: a small generator with a fixed start. */
static void disk_random(int disk, char *buffer, bool write_it,
			unsigned int count)
{
	uint32_t place = 12345;
	unsigned int i;

	for (i = 0; i < count; i++) {
		off_t at;
		ssize_t done;

		place = place * 1664525u + 1013904223u;
		at = (off_t)((place >> 8) % (DISK_MIB * 256)) * 4096;
		done = write_it ? pwrite(disk, buffer, 4096, at)
				: pread(disk, buffer, 4096, at);
		if (done != 4096) {
			fail("bench: disk");
		}
	}
}

static int run_disk(const char *device)
{
	int disk = open(device, O_RDWR | O_DIRECT);
	char *buffer = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (disk < 0 || buffer == MAP_FAILED) {
		fail(device);
	}
	memset(buffer, 0x5a, MIB);
	job_begin(JOB_DISK_WRITE);
	disk_sequential(disk, buffer, true);
	job_end(JOB_DISK_WRITE, "disk-write", DISK_MIB);
	job_begin(JOB_DISK_READ);
	disk_sequential(disk, buffer, false);
	job_end(JOB_DISK_READ, "disk-read", DISK_MIB);
	job_begin(JOB_RANDOM_WRITE);
	disk_random(disk, buffer, true, 256);
	job_end(JOB_RANDOM_WRITE, "random-write", 256);
	job_begin(JOB_RANDOM_READ);
	disk_random(disk, buffer, false, 256);
	job_end(JOB_RANDOM_READ, "random-read", 256);
	return 0;
}

static void stream_out(int sock)
{
	static char buffer[65536];
	unsigned int left = TCP_MIB * 16;

	while (left > 0) {
		size_t done = 0;

		while (done < sizeof(buffer)) {
			ssize_t wrote = write(sock, buffer + done,
					      sizeof(buffer) - done);

			if (wrote <= 0) {
				fail("bench: send");
			}
			done += (size_t)wrote;
		}
		left--;
	}
	/* The other side closes when it has all of it. */
	shutdown(sock, SHUT_WR);
	if (read(sock, buffer, 1) != 0) {
		fail("bench: the end of sending");
	}
	close(sock);
}

static void stream_in(int sock)
{
	static char buffer[65536];
	size_t total = 0;
	ssize_t got;

	while ((got = read(sock, buffer, sizeof(buffer))) > 0) {
		total += (size_t)got;
	}
	close(sock);
	if (total != (size_t)TCP_MIB * MIB) {
		fprintf(stderr, "bench: received %zu bytes\n", total);
		exit(1);
	}
}

static int tcp_serve(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(TCP_PORT),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 2) < 0) {
		fail("bench: listen");
	}
	stream_in(accept(listener, NULL, NULL));
	stream_out(accept(listener, NULL, NULL));
	return 0;
}

static int tcp_connect(const char *host)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(TCP_PORT),
	};
	int sock = socket(AF_INET, SOCK_STREAM, 0);

	if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || sock < 0 ||
	    connect(sock, (struct sockaddr *)&address, sizeof(address)) < 0) {
		fail("bench: connect");
	}
	return sock;
}

static int run_tcp(const char *host)
{
	int sock = tcp_connect(host);

	job_begin(JOB_TCP_SEND);
	stream_out(sock);
	job_end(JOB_TCP_SEND, "tcp-send", TCP_MIB);
	sock = tcp_connect(host);
	job_begin(JOB_TCP_RECEIVE);
	stream_in(sock);
	job_end(JOB_TCP_RECEIVE, "tcp-receive", TCP_MIB);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	self = "/proc/self/exe";
	if (strcmp(verb, "touch") == 0) {
		return 0;
	}
	marks_prepare();
	if (strcmp(verb, "mark") == 0 && argc == 3) {
		mark((unsigned int)atoi(argv[2]));
		return 0;
	}
	if (strcmp(verb, "micro") == 0) {
		return run_micro();
	}
	if (strcmp(verb, "disk") == 0 && argc == 3) {
		return run_disk(argv[2]);
	}
	if (strcmp(verb, "tcp-serve") == 0) {
		return tcp_serve();
	}
	if (strcmp(verb, "tcp") == 0 && argc == 3) {
		return run_tcp(argv[2]);
	}
	fprintf(stderr, "usage: bench mark ID|micro|disk DEVICE|tcp-serve|"
			"tcp HOST\n");
	return 2;
}
