/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CONFIG_H
#define HOSPES_DOM0_CONFIG_H
/*
 * Guest configuration: the xl.cfg language, read into typed fields.
 *
 * Three stages, each in its own file: config_lex.l and config_gram.y make a
 * list of `key = value` with positions (config_tree.h); config_schema.c says
 * which keys exist and of which type they are, and fills struct hl_config;
 * config_disk.c and config_vif.c read the little languages inside the disk
 * and vif strings.
 *
 * An error is told once, as "file:line:column: what, near 'token'", through
 * the report callback, and the parse returns -EINVAL. A key that nobody
 * knows is a warning that names it: files written for other versions must
 * go on working. A key that is known but does nothing here is a warning
 * too: nothing is dropped in silence.
 *
 * All strings belong to the struct and die in config_free().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONFIG_MAX_CPUS 1024
#define CONFIG_DIR	"/var/lib/hospes/domains"

enum config_type {
	CONFIG_PV,
	CONFIG_PVH,
	CONFIG_HVM
};

enum config_action {
	CONFIG_DESTROY,
	CONFIG_RESTART,
	CONFIG_RENAME_RESTART,
	CONFIG_PRESERVE,
	CONFIG_COREDUMP_DESTROY,
	CONFIG_COREDUMP_RESTART,
	CONFIG_SOFT_RESET,
};

enum config_disk_format {
	CONFIG_DISK_RAW,
	CONFIG_DISK_QCOW,
	CONFIG_DISK_QCOW2,
	CONFIG_DISK_VHD,
	CONFIG_DISK_QED,
	CONFIG_DISK_EMPTY, /* a CD drive with nothing in it */
};

/* Who serves it. AUTO: phy for block devices, a loop device for files. */
enum config_disk_backend {
	CONFIG_BACKEND_AUTO,
	CONFIG_BACKEND_PHY,
	CONFIG_BACKEND_QDISK,
	CONFIG_BACKEND_TAP,
	CONFIG_BACKEND_STANDALONE,
};

struct config_disk {
	char *path;	      /* target; NULL only for CONFIG_DISK_EMPTY */
	char *vdev;	      /* "xvda", "hda1", "d0p2": as written */
	char *script;	      /* hotplug script, or NULL for the default */
	char *backend_domain; /* name or id, or NULL for dom0 */
	enum config_disk_format format;
	enum config_disk_backend backend;
	bool readwrite;
	bool cdrom;
	bool removable;
	bool direct_io_safe;
	bool discard;
	uint32_t devid; /* xenstore number of vdev, e.g. xvda 51712 */
};

struct config_vif {
	uint8_t mac[6];
	bool mac_set;	/* else the toolstack invents one in 00:16:3e */
	uint32_t devid; /* 0, 1, .. in the order of the list */
	char *bridge;	/* the rest: NULL where not given */
	char *script;
	char *vifname;
	char *ip;
	char *type; /* "vif" (PV only) or "ioemu" */
	char *model;
	char *gatewaydev;
	char *backend_domain;
	uint64_t rate_bytes_per_interval; /* 0: no limit */
	uint32_t rate_interval_us;
	uint32_t mtu; /* 0: default */
};

/* A set of physical CPUs, as cpus= and cpus_soft= give it. */
struct config_cpumap {
	uint64_t bits[CONFIG_MAX_CPUS / 64];
};

/*
 * count 0: not given. count 1 with !per_vcpu: the same for every vcpu. With
 * per_vcpu (a list was given) map[i] is for vcpu i, the last for the rest.
 */
struct config_affinity {
	struct config_cpumap *map;
	uint32_t count;
	bool per_vcpu;
};

struct hl_config {
	char *name;
	uint8_t uuid[16];
	bool uuid_set;
	enum config_type type;
	char *pool;

	char *kernel;
	char *ramdisk;
	char *cmdline; /* final: cmdline=, or root= and extra= put together */
	char *root;
	char *extra;
	char *bootloader;
	char *bootloader_args;

	uint64_t memory_mib;
	uint64_t maxmem_mib; /* memory_mib where not given */
	uint32_t vcpus;
	uint32_t maxvcpus; /* vcpus where not given */
	struct config_affinity cpus;
	struct config_affinity cpus_soft;
	uint32_t cpu_weight; /* 0: leave the scheduler's default */
	uint32_t cap;	     /* percent of one CPU, 0: none */

