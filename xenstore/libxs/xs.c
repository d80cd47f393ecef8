// SPDX-License-Identifier: BSD-2-Clause
/*
 * The public functions: each packs its arguments, makes one request, and
 * unpacks the reply. Failure is errno and false, NULL, 0 or -1.
 */
#include "xenstore/libxs/xenstore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xenstore/common/path.h"
#include "xenstore/common/perms.h"
#include "xenstore/libxs/children.h"
#include "xenstore/libxs/handle.h"

/* How often a list may change while it is read in parts. */
#define DIRECTORY_TRIES 8

static bool ok(int rc)
{
	if (rc) {
		errno = -rc;
	}
	return !rc;
}

static struct iovec bytes(const void *data, size_t len)
{
	return (struct iovec){ .iov_base = (void *)(uintptr_t)data,
			       .iov_len = len };
}

static struct iovec string(const char *s)
{
	return bytes(s, strlen(s) + 1);
}

/* A request whose reply says nothing but that it was done. */
static bool simple(struct xs_handle *h, uint32_t type, xs_transaction_t t,
		   const struct iovec *part, unsigned int count)
{
	struct message *m;

	if (!ok(handle_request(h, type, t, part, count, &m))) {
		return false;
	}
	free(m);
	return true;
}

/* The bytes of a reply as an allocation of their own, NUL behind them. */
static void *take_data(struct message *m, unsigned int *len)
{
	unsigned int size = m->hdr.len;
	char *data = (char *)m;

	/* The message is ours: move the payload to its front. */
	memmove(data, m->data, (size_t)size + 1);
	if (len) {
		*len = size;
	}
	return data;
}

static void *data_request(struct xs_handle *h, uint32_t type,
			  xs_transaction_t t, const struct iovec *part,
			  unsigned int count, unsigned int *len)
{
	struct message *m;

	if (!ok(handle_request(h, type, t, part, count, &m))) {
		return NULL;
	}
	return take_data(m, len);
}

/* A request whose one argument is a domain's number. */
static char *domid_request(struct xs_handle *h, uint32_t type,
			   unsigned int domid)
{
	char text[MAX_STRLEN(domid)];
	struct iovec part;

	(void)snprintf(text, sizeof(text), "%u", domid);
	part = string(text);
	return data_request(h, type, XBT_NULL, &part, 1, NULL);
}

static bool domid_simple(struct xs_handle *h, uint32_t type, unsigned int domid)
{
	char *reply = domid_request(h, type, domid);
	bool done = reply;

	free(reply);
	return done;
}

struct xs_handle *xs_open(unsigned long flags)
{
	struct xs_handle *h = NULL;

	return ok(handle_create(flags, &h)) ? h : NULL;
}

struct xs_handle *xs_daemon_open(void)
{
	return xs_open(0);
}

struct xs_handle *xs_domain_open(void)
{
	return xs_open(0);
}

struct xs_handle *xs_daemon_open_readonly(void)
{
	return xs_open(XS_OPEN_READONLY);
}

void xs_close(struct xs_handle *xsh)
{
	if (xsh) {
		handle_destroy(xsh, false);
	}
}

void xs_daemon_close(struct xs_handle *xsh)
{
	xs_close(xsh);
}

void xs_daemon_destroy_postfork(struct xs_handle *xsh)
{
	handle_destroy(xsh, true);
}

/* One more part of the children of @path; as children_add_part(). */
static int ask_part(struct xs_handle *h, xs_transaction_t t, const char *path,
		    struct children *c)
{
	char offset[24];
	struct iovec part[2] = { string(path) };
	struct message *m;
	int rc;

	(void)snprintf(offset, sizeof(offset), "%zu", c->len);
	part[1] = string(offset);
	rc = handle_request(h, XS_DIRECTORY_PART, t, part, 2, &m);
	if (!rc) {
		rc = children_add_part(c, m->data, m->hdr.len);
		free(m);
	}
	/* It knows no parts: then what is wrong is that there are many. */
	return rc == -ENOSYS ? -E2BIG : rc;
}

/* -EBUSY: the list has changed too often while it was asked for. */
static int ask_parts(struct xs_handle *h, xs_transaction_t t, const char *path,
		     struct children *c)
{
	int rc;

	c->len = 0;
	c->restarts = 0;
	do {
		rc = ask_part(h, t, path, c);
		if (rc == 0 && c->restarts == DIRECTORY_TRIES) {
			rc = -EBUSY;
		}
	} while (rc == 0);
	return rc < 0 ? rc : 0;
}

