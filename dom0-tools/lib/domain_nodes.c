/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /local/domain/N belongs to dom0 and is readable by N; what the guest
 * itself writes (control, data, device, ..) belongs to it. A new node has
 * the permissions of its parent, so only directories need to be told.
 */
#include "dom0-tools/lib/domain_nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dom0-tools/lib/config.h"

/* Directories that the guest may write in. */
static const char *const guest_dirs[] = {
	"attr",
	"data",
	"drivers",
	"feature",
	"error",
	"control/shutdown",
	"control/feature-poweroff",
	"control/feature-reboot",
	"control/feature-suspend",
	"control/feature-s3",
	"control/feature-s4",
	"control/sysrq",
	"device/suspend/event-channel",
};

/* Directories that belong to dom0 and in which devices appear. */
static const char *const device_dirs[] = {
	"device",
	"device/vbd",
	"device/vif",
};

static void nodes_vm(struct store_batch *b, const struct hl_config *config,
		     const char *uuid)
{
	char vm[64];

	snprintf(vm, sizeof(vm), "/vm/%s", uuid);
	store_put(b, vm, "uuid", uuid);
	store_put(b, vm, "name", config->name);
	store_putf(b, vm, "start_time", "%ld.00", (long)time(NULL));
	store_put(b, vm, "image/ostype", "linux");
	store_put(b, vm, "image/kernel", config->kernel ? config->kernel : "");
	if (config->ramdisk) {
		store_put(b, vm, "image/ramdisk", config->ramdisk);
	}
	if (config->cmdline) {
		store_put(b, vm, "image/cmdline", config->cmdline);
	}
}

static void nodes_console(struct store_batch *b, const char *base,
			  uint32_t domid)
{
	char back[96], front[96];

	snprintf(front, sizeof(front), "%s/console", base);
	snprintf(back, sizeof(back), "/local/domain/0/backend/console/%u/0",
		 domid);
	store_mkdir(b, back);
	store_perms(b, back, 0, domid);
	store_put(b, back, "frontend", front);
	store_putf(b, back, "frontend-id", "%u", domid);
	store_put(b, back, "online", "1");
	store_put(b, back, "state", "1");
	store_put(b, back, "protocol", "vt100");
	store_mkdir(b, front);
	store_perms(b, front, 0, domid);
	store_put(b, front, "backend", back);
	store_put(b, front, "backend-id", "0");
	store_put(b, front, "limit", "1048576");
	store_put(b, front, "type", "xenconsoled");
	store_put(b, front, "output", "pty");
	store_put(b, front, "tty", "");
}

static void nodes_libxl(struct store_batch *b, uint32_t domid)
{
	char path[96];

	snprintf(path, sizeof(path), "/libxl/%u", domid);
	store_put(b, path, "type", "pv");
	store_put(b, path, "toolstack", "hospes");
	snprintf(path, sizeof(path), "/libxl/%u/device/console/0", domid);
	store_putf(b, path, "frontend", "/local/domain/%u/console", domid);
	store_putf(b, path, "backend", "/local/domain/0/backend/console/%u/0",
		   domid);
	store_putf(b, path, "frontend-id", "%u", domid);
	store_put(b, path, "online", "1");
	store_put(b, path, "state", "1");
}

void domain_nodes_write(struct store_batch *b, uint32_t domid,
			const struct hl_config *config, const char *uuid)
{
	char base[64], path[128];
	uint32_t i;

	snprintf(base, sizeof(base), "/local/domain/%u", domid);
	store_remove(b, base);
	store_mkdir(b, base);
	store_perms(b, base, 0, domid);
	snprintf(path, sizeof(path), "/vm/%s", uuid);
	store_remove(b, path);
	store_mkdir(b, path);
	store_perms(b, path, 0, domid);
	nodes_vm(b, config, uuid);
	store_put(b, base, "vm", path);
	store_put(b, base, "name", config->name);
	store_putf(b, base, "domid", "%u", domid);
	store_putf(b, base, "memory/static-max", "%lu",
		   config->maxmem_mib * 1024);
	store_putf(b, base, "memory/target", "%lu", config->memory_mib * 1024);
	store_put(b, base, "memory/videoram", "0");
	store_put(b, base, "control/platform-feature-xs_reset_watches", "1");
	store_put(b, base, "control/platform-feature-multiprocessor-suspend",
		  "1");
	for (i = 0; i < config->maxvcpus; i++) {
		snprintf(path, sizeof(path), "cpu/%u/availability", i);
		store_put(b, base, path,
			  i < config->vcpus ? "online" : "offline");
	}
	for (i = 0; i < sizeof(device_dirs) / sizeof(device_dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", base, device_dirs[i]);
		store_mkdir(b, path);
	}
	for (i = 0; i < sizeof(guest_dirs) / sizeof(guest_dirs[0]); i++) {
		store_put(b, base, guest_dirs[i], "");
		snprintf(path, sizeof(path), "%s/%s", base, guest_dirs[i]);
		store_perms(b, path, domid, domid);
	}
	nodes_console(b, base, domid);
	nodes_libxl(b, domid);
}

void domain_nodes_write_rings(struct store_batch *b, uint32_t domid,
			      uint64_t console_mfn, uint32_t console_port,
			      uint64_t store_mfn, uint32_t store_port)
{
	char base[64];

	snprintf(base, sizeof(base), "/local/domain/%u", domid);
	store_putf(b, base, "store/ring-ref", "%lu", store_mfn);
	store_putf(b, base, "store/port", "%u", store_port);
	store_putf(b, base, "console/port", "%u", console_port);
	store_putf(b, base, "console/ring-ref", "%lu", console_mfn);
}

void domain_nodes_remove(struct xs_handle *xs, uint32_t domid, const char *uuid)
{
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/%u", domid);
	xs_rm(xs, XBT_NULL, path);
	snprintf(path, sizeof(path), "/libxl/%u", domid);
	xs_rm(xs, XBT_NULL, path);
	snprintf(path, sizeof(path), "/local/domain/0/error/backend/vbd/%u",
		 domid);
	store_prune(xs, path, "/local/domain/0");
	snprintf(path, sizeof(path), "/local/domain/0/error/backend/vif/%u",
		 domid);
	store_prune(xs, path, "/local/domain/0");
	if (uuid) {
		snprintf(path, sizeof(path), "/vm/%s", uuid);
		xs_rm(xs, XBT_NULL, path);
	}
}

int domain_nodes_write_dom0(struct xs_handle *xs)
{
	static const struct {
		const char *path, *value;
	} nodes[] = {
		{ "/local/domain/0/domid", "0" },
		{ "/local/domain/0/name", "Domain-0" },
		{ "/local/pool/0/name", "Pool-0" },
		{ "/local/pool/0/other", "" },
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && !rc; i++) {
		if (!store_exists(xs, nodes[i].path)) {
			rc = store_write(xs, nodes[i].path, nodes[i].value);
		}
	}
	return rc;
}
