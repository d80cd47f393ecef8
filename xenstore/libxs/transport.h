/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to the daemon, by socket or by the kernel's device, as whole
 * messages in and out. Blocking; knows nothing of requests and threads.
 */
#ifndef XENSTORE_LIBXS_TRANSPORT_H
#define XENSTORE_LIBXS_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "xenstore/common/wire.h"

/*
 * What libxentoolcore keeps of each open handle, for
 * xentoolcore_restrict_all(); its ABI, which no installed header declares.
 */
struct active_handle {
	int (*restrict_it)(struct active_handle *active, uint16_t domid);
	struct {
		struct active_handle *next;
		struct active_handle **prev;
	} entry;
};

struct transport {
	int fd;
	bool is_socket;
	int stop; /* an eventfd that ends waiting in receive, or -1 */
	struct active_handle active;
};

/* A message as received; data has a NUL behind its hdr.len bytes. */
struct message {
	struct message *next;
	struct xsd_sockmsg hdr;
	char data[];
};

/* Find a daemon: its socket, else the device. -errno. */
int transport_open(struct transport *t);
/* Take over a connected stream socket. */
void transport_adopt(struct transport *t, int fd);
void transport_close(struct transport *t);

/* Send a header and up to 8 parts. -errno. */
int transport_send(struct transport *t, const struct xsd_sockmsg *hdr,
		   const struct iovec *part, unsigned int count);

/* As write(), without a signal: -1 and errno, or how much was sent. */
ssize_t transport_send_some(struct transport *t, const char *buf, size_t len);

/* Have receive calls wait for the eventfd @stop as well, from now on. -errno.
 */
int transport_make_stoppable(struct transport *t);
/* End the receive call that waits, and every later one, with -ECANCELED. */
void transport_stop(struct transport *t);

/* Receive one message. -errno; -EPIPE: the daemon hung up. */
int transport_receive(struct transport *t, struct message **out);

#endif
