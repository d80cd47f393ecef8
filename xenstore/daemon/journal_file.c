// SPDX-License-Identifier: BSD-2-Clause
/*
 * Appending is a copy into a mapped window of the file. The window moves on
 * when it is full, with the file's room: two system calls for each
 * WINDOW_BYTES. A kill can leave a record that is half there; its check sum
 * says so (state_load.c).
 *
 * When the file cannot grow, the daemon serves on without a journal: the file
 * is removed, since what it says is no longer all, and every RETRY_SECONDS a
 * new one is tried.
 */
#include "xenstore/daemon/journal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/state_save.h"
#include "xenstore/daemon/statefile.h"

#define PAGE_BYTES    4096u
#define WINDOW_BYTES  (256u << 10)
#define RETRY_SECONDS 10u
/* So much may always follow the state before a new file is begun. */
#define MOST_BYTES ((off_t)4 << 20)
/* A slice, which grows with what came in since the last one. */
#define SLICE_NODES 512u
#define SLICE_COPY  (256u << 10)

static struct keeper {
	struct journal journal; /* first: this is what append gets */
	char *path;
	char *next_path;
	struct file_out file;
	off_t state; /* bytes of the state at its beginning */
	off_t most;  /* what may follow it */
	char *window;
	off_t window_at;
	size_t window_len;
	size_t appended; /* since the last slice */
	bool lost;
	uint32_t lost_at;
	/* The new file, while there is one. */
	struct save *save;
	struct node *root;
	bool tree_done;
	struct file_out next;
	off_t next_state;
	off_t copied; /* of the old file, what the new one has */
} keeper = { .file.fd = -1, .next.fd = -1, .most = MOST_BYTES };

static void unmap(struct keeper *k)
{
	if (k->window) {
		(void)munmap(k->window, k->window_len);
	}
	k->window = NULL;
	k->window_len = 0;
}

/* Forget the new file. */
static void drop_next(struct keeper *k)
{
	if (k->next.fd >= 0) {
		(void)unlink(k->next_path);
	}
	file_close(&k->next);
	node_put(k->root);
	k->root = NULL;
	if (k->save) {
		save_clear(k->save);
		free(k->save);
	}
	k->save = NULL;
}

static void lose(struct keeper *k, const char *what, int err)
{
	log_error("journal %s: %s: %s; a crash would lose the store until "
		  "there is a new one",
		  k->path, what, strerror(-err));
	drop_next(k);
	unmap(k);
	file_close(&k->file);
	(void)unlink(k->path);
	k->lost = true;
	k->lost_at = 0;
}

/* A window that starts at the page of the file's end and holds @len more. */
static int move_window(struct keeper *k, size_t len)
{
	off_t at = k->file.len & ~(off_t)(PAGE_BYTES - 1);
	size_t need = (size_t)(k->file.len - at) + len;
	int rc;

	unmap(k);
	need = (need + WINDOW_BYTES - 1) / WINDOW_BYTES * WINDOW_BYTES;
	/* Room that is there now cannot be missing when it is written. */
	do {
		rc = -posix_fallocate(k->file.fd, at, (off_t)need);
	} while (rc == -EINTR); /* SIGSTOP and debuggers, too */
	if (rc) {
		return rc;
	}
	k->window = mmap(NULL, need, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_POPULATE, k->file.fd, at);
	if (k->window == MAP_FAILED) {
		k->window = NULL;
		return -errno;
	}
	k->window_at = at;
	k->window_len = need;
	return 0;
}

static void append(struct journal *j, const void *data, size_t len)
{
	struct keeper *k = (struct keeper *)j;
	off_t end = k->window_at + (off_t)k->window_len;
	int rc = 0;

	if (k->lost) {
		return;
	}
	if (len == 0) {
		rc = -ENOMEM;
	} else if (!k->window || k->file.len + (off_t)len > end) {
		rc = move_window(k, len);
	}
	if (rc) {
		lose(k, "cannot grow", rc);
		return;
	}
	memcpy(k->window + (k->file.len - k->window_at), data, len);
	k->file.len += (off_t)len;
	k->appended += len;
}

