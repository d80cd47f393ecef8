// SPDX-License-Identifier: BSD-2-Clause
/*
 * A parent that forked waits for one byte in a pipe, or its end, so that
 * whoever started us can go on as soon as the daemon serves.
 */
#include "xenstore/daemon/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "xenstore/daemon/log.h"
#include "xenstore/daemon/loop.h"

static void on_signal(int sig)
{
	(void)sig;
	loop_stop();
}

static void set_signals(void)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGHUP, &ignore, NULL);
	(void)sigaction(SIGPIPE, &ignore, NULL);
	/* A limit on files is an error like others: the journal's to handle. */
	(void)sigaction(SIGXFSZ, &ignore, NULL);
}

/* Each program and each guest costs one descriptor. */
static void raise_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* service_detach() replaces them, whatever got their numbers. */
static void open_standard_files(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0) {
		(void)close(fd);
	}
}

void service_prepare(void)
{
	open_standard_files();
	set_signals();
	raise_files();
}

int service_pidfile(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	char text[16];
	int len;

	if (fd < 0) {
		log_error("%s: %s", path, strerror(errno));
		return -errno;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		log_error("%s: another daemon holds it", path);
		(void)close(fd);
		return -EBUSY;
	}
	len = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (ftruncate(fd, 0) || write(fd, text, (size_t)len) != len) {
		log_error("%s: %s", path, strerror(errno));
		(void)close(fd);
		return -EIO;
	}
	return fd;
}

int service_fork(void)
{
	int fds[2];
	char result = 1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC)) {
		return -errno;
	}
	pid = fork();
	if (pid < 0) {
		return -errno;
	}
	if (pid > 0) {
		(void)close(fds[1]);
		if (read(fds[0], &result, 1) != 1) {
			result = 1;
		}
		_exit(result);
	}
	(void)close(fds[0]);
	(void)setsid();
	if (chdir("/")) {
		log_warn("chdir: %s", strerror(errno));
	}
	return fds[1];
}

void service_detach(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	char result = 0;

	for (int i = 0; i < 3 && null >= 0; i++) {
		(void)dup2(null, i);
	}
	log_to_syslog();
	if (write(fd, &result, 1) != 1) {
		log_warn("nobody waits for us");
	}
	(void)close(fd);
}

void service_ready(void)
{
	static const char ready[] = "READY=1";
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	socklen_t size;
	int fd;

	if (!path || strlen(path) >= sizeof(addr.sun_path)) {
		return;
	}
	memcpy(addr.sun_path, path, strlen(path));
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(path));
	if (addr.sun_path[0] == '@') {
		addr.sun_path[0] = '\0';
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return;
	}
	if (sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL,
		   (struct sockaddr *)&addr, size) < 0) {
		log_warn("NOTIFY_SOCKET: %s", strerror(errno));
	}
	(void)close(fd);
}
