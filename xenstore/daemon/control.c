// SPDX-License-Identifier: BSD-2-Clause
/*
 * CONTROL: a command and its arguments as strings, answered with text. Only
 * domain 0's programs get here. A reply holds at most 4096 bytes, so what can
 * be longer (dump) goes to a file in the daemon's own run directory.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/daemon/check.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/dump.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/request.h"
#include "xenstore/daemon/statefile.h"

#define MAX_ARGS 8

struct text {
	size_t len;
	char buf[XENSTORE_PAYLOAD_MAX];
};

__attribute__((format(printf, 2, 3))) static void text_add(struct text *t,
							   const char *fmt, ...)
{
	size_t room = sizeof(t->buf) - t->len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, room, fmt, ap);
	va_end(ap);
	if (n > 0) {
		t->len += (size_t)n < room ? (size_t)n : room - 1;
	}
}

struct control {
	struct request *rq;
	struct server *server;
	int argc; /* without the command */
	const char **argv;
	struct text *out;
};

static int control_check(struct control *c)
{
	uint64_t nodes = 0;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	unsigned int wrong;

	if (!f) {
		return -ENOMEM;
	}
	wrong = check_all(c->server, f, &nodes);
	if (fclose(f)) {
		free(text);
		return -ENOMEM;
	}
	if (wrong == 0) {
		text_add(c->out, "OK: %llu nodes\n", (unsigned long long)nodes);
	} else {
		text_add(c->out, "%u things are wrong\n%s", wrong, text);
	}
	free(text);
	return 0;
}

static void show_limits(struct control *c, bool soft)
{
	const struct quota *q = c->server->quota;

	text_add(c->out, "Quota settings:\n");
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		enum quota_kind kind = (enum quota_kind)i;

		if (quota_is_soft(kind) == soft) {
			text_add(c->out, "%-17s: %8llu %s\n", quota_name(kind),
				 (unsigned long long)q->limit[i],
				 quota_text(kind));
		}
	}
}

static uint64_t waiting_bytes(const struct server *s, unsigned int domid)
{
	uint64_t n = 0;

	for (const struct conn *c = s->conns; c; c = c->next) {
		n += c->who.domid == domid ? conn_event_bytes(c) : 0;
	}
	return n;
}

static void show_row(struct control *c, const char *name, uint64_t n)
{
	text_add(c->out, "%-16s: %8llu\n", name, (unsigned long long)n);
}

static int show_domain(struct control *c, const char *arg)
{
	const struct quota_use *use;
	unsigned long domid;

	if (wire_parse_number(arg, PERMS_DOMID_MAX, &domid)) {
		return -EINVAL;
	}
	use = &c->server->quota->use[domid];
	if (domid != 0 && use->bytes == 0 &&
	    !domain_find(c->server, (unsigned int)domid)) {
		return -ENOENT;
	}
	text_add(c->out, "Domain %lu:\n", domid);
	show_row(c, "nodes", use->nodes);
	show_row(c, "watches", use->watches);
	show_row(c, "transactions", use->transactions);
	show_row(c, "outstanding",
		 (waiting_bytes(c->server, (unsigned int)domid) + 1023) / 1024);
	show_row(c, "memory", use->bytes);
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		if (use->hits[i]) {
			text_add(c->out, "hits of %s: %u\n",
				 quota_name((enum quota_kind)i), use->hits[i]);
		}
	}
	return 0;
}

/* quota | quota DOMID | quota set NAME VALUE */
static int control_quota(struct control *c)
{
	enum quota_kind kind;

	if (c->argc == 0) {
		show_limits(c, false);
		return 0;
	}
	if (c->argc == 1) {
		return show_domain(c, c->argv[0]);
	}
	if (c->argc != 3 || strcmp(c->argv[0], "set") != 0 ||
	    quota_find(c->argv[1], &kind) || quota_is_soft(kind) ||
	    quota_set(c->server->quota, c->argv[1], c->argv[2])) {
		return -EINVAL;
	}
	save_quota(journal(c->server), c->server, kind);
	text_add(c->out, "OK");
	return 0;
}

