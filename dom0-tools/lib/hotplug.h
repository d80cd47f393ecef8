/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_HOTPLUG_H
#define HOSPES_DOM0_HOTPLUG_H
/*
 * Runs a hotplug script as libxl does: its action and options as arguments,
 * XENBUS_PATH and the rest in the environment, its stdout and stderr kept
 * for the error text.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hotplug_job {
	char script[256];   /* a full path: hotplug_script_path() */
	const char *action; /* "online", "offline", "add", "remove" */
	const char *option; /* "type_if=vif", or NULL */
	const char *type;   /* "vif", "vbd" */
	char backend[128];  /* XENBUS_PATH */
	char vif[32];	    /* the interface, or "" */
	pid_t pid;
	int output; /* its stdout and stderr, read to the end by wait */
};

/*
 * A name alone is looked for where ours, then Xen's scripts are. 0, or
 * -ENAMETOOLONG.
 */
int hotplug_script_path(const char *script, char *path, size_t path_len);
int hotplug_start(struct hotplug_job *job);
/* Its exit status (0..255), or -Exxx. text gets its last words. */
int hotplug_wait(struct hotplug_job *job, int timeout_ms, char *text,
		 size_t text_len);

#endif
