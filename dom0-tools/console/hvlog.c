/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypervisor's own messages, kept as a log file: hypervisor.log beside the
 * folder of the guests' logs, where no guest's name can be its own.
 *
 * VIRQ_CON_RING says that there are new ones; a look every HVLOG_PERIOD_MS
 * helps where it does not come (only one process may have it). The ring is
 * read from where the last reading ended and never cleared, so `hl dmesg`
 * sees the same as ever.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/console/consoled.h"
#include "dom0-tools/lib/control.h"

#define HVLOG_PIECE 16384u

struct hvlog {
	struct control *ctl;
	struct logfile log;
	int port; /* -1: no VIRQ, the period has to do */
	uint32_t index;
	char bytes[HVLOG_PIECE];
};

int hvlog_open(struct consoled *daemon)
{
	struct hvlog *hv = calloc(1, sizeof(*hv));
	char dir[128];
	int rc;

	if (!hv) {
		return -ENOMEM;
	}
	hv->log.fd = -1;
	rc = control_open(&hv->ctl);
	if (rc == 0) {
		snprintf(dir, sizeof(dir), "%.120s/..", daemon->log_dir);
		rc = logfile_open(&hv->log, dir, "hypervisor",
				  daemon->log_limit, daemon->log_keep);
	}
	if (rc) {
		control_close(hv->ctl);
		free(hv);
		return rc;
	}
	hv->port = xenevtchn_bind_virq(daemon->evtchn, VIRQ_CON_RING);
	daemon->hvlog = hv;
	hvlog_read(daemon);
	return 0;
}

void hvlog_read(struct consoled *daemon)
{
	struct hvlog *hv = daemon->hvlog;
	uint32_t count;

	if (!hv) {
		return;
	}
	do {
		count = HVLOG_PIECE;
		if (control_console_read(hv->ctl, hv->bytes, &count, &hv->index,
					 0)) {
			return;
		}
		logfile_write(&hv->log, hv->bytes, count);
	} while (count == HVLOG_PIECE);
}

bool hvlog_event(struct consoled *daemon, int port)
{
	if (!daemon->hvlog || daemon->hvlog->port != port) {
		return false;
	}
	hvlog_read(daemon);
	xenevtchn_unmask(daemon->evtchn, (evtchn_port_t)port);
	return true;
}

void hvlog_reopen(struct consoled *daemon)
{
	if (daemon->hvlog) {
		logfile_reopen(&daemon->hvlog->log);
	}
}

void hvlog_close(struct consoled *daemon)
{
	struct hvlog *hv = daemon->hvlog;

	if (!hv) {
		return;
	}
	hvlog_read(daemon);
	if (hv->port >= 0) {
		xenevtchn_unbind(daemon->evtchn, (evtchn_port_t)hv->port);
	}
	logfile_close(&hv->log);
	control_close(hv->ctl);
	free(hv);
	daemon->hvlog = NULL;
}
