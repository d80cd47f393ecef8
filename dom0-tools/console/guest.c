/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One guest: its ring, its event channel, its log.
 *
 *	store: console/{ring-ref,port} ──▶ guest_refresh() maps and binds
 *	event ──▶ guest_output(): ring → log, history → terminal
 *	client types ──▶ guest_input(): terminal → ring
 *
 * The ring is always emptied, read or not: a guest never waits because
 * nobody looks. It may print GUEST_BUDGET bytes in each period; one that
 * prints more has its port left masked till the next (it then waits for room
 * in its own ring), so that no guest takes the daemon from the others.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xen/grant_table.h>

#include "dom0-tools/console/consoled.h"

#define GUEST_BUDGET (256u << 10)

struct guest *guest_find(struct consoled *daemon, uint32_t domid)
{
	struct guest *guest = daemon->guests;

	while (guest && guest->domid != domid) {
		guest = guest->next;
	}
	return guest;
}

static char *guest_read(struct consoled *daemon, uint32_t domid,
			const char *leaf)
{
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/%u/%s", domid, leaf);
	return xs_read(daemon->xs, XBT_NULL, path, NULL);
}

static bool guest_read_number(struct consoled *daemon, uint32_t domid,
			      const char *leaf, uint64_t *number)
{
	char *text = guest_read(daemon, domid, leaf), *end;

	if (!text) {
		return false;
	}
	errno = 0;
	*number = strtoull(text, &end, 10);
	end = *text == '\0' || *end != '\0' || errno ? NULL : end;
	free(text);
	return end != NULL;
}

static void guest_unbind(struct consoled *daemon, struct guest *guest)
{
	if (guest->port >= 0) {
		xenevtchn_unbind(daemon->evtchn, (evtchn_port_t)guest->port);
		guest->port = -1;
	}
	switch (guest->mapped) {
	case GUEST_BY_GRANT:
		xengnttab_unmap(daemon->gnttab, guest->ring, 1);
		break;
	case GUEST_BY_FRAME:
		xenforeignmemory_unmap(daemon->foreign, guest->ring, 1);
		break;
	case GUEST_UNMAPPED:
		break;
	}
	guest->mapped = GUEST_UNMAPPED;
	guest->ring = NULL;
}

/*
 * The toolstack grants us the console page as entry 0 of the guest's table,
 * which needs no right over the guest's memory; the frame number in the store
 * is the older way.
 */
static int guest_map(struct consoled *daemon, struct guest *guest)
{
	xen_pfn_t frame = guest->ring_frame;

	if (daemon->gnttab) {
		guest->ring = xengnttab_map_grant_ref(
			daemon->gnttab, guest->domid, GNTTAB_RESERVED_CONSOLE,
			PROT_READ | PROT_WRITE);
		if (guest->ring) {
			guest->mapped = GUEST_BY_GRANT;
			return 0;
		}
	}
	guest->ring =
		xenforeignmemory_map(daemon->foreign, guest->domid,
				     PROT_READ | PROT_WRITE, 1, &frame, NULL);
	if (!guest->ring) {
		return -errno;
	}
	guest->mapped = GUEST_BY_FRAME;
	return 0;
}

static int guest_bind(struct consoled *daemon, struct guest *guest)
{
	int rc = guest_map(daemon, guest);

	if (rc) {
		consoled_say("domain %u: console page %#llx: %s", guest->domid,
			     (unsigned long long)guest->ring_frame,
			     strerror(-rc));
		return rc;
	}
	guest->port = xenevtchn_bind_interdomain(daemon->evtchn, guest->domid,
						 guest->remote_port);
	if (guest->port < 0) {
		rc = -errno;
		consoled_say("domain %u: console event channel %u: %s",
			     guest->domid, guest->remote_port, strerror(-rc));
		guest_unbind(daemon, guest);
	}
	return rc;
}

static void guest_open_log(struct consoled *daemon, struct guest *guest)
{
	char number[32], *name = guest_read(daemon, guest->domid, "name");
	int rc;

	snprintf(number, sizeof(number), "domain-%u", guest->domid);
	if (daemon->log_dir) {
		rc = logfile_open(&guest->log, daemon->log_dir,
				  name ? name : number, daemon->log_limit,
				  daemon->log_keep);
		if (rc) {
			consoled_say("domain %u: log %s: %s", guest->domid,
				     guest->log.path, strerror(-rc));
		}
	}
	free(name);
}

static struct guest *guest_new(struct consoled *daemon, uint32_t domid)
{
	struct guest *guest = calloc(1, sizeof(*guest));
	int rc;

	if (!guest) {
		return NULL;
	}
	guest->domid = domid;
	guest->port = -1;
	guest->log.fd = -1;
	guest->budget = GUEST_BUDGET;
	rc = terminal_open(daemon, guest);
	if (rc) {
		consoled_say("domain %u: no terminal: %s", domid,
			     strerror(-rc));
	}
	guest_open_log(daemon, guest);
	guest->next = daemon->guests;
	daemon->guests = guest;
	return guest;
}

