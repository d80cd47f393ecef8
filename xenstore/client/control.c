// SPDX-License-Identifier: BSD-2-Clause
/*
 * xenstore-control: a command to the daemon and its answer. What the daemon
 * does not know is answered with what it does know. live-update is a sequence
 * of commands: which program, with which arguments, and then to go over to it,
 * which is asked again while the daemon is busy.
 *
 * Exit codes: 0; 1: no daemon; 2: usage; 3: the command failed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "xenstore/client/client.h"

#define NO_DAEMON 1
#define BAD_USAGE 2
#define FAILED	  3

/* Seconds in which live-update may start. */
#define LIVE_UPDATE_SECONDS 60

static const char live_update[] = "live-update";

struct control {
	struct xs_handle *h;
	bool json;
	const char *file; /* live-update: the program, */
	const char *cmdline;
	const char *timeout;
	bool force;
};

/* The answer to @command with @argc arguments; NULL and errno. */
static char *ask(struct xs_handle *h, const char *command, int argc,
		 const char *const *argv)
{
	char args[XENSTORE_PAYLOAD_MAX];
	size_t len = 0;

	for (int i = 0; i < argc; i++) {
		size_t size = strlen(argv[i]) + 1;

		if (size > sizeof(args) - len) {
			errno = E2BIG;
			return NULL;
		}
		memcpy(args + len, argv[i], size);
		len += size;
	}
	return xs_control_command(h, command, args, (unsigned int)len);
}

/* Documents end as the daemon ends them; other answers with an empty line. */
static bool is_document(const char *command)
{
	return strcmp(command, "metrics") == 0 || strcmp(command, "dump") == 0;
}

static int show(const struct control *c, const char *command, const char *reply)
{
	size_t len = strlen(reply);

	if (c->json) {
		out_text("{\"command\": ");
		json_string(command, strlen(command));
		json_key("reply");
		json_string(reply, len);
		out_text("}\n");
	} else if (len > 0) {
		out_text("%s%s", reply,
			 is_document(command) && reply[len - 1] == '\n' ? ""
									: "\n");
	}
	return out_flush() ? FAILED : 0;
}

static int tell_failure(struct xs_handle *h)
{
	char *help;

	if (errno != EINVAL) {
		(void)fprintf(stderr,
			      "Error %d when trying to execute command.\n",
			      errno);
		return FAILED;
	}
	help = ask(h, "help", 0, NULL);
	if (help) {
		(void)fprintf(stderr,
			      "Command not supported. Valid commands are:\n"
			      "%s\n",
			      help);
	} else {
		(void)fprintf(stderr, "Error when executing command.\n");
	}
	free(help);
	return FAILED;
}

/* 0 or BAD_USAGE. */
static int parse_live_update(struct control *c, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		const char **value = strcmp(argv[i], "-c") == 0	  ? &c->cmdline
				     : strcmp(argv[i], "-t") == 0 ? &c->timeout
								  : NULL;

		if (value && i + 1 == argc) {
			(void)fprintf(stderr, "Missing %s value\n",
				      value == &c->cmdline ? "command line"
							   : "timeout");
			return BAD_USAGE;
		}
		if (value) {
			*value = argv[++i];
		} else if (strcmp(argv[i], "-F") == 0) {
			c->force = true;
		} else {
			c->file = argv[i];
		}
	}
	if (!c->file) {
		(void)fprintf(stderr, "Missing binary specification\n");
		return BAD_USAGE;
	}
	return 0;
}

/* 0, or FAILED: told what @doing failed with @reply, which is freed. */
static int expect_ok(char *reply, const char *doing)
{
	int rc = 0;

	if (!reply || strcmp(reply, "OK") != 0) {
		(void)fprintf(stderr, "%s failed:\n%s\n", doing,
			      reply ? reply : strerror(errno));
		rc = FAILED;
	}
	free(reply);
	return rc;
}

static int set_program(struct control *c)
{
	static const char doing[] = "Setting update binary";
	const char *file[2] = { "-f", c->file };
	const char *args[2] = { "-c", c->cmdline };
	int rc = expect_ok(ask(c->h, live_update, 2, file), doing);

	if (!rc && c->cmdline) {
		rc = expect_ok(ask(c->h, live_update, 2, args), doing);
	}
	return rc;
}

static int start_program(struct control *c)
{
	const char *args[4] = { "-s" };
	long seconds =
		c->timeout ? strtol(c->timeout, NULL, 10) : LIVE_UPDATE_SECONDS;
	time_t end = time(NULL) + seconds;
	int argc = 1;
	char *reply = NULL;

	if (c->timeout) {
		args[argc++] = "-t";
		args[argc++] = c->timeout;
	}
	if (c->force) {
		args[argc++] = "-F";
	}
	do {
		free(reply);
		reply = ask(c->h, live_update, argc, args);
	} while (reply && strcmp(reply, "BUSY") == 0 && time(NULL) < end);
	return expect_ok(reply, "Starting live update");
}

static int run_live_update(struct control *c)
{
	int rc = set_program(c);

	return rc ? rc : start_program(c);
}

static int run_command(struct control *c, int argc, const char *const *argv)
{
	char *reply = ask(c->h, argv[0], argc - 1, argv + 1);
	int rc = reply ? show(c, argv[0], reply) : tell_failure(c->h);

	free(reply);
	return rc;
}

/* --format stands before the command: what is behind is the daemon's. */
static bool parse_format(struct control *c, int *argc, char ***argv)
{
	static const char option[] = "--format";
	const size_t len = sizeof(option) - 1;
	int words = 0;
	const char *format = NULL;

	if (*argc > 1 && strcmp((*argv)[0], option) == 0) {
		format = (*argv)[1];
		words = 2;
	} else if (*argc > 0 && strncmp((*argv)[0], option, len) == 0 &&
		   (*argv)[0][len] == '=') {
		format = (*argv)[0] + len + 1;
		words = 1;
	}
	c->json = format && strcmp(format, "json") == 0;
	*argc -= words;
	*argv += words;
	return *argc > 0 && (!format || c->json || strcmp(format, "text") == 0);
}

int control_main(const char *called, int argc, char **argv)
{
	struct control c = { 0 };
	bool update;
	int rc = 0;

	if (!parse_format(&c, &argc, &argv)) {
		(void)fprintf(stderr, "Usage:\n%s <command> [<arg>...]\n",
			      called);
		return BAD_USAGE;
	}
	update = strcmp(argv[0], live_update) == 0;
	if (update) {
		rc = parse_live_update(&c, argc - 1, argv + 1);
	}
	if (rc) {
		return rc;
	}
	c.h = xs_open(0);
	if (!c.h) {
		(void)fprintf(stderr, "Failed to contact Xenstored.\n");
		return NO_DAEMON;
	}
	rc = update ? run_live_update(&c)
		    : run_command(&c, argc, (const char *const *)argv);
	xs_close(c.h);
	return rc;
}
