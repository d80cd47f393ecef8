// SPDX-License-Identifier: BSD-2-Clause
/*
 * Each request is decoded and checked completely, then made, then answered.
 * One table says which function serves a type and who may call it.
 */
#include "xenstore/daemon/ops.h"

#include <errno.h>
#include <time.h>

#include "xenstore/daemon/log.h"
#include "xenstore/daemon/request.h"

struct op {
	int (*handle)(struct request *rq);
	bool privileged;
};

static const struct op ops[XS_TYPE_COUNT] = {
	[XS_CONTROL] = { op_control, true },
	[XS_DIRECTORY] = { op_directory, false },
	[XS_READ] = { op_read, false },
	[XS_GET_PERMS] = { op_get_perms, false },
	[XS_WATCH] = { op_watch, false },
	[XS_UNWATCH] = { op_unwatch, false },
	[XS_TRANSACTION_START] = { op_transaction_start, false },
	[XS_TRANSACTION_END] = { op_transaction_end, false },
	[XS_INTRODUCE] = { op_introduce, true },
	[XS_RELEASE] = { op_release, true },
	[XS_GET_DOMAIN_PATH] = { op_get_domain_path, false },
	[XS_WRITE] = { op_write, false },
	[XS_MKDIR] = { op_mkdir, false },
	[XS_RM] = { op_rm, false },
	[XS_SET_PERMS] = { op_set_perms, false },
	[XS_IS_DOMAIN_INTRODUCED] = { op_is_domain_introduced, true },
	[XS_RESUME] = { op_resume, true },
	[XS_SET_TARGET] = { op_set_target, true },
	[XS_RESET_WATCHES] = { op_reset_watches, false },
	[XS_DIRECTORY_PART] = { op_directory_part, false },
};

static int dispatch(struct request *rq)
{
	const struct op *op = &ops[rq->hdr->type];

	if (!op->handle) {
		return -ENOSYS;
	}
	if (op->privileged && !perms_privileged(request_who(rq))) {
		return -EACCES;
	}
	if (rq->hdr->tx_id != 0 && rq->hdr->type != XS_TRANSACTION_START) {
		rq->txn = conn_find_txn(rq->conn, rq->hdr->tx_id);
		if (!rq->txn) {
			return -ENOENT;
		}
	}
	return op->handle(rq);
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void ops_handle(struct conn *c, const struct xsd_sockmsg *hdr, const char *data)
{
	struct request rq = {
		.server = c->server, .conn = c, .hdr = hdr, .data = data
	};
	struct metrics *m = &c->server->metrics;
	uint64_t began = metrics_wanted(m) ? nanoseconds() : 0;
	int rc = -ENOSYS;

	if (hdr->type < XS_TYPE_COUNT) {
		c->server->requests[hdr->type]++;
		rc = dispatch(&rq);
	}
	if (began) {
		metrics_took(m, nanoseconds() - began);
	}
	if (rc) {
		m->errors++;
		conn_reply_error(c, hdr, -rc);
	}
	if (log_tracing()) {
		log_msg(LOG_LEVEL_TRACE, "%u: dom%u %s tx %u len %u: %s", c->id,
			c->who.domid, wire_type_name(hdr->type), hdr->tx_id,
			hdr->len, rc ? wire_error_name(-rc) : "ok");
	}
}
