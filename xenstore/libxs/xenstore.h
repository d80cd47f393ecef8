/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxenstore: the client library of the xenstore, version 4 of its ABI.
 *
 * A handle may be used by several threads. Calls return false or NULL and set
 * errno when they fail. Memory that a call returns is freed with free().
 */
#ifndef XENSTORE_H
#define XENSTORE_H

#include <xenstore_lib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "No transaction": each operation is one by itself. */
#define XBT_NULL 0

/* Flags of xs_open(). The first two are accepted and mean nothing. */
#define XS_OPEN_READONLY   (1UL << 0)
#define XS_OPEN_SOCKETONLY (1UL << 1)
/*
 * After xs_unwatch() no event with the same token at or below the same path
 * is delivered, not even one that had arrived. Token and path together must
 * then be used for one watch at a time.
 */
#define XS_UNWATCH_FILTER (1UL << 2)

struct xs_handle;
typedef uint32_t xs_transaction_t;

/*
 * Connect: to the daemon's socket, or through the kernel where there is none
 * (in a guest) and XENSTORED_PATH does not name one. A child after fork() must
 * not use its parent's handle, except for xs_daemon_destroy_postfork().
 */
struct xs_handle *xs_open(unsigned long flags);

/* What other threads wait for on it ends with EBADF first. */
void xs_close(struct xs_handle *xsh);

/* Older names of xs_open(0) and xs_close(). */
struct xs_handle *xs_daemon_open(void);
struct xs_handle *xs_domain_open(void);
struct xs_handle *xs_daemon_open_readonly(void);
void xs_daemon_close(struct xs_handle *xsh);

/* In a child after fork(): free the handle without touching the parent's. */
void xs_daemon_destroy_postfork(struct xs_handle *xsh);

/*
 * Names of the children of @path, *num of them; one free() for all. A list too
 * long for one reply that never keeps still is read in a transaction; EBUSY:
 * it changes in that of the caller.
 */
char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path,
		    unsigned int *num);

/* Value of @path with a NUL behind it that *len does not count. */
void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path,
	      unsigned int *len);

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path,
	      const void *data, unsigned int len);

/* True as well if @path exists already. */
bool xs_mkdir(struct xs_handle *h, xs_transaction_t t, const char *path);

/* Remove @path and everything below it. */
bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path);

/* Always false: the request is no longer part of the protocol. */
bool xs_restrict(struct xs_handle *h, unsigned domid);

/* The first entry is the owner, with what all domains not listed may do. */
struct xs_permissions *xs_get_permissions(struct xs_handle *h,
					  xs_transaction_t t, const char *path,
					  unsigned int *num);
bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t,
			const char *path, struct xs_permissions *perms,
			unsigned int num_perms);

/* Ask for an event at each change at or below @path, with @token in it. */
bool xs_watch(struct xs_handle *h, const char *path, const char *token);
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token);

/* Readable while events wait. */
int xs_fileno(struct xs_handle *h);

/* The next event, without waiting: NULL and EAGAIN if there is none. */
char **xs_check_watch(struct xs_handle *h);

/* The next event: [XS_WATCH_PATH] and [XS_WATCH_TOKEN]; waits for it. */
char **xs_read_watch(struct xs_handle *h, unsigned int *num);

/* 0 on failure. */
xs_transaction_t xs_transaction_start(struct xs_handle *h);
/* False with EAGAIN: somebody else was faster, start again. */
bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort);

/* For toolstacks: the life of a domain. */
bool xs_introduce_domain(struct xs_handle *h, unsigned int domid,
			 unsigned long mfn, unsigned int eventchn);
bool xs_set_target(struct xs_handle *h, unsigned int domid,
		   unsigned int target);
bool xs_resume_domain(struct xs_handle *h, unsigned int domid);
bool xs_release_domain(struct xs_handle *h, unsigned int domid);
bool xs_is_domain_introduced(struct xs_handle *h, unsigned int domid);

/* The home of a domain in the store. */
char *xs_get_domain_path(struct xs_handle *h, unsigned int domid);

/* Is @child @parent or below it, by text? */
bool xs_path_is_subpath(const char *parent, const char *child);

/* A command to the daemon itself; the answer is text. */
char *xs_control_command(struct xs_handle *h, const char *cmd, void *data,
			 unsigned int len);
/* Older name of xs_control_command(). */
char *xs_debug_command(struct xs_handle *h, const char *cmd, void *data,
		       unsigned int len);

/* The event channel that a domain offers for suspend requests, or -1. */
int xs_suspend_evtchn_port(int domid);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_H */
