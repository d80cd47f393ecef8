/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pty of a guest's console.
 *
 * The slave is not kept open here. As long as nobody has it open, nothing is
 * written into it, so that no stale bytes wait in the kernel's buffer; when
 * somebody opens it (inotify tells), the last screenful goes first and then
 * what the guest prints. When the last client closes it the master hangs up.
 *
 * The slave is raw from the beginning: in cooked mode the kernel would echo
 * what the guest prints back to it as input.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "dom0-tools/console/consoled.h"

static int terminal_make_raw(const char *path)
{
	struct termios attr;
	int rc = 0, slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (slave < 0) {
		return -errno;
	}
	if (tcgetattr(slave, &attr)) {
		rc = -errno;
	} else {
		cfmakeraw(&attr);
		rc = tcsetattr(slave, TCSANOW, &attr) ? -errno : 0;
	}
	close(slave);
	return rc;
}

static int terminal_prepare(struct consoled *daemon, struct terminal *terminal)
{
	int rc;

	if (grantpt(terminal->master) || unlockpt(terminal->master) ||
	    ptsname_r(terminal->master, terminal->path,
		      sizeof(terminal->path))) {
		return -errno;
	}
	rc = terminal_make_raw(terminal->path);
	if (rc) {
		return rc;
	}
	/* After our own open and close, which it would report. */
	terminal->watch =
		inotify_add_watch(daemon->inotify, terminal->path, IN_OPEN);
	return terminal->watch < 0 ? -errno : 0;
}

int terminal_open(struct consoled *daemon, struct guest *guest)
{
	struct terminal *terminal = &guest->terminal;
	int rc;

	terminal->watch = -1;
	terminal->attached = false;
	terminal->in_epoll = false;
	terminal->master =
		posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (terminal->master < 0) {
		return -errno;
	}
	rc = terminal_prepare(daemon, terminal);
	if (rc) {
		terminal_close(daemon, guest);
	}
	return rc;
}

static void terminal_detach(struct consoled *daemon, struct guest *guest)
{
	struct terminal *terminal = &guest->terminal;

	if (terminal->in_epoll) {
		epoll_ctl(daemon->epoll, EPOLL_CTL_DEL, terminal->master, NULL);
	}
	terminal->in_epoll = false;
	terminal->attached = false;
	terminal->wants_write = false;
	guest->input_len = 0;
	history_skip(&guest->history);
}

void terminal_close(struct consoled *daemon, struct guest *guest)
{
	struct terminal *terminal = &guest->terminal;

	if (terminal->master < 0) {
		return;
	}
	terminal_flush(daemon, guest); /* its last words */
	terminal_detach(daemon, guest);
	if (terminal->watch >= 0) {
		inotify_rm_watch(daemon->inotify, terminal->watch);
	}
	close(terminal->master);
	terminal->master = -1;
	terminal->watch = -1;
}

void terminal_update(struct consoled *daemon, struct guest *guest)
{
	struct terminal *terminal = &guest->terminal;
	struct epoll_event event = {
		.data.u64 = CONSOLED_TERMINAL + (uint64_t)guest->domid,
	};

	if (!terminal->attached) {
		return;
	}
	if (guest->input_len < sizeof(guest->input)) {
		event.events |= EPOLLIN;
	}
	if (terminal->wants_write) {
		event.events |= EPOLLOUT;
	}
	epoll_ctl(daemon->epoll,
		  terminal->in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
		  terminal->master, &event);
	terminal->in_epoll = true;
}

void terminal_flush(struct consoled *daemon, struct guest *guest)
{
	struct terminal *terminal = &guest->terminal;
	bool blocked = false;
	const char *bytes;
	size_t len;
	ssize_t got;

	if (!terminal->attached) {
		history_skip(&guest->history);
		return;
	}
	while (!blocked && (len = history_peek(&guest->history, &bytes)) > 0) {
		got = write(terminal->master, bytes, len);
		if (got <= 0) {
			blocked = true;
		} else {
			history_consume(&guest->history, (size_t)got);
		}
	}
	if (blocked != terminal->wants_write) {
		terminal->wants_write = blocked;
		terminal_update(daemon, guest);
	}
}

void terminal_event(struct consoled *daemon, struct guest *guest,
		    uint32_t events)
{
	if (events & EPOLLIN) {
		guest_input(daemon, guest);
	}
	if (events & EPOLLHUP) {
		terminal_detach(daemon, guest);
		return;
	}
	if (events & EPOLLOUT) {
		terminal_flush(daemon, guest);
	}
}

static struct guest *terminal_owner(struct consoled *daemon, int watch)
{
	struct guest *guest;

	for (guest = daemon->guests; guest; guest = guest->next) {
		if (guest->terminal.master >= 0 &&
		    guest->terminal.watch == watch) {
			return guest;
		}
	}
	return NULL;
}

void terminal_opened(struct consoled *daemon, int watch)
{
	struct guest *guest = terminal_owner(daemon, watch);

	if (!guest || guest->terminal.attached) {
		return;
	}
	/* What an earlier client left unread is no news for this one. */
	ioctl(guest->terminal.master, TCFLSH, TCIOFLUSH);
	guest->terminal.attached = true;
	history_rewind(&guest->history);
	terminal_update(daemon, guest);
	terminal_flush(daemon, guest);
}
