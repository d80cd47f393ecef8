/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys: name, type, where the value goes, what it is for. A key that
 * matters adds a row; nothing else knows key names.
 *
 * Three rows of keys are known but not served. SCHEMA_QUIET: has no meaning
 * for the guests this toolstack builds, xl's own default is what happens.
 * SCHEMA_IGNORED: warned about, the guest runs without it. SCHEMA_REFUSED: a
 * guest without it would not be the guest asked for (a device, a loader), so
 * it is an error, unless the value asks for nothing (0, "", []).
 */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_schema.h"
#include "dom0-tools/lib/config_tree.h"
#include "dom0-tools/lib/config_words.h"

#define SCHEMA_ERR_LEN	 256
#define SCHEMA_MAX_DISKS 256
#define SCHEMA_MAX_VIFS	 64

static const struct config_word action_words[] = {
	{ "destroy", CONFIG_DESTROY },
	{ "restart", CONFIG_RESTART },
	{ "rename-restart", CONFIG_RENAME_RESTART },
	{ "preserve", CONFIG_PRESERVE },
	{ "coredump-destroy", CONFIG_COREDUMP_DESTROY },
	{ "coredump-restart", CONFIG_COREDUMP_RESTART },
	{ "soft-reset", CONFIG_SOFT_RESET },
	{ NULL, 0 },
};

static const struct config_word type_words[] = {
	{ "pv", CONFIG_PV },
	{ "pvh", CONFIG_PVH },
	{ "hvm", CONFIG_HVM },
	{ NULL, 0 },
};

/* xm's builder= named the same thing. */
static const struct config_word builder_words[] = {
	{ "generic", CONFIG_PV },
	{ "linux", CONFIG_PV },
	{ "hvm", CONFIG_HVM },
	{ NULL, 0 },
};

const char *config_action_name(enum config_action action)
{
	return action_words[action].word;
}

const char *config_type_name(enum config_type type)
{
	return type_words[type].word;
}

/*
 * What a setter sees: the value, the row it came by, and where to complain.
 * Setters return 0, -EINVAL after schema_bad(), or -ENOMEM.
 */
struct schema_ctx {
	struct config_tree *tree;
	struct hl_config *config;
	const struct config_setting *setting;
	const struct config_value *value;
	const struct schema_key *key;
};

static int schema_bad(struct schema_ctx *ctx, const struct config_value *value,
		      const char *what)
{
	config_tree_error(ctx->tree, value->pos, "%s: %s", ctx->setting->key,
			  what);
	return -EINVAL;
}

static void *schema_field(struct schema_ctx *ctx)
{
	return (char *)ctx->config + ctx->key->field;
}

static int schema_need_string(struct schema_ctx *ctx,
			      const struct config_value *value)
{
	if (value->kind == CONFIG_LIST) {
		return schema_bad(ctx, value, "a list where a string belongs");
	}
	return 0;
}

static int schema_number(struct schema_ctx *ctx, int64_t min, int64_t max,
			 int64_t *number)
{
	const struct config_value *value = ctx->value;
	char what[SCHEMA_ERR_LEN];

	if (value->kind == CONFIG_LIST) {
		return schema_bad(ctx, value, "a list where a number belongs");
	}
	if (config_word_number(value->text, number)) {
		snprintf(what, sizeof(what), "'%.80s' is not a number",
			 value->text);
		return schema_bad(ctx, value, what);
	}
	if (*number < min || *number > max) {
		snprintf(what, sizeof(what), "%.80s is not from %lld to %lld",
			 value->text, (long long)min, (long long)max);
		return schema_bad(ctx, value, what);
	}
	return 0;
}

static int set_string(struct schema_ctx *ctx)
{
	int rc = schema_need_string(ctx, ctx->value);

	return rc ? rc : config_word_set(schema_field(ctx), ctx->value->text);
}

static int set_u32(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, ctx->key->min, ctx->key->max, &number);

	if (rc == 0) {
		*(uint32_t *)schema_field(ctx) = (uint32_t)number;
	}
	return rc;
}

static int set_i32(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, ctx->key->min, ctx->key->max, &number);

	if (rc == 0) {
		*(int32_t *)schema_field(ctx) = (int32_t)number;
	}
	return rc;
}