/* quota-soft | quota-soft set NAME VALUE; "memory" means "memory-soft". */
static int control_quota_soft(struct control *c)
{
	char name[32];
	enum quota_kind kind;
	int n;

	if (c->argc == 0) {
		show_limits(c, true);
		return 0;
	}
	if (c->argc != 3 || strcmp(c->argv[0], "set") != 0) {
		return -EINVAL;
	}
	n = snprintf(name, sizeof(name), "%s-soft", c->argv[1]);
	if (n < 0 || (size_t)n >= sizeof(name) || quota_find(name, &kind) ||
	    quota_set(c->server->quota, name, c->argv[2])) {
		return -EINVAL;
	}
	save_quota(journal(c->server), c->server, kind);
	text_add(c->out, "OK");
	return 0;
}

/* The only argument, if there is one, is the whole path of a file. */
static bool names_file(const struct control *c)
{
	return c->argc == 0 || (c->argc == 1 && c->argv[0][0] == '/');
}

static int control_logfile(struct control *c)
{
	bool good = c->argc == 1 && (names_file(c) || c->argv[0][0] == '\0');
	int rc = good ? log_to_file(c->argv[0]) : -EINVAL;

	if (!rc) {
		text_add(c->out, "OK");
	}
	return rc;
}

static int control_log(struct control *c)
{
	unsigned long level;

	if (c->argc == 2 && strcmp(c->argv[0], "file") == 0) {
		c->argv++;
		c->argc--;
		return control_logfile(c);
	}
	if (c->argc != 1) {
		return -EINVAL;
	}
	if (strcmp(c->argv[0], "on") == 0) {
		level = LOG_LEVEL_TRACE;
	} else if (strcmp(c->argv[0], "off") == 0) {
		level = LOG_LEVEL_WARN;
	} else if (wire_parse_number(c->argv[0], LOG_LEVEL_TRACE, &level)) {
		return -EINVAL;
	}
	log_set_level((enum log_level)level);
	text_add(c->out, "OK");
	return 0;
}

/* For people who mark a moment in the log; printable ASCII only. */
static int control_print(struct control *c)
{
	if (c->argc != 1) {
		return -EINVAL;
	}
	for (const char *s = c->argv[0]; *s != '\0'; s++) {
		if (*s < ' ' || *s > '~') {
			return -EINVAL;
		}
	}
	log_msg(LOG_LEVEL_ERROR, "control: %s", c->argv[0]);
	text_add(c->out, "OK");
	return 0;
}

/* What @write makes: to the reply, or to the file that the argument names. */
static int text_or_file(struct control *c, void (*write)(const struct server *s,
							 FILE *f, bool to_file))
{
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int rc = 0;

	if (!names_file(c)) {
		return -EINVAL;
	}
	if (c->argc == 1) {
		f = dump_create(c->argv[0], &rc);
		if (f) {
			write(c->server, f, true);
			rc = dump_finish(f);
		}
		if (!rc) {
			text_add(c->out, "OK");
		}
		return rc;
	}
	f = open_memstream(&text, &len);
	if (!f) {
		return -ENOMEM;
	}
	write(c->server, f, false);
	if (fclose(f)) {
		rc = -ENOMEM;
	} else if (len >= sizeof(c->out->buf)) {
		rc = -E2BIG;
	} else {
		text_add(c->out, "%s", text);
	}
	free(text);
	return rc;
}

static int control_dump(struct control *c)
{
	char path[4096];
	const char *name = path;
	int rc;

	if (!names_file(c) || (c->argc == 0 && !c->server->rundir)) {
		return -EINVAL;
	}
	if (c->argc == 1) {
		name = c->argv[0];
	} else {
		(void)snprintf(path, sizeof(path), "%s/dump.json",
			       c->server->rundir);
	}
	rc = dump_to_file(c->server, name);
	if (!rc) {
		text_add(c->out, "%s\n", name);
	}
	return rc;
}

