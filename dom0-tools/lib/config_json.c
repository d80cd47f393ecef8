/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The JSON of a config, in the shape and names engines look for:
 * config.c_info.name, config.b_info.max_vcpus, config.b_info.max_memkb,
 * config.disks[].pdev_path, config.nics[].mac.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>
#include <yajl/yajl_gen.h>

#include "dom0-tools/lib/config.h"

static void json_text(yajl_gen gen, const char *text)
{
	yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

/* Absent strings leave no key behind. */
static void json_string(yajl_gen gen, const char *key, const char *text)
{
	if (text) {
		json_text(gen, key);
		json_text(gen, text);
	}
}

static void json_number(yajl_gen gen, const char *key, uint64_t number)
{
	json_text(gen, key);
	yajl_gen_integer(gen, (long long)number);
}

static void json_bool(yajl_gen gen, const char *key, bool value)
{
	json_text(gen, key);
	yajl_gen_bool(gen, value);
}

static void json_c_info(yajl_gen gen, const struct hl_config *config)
{
	char uuid[37];

	json_text(gen, "c_info");
	yajl_gen_map_open(gen);
	json_string(gen, "type", config_type_name(config->type));
	json_string(gen, "name", config->name);
	if (config->uuid_set) {
		uuid_unparse_lower(config->uuid, uuid);
		json_string(gen, "uuid", uuid);
	}
	json_string(gen, "pool_name", config->pool);
	json_bool(gen, "driver_domain", config->driver_domain);
	yajl_gen_map_close(gen);
}

static void json_cpus(yajl_gen gen, const struct config_cpumap *map)
{
	uint32_t cpu;

	yajl_gen_array_open(gen);
	for (cpu = 0; cpu < CONFIG_MAX_CPUS; cpu++) {
		if (config_cpumap_has(map, cpu)) {
			yajl_gen_integer(gen, cpu);
		}
	}
	yajl_gen_array_close(gen);
}

static void json_affinity(yajl_gen gen, const char *key,
			  const struct config_affinity *affinity)
{
	uint32_t i;

	if (affinity->count == 0) {
		return;
	}
	json_text(gen, key);
	yajl_gen_array_open(gen);
	for (i = 0; i < affinity->count; i++) {
		json_cpus(gen, &affinity->map[i]);
	}
	yajl_gen_array_close(gen);
}

static void json_b_info(yajl_gen gen, const struct hl_config *config)
{
	uint32_t vcpu;

	json_text(gen, "b_info");
	yajl_gen_map_open(gen);
	json_number(gen, "max_vcpus", config->maxvcpus);
	json_text(gen, "avail_vcpus");
	yajl_gen_array_open(gen);
	for (vcpu = 0; vcpu < config->vcpus; vcpu++) {
		yajl_gen_integer(gen, vcpu);
	}
	yajl_gen_array_close(gen);
	json_affinity(gen, "vcpu_hard_affinity", &config->cpus);
	json_affinity(gen, "vcpu_soft_affinity", &config->cpus_soft);
	json_number(gen, "max_memkb", config->maxmem_mib << 10);
	json_number(gen, "target_memkb", config->memory_mib << 10);
	json_bool(gen, "disable_migrate", config->nomigrate);
	json_bool(gen, "localtime", config->localtime);
	json_text(gen, "sched_params");
	yajl_gen_map_open(gen);
	json_number(gen, "weight", config->cpu_weight);
	json_number(gen, "cap", config->cap);
	yajl_gen_map_close(gen);
	json_number(gen, "max_grant_frames", config->max_grant_frames);
	json_number(gen, "max_maptrack_frames", config->max_maptrack_frames);
	json_number(gen, "event_channels", config->max_event_channels);
	json_string(gen, "type", config_type_name(config->type));
	json_string(gen, "kernel", config->kernel);
	json_string(gen, "cmdline", config->cmdline);
	json_string(gen, "ramdisk", config->ramdisk);
	json_string(gen, "bootloader", config->bootloader);
	yajl_gen_map_close(gen);
}

static const char *json_format_name(enum config_disk_format format)
{
	switch (format) {
	case CONFIG_DISK_RAW:
		return "raw";
	case CONFIG_DISK_QCOW:
		return "qcow";
	case CONFIG_DISK_QCOW2:
		return "qcow2";
	case CONFIG_DISK_VHD:
		return "vhd";
	case CONFIG_DISK_QED:
		return "qed";
	case CONFIG_DISK_EMPTY:
		return "empty";
	}
	return "unknown";
}

static const char *json_backend_name(enum config_disk_backend backend)
{
	switch (backend) {
	case CONFIG_BACKEND_AUTO:
		return "unknown";
	case CONFIG_BACKEND_PHY:
		return "phy";
	case CONFIG_BACKEND_QDISK:
		return "qdisk";
	case CONFIG_BACKEND_TAP:
		return "tap";
	case CONFIG_BACKEND_STANDALONE:
		return "standalone";
	}
	return "unknown";
}

static void json_disk(yajl_gen gen, const struct config_disk *disk)
{
	yajl_gen_map_open(gen);
	json_string(gen, "pdev_path", disk->path);
	json_string(gen, "vdev", disk->vdev);
	json_string(gen, "backend_domname", disk->backend_domain);
	json_string(gen, "backend", json_backend_name(disk->backend));
	json_string(gen, "format", json_format_name(disk->format));
	json_string(gen, "script", disk->script);
	json_number(gen, "removable", disk->removable);
	json_number(gen, "readwrite", disk->readwrite);
	json_number(gen, "is_cdrom", disk->cdrom);
	json_bool(gen, "direct_io_safe", disk->direct_io_safe);
	json_bool(gen, "discard_enable", disk->discard);
	yajl_gen_map_close(gen);
}

static void json_nic(yajl_gen gen, const struct config_vif *vif)
{
	char mac[18];

	yajl_gen_map_open(gen);
	json_number(gen, "devid", vif->devid);
	if (vif->mac_set) {
		snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
			 vif->mac[0], vif->mac[1], vif->mac[2], vif->mac[3],
			 vif->mac[4], vif->mac[5]);
		json_string(gen, "mac", mac);
	}
	json_string(gen, "bridge", vif->bridge);
	json_string(gen, "script", vif->script);
	json_string(gen, "ifname", vif->vifname);
	json_string(gen, "ip", vif->ip);
	json_string(gen, "model", vif->model);
	json_string(gen, "nictype", vif->type ? vif->type : "vif");
	json_string(gen, "gatewaydev", vif->gatewaydev);
	json_string(gen, "backend_domname", vif->backend_domain);
	if (vif->rate_bytes_per_interval) {
		json_number(gen, "rate_bytes_per_interval",
			    vif->rate_bytes_per_interval);
		json_number(gen, "rate_interval_usecs", vif->rate_interval_us);
	}
	if (vif->mtu) {
		json_number(gen, "mtu", vif->mtu);
	}
	yajl_gen_map_close(gen);
}

