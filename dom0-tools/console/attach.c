/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client's loop: two copies, one each way, and a watch on the terminal's
 * name in the store, by which it learns that the domain has gone.
 *
 * Nothing here writes to the terminal but what was typed. Its name comes from
 * the store and is only opened if it is one of devpts.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <xenstore.h>

#include "dom0-tools/console/attach.h"

#define ATTACH_TOKEN "hl-console"
#define PTS_MAJOR    136u /* to 143 */

struct attach {
	struct xs_handle *xs;
	uint32_t domid;
	char node[64]; /* console/tty in the store */
	char path[64]; /* of the terminal */
	int terminal;
	unsigned char escape;
	bool input; /* stdin is still open */
	char *err;
	size_t err_len;
};

static volatile sig_atomic_t attach_stop;

static void attach_on_signal(int number)
{
	attach_stop = number;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int attach_fail(struct attach *a, int rc, const char *what)
{
	snprintf(a->err, a->err_len, "domain %u: %s", a->domid, what);
	return rc;
}

static bool attach_domain_exists(struct attach *a)
{
	char path[64];
	char *text;

	snprintf(path, sizeof(path), "/local/domain/%u", a->domid);
	text = xs_read(a->xs, XBT_NULL, path, NULL);
	free(text);
	return text != NULL;
}

/* 1: there it is; 0: not yet; -EINVAL. */
static int attach_read_path(struct attach *a)
{
	char *text = xs_read(a->xs, XBT_NULL, a->node, NULL);
	struct stat st;
	int rc = 0;

	if (text && *text) {
		rc = 1;
		snprintf(a->path, sizeof(a->path), "%s", text);
		if (strncmp(text, "/dev/pts/", 9) != 0 ||
		    text[9 + strspn(text + 9, "0123456789")] != '\0' ||
		    lstat(text, &st) || !S_ISCHR(st.st_mode) ||
		    major(st.st_rdev) < PTS_MAJOR ||
		    major(st.st_rdev) > PTS_MAJOR + 7) {
			rc = attach_fail(a, -EINVAL,
					 "what the store names as its terminal "
					 "is none");
		}
	}
	free(text);
	return rc;
}

static void attach_drain_watch(struct attach *a)
{
	char **event;

	while ((event = xs_check_watch(a->xs))) {
		free(event);
	}
}

static int attach_wait_path(struct attach *a, int wait_ms)
{
	int64_t deadline = now_ms() + wait_ms, left;
	struct pollfd fd = { .fd = xs_fileno(a->xs), .events = POLLIN };
	int rc;

	while ((rc = attach_read_path(a)) == 0) {
		left = deadline - now_ms();
		if (!attach_domain_exists(a)) {
			return attach_fail(a, -ESRCH,
					   "there is no such domain");
		}
		if (left <= 0 || attach_stop) {
			return attach_fail(a, -ETIMEDOUT,
					   "no terminal appeared (is "
					   "hospes-consoled running?)");
		}
		if (poll(&fd, 1, left > 500 ? 500 : (int)left) > 0) {
			attach_drain_watch(a);
		}
	}
	return rc < 0 ? rc : 0;
}

static int attach_open(struct attach *a)
{
	struct termios attr;
	char what[160];

	a->terminal = open(a->path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (a->terminal < 0) {
		int rc = -errno;

		snprintf(what, sizeof(what), "%s: %s", a->path, strerror(-rc));
		return attach_fail(a, rc, what);
	}
	if (tcgetattr(a->terminal, &attr) == 0) {
		cfmakeraw(&attr);
		tcsetattr(a->terminal, TCSANOW, &attr);
	}
	return 0;
}

/* All of it, waiting where the other side is slow. */
static bool write_all(int fd, const char *bytes, size_t len)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	ssize_t got;

	while (len > 0) {
		got = write(fd, bytes, len);
		if (got > 0) {
			bytes += got;
			len -= (size_t)got;
		} else if (got < 0 && errno != EAGAIN && errno != EINTR) {
			return false;
		} else if (attach_stop || poll(&wait, 1, 1000) < 0) {
			return false;
		}
	}
	return true;
}

/* False: the terminal is at its end. */
static bool attach_output(struct attach *a)
{
	char bytes[4096];
	ssize_t got = read(a->terminal, bytes, sizeof(bytes));

	if (got < 0) {
		return errno == EAGAIN || errno == EINTR;
	}
	return got > 0 && write_all(STDOUT_FILENO, bytes, (size_t)got);
}

/*
 * What was typed up to the escape byte, which is not counted. It is read byte
 * by byte, so that what was typed behind it is still there for the shell.
 */
static size_t read_typed(struct attach *a, char *bytes, size_t max,
			 bool *escaped)
{
	struct pollfd more = { .fd = STDIN_FILENO, .events = POLLIN };
	size_t len = 0;

	do {
		ssize_t got = read(STDIN_FILENO, bytes + len, 1);

		if (got <= 0) {
			a->input =
				got < 0 && (errno == EAGAIN || errno == EINTR);
			return len;
		}
		*escaped = (unsigned char)bytes[len] == a->escape;
		if (*escaped) {
			return len;
		}
	} while (++len < max && poll(&more, 1, 0) > 0);
	return len;
}

/* True: the escape byte was typed. */
static bool attach_input(struct attach *a)
{
	bool escaped = false;
	char bytes[512];
	size_t len = read_typed(a, bytes, sizeof(bytes), &escaped);

	write_all(a->terminal, bytes, len);
	return escaped;
}

/* The store changed: is the terminal still this domain's? */
static bool attach_still_there(struct attach *a)
{
	char *text;
	bool same;

	attach_drain_watch(a);
	text = xs_read(a->xs, XBT_NULL, a->node, NULL);
	same = text && strcmp(text, a->path) == 0;
	free(text);
	return same;
}

static enum console_end attach_run(struct attach *a)
{
	struct pollfd fds[3] = {
		{ .fd = a->terminal, .events = POLLIN },
		{ .fd = xs_fileno(a->xs), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};

	while (!attach_stop) {
		fds[2].fd = a->input ? STDIN_FILENO : -1;
		if (poll(fds, 3, -1) < 0) {
			continue;
		}
		if (fds[0].revents && !attach_output(a)) {
			return CONSOLE_GONE;
		}
		if (fds[2].revents && attach_input(a)) {
			return CONSOLE_DETACHED;
		}
		if (fds[1].revents && !attach_still_there(a)) {
			while (poll(fds, 1, 0) > 0 && attach_output(a)) {
			}
			return CONSOLE_GONE;
		}
	}
	return CONSOLE_DETACHED;
}

static enum console_end attach_run_raw(struct attach *a)
{
	struct sigaction old[3], act = { .sa_handler = attach_on_signal };
	static const int numbers[] = { SIGTERM, SIGHUP, SIGINT };
	struct termios before, raw;
	bool is_tty = tcgetattr(STDIN_FILENO, &before) == 0;
	enum console_end end;
	int i;

	for (i = 0; i < 3; i++) {
		sigaction(numbers[i], &act, &old[i]);
	}
	if (is_tty) {
		raw = before;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	}
	end = attach_run(a);
	if (is_tty) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	}
	for (i = 0; i < 3; i++) {
		sigaction(numbers[i], &old[i], NULL);
	}
	return end;
}

static int attach_session(struct attach *a,
			  const struct console_options *options,
			  enum console_end *end)
{
	int rc = attach_wait_path(a, options->wait_ms ? options->wait_ms
						      : CONSOLE_WAIT_MS);

	if (rc == 0) {
		rc = attach_open(a);
	}
	if (rc) {
		return rc;
	}
	if (!options->quiet && isatty(STDIN_FILENO)) {
		fprintf(stderr, "(console of domain %u; Ctrl-] detaches)\n",
			a->domid);
	}
	*end = attach_run_raw(a);
	if (!options->quiet && isatty(STDIN_FILENO)) {
		fprintf(stderr, "\n(%s)\n",
			*end == CONSOLE_GONE ? "the domain has gone"
					     : "detached");
	}
	close(a->terminal);
	return 0;
}

int console_attach(struct xs_handle *xs, uint32_t domid,
		   const struct console_options *options, enum console_end *end,
		   char *err, size_t err_len)
{
	static const struct console_options plain;
	struct attach a = {
		.xs = xs,
		.domid = domid,
		.terminal = -1,
		.input = true,
		.err = err,
		.err_len = err_len,
	};
	int rc;

	if (!options) {
		options = &plain;
	}
	a.escape = options->escape ? options->escape : CONSOLE_ESCAPE;
	snprintf(a.node, sizeof(a.node), "/local/domain/%u/console/tty", domid);
	attach_stop = 0;
	if (!xs_watch(xs, a.node, ATTACH_TOKEN)) {
		return attach_fail(&a, -errno, "its console cannot be watched");
	}
	rc = attach_session(&a, options, end);
	xs_unwatch(xs, a.node, ATTACH_TOKEN);
	return rc;
}
