/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_FORMAT_H
#define HOSPES_DOM0_FORMAT_H
/* The text formats that scripts parse: exactly xl's. Pure. */
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/domain.h"

#define FORMAT_LIST_HEADER                                                    \
	"Name                                        ID   Mem VCPUs\tState\t" \
	"Time(s)\n"

/* One line of `list`, without newline. */
void format_list_line(const struct domain_info *info, char *line, size_t size);
/* A CPU bitmap as "0-2,5", "all" when bits [0, cpus) are set, or "none". */
void format_cpumap(const uint8_t *map, uint32_t cpus, char *text, size_t size);
/* Seconds as "3 days,  1:02:03" or "1:02:03". */
void format_uptime(uint64_t seconds, char *text, size_t size);
/* "512", "512m", "2g", "131072k", "1t", "4096b" to KiB; -EINVAL, -ERANGE. */
int format_parse_memory(const char *text, uint64_t *kib);
/* A whole decimal number of at most `max`; -EINVAL, -ERANGE. */
int format_parse_number(const char *text, uint64_t max, uint64_t *value);

#endif
