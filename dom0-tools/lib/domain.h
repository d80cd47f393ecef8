/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_DOMAIN_H
#define HOSPES_DOM0_DOMAIN_H
/*
 * Domains as a whole: made, found, listed, told to stop, taken down.
 *
 * A domain that is being made or taken down has a mark (pending.h) which
 * outlives the process that does it. Whoever runs next and finds the mark
 * with nobody behind it finishes the job: domain_reap().
 *
 * Every function returns 0 or a -Exxx that `err` tells in full.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/tools.h"

struct hl_config;

#define DOMAIN_NAME_MAX 256

enum domain_reason { /* SHUTDOWN_* of the public ABI */
	DOMAIN_POWEROFF = 0,
	DOMAIN_REBOOT = 1,
	DOMAIN_SUSPEND = 2,
	DOMAIN_CRASH = 3,
	DOMAIN_WATCHDOG = 4,
	DOMAIN_SOFT_RESET = 5,
};

struct domain_info {
	uint32_t domid;
	uint8_t uuid[16];
	char name[DOMAIN_NAME_MAX]; /* "(null)" where the store has none */
	bool running, blocked, paused, shutdown, dying, hvm;
	uint32_t reason;     /* enum domain_reason, where shutdown */
	uint64_t memory_kib; /* what it has now, as xl counts it */
	uint64_t max_kib;
	uint64_t cpu_ns;
	uint32_t vcpus_online;
	uint32_t vcpus_max;
	uint32_t cpupool;
	uint64_t shared_info_frame;
};

/* All of them, in the order of domid; free() *list. */
int domain_list(struct tools *tools, struct domain_info **list, size_t *count,
		struct hl_error *err);
/* -ESRCH where there is none. */
int domain_get(struct tools *tools, uint32_t domid, struct domain_info *info,
	       struct hl_error *err);
/* By name, or by number if no domain is named so. -ESRCH. */
int domain_find(struct tools *tools, const char *name, uint32_t *domid,
		struct hl_error *err);
/*
 * -EINVAL for what would break the six columns of `list`, the store's paths
 * or domain_find(): nothing, blanks, slashes, a number.
 */
int domain_check_name(const char *name, struct hl_error *err);
/* The name in the store, or "(null)"; never fails. */
void domain_name(struct tools *tools, uint32_t domid,
		 char name[DOMAIN_NAME_MAX]);

struct domain_create_options {
	bool paused; /* leave it paused at its first instruction */
	/*
	 * Called when the console ring exists and before the first
	 * instruction runs (`create -c`); may be NULL.
	 */
	void (*before_start)(void *ctx, uint32_t domid);
	void *ctx;
};

/*
 * Makes and starts a domain and saves its config by uuid. On error nothing
 * of it is left. -EEXIST name or uuid in use, -ENOMEM (need and have told).
 */
int domain_create(struct tools *tools, const struct hl_config *config,
		  const struct domain_create_options *options, uint32_t *domid,
		  struct hl_error *err);

/* Keep the saved config: the domain will be made again. */
#define DOMAIN_KEEP_CONFIG (1u << 0)
/* Devices, memory, store. Returns when all of it is gone. Idempotent. */
int domain_destroy(struct tools *tools, uint32_t domid, unsigned int flags,
		   struct hl_error *err);

/* word: "poweroff", "reboot", "suspend", "halt": asks, does not wait. */
int domain_request(struct tools *tools, uint32_t domid, const char *word,
		   struct hl_error *err);
/* Returns when it is shut down or gone; timeout_ms < 0: no limit. */
int domain_wait_shutdown(struct tools *tools, const uint32_t *domid,
			 size_t count, int timeout_ms, struct hl_error *err);
int domain_pause(struct tools *tools, uint32_t domid, struct hl_error *err);
int domain_unpause(struct tools *tools, uint32_t domid, struct hl_error *err);
int domain_rename(struct tools *tools, uint32_t domid, const char *name,
		  struct hl_error *err);
int domain_mem_set(struct tools *tools, uint32_t domid, uint64_t kib,
		   struct hl_error *err);
int domain_vcpu_set(struct tools *tools, uint32_t domid, uint32_t vcpus,
		    struct hl_error *err);

/*
 * Finishes what a killed toolstack left: half-made domains are destroyed,
 * half-destroyed ones are finished. Says each on stderr. *count is how many
 * (may be NULL). Every verb of `hl` and the daemon's start call it.
 */
int domain_reap(struct tools *tools, size_t *count, struct hl_error *err);

/* The six characters of `list`: "r-----", "---s--", .. */
void domain_state_letters(const struct domain_info *info, char state[7]);

#endif
