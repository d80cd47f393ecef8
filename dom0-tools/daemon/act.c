/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to a domain that has shut down: on_poweroff, on_reboot,
 * on_crash, on_watchdog, on_soft_reset of its saved config.
 *
 *	destroy		 it is taken down
 *	restart		 taken down, then made again from its config
 *	rename-restart	 kept under another name, a new one is made
 *	preserve	 kept as it is
 *	coredump-*	 dumps are not built: this is said, the rest is done
 *	soft-reset	 not built: this is said, the domain is destroyed
 *
 * A domain without a saved config was not made by this toolstack; whoever
 * made it looks after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <uuid.h>

#include "dom0-tools/console/consoled.h"
#include "dom0-tools/daemon/hospesd.h"
#include "dom0-tools/daemon/last_words.h"
#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/domain.h"

#define BRAKE_DIR "/run/hospes/restarts"

struct act {
	struct tools tools;
	struct hl_error err;
	struct domain_info info;
	struct hl_config *config;
};

static int64_t act_uptime_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec;
}

/* The brake's state outlives this process in a small file of its own. */
static bool act_brake(const struct act *act)
{
	struct brake brake = { .last_s = INT64_MIN / 2 };
	char path[96], uuid[37];
	bool allowed = true;
	int fd;

	mkdir("/run/hospes", 0755);
	mkdir(BRAKE_DIR, 0700);
	uuid_unparse_lower(act->info.uuid, uuid);
	snprintf(path, sizeof(path), BRAKE_DIR "/%s", uuid);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		return true;
	}
	if (pread(fd, &brake, sizeof(brake), 0) != sizeof(brake)) {
		brake = (struct brake){ .last_s = INT64_MIN / 2 };
	}
	allowed = brake_allow(&brake, act_uptime_s());
	if (pwrite(fd, &brake, sizeof(brake), 0) != sizeof(brake)) {
		hospesd_say("%s: %s", path, strerror(errno));
	}
	close(fd);
	return allowed;
}

static enum act_result act_fail(struct act *act, const char *what)
{
	hospesd_say("%s (domain %u): %s: %s%s%s%s%s", act->info.name,
		    act->info.domid, what, act->err.cause,
		    act->err.need[0] ? "; need " : "", act->err.need,
		    act->err.have[0] ? ", have " : "", act->err.have);
	return ACT_FAILED;
}

static enum act_result act_destroy(struct act *act)
{
	if (domain_destroy(&act->tools, act->info.domid, 0, &act->err)) {
		return act_fail(act, "destroying it");
	}
	return ACT_DONE;
}

static enum act_result act_create(struct act *act)
{
	struct domain_create_options options = { .paused = false };
	uint32_t domid;

	if (domain_create(&act->tools, act->config, &options, &domid,
			  &act->err)) {
		return act_fail(act, "starting it again");
	}
	hospesd_say("%s: is domain %u now", act->config->name, domid);
	return ACT_DONE;
}

static enum act_result act_restart(struct act *act)
{
	if (!act_brake(act)) {
		hospesd_say("%s (domain %u): ended %d times within %d s of its "
			    "start; given up, destroyed",
			    act->info.name, act->info.domid, BRAKE_LIMIT + 1,
			    BRAKE_FAST_S);
		return act_destroy(act);
	}
	if (domain_destroy(&act->tools, act->info.domid, DOMAIN_KEEP_CONFIG,
			   &act->err)) {
		return act_fail(act, "destroying it");
	}
	return act_create(act);
}

/* The old one keeps its uuid and gets a free name; the new one a new uuid. */
static enum act_result act_rename_restart(struct act *act)
{
	char name[DOMAIN_NAME_MAX];
	unsigned int n;
	uint32_t other;

	for (n = 1; n < 1000; n++) {
		snprintf(name, sizeof(name), "%.240s-%u", act->info.name, n);
		if (domain_find(&act->tools, name, &other, &act->err)) {
			break;
		}
	}
	if (domain_rename(&act->tools, act->info.domid, name, &act->err)) {
		return act_fail(act, "renaming it");
	}
	hospesd_say("%s (domain %u): kept as %s", act->info.name,
		    act->info.domid, name);
	uuid_generate(act->config->uuid);
	act->config->uuid_set = true;
	return act_create(act) == ACT_DONE ? ACT_LEFT : ACT_FAILED;
}