static void json_devices(yajl_gen gen, const struct hl_config *config)
{
	uint32_t i;

	json_text(gen, "disks");
	yajl_gen_array_open(gen);
	for (i = 0; i < config->disk_count; i++) {
		json_disk(gen, &config->disk[i]);
	}
	yajl_gen_array_close(gen);
	json_text(gen, "nics");
	yajl_gen_array_open(gen);
	for (i = 0; i < config->vif_count; i++) {
		json_nic(gen, &config->vif[i]);
	}
	yajl_gen_array_close(gen);
}

/* The generator remembers its first error; one question at the end is enough.
 */
static int json_status(yajl_gen gen)
{
	const unsigned char *text;
	size_t len;

	switch (yajl_gen_get_buf(gen, &text, &len)) {
	case yajl_gen_status_ok:
	case yajl_gen_no_buf:
		return 0;
	default:
		return -EINVAL;
	}
}

int config_json_body(yajl_gen gen, const struct hl_config *config)
{
	yajl_gen_map_open(gen);
	json_c_info(gen, config);
	json_b_info(gen, config);
	json_devices(gen, config);
	json_string(gen, "on_poweroff",
		    config_action_name(config->on_poweroff));
	json_string(gen, "on_reboot", config_action_name(config->on_reboot));
	json_string(gen, "on_watchdog",
		    config_action_name(config->on_watchdog));
	json_string(gen, "on_crash", config_action_name(config->on_crash));
	json_string(gen, "on_soft_reset",
		    config_action_name(config->on_soft_reset));
	yajl_gen_map_close(gen);
	return json_status(gen);
}

int config_json_generate(yajl_gen gen, const struct hl_config *config,
			 int domid)
{
	int rc;

	yajl_gen_map_open(gen);
	json_text(gen, "domid");
	if (domid < 0) {
		yajl_gen_null(gen);
	} else {
		yajl_gen_integer(gen, domid);
	}
	json_text(gen, "config");
	rc = config_json_body(gen, config);
	yajl_gen_map_close(gen);
	return rc;
}

char *config_json_string(const struct hl_config *config, int domid)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const unsigned char *bytes;
	char *text = NULL;
	size_t len;

	if (!gen) {
		return NULL;
	}
	yajl_gen_config(gen, yajl_gen_beautify, 1);
	if (config_json_generate(gen, config, domid) == 0 &&
	    yajl_gen_get_buf(gen, &bytes, &len) == yajl_gen_status_ok) {
		text = strndup((const char *)bytes, len);
	}
	yajl_gen_free(gen);
	return text;
}
