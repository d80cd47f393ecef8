/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Disk strings.
 *
 *	target, format, vdev, access, key=value, flag, .. , target=rest
 *
 * The first four may stand without their key, in that order, each possibly
 * empty. `target=` takes the rest of the string, commas and all. An old
 * prefix before the target (phy:, file:, tap:aio:, raw:, qcow2: ..) says the
 * format or back end, and then no format stands second: "phy:/dev/x,xvda,w".
 *
 * Example: "/dev/vg/a,raw,xvda,rw", "format=raw, vdev=xvda, access=ro,
 * target=/srv/a,b.img", "file:/iso/x.iso,hdc:cdrom,r".
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_words.h"

struct disk_parse {
	struct config_disk *disk;
	char *err;
	size_t err_len;
	bool old_prefix;
	bool format_set;
	bool access_set;
};

static const struct config_word disk_formats[] = {
	{ "raw", CONFIG_DISK_RAW },	{ "aio", CONFIG_DISK_RAW },
	{ "qcow", CONFIG_DISK_QCOW },	{ "qcow2", CONFIG_DISK_QCOW2 },
	{ "vhd", CONFIG_DISK_VHD },	{ "qed", CONFIG_DISK_QED },
	{ "empty", CONFIG_DISK_EMPTY }, { NULL, 0 },
};

static const struct config_word disk_access[] = {
	{ "r", false }, { "ro", false }, { "w", true },
	{ "rw", true }, { NULL, 0 },
};

static const struct config_word disk_backends[] = {
	{ "phy", CONFIG_BACKEND_PHY },
	{ "qdisk", CONFIG_BACKEND_QDISK },
	{ "tap", CONFIG_BACKEND_TAP },
	{ "standalone", CONFIG_BACKEND_STANDALONE },
	{ NULL, 0 },
};

static int disk_bad(struct disk_parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int disk_bad(struct disk_parse *parse, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parse->err, parse->err_len, format, args);
	va_end(args);
	return -EINVAL;
}

static int vdev_decimal(const char **text, uint32_t max, uint32_t *value)
{
	uint32_t got = 0;

	if (!isdigit((unsigned char)**text)) {
		return -EINVAL;
	}
	for (; isdigit((unsigned char)**text); (*text)++) {
		got = got * 10 + (uint32_t)(**text - '0');
		if (got > max) {
			return -EINVAL;
		}
	}
	*value = got;
	return 0;
}

/* Letters count in base 26 without a zero: a=0 .. z=25, aa=26. */
static int vdev_letters(const char **text, uint32_t *disk)
{
	uint32_t got = 0;

	if (**text < 'a' || **text > 'z') {
		return -EINVAL;
	}
	for (; **text >= 'a' && **text <= 'z'; (*text)++) {
		got = got * 26 + (uint32_t)(**text - 'a') + 1;
		if (got > 1u << 20) {
			return -EINVAL;
		}
	}
	*disk = got - 1;
	return 0;
}

/* The numbers are xen-vbd-interface(7)'s: major << 8 and minor. */
static int vdev_encode_xvd(uint32_t disk, uint32_t part, uint32_t *devid)
{
	if (disk < 16 && part < 16) {
		*devid = 202u << 8 | disk << 4 | part;
		return 0;
	}
	if (disk >= 1u << 20 || part > 255) {
		return -EINVAL;
	}
	*devid = 1u << 28 | disk << 8 | part;
	return 0;
}

static int vdev_encode(const char *bus, uint32_t disk, uint32_t part,
		       uint32_t *devid)
{
	if (strcmp(bus, "xvd") == 0) {
		return vdev_encode_xvd(disk, part, devid);
	}
	if (strcmp(bus, "hd") == 0 && disk < 4 && part < 64) {
		*devid = (disk < 2 ? 3u : 22u) << 8 | (disk & 1) << 6 | part;
		return 0;
	}
	if (strcmp(bus, "sd") == 0 && disk < 16 && part < 16) {
		*devid = 8u << 8 | disk << 4 | part;
		return 0;
	}
	return -EINVAL;
}

static int vdev_numeric(const char *vdev, uint32_t *devid)
{
	int64_t number;
	int rc = config_word_number(vdev, &number);

	if (rc || number < 0 || number > 0x1fffffff) {
		return -EINVAL;
	}
	*devid = (uint32_t)number;
	return 0;
}

