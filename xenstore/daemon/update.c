// SPDX-License-Identifier: BSD-2-Clause
/*
 * The command is remembered here and carried out between two requests, when
 * no function of the daemon holds a pointer to anything.
 */
#include "xenstore/daemon/update.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/request.h"

#define SECONDS_DEFAULT 60u
#define SECONDS_MAX	3600u

void update_clear(struct update *u)
{
	free(u->file);
	free(u->arguments);
	memset(u, 0, sizeof(*u));
}

static int set_text(char **slot, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		return -ENOMEM;
	}
	free(*slot);
	*slot = copy;
	return 0;
}

static int set_file(struct update *u, const char *file, char *text, size_t size)
{
	if (access(file, X_OK)) {
		(void)snprintf(text, size, "%s: %s", file, strerror(errno));
		return 0;
	}
	return set_text(&u->file, file);
}

static int begin(struct request *rq, char *text, size_t size)
{
	struct update *u = &rq->server->update;

	if (!u->file) {
		(void)snprintf(text, size, "no file was named");
		return 0;
	}
	log_info("live update to %s", u->file);
	u->wanted = true;
	u->conn_id = rq->conn->id;
	u->request = *rq->hdr;
	conn_pause(rq->conn, true);
	return UPDATE_LATER;
}

/* -t SECONDS and -F, up to the first argument that is neither; its place. */
static int parse_start(struct update *u, int argc, const char **argv, int at)
{
	unsigned long seconds;

	u->seconds = SECONDS_DEFAULT;
	while (at < argc) {
		if (strcmp(argv[at], "-F") == 0) {
			at++;
		} else if (strcmp(argv[at], "-t") == 0 && at + 1 < argc) {
			if (wire_parse_number(argv[at + 1], SECONDS_MAX,
					      &seconds)) {
				return -EINVAL;
			}
			u->seconds = (unsigned int)seconds;
			at += 2;
		} else {
			break;
		}
	}
	return at;
}

static int start(struct request *rq, int argc, const char **argv, char *text,
		 size_t size)
{
	struct update *u = &rq->server->update;
	bool named = strcmp(argv[0], "-s") != 0;
	int at = parse_start(u, argc, argv, named ? 0 : 1);
	int rc;

	if (at < 0 || argc - at != (named ? 1 : 0)) {
		return -EINVAL;
	}
	if (named) {
		rc = set_file(u, argv[at], text, size);
		if (rc || *text != '\0') {
			return rc;
		}
	}
	return begin(rq, text, size);
}

int update_command(struct request *rq, int argc, const char **argv, char *text,
		   size_t size)
{
	struct update *u = &rq->server->update;
	int rc = -EINVAL;

	text[0] = '\0';
	if (argc == 0) {
		return -EINVAL;
	}
	if (u->wanted) {
		return -EBUSY;
	}
	if (strcmp(argv[0], "-a") == 0 && argc == 1) {
		update_clear(u);
		rc = 0;
	} else if (strcmp(argv[0], "-f") == 0 && argc == 2) {
		/* Anew: what an earlier one was to have is not for it. */
		update_clear(u);
		rc = set_file(u, argv[1], text, size);
	} else if (strcmp(argv[0], "-c") == 0 && argc == 2) {
		rc = set_text(&u->arguments, argv[1]);
	} else if (argv[0][0] != '-' || strchr("stF", argv[0][1])) {
		rc = start(rq, argc, argv, text, size);
	}
	if (rc == 0 && text[0] == '\0') {
		(void)snprintf(text, size, "OK");
	}
	return rc;
}

static void answer(struct server *s, uint32_t id, const struct xsd_sockmsg *req,
		   const char *text)
{
	struct conn *c = conn_find(s, id);

	if (c && !c->closing) {
		conn_reply(c, req, req->type, text, strlen(text) + 1);
		conn_pause(c, false);
	}
}

void update_failed(struct server *s, const char *why)
{
	struct update *u = &s->update;

	log_error("live update to %s: %s", u->file, why);
	answer(s, u->conn_id, &u->request, why);
	update_clear(u);
}

void update_done(struct server *s, uint32_t id, const struct xsd_sockmsg *req)
{
	log_info("live update done");
	answer(s, id, req, "OK");
}
