/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon's state written down, for state files, live updates and the
 * journal alike: a head (magic, version), then records. Numbers are little
 * endian.
 *
 * A record is a row of values, and one row of state_rows (state_table.c) says
 * what they are, what they may be, and who takes them when they are read. A
 * state is records up to STATE_END; a journal goes on behind that with
 * STATE_BATCHes, each of which is there wholly or not at all.
 *
 * Bytes that are read may be anybody's. A record's length and check sum are
 * judged before its payload is looked at, each value against what is left of
 * the payload and against its row; what is wrong first is kept as text.
 */
#ifndef XENSTORE_DAEMON_STATE_H
#define XENSTORE_DAEMON_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATE_VERSION 2u
#define STATE_HEAD    16u /* bytes of magic and version */
#define STATE_ERROR   200u
#define STATE_VALUES  11u
/* In the place of a number: there is none. */
#define STATE_NONE 0xffffffffu

enum state_type {
	STATE_ORIGIN = 1, /* which boot of which host */
	STATE_TOTALS,	  /* what was counted, for the metrics */
	STATE_COUNTERS,	  /* the last numbers given out */
	STATE_QUOTA,
	STATE_SPECIAL, /* permissions of a special name */
	STATE_DOMAIN,  /* introduced, or news of it; conn 0: not connected */
	STATE_HITS,    /* how often a domain hit each limit */
	STATE_NODE,    /* takes its children from the stack, and goes there */
	STATE_AGAIN,   /* a numbered node once more */
	STATE_LIVE,    /* the node on the stack is the live tree */
	STATE_CONN,    /* and, if it is a ring's, how that goes on */
	STATE_WATCH,
	STATE_EVENT,	/* waits for room in the output */
	STATE_TXN,	/* takes base and root from the stack, if trees */
	STATE_DEP,	/* a path that the last transaction looked at */
	STATE_CHANGE,	/* of the live tree, or of the last transaction */
	STATE_HANDOVER, /* what only a live update hands on */
	STATE_END,	/* how many records were before it */
	STATE_BATCH,	/* records that belong together */
	STATE_GONE,	/* a domain, with its nodes and rights */
	STATE_UNWATCH,
	STATE_RESET, /* watches went; all: transactions and bytes too */
	STATE_TXN_END,
	STATE_TYPES
};

/* A number, a string, or @n bytes; read ones are where they were read. */
struct state_value {
	uint64_t n;
	const void *data;
};

#define NUM(x)               \
	(struct state_value) \
	{                    \
		.n = (x)     \
	}
#define STR(x)               \
	(struct state_value) \
	{                    \
		.data = (x)  \
	}
#define BYTES(p, l)                   \
	(struct state_value)          \
	{                             \
		.data = (p), .n = (l) \
	}

/* Where a record may be. */
#define IN_STATE   0x1u
#define IN_JOURNAL 0x2u /* in a batch */
#define BEHIND_END 0x4u /* between batches */

struct load;

struct state_row {
	const char *name;
	unsigned int where;
	int (*take)(struct load *l);
	/* Of its values, a letter each (state.c); NULL: they are records. */
	const char *kinds;
	const char *names; /* of its values, for errors */
};

extern const struct state_row state_rows[STATE_TYPES];

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
/* Write one record, with as many values as its row has; not to NULL. */
void state_put(struct state_out *o, enum state_type type,
	       const struct state_value *value);
#define PUT(o, type, ...) \
	state_put(o, type, (const struct state_value[]){ __VA_ARGS__ })
/* The parts of that, for one that is made of other records. */
void state_begin(struct state_out *o, enum state_type type);
void state_put_raw(struct state_out *o, const void *data, size_t len);
void state_end(struct state_out *o);
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
	size_t at; /* where it starts */
	size_t pos;
	unsigned int value; /* of its values */
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
/* The values of that record, all as its row wants them. -EINVAL. */
int state_get(struct state_in *in, struct state_value value[STATE_VALUES]);
/* Keep what is wrong with this record, if it is the first. -EINVAL. */
int state_bad(struct state_in *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
