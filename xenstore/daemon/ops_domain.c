// SPDX-License-Identifier: BSD-2-Clause
/* Requests about domains; all but GET_DOMAIN_PATH are for domain 0 only. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/request.h"

static int parse_domid(const char *text, unsigned int *domid)
{
	unsigned long n;
	int rc = wire_parse_number(text, PERMS_DOMID_MAX, &n);

	if (!rc) {
		*domid = (unsigned int)n;
	}
	return rc;
}

static int one_domid(struct request *rq, unsigned int *domid)
{
	const char *arg;
	int rc = wire_split(rq->data, rq->hdr->len, &arg, 1);

	return rc ? rc : parse_domid(arg, domid);
}

int op_introduce(struct request *rq)
{
	const char *argv[4];
	unsigned int domid;
	unsigned long mfn;
	unsigned long port;

	/* Some callers add a field; it says nothing that we need. */
	if (wire_split_upto(rq->data, rq->hdr->len, argv, 4) < 3 ||
	    parse_domid(argv[0], &domid) ||
	    wire_parse_number(argv[1], ULONG_MAX, &mfn) ||
	    wire_parse_number(argv[2], UINT32_MAX, &port)) {
		return -EINVAL;
	}
	if (domid == 0 || domid >= PERMS_DOMID_RESERVED) {
		return -EINVAL;
	}
	return request_ack(
		rq, domain_introduce(rq->server, domid, mfn, (uint32_t)port));
}

int op_release(struct request *rq)
{
	unsigned int domid;
	int rc = one_domid(rq, &domid);

	if (!rc && domid == 0) {
		rc = -EINVAL;
	}
	return request_ack(rq, rc ? rc : domain_release(rq->server, domid));
}

int op_resume(struct request *rq)
{
	unsigned int domid;
	int rc = one_domid(rq, &domid);

	if (!rc && domid == 0) {
		rc = -EINVAL;
	}
	return request_ack(rq, rc ? rc : domain_resume(rq->server, domid));
}

int op_set_target(struct request *rq)
{
	const char *argv[2];
	unsigned int domid;
	unsigned int target;

	if (wire_split(rq->data, rq->hdr->len, argv, 2) ||
	    parse_domid(argv[0], &domid) || parse_domid(argv[1], &target) ||
	    target == 0) {
		return -EINVAL;
	}
	return request_ack(rq, domain_set_target(rq->server, domid, target));
}

int op_get_domain_path(struct request *rq)
{
	char path[64];
	unsigned int domid;
	int len;
	int rc = one_domid(rq, &domid);

	if (rc) {
		return rc;
	}
	len = snprintf(path, sizeof(path), "/local/domain/%u", domid);
	request_reply(rq, path, (size_t)len + 1);
	return 0;
}

int op_is_domain_introduced(struct request *rq)
{
	unsigned int domid;
	int rc = one_domid(rq, &domid);

	if (rc) {
		return rc;
	}
	request_reply(rq, domain_find(rq->server, domid) ? "T" : "F", 2);
	return 0;
}
