/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPU sets: "0-3,5,^1" is 0, 2, 3, 5; "all" is every CPU there may be; "^4"
 * first means all but 4. Parts apply from left to right.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_words.h"

static void cpumap_put(struct config_cpumap *map, unsigned long first,
		       unsigned long last, bool in)
{
	unsigned long cpu;

	for (cpu = first; cpu <= last; cpu++) {
		if (in) {
			map->bits[cpu / 64] |= 1ull << cpu % 64;
		} else {
			map->bits[cpu / 64] &= ~(1ull << cpu % 64);
		}
	}
}

static int cpumap_range(const char *part, unsigned long *first,
			unsigned long *last)
{
	char *end;

	if (strcmp(part, "all") == 0) {
		*first = 0;
		*last = CONFIG_MAX_CPUS - 1;
		return 0;
	}
	if (!isdigit((unsigned char)*part)) {
		return -EINVAL;
	}
	*first = strtoul(part, &end, 10);
	*last = *first;
	if (*end == '-' && isdigit((unsigned char)end[1])) {
		*last = strtoul(end + 1, &end, 10);
	}
	return *end == '\0' && *first <= *last && *last < CONFIG_MAX_CPUS
		       ? 0
		       : -EINVAL;
}

static int cpumap_part(struct config_cpumap *map, const char *part, bool only,
		       char *err, size_t err_len)
{
	unsigned long first, last;
	bool in = *part != '^';

	if (strncmp(part + !in, "node", 4) == 0) {
		snprintf(err, err_len,
			 "'%s': NUMA nodes are not supported, name the CPUs",
			 part);
		return -EINVAL;
	}
	if (cpumap_range(part + !in, &first, &last)) {
		snprintf(err, err_len,
			 "'%s' is no CPU set (such as 0-3,^2 or all; CPUs 0 "
			 "to %d)",
			 part, CONFIG_MAX_CPUS - 1);
		return -EINVAL;
	}
	if (!in && only) {
		cpumap_put(map, 0, CONFIG_MAX_CPUS - 1, true);
	}
	cpumap_put(map, first, last, in);
	return 0;
}

int config_cpumap_parse(const char *text, struct config_cpumap *map, char *err,
			size_t err_len)
{
	char *copy = strdup(text), *rest = copy, *part;
	bool first = true;
	uint64_t any = 0;
	size_t i;
	int rc = 0;

	memset(map, 0, sizeof(*map));
	if (!copy) {
		return -ENOMEM;
	}
	while (rc == 0 && (part = config_word_next(&rest))) {
		rc = cpumap_part(map, part, first, err, err_len);
		first = false;
	}
	for (i = 0; i < CONFIG_MAX_CPUS / 64; i++) {
		any |= map->bits[i];
	}
	if (rc == 0 && !any) {
		snprintf(err, err_len, "'%s' leaves no CPU", text);
		rc = -EINVAL;
	}
	free(copy);
	return rc;
}
