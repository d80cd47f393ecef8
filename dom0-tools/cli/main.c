/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hl: the command line of the toolstack. The verbs are those of xl, each in
 * its own file; called as `xl` it answers to that name.
 *
 *   hl [-vfN] [--format text|json] VERB [words]
 *
 * --format is understood anywhere on the line. Exit code 0, or 1 for every
 * failure, as engines that call xl expect.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/cli/verb.h"

const struct verb *const verb_table[] = {
	&verb_create,	&verb_list,    &verb_info,	    &verb_console,
	&verb_shutdown, &verb_reboot,  &verb_destroy,	    &verb_pause,
	&verb_unpause,	&verb_dmesg,   &verb_vcpu_list,	    &verb_vcpu_set,
	&verb_vcpu_pin, &verb_mem_set, &verb_domid,	    &verb_domname,
	&verb_uptime,	&verb_rename,  &verb_sched_credit2, &verb_debug_keys,
	&verb_help,	NULL,
};

#define NEEDS_HVM   "guests of type hvm"
#define NEEDS_MOVE  "the migration stream"
#define NEEDS_POOL  "cpupools in the hypervisor"
#define NEEDS_HOT   "adding devices to a running domain"
#define NEEDS_PCI   "PCI passthrough"
#define NEEDS_QEMU  "a device model"
#define NEEDS_OTHER "the operation in the hypervisor"

const struct verb_missing verb_missing_table[] = {
	{ "block-attach", NEEDS_HOT },
	{ "block-detach", NEEDS_HOT },
	{ "block-list", NEEDS_HOT },
	{ "button-press", NEEDS_HVM },
	{ "cd-eject", NEEDS_HVM },
	{ "cd-insert", NEEDS_HVM },
	{ "channel-list", "channels" },
	{ "claims", NEEDS_OTHER },
	{ "config-update", "changing a running domain's config" },
	{ "cpupool-cpu-add", NEEDS_POOL },
	{ "cpupool-cpu-remove", NEEDS_POOL },
	{ "cpupool-create", NEEDS_POOL },
	{ "cpupool-destroy", NEEDS_POOL },
	{ "cpupool-list", NEEDS_POOL },
	{ "cpupool-migrate", NEEDS_POOL },
	{ "cpupool-numa-split", NEEDS_POOL },
	{ "cpupool-rename", NEEDS_POOL },
	{ "devd", "driver domains" },
	{ "dump-core", "core dumps" },
	{ "getenforce", "FLASK" },
	{ "loadpolicy", "FLASK" },
	{ "mem-max", "changing maxmem of a running domain" },
	{ "migrate", NEEDS_MOVE },
	{ "migrate-receive", NEEDS_MOVE },
	{ "network-attach", NEEDS_HOT },
	{ "network-detach", NEEDS_HOT },
	{ "network-list", NEEDS_HOT },
	{ "pci-assignable-add", NEEDS_PCI },
	{ "pci-assignable-list", NEEDS_PCI },
	{ "pci-assignable-remove", NEEDS_PCI },
	{ "pci-attach", NEEDS_PCI },
	{ "pci-detach", NEEDS_PCI },
	{ "pci-list", NEEDS_PCI },
	{ "psr-cat-set", NEEDS_OTHER },
	{ "psr-cat-show", NEEDS_OTHER },
	{ "psr-cmt-attach", NEEDS_OTHER },
	{ "psr-cmt-detach", NEEDS_OTHER },
	{ "psr-cmt-show", NEEDS_OTHER },
	{ "psr-hwinfo", NEEDS_OTHER },
	{ "psr-mba-set", NEEDS_OTHER },
	{ "psr-mba-show", NEEDS_OTHER },
	{ "qemu-monitor-command", NEEDS_QEMU },
	{ "remus", NEEDS_MOVE },
	{ "restore", NEEDS_MOVE },
	{ "resume", NEEDS_MOVE },
	{ "save", NEEDS_MOVE },
	{ "sched-credit", "that scheduler; sched-credit2 has its settings" },
	{ "sched-rtds", "that scheduler" },
	{ "set-parameters", NEEDS_OTHER },
	{ "setenforce", "FLASK" },
	{ "sharing", "memory sharing" },
	{ "suspend", NEEDS_MOVE },
	{ "sysrq", "sending SysRq keys" },
	{ "top", "the live display" },
	{ "trigger", NEEDS_HVM },
	{ "usb-list", "USB passthrough" },
	{ "usbctrl-attach", "USB passthrough" },
	{ "usbctrl-detach", "USB passthrough" },
	{ "usbdev-attach", "USB passthrough" },
	{ "usbdev-detach", "USB passthrough" },
	{ "vdispl-attach", NEEDS_HOT },
	{ "vdispl-detach", NEEDS_HOT },
	{ "vdispl-list", NEEDS_HOT },
	{ "vkb-attach", NEEDS_HOT },
	{ "vkb-detach", NEEDS_HOT },
	{ "vkb-list", NEEDS_HOT },
	{ "vm-list", "it; list shows the domains" },
	{ "vncviewer", NEEDS_QEMU },
	{ "vsnd-attach", NEEDS_HOT },
	{ "vsnd-detach", NEEDS_HOT },
	{ "vsnd-list", NEEDS_HOT },
	{ "vtpm-attach", NEEDS_HOT },
	{ "vtpm-detach", NEEDS_HOT },
	{ "vtpm-list", NEEDS_HOT },
	{ NULL, NULL },
};