/* In a transaction of our own, which sees nobody else's changes. */
static int ask_parts_of_still(struct xs_handle *h, const char *path,
			      struct children *c)
{
	xs_transaction_t t = xs_transaction_start(h);
	int rc;

	if (!t) {
		return -errno;
	}
	rc = ask_parts(h, t, path, c);
	(void)xs_transaction_end(h, t, true);
	return rc;
}

/*
 * Children that do not fit in one reply. Whoever may change the list could
 * otherwise keep us here for ever, with a change between each two parts.
 */
static char *children_in_parts(struct xs_handle *h, xs_transaction_t t,
			       const char *path, size_t *len)
{
	struct children c = { .names = NULL };
	int rc = ask_parts(h, t, path, &c);

	if (rc == -EBUSY && t == XBT_NULL) {
		rc = ask_parts_of_still(h, path, &c);
	}
	if (!ok(rc)) {
		free(c.names);
		return NULL;
	}
	*len = c.len;
	return c.names;
}

static char **pack_names(const char *names, size_t len, unsigned int *num)
{
	unsigned int count = 0;
	char **list;
	char *text;

	for (size_t i = 0; i < len; i++) {
		count += names[i] == '\0';
	}
	/* One more than needed: an empty list is not NULL. */
	list = malloc((count + 1) * sizeof(*list) + len);
	if (!list) {
		return NULL;
	}
	text = (char *)(list + count + 1);
	memcpy(text, names, len);
	for (unsigned int i = 0; i < count; i++) {
		list[i] = text;
		text += strlen(text) + 1;
	}
	list[count] = NULL;
	*num = count;
	return list;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
		    unsigned int *num)
{
	struct iovec part = string(path);
	unsigned int short_len = 0;
	char *names = data_request(h, XS_DIRECTORY, t, &part, 1, &short_len);
	size_t len = short_len;
	char **list;

	if (!names && errno == E2BIG) {
		names = children_in_parts(h, t, path, &len);
	}
	if (!names) {
		return NULL;
	}
	list = pack_names(names, len, num);
	free(names);
	return list;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
	      unsigned int *len)
{
	struct iovec part = string(path);

	return data_request(h, XS_READ, t, &part, 1, len);
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
	      const void *data, unsigned int len)
{
	struct iovec part[2] = { string(path), bytes(data, len) };

	return simple(h, XS_WRITE, t, part, 2);
}

bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	struct iovec part = string(path);

	return simple(h, XS_MKDIR, t, &part, 1);
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	struct iovec part = string(path);

	return simple(h, XS_RM, t, &part, 1);
}

bool xs_restrict(struct xs_handle *h, unsigned domid)
{
	(void)h;
	(void)domid;
	return false;
}

struct xs_permissions *xs_get_permissions(struct xs_handle *h,
					  xs_transaction_t t, const char *path,
					  unsigned int *num)
{
	struct iovec part = string(path);
	struct xs_permissions *perms;
	unsigned int count = 0;
	unsigned int len;
	char *text = data_request(h, XS_GET_PERMS, t, &part, 1, &len);

	if (!text) {
		return NULL;
	}
	for (unsigned int i = 0; i < len; i++) {
		count += text[i] == '\0';
	}
	perms = calloc(count + 1, sizeof(*perms));
	if (perms && !xs_strings_to_perms(perms, count, text)) {
		free(perms);
		perms = NULL;
	}
	free(text);
	if (perms) {
		*num = count;
	}
	return perms;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
			const char *path, struct xs_permissions *perms,
			unsigned int num_perms)
{
	char text[XENSTORE_PAYLOAD_MAX];
	struct iovec part[2];
	size_t len = 0;

	for (unsigned int i = 0; i < num_perms; i++) {
		struct perm_entry entry = {
			.domid = (uint16_t)perms[i].id,
			.access = (uint16_t)(perms[i].perms & 3u)
		};

		if (perms[i].id > PERMS_DOMID_MAX) {
			errno = EINVAL;
			return false;
		}
		if (len + PERMS_ENTRY_MAX > sizeof(text)) {
			errno = ENOSPC;
			return false;
		}
		len += perms_format_entry(&entry, text + len) + 1;
	}
	part[0] = string(path);
	part[1] = bytes(text, len);
	return simple(h, XS_SET_PERMS, t, part, 2);
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	struct iovec part[2] = { string(path), string(token) };

	return ok(handle_start_thread(h)) &&
	       simple(h, XS_WATCH, XBT_NULL, part, 2);
}

bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	struct iovec part[2] = { string(path), string(token) };
	bool done = simple(h, XS_UNWATCH, XBT_NULL, part, 2);

	if (done && h->filter_unwatch) {
		handle_drop_events(h, path, token);
	}
	return done;
}

