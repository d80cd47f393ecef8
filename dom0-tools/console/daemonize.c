/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dom0-tools/console/daemonize.h"

static int ready_pipe = -1;

static int daemonize_lock(const char *name)
{
	char path[128];
	int fd, rc;

	mkdir("/run/hospes", 0755);
	snprintf(path, sizeof(path), "/run/hospes/%s.pid", name);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		rc = -errno;
		fprintf(stderr, "%s: %s: %s\n", name, path, strerror(-rc));
		return rc;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
		fprintf(stderr, "%s: %s\n", name,
			rc == -EBUSY ? "is running already" : strerror(-rc));
		close(fd);
		return rc;
	}
	return fd; /* held until the process ends */
}

static void daemonize_write_pid(int lock)
{
	char pid[32];
	int len = snprintf(pid, sizeof(pid), "%d\n", getpid());

	if (ftruncate(lock, 0) || write(lock, pid, (size_t)len) != len) {
		perror("pid file");
	}
}

/* In the first process: waits for the byte that says ready. */
static void daemonize_wait(int from, pid_t child)
{
	char byte;
	int status = 0;

	if (read(from, &byte, 1) == 1) {
		_exit(0);
	}
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status)
						       : 1);
}

int daemonize_begin(const char *name, bool foreground)
{
	int lock = daemonize_lock(name), pipes[2];
	pid_t child;

	if (lock < 0) {
		return lock;
	}
	if (!foreground) {
		if (pipe2(pipes, O_CLOEXEC)) {
			return -errno;
		}
		child = fork();
		if (child < 0) {
			return -errno;
		}
		if (child > 0) {
			close(pipes[1]);
			daemonize_wait(pipes[0], child);
		}
		close(pipes[0]);
		ready_pipe = pipes[1];
		setsid();
		if (chdir("/")) {
			return -errno;
		}
	}
	umask(077);
	daemonize_write_pid(lock);
	return 0;
}

void daemonize_ready(void)
{
	int null;

	if (ready_pipe < 0) {
		return;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		close(null);
	}
	if (write(ready_pipe, "", 1) != 1) {
		perror("daemonize");
	}
	close(ready_pipe);
	ready_pipe = -1;
}
