/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xenstore-read, xenstore-write, ...: one program, one verb for each name it
 * is called by. Options and output are those of the xenstore-utils that
 * scripts know.
 */
#ifndef XENSTORE_CLIENT_CLIENT_H
#define XENSTORE_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "xenstore/libxs/xenstore.h"

struct options {
	bool raw;	/* -R */
	bool prefix;	/* -p: with the path, or with permissions */
	bool full;	/* -f */
	bool tidy;	/* -t */
	bool recursive; /* -r */
	bool upto;	/* -u */
	bool json;	/* --format json */
	int count;	/* -n, or -1 */
};

struct verb {
	const char *name;
	const char *options; /* the letters that mean something to it */
	const char *usage;
	int min_args;
	bool pairs;	  /* arguments come in twos */
	bool transaction; /* run it in one, again while it conflicts */
	/* 0 or 1, the exit code. */
	int (*run)(struct xs_handle *h, xs_transaction_t t,
		   const struct options *o, int argc, char **argv);
};

int verb_read(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	      int argc, char **argv);
int verb_write(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv);
int verb_rm(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	    int argc, char **argv);
int verb_exists(struct xs_handle *h, xs_transaction_t t,
		const struct options *o, int argc, char **argv);
int verb_list(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	      int argc, char **argv);
int verb_ls(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	    int argc, char **argv);
int verb_chmod(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv);
int verb_watch(struct xs_handle *h, xs_transaction_t t, const struct options *o,
	       int argc, char **argv);
/* xenstore-control as a whole: its exit code. */
int control_main(const char *called, int argc, char **argv);

/* "name: message" on stderr. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A value as printable text (escapes for the rest); freed by the caller. */
char *text_escape(const char *value, size_t len);
/* The bytes that escaped text stands for, in place; returns their number. */
size_t text_unescape(char *text);

/*
 * Output of a verb as JSON: an array of objects, each with the keys that the
 * manual page names. json_value() adds the keys "value" and, if the bytes are
 * no text, "hex".
 */
void json_begin(const struct options *o);
void json_end(const struct options *o);
/* The next object of the array, with its "path"; json_close() ends it. */
void json_open(const char *path);
void json_close(void);
void json_string(const char *text, size_t len);
void json_key(const char *key);
void json_value(const char *value, size_t len);
void json_permissions(const struct xs_permissions *perms, unsigned int num);

/*
 * Output of a verb inside a transaction waits until the transaction has
 * committed: out_text() collects, out_flush() prints, out_drop() forgets.
 */
void out_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void out_bytes(const void *data, size_t len);
int out_flush(void);
void out_drop(void);

#endif