static int set_u64(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, ctx->key->min, ctx->key->max, &number);

	if (rc == 0) {
		*(uint64_t *)schema_field(ctx) = (uint64_t)number;
	}
	return rc;
}

static int set_bool(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, 0, 1, &number);

	if (rc == 0) {
		*(bool *)schema_field(ctx) = number != 0;
	}
	return rc;
}

static int schema_word(struct schema_ctx *ctx, const struct config_word *words,
		       int *got)
{
	char known[160], what[SCHEMA_ERR_LEN];
	int rc = schema_need_string(ctx, ctx->value);

	if (rc) {
		return rc;
	}
	if (config_word_find(words, ctx->value->text, got)) {
		config_word_list(words, known, sizeof(known));
		snprintf(what, sizeof(what), "'%.40s' is none of: %s",
			 ctx->value->text, known);
		return schema_bad(ctx, ctx->value, what);
	}
	return 0;
}

static int set_action(struct schema_ctx *ctx)
{
	int got, rc = schema_word(ctx, action_words, &got);

	if (rc == 0) {
		*(enum config_action *)schema_field(ctx) =
			(enum config_action)got;
	}
	return rc;
}

static int set_type(struct schema_ctx *ctx)
{
	int got, rc = schema_word(ctx, type_words, &got);

	if (rc == 0) {
		ctx->config->type = (enum config_type)got;
	}
	return rc;
}

static int set_builder(struct schema_ctx *ctx)
{
	int got, rc = schema_word(ctx, builder_words, &got);

	if (rc == 0) {
		ctx->config->type = (enum config_type)got;
	}
	return rc;
}

/*
 * A name is a word in listings that scripts split at blanks, a directory in
 * log paths, and must not be taken for a domain id.
 */
static int set_name(struct schema_ctx *ctx)
{
	const char *name = ctx->value->text;
	int rc = schema_need_string(ctx, ctx->value);
	int64_t number;

	if (rc) {
		return rc;
	}
	if (*name == '\0' || strlen(name) > 255) {
		return schema_bad(ctx, ctx->value, "must be 1 to 255 bytes");
	}
	if (strpbrk(name, "/ \t\n\r\v\f") || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0) {
		return schema_bad(ctx, ctx->value,
				  "may hold neither blanks nor '/'");
	}
	if (config_word_number(name, &number) == 0) {
		return schema_bad(ctx, ctx->value,
				  "must not be a number, it would be taken for "
				  "a domain id");
	}
	return config_word_set(&ctx->config->name, name);
}

static int set_uuid(struct schema_ctx *ctx)
{
	int rc = schema_need_string(ctx, ctx->value);

	if (rc) {
		return rc;
	}
	if (uuid_parse(ctx->value->text, ctx->config->uuid)) {
		return schema_bad(ctx, ctx->value,
				  "not a UUID (8-4-4-4-12 hexadecimal digits)");
	}
	ctx->config->uuid_set = true;
	return 0;
}

static uint32_t value_count(const struct config_value *items)
{
	uint32_t count = 0;

	for (; items; items = items->next) {
		count++;
	}
	return count;
}

static int affinity_fill(struct schema_ctx *ctx,
			 struct config_affinity *affinity,
			 const struct config_value *item)
{
	char err[SCHEMA_ERR_LEN] = "";
	uint32_t i;
	int rc;

	for (i = 0; i < affinity->count; i++, item = item->next) {
		rc = schema_need_string(ctx, item);
		if (rc) {
			return rc;
		}
		rc = config_cpumap_parse(item->text, &affinity->map[i], err,
					 sizeof(err));
		if (rc) {
			return rc == -EINVAL ? schema_bad(ctx, item, err) : rc;
		}
	}
	return 0;
}

static int set_affinity(struct schema_ctx *ctx)
{
	struct config_affinity *affinity = schema_field(ctx);
	const struct config_value *item = ctx->value;

	affinity->per_vcpu = item->kind == CONFIG_LIST;
	affinity->count = 1;
	if (affinity->per_vcpu) {
		item = item->items;
		affinity->count = value_count(item);
	}
	free(affinity->map);
	affinity->map = calloc(affinity->count ? affinity->count : 1,
			       sizeof(*affinity->map));
	return affinity->map ? affinity_fill(ctx, affinity, item) : -ENOMEM;
}