static int next_begin(struct server *s, struct keeper *k)
{
	/* What is told but not kept yet is in the state that is written now. */
	journal_sync(s);
	drop_next(k);
	k->save = calloc(1, sizeof(*k->save));
	if (!k->save) {
		return -ENOMEM;
	}
	/* Not what is there, nor what a link there names. */
	(void)unlink(k->next_path);
	k->next.fd =
		open(k->next_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (k->next.fd < 0) {
		return -errno;
	}
	k->save->out.sink = file_write;
	k->save->out.ctx = &k->next;
	k->save->boot = statefile_boot();
	k->root = node_get(s->root);
	k->copied = k->file.len;
	k->tree_done = false;
	save_outline(k->save, s);
	save_tree_begin(k->save, k->root);
	return k->save->out.error;
}

/* A slice of the tree; behind its last one the state ends. */
static int next_tree(struct keeper *k, unsigned int nodes)
{
	if (!save_tree_step(k->save, nodes)) {
		return k->save->out.error;
	}
	save_live(k->save);
	save_end(k->save);
	k->tree_done = true;
	k->next_state = k->next.len;
	return k->save->out.error;
}

/* A slice of what was appended to the old file since. */
static int next_copy(struct keeper *k, size_t most)
{
	off_t left = k->file.len - k->copied;
	ssize_t n;

	most = left < (off_t)most ? (size_t)left : most;
	if (most == 0) {
		return 0;
	}
	n = sendfile(k->next.fd, k->file.fd, &k->copied, most);
	if (n <= 0) {
		return n < 0 ? -errno : -EIO;
	}
	k->next.len += n;
	return 0;
}

/* The new file has all that the old one has: it takes the name. */
static int next_switch(struct keeper *k)
{
	struct file_out old = k->file;

	if (rename(k->next_path, k->path)) {
		return -errno;
	}
	unmap(k);
	k->file = k->next;
	k->state = k->next_state;
	k->next.fd = -1;
	file_close(&old);
	drop_next(k);
	return 0;
}

int journal_file_begin(struct server *s, const char *path)
{
	struct keeper *k = &keeper;
	int rc;

	if (!k->path) {
		k->path = strdup(path);
		if (!k->path || asprintf(&k->next_path, "%s.new", path) < 0) {
			k->next_path = NULL;
			return -ENOMEM;
		}
	}
	k->journal.append = append;
	s->journal = &k->journal;
	rc = next_begin(s, k);
	while (!rc && !k->tree_done) {
		rc = next_tree(k, 10000);
	}
	if (!rc) {
		rc = next_switch(k);
	}
	if (!rc) {
		k->lost = false;
	} else if (k->lost) {
		drop_next(k);
	} else {
		lose(k, "cannot begin", rc);
	}
	return rc;
}

void journal_file_size(size_t bytes)
{
	keeper.most = (off_t)bytes;
}

static bool too_long(const struct keeper *k)
{
	off_t most = k->state > k->most ? k->state : k->most;

	return k->file.len - k->state > most;
}

static void retry(struct server *s, struct keeper *k)
{
	if (k->lost_at == 0) {
		k->lost_at = s->quota->now + 1;
	}
	if (s->quota->now + 1 - k->lost_at < RETRY_SECONDS) {
		return;
	}
	k->lost_at = s->quota->now + 1;
	if (journal_file_begin(s, k->path) == 0) {
		log_warn("journal %s: there is one again", k->path);
	}
}

static int next_step(struct keeper *k)
{
	int rc;

	if (!k->tree_done) {
		return next_tree(k, SLICE_NODES +
					    (unsigned int)(k->appended / 64));
	}
	rc = next_copy(k, SLICE_COPY + 2 * k->appended);
	if (!rc && k->copied == k->file.len) {
		rc = next_switch(k);
	}
	return rc;
}

int journal_file_timeout(int ms)
{
	return keeper.lost && ms < 0 ? (int)RETRY_SECONDS * 1000 : ms;
}

bool journal_file_step(struct server *s)
{
	struct keeper *k = &keeper;
	int rc = 0;

	if (!s->journal) {
		return false;
	}
	if (k->lost) {
		retry(s, k);
		return false;
	}
	if (k->save) {
		rc = next_step(k);
	} else if (too_long(k)) {
		rc = next_begin(s, k);
	}
	k->appended = 0;
	if (rc) {
		/* The old one is good; it just becomes longer. */
		log_error("journal %s: cannot begin anew: %s", k->path,
			  strerror(-rc));
		drop_next(k);
		k->state = k->file.len;
	}
	return k->save != NULL;
}

void journal_file_end(struct server *s)
{
	struct keeper *k = &keeper;

	s->journal = NULL;
	drop_next(k);
	unmap(k);
	file_close(&k->file);
	state_free(&k->journal.out);
	free(k->path);
	free(k->next_path);
	k->path = NULL;
	k->next_path = NULL;
}
