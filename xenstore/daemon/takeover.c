// SPDX-License-Identifier: BSD-2-Clause
/*
 * Who dies between two steps leaves the journal or the state or both, and
 * both say the same: the state is complete before the journal goes, and a new
 * journal is complete before the state goes. The journal is asked first.
 */
#include "xenstore/daemon/takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/journal_file.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/state_load.h"
#include "xenstore/daemon/statefile.h"

#define PATH_BYTES 4096

static void path_in(char path[PATH_BYTES], const char *rundir, const char *name)
{
	(void)snprintf(path, PATH_BYTES, "%s/%s", rundir, name);
}

int takeover_lock(const char *rundir)
{
	char path[PATH_BYTES];
	int fd;
	int rc;

	path_in(path, rundir, "lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
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

/* Throw away what was loaded in part; limits from options stay. */
static int begin_again(struct server *s)
{
	uint64_t limit[QUOTA_KINDS];
	const char *rundir = s->rundir;
	int rc;

	memcpy(limit, s->quota->limit, sizeof(limit));
	server_fini(s);
	rc = server_init(s);
	if (!rc) {
		memcpy(s->quota->limit, limit, sizeof(limit));
		s->rundir = rundir;
	}
	return rc;
}

/* Limits that the spoilt state has set are not those of the options. */
static int load(struct server *s, const void *data, size_t len,
		struct state_extra *extra, char error[STATE_ERROR])
{
	uint64_t limit[QUOTA_KINDS];
	int rc;

	memcpy(limit, s->quota->limit, sizeof(limit));
	rc = state_load(s, data, len, true, extra, error);
	if (rc) {
		memcpy(s->quota->limit, limit, sizeof(limit));
	}
	return rc;
}

static bool of_this_boot(const struct state_extra *extra)
{
	return strcmp(extra->boot, statefile_boot()) == 0;
}

static void drop_domains(struct server *s)
{
	while (s->domains) {
		domain_drop(s, s->domains->domid);
	}
}

static int read_file(const char *path, char **data, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0) {
		return -errno;
	}
	rc = statefile_read(fd, data, len);
	(void)close(fd);
	return rc;
}

int takeover_file(struct server *s, const char *file)
{
	char error[STATE_ERROR];
	struct state_extra extra;
	char *data;
	size_t len;
	int rc = read_file(file, &data, &len);

	if (rc) {
		log_error("%s: %s", file, strerror(-rc));
		return rc;
	}
	rc = load(s, data, len, &extra, error);
	free(data);
	if (rc) {
		log_error("%s: %s", file,
			  rc == -EINVAL ? error : strerror(-rc));
		return rc;
	}
	if (!of_this_boot(&extra)) {
		log_warn("%s: of another boot: its domains are left out", file);
		drop_domains(s);
	}
	return 0;
}

static int put_aside(struct server *s, const char *path, const char *error)
{
	char aside[PATH_BYTES + 8];

	(void)snprintf(aside, sizeof(aside), "%s.bad", path);
	log_error("%s: %s; kept as %s, beginning with an empty store", path,
		  error, aside);
	if (rename(path, aside)) {
		log_error("%s: %s", aside, strerror(errno));
	}
	return begin_again(s);
}

/* 0 and *found when @path was loaded, or was there to be put aside. */
static int try_file(struct server *s, const char *path, bool *found)
{
	char error[STATE_ERROR];
	struct state_extra extra;
	char *data;
	size_t len;
	int rc = read_file(path, &data, &len);

	*found = rc != -ENOENT;
	if (rc) {
		return rc == -ENOENT ? 0 : put_aside(s, path, strerror(-rc));
	}
	rc = load(s, data, len, &extra, error);
	free(data);
	if (rc) {
		return rc == -EINVAL ? put_aside(s, path, error) : rc;
	}
	if (!of_this_boot(&extra)) {
		log_info("%s: of another boot, not taken", path);
		return begin_again(s);
	}
	if (extra.torn) {
		log_info("%s: its end is torn: %s", path, error);
	}
	log_info("%s: taken over", path);
	return 0;
}

int takeover_rundir(struct server *s, const char *rundir)
{
	char path[PATH_BYTES];
	bool found;
	int rc;

	path_in(path, rundir, "journal");
	rc = try_file(s, path, &found);
	if (!rc && !found) {
		path_in(path, rundir, "state");
		rc = try_file(s, path, &found);
	}
	return rc;
}

void takeover_keep(struct server *s, const char *rundir)
{
	char path[PATH_BYTES];
	int rc;

	path_in(path, rundir, "journal");
	rc = journal_file_begin(s, path);
	if (rc) {
		log_error("%s: %s; a crash would lose the store", path,
			  strerror(-rc));
		return;
	}
	path_in(path, rundir, "state");
	if (unlink(path) && errno != ENOENT) {
		log_warn("%s: %s", path, strerror(errno));
	}
}

void takeover_end(struct server *s, const char *rundir)
{
	char path[PATH_BYTES];
	int rc;

	if (!s->journal) {
		return;
	}
	path_in(path, rundir, "state");
	rc = statefile_write(s, path);
	if (rc) {
		log_error("%s: %s; the journal stays", path, strerror(-rc));
	}
	journal_file_end(s, rc != 0);
}
