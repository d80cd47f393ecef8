// SPDX-License-Identifier: BSD-2-Clause
/*
 * The scripts. That of a guest start follows what the toolstack and hotplug
 * write for a PV guest with one disk, one network interface and a console:
 * what is the domain's in one transaction, then one for each device.
 */
#include "tests/bench/xenstore/script.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TEN(what, dir)                                                \
	{ what, dir "/k0", NULL }, { what, dir "/k1", NULL },         \
		{ what, dir "/k2", NULL }, { what, dir "/k3", NULL }, \
		{ what, dir "/k4", NULL }, { what, dir "/k5", NULL }, \
		{ what, dir "/k6", NULL }, { what, dir "/k7", NULL }, \
		{ what, dir "/k8", NULL },                            \
	{                                                             \
		what, dir "/k9", NULL                                 \
	}

#define START                                    \
	{                                        \
		XS_TRANSACTION_START, NULL, NULL \
	}
#define END                                    \
	{                                      \
		XS_TRANSACTION_END, NULL, NULL \
	}

#define GUEST "/local/domain/#"
#define BACK  "/local/domain/0/backend"

static const struct ask read_asks[] = { { XS_READ, "/bench/#/k0", NULL } };
static const struct ask write_asks[] = { { XS_WRITE, "/bench/#/k0", NULL } };
static const struct ask mkdir_asks[] = { { XS_MKDIR, "/made/#/n%", NULL } };
static const struct ask perms_asks[] = { { XS_GET_PERMS, "/bench/#/k0",
					   NULL } };
static const struct ask txn_asks[] = { START,
				       { XS_WRITE, "/bench/#/k0", NULL },
				       END };
static const struct ask disjoint_asks[] = { START, TEN(XS_READ, "/bench/#"),
					    TEN(XS_WRITE, "/bench/#"), END };
static const struct ask conflict_asks[] = { START, TEN(XS_READ, "/bench/0"),
					    TEN(XS_WRITE, "/bench/0"), END };
static const struct ask big_asks[] = { { XS_WRITE, "/big/child-012%", NULL } };
static const struct ask big_new_asks[] = { { XS_MKDIR, "/big/new%", NULL },
					   { XS_RM, "/big/new%", NULL } };
static const struct ask list_asks[] = { { XS_DIRECTORY_PART, "/big", NULL } };

static const struct ask guest_asks[] = {
	START,
	{ XS_MKDIR, GUEST, NULL },
	{ XS_SET_PERMS, GUEST, "n0" },
	{ XS_MKDIR, "/vm/#", NULL },
	{ XS_WRITE, GUEST "/vm", "/vm/0c5d1a7e" },
	{ XS_WRITE, GUEST "/name", "guest" },
	{ XS_MKDIR, GUEST "/cpu", NULL },
	{ XS_MKDIR, GUEST "/memory", NULL },
	{ XS_MKDIR, GUEST "/device", NULL },
	{ XS_MKDIR, GUEST "/control", NULL },
	{ XS_MKDIR, GUEST "/data", NULL },
	{ XS_WRITE, GUEST "/domid", "7" },
	{ XS_WRITE, GUEST "/control/shutdown", "" },
	{ XS_WRITE, GUEST "/control/feature-poweroff", "1" },
	{ XS_WRITE, GUEST "/memory/static-max", "131072" },
	{ XS_WRITE, GUEST "/memory/target", "131072" },
	{ XS_WRITE, GUEST "/memory/videoram", "0" },
	{ XS_WRITE, GUEST "/cpu/0/availability", "online" },
	{ XS_WRITE, GUEST "/store/port", "1" },
	{ XS_WRITE, GUEST "/store/ring-ref", "1048575" },
	{ XS_WRITE, GUEST "/console/port", "2" },
	{ XS_WRITE, GUEST "/console/ring-ref", "1048574" },
	{ XS_WRITE, GUEST "/console/type", "xenconsoled" },
	{ XS_WRITE, "/vm/#/name", "guest" },
	{ XS_WRITE, "/vm/#/uuid", "0c5d1a7e-5c39-4bd5-a5b1-4bfa96d4b7c2" },
	{ XS_WRITE, "/vm/#/start_time", "1700000000.00" },
	END,
	START,
	{ XS_WRITE, GUEST "/device/vbd/51712/backend", BACK "/vbd/7/51712" },
	{ XS_WRITE, GUEST "/device/vbd/51712/backend-id", "0" },
	{ XS_WRITE, GUEST "/device/vbd/51712/state", "1" },
	{ XS_WRITE, GUEST "/device/vbd/51712/virtual-device", "51712" },
	{ XS_WRITE, GUEST "/device/vbd/51712/device-type", "disk" },
	{ XS_SET_PERMS, GUEST "/device/vbd/51712", "n0" },
	{ XS_WRITE, BACK "/vbd/#/51712/frontend", "/local/domain/7" },
	{ XS_WRITE, BACK "/vbd/#/51712/params", "/dev/vg/guest" },
	{ XS_WRITE, BACK "/vbd/#/51712/frontend-id", "7" },
	{ XS_WRITE, BACK "/vbd/#/51712/online", "1" },
	{ XS_WRITE, BACK "/vbd/#/51712/removable", "0" },
	{ XS_WRITE, BACK "/vbd/#/51712/bootable", "1" },
	{ XS_WRITE, BACK "/vbd/#/51712/state", "1" },
	{ XS_WRITE, BACK "/vbd/#/51712/dev", "xvda" },
	{ XS_WRITE, BACK "/vbd/#/51712/type", "phy" },
	{ XS_WRITE, BACK "/vbd/#/51712/mode", "w" },
	{ XS_SET_PERMS, BACK "/vbd/#/51712", "n0" },
	END,
	START,
	{ XS_WRITE, GUEST "/device/vif/0/backend", BACK "/vif/7/0" },
	{ XS_WRITE, GUEST "/device/vif/0/backend-id", "0" },
	{ XS_WRITE, GUEST "/device/vif/0/state", "1" },
	{ XS_WRITE, GUEST "/device/vif/0/handle", "0" },
	{ XS_WRITE, GUEST "/device/vif/0/mac", "00:16:3e:11:22:33" },
	{ XS_SET_PERMS, GUEST "/device/vif/0", "n0" },
	{ XS_WRITE, BACK "/vif/#/0/frontend", "/local/domain/7" },
	{ XS_WRITE, BACK "/vif/#/0/frontend-id", "7" },
	{ XS_WRITE, BACK "/vif/#/0/online", "1" },
	{ XS_WRITE, BACK "/vif/#/0/state", "1" },
	{ XS_WRITE, BACK "/vif/#/0/script", "/etc/xen/scripts/vif-bridge" },
	{ XS_WRITE, BACK "/vif/#/0/mac", "00:16:3e:11:22:33" },
	{ XS_WRITE, BACK "/vif/#/0/bridge", "xenbr0" },
	{ XS_WRITE, BACK "/vif/#/0/handle", "0" },
	{ XS_SET_PERMS, BACK "/vif/#/0", "n0" },
	END,
	{ XS_WRITE, BACK "/vbd/#/51712/hotplug-status", "connected" },
	{ XS_WRITE, BACK "/vif/#/0/hotplug-status", "connected" },
	{ XS_READ, BACK "/vbd/#/51712/state", NULL },
	{ XS_WRITE, BACK "/vbd/#/51712/state", "2" },
	{ XS_READ, BACK "/vif/#/0/state", NULL },
	{ XS_WRITE, BACK "/vif/#/0/state", "2" },
	{ XS_WRITE, GUEST "/console/tty", "/dev/pts/3" },
};

