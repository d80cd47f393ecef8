/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interface strings: "mac=00:16:3e:01:02:03, bridge=xenbr0, rate=10Mb/s".
 *
 * A rate is a number, K, M or G (thousands), b for bits or B for bytes, "/s",
 * and an interval after '@' in s, ms or us (50 ms if not given). The back end
 * wants bytes per interval: 10Mb/s@20ms is 25000 bytes each 20000 us.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_words.h"

#define VIF_INTERVAL_US 50000u

struct vif_parse {
	struct config_vif *vif;
	char *err;
	size_t err_len;
};

static int vif_bad(struct vif_parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int vif_bad(struct vif_parse *parse, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(parse->err, parse->err_len, format, args);
	va_end(args);
	return -EINVAL;
}

static int vif_hex(char digit)
{
	if (digit >= '0' && digit <= '9') {
		return digit - '0';
	}
	digit = (char)tolower((unsigned char)digit);
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static int vif_set_mac(struct vif_parse *parse, const char *text)
{
	const char *at = text;
	int i, high, low;

	for (i = 0; i < 6; i++) {
		high = vif_hex(*at);
		low = high < 0 ? -1 : vif_hex(at[1]);
		if (low < 0 || at[2] != (i == 5 ? '\0' : ':')) {
			return vif_bad(parse,
				       "'%s' is no MAC address (six pairs of "
				       "hexadecimal digits with colons)",
				       text);
		}
		parse->vif->mac[i] = (uint8_t)(high << 4 | low);
		at += 3;
	}
	if (parse->vif->mac[0] & 1) {
		return vif_bad(parse,
			       "MAC %s is a multicast address: the first "
			       "byte must be even",
			       text);
	}
	parse->vif->mac_set = true;
	return 0;
}

/* The factor behind the number, and 8 for bits or 1 for bytes. */
static int rate_unit(const char **at, uint64_t *unit)
{
	static const char letters[] = "KMG";
	const char *letter = **at ? strchr(letters, **at) : NULL;

	*unit = 1;
	if (letter) {
		(*at)++;
		for (; letter >= letters; letter--) {
			*unit *= 1000;
		}
	}
	if (**at != 'b' && **at != 'B') {
		return -EINVAL;
	}
	return *(*at)++ == 'b' ? 8 : 1;
}

static int rate_interval(const char *at, uint32_t *us)
{
	unsigned long value;
	char *end;

	*us = VIF_INTERVAL_US;
	if (*at == '\0') {
		return 0;
	}
	if (*at != '@' || !isdigit((unsigned char)at[1])) {
		return -EINVAL;
	}
	errno = 0;
	value = strtoul(at + 1, &end, 10);
	if (strcmp(end, "ms") == 0) {
		value = value > 4000000 ? 0 : value * 1000;
	} else if (strcmp(end, "s") == 0) {
		value = value > 4000 ? 0 : value * 1000000;
	} else if (strcmp(end, "us") != 0) {
		return -EINVAL;
	}
	if (errno || value == 0 || value > UINT32_MAX) {
		return -EINVAL;
	}
	*us = (uint32_t)value;
	return 0;
}

static int vif_set_rate(struct vif_parse *parse, const char *text)
{
	const char *at = text;
	uint64_t value = 0, unit, bytes;
	uint32_t us;
	char *end;
	int bits = -EINVAL;

	if (isdigit((unsigned char)*at)) {
		value = strtoull(at, &end, 10);
		at = end;
		bits = rate_unit(&at, &unit);
	}
	if (bits < 0 || strncmp(at, "/s", 2) != 0 ||
	    rate_interval(at + 2, &us)) {
		return vif_bad(parse,
			       "'%s' is no rate (such as 10Mb/s or "
			       "250KB/s@20ms)",
			       text);
	}
	if (__builtin_mul_overflow(value, unit, &bytes) ||
	    __builtin_mul_overflow(bytes / (uint64_t)bits, (uint64_t)us,
				   &bytes) ||
	    bytes / 1000000 > UINT32_MAX) {
		return vif_bad(parse, "rate '%s' is too high", text);
	}
	bytes /= 1000000;
	if (bytes == 0) {
		return vif_bad(parse, "rate '%s' lets not one byte through",
			       text);
	}
	parse->vif->rate_bytes_per_interval = bytes;
	parse->vif->rate_interval_us = us;
	return 0;
}

static int vif_set_number(struct vif_parse *parse, const char *text,
			  int64_t max, uint32_t *to)
{
	int64_t value;

	if (config_word_number(text, &value) || value < 0 || value > max) {
		return vif_bad(parse, "'%s' is not a number from 0 to %lld",
			       text, (long long)max);
	}
	*to = (uint32_t)value;
	return 0;
}

static int vif_set_mtu(struct vif_parse *parse, const char *text)
{
	return vif_set_number(parse, text, 65535, &parse->vif->mtu);
}

static int vif_set_devid(struct vif_parse *parse, const char *text)
{
	return vif_set_number(parse, text, 65535, &parse->vif->devid);
}

static int vif_set_type(struct vif_parse *parse, const char *text)
{
	if (strcmp(text, "vif") != 0 && strcmp(text, "ioemu") != 0) {
		return vif_bad(parse, "unknown type '%s' (vif, ioemu)", text);
	}
	return config_word_set(&parse->vif->type, text);
}

/* The kernel takes 15 bytes and neither blanks nor slashes. */
static int vif_set_vifname(struct vif_parse *parse, const char *text)
{
	if (*text == '\0' || strlen(text) > 15 || strpbrk(text, "/ \t:")) {
		return vif_bad(parse,
			       "'%s' is no interface name (1 to 15 bytes, no "
			       "blank, slash or colon)",
			       text);
	}
	return config_word_set(&parse->vif->vifname, text);
}

struct vif_key {
	const char *key;
	int (*set)(struct vif_parse *parse, const char *value);
	size_t string; /* offset of a plain string, where set is NULL */
};

#define VIF_STRING(field) NULL, offsetof(struct config_vif, field)

static const struct vif_key vif_keys[] = {
	{ "mac", vif_set_mac, 0 },
	{ "bridge", VIF_STRING(bridge) },
	{ "script", VIF_STRING(script) },
	{ "vifname", vif_set_vifname, 0 },
	{ "ip", VIF_STRING(ip) },
	{ "type", vif_set_type, 0 },
	{ "model", VIF_STRING(model) },
	{ "rate", vif_set_rate, 0 },
	{ "gatewaydev", VIF_STRING(gatewaydev) },
	{ "netdev", VIF_STRING(gatewaydev) },
	{ "backend", VIF_STRING(backend_domain) },
	{ "mtu", vif_set_mtu, 0 },
	{ "devid", vif_set_devid, 0 },
	{ NULL, NULL, 0 },
};

static int vif_part(struct vif_parse *parse, char *part)
{
	const struct vif_key *key;
	char *equals = strchr(part, '='), *value;

	if (!equals) {
		return vif_bad(parse, "'%s' is not key=value", part);
	}
	*equals = '\0';
	part = config_word_trim(part);
	value = config_word_trim(equals + 1);
	for (key = vif_keys; key->key; key++) {
		if (strcmp(part, key->key) == 0) {
			break;
		}
	}
	if (!key->key) {
		return vif_bad(parse, "unknown interface key '%s'", part);
	}
	if (key->set) {
		return key->set(parse, value);
	}
	return config_word_set((char **)((char *)parse->vif + key->string),
			       value);
}

int config_vif_parse(const char *spec, struct config_vif *vif, char *err,
		     size_t err_len)
{
	struct vif_parse parse = {
		.vif = vif,
		.err = err,
		.err_len = err_len,
	};
	char *copy = strdup(spec), *rest = copy, *part;
	int rc = 0;

	memset(vif, 0, sizeof(*vif));
	vif->devid = UINT32_MAX;
	if (!copy) {
		return -ENOMEM;
	}
	while (rc == 0 && (part = config_word_next(&rest))) {
		rc = *part ? vif_part(&parse, part) : 0;
	}
	free(copy);
	if (rc) {
		config_vif_clear(vif);
	}
	return rc;
}

void config_vif_clear(struct config_vif *vif)
{
	free(vif->bridge);
	free(vif->script);
	free(vif->vifname);
	free(vif->ip);
	free(vif->type);
	free(vif->model);
	free(vif->gatewaydev);
	free(vif->backend_domain);
	memset(vif, 0, sizeof(*vif));
}
