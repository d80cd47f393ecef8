// SPDX-License-Identifier: BSD-2-Clause
/*
 * One file in the run directory is a state with its journal while a daemon
 * runs, and a state alone when one has ended. Each takes the place of the
 * other at once, so whoever dies between leaves one that says it all.
 */
#include "xenstore/daemon/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/journal_file.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/statefile.h"

#define PATH_BYTES 4096

/* Until the next call. */
static const char *path_in(const char *rundir, const char *name)
{
	static char path[PATH_BYTES];

	(void)snprintf(path, PATH_BYTES, "%s/%s", rundir, name);
	return path;
}

int takeover_lock(const char *rundir)
{
	int fd = open(path_in(rundir, "lock"), O_RDWR | O_CREAT | O_CLOEXEC,
		      0600);
	int rc;

	if (fd < 0) {
		return -errno;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		rc = errno == EWOULDBLOCK ? -EBUSY : -errno;
		(void)close(fd);
		return rc;
	}
	return fd;
}

static bool of_this_boot(const struct state_extra *extra)
{
	return strcmp(extra->boot, statefile_boot()) == 0;
}

/*
 * What @path says, in @s, which is fresh; limits from options count where it
 * says none. When it cannot be taken, @s is as fresh as before. -ESTALE: it
 * is of another boot, and @any is not set.
 */
static int load(struct server *s, const char *path, bool any,
		struct state_extra *extra, char error[STATE_ERROR])
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	uint64_t limit[QUOTA_KINDS];
	const char *rundir = s->rundir;
	int rc;

	if (fd < 0) {
		(void)snprintf(error, STATE_ERROR, "%s", strerror(errno));
		return -errno;
	}
	memcpy(limit, s->quota->limit, sizeof(limit));
	rc = statefile_load(s, fd, true, extra, error);
	if (!rc && !any && !of_this_boot(extra)) {
		rc = -ESTALE;
	}
	if (rc) {
		server_fini(s);
		if (server_init(s)) {
			return -ENOMEM;
		}
		memcpy(s->quota->limit, limit, sizeof(limit));
		s->rundir = rundir;
	}
	return rc;
}

int takeover_file(struct server *s, const char *file)
{
	char error[STATE_ERROR];
	struct state_extra extra;
	int rc = load(s, file, true, &extra, error);

	if (rc) {
		log_error("%s: %s", file, error);
	} else if (!of_this_boot(&extra)) {
		log_warn("%s: of another boot: its domains are left out", file);
		rc = domain_forget_all(s);
	}
	return rc;
}

static void put_aside(const char *path, const char *error)
{
	char aside[PATH_BYTES + 8];

	(void)snprintf(aside, sizeof(aside), "%s.bad", path);
	log_error("%s: %s; kept as %s, beginning with an empty store", path,
		  error, aside);
	if (rename(path, aside)) {
		log_error("%s: %s", aside, strerror(errno));
	}
}

/*
 * -ENOENT: there is none. 0: it was taken, or passed over, or put aside. What
 * could not be read at all may be good: another error, and it stays.
 */
static int try_file(struct server *s, const char *path)
{
	char error[STATE_ERROR];
	struct state_extra extra;
	int rc = load(s, path, false, &extra, error);

	if (rc == -ESTALE) {
		log_info("%s: of another boot, not taken", path);
	} else if (rc == -EINVAL) {
		put_aside(path, error);
	} else if (rc) {
		if (rc != -ENOENT) {
			log_error("%s: %s; --fresh begins without it", path,
				  strerror(-rc));
		}
		return rc;
	} else if (extra.passed_over > 0) {
		log_error("%s: %u records were passed over, the first: %s",
			  path, extra.passed_over, error);
	} else {
		log_info("%s: taken over%s%s", path,
			 extra.torn ? "; its end is torn: " : "",
			 extra.torn ? error : "");
	}
	return 0;
}

int takeover_rundir(struct server *s, const char *rundir)
{
	int rc = try_file(s, path_in(rundir, "state"));

	return rc == -ENOENT ? 0 : rc;
}

void takeover_keep(struct server *s, const char *rundir)
{
	const char *path = path_in(rundir, "state");

	/* There may be room now, where the old one was. */
	if (journal_file_begin(s, path) && journal_file_begin(s, path) == 0) {
		log_warn("%s: there is one again", path);
	}
}

void takeover_end(struct server *s, const char *rundir)
{
	const char *path = path_in(rundir, "state");
	int rc = s->journal ? statefile_write(s, path) : 0;

	if (rc) {
		log_error("%s: %s; the %s", path, strerror(-rc),
			  access(path, F_OK) ? "store is lost"
					     : "journal stays");
	}
	journal_file_end(s);
}
