/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_CONSOLED_H
#define HOSPES_CONSOLE_CONSOLED_H
/*
 * The console daemon's state: one thread, one epoll, a list of guests.
 *
 * guest.c attaches to a guest's ring and moves bytes; terminal.c is the pty
 * that clients open; main.c finds guests in the store and waits for events.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "dom0-tools/console/history.h"
#include "dom0-tools/console/logfile.h"
#include "dom0-tools/console/ring.h"

#define CONSOLED_LOG_DIR "/var/log/hospes/console"

struct guest;

/* A pty whose master is ours. A client is whoever opens the slave. */
struct terminal {
	int master;    /* -1: none */
	int watch;     /* inotify on the slave: tells when it is opened */
	bool attached; /* somebody has it open */
	bool in_epoll;
	bool wants_write;
	char path[64];
};

enum guest_map {
	GUEST_UNMAPPED,
	GUEST_BY_GRANT,
	GUEST_BY_FRAME
};

struct guest {
	struct guest *next;
	uint32_t domid;
	bool seen; /* by the running scan of the store */
	enum guest_map mapped;
	struct xencons_interface *ring;
	uint64_t ring_frame;  /* console/ring-ref, as the store has it */
	uint32_t remote_port; /* console/port */
	int port;	      /* ours, -1: not bound */
	bool masked;	      /* over its budget: the port stays masked */
	bool bad;	      /* indexes made no sense; said once */
	size_t budget;	      /* bytes it may still print in this period */
	char input[512];      /* from the client, the ring was full */
	size_t input_len;
	struct terminal terminal;
	struct logfile log;
	struct history history;
};

struct consoled {
	int epoll;
	int inotify;
	struct xs_handle *xs;
	xenevtchn_handle *evtchn;
	xengnttab_handle *gnttab;
	xenforeignmemory_handle *foreign;
	struct guest *guests;
	const char *log_dir; /* NULL: no logs */
	uint64_t log_limit;
	unsigned int log_keep;
	bool verbose;
	bool any_masked;
	struct hvlog *hvlog; /* NULL: not wanted */
};

/* What an epoll event is about: a tag, or a guest's terminal. */
enum consoled_source {
	CONSOLED_STORE = 1,
	CONSOLED_EVTCHN,
	CONSOLED_INOTIFY,
	CONSOLED_SIGNAL,
	CONSOLED_TERMINAL = 0x100, /* + domid */
};

/* guest.c */
struct guest *guest_find(struct consoled *daemon, uint32_t domid);
/* Attaches, attaches again after a change, or does nothing. */
void guest_refresh(struct consoled *daemon, uint32_t domid);
void guest_remove(struct consoled *daemon, struct guest *guest);
/* The guest's event channel fired, or its budget is new. */
void guest_output(struct consoled *daemon, struct guest *guest);
/* The client typed. */
void guest_input(struct consoled *daemon, struct guest *guest);
void guest_new_period(struct consoled *daemon);

/* terminal.c; -Exxx and a terminal with master -1 if there is no pty left. */
int terminal_open(struct consoled *daemon, struct guest *guest);
void terminal_close(struct consoled *daemon, struct guest *guest);
/* Writes what the history holds, as far as the client takes it. */
void terminal_flush(struct consoled *daemon, struct guest *guest);
void terminal_event(struct consoled *daemon, struct guest *guest,
		    uint32_t events);
/* The slave was opened. */
void terminal_opened(struct consoled *daemon, int watch);
/* Says to epoll what is of interest now. */
void terminal_update(struct consoled *daemon, struct guest *guest);

/*
 * hvlog.c: the hypervisor's messages as a log. The event says true if the
 * port was its own. Everything but open does nothing where it is not open.
 */
#define HVLOG_PERIOD_MS 2000
int hvlog_open(struct consoled *daemon);
void hvlog_read(struct consoled *daemon);
bool hvlog_event(struct consoled *daemon, int port);
void hvlog_reopen(struct consoled *daemon);
void hvlog_close(struct consoled *daemon);

/* main.c */
void consoled_say(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif
