/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys: name, type, where the value goes, what it is for. A key that
 * matters adds a row; nothing else knows key names.
 *
 * Three kinds of keys are known but not served. config_set_nothing: has no
 * meaning for the guests this toolstack builds, xl's own default is what
 * happens. config_set_ignored: warned about, the guest runs without it.
 * config_set_refused: a guest without it would not be the guest asked for (a
 * device, a loader), so it is an error, unless the value asks for nothing (0,
 * "", []).
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_schema.h"
#include "dom0-tools/lib/config_set.h"
#include "dom0-tools/lib/config_tree.h"

#define FIELD(name) offsetof(struct hl_config, name)
#define MIB_MAX	    (1ll << 24)

static const struct schema_key schema_keys[] = {
	{ "name", config_set_name, 0, 0, 0, "what the guest is called" },
	{ "uuid", config_set_uuid, 0, 0, 0,
	  "its UUID; a random one if not given" },
	{ "type", config_set_type, 0, 0, 0, "pv, pvh or hvm" },
	{ "builder", config_set_builder, 0, 0, 0, "old name of type" },
	{ "pool", config_set_string, FIELD(pool), 0, 0, "cpupool" },
	{ "kernel", config_set_string, FIELD(kernel), 0, 0,
	  "kernel image in dom0" },
	{ "ramdisk", config_set_string, FIELD(ramdisk), 0, 0,
	  "initial ramdisk" },
	{ "cmdline", config_set_string, FIELD(cmdline), 0, 0,
	  "kernel command line" },
	{ "root", config_set_string, FIELD(root), 0, 0,
	  "root= of the command line" },
	{ "extra", config_set_string, FIELD(extra), 0, 0,
	  "rest of the command line" },
	{ "bootloader", config_set_string, FIELD(bootloader), 0, 0,
	  "loader in dom0" },
	{ "bootloader_args", config_set_string, FIELD(bootloader_args), 0, 0,
	  "its arguments" },
	{ "memory", config_set_u64, FIELD(memory_mib), 1, MIB_MAX,
	  "MiB at start" },
	{ "maxmem", config_set_u64, FIELD(maxmem_mib), 1, MIB_MAX,
	  "MiB at most" },
	{ "vcpus", config_set_u32, FIELD(vcpus), 1, 512,
	  "virtual CPUs at start" },
	{ "maxvcpus", config_set_u32, FIELD(maxvcpus), 1, 512, "virtual CPUs" },
	{ "cpus", config_set_affinity, FIELD(cpus), 0, 0,
	  "CPUs it may run on" },
	{ "cpus_soft", config_set_affinity, FIELD(cpus_soft), 0, 0,
	  "CPUs it had better run on" },
	{ "cpu_weight", config_set_u32, FIELD(cpu_weight), 0, 65535,
	  "share of CPU" },
	{ "cap", config_set_u32, FIELD(cap), 0, 65535,
	  "percent of a CPU at most" },
	{ "on_poweroff", config_set_action, FIELD(on_poweroff), 0, 0,
	  "when it powered off" },
	{ "on_reboot", config_set_action, FIELD(on_reboot), 0, 0,
	  "when it asked for reboot" },
	{ "on_watchdog", config_set_action, FIELD(on_watchdog), 0, 0,
	  "when its watchdog ran out" },
	{ "on_crash", config_set_action, FIELD(on_crash), 0, 0,
	  "when it crashed" },
	{ "on_soft_reset", config_set_action, FIELD(on_soft_reset), 0, 0,
	  "when it asked for soft reset" },
	{ "max_grant_frames", config_set_u32, FIELD(max_grant_frames), 1, 65535,
	  "frames of its grant table" },
	{ "max_maptrack_frames", config_set_u32, FIELD(max_maptrack_frames), 0,
	  65535, "frames to track its mappings of others' grants" },
	{ "max_event_channels", config_set_u32, FIELD(max_event_channels), 5,
	  131072, "event channels" },
	{ "nomigrate", config_set_bool, FIELD(nomigrate), 0, 0,
	  "never migrate it" },
	{ "driver_domain", config_set_bool, FIELD(driver_domain), 0, 0,
	  "it serves devices to others" },
	{ "localtime", config_set_bool, FIELD(localtime), 0, 0,
	  "wall clock in local time" },
	{ "rtc_timeoffset", config_set_i32, FIELD(rtc_timeoffset), INT32_MIN,
	  INT32_MAX, "seconds its wall clock is off" },
	{ "disk", config_set_disk, 0, 0, 0, "disks" },
	{ "vif", config_set_vif, 0, 0, 0, "network interfaces" },

	{ "max_grant_version", config_set_nothing, 0, 0, 0, NULL },
	{ "e820_host", config_set_nothing, 0, 0, 0, NULL },
	{ "pae", config_set_nothing, 0, 0, 0, NULL },
	{ "acpi", config_set_nothing, 0, 0, 0, NULL },
	{ "apic", config_set_nothing, 0, 0, 0, NULL },
	{ "nx", config_set_nothing, 0, 0, 0, NULL },
	{ "hap", config_set_nothing, 0, 0, 0, NULL },
	{ "oos", config_set_nothing, 0, 0, 0, NULL },
	{ "shadow_memory", config_set_nothing, 0, 0, 0, NULL },
	{ "claim_mode", config_set_nothing, 0, 0, 0, NULL },

	{ "seclabel", config_set_ignored, 0, 0, 0, NULL },
	{ "init_seclabel", config_set_ignored, 0, 0, 0, NULL },
	{ "period", config_set_ignored, 0, 0, 0, NULL },
	{ "slice", config_set_ignored, 0, 0, 0, NULL },
	{ "extratime", config_set_ignored, 0, 0, 0, NULL },
	{ "vnuma", config_set_ignored, 0, 0, 0, NULL },
	{ "xenstore_feature_mask", config_set_ignored, 0, 0, 0, NULL },
	{ "xenstore_quota", config_set_ignored, 0, 0, 0, NULL },
	{ "vmtrace_buf_kb", config_set_ignored, 0, 0, 0, NULL },
	{ "vpmu", config_set_ignored, 0, 0, 0, NULL },
	{ "cpuid", config_set_ignored, 0, 0, 0, NULL },
	{ "tsc_mode", config_set_ignored, 0, 0, 0, NULL },
	{ "bootloader_restrict", config_set_ignored, 0, 0, 0, NULL },
	{ "bootloader_user", config_set_ignored, 0, 0, 0, NULL },
	{ "firmware", config_set_ignored, 0, 0, 0, NULL },
	{ "boot", config_set_ignored, 0, 0, 0, NULL },
	{ "bios", config_set_ignored, 0, 0, 0, NULL },
	{ "bios_path_override", config_set_ignored, 0, 0, 0, NULL },
	{ "pvshim", config_set_ignored, 0, 0, 0, NULL },
	{ "pvshim_path", config_set_ignored, 0, 0, 0, NULL },
	{ "pvshim_cmdline", config_set_ignored, 0, 0, 0, NULL },
	{ "pvshim_extra", config_set_ignored, 0, 0, 0, NULL },
	{ "mmio_hole", config_set_ignored, 0, 0, 0, NULL },
	{ "vfb", config_set_ignored, 0, 0, 0, NULL },
	{ "rdm_mem_boundary", config_set_ignored, 0, 0, 0, NULL },
	{ "pci_permissive", config_set_ignored, 0, 0, 0, NULL },
	{ "pci_msitranslate", config_set_ignored, 0, 0, 0, NULL },
	{ "pci_seize", config_set_ignored, 0, 0, 0, NULL },
	{ "pci_power_mgmt", config_set_ignored, 0, 0, 0, NULL },
	{ "passthrough", config_set_ignored, 0, 0, 0, NULL },
	{ "dm_restrict", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_user", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_version", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_override", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_args", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_args_pv", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_args_hvm", config_set_ignored, 0, 0, 0, NULL },
	{ "device_model_stubdomain_override", config_set_ignored, 0, 0, 0,
	  NULL },
	{ "device_model_stubdomain_seclabel", config_set_ignored, 0, 0, 0,
	  NULL },
	{ "stubdomain_kernel", config_set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_cmdline", config_set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_ramdisk", config_set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_memory", config_set_ignored, 0, 0, 0, NULL },
	{ "acpi_s3", config_set_ignored, 0, 0, 0, NULL },
	{ "acpi_s4", config_set_ignored, 0, 0, 0, NULL },
	{ "acpi_laptop_slate", config_set_ignored, 0, 0, 0, NULL },
	{ "hpet", config_set_ignored, 0, 0, 0, NULL },
	{ "altp2m", config_set_ignored, 0, 0, 0, NULL },
	{ "altp2m_count", config_set_ignored, 0, 0, 0, NULL },
	{ "altp2mhvm", config_set_ignored, 0, 0, 0, NULL },
	{ "nestedhvm", config_set_ignored, 0, 0, 0, NULL },
	{ "acpi_firmware", config_set_ignored, 0, 0, 0, NULL },
	{ "smbios", config_set_ignored, 0, 0, 0, NULL },
	{ "smbios_firmware", config_set_ignored, 0, 0, 0, NULL },
	{ "ms_vm_genid", config_set_ignored, 0, 0, 0, NULL },
	{ "vpt_align", config_set_ignored, 0, 0, 0, NULL },
	{ "timer_mode", config_set_ignored, 0, 0, 0, NULL },
	{ "xen_platform_pci", config_set_ignored, 0, 0, 0, NULL },
	{ "xen_platform_pci_bar_uc", config_set_ignored, 0, 0, 0, NULL },
	{ "viridian", config_set_ignored, 0, 0, 0, NULL },
	{ "hvm_pirq", config_set_ignored, 0, 0, 0, NULL },
	{ "videoram", config_set_ignored, 0, 0, 0, NULL },
	{ "stdvga", config_set_ignored, 0, 0, 0, NULL },
	{ "vga", config_set_ignored, 0, 0, 0, NULL },
	{ "vnc", config_set_ignored, 0, 0, 0, NULL },
	{ "vnclisten", config_set_ignored, 0, 0, 0, NULL },
	{ "vncdisplay", config_set_ignored, 0, 0, 0, NULL },
	{ "vncunused", config_set_ignored, 0, 0, 0, NULL },
	{ "vncpasswd", config_set_ignored, 0, 0, 0, NULL },
	{ "keymap", config_set_ignored, 0, 0, 0, NULL },
	{ "sdl", config_set_ignored, 0, 0, 0, NULL },
	{ "opengl", config_set_ignored, 0, 0, 0, NULL },
	{ "nographic", config_set_ignored, 0, 0, 0, NULL },
	{ "spice", config_set_ignored, 0, 0, 0, NULL },
	{ "spiceport", config_set_ignored, 0, 0, 0, NULL },
	{ "spicehost", config_set_ignored, 0, 0, 0, NULL },
	{ "spicepasswd", config_set_ignored, 0, 0, 0, NULL },
	{ "serial", config_set_ignored, 0, 0, 0, NULL },
	{ "soundhw", config_set_ignored, 0, 0, 0, NULL },
	{ "vkb_device", config_set_ignored, 0, 0, 0, NULL },
	{ "usb", config_set_ignored, 0, 0, 0, NULL },
	{ "usbversion", config_set_ignored, 0, 0, 0, NULL },
	{ "usbdevice", config_set_ignored, 0, 0, 0, NULL },
	{ "vendor_device", config_set_ignored, 0, 0, 0, NULL },
	{ "hdtype", config_set_ignored, 0, 0, 0, NULL },
	{ "mca_caps", config_set_ignored, 0, 0, 0, NULL },
	{ "msr_relaxed", config_set_ignored, 0, 0, 0, NULL },
	{ "gfx_passthru", config_set_ignored, 0, 0, 0, NULL },

	{ "vtpm", config_set_refused, 0, 0, 0, NULL },
	{ "p9", config_set_refused, 0, 0, 0, NULL },
	{ "pvcalls", config_set_refused, 0, 0, 0, NULL },
	{ "channel", config_set_refused, 0, 0, 0, NULL },
	{ "rdm", config_set_refused, 0, 0, 0, NULL },
	{ "usbctrl", config_set_refused, 0, 0, 0, NULL },
	{ "usbdev", config_set_refused, 0, 0, 0, NULL },
	{ "pci", config_set_refused, 0, 0, 0, NULL },
	{ "dtdev", config_set_refused, 0, 0, 0, NULL },
	{ "ioports", config_set_refused, 0, 0, 0, NULL },
	{ "iomem", config_set_refused, 0, 0, 0, NULL },
	{ "irqs", config_set_refused, 0, 0, 0, NULL },
	{ "vdispl", config_set_refused, 0, 0, 0, NULL },
	{ "vsnd", config_set_refused, 0, 0, 0, NULL },
	{ "vkb", config_set_refused, 0, 0, 0, NULL },
	{ "virtio", config_set_refused, 0, 0, 0, NULL },
	{ NULL, NULL, 0, 0, 0, NULL },
};

const struct schema_key *config_schema_keys(void)
{
	return schema_keys;
}

static const struct schema_key *schema_find(const char *name)
{
	const struct schema_key *key;

	for (key = schema_keys; key->key; key++) {
		if (strcmp(key->key, name) == 0) {
			return key;
		}
	}
	return NULL;
}

void config_schema_defaults(struct hl_config *config)
{
	config->type = CONFIG_PV;
	config->memory_mib = 128;
	config->vcpus = 1;
	config->on_poweroff = CONFIG_DESTROY;
	config->on_reboot = CONFIG_RESTART;
	config->on_watchdog = CONFIG_DESTROY;
	config->on_crash = CONFIG_DESTROY;
	config->on_soft_reset = CONFIG_SOFT_RESET;
	config->max_grant_frames = 64;
	config->max_maptrack_frames = 1024;
	config->max_event_channels = 1023;
}

/* A later setting of the same key wins: the earlier ones are not looked at. */
static bool setting_is_last(const struct config_setting *setting)
{
	const struct config_setting *later = setting->next;

	for (; later; later = later->next) {
		if (!later->append && strcmp(later->key, setting->key) == 0) {
			return false;
		}
	}
	return true;
}

static int append_text(struct config_value *to, const struct config_value *more)
{
	size_t have = strlen(to->text), add = strlen(more->text);
	char *text = realloc(to->text, have + add + 1);

	if (!text) {
		return -ENOMEM;
	}
	memcpy(text + have, more->text, add + 1);
	to->text = text;
	return 0;
}

/* `key += value` moves its value behind that of the setting before it. */
static int schema_append(struct config_tree *tree, struct config_setting *to,
			 struct config_setting *more)
{
	struct config_value **end = &to->value->items;

	if (to->value->kind != CONFIG_LIST) {
		if (more->value->kind == CONFIG_LIST) {
			config_tree_error(tree, more->value->pos,
					  "%s: += of a list to a string",
					  more->key);
			return -EINVAL;
		}
		return append_text(to->value, more->value);
	}
	while (*end) {
		end = &(*end)->next;
	}
	if (more->value->kind == CONFIG_LIST) {
		*end = more->value->items;
		more->value->items = NULL;
	} else {
		*end = more->value;
		more->value = config_value_new(tree, CONFIG_LIST,
					       more->value->pos, NULL);
		return more->value ? 0 : -ENOMEM;
	}
	return 0;
}

static int schema_fold_appends(struct config_tree *tree)
{
	struct config_setting *setting, *before, *to;
	int rc, worst = 0;

	for (setting = tree->first; setting; setting = setting->next) {
		to = NULL;
		for (before = tree->first; setting->append && before != setting;
		     before = before->next) {
			if (!before->append &&
			    strcmp(before->key, setting->key) == 0) {
				to = before;
			}
		}
		if (!to) {
			setting->append = false;
			continue;
		}
		rc = schema_append(tree, to, setting);
		if (rc == -ENOMEM) {
			return rc;
		}
		worst = rc ? rc : worst;
	}
	return worst;
}

static int schema_apply_one(struct config_tree *tree, struct hl_config *config,
			    const struct config_setting *setting)
{
	struct schema_ctx ctx = {
		.tree = tree,
		.config = config,
		.setting = setting,
		.value = setting->value,
		.key = schema_find(setting->key),
	};

	if (!ctx.key) {
		config_tree_warn(tree, setting->pos, "unknown key '%s'",
				 setting->key);
		return 0;
	}
	return ctx.key->set(&ctx);
}

int config_schema_apply(struct config_tree *tree, struct hl_config *config)
{
	const struct config_setting *setting;
	int rc, worst = schema_fold_appends(tree);

	if (worst == -ENOMEM) {
		return worst;
	}
	for (setting = tree->first; setting; setting = setting->next) {
		if (setting->append || !setting_is_last(setting)) {
			continue;
		}
		rc = schema_apply_one(tree, config, setting);
		if (rc == -ENOMEM) {
			return rc;
		}
		worst = rc ? rc : worst; /* go on: tell all of them at once */
	}
	return worst;
}

static int finish_cmdline(struct hl_config *config)
{
	char *text = NULL;
	int got;

	if (config->cmdline || (!config->root && !config->extra)) {
		return 0;
	}
	if (config->root && config->extra) {
		got = asprintf(&text, "root=%s %s", config->root,
			       config->extra);
	} else if (config->root) {
		got = asprintf(&text, "root=%s", config->root);
	} else {
		got = asprintf(&text, "%s", config->extra);
	}
	if (got < 0) {
		return -ENOMEM;
	}
	config->cmdline = text;
	return 0;
}

static struct config_pos pos_of(const struct config_tree *tree,
				const char *file, const char *key)
{
	const struct config_setting *setting;
	struct config_pos pos = { .file = file };

	for (setting = tree->first; setting; setting = setting->next) {
		if (strcmp(setting->key, key) == 0) {
			pos = setting->pos;
		}
	}
	return pos;
}

int config_schema_finish(struct config_tree *tree, const char *file,
			 struct hl_config *config)
{
	unsigned int errors = tree->errors;

	if (!config->name) {
		config_tree_error(tree, pos_of(tree, file, "name"),
				  "name: not given");
	}
	if (config->maxmem_mib == 0) {
		config->maxmem_mib = config->memory_mib;
	}
	if (config->maxmem_mib < config->memory_mib) {
		config_tree_error(tree, pos_of(tree, file, "maxmem"),
				  "maxmem: %llu is less than memory=%llu",
				  (unsigned long long)config->maxmem_mib,
				  (unsigned long long)config->memory_mib);
	}
	if (config->maxvcpus == 0) {
		config->maxvcpus = config->vcpus;
	}
	if (config->maxvcpus < config->vcpus) {
		config_tree_error(tree, pos_of(tree, file, "maxvcpus"),
				  "maxvcpus: %u is less than vcpus=%u",
				  config->maxvcpus, config->vcpus);
	}
	if (config->bootloader && *config->bootloader && !config->kernel) {
		config_tree_error(tree, pos_of(tree, file, "bootloader"),
				  "bootloader: guest disks are not read in "
				  "dom0; give kernel= instead");
	}
	return tree->errors == errors ? finish_cmdline(config) : -EINVAL;
}
