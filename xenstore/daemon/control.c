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

#include "xenstore/daemon/dump.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/request.h"

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

/* The books against a recount of the tree, for every domid. */
static int control_check(struct control *c)
{
	struct server *s = c->server;
	unsigned int wrong = 0;

	for (unsigned int i = 0; i < QUOTA_DOMIDS; i++) {
		const struct quota_use *use = &s->quota->use[i];
		uint64_t bytes = 0;
		uint64_t nodes;

		if (use->nodes == 0 && use->bytes == 0) {
			continue;
		}
		nodes = store_count_owned(s->root, i, &bytes);
		if (nodes != use->nodes || bytes > use->bytes) {
			wrong++;
			text_add(c->out,
				 "domain %u: %llu nodes booked, %llu found\n",
				 i, (unsigned long long)use->nodes,
				 (unsigned long long)nodes);
		}
	}
	if (wrong == 0) {
		text_add(c->out, "OK: %llu nodes\n",
			 (unsigned long long)store_count(s->root));
	}
	return 0;
}

static void show_limits(struct control *c)
{
	const struct quota *q = c->server->quota;

	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		text_add(c->out, "%-18s %10llu  hits %llu\n",
			 quota_name((enum quota_kind)i),
			 (unsigned long long)q->limit[i],
			 (unsigned long long)q->hits[i]);
	}
}

static int show_domain(struct control *c, const char *arg)
{
	const struct quota_use *use;
	unsigned long domid;

	if (wire_parse_number(arg, PERMS_DOMID_MAX, &domid)) {
		return -EINVAL;
	}
	use = &c->server->quota->use[domid];
	text_add(c->out,
		 "nodes %llu\nmemory %llu\nwatches %u\ntransactions %u\n",
		 (unsigned long long)use->nodes, (unsigned long long)use->bytes,
		 use->watches, use->transactions);
	for (unsigned int i = 0; i < QUOTA_KINDS; i++) {
		if (use->hits[i]) {
			text_add(c->out, "hits %s %u\n",
				 quota_name((enum quota_kind)i), use->hits[i]);
		}
	}
	return 0;
}

/* quota | quota DOMID | quota set NAME VALUE */
static int control_quota(struct control *c)
{
	enum quota_kind kind;
	unsigned long value;

	if (c->argc == 0) {
		show_limits(c);
		return 0;
	}
	if (c->argc == 1) {
		return show_domain(c, c->argv[0]);
	}
	if (c->argc != 3 || strcmp(c->argv[0], "set") != 0 ||
	    quota_find(c->argv[1], &kind) ||
	    wire_parse_number(c->argv[2], UINT32_MAX, &value)) {
		return -EINVAL;
	}
	c->server->quota->limit[kind] = value;
	log_info("quota %s set to %lu", c->argv[1], value);
	text_add(c->out, "OK\n");
	return 0;
}

/* log on | log off | log LEVEL (0 to 3) */
static int control_log(struct control *c)
{
	unsigned long level;

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
	text_add(c->out, "OK\n");
	return 0;
}

static int control_dump(struct control *c)
{
	char path[512];
	int rc;

	if (!c->server->rundir || c->argc != 0) {
		return -EINVAL;
	}
	(void)snprintf(path, sizeof(path), "%s/dump.json", c->server->rundir);
	rc = dump_to_file(c->server, path);
	if (!rc) {
		text_add(c->out, "%s\n", path);
	}
	return rc;
}

static int control_memreport(struct control *c)
{
	const struct server *s = c->server;
	uint64_t bytes = 0;
	uint64_t nodes = 0;
	uint64_t txns = 0;

	for (unsigned int i = 0; i < QUOTA_DOMIDS; i++) {
		nodes += s->quota->use[i].nodes;
		bytes += s->quota->use[i].bytes;
		txns += s->quota->use[i].transactions;
	}
	text_add(c->out,
		 "nodes %llu\nbytes %llu\nwatches %u\ntransactions %llu\n"
		 "connections %u\ncommits %llu\nconflicts %llu\nevents %llu\n"
		 "allocated %llu\ndoomed %llu\n",
		 (unsigned long long)nodes, (unsigned long long)bytes,
		 s->watches.count, (unsigned long long)txns, s->conn_count,
		 (unsigned long long)s->commits,
		 (unsigned long long)s->conflicts,
		 (unsigned long long)s->events,
		 (unsigned long long)store_allocated(),
		 (unsigned long long)s->doomed);
	return 0;
}

static int control_help(struct control *c);

static const struct {
	const char *name;
	const char *args;
	int (*run)(struct control *c);
} commands[] = {
	{ "check", "", control_check },
	{ "dump", "", control_dump },
	{ "help", "", control_help },
	{ "log", "on|off|<level>", control_log },
	{ "memreport", "", control_memreport },
	{ "quota", "[<domid> | set <name> <value>]", control_quota },
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
	return rc;
}
