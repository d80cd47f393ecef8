/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host and the hypervisor, in xl's keys and order, or as JSON. Each row
 * goes through info_text() or info_number(), so that both forms have the
 * same content.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "dom0-tools/cli/verb.h"
#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/json.h"

struct info {
	yajl_gen gen; /* NULL: text */
	struct control *ctl;
};

static void info_text(const struct info *info, const char *key,
		      const char *value)
{
	if (info->gen) {
		json_string(info->gen, key, value);
	} else {
		printf("%-23s: %s\n", key, value);
	}
}

static void info_number(const struct info *info, const char *key,
			uint64_t value)
{
	if (info->gen) {
		json_number(info->gen, key, value);
	} else {
		printf("%-23s: %lu\n", key, value);
	}
}

static void info_host(const struct info *info)
{
	struct utsname host;

	if (uname(&host) == 0) {
		info_text(info, "host", host.nodename);
		info_text(info, "release", host.release);
		info_text(info, "version", host.version);
		info_text(info, "machine", host.machine);
	}
}

static const struct {
	uint32_t bit;
	const char *name;
} info_capabilities[] = {
	{ XEN_SYSCTL_PHYSCAP_pv, "pv" },
	{ XEN_SYSCTL_PHYSCAP_hvm, "hvm" },
	{ XEN_SYSCTL_PHYSCAP_directio, "hvm_directio" },
	{ XEN_SYSCTL_PHYSCAP_hap, "hap" },
	{ XEN_SYSCTL_PHYSCAP_shadow, "shadow" },
	{ XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share, "iommu_hap_pt_share" },
	{ XEN_SYSCTL_PHYSCAP_vmtrace, "vmtrace" },
	{ XEN_SYSCTL_PHYSCAP_gnttab_v1, "gnttab-v1" },
	{ XEN_SYSCTL_PHYSCAP_gnttab_v2, "gnttab-v2" },
};

static void info_virt_caps(const struct info *info, uint32_t capabilities)
{
	char text[160] = "";
	size_t used = 0, i;

	for (i = 0;
	     i < sizeof(info_capabilities) / sizeof(info_capabilities[0]);
	     i++) {
		if (capabilities & info_capabilities[i].bit) {
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%s%s",
				used ? " " : "", info_capabilities[i].name);
		}
	}
	info_text(info, "virt_caps", text);
}

static void info_physical(const struct info *info,
			  const struct xen_sysctl_physinfo *phys)
{
	char text[128];

	info_number(info, "nr_cpus", phys->nr_cpus);
	info_number(info, "max_cpu_id", phys->max_cpu_id);
	info_number(info, "nr_nodes", phys->nr_nodes);
	info_number(info, "cores_per_socket", phys->cores_per_socket);
	info_number(info, "threads_per_core", phys->threads_per_core);
	snprintf(text, sizeof(text), "%u.%03u", phys->cpu_khz / 1000,
		 phys->cpu_khz % 1000);
	info_text(info, "cpu_mhz", text);
	snprintf(text, sizeof(text), "%08x:%08x:%08x:%08x:%08x:%08x:%08x:%08x",
		 phys->hw_cap[0], phys->hw_cap[1], phys->hw_cap[2],
		 phys->hw_cap[3], phys->hw_cap[4], phys->hw_cap[5],
		 phys->hw_cap[6], phys->hw_cap[7]);
	info_text(info, "hw_caps", text);
	info_virt_caps(info, phys->capabilities);
	info_number(info, "total_memory", phys->total_pages >> 8);
	info_number(info, "free_memory",
		    (phys->free_pages - phys->outstanding_pages) >> 8);
	if (info->gen) {
		info_number(info, "free_memory_kib",
			    (phys->free_pages - phys->outstanding_pages) * 4);
	}
	info_number(info, "sharing_freed_memory", 0);
	info_number(info, "sharing_used_memory", 0);
	info_number(info, "outstanding_claims", phys->outstanding_pages >> 8);
	info_number(info, "free_cpus", 0);
}

/* What the hypervisor counts of its own things; not in the text, which is
 * Xen's. */
static void info_counts(const struct info *info)
{
	struct xen_sysctl_perfc_desc names[32];
	uint32_t values[32];
	int n = info->gen ? control_counts(info->ctl, names, values, 32) : 0;

	for (int i = 0; i < n; i++) {
		names[i].name[sizeof(names[i].name) - 1] = '\0';
		info_number(info, names[i].name, values[i]);
	}
}

/* A string of XENVER_*, cut at its end whatever the hypervisor sent. */
static void info_version_text(const struct info *info, const char *key,
			      unsigned int cmd, size_t size)
{
	char text[1025];

	memset(text, 0, sizeof(text));
	if (control_version(info->ctl, cmd, text, size) < 0) {
		text[0] = '\0';
	}
	info_text(info, key, text);
}