/* disk and vif: a list of strings; one bare string is a list of one. */
static int schema_list(struct schema_ctx *ctx, uint32_t max, uint32_t *count,
		       const struct config_value **items)
{
	char what[SCHEMA_ERR_LEN];

	*items = ctx->value;
	*count = 1;
	if (ctx->value->kind == CONFIG_NUMBER) {
		return schema_bad(ctx, ctx->value,
				  "a number where a list of strings belongs");
	}
	if (ctx->value->kind == CONFIG_LIST) {
		*items = ctx->value->items;
		*count = value_count(*items);
	}
	if (*count > max) {
		snprintf(what, sizeof(what), "%u of them, the limit is %u",
			 *count, max);
		return schema_bad(ctx, ctx->value, what);
	}
	return 0;
}

static int disk_check_twice(struct schema_ctx *ctx,
			    const struct config_value *item)
{
	struct hl_config *config = ctx->config;
	const struct config_disk *last = &config->disk[config->disk_count - 1];
	char what[SCHEMA_ERR_LEN];
	uint32_t i;

	for (i = 0; i + 1 < config->disk_count; i++) {
		if (config->disk[i].devid == last->devid) {
			snprintf(what, sizeof(what),
				 "virtual device '%.40s' is used twice",
				 last->vdev);
			return schema_bad(ctx, item, what);
		}
	}
	return 0;
}

static void disks_clear(struct hl_config *config)
{
	uint32_t i;

	for (i = 0; i < config->disk_count; i++) {
		config_disk_clear(&config->disk[i]);
	}
	free(config->disk);
	config->disk = NULL;
	config->disk_count = 0;
}

static void vifs_clear(struct hl_config *config)
{
	uint32_t i;

	for (i = 0; i < config->vif_count; i++) {
		config_vif_clear(&config->vif[i]);
	}
	free(config->vif);
	config->vif = NULL;
	config->vif_count = 0;
}

static int set_disk(struct schema_ctx *ctx)
{
	struct hl_config *config = ctx->config;
	const struct config_value *item;
	char err[SCHEMA_ERR_LEN] = "";
	uint32_t count;
	int rc = schema_list(ctx, SCHEMA_MAX_DISKS, &count, &item);

	if (rc) {
		return rc;
	}
	disks_clear(config);
	config->disk = calloc(count ? count : 1, sizeof(*config->disk));
	if (!config->disk) {
		return -ENOMEM;
	}
	for (; count > 0; count--, item = item->next) {
		rc = schema_need_string(ctx, item);
		if (rc) {
			return rc;
		}
		rc = config_disk_parse(item->text,
				       &config->disk[config->disk_count], err,
				       sizeof(err));
		if (rc) {
			return rc == -EINVAL ? schema_bad(ctx, item, err) : rc;
		}
		config->disk_count++;
		rc = disk_check_twice(ctx, item);
		if (rc) {
			return rc;
		}
	}
	return 0;
}

static int set_vif(struct schema_ctx *ctx)
{
	struct hl_config *config = ctx->config;
	const struct config_value *item;
	char err[SCHEMA_ERR_LEN] = "";
	uint32_t count, i;
	int rc = schema_list(ctx, SCHEMA_MAX_VIFS, &count, &item);

	if (rc) {
		return rc;
	}
	vifs_clear(config);
	config->vif = calloc(count ? count : 1, sizeof(*config->vif));
	if (!config->vif) {
		return -ENOMEM;
	}
	for (i = 0; i < count; i++, item = item->next) {
		rc = schema_need_string(ctx, item);
		if (rc) {
			return rc;
		}
		rc = config_vif_parse(item->text, &config->vif[i], err,
				      sizeof(err));
		if (rc) {
			return rc == -EINVAL ? schema_bad(ctx, item, err) : rc;
		}
		config->vif_count++;
		if (config->vif[i].devid == UINT32_MAX) {
			config->vif[i].devid = i;
		}
	}
	return 0;
}

static int set_nothing(struct schema_ctx *ctx)
{
	(void)ctx;
	return 0;
}

static int set_ignored(struct schema_ctx *ctx)
{
	config_tree_warn(ctx->tree, ctx->setting->pos,
			 "%s: known, but has no effect here",
			 ctx->setting->key);
	return 0;
}

static bool value_asks_nothing(const struct config_value *value)
{
	int64_t number;

	if (value->kind == CONFIG_LIST) {
		return !value->items;
	}
	return *value->text == '\0' ||
	       (config_word_number(value->text, &number) == 0 && number == 0);
}

