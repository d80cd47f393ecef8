/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxenstore-async: many requests in flight on one connection to the
 * xenstore, beside libxenstore or without it, with any daemon that speaks the
 * protocol.
 *
 * A request is submitted, which only queues it, and later its completion is
 * called, exactly once, with the reply or the error. Requests are done in the
 * order in which they were submitted; so a write may be followed at once by a
 * read of the same path. What needs a reply first is the number of a
 * transaction, and whether all went well before it is committed:
 *
 *	static void written(void *arg, const struct xs_async_reply *reply)
 *	{
 *		int *error = arg;
 *
 *		if (reply->error && !*error) {
 *			*error = reply->error;
 *		}
 *	}
 *	...
 *	rc = xs_async_write(a, t, "/a", "1", 1, written, &error);
 *	if (!rc)
 *		rc = xs_async_write(a, t, "/b", "2", 1, written, &error);
 *	if (!rc)
 *		rc = xs_async_wait(a, 0, -1);
 *	if (!rc)
 *		rc = xs_async_transaction_end(a, t, error != 0, ended, &state);
 *
 * What @arg points to must live until the completion was called; when
 * xs_async_wait() gives up it has not been. The whole program is in
 * xenstore_async(3).
 *
 * In a loop of poll(): ask xs_async_fd() and xs_async_events(), and call
 * xs_async_process() whenever the descriptor is ready. No call waits but
 * xs_async_wait(), and xs_async_open() while the daemon is too busy to take
 * another connection.
 *
 * Threads: a connection has no lock; one thread uses it at a time. Different
 * connections are independent. Completions and events run in the thread that
 * calls xs_async_process(), xs_async_wait() or xs_async_close(), never inside
 * a submission; they may submit and close, but not process or wait (-EDEADLK).
 * After fork() only one of the two processes may go on using a connection.
 *
 * Memory: what is queued is bounded by the limits given when opening; a reply
 * is held while its completion runs, and no longer; events are not queued.
 *
 * Errors are negative errno values: of the daemon (-ENOENT, -EACCES, -EAGAIN,
 * ...), or of the connection, which is then of no more use:
 *	-EPIPE, -ECONNRESET	the daemon hung up
 *	-EPROTO			the daemon answered what nobody can have meant:
 *				too long a message, a reply to no request, of
 *				another type, or without its contents
 * Each outstanding request ends with that error, and each later call returns
 * it.
 */
#ifndef XENSTORE_ASYNC_H
#define XENSTORE_ASYNC_H

#include <sys/uio.h>

#include <xenstore.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xs_async;

/* 0 stands for the default. */
struct xs_async_limits {
	/* requests without their reply; 1024 */
	unsigned int requests;
	/* bytes of requests not sent yet; 256 KiB, at least one request */
	unsigned int bytes;
};

struct xs_async_reply {
	/* 0, or why there is no data */
	int error;
	/* the bytes of the reply, a NUL behind them; gone after the call; ""
	 * with an error */
	const char *data;
	size_t len;
	/* of xs_async_transaction_start() */
	xs_transaction_t transaction;
};

/* @arg as submitted. */
typedef void xs_async_done(void *arg, const struct xs_async_reply *reply);

/* The @path that changed, and the @token of the watch; gone after the call. */
typedef void xs_async_event(void *arg, const char *path, const char *token);

/*
 * Connect as xs_open() does; @limits may be NULL. Returns 0, -ENOMEM, or the
 * error of connecting.
 */
int xs_async_open(const struct xs_async_limits *limits, struct xs_async **out);

/*
 * The same on the connected stream socket @fd, which the connection owns from
 * now on, if this succeeds.
 */
int xs_async_open_fd(int fd, const struct xs_async_limits *limits,
		     struct xs_async **out);

/*
 * End the connection: each outstanding request ends with -ECANCELED, whether
 * or not it has reached the daemon. NULL is nothing. In a completion or an
 * event, it takes effect when that returns.
 */
void xs_async_close(struct xs_async *a);

/* What to poll; -1 when the connection has failed. */
int xs_async_fd(const struct xs_async *a);

