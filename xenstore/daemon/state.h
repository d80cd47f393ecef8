/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame in which a daemon's state is written down, for state files, live
 * updates and the journal alike: a head (magic, version), then records, each
 * a struct state_header and its payload. Numbers are little endian.
 *
 * The writer collects bytes in memory and hands them to a sink now and then.
 * The reader takes bytes that anybody may have made: a record's length and
 * check sum are judged before its payload is looked at, each field is checked
 * against what is left of the payload, and the first thing that is wrong is
 * kept as text with the number and the place of the record.
 *
 * Which records there are and what they hold is in state_save.c.
 */
#ifndef XENSTORE_DAEMON_STATE_H
#define XENSTORE_DAEMON_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_VERSION 1u
#define STATE_HEAD    16u /* bytes of magic and version */
#define STATE_ERROR   160u

enum state_type {
	STATE_ORIGIN = 1, /* which boot of which host */
	STATE_TOTALS,	  /* what was counted, for the metrics */
	STATE_COUNTERS,	  /* last numbers given out */
	STATE_QUOTA,	  /* one limit */
	STATE_PERMS,	  /* a permission list, numbered from 0 */
	STATE_NODE,	  /* takes its children from the stack */
	STATE_AGAIN,	  /* a shared node once more */
	STATE_LIVE,	  /* the node on the stack is the live tree */
	STATE_SPECIAL,	  /* permissions of a special name */
	STATE_DOMAIN,	  /* an introduced domain */
	STATE_CONN,	  /* a connection; what follows belongs to it */
	STATE_WATCH,
	STATE_EVENT,  /* waiting for room in the output */
	STATE_TXN,    /* takes base and root from the stack */
	STATE_DEP,    /* a path the transaction looked at */
	STATE_CHANGE, /* a change it made */
	STATE_FILES,  /* descriptors that a live update hands on */
	STATE_ANSWER, /* who waits for the live update's answer */
	STATE_END,    /* number of records before it */
	/* Only in a journal, behind the end: what happened since. */
	LOG_CHANGES, /* changes of the tree that belong together */
	LOG_FORGET,  /* a domain's nodes and rights went */
	LOG_SPECIAL,
	LOG_QUOTA,
	LOG_DOMAIN, /* introduced, or something about it changed */
	LOG_RELEASE,
	LOG_WATCH,
	LOG_UNWATCH,
	LOG_RESET, /* a ring's watches and transactions went */
	LOG_BEGIN, /* a transaction over a ring */
	LOG_ENDED,
	LOG_BYTES, /* bytes in flight on a ring */
	STATE_TYPES
};

struct state_header {
	uint32_t len; /* of the payload */
	uint32_t type;
	uint64_t check; /* of both and the payload */
};

/* A hash in which each changed word changes the result; not a secret. */
uint64_t state_check(uint32_t type, const void *data, size_t len);

struct state_out {
	char *data;
	size_t len;
	size_t capacity;
	size_t open;	  /* where the record being written starts */
	uint64_t records; /* that are complete */
	int error;	  /* the first: -ENOMEM or the sink's */
	/* With a sink, @data is handed over when there is much of it. */
	int (*sink)(void *ctx, const void *data, size_t len);
	void *ctx;
};

/* Write the head. */
void state_start(struct state_out *o);
void state_begin(struct state_out *o, enum state_type type);
void state_end(struct state_out *o);
void state_put_u32(struct state_out *o, uint32_t v);
void state_put_u64(struct state_out *o, uint64_t v);
/* Bytes alone. */
void state_put_raw(struct state_out *o, const void *data, size_t len);
/* Length and bytes; @data may be NULL when @len is 0. */
void state_put_bytes(struct state_out *o, const void *data, size_t len);
void state_put_str(struct state_out *o, const char *s);
/* Hand the rest to the sink. Returns the first error. */
int state_flush(struct state_out *o);
void state_free(struct state_out *o);

struct state_in {
	const char *data;
	size_t len;
	size_t next;	  /* where the next record starts */
	uint64_t records; /* read so far */
	/* The record being read. */
	uint32_t type;
	const char *body;
	size_t body_len;
	size_t pos;
	bool failed;
	char error[STATE_ERROR];
};

/* Judge the head. -EINVAL. */
int state_open(struct state_in *in, const void *data, size_t len);
/*
 * Go to the next record: 0; -ENODATA when none is left; -EINVAL for a
 * record that is cut or not what was written. Which of them: in->error.
 */
int state_next(struct state_in *in);
uint32_t state_get_u32(struct state_in *in);
uint64_t state_get_u64(struct state_in *in);
/* Bytes stay where they are; at most @max. */
const char *state_get_bytes(struct state_in *in, size_t max, size_t *len);
/* Bytes without NUL, as a string in @buf. False if it does not fit. */
bool state_get_str(struct state_in *in, char *buf, size_t size);
/* The record is read to its end and nothing was wrong: 0 or -EINVAL. */
int state_done(struct state_in *in);
/* Keep what is wrong with this record, if it is the first. -EINVAL. */
int state_bad(struct state_in *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