const struct verb *verb_find(const char *word,
			     const struct verb_missing **missing,
			     bool *ambiguous)
{
	const struct verb *found = NULL;
	const struct verb_missing *gap = NULL;
	size_t length = strlen(word), i;
	unsigned int hits = 0;

	*missing = NULL;
	*ambiguous = false;
	for (i = 0; verb_table[i]; i++) {
		if (!strcmp(verb_table[i]->name, word)) {
			return verb_table[i];
		}
		if (!strncmp(verb_table[i]->name, word, length)) {
			found = verb_table[i];
			hits++;
		}
	}
	for (i = 0; verb_missing_table[i].name; i++) {
		if (!strcmp(verb_missing_table[i].name, word)) {
			*missing = &verb_missing_table[i];
			return NULL;
		}
		if (!strncmp(verb_missing_table[i].name, word, length)) {
			gap = &verb_missing_table[i];
			hits++;
		}
	}
	if (hits > 1) {
		*ambiguous = true;
		return NULL;
	}
	*missing = gap;
	return found;
}

int verb_usage(const struct cli *cli, const struct verb *verb)
{
	fprintf(stderr, "usage: %s %s %s\n  %s\n", cli->prog, verb->name,
		verb->usage, verb->help);
	return VERB_TOLD;
}

int verb_words(struct cli *cli, const struct verb *verb, int argc, char **argv,
	       int count, uint32_t *domid)
{
	if (argc - optind != count) {
		return verb_usage(cli, verb);
	}
	if (!domid) {
		return 0;
	}
	return domain_find(&cli->tools, argv[optind], domid, &cli->err);
}

int verb_no_options(const struct cli *cli, const struct verb *verb, int argc,
		    char **argv)
{
	return getopt(argc, argv, "+h") == -1 ? 0 : verb_usage(cli, verb);
}

/* Takes --format X and --format=X out of the line. Returns the new argc. */
static int main_take_format(struct cli *cli, int argc, char **argv)
{
	int in, out = 1;

	for (in = 1; in < argc; in++) {
		const char *value = NULL;

		if (!strncmp(argv[in], "--format=", 9)) {
			value = argv[in] + 9;
		} else if (!strcmp(argv[in], "--format") && in + 1 < argc) {
			value = argv[++in];
		}
		if (!value) {
			argv[out++] = argv[in];
		} else if (!strcmp(value, "json")) {
			cli->json = true;
		} else if (strcmp(value, "text")) {
			fprintf(stderr,
				"%s: --format is text or json, not %s\n",
				cli->prog, value);
			return -EINVAL;
		}
	}
	argv[out] = NULL;
	return out;
}

static const struct verb *main_verb(const struct cli *cli, const char *word)
{
	const struct verb_missing *missing;
	bool ambiguous;
	const struct verb *verb = verb_find(word, &missing, &ambiguous);

	if (verb) {
		return verb;
	}
	if (missing) {
		fprintf(stderr, "%s: %s is not built: it needs %s\n", cli->prog,
			missing->name, missing->what);
	} else if (ambiguous) {
		fprintf(stderr, "%s: %s is the beginning of several verbs\n",
			cli->prog, word);
	} else {
		fprintf(stderr, "%s: there is no verb %s; %s help lists them\n",
			cli->prog, word, cli->prog);
	}
	return NULL;
}

static int main_run(struct cli *cli, const struct verb *verb, int argc,
		    char **argv)
{
	struct hl_error reap;
	int rc;

	if (!verb->offline) {
		rc = tools_open(&cli->tools, cli->prog, &cli->err);
		if (rc) {
			return rc;
		}
		cli->tools.verbose = cli->verbose > 0;
		if (domain_reap(&cli->tools, NULL, &reap)) {
			err_print(&reap, cli->prog, stderr);
		}
	}
	optind = 1;
	rc = verb->run(cli, argc, argv);
	if (fflush(stdout) && !rc) {
		rc = err_errno(&cli->err, -errno, "writing the output");
	}
	if (!verb->offline) {
		tools_close(&cli->tools);
	}
	return rc;
}

static bool main_ends_in_xl(const char *path)
{
	const char *base = strrchr(path, '/');

	return !strcmp(base ? base + 1 : path, "xl");
}

int main(int argc, char **argv)
{
	struct cli cli = { .prog = "hl" };
	const struct verb *verb;
	int option, rc;

	if (argc > 0 && main_ends_in_xl(argv[0])) {
		cli.prog = "xl";
	}
	signal(SIGPIPE, SIG_IGN);
	argc = main_take_format(&cli, argc, argv);
	if (argc < 0) {
		return 1;
	}
	while ((option = getopt(argc, argv, "+vftTN")) != -1) {
		switch (option) {
		case 'v':
			cli.verbose++;
			break;
		case 'N':
			cli.dry_run = true;
			break;
		case 'f': /* xl: ignore its lock; there is none */
		case 't':
		case 'T': /* xl: how it logs */
			break;
		default:
			return 1;
		}
	}
	if (optind >= argc) {
		verb_help.run(&cli, 0, NULL);
		return 1;
	}
	verb = main_verb(&cli, argv[optind]);
	if (!verb) {
		return 1;
	}
	rc = main_run(&cli, verb, argc - optind, argv + optind);
	if (rc < 0 && cli.json) {
		err_print_json(&cli.err, stderr);
	} else if (rc < 0) {
		err_print(&cli.err, cli.prog, stderr);
	}
	return rc ? 1 : 0;
}
