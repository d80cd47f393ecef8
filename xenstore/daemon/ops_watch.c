// SPDX-License-Identifier: BSD-2-Clause
/* WATCH, UNWATCH, RESET_WATCHES. */
#include <errno.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/request.h"

/* How much of an event's path a relative watch does not show. */
static size_t watch_strip(struct request *rq, const char *arg)
{
	char home[64];

	if (arg[0] == '/' || arg[0] == '@') {
		return 0;
	}
	return path_home_prefix(request_domid(rq), home, sizeof(home));
}

static int add_watch(struct request *rq, const char *arg, const char *path,
		     const char *token, int depth)
{
	struct server *s = rq->server;
	struct quota_use *use = &s->quota->use[request_domid(rq)];
	size_t bytes = watch_bytes(strlen(path), strlen(token));
	struct watch *watch;
	int rc;

	if (request_quota(rq, QUOTA_WATCHES, (uint64_t)use->watches + 1)) {
		return -E2BIG;
	}
	if (request_quota(rq, QUOTA_MEMORY, use->bytes + bytes)) {
		return -ENOSPC;
	}
	rc = watch_add(&s->watches, rq->conn, &rq->conn->watches, path,
		       watch_strip(rq, arg), depth, token, &watch);
	if (rc) {
		return rc;
	}
	use->watches++;
	use->bytes += bytes;
	save_watch(journal_ring(rq->conn), watch);
	(void)request_ack(rq, 0);
	/* Once at the start, so that the watcher looks at what is there. */
	conn_watch_event(watch, path);
	return 0;
}

/*
 * Depth as text; NULL and "" are none. For a special name of all domains 1
 * means that events say which domain it was; nothing else is meant by any.
 */
static int parse_depth(const char *path, const char *text, int *depth)
{
	enum special which;
	unsigned int domid;
	unsigned long n;

	*depth = WATCH_DEPTH_ALL;
	if (path_is_special(path) && special_find(path, &which, &domid)) {
		return -EINVAL;
	}
	if (!text || *text == '\0') {
		return 0;
	}
	if (wire_parse_number(text, XENSTORE_ABS_PATH_MAX, &n)) {
		return -EINVAL;
	}
	if (path_is_special(path) && (n != 1 || domid != SPECIAL_ALL)) {
		return -EINVAL;
	}
	*depth = (int)n;
	return 0;
}

int op_watch(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	const char *argv[3];
	int depth;
	int n = wire_split_upto(rq->data, rq->hdr->len, argv, 3);
	int rc;

	if (n < 2) {
		return -EINVAL;
	}
	rc = path_canonicalise(argv[0], request_domid(rq), true, path);
	if (!rc) {
		rc = parse_depth(path, n == 3 ? argv[2] : NULL, &depth);
	}
	if (rc) {
		return rc;
	}
	if (strlen(argv[1]) > WATCH_TOKEN_MAX) {
		return -E2BIG;
	}
	return add_watch(rq, argv[0], path, argv[1], depth);
}

int op_unwatch(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	const char *argv[2];
	int rc = wire_split(rq->data, rq->hdr->len, argv, 2);

	if (!rc) {
		rc = path_canonicalise(argv[0], request_domid(rq), true, path);
	}
	if (!rc) {
		rc = conn_del_watch(rq->conn, path, argv[1]);
	}
	return request_ack(rq, rc);
}

int op_reset_watches(struct request *rq)
{
	conn_drop_watches(rq->conn);
	while (rq->conn->txns) {
		conn_del_txn(rq->conn, rq->conn->txns);
	}
	rq->txn = NULL;
	return request_ack(rq, 0);
}