static int set_refused(struct schema_ctx *ctx)
{
	if (value_asks_nothing(ctx->value)) {
		return 0;
	}
	return schema_bad(ctx, ctx->value,
			  "not supported; the guest would run without it, so "
			  "it is refused");
}

#define FIELD(name) offsetof(struct hl_config, name)
#define MIB_MAX	    (1ll << 24)

static const struct schema_key schema_keys[] = {
	{ "name", set_name, 0, 0, 0, "what the guest is called" },
	{ "uuid", set_uuid, 0, 0, 0, "its UUID; a random one if not given" },
	{ "type", set_type, 0, 0, 0, "pv, pvh or hvm" },
	{ "builder", set_builder, 0, 0, 0, "old name of type" },
	{ "pool", set_string, FIELD(pool), 0, 0, "cpupool" },
	{ "kernel", set_string, FIELD(kernel), 0, 0, "kernel image in dom0" },
	{ "ramdisk", set_string, FIELD(ramdisk), 0, 0, "initial ramdisk" },
	{ "cmdline", set_string, FIELD(cmdline), 0, 0, "kernel command line" },
	{ "root", set_string, FIELD(root), 0, 0, "root= of the command line" },
	{ "extra", set_string, FIELD(extra), 0, 0, "rest of the command line" },
	{ "bootloader", set_string, FIELD(bootloader), 0, 0, "loader in dom0" },
	{ "bootloader_args", set_string, FIELD(bootloader_args), 0, 0,
	  "its arguments" },
	{ "memory", set_u64, FIELD(memory_mib), 1, MIB_MAX, "MiB at start" },
	{ "maxmem", set_u64, FIELD(maxmem_mib), 1, MIB_MAX, "MiB at most" },
	{ "vcpus", set_u32, FIELD(vcpus), 1, 512, "virtual CPUs at start" },
	{ "maxvcpus", set_u32, FIELD(maxvcpus), 1, 512, "virtual CPUs" },
	{ "cpus", set_affinity, FIELD(cpus), 0, 0, "CPUs it may run on" },
	{ "cpus_soft", set_affinity, FIELD(cpus_soft), 0, 0,
	  "CPUs it had better run on" },
	{ "cpu_weight", set_u32, FIELD(cpu_weight), 0, 65535, "share of CPU" },
	{ "cap", set_u32, FIELD(cap), 0, 65535, "percent of a CPU at most" },
	{ "on_poweroff", set_action, FIELD(on_poweroff), 0, 0,
	  "when it powered off" },
	{ "on_reboot", set_action, FIELD(on_reboot), 0, 0,
	  "when it asked for reboot" },
	{ "on_watchdog", set_action, FIELD(on_watchdog), 0, 0,
	  "when its watchdog ran out" },
	{ "on_crash", set_action, FIELD(on_crash), 0, 0, "when it crashed" },
	{ "on_soft_reset", set_action, FIELD(on_soft_reset), 0, 0,
	  "when it asked for soft reset" },
	{ "max_grant_frames", set_u32, FIELD(max_grant_frames), 1, 65535,
	  "frames of its grant table" },
	{ "max_maptrack_frames", set_u32, FIELD(max_maptrack_frames), 0, 65535,
	  "frames to track its mappings of others' grants" },
	{ "max_event_channels", set_u32, FIELD(max_event_channels), 5, 131072,
	  "event channels" },
	{ "nomigrate", set_bool, FIELD(nomigrate), 0, 0, "never migrate it" },
	{ "driver_domain", set_bool, FIELD(driver_domain), 0, 0,
	  "it serves devices to others" },
	{ "localtime", set_bool, FIELD(localtime), 0, 0,
	  "wall clock in local time" },
	{ "rtc_timeoffset", set_i32, FIELD(rtc_timeoffset), INT32_MIN,
	  INT32_MAX, "seconds its wall clock is off" },
	{ "disk", set_disk, 0, 0, 0, "disks" },
	{ "vif", set_vif, 0, 0, 0, "network interfaces" },

	{ "max_grant_version", set_nothing, 0, 0, 0, NULL },
	{ "e820_host", set_nothing, 0, 0, 0, NULL },
	{ "pae", set_nothing, 0, 0, 0, NULL },
	{ "acpi", set_nothing, 0, 0, 0, NULL },
	{ "apic", set_nothing, 0, 0, 0, NULL },
	{ "nx", set_nothing, 0, 0, 0, NULL },
	{ "hap", set_nothing, 0, 0, 0, NULL },
	{ "oos", set_nothing, 0, 0, 0, NULL },
	{ "shadow_memory", set_nothing, 0, 0, 0, NULL },
	{ "claim_mode", set_nothing, 0, 0, 0, NULL },

	{ "seclabel", set_ignored, 0, 0, 0, NULL },
	{ "init_seclabel", set_ignored, 0, 0, 0, NULL },
	{ "period", set_ignored, 0, 0, 0, NULL },
	{ "slice", set_ignored, 0, 0, 0, NULL },
	{ "extratime", set_ignored, 0, 0, 0, NULL },
	{ "vnuma", set_ignored, 0, 0, 0, NULL },
	{ "xenstore_feature_mask", set_ignored, 0, 0, 0, NULL },
	{ "xenstore_quota", set_ignored, 0, 0, 0, NULL },
	{ "vmtrace_buf_kb", set_ignored, 0, 0, 0, NULL },
	{ "vpmu", set_ignored, 0, 0, 0, NULL },
	{ "cpuid", set_ignored, 0, 0, 0, NULL },
	{ "tsc_mode", set_ignored, 0, 0, 0, NULL },
	{ "bootloader_restrict", set_ignored, 0, 0, 0, NULL },
	{ "bootloader_user", set_ignored, 0, 0, 0, NULL },
	{ "firmware", set_ignored, 0, 0, 0, NULL },
	{ "boot", set_ignored, 0, 0, 0, NULL },
	{ "bios", set_ignored, 0, 0, 0, NULL },
	{ "bios_path_override", set_ignored, 0, 0, 0, NULL },
	{ "pvshim", set_ignored, 0, 0, 0, NULL },
	{ "pvshim_path", set_ignored, 0, 0, 0, NULL },
	{ "pvshim_cmdline", set_ignored, 0, 0, 0, NULL },
	{ "pvshim_extra", set_ignored, 0, 0, 0, NULL },
	{ "mmio_hole", set_ignored, 0, 0, 0, NULL },
	{ "vfb", set_ignored, 0, 0, 0, NULL },
	{ "rdm_mem_boundary", set_ignored, 0, 0, 0, NULL },
	{ "pci_permissive", set_ignored, 0, 0, 0, NULL },
	{ "pci_msitranslate", set_ignored, 0, 0, 0, NULL },
	{ "pci_seize", set_ignored, 0, 0, 0, NULL },
	{ "pci_power_mgmt", set_ignored, 0, 0, 0, NULL },
	{ "passthrough", set_ignored, 0, 0, 0, NULL },
	{ "dm_restrict", set_ignored, 0, 0, 0, NULL },
	{ "device_model", set_ignored, 0, 0, 0, NULL },
	{ "device_model_user", set_ignored, 0, 0, 0, NULL },
	{ "device_model_version", set_ignored, 0, 0, 0, NULL },
	{ "device_model_override", set_ignored, 0, 0, 0, NULL },
	{ "device_model_args", set_ignored, 0, 0, 0, NULL },
	{ "device_model_args_pv", set_ignored, 0, 0, 0, NULL },
	{ "device_model_args_hvm", set_ignored, 0, 0, 0, NULL },
	{ "device_model_stubdomain_override", set_ignored, 0, 0, 0, NULL },
	{ "device_model_stubdomain_seclabel", set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_kernel", set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_cmdline", set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_ramdisk", set_ignored, 0, 0, 0, NULL },
	{ "stubdomain_memory", set_ignored, 0, 0, 0, NULL },
	{ "acpi_s3", set_ignored, 0, 0, 0, NULL },
	{ "acpi_s4", set_ignored, 0, 0, 0, NULL },
	{ "acpi_laptop_slate", set_ignored, 0, 0, 0, NULL },
	{ "hpet", set_ignored, 0, 0, 0, NULL },
	{ "altp2m", set_ignored, 0, 0, 0, NULL },
	{ "altp2m_count", set_ignored, 0, 0, 0, NULL },
	{ "altp2mhvm", set_ignored, 0, 0, 0, NULL },
	{ "nestedhvm", set_ignored, 0, 0, 0, NULL },
	{ "acpi_firmware", set_ignored, 0, 0, 0, NULL },
	{ "smbios", set_ignored, 0, 0, 0, NULL },
	{ "smbios_firmware", set_ignored, 0, 0, 0, NULL },
	{ "ms_vm_genid", set_ignored, 0, 0, 0, NULL },
	{ "vpt_align", set_ignored, 0, 0, 0, NULL },
	{ "timer_mode", set_ignored, 0, 0, 0, NULL },
	{ "xen_platform_pci", set_ignored, 0, 0, 0, NULL },
	{ "xen_platform_pci_bar_uc", set_ignored, 0, 0, 0, NULL },
	{ "viridian", set_ignored, 0, 0, 0, NULL },
	{ "hvm_pirq", set_ignored, 0, 0, 0, NULL },
	{ "videoram", set_ignored, 0, 0, 0, NULL },
	{ "stdvga", set_ignored, 0, 0, 0, NULL },
	{ "vga", set_ignored, 0, 0, 0, NULL },
	{ "vnc", set_ignored, 0, 0, 0, NULL },
	{ "vnclisten", set_ignored, 0, 0, 0, NULL },
	{ "vncdisplay", set_ignored, 0, 0, 0, NULL },
	{ "vncunused", set_ignored, 0, 0, 0, NULL },
	{ "vncpasswd", set_ignored, 0, 0, 0, NULL },
	{ "keymap", set_ignored, 0, 0, 0, NULL },
	{ "sdl", set_ignored, 0, 0, 0, NULL },
	{ "opengl", set_ignored, 0, 0, 0, NULL },
	{ "nographic", set_ignored, 0, 0, 0, NULL },
	{ "spice", set_ignored, 0, 0, 0, NULL },
	{ "spiceport", set_ignored, 0, 0, 0, NULL },
	{ "spicehost", set_ignored, 0, 0, 0, NULL },
	{ "spicepasswd", set_ignored, 0, 0, 0, NULL },
	{ "serial", set_ignored, 0, 0, 0, NULL },
	{ "soundhw", set_ignored, 0, 0, 0, NULL },
	{ "vkb_device", set_ignored, 0, 0, 0, NULL },
	{ "usb", set_ignored, 0, 0, 0, NULL },
	{ "usbversion", set_ignored, 0, 0, 0, NULL },
	{ "usbdevice", set_ignored, 0, 0, 0, NULL },
	{ "vendor_device", set_ignored, 0, 0, 0, NULL },
	{ "hdtype", set_ignored, 0, 0, 0, NULL },
	{ "mca_caps", set_ignored, 0, 0, 0, NULL },
	{ "msr_relaxed", set_ignored, 0, 0, 0, NULL },
	{ "gfx_passthru", set_ignored, 0, 0, 0, NULL },

	{ "vtpm", set_refused, 0, 0, 0, NULL },
	{ "p9", set_refused, 0, 0, 0, NULL },
	{ "pvcalls", set_refused, 0, 0, 0, NULL },
	{ "channel", set_refused, 0, 0, 0, NULL },
	{ "rdm", set_refused, 0, 0, 0, NULL },
	{ "usbctrl", set_refused, 0, 0, 0, NULL },
	{ "usbdev", set_refused, 0, 0, 0, NULL },
	{ "pci", set_refused, 0, 0, 0, NULL },
	{ "dtdev", set_refused, 0, 0, 0, NULL },
	{ "ioports", set_refused, 0, 0, 0, NULL },
	{ "iomem", set_refused, 0, 0, 0, NULL },
	{ "irqs", set_refused, 0, 0, 0, NULL },
	{ "vdispl", set_refused, 0, 0, 0, NULL },
	{ "vsnd", set_refused, 0, 0, 0, NULL },
	{ "vkb", set_refused, 0, 0, 0, NULL },
	{ "virtio", set_refused, 0, 0, 0, NULL },
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

void config_free(struct hl_config *config)
{
	if (!config) {
		return;
	}
	disks_clear(config);
	vifs_clear(config);
	free(config->cpus.map);
	free(config->cpus_soft.map);
	free(config->name);
	free(config->pool);
	free(config->kernel);
	free(config->ramdisk);
	free(config->cmdline);
	free(config->root);
	free(config->extra);
	free(config->bootloader);
	free(config->bootloader_args);
	free(config->text);
	free(config);
}
