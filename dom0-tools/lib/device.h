/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_DEVICE_H
#define HOSPES_DOM0_DEVICE_H
/*
 * Split devices of one domain: their nodes in the store, the handshake with
 * dom0's back ends, hotplug scripts, and their end.
 *
 *   device_set_prepare()  checks what the config names: files, bridges,
 *                         drivers; attaches loop devices. Nothing to undo
 *                         but device_set_free().
 *   device_set_write()    all nodes, in the caller's transaction
 *   device_set_start()    a thread follows the back ends and runs scripts,
 *                         while the caller builds the domain
 *   device_set_finish()   waits for that thread and tells its error
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "dom0-tools/lib/store.h"
#include "dom0-tools/lib/tools.h"

struct hl_config;
struct config_disk;
struct config_vif;

enum device_kind {
	DEVICE_VBD,
	DEVICE_VIF
};

/* As the store calls it: "vbd", "vif". */
const char *device_kind_name(enum device_kind kind);

struct device {
	enum device_kind kind;
	uint32_t devid;
	const struct config_disk *disk;
	const struct config_vif *vif;
	char target[256]; /* vbd: the block device in dom0 */
	char script[256]; /* full path, or "" */
	char bridge[32];
	char netdev[32];
	char mac[18];
	int loop; /* descriptor that holds a loop device, or -1 */
	char backend[96];
	char frontend[96];
};

struct device_set {
	struct device *device;
	uint32_t count;
	uint32_t domid;
	pthread_t thread;
	bool started;
	int rc;
	struct hl_error err;
};

int device_set_prepare(struct device_set *set, const struct hl_config *config,
		       struct hl_error *err);
void device_set_free(struct device_set *set);
void device_set_write(struct device_set *set, struct store_batch *batch,
		      uint32_t domid);
int device_set_start(struct device_set *set, struct hl_error *err);
int device_set_finish(struct device_set *set, struct hl_error *err);

/*
 * Ends every device of a domain: tells the back ends to close, takes the
 * front ends away, waits, runs the scripts, removes the nodes. Idempotent.
 * device_begin_removal() does the first half: then the caller may end the
 * domain while back ends disconnect.
 */
void device_begin_removal(struct tools *tools, uint32_t domid);
int device_remove_all(struct tools *tools, uint32_t domid,
		      struct hl_error *err);

#endif
