// SPDX-License-Identifier: BSD-2-Clause
/*
 * Names on the wire. The protocol sends errors as strings so that the two
 * ends may number them differently; the table itself comes from the public
 * header, so that it can never disagree with the peers.
 */
#include "xenstore/common/wire.h"

#include <string.h>

const char *wire_error_name(int err)
{
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]);
	     i++) {
		if (xsd_errors[i].errnum == err) {
			return xsd_errors[i].errstring;
		}
	}
	return "EINVAL";
}

int wire_error_value(const char *name)
{
	for (size_t i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]);
	     i++) {
		if (strcmp(xsd_errors[i].errstring, name) == 0) {
			return xsd_errors[i].errnum;
		}
	}
	return EINVAL;
}

static const char *const type_names[XS_TYPE_COUNT] = {
	[XS_CONTROL] = "CONTROL",
	[XS_DIRECTORY] = "DIRECTORY",
	[XS_READ] = "READ",
	[XS_GET_PERMS] = "GET_PERMS",
	[XS_WATCH] = "WATCH",
	[XS_UNWATCH] = "UNWATCH",
	[XS_TRANSACTION_START] = "TRANSACTION_START",
	[XS_TRANSACTION_END] = "TRANSACTION_END",
	[XS_INTRODUCE] = "INTRODUCE",
	[XS_RELEASE] = "RELEASE",
	[XS_GET_DOMAIN_PATH] = "GET_DOMAIN_PATH",
	[XS_WRITE] = "WRITE",
	[XS_MKDIR] = "MKDIR",
	[XS_RM] = "RM",
	[XS_SET_PERMS] = "SET_PERMS",
	[XS_WATCH_EVENT] = "WATCH_EVENT",
	[XS_ERROR] = "ERROR",
	[XS_IS_DOMAIN_INTRODUCED] = "IS_DOMAIN_INTRODUCED",
	[XS_RESUME] = "RESUME",
	[XS_SET_TARGET] = "SET_TARGET",
	[XS_RESET_WATCHES] = "RESET_WATCHES",
	[XS_DIRECTORY_PART] = "DIRECTORY_PART",
};

const char *wire_type_name(uint32_t type)
{
	if (type >= XS_TYPE_COUNT || !type_names[type]) {
		return "UNKNOWN";
	}
	return type_names[type];
}

int wire_split_upto(const char *data, size_t len, const char **argv,
		    unsigned int max)
{
	unsigned int n = 0;
	size_t off = 0;

	if (len == 0 || data[len - 1] != '\0') {
		return -EINVAL;
	}
	while (off < len) {
		if (n == max) {
			return -EINVAL;
		}
		argv[n++] = data + off;
		off += strlen(data + off) + 1;
	}
	return (int)n;
}

int wire_split(const char *data, size_t len, const char **argv, unsigned int n)
{
	return wire_split_upto(data, len, argv, n) == (int)n ? 0 : -EINVAL;
}

int wire_parse_number(const char *s, unsigned long max, unsigned long *out)
{
	unsigned long v = 0;

	if (*s == '\0') {
		return -EINVAL;
	}
	for (; *s != '\0'; s++) {
		unsigned long digit = (unsigned long)(*s - '0');

		if (digit > 9 || digit > max || v > (max - digit) / 10) {
			return -EINVAL;
		}
		v = v * 10 + digit;
	}
	*out = v;
	return 0;
}