static void act_no_dump(const struct act *act)
{
	hospesd_say("%s (domain %u): core dumps are not supported, there is "
		    "none of this crash",
		    act->info.name, act->info.domid);
}

static enum act_result act_carry_out(struct act *act, enum config_action action)
{
	switch (action) {
	case CONFIG_PRESERVE:
		return ACT_LEFT;
	case CONFIG_COREDUMP_DESTROY:
		act_no_dump(act);
		return act_destroy(act);
	case CONFIG_DESTROY:
		return act_destroy(act);
	case CONFIG_COREDUMP_RESTART:
		act_no_dump(act);
		return act_restart(act);
	case CONFIG_RESTART:
		return act_restart(act);
	case CONFIG_RENAME_RESTART:
		return act_rename_restart(act);
	case CONFIG_SOFT_RESET:
		hospesd_say("%s (domain %u): soft reset is not supported, "
			    "destroyed",
			    act->info.name, act->info.domid);
		return act_destroy(act);
	}
	return ACT_FAILED;
}

/* false: a reason that asks for nothing (suspend is somebody's save). */
static bool act_choose(const struct act *act, enum config_action *action,
		       const char **why)
{
	const struct hl_config *config = act->config;

	switch (act->info.reason) {
	case DOMAIN_POWEROFF:
		*action = config->on_poweroff;
		*why = "powered off";
		return true;
	case DOMAIN_REBOOT:
		*action = config->on_reboot;
		*why = "asked for a reboot";
		return true;
	case DOMAIN_CRASH:
		*action = config->on_crash;
		*why = "crashed";
		return true;
	case DOMAIN_WATCHDOG:
		*action = config->on_watchdog;
		*why = "was stopped by its watchdog";
		return true;
	case DOMAIN_SOFT_RESET:
		*action = config->on_soft_reset;
		*why = "asked for a soft reset";
		return true;
	}
	return false;
}

static void act_report(void *ctx, enum config_level level, const char *text)
{
	const struct act *act = ctx;

	if (level == CONFIG_ERROR) {
		hospesd_say("%s (domain %u): saved config: %s", act->info.name,
			    act->info.domid, text);
	}
}

static void act_say_words(void *ctx, const char *line)
{
	const struct act *act = ctx;

	hospesd_say("%s (domain %u)| %s", act->info.name, act->info.domid,
		    line);
}

static enum act_result act_with_config(struct act *act)
{
	enum config_action action;
	const char *why;

	if (!act_choose(act, &action, &why)) {
		return ACT_LEFT;
	}
	hospesd_say("%s (domain %u): %s, %s", act->info.name, act->info.domid,
		    why, config_action_name(action));
	if (act->info.reason == DOMAIN_CRASH ||
	    act->info.reason == DOMAIN_WATCHDOG) {
		last_words_read(CONSOLED_LOG_DIR, act->info.name, act_say_words,
				act);
	}
	return act_carry_out(act, action);
}

static enum act_result act_opened(struct act *act, uint32_t domid)
{
	enum act_result result;
	int rc;

	if (domain_get(&act->tools, domid, &act->info, &act->err)) {
		return ACT_DONE; /* gone meanwhile */
	}
	if (!act->info.shutdown || act->info.dying) {
		return ACT_DONE;
	}
	rc = config_load_saved(act->info.uuid, NULL, NULL, &act->config);
	if (rc == -ENOENT) {
		return ACT_LEFT;
	}
	if (rc) {
		config_load_saved(act->info.uuid, act_report, act,
				  &act->config);
		return ACT_FAILED;
	}
	result = act_with_config(act);
	config_free(act->config);
	return result;
}

enum act_result act_on(uint32_t domid)
{
	struct act act = { .config = NULL };
	enum act_result result;

	if (tools_open(&act.tools, HOSPESD_NAME, &act.err)) {
		hospesd_say("%s", act.err.cause);
		return ACT_FAILED;
	}
	result = act_opened(&act, domid);
	tools_close(&act.tools);
	return result;
}
