// SPDX-License-Identifier: BSD-2-Clause
/* Each request of the asynchronous interface: its payload and its reply. */
#include <errno.h>
#include <string.h>

#include "xenstore/common/perms.h"
#include "xenstore/libxs/async.h"

static struct iovec bytes(const void *data, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)data,
			       .iov_len = len };
}

static struct iovec string(const char *s)
{
	return bytes(s, strlen(s) + 1);
}

int xs_async_request(struct xs_async *a, unsigned int type, xs_transaction_t t,
		     const struct iovec *part, unsigned int count,
		     xs_async_done *done, void *arg)
{
	struct xsd_sockmsg what = { .type = type, .tx_id = t };

	/* What a daemon sends by itself is no request. */
	if (type == XS_WATCH_EVENT || type == XS_ERROR) {
		return -EINVAL;
	}
	return async_submit(a, &what, part, count, ASYNC_NEW, done, arg);
}

/* A request whose one argument is a string. */
static int with_string(struct xs_async *a, uint32_t type, xs_transaction_t t,
		       const char *text, xs_async_done *done, void *arg)
{
	struct iovec part = string(text);

	return xs_async_request(a, type, t, &part, 1, done, arg);
}

int xs_async_read(struct xs_async *a, xs_transaction_t t, const char *path,
		  xs_async_done *done, void *arg)
{
	return with_string(a, XS_READ, t, path, done, arg);
}

int xs_async_write(struct xs_async *a, xs_transaction_t t, const char *path,
		   const void *data, size_t len, xs_async_done *done, void *arg)
{
	struct iovec part[2] = { string(path), bytes(data, len) };

	return xs_async_request(a, XS_WRITE, t, part, 2, done, arg);
}

int xs_async_mkdir(struct xs_async *a, xs_transaction_t t, const char *path,
		   xs_async_done *done, void *arg)
{
	return with_string(a, XS_MKDIR, t, path, done, arg);
}

int xs_async_rm(struct xs_async *a, xs_transaction_t t, const char *path,
		xs_async_done *done, void *arg)
{
	return with_string(a, XS_RM, t, path, done, arg);
}

int xs_async_get_permissions(struct xs_async *a, xs_transaction_t t,
			     const char *path, xs_async_done *done, void *arg)
{
	return with_string(a, XS_GET_PERMS, t, path, done, arg);
}

int xs_async_set_permissions(struct xs_async *a, xs_transaction_t t,
			     const char *path,
			     const struct xs_permissions *perms,
			     unsigned int num_perms, xs_async_done *done,
			     void *arg)
{
	char text[XENSTORE_PAYLOAD_MAX];
	struct iovec part[2] = { string(path) };
	size_t len = 0;

	if (num_perms == 0) {
		return -EINVAL;
	}
	for (unsigned int i = 0; i < num_perms; i++) {
		struct perm_entry entry = {
			.domid = (uint16_t)perms[i].id,
			.access = (uint16_t)(perms[i].perms & 3u)
		};

		if (perms[i].id > PERMS_DOMID_MAX) {
			return -EINVAL;
		}
		if (len + PERMS_ENTRY_MAX > sizeof(text)) {
			return -E2BIG;
		}
		len += perms_format_entry(&entry, text + len) + 1;
	}
	part[1] = bytes(text, len);
	return xs_async_request(a, XS_SET_PERMS, t, part, 2, done, arg);
}

int xs_async_transaction_start(struct xs_async *a, xs_async_done *done,
			       void *arg)
{
	return with_string(a, XS_TRANSACTION_START, XBT_NULL, "", done, arg);
}

int xs_async_transaction_end(struct xs_async *a, xs_transaction_t t, bool abort,
			     xs_async_done *done, void *arg)
{
	return with_string(a, XS_TRANSACTION_END, t, abort ? "F" : "T", done,
			   arg);
}

static int with_token(struct xs_async *a, uint32_t type, const char *path,
		      const char *token, xs_async_done *done, void *arg)
{
	struct iovec part[2] = { string(path), string(token) };

	return xs_async_request(a, type, XBT_NULL, part, 2, done, arg);
}

int xs_async_watch(struct xs_async *a, const char *path, const char *token,
		   xs_async_done *done, void *arg)
{
	return with_token(a, XS_WATCH, path, token, done, arg);
}

int xs_async_unwatch(struct xs_async *a, const char *path, const char *token,
		     xs_async_done *done, void *arg)
{
	return with_token(a, XS_UNWATCH, path, token, done, arg);
}

const char *xs_async_next_name(const struct xs_async_reply *reply,
			       const char *name)
{
	const char *next = name ? name + strlen(name) + 1 : reply->data;

	return next < reply->data + reply->len ? next : NULL;
}

int xs_async_permissions(const struct xs_async_reply *reply,
			 struct xs_permissions *perms, unsigned int max)
{
	const char *text = NULL;
	int count = 0;

	while ((text = xs_async_next_name(reply, text))) {
		struct perm_entry entry;

		if (perms_parse_entry(text, &entry)) {
			return -EINVAL;
		}
		if ((unsigned int)count < max) {
			perms[count].id = entry.domid;
			perms[count].perms = entry.access;
		}
		count++;
	}
	return count > 0 ? count : -EINVAL;
}
