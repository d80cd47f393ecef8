/* SPDX-License-Identifier: BSD-2-Clause */
#include "dom0-tools/cli/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void format_list_line(const struct domain_info *info, char *line, size_t size)
{
	char state[7];

	domain_state_letters(info, state);
	snprintf(line, size, "%-40s %5u %5lu %5u     %s  %8.1f", info->name,
		 info->domid, info->memory_kib / 1024, info->vcpus_online,
		 state, (double)((float)info->cpu_ns / 1e9));
}

static bool format_has(const uint8_t *map, uint32_t cpu)
{
	return map[cpu / 8] >> (cpu % 8) & 1;
}

void format_cpumap(const uint8_t *map, uint32_t cpus, char *text, size_t size)
{
	uint32_t first = 0, set = 0;
	size_t used = 0;

	text[0] = '\0';
	while (first < cpus) {
		uint32_t last = first;

		if (!format_has(map, first)) {
			first++;
			continue;
		}
		while (last + 1 < cpus && format_has(map, last + 1)) {
			last++;
		}
		set += last - first + 1;
		if (used < size) {
			used += (size_t)snprintf(text + used, size - used,
						 last > first ? "%s%u-%u"
							      : "%s%u",
						 used ? "," : "", first, last);
		}
		first = last + 1;
	}
	if (!set || set == cpus) {
		snprintf(text, size, "%s", set ? "all" : "none");
	}
}

void format_uptime(uint64_t seconds, char *text, size_t size)
{
	uint64_t days = seconds / 86400, hours = seconds / 3600 % 24;
	uint64_t minutes = seconds / 60 % 60;

	seconds %= 60;
	if (days) {
		snprintf(text, size, "%lu day%s, %2lu:%02lu:%02lu", days,
			 days == 1 ? "" : "s", hours, minutes, seconds);
	} else {
		snprintf(text, size, "%lu:%02lu:%02lu", hours, minutes,
			 seconds);
	}
}

int format_parse_memory(const char *text, uint64_t *kib)
{
	uint64_t value, shift;
	char *end;

	if (!isdigit((unsigned char)text[0])) {
		return -EINVAL;
	}
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno) {
		return -ERANGE;
	}
	switch (tolower((unsigned char)*end)) {
	case 'b':
		value >>= 10;
		shift = 0;
		break;
	case 'k':
		shift = 0;
		break;
	case '\0':
	case 'm':
		shift = 10;
		break;
	case 'g':
		shift = 20;
		break;
	case 't':
		shift = 30;
		break;
	default:
		return -EINVAL;
	}
	if (*end && end[1]) {
		return -EINVAL;
	}
	if (value > (UINT64_MAX >> 10 >> shift)) {
		return -ERANGE;
	}
	*kib = value << shift;
	return 0;
}

int format_parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	if (!isdigit((unsigned char)text[0])) {
		return -EINVAL;
	}
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (*end) {
		return -EINVAL;
	}
	return errno || *value > max ? -ERANGE : 0;
}