/* The events to poll for: POLLIN, with POLLOUT while something is unsent. */
short xs_async_events(const struct xs_async *a);

/*
 * Send and receive what can be without waiting, and call what that completes.
 * Returns 0, the error of the connection, -EDEADLK in a completion, or
 * -ECANCELED: a completion closed the connection, which is gone.
 */
int xs_async_process(struct xs_async *a);

/*
 * Process until at most @left requests are outstanding, for at most
 * @timeout_ms milliseconds (-1: no limit). As xs_async_process(), and
 * -ETIMEDOUT.
 */
int xs_async_wait(struct xs_async *a, unsigned int left, int timeout_ms);

/* Requests that were submitted and not completed. */
unsigned int xs_async_outstanding(const struct xs_async *a);

/* Who is told of events of watches; at first nobody. */
void xs_async_on_event(struct xs_async *a, xs_async_event *event, void *arg);

/*
 * Submissions. @done may be NULL: the result is of no interest. All return
 *	0		it will be completed
 *	-EAGAIN		a limit is reached: process, and try again
 *	-E2BIG		more than XENSTORE_PAYLOAD_MAX bytes
 *	-EINVAL		arguments that no request can have
 *	-ENOMEM
 *	the error of the connection
 * and with an error have done nothing. @t is a transaction or XBT_NULL.
 */

/* Reply: the value. */
int xs_async_read(struct xs_async *a, xs_transaction_t t, const char *path,
		  xs_async_done *done, void *arg);
int xs_async_write(struct xs_async *a, xs_transaction_t t, const char *path,
		   const void *data, size_t len, xs_async_done *done,
		   void *arg);
int xs_async_mkdir(struct xs_async *a, xs_transaction_t t, const char *path,
		   xs_async_done *done, void *arg);
int xs_async_rm(struct xs_async *a, xs_transaction_t t, const char *path,
		xs_async_done *done, void *arg);

/*
 * Reply: the names of the children; see xs_async_next_name(). Where they are
 * more than a message holds, they are fetched in parts, with a request each,
 * after whatever else was submitted meanwhile; -E2BIG beyond 16 MiB, -EBUSY
 * when they change all the time.
 */
int xs_async_directory(struct xs_async *a, xs_transaction_t t, const char *path,
		       xs_async_done *done, void *arg);

/* Reply: permissions; see xs_async_permissions(). */
int xs_async_get_permissions(struct xs_async *a, xs_transaction_t t,
			     const char *path, xs_async_done *done, void *arg);
int xs_async_set_permissions(struct xs_async *a, xs_transaction_t t,
			     const char *path,
			     const struct xs_permissions *perms,
			     unsigned int num_perms, xs_async_done *done,
			     void *arg);

/* Reply: transaction. */
int xs_async_transaction_start(struct xs_async *a, xs_async_done *done,
			       void *arg);
/* -EAGAIN in the reply: somebody else was faster, start again. */
int xs_async_transaction_end(struct xs_async *a, xs_transaction_t t, bool abort,
			     xs_async_done *done, void *arg);

int xs_async_watch(struct xs_async *a, const char *path, const char *token,
		   xs_async_done *done, void *arg);
int xs_async_unwatch(struct xs_async *a, const char *path, const char *token,
		     xs_async_done *done, void *arg);

/*
 * Any other request: @type is one of enum xsd_sockmsg_type, the payload
 * @count parts one behind the other.
 */
int xs_async_request(struct xs_async *a, unsigned int type, xs_transaction_t t,
		     const struct iovec *part, unsigned int count,
		     xs_async_done *done, void *arg);

/*
 * Names in the reply to xs_async_directory(): the first one for NULL, the one
 * behind @name, NULL behind the last.
 */
const char *xs_async_next_name(const struct xs_async_reply *reply,
			       const char *name);

/*
 * The reply to xs_async_get_permissions() as at most @max entries of @perms;
 * returns how many there are, which may be more, or -EINVAL.
 */
int xs_async_permissions(const struct xs_async_reply *reply,
			 struct xs_permissions *perms, unsigned int max);

#ifdef __cplusplus
}
#endif

#endif /* XENSTORE_ASYNC_H */