static int control_metrics(struct control *c)
{
	return text_or_file(c, metrics_write);
}

static void write_memory(const struct server *s, FILE *f, bool domains)
{
	uint64_t bytes = 0;
	uint64_t nodes = 0;
	uint64_t txns = 0;

	for (unsigned int i = 0; i < QUOTA_DOMIDS; i++) {
		const struct quota_use *use = &s->quota->use[i];

		nodes += use->nodes;
		bytes += use->bytes;
		txns += use->transactions;
		if (domains && use->bytes > 0) {
			(void)fprintf(f,
				      "domain %u: nodes %llu bytes %llu "
				      "watches %u transactions %u\n",
				      i, (unsigned long long)use->nodes,
				      (unsigned long long)use->bytes,
				      use->watches, use->transactions);
		}
	}
	(void)fprintf(
		f,
		"nodes %llu\nbytes %llu\nwatches %u\ntransactions %llu\n"
		"connections %u\ncommits %llu\nconflicts %llu\nevents %llu\n"
		"allocated %llu\ndoomed %llu\n",
		(unsigned long long)nodes, (unsigned long long)bytes,
		s->watches.count, (unsigned long long)txns, s->conn_count,
		(unsigned long long)s->commits,
		(unsigned long long)s->conflicts, (unsigned long long)s->events,
		(unsigned long long)store_allocated(),
		(unsigned long long)s->doomed);
}

static int control_dump_state(struct control *c)
{
	int rc;

	if (c->argc != 1 || !names_file(c)) {
		return -EINVAL;
	}
	rc = statefile_write(c->server, c->argv[0]);
	if (!rc) {
		text_add(c->out, "OK");
	}
	return rc;
}

static int control_live_update(struct control *c)
{
	int rc = update_command(c->rq, c->argc, c->argv, c->out->buf,
				sizeof(c->out->buf));

	c->out->len = strlen(c->out->buf);
	return rc;
}

static int control_memreport(struct control *c)
{
	return text_or_file(c, write_memory);
}

static int control_help(struct control *c);

static const struct {
	const char *name;
	const char *args;
	int (*run)(struct control *c);
} commands[] = {
	{ "check", "", control_check },
	{ "dump", "[<file>]", control_dump },
	{ "dump-state", "<file>", control_dump_state },
	{ "help", "", control_help },
	{ "live-update", "[-t <seconds>] [-F] <file>", control_live_update },
	{ "log", "on|off|<level>|file <file>", control_log },
	{ "logfile", "<file>", control_logfile },
	{ "memreport", "[<file>]", control_memreport },
	{ "metrics", "[<file>]", control_metrics },
	{ "print", "<string>", control_print },
	{ "quota", "[set <name> <val>|<domid>]", control_quota },
	{ "quota-soft", "[set <name> <val>]", control_quota_soft },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int control_help(struct control *c)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		text_add(c->out, "%-12s %s\n", commands[i].name,
			 commands[i].args);
	}
	return 0;
}

int op_control(struct request *rq)
{
	const char *argv[MAX_ARGS];
	struct text out = { .len = 0 };
	struct control c = { .rq = rq, .server = rq->server, .out = &out };
	int argc = wire_split_upto(rq->data, rq->hdr->len, argv, MAX_ARGS);
	int rc = -EINVAL;

	if (argc < 1) {
		return -EINVAL;
	}
	c.argc = argc - 1;
	c.argv = argv + 1;
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name) == 0) {
			rc = commands[i].run(&c);
			break;
		}
	}
	if (!rc) {
		request_reply(rq, out.buf, out.len + 1);
	}
	return rc == UPDATE_LATER ? 0 : rc;
}