int config_vdev_number(const char *vdev, uint32_t *devid)
{
	static const char *const buses[] = { "xvd", "hd", "sd" };
	uint32_t disk, part = 0;
	const char *at;
	size_t i;

	if (isdigit((unsigned char)*vdev)) {
		return vdev_numeric(vdev, devid);
	}
	if (*vdev == 'd' && isdigit((unsigned char)vdev[1])) {
		at = vdev + 1;
		if (vdev_decimal(&at, (1u << 20) - 1, &disk) ||
		    (*at == 'p' && (at++, vdev_decimal(&at, 255, &part))) ||
		    *at) {
			return -EINVAL;
		}
		return vdev_encode_xvd(disk, part, devid);
	}
	for (i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		at = vdev + strlen(buses[i]);
		if (strncmp(vdev, buses[i], strlen(buses[i])) != 0 ||
		    vdev_letters(&at, &disk)) {
			continue;
		}
		if ((*at && vdev_decimal(&at, 255, &part)) || *at) {
			return -EINVAL;
		}
		return vdev_encode(buses[i], disk, part, devid);
	}
	return -EINVAL;
}

static int disk_set_format(struct disk_parse *parse, const char *text)
{
	int format;

	if (config_word_find(disk_formats, text, &format)) {
		return disk_bad(parse,
				"unknown disk format '%s' (raw, qcow, qcow2, "
				"vhd, qed); a device name stands third, as in "
				"'target,raw,xvda,rw'",
				text);
	}
	parse->disk->format = (enum config_disk_format)format;
	parse->format_set = true;
	return 0;
}

static int disk_set_vdev(struct disk_parse *parse, const char *text)
{
	struct config_disk *disk = parse->disk;
	char *colon;
	int rc = config_word_set(&disk->vdev, text);

	if (rc) {
		return rc;
	}
	colon = strchr(disk->vdev, ':');
	if (colon && strcmp(colon, ":cdrom") == 0) {
		disk->cdrom = true;
		*colon = '\0';
	} else if (colon && strcmp(colon, ":disk") == 0) {
		*colon = '\0';
	}
	if (config_vdev_number(disk->vdev, &disk->devid)) {
		return disk_bad(parse,
				"unknown virtual device '%s' (xvda, hda, sda, "
				"d0p0 ..)",
				text);
	}
	return 0;
}

static int disk_set_access(struct disk_parse *parse, const char *text)
{
	int readwrite;

	if (config_word_find(disk_access, text, &readwrite)) {
		return disk_bad(parse, "unknown access '%s' (r, ro, w, rw)",
				text);
	}
	parse->disk->readwrite = readwrite != 0;
	parse->access_set = true;
	return 0;
}

static int disk_set_backendtype(struct disk_parse *parse, const char *text)
{
	int backend;

	if (config_word_find(disk_backends, text, &backend)) {
		return disk_bad(parse,
				"unknown backendtype '%s' (phy, qdisk, tap, "
				"standalone)",
				text);
	}
	parse->disk->backend = (enum config_disk_backend)backend;
	return 0;
}

static int disk_set_devtype(struct disk_parse *parse, const char *text)
{
	if (strcmp(text, "cdrom") == 0) {
		parse->disk->cdrom = true;
	} else if (strcmp(text, "disk") != 0) {
		return disk_bad(parse, "unknown devtype '%s' (disk, cdrom)",
				text);
	}
	return 0;
}

static int disk_set_script(struct disk_parse *parse, const char *text)
{
	return config_word_set(&parse->disk->script, text);
}

static int disk_set_backend(struct disk_parse *parse, const char *text)
{
	return config_word_set(&parse->disk->backend_domain, text);
}

static int disk_old_script(struct disk_parse *parse, const char *prefix)
{
	char script[64];

	snprintf(script, sizeof(script), "block-%s", prefix);
	return config_word_set(&parse->disk->script, script);
}

/* Takes one "word:" off the target; 1 if it did, 0 if there is none. */
static int disk_take_prefix(struct disk_parse *parse, char **target)
{
	static const char *const scripts[] = { "iscsi", "nbd", "enbd", "drbd" };
	char *colon = strchr(*target, ':');
	size_t i;
	int rc = 1, format;

	if (!colon || memchr(*target, '/', (size_t)(colon - *target))) {
		return 0;
	}
	*colon = '\0';
	if (strcmp(*target, "phy") == 0) {
		parse->disk->backend = CONFIG_BACKEND_PHY;
	} else if (config_word_find(disk_formats, *target, &format) == 0) {
		rc = disk_set_format(parse, *target) ? -EINVAL : 1;
	} else if (strcmp(*target, "file") != 0 &&
		   strcmp(*target, "tap") != 0 &&
		   strcmp(*target, "tap2") != 0 &&
		   strcmp(*target, "tapdisk") != 0) {
		for (i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
			if (strcmp(*target, scripts[i]) == 0) {
				rc = disk_old_script(parse, *target);
				*target = colon + 1;
				return rc ? rc : 1;
			}
		}
		*colon = ':';
		return 0;
	}
	*target = colon + 1;
	return rc;
}

