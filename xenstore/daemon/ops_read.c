// SPDX-License-Identifier: BSD-2-Clause
/* Requests that look: READ, DIRECTORY, DIRECTORY_PART, GET_PERMS. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/daemon/request.h"

int op_read(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = request_path(rq, false, path);

	if (!rc) {
		rc = request_look_up(rq, path, PERMS_READ, TXN_DEP_VALUE, &f);
	}
	if (rc) {
		return rc;
	}
	request_reply(rq, node_value(f.node), f.node->value_len);
	return 0;
}

/*
 * Copy names of children, from byte @skip of the whole list on, while they
 * fit in @room; returns the bytes copied and whether the end was reached.
 */
static size_t list_children(const struct node *node, uint64_t skip, char *out,
			    size_t room, bool *end)
{
	const struct node *child;
	struct child_iter it;
	size_t used = 0;

	child_iter_start(&it, node);
	child_skip(&it, &skip);
	while ((child = child_next(&it))) {
		size_t size = child->name_len + 1u - (size_t)skip;

		if (used + size > room) {
			*end = false;
			return used;
		}
		memcpy(out + used, child->name + skip, size);
		used += size;
		skip = 0;
	}
	*end = true;
	return used;
}

int op_directory(struct request *rq)
{
	char names[XENSTORE_PAYLOAD_MAX];
	char path[PATH_BUF_SIZE];
	struct found f;
	size_t len;
	bool end;
	int rc = request_path(rq, false, path);

	if (!rc) {
		rc = request_look_up(rq, path, PERMS_READ, TXN_DEP_LIST, &f);
	}
	if (rc) {
		return rc;
	}
	len = list_children(f.node, 0, names, sizeof(names), &end);
	if (!end) {
		return -E2BIG;
	}
	request_reply(rq, names, len);
	return 0;
}

/*
 * Equal for equal lists only (but one chance in 2^64), and otherwise without
 * a meaning: the generation itself would tell how much happens elsewhere.
 */
static uint64_t list_version(const struct node *node)
{
	uint64_t generation = node_generation(node);

	return strmap_hash((const char *)&generation, sizeof(generation));
}

int op_directory_part(struct request *rq)
{
	char reply[XENSTORE_PAYLOAD_MAX];
	char path[PATH_BUF_SIZE];
	const char *argv[2];
	unsigned long skip;
	struct found f;
	size_t len;
	bool end;
	int rc = wire_split(rq->data, rq->hdr->len, argv, 2);

	if (!rc) {
		rc = path_canonicalise(argv[0], request_domid(rq), false, path);
	}
	if (!rc) {
		rc = wire_parse_number(argv[1], UINT32_MAX, &skip);
	}
	if (!rc) {
		rc = request_look_up(rq, path, PERMS_READ, TXN_DEP_LIST, &f);
	}
	if (rc) {
		return rc;
	}
	len = (size_t)snprintf(reply, sizeof(reply), "%llu",
			       (unsigned long long)list_version(f.node)) +
	      1;
	len += list_children(f.node, skip, reply + len, sizeof(reply) - len - 1,
			     &end);
	if (end) {
		reply[len++] = '\0';
	}
	request_reply(rq, reply, len);
	return 0;
}

static void reply_perms(struct request *rq, const struct perms *perms)
{
	char text[XENSTORE_PAYLOAD_MAX];
	size_t len = 0;

	for (unsigned int i = 0;
	     i < perms->count && len + PERMS_ENTRY_MAX <= sizeof(text); i++) {
		len += perms_format_entry(&perms->entry[i], text + len) + 1;
	}
	request_reply(rq, text, len);
}

static int get_special_perms(struct request *rq, const char *path)
{
	const struct perms *perms;
	enum special which;
	unsigned int domid;
	int rc = special_find(path, &which, &domid);

	if (rc) {
		return rc;
	}
	perms = special_perms(rq->server, which, domid);
	if (!perms_allow(perms, request_who(rq), PERMS_READ)) {
		return -EACCES;
	}
	reply_perms(rq, perms);
	return 0;
}

int op_get_perms(struct request *rq)
{
	char path[PATH_BUF_SIZE];
	struct found f;
	int rc = request_path(rq, true, path);

	if (rc) {
		return rc;
	}
	if (path_is_special(path)) {
		return get_special_perms(rq, path);
	}
	rc = request_look_up(rq, path, PERMS_READ, TXN_DEP_PERMS, &f);
	if (!rc) {
		reply_perms(rq, node_perms(f.node));
	}
	return rc;
}
