/* SPDX-License-Identifier: BSD-2-Clause */
/* See options.h. One row an option; the parser says false to a bad value. */
#include "boot/options.h"

#include "core/sched.h"
#include "debug/printk.h"
#include "lib/string.h"

#define COM1 0x3f8
#define COM2 0x2f8

struct options options = { .uart_port = COM1, .uart_baud = 115200 };

static bool opt_console(const char *value)
{
	const char *item;
	size_t len;

	options.uart_port = 0;
	while (cmdline_next_item(&value, &item, &len)) {
		if (len == 4 && !memcmp(item, "com1", 4)) {
			options.uart_port = COM1;
		} else if (len == 4 && !memcmp(item, "com2", 4)) {
			options.uart_port = COM2;
		} else if (!(len == 3 && !memcmp(item, "vga", 3)) &&
			   !(len == 4 && !memcmp(item, "none", 4))) {
			return false;
		}
	}
	return true;
}

/* com1=115200[,8n1]: the speed; the frame is always 8n1. */
static bool opt_com(const char *value)
{
	uint64_t baud = 0;

	for (; *value >= '0' && *value <= '9'; value++) {
		baud = baud * 10 + (uint64_t)(*value - '0');
	}
	if (!baud || baud > 115200 || (*value && *value != ',')) {
		return false;
	}
	options.uart_baud = (unsigned int)baud;
	return true;
}

static bool opt_dom0_mem(const char *value)
{
	return !cmdline_parse_mem(value, &options.dom0_mem);
}

static bool opt_dom0_max_vcpus(const char *value)
{
	uint64_t n;

	if (cmdline_parse_uint(value, 128, &n)) {
		return false;
	}
	options.dom0_max_vcpus = (unsigned int)n;
	return true;
}

static bool parse_level(const char *value, enum log_level *level)
{
	static const struct {
		const char *name;
		enum log_level level;
	} names[] = {
		{ "none", LOG_ERROR },	 { "error", LOG_ERROR },
		{ "warning", LOG_WARN }, { "info", LOG_INFO },
		{ "debug", LOG_DEBUG },	 { "all", LOG_DEBUG },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(value, names[i].name)) {
			*level = names[i].level;
			return true;
		}
	}
	return false;
}

static bool opt_loglvl(const char *value)
{
	return parse_level(value, &log_threshold);
}

static bool opt_guest_loglvl(const char *value)
{
	return parse_level(value, &guest_log_threshold);
}

/* There is one scheduler, which answers to the names of Xen's. */
static bool opt_sched(const char *value)
{
	return !strcmp(value, "credit2") || !strcmp(value, "credit") ||
	       !strcmp(value, "fair");
}

/* By its name alone it is set. */
static bool flag(const char *value, bool *set)
{
	if (!value) {
		*set = true;
		return true;
	}
	return !cmdline_parse_bool(value, set);
}

static bool opt_noreboot(const char *value)
{
	return flag(value, &options.noreboot);
}

static bool opt_x2apic(const char *value)
{
	return flag(value, &options.x2apic);
}

/* What the TSC is timed against; the local APIC's timer by the TSC. */
static bool opt_clocksource(const char *value)
{
	options.clock_pit = !strcmp(value, "pit");
	return options.clock_pit || !strcmp(value, "acpi");
}

static bool opt_nosmp(const char *value)
{
	return flag(value, &options.nosmp);
}

struct option_row {
	const char *key;
	bool (*parse)(const char *value);
	bool value_optional;
};

static const struct option_row rows[] = {
	{ "console", opt_console, false },
	{ "com1", opt_com, false },
	{ "com2", opt_com, false },
	{ "dom0_mem", opt_dom0_mem, false },
	{ "dom0_max_vcpus", opt_dom0_max_vcpus, false },
	{ "loglvl", opt_loglvl, false },
	{ "guest_loglvl", opt_guest_loglvl, false },
	{ "sched", opt_sched, false },
	{ "noreboot", opt_noreboot, true },
	{ "nosmp", opt_nosmp, true },
	{ "x2apic", opt_x2apic, true },
	{ "clocksource", opt_clocksource, false },
};

static const struct option_row *row_of(const struct cmdline_option *opt)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		if (cmdline_is(opt, rows[i].key)) {
			return &rows[i];
		}
	}
	return NULL;
}

/* The first word is the file's name, or GRUB's placeholder for it. */
static bool is_file_name(const struct cmdline_option *opt, unsigned int index)
{
	return index == 0 && !opt->value && !row_of(opt);
}

static bool row_parse(const struct option_row *row,
		      const struct cmdline_option *opt)
{
	return (opt->value || row->value_optional) && row->parse(opt->value);
}

void options_parse(const char *line)
{
	struct cmdline_option opt;
	const struct option_row *row;

	while (cmdline_next(&line, &opt)) {
		row = row_of(&opt);
		if (row) {
			(void)row_parse(row, &opt);
		}
	}
}

void options_report(const char *line)
{
	struct cmdline_option opt;
	const struct option_row *row;

	for (unsigned int i = 0; cmdline_next(&line, &opt); i++) {
		row = row_of(&opt);
		if (!row && !is_file_name(&opt, i)) {
			log_warn("unknown option '%s' ignored\n", opt.key);
		} else if (row && !row_parse(row, &opt)) {
			log_warn("option '%s': bad value '%s' ignored\n",
				 opt.key, opt.value ? opt.value : "");
		}
	}
}
