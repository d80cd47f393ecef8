// SPDX-License-Identifier: BSD-2-Clause
/*
 * A record says what happened, not what was asked for: nobody's rights and
 * limits are judged again, and nobody hears of it.
 */
#include "xenstore/daemon/state_log.h"

#include <errno.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/conn.h"
#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/ring.h"

#define BUFFER_MAX (1u << 20)

/*
 * Changes that belong together, one after the other on the live tree. A
 * reader of a good journal sees no error but -ENOMEM here.
 */
static int apply_changes(struct server *s, struct state_in *in)
{
	uint32_t count = state_get_u32(in);
	int rc = 0;

	while (count-- > 0 && !rc) {
		struct txn_change c;

		rc = state_take_change(in, &c);
		if (!rc) {
			rc = txn_change_apply(&s->root, &s->ledger, &c);
			if (rc == -ENOENT) {
				rc = state_bad(in, "%s is not there", c.path);
			}
			txn_change_clear(&c);
		}
	}
	return rc ? rc : state_done(in);
}

static int get_domid(struct state_in *in, unsigned int *domid)
{
	*domid = state_get_u32(in);
	if (*domid >= PERMS_DOMID_RESERVED) {
		return state_bad(in, "not a domain: %u", *domid);
	}
	return in->failed ? -EINVAL : 0;
}

static int apply_forget(struct server *s, struct state_in *in)
{
	unsigned int domid;
	int rc = get_domid(in, &domid);

	if (!rc) {
		rc = state_done(in);
	}
	if (!rc) {
		domain_forget(s, domid, true);
		special_forget(s, domid);
	}
	return rc;
}

static int apply_release(struct server *s, struct state_in *in)
{
	unsigned int domid;
	int rc = get_domid(in, &domid);

	if (!rc) {
		rc = state_done(in);
	}
	if (!rc) {
		domain_drop(s, domid);
	}
	return rc;
}

/* The connection of the domain that the record names first. */
static int get_ring(struct server *s, struct state_in *in, struct domain **out)
{
	unsigned int domid;
	int rc = get_domid(in, &domid);

	if (rc) {
		return rc;
	}
	*out = domain_find(s, domid);
	if (!*out || !(*out)->conn) {
		return state_bad(in, "domain %u has no ring", domid);
	}
	return 0;
}

static int apply_watch(struct server *s, struct state_in *in)
{
	struct domain *d;
	struct watch *w;
	int rc = get_ring(s, in, &d);

	return rc ? rc : state_take_watch(d->conn, in, &w);
}

static int apply_unwatch(struct server *s, struct state_in *in)
{
	char path[PATH_BUF_SIZE];
	char token[WATCH_TOKEN_MAX + 1];
	struct domain *d;
	int rc = get_ring(s, in, &d);

	if (rc) {
		return rc;
	}
	(void)state_take_path(in, true, path);
	(void)state_get_str(in, token, sizeof(token));
	rc = state_done(in);
	if (!rc && conn_del_watch(d->conn, path, token)) {
		rc = state_bad(in, "no such watch");
	}
	return rc;
}

static int apply_reset(struct server *s, struct state_in *in)
{
	struct domain *d;
	int rc = get_ring(s, in, &d);
	bool all = state_get_u32(in) != 0;

	if (!rc) {
		rc = state_done(in);
	}
	if (rc) {
		return rc;
	}
	if (all) {
		conn_reset(d->conn);
		d->place = (struct ring_place){ .req_cons = 0 };
	} else {
		conn_drop_watches(d->conn);
	}
	return 0;
}

static int apply_begin(struct server *s, struct state_in *in)
{
	struct domain *d;
	int rc = get_ring(s, in, &d);
	uint32_t id = state_get_u32(in);
	struct txn *t;

	if (!rc) {
		rc = state_done(in);
	}
	if (!rc && (id == 0 || conn_find_txn(d->conn, id))) {
		rc = state_bad(in, "not a transaction: %u", id);
	}
	if (rc) {
		return rc;
	}
	t = txn_create(s->root, id);
	if (!t) {
		return -ENOMEM;
	}
	t->doomed = true;
	conn_add_txn(d->conn, t);
	d->conn->next_txn_id = id + 1;
	return 0;
}

static int apply_ended(struct server *s, struct state_in *in)
{
	struct domain *d;
	int rc = get_ring(s, in, &d);
	uint32_t id = state_get_u32(in);
	struct txn *t;

	if (!rc) {
		rc = state_done(in);
	}
	if (rc) {
		return rc;
	}
	t = conn_find_txn(d->conn, id);
	if (!t) {
		return state_bad(in, "not a transaction: %u", id);
	}
	conn_del_txn(d->conn, t);
	return 0;
}

static int apply_bytes(struct server *s, struct state_in *in)
{
	struct domain *d;
	int rc = get_ring(s, in, &d);
	const char *in_bytes;
	const char *out_bytes;
	struct ring_place place;
	size_t in_len;
	size_t out_len;

	if (rc) {
		return rc;
	}
	place.req_cons = state_get_u32(in);
	place.rsp_prod = state_get_u32(in);
	in_bytes = state_get_bytes(in, BUFFER_MAX, &in_len);
	out_bytes = state_get_bytes(in, BUFFER_MAX, &out_len);
	rc = state_done(in);
	if (rc) {
		return rc;
	}
	d->place = place;
	return conn_restore_bytes(d->conn, in_bytes, in_len, out_bytes,
				  out_len);
}

static int (*const appliers[STATE_TYPES])(struct server *s,
					  struct state_in *in) = {
	[LOG_CHANGES] = apply_changes,	    [LOG_FORGET] = apply_forget,
	[LOG_SPECIAL] = state_take_special, [LOG_QUOTA] = state_take_quota,
	[LOG_DOMAIN] = state_take_domain,   [LOG_RELEASE] = apply_release,
	[LOG_WATCH] = apply_watch,	    [LOG_UNWATCH] = apply_unwatch,
	[LOG_RESET] = apply_reset,	    [LOG_BEGIN] = apply_begin,
	[LOG_ENDED] = apply_ended,	    [LOG_BYTES] = apply_bytes,
};

int state_log_apply(struct server *s, struct state_in *in)
{
	if (in->type >= STATE_TYPES || !appliers[in->type]) {
		return state_bad(in, "no such record in a journal");
	}
	return appliers[in->type](s, in);
}