int xs_fileno(struct xs_handle *h)
{
	int fd = handle_fileno(h);

	return ok(fd < 0 ? fd : 0) ? fd : -1;
}

/* Two pointers and the strings that they point to, in one allocation. */
static char **event_strings(struct message *m)
{
	const char *argv[2];
	char **event = NULL;

	if (wire_split(m->data, m->hdr.len, argv, 2)) {
		errno = EINVAL;
	} else {
		event = malloc(2 * sizeof(*event) + m->hdr.len);
	}
	if (event) {
		char *text = (char *)(event + 2);

		memcpy(text, m->data, m->hdr.len);
		event[XS_WATCH_PATH] = text;
		event[XS_WATCH_TOKEN] = text + (argv[1] - argv[0]);
	}
	free(m);
	return event;
}

char **xs_check_watch(struct xs_handle *h)
{
	struct message *m;

	return ok(handle_next_event(h, false, &m)) ? event_strings(m) : NULL;
}

char **xs_read_watch(struct xs_handle *h, unsigned int *num)
{
	struct message *m;

	if (!ok(handle_next_event(h, true, &m))) {
		return NULL;
	}
	*num = 2;
	return event_strings(m);
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	struct iovec part = string("");
	char *text =
		data_request(h, XS_TRANSACTION_START, XBT_NULL, &part, 1, NULL);
	unsigned long id = 0;

	if (text && wire_parse_number(text, UINT32_MAX, &id)) {
		errno = EINVAL;
	}
	free(text);
	return (xs_transaction_t)id;
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	struct iovec part = string(abort ? "F" : "T");

	return simple(h, XS_TRANSACTION_END, t, &part, 1);
}

bool xs_introduce_domain(struct xs_handle *h, unsigned int domid,
			 unsigned long mfn, unsigned int eventchn)
{
	char text[3][MAX_STRLEN(mfn)];
	struct iovec part[3];

	(void)snprintf(text[0], sizeof(text[0]), "%u", domid);
	(void)snprintf(text[1], sizeof(text[1]), "%lu", mfn);
	(void)snprintf(text[2], sizeof(text[2]), "%u", eventchn);
	for (unsigned int i = 0; i < 3; i++) {
		part[i] = string(text[i]);
	}
	return simple(h, XS_INTRODUCE, XBT_NULL, part, 3);
}

bool xs_set_target(struct xs_handle *h, unsigned int domid, unsigned int target)
{
	char text[2][MAX_STRLEN(domid)];
	struct iovec part[2];

	(void)snprintf(text[0], sizeof(text[0]), "%u", domid);
	(void)snprintf(text[1], sizeof(text[1]), "%u", target);
	part[0] = string(text[0]);
	part[1] = string(text[1]);
	return simple(h, XS_SET_TARGET, XBT_NULL, part, 2);
}

bool xs_resume_domain(struct xs_handle *h, unsigned int domid)
{
	return domid_simple(h, XS_RESUME, domid);
}

bool xs_release_domain(struct xs_handle *h, unsigned int domid)
{
	return domid_simple(h, XS_RELEASE, domid);
}

bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid)
{
	char *reply = domid_request(h, XS_IS_DOMAIN_INTRODUCED, domid);
	bool yes = reply && strcmp(reply, "T") == 0;

	free(reply);
	return yes;
}

char *xs_get_domain_path(struct xs_handle *h, unsigned int domid)
{
	return domid_request(h, XS_GET_DOMAIN_PATH, domid);
}

bool xs_path_is_subpath(const char *parent, const char *child)
{
	return path_is_subpath(parent, child);
}

char *xs_control_command(struct xs_handle *h, const char *cmd, void *data,
			 unsigned int len)
{
	struct iovec part[2] = { string(cmd), bytes(data, len) };

	return data_request(h, XS_CONTROL, XBT_NULL, part, 2, NULL);
}

char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data,
		       unsigned int len)
{
	return xs_control_command(h, cmd, data, len);
}

int xs_suspend_evtchn_port(int domid)
{
	struct xs_handle *h = xs_open(0);
	unsigned long port;
	char path[128];
	char *text;
	int result = -1;

	if (!h) {
		return -1;
	}
	(void)snprintf(path, sizeof(path),
		       "/local/domain/%d/device/suspend/event-channel", domid);
	text = xs_read(h, XBT_NULL, path, NULL);
	if (text && !wire_parse_number(text, INT_MAX, &port)) {
		result = (int)port;
	}
	free(text);
	xs_close(h);
	return result;
}
