// SPDX-License-Identifier: BSD-2-Clause
/* hospes-xenstored: start, loop, end. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "xenstore/daemon/domain.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/loop.h"
#include "xenstore/daemon/options.h"
#include "xenstore/daemon/privs.h"
#include "xenstore/daemon/service.h"
#include "xenstore/daemon/sock.h"
#include "xenstore/daemon/takeover.h"
#include "xenstore/daemon/update_run.h"
#include "xenstore/daemon/xen.h"

/* So many domains have a turn in a round of the loop, as each socket has. */
#define EVENTS_ROUND 64u

static struct server server;

static void events_ready(struct loop_source *source, uint32_t events)
{
	int port[EVENTS_ROUND];
	unsigned int n = 0;

	(void)source;
	(void)events;
	while (n < EVENTS_ROUND && (port[n] = xen_next_event()) >= 0) {
		n++;
	}
	for (unsigned int i = 0; i < n; i++) {
		if (port[i] == xen_domain_port()) {
			domain_check_all(&server);
		} else {
			domain_event(&server, port[i]);
		}
	}
	/* Not before, or a busy guest would have two turns in a round. */
	for (unsigned int i = 0; i < n; i++) {
		xen_event_done(port[i]);
	}
}

static int start_domains(const struct state_extra *extra)
{
	static struct loop_source source = { .ready = events_ready };
	int rc = xen_open(extra->events, extra->domain_port);

	if (rc) {
		return rc;
	}
	source.fd = xen_event_fd();
	rc = loop_add(&source, EPOLLIN);
	if (rc) {
		return rc;
	}
	domain_attach_all(&server, extra->events >= 0);
	return domain_find(&server, 0) ? 0 : domain_introduce_self(&server);
}

/* Without a hypervisor nobody has a ring, whatever was written down. */
static void drop_domains(const struct options *o)
{
	if (o->no_domains) {
		domain_drop_all(&server);
	}
}

/* Before the socket, which would be taken from one that starts with us. */
static int be_alone(const struct options *o)
{
	int lock = o->no_journal ? -1 : takeover_lock(o->rundir);

	if (lock == -EBUSY) {
		log_error("%s: another daemon is there", o->rundir);
		return lock;
	}
	if (lock < 0 && !o->no_journal) {
		log_warn("%s: no journal: %s; a crash would lose the store",
			 o->rundir, strerror(-lock));
	}
	update_process.lock = lock < 0 ? -1 : lock;
	return 0;
}

/* What another daemon left, and a journal for the next one. */
static int go_on(const struct options *o)
{
	bool alone = update_process.lock >= 0;
	int rc = 0;

	if (o->restore) {
		rc = takeover_file(&server, o->restore);
	} else if (alone && !o->fresh) {
		rc = takeover_rundir(&server, o->rundir);
	}
	drop_domains(o);
	if (!rc && alone) {
		takeover_keep(&server, o->rundir);
	}
	return rc;
}

/* The process was another binary a moment ago: all that it had is here. */
static int go_on_updated(const struct options *o, struct state_extra *extra)
{
	int rc = update_load(&server, o->update, extra);

	if (!rc) {
		rc = sock_adopt(&server, extra->listener, o->socket);
	}
	if (!rc) {
		rc = sock_attach_all(&server);
	}
	if (!rc && !o->no_journal && extra->lock >= 0) {
		takeover_keep(&server, o->rundir);
	}
	return rc;
}

static int start_new(const struct options *o)
{
	int rc = be_alone(o);

	if (rc) {
		return rc;
	}
	rc = sock_listen(&server, o->socket);
	if (rc) {
		log_error("%s: %s", o->socket, strerror(-rc));
		return rc;
	}
	return go_on(o);
}

static int start(const struct options *o)
{
	struct state_extra extra = { .events = -1, .pidfile = -1 };
	int rc = loop_open();

	server.rundir = o->rundir;
	if (!rc) {
		rc = o->update >= 0 ? go_on_updated(o, &extra) : start_new(o);
	}
	if (!rc && !o->no_domains) {
		rc = start_domains(&extra);
	}
	if (!rc && o->pidfile && extra.pidfile < 0) {
		update_process.pidfile = service_pidfile(o->pidfile);
		/* An update has nowhere to go back to. */
		rc = update_process.pidfile < 0 && o->update < 0
			     ? update_process.pidfile
			     : 0;
	}
	update_process.listener = sock_listener();
	if (!rc && o->update >= 0) {
		update_done(&server, extra.answer_conn, &extra.answer);
	}
	return rc;
}

/* Early in a boot not all of it is random yet; we cannot wait for that. */
static void seed_maps(void)
{
	uint64_t seed[2];

	if (getrandom(seed, sizeof(seed), GRND_INSECURE) == sizeof(seed)) {
		strmap_seed(seed[0], seed[1]);
	} else {
		log_warn("no random numbers: %s", strerror(errno));
	}
}

int main(int argc, char **argv)
{
	struct options o = { .update = -1, .check = -1 };
	int parent = -1;
	int rc = server_init(&server);

	if (rc) {
		log_error("no memory");
		return 1;
	}
	o.quota = server.quota;
	rc = options_parse(&o, argc, argv);
	if (rc) {
		return rc < 0 ? 2 : 0;
	}
	if (o.check >= 0) {
		return update_check(o.check, o.no_domains);
	}
	update_process.argv = argv;
	service_prepare();
	privs_drop(!o.no_domains);
	seed_maps();
	if (!o.no_fork && o.update < 0) {
		parent = service_fork();
	} else if (!o.no_fork) {
		log_to_syslog();
	}
	rc = start(&o);
	if (!rc) {
		if (parent >= 0) {
			service_detach(parent);
		}
		service_ready();
		rc = loop_run(&server);
		if (rc) {
			log_error("waiting for requests: %s", strerror(-rc));
		}
	}
	sock_close();
	if (!rc) {
		takeover_end(&server, o.rundir);
	}
	server_fini(&server);
	xen_close();
	loop_close();
	return rc ? 1 : 0;
}
