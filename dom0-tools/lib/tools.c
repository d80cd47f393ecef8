/* SPDX-License-Identifier: BSD-2-Clause */
#include "dom0-tools/lib/tools.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>
#include <xenstore_async.h>

#include "dom0-tools/lib/control.h"

int tools_open(struct tools *tools, const char *prog, struct hl_error *err)
{
	int rc;

	memset(tools, 0, sizeof(*tools));
	tools->prog = prog;
	rc = control_open(&tools->ctl);
	if (rc) {
		err_errno(err, rc, "cannot talk to the hypervisor");
		if (geteuid() != 0) {
			err_hint(err, "run it as root");
		} else if (access("/dev/xen/privcmd", F_OK)) {
			err_hint(err, "this is no dom0 of Hospes or Xen, or "
				      "xenfs or xen-privcmd is missing");
		}
		return rc;
	}
	errno = 0;
	tools->xs = xs_open(0);
	if (!tools->xs) {
		rc = errno ? -errno : -EIO;
		err_errno(err, rc, "cannot talk to the XenStore daemon");
		err_hint(err, "start xenstored");
		tools_close(tools);
	}
	return rc;
}

void tools_close(struct tools *tools)
{
	if (tools->xs) {
		xs_close(tools->xs);
		tools->xs = NULL;
	}
	xs_async_close(tools->batches);
	tools->batches = NULL;
	control_close(tools->ctl);
	tools->ctl = NULL;
}

void tools_notice(const struct tools *tools, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "%s: ", tools->prog);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void tools_phase(struct tools *tools, const char *name)
{
	const char *die = getenv(TOOLS_DIE_VARIABLE);
	struct timespec now;
	int64_t us;

	if (die && name && !strcmp(die, name)) {
		raise(SIGKILL);
	}
	if (!tools->verbose) {
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	us = now.tv_sec * 1000000 + now.tv_nsec / 1000;
	if (name) {
		tools_notice(tools, "%9.3f ms  %s",
			     (double)(us - tools->phase_us) / 1000, name);
	}
	tools->phase_us = us;
}