#define SCRIPT(name, numbers, asks, keys, clean)              \
	{                                                     \
		name, numbers, asks, COUNT(asks), keys, clean \
	}

static const struct script scripts[] = {
	SCRIPT("read", BY_LINK, read_asks, 1, NULL),
	SCRIPT("write", BY_LINK, write_asks, 1, NULL),
	SCRIPT("mkdir", BY_COUNT, mkdir_asks, 0, "/made"),
	SCRIPT("perms", BY_LINK, perms_asks, 1, NULL),
	SCRIPT("txn", BY_LINK, txn_asks, 1, NULL),
	SCRIPT("disjoint", BY_SLOT, disjoint_asks, 10, NULL),
	SCRIPT("conflict", BY_SLOT, conflict_asks, 10, NULL),
	SCRIPT("big-write", BY_COUNT, big_asks, 0, NULL),
	SCRIPT("big-new", BY_COUNT, big_new_asks, 0, NULL),
	SCRIPT("list", BY_PART, list_asks, 0, NULL),
	SCRIPT("guest", BY_GUEST, guest_asks, 0, "/local"),
};

const struct script *script_find(const char *name)
{
	for (size_t i = 0; i < COUNT(scripts); i++) {
		if (strcmp(scripts[i].name, name) == 0) {
			return &scripts[i];
		}
	}
	return NULL;
}

static size_t put_text(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return len;
}

/* Two values in a row must differ, or no transaction would conflict. */
static size_t put_value(char *out)
{
	static const char value[] = "a-value-of-24-b-";
	static uint32_t last;
	uint32_t n = ++last;

	memcpy(out, value, sizeof(value) - 1);
	for (size_t i = 0; i < 8; i++, n >>= 4) {
		out[sizeof(value) - 1 + i] = "0123456789abcdef"[n & 15u];
	}
	return sizeof(value) - 1 + 8;
}

size_t script_payload(const struct ask *ask, const char *first,
		      const char *second, char *out)
{
	size_t len = 0;

	if (ask->type == XS_TRANSACTION_START) {
		out[0] = '\0';
		return 1;
	}
	if (ask->type == XS_TRANSACTION_END) {
		memcpy(out, "T", 2);
		return 2;
	}
	for (const char *at = ask->path; *at != '\0'; at++) {
		if (*at == '#') {
			len += put_text(out + len, first);
		} else if (*at == '%') {
			len += put_text(out + len, second);
		} else {
			out[len++] = *at;
		}
	}
	out[len++] = '\0';
	if (ask->type == XS_WRITE && !ask->value) {
		return len + put_value(out + len);
	}
	if (ask->type == XS_DIRECTORY_PART) {
		len += put_text(out + len, second);
		out[len++] = '\0';
	}
	if (ask->value) {
		len += put_text(out + len, ask->value);
	}
	if (ask->type == XS_SET_PERMS) {
		out[len++] = '\0';
	}
	return len;
}