	enum config_action on_poweroff;
	enum config_action on_reboot;
	enum config_action on_watchdog;
	enum config_action on_crash;
	enum config_action on_soft_reset;

	uint32_t max_grant_frames; /* defaults filled in */
	uint32_t max_maptrack_frames;
	uint32_t max_event_channels;
	bool nomigrate;
	bool driver_domain;
	bool localtime;
	int32_t rtc_timeoffset;

	struct config_disk *disk;
	uint32_t disk_count;
	struct config_vif *vif;
	uint32_t vif_count;

	char *text; /* the file as read, overrides appended */
	size_t text_len;
};

enum config_level {
	CONFIG_WARNING,
	CONFIG_ERROR
};

/* text: one line without newline, "file:line:column: ...". */
typedef void config_report_fn(void *ctx, enum config_level level,
			      const char *text);

/* Prints "hl: file:1:2: ..." to stderr; use it where nothing else is wanted. */
void config_report_stderr(void *ctx, enum config_level level, const char *text);

/*
 * Reads a file. overrides are "key=value" words of the command line (value
 * quoted or not), applied after the file; positions in them are told as
 * "command line:1:column". 0 and *out set, -EINVAL (reported), -ENOENT,
 * -EACCES and so on (reported), -E2BIG for a file over 1 MiB, -ENOMEM.
 */
int config_parse_file(const char *path, char *const overrides[],
		      size_t override_count, config_report_fn *report,
		      void *ctx, struct hl_config **out);
/* The same of a text in memory; name stands for the path in messages. */
int config_parse_text(const char *name, const char *text, size_t len,
		      char *const overrides[], size_t override_count,
		      config_report_fn *report, void *ctx,
		      struct hl_config **out);
void config_free(struct hl_config *config);

/*
 * One disk or vif string on its own, for block-attach and network-attach.
 * On error -EINVAL and err says what is wrong with which part.
 */
int config_disk_parse(const char *spec, struct config_disk *disk, char *err,
		      size_t err_len);
void config_disk_clear(struct config_disk *disk);
int config_vif_parse(const char *spec, struct config_vif *vif, char *err,
		     size_t err_len);
void config_vif_clear(struct config_vif *vif);
/* "xvda" -> 51712 and so on; -EINVAL for a name no guest would know. */
int config_vdev_number(const char *vdev, uint32_t *devid);
/* "0-3,^2", "all"; -EINVAL and err. */
int config_cpumap_parse(const char *text, struct config_cpumap *map, char *err,
			size_t err_len);
static inline bool config_cpumap_has(const struct config_cpumap *map,
				     uint32_t cpu)
{
	return cpu < CONFIG_MAX_CPUS && (map->bits[cpu / 64] >> cpu % 64 & 1);
}

const char *config_action_name(enum config_action action);
const char *config_type_name(enum config_type type);

/*
 * The text of a running domain's config, kept by uuid so that the lifecycle
 * daemon can start it again. Saved with name and uuid as they are now (both
 * override what the text says). 0 or -Exxx; load reports like parse_file;
 * forget of one that is not there is no error.
 */
int config_save(const struct hl_config *config, const char *name,
		const uint8_t uuid[16]);
int config_load_saved(const uint8_t uuid[16], config_report_fn *report,
		      void *ctx, struct hl_config **out);
void config_forget(const uint8_t uuid[16]);

/*
 * JSON as engines read it from `create -n` and `list -l`:
 * {"domid": 3, "config": {"c_info": {..}, "b_info": {..}, "disks": [..],
 * "nics": [..], ..}}. domid null where domid < 0. `gen` is a yajl_gen;
 * config_json_body() is the part behind "config";
 * config_json_string() makes a whole text of one (free() it).
 */
struct yajl_gen_t;
int config_json_body(struct yajl_gen_t *gen, const struct hl_config *config);
int config_json_generate(struct yajl_gen_t *gen, const struct hl_config *config,
			 int domid);
char *config_json_string(const struct hl_config *config, int domid);

#endif