static void info_scheduler(const struct info *info)
{
	static const char *const names[] = {
		[XEN_SCHEDULER_CREDIT] = "credit",
		[XEN_SCHEDULER_CREDIT2] = "credit2",
		[XEN_SCHEDULER_ARINC653] = "arinc653",
		[XEN_SCHEDULER_RTDS] = "rtds",
		[XEN_SCHEDULER_NULL] = "null",
	};
	const char *name = NULL;
	uint32_t id;

	if (control_scheduler(info->ctl, &id) == 0 &&
	    id < sizeof(names) / sizeof(names[0])) {
		name = names[id];
	}
	info_text(info, "xen_scheduler", name ? name : "unknown");
}

static void info_build_id(const struct info *info)
{
	uint8_t raw[sizeof(struct xen_build_id) + 64];
	struct xen_build_id *id = (struct xen_build_id *)raw;
	char text[130] = "";
	int length, i;

	memset(raw, 0, sizeof(raw));
	id->len = 64;
	length = control_version(info->ctl, XENVER_build_id, raw, sizeof(raw));
	for (i = 0; i < length && i < 64; i++) {
		snprintf(text + i * 2, 3, "%02x", id->buf[i]);
	}
	info_text(info, "build_id", text);
}

static void info_hypervisor(const struct info *info)
{
	struct xen_platform_parameters platform = { 0 };
	struct xen_compile_info built;
	char extra[sizeof(xen_extraversion_t) + 1] = "", text[64];
	int version = control_version(info->ctl, XENVER_version, NULL, 0);
	int pagesize = control_version(info->ctl, XENVER_pagesize, NULL, 0);

	control_version(info->ctl, XENVER_extraversion, extra,
			sizeof(xen_extraversion_t));
	info_number(info, "xen_major", version >= 0 ? version >> 16 : 0);
	info_number(info, "xen_minor", version >= 0 ? version & 0xffff : 0);
	info_text(info, "xen_extra", extra);
	snprintf(text, sizeof(text), "%d.%d%s", version >> 16, version & 0xffff,
		 extra);
	info_text(info, "xen_version", text);
	info_version_text(info, "xen_caps", XENVER_capabilities,
			  sizeof(xen_capabilities_info_t));
	info_scheduler(info);
	info_number(info, "xen_pagesize", pagesize > 0 ? pagesize : 0);
	control_version(info->ctl, XENVER_platform_parameters, &platform,
			sizeof(platform));
	snprintf(text, sizeof(text), "virt_start=0x%lx", platform.virt_start);
	info_text(info, "platform_params", text);
	info_version_text(info, "xen_changeset", XENVER_changeset,
			  sizeof(xen_changeset_info_t));
	info_version_text(info, "xen_commandline", XENVER_commandline,
			  sizeof(xen_commandline_t));
	memset(&built, 0, sizeof(built));
	control_version(info->ctl, XENVER_compile_info, &built, sizeof(built));
	snprintf(text, sizeof(text), "%.*s", 63, built.compiler);
	info_text(info, "cc_compiler", text);
	snprintf(text, sizeof(text), "%.*s", 16, built.compile_by);
	info_text(info, "cc_compile_by", text);
	snprintf(text, sizeof(text), "%.*s", 32, built.compile_domain);
	info_text(info, "cc_compile_domain", text);
	snprintf(text, sizeof(text), "%.*s", 32, built.compile_date);
	info_text(info, "cc_compile_date", text);
	info_build_id(info);
	info_number(info, "xend_config_format", 4);
}

static int info_run(struct cli *cli, int argc, char **argv)
{
	struct info info = { .ctl = cli->tools.ctl };
	struct xen_sysctl_physinfo phys;
	int option, rc;

	while ((option = getopt(argc, argv, "+hn")) != -1) {
		if (option == 'n') {
			return err_set(&cli->err, -EOPNOTSUPP,
				       "info -n is not built: it needs NUMA "
				       "information from the hypervisor");
		}
		return verb_usage(cli, &verb_info);
	}
	rc = verb_words(cli, &verb_info, argc, argv, 0, NULL);
	if (rc) {
		return rc;
	}
	rc = control_physinfo(info.ctl, &phys);
	if (rc) {
		return err_errno(&cli->err, rc,
				 "asking the hypervisor about itself");
	}
	info.gen = cli->json ? json_open() : NULL;
	json_map(info.gen, NULL);
	info_host(&info);
	info_physical(&info, &phys);
	info_counts(&info);
	info_hypervisor(&info);
	json_map_end(info.gen);
	json_close(info.gen, stdout);
	return 0;
}

const struct verb verb_info = {
	.name = "info",
	.run = info_run,
	.usage = "",
	.help = "the host and the hypervisor",
};