static void guest_publish(struct consoled *daemon, const struct guest *guest)
{
	char path[96];

	if (guest->terminal.master < 0) {
		return;
	}
	snprintf(path, sizeof(path), "/local/domain/%u/console/tty",
		 guest->domid);
	if (!xs_write(daemon->xs, XBT_NULL, path, guest->terminal.path,
		      (unsigned int)strlen(guest->terminal.path))) {
		consoled_say("%s: %s", path, strerror(errno));
	}
}

/* Someone else's business: QEMU serves consoles of type "ioemu". */
static bool guest_is_ours(struct consoled *daemon, uint32_t domid)
{
	char *type = guest_read(daemon, domid, "console/type");
	bool ours = !type || strcmp(type, "ioemu") != 0;

	free(type);
	return ours;
}

void guest_refresh(struct consoled *daemon, uint32_t domid)
{
	struct guest *guest = guest_find(daemon, domid);
	uint64_t frame, port;
	bool is_new = false;

	if (!guest_read_number(daemon, domid, "console/ring-ref", &frame) ||
	    !guest_read_number(daemon, domid, "console/port", &port) ||
	    port == 0 || port > UINT32_MAX || !guest_is_ours(daemon, domid)) {
		return;
	}
	if (guest && guest->ring && guest->ring_frame == frame &&
	    guest->remote_port == port) {
		return;
	}
	if (!guest) {
		guest = guest_new(daemon, domid);
		is_new = true;
	}
	if (!guest) {
		consoled_say("domain %u: no memory", domid);
		return;
	}
	guest_unbind(daemon, guest);
	guest->ring_frame = frame;
	guest->remote_port = (uint32_t)port;
	guest->bad = false;
	if (guest_bind(daemon, guest)) {
		guest_remove(daemon, guest);
		return;
	}
	if (is_new) {
		guest_publish(daemon, guest);
	}
	if (daemon->verbose) {
		consoled_say("domain %u: console on %s (%s)", domid,
			     guest->terminal.path,
			     guest->mapped == GUEST_BY_GRANT ? "grant"
							     : "frame");
	}
	guest_output(daemon, guest);
}

void guest_remove(struct consoled *daemon, struct guest *guest)
{
	struct guest **at = &daemon->guests;

	if (guest->ring) {
		guest->budget = sizeof(guest->ring->out) * 2;
		guest_output(daemon, guest); /* what it said last */
	}
	while (*at != guest) {
		at = &(*at)->next;
	}
	*at = guest->next;
	terminal_close(daemon, guest);
	guest_unbind(daemon, guest);
	logfile_close(&guest->log);
	free(guest);
}

static int guest_take(struct guest *guest)
{
	char bytes[2048];
	size_t want = sizeof(bytes);
	int got;

	if (want > guest->budget) {
		want = guest->budget;
	}
	got = ring_take_output(guest->ring, bytes, want);
	if (got > 0) {
		guest->budget -= (size_t)got;
		logfile_write(&guest->log, bytes, (size_t)got);
		history_add(&guest->history, bytes, (size_t)got);
	}
	return got;
}

static void guest_give(struct guest *guest)
{
	int got;

	if (guest->input_len == 0) {
		return;
	}
	got = ring_put_input(guest->ring, guest->input, guest->input_len);
	if (got > 0) {
		guest->input_len -= (size_t)got;
		memmove(guest->input, guest->input + got, guest->input_len);
	}
}

static void guest_say_bad(struct guest *guest)
{
	if (!guest->bad) {
		consoled_say("domain %u: its console indexes make no sense; "
			     "its console is stopped until it mends them",
			     guest->domid);
	}
	guest->bad = true;
}

void guest_output(struct consoled *daemon, struct guest *guest)
{
	bool had_input = guest->input_len > 0, some = false;
	int got;

	while ((got = guest_take(guest)) > 0) {
		some = true;
		terminal_flush(daemon, guest);
	}
	if (got < 0) {
		guest_say_bad(guest);
	}
	guest_give(guest);
	if (had_input) {
		terminal_update(daemon, guest); /* there may be room again */
	}
	if (guest->port >= 0 && (some || had_input)) {
		xenevtchn_notify(daemon->evtchn, (evtchn_port_t)guest->port);
	}
	if (guest->budget == 0) {
		guest->masked = true;
		daemon->any_masked = true;
	} else if (guest->port >= 0) {
		guest->masked = false;
		xenevtchn_unmask(daemon->evtchn, (evtchn_port_t)guest->port);
	}
}

void guest_new_period(struct consoled *daemon)
{
	struct guest *guest;

	daemon->any_masked = false;
	for (guest = daemon->guests; guest; guest = guest->next) {
		guest->budget = GUEST_BUDGET;
		if (guest->masked && guest->ring) {
			guest_output(daemon, guest);
		}
	}
}

void guest_input(struct consoled *daemon, struct guest *guest)
{
	ssize_t got =
		read(guest->terminal.master, guest->input + guest->input_len,
		     sizeof(guest->input) - guest->input_len);

	if (got <= 0) {
		return;
	}
	guest->input_len += (size_t)got;
	if (guest->ring) {
		guest_give(guest);
		xenevtchn_notify(daemon->evtchn, (evtchn_port_t)guest->port);
	}
	terminal_update(daemon, guest);
}
