/* SPDX-License-Identifier: BSD-2-Clause */
#include "dom0-tools/lib/hotplug.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const hotplug_dirs[] = {
	HOTPLUG_DIR,
	"/etc/xen/scripts",
};

static int script_at(const char *dir, const char *script, char *path,
		     size_t path_len)
{
	int len = snprintf(path, path_len, "%s/%s", dir, script);

	return len < 0 || (size_t)len >= path_len ? -ENAMETOOLONG : 0;
}

int hotplug_script_path(const char *script, char *path, size_t path_len)
{
	size_t i;

	if (script[0] == '/') {
		return script_at("", script + 1, path, path_len);
	}
	for (i = 0; i < sizeof(hotplug_dirs) / sizeof(hotplug_dirs[0]); i++) {
		if (!script_at(hotplug_dirs[i], script, path, path_len) &&
		    access(path, X_OK) == 0) {
			return 0;
		}
	}
	return script_at(HOTPLUG_DIR, script, path, path_len);
}

static void hotplug_child(const struct hotplug_job *job, int out)
{
	char *argv[4] = { (char *)(uintptr_t)job->script,
			  (char *)(uintptr_t)job->action,
			  (char *)(uintptr_t)job->option, NULL };
	int null = open("/dev/null", O_RDONLY);

	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	setsid();
	setenv("script", job->script, 1);
	setenv("XENBUS_TYPE", job->type, 1);
	setenv("XENBUS_PATH", job->backend, 1);
	setenv("XENBUS_BASE_PATH", "backend", 1);
	if (job->vif[0]) {
		setenv("vif", job->vif, 1);
		setenv("INTERFACE", job->vif, 1);
	}
	execv(job->script, argv);
	dprintf(2, "%s: %s\n", job->script, strerror(errno));
	_exit(127);
}

int hotplug_start(struct hotplug_job *job)
{
	int pipes[2];

	if (pipe2(pipes, O_CLOEXEC)) {
		return -errno;
	}
	job->pid = fork();
	if (job->pid < 0) {
		close(pipes[0]);
		close(pipes[1]);
		return -errno;
	}
	if (job->pid == 0) {
		hotplug_child(job, pipes[1]);
	}
	close(pipes[1]);
	job->output = pipes[0];
	return 0;
}

static int64_t hotplug_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * Keeps the last piece of the output, until the script closes it by ending or
 * the time is up.
 */
static int hotplug_drain(struct hotplug_job *job, int64_t deadline, char *text,
			 size_t text_len)
{
	size_t used = 0;

	for (;;) {
		struct pollfd fd = { .fd = job->output, .events = POLLIN };
		int64_t left = deadline - hotplug_now_ms();
		ssize_t got;

		if (left <= 0) {
			return -ETIMEDOUT;
		}
		if (poll(&fd, 1, (int)left) <= 0) {
			continue;
		}
		if (used >= text_len - 1) {
			memmove(text, text + text_len / 2, used - text_len / 2);
			used -= text_len / 2;
		}
		got = read(job->output, text + used, text_len - 1 - used);
		if (got <= 0) {
			return 0;
		}
		used += (size_t)got;
		text[used] = '\0';
	}
}

int hotplug_wait(struct hotplug_job *job, int timeout_ms, char *text,
		 size_t text_len)
{
	int64_t deadline = hotplug_now_ms() + timeout_ms;
	int status = 0, rc;

	text[0] = '\0';
	rc = hotplug_drain(job, deadline, text, text_len);
	close(job->output);
	if (rc) {
		kill(-job->pid, SIGKILL);
		kill(job->pid, SIGKILL);
	}
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR) {
	}
	text[strcspn(text, "\n")] = '\0';
	if (rc) {
		return rc;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