static int disk_set_target(struct disk_parse *parse, char *target)
{
	int taken;

	while ((taken = disk_take_prefix(parse, &target)) == 1) {
		parse->old_prefix = true;
	}
	if (taken < 0) {
		return taken;
	}
	if (*target == '\0') {
		return 0;
	}
	return config_word_set(&parse->disk->path, target);
}

struct disk_key {
	const char *key;
	int (*set)(struct disk_parse *parse, const char *value);
};

static const struct disk_key disk_keys[] = {
	{ "format", disk_set_format },
	{ "vdev", disk_set_vdev },
	{ "access", disk_set_access },
	{ "backendtype", disk_set_backendtype },
	{ "devtype", disk_set_devtype },
	{ "script", disk_set_script },
	{ "backend", disk_set_backend },
	{ NULL, NULL },
};

static int disk_flag(struct disk_parse *parse, const char *word)
{
	struct config_disk *disk = parse->disk;

	if (strcmp(word, "cdrom") == 0) {
		disk->cdrom = true;
	} else if (strcmp(word, "discard") == 0) {
		disk->discard = true;
	} else if (strcmp(word, "no-discard") == 0) {
		disk->discard = false;
	} else if (strcmp(word, "direct-io-safe") == 0) {
		disk->direct_io_safe = true;
	} else {
		return -ENOENT;
	}
	return 0;
}

/* The n-th part that has no key. */
static int disk_positional(struct disk_parse *parse, int n, char *part)
{
	if (n > 0 && parse->old_prefix) {
		n++; /* the prefix stood for the format */
	}
	switch (n) {
	case 0:
		return disk_set_target(parse, part);
	case 1:
		return *part ? disk_set_format(parse, part) : 0;
	case 2:
		return *part ? disk_set_vdev(parse, part) : 0;
	case 3:
		return *part ? disk_set_access(parse, part) : 0;
	}
	return *part ? disk_bad(parse, "'%s' is one part too many", part) : 0;
}

/* 0 done, -ENOENT: no such key (so it is no key=value at all). */
static int disk_keyed(struct disk_parse *parse, char *part)
{
	const struct disk_key *key;
	char *equals = strchr(part, '=');

	if (!equals) {
		return disk_flag(parse, part);
	}
	*equals = '\0';
	for (key = disk_keys; key->key; key++) {
		if (strcmp(config_word_trim(part), key->key) == 0) {
			return key->set(parse, config_word_trim(equals + 1));
		}
	}
	*equals = '=';
	return -ENOENT;
}

static bool disk_is_target_key(const char *rest)
{
	while (isspace((unsigned char)*rest)) {
		rest++;
	}
	return strncmp(rest, "target=", 7) == 0;
}

static int disk_parse_parts(struct disk_parse *parse, char *rest)
{
	int n = 0, rc = 0;
	char *part;

	while (rest && rc == 0) {
		if (disk_is_target_key(rest)) {
			part = config_word_trim(strchr(rest, '=') + 1);
			return disk_set_target(parse, part);
		}
		part = config_word_next(&rest);
		rc = disk_keyed(parse, part);
		if (rc == -ENOENT && n > 0 && strchr(part, '=')) {
			return disk_bad(parse, "unknown disk key in '%s'",
					part);
		}
		if (rc == -ENOENT) {
			rc = disk_positional(parse, n++, part);
		}
	}
	return rc;
}

static int disk_finish(struct disk_parse *parse)
{
	struct config_disk *disk = parse->disk;

	if (!disk->vdev) {
		return disk_bad(parse, "no virtual device: vdev= is missing");
	}
	if (!disk->path && !disk->cdrom) {
		return disk_bad(parse, "no target, and not a cdrom");
	}
	if (!disk->path) {
		disk->format = CONFIG_DISK_EMPTY;
	}
	if (disk->cdrom) {
		disk->removable = true;
	}
	if (!parse->access_set) {
		disk->readwrite = true;
	}
	if (disk->cdrom) {
		disk->readwrite = false; /* whatever old files say */
	}
	return 0;
}

int config_disk_parse(const char *spec, struct config_disk *disk, char *err,
		      size_t err_len)
{
	struct disk_parse parse = {
		.disk = disk,
		.err = err,
		.err_len = err_len,
	};
	char *copy = strdup(spec);
	int rc;

	memset(disk, 0, sizeof(*disk));
	if (!copy) {
		return -ENOMEM;
	}
	rc = disk_parse_parts(&parse, copy);
	if (rc == 0) {
		rc = disk_finish(&parse);
	}
	free(copy);
	if (rc) {
		config_disk_clear(disk);
	}
	return rc;
}

void config_disk_clear(struct config_disk *disk)
{
	free(disk->path);
	free(disk->vdev);
	free(disk->script);
	free(disk->backend_domain);
	memset(disk, 0, sizeof(*disk));
}
