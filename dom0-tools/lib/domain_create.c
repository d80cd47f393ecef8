/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain is made in this order:
 *
 *   1 look    config, kernel, module, files, bridges, name and uuid free
 *   2 mark    from here on a killed hl is cleaned up by the next one
 *   3 create  the empty domain, its limits, its claim on memory
 *   4 nodes   the store's tree; dom0's kernel starts its back ends
 *   5 build   memory and contents; meanwhile a thread follows the back ends
 *   6 join    rings, the store daemon, the back ends are there
 *   7 start   config saved, first instruction, mark removed
 *
 * Everything before 2 needs no cleanup. Everything after it is undone by
 * domain_dismantle(), which the next command uses as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uuid.h>

#include "dom0-tools/lib/build_pv.h"
#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/device.h"
#include "dom0-tools/lib/domain.h"
#include "dom0-tools/lib/domain_dismantle.h"
#include "dom0-tools/lib/domain_nodes.h"
#include "dom0-tools/lib/image.h"
#include "dom0-tools/lib/memory.h"
#include "dom0-tools/lib/pending.h"
#include "dom0-tools/lib/store.h"

#define CREATE_SLACK_KIB 1024ul /* what libxl adds to a domain's limit */

struct create {
	struct tools *tools;
	const struct hl_config *config;
	const struct domain_create_options *options;
	struct hl_error *err;
	uint8_t uuid[16];
	char uuid_text[37];
	struct image image;
	int module; /* descriptor of the ramdisk, or -1 */
	size_t module_bytes;
	struct device_set devices;
	struct pending mark;
	uint32_t domid;
	uint32_t console_port;
	uint32_t store_port;
	struct build_pv_result built;
};

static int create_check_config(struct create *c)
{
	const struct hl_config *config = c->config;
	int rc;

	if (config->type != CONFIG_PV) {
		return err_set(c->err, -EOPNOTSUPP,
			       "guests of type %s are not built yet, only pv",
			       config_type_name(config->type));
	}
	if (config->bootloader) {
		return err_set(
			c->err, -EOPNOTSUPP,
			"bootloader=\"%s\" is not built: name the kernel "
			"by kernel=",
			config->bootloader);
	}
	if (!config->name) {
		return err_set(c->err, -EINVAL, "the config gives no name");
	}
	rc = domain_check_name(config->name, c->err);
	if (rc) {
		return rc;
	}
	if (!config->kernel) {
		err_set(c->err, -EINVAL, "the config names no kernel");
		err_hint(c->err, "kernel=\"/boot/vmlinuz-...\"");
		return -EINVAL;
	}
	if (!config->memory_mib || !config->vcpus) {
		return err_set(c->err, -EINVAL,
			       "memory and vcpus must not be zero");
	}
	if (config->vcpus > config->maxvcpus) {
		return err_set(c->err, -EINVAL, "vcpus %u is above maxvcpus %u",
			       config->vcpus, config->maxvcpus);
	}
	if (config->memory_mib > config->maxmem_mib) {
		return err_set(c->err, -EINVAL,
			       "memory %lu is above maxmem %lu",
			       config->memory_mib, config->maxmem_mib);
	}
	return 0;
}

static int create_check_unique(struct create *c)
{
	struct domain_info *list;
	size_t count, i;
	int rc = domain_list(c->tools, &list, &count, c->err);

	for (i = 0; !rc && i < count; i++) {
		if (!strcmp(list[i].name, c->config->name)) {
			rc = err_set(c->err, -EEXIST,
				     "domain %u is already named %s",
				     list[i].domid, c->config->name);
		} else if (!memcmp(list[i].uuid, c->uuid, sizeof(c->uuid))) {
			rc = err_set(c->err, -EEXIST,
				     "domain %u already has the uuid %s",
				     list[i].domid, c->uuid_text);
		}
	}
	if (!rc || rc == -EEXIST) {
		free(list);
	}
	return rc;
}

static int create_open_module(struct create *c)
{
	const char *path = c->config->ramdisk;
	struct stat st;

	if (!path || !path[0]) {
		return 0;
	}
	c->module = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (c->module < 0 || fstat(c->module, &st)) {
		return err_errno(c->err, -errno, "ramdisk %s", path);
	}
	if (!S_ISREG(st.st_mode) || !st.st_size) {
		return err_set(c->err, -EINVAL, "ramdisk %s is %s", path,
			       st.st_size ? "no file" : "empty");
	}
	c->module_bytes = (size_t)st.st_size;
	return 0;
}

static int create_look(struct create *c)
{
	char text[300];
	int rc = create_check_config(c);

	if (rc) {
		return rc;
	}
	if (c->config->uuid_set) {
		memcpy(c->uuid, c->config->uuid, sizeof(c->uuid));
	} else {
		uuid_generate_random(c->uuid);
	}
	uuid_unparse_lower(c->uuid, c->uuid_text);
	rc = create_check_unique(c);
	if (rc) {
		return rc;
	}
	tools_phase(c->tools, "name and uuid");
	rc = image_load(c->config->kernel, &c->image, text, sizeof(text));
	if (rc) {
		memset(&c->image, 0, sizeof(c->image));
		return err_set(c->err, rc, "%s", text);
	}
	tools_phase(c->tools, "kernel");
	rc = create_open_module(c);
	if (rc) {
		return rc;
	}
	rc = device_set_prepare(&c->devices, c->config, c->err);
	tools_phase(c->tools, "devices looked at");
	return rc;
}

static int create_empty_domain(struct create *c)
{
	const struct hl_config *config = c->config;
	struct xen_sysctl_physinfo phys;
	struct xen_domctl_createdomain op;
	int rc = control_physinfo(c->tools->ctl, &phys);

	if (rc) {
		return err_errno(c->err, rc,
				 "asking the hypervisor about "
				 "itself");
	}
	memset(&op, 0, sizeof(op));
	memcpy(op.handle, c->uuid, sizeof(op.handle));
	op.max_vcpus = config->maxvcpus;
	op.max_evtchn_port = config->max_event_channels;
	op.max_grant_frames = (int32_t)config->max_grant_frames;
	op.max_maptrack_frames = (int32_t)config->max_maptrack_frames;
	op.grant_opts = XEN_DOMCTL_GRANT_version(
		phys.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2 ? 2 : 1);
	rc = control_domain_create(c->tools->ctl, &op, &c->domid);
	tools_phase(c->tools, "domain without a recorded number");
	if (rc) {
		c->domid = PENDING_NO_DOMID;
		return err_errno(c->err, rc,
				 "the hypervisor refuses to create a domain "
				 "with %u vcpus",
				 config->maxvcpus);
	}
	rc = pending_set_domid(&c->mark, c->domid);
	return rc ? err_errno(c->err, rc, "writing %s", c->mark.path) : 0;
}

static int create_claim(struct create *c)
{
	uint64_t need = c->config->memory_mib * 1024, have;
	struct xen_sysctl_physinfo phys;
	int rc = memory_claim(c->tools->ctl, c->domid, need / 4);

	if (rc == -ENOSYS || rc == -EOPNOTSUPP) {
		return 0;
	}
	if (rc != -ENOMEM) {
		return rc ? err_errno(c->err, rc, "claiming %lu KiB", need) : 0;
	}
	err_set(c->err, rc, "not enough free memory for %s", c->config->name);
	if (control_physinfo(c->tools->ctl, &phys) == 0) {
		have = (phys.free_pages - phys.outstanding_pages) * 4;
		err_need(c->err, "%lu KiB", need);
		err_have(c->err, "%lu KiB", have);
		err_hint(c->err, "hl list shows who has it; hl mem-set takes "
				 "memory from a domain");
	}
	return rc;
}

static int create_affinity(struct create *c)
{
	const struct config_affinity *hard = &c->config->cpus;
	const struct config_affinity *soft = &c->config->cpus_soft;
	size_t bytes = sizeof(struct config_cpumap);
	uint32_t i;
	int rc = 0;

	if (!hard->count && !soft->count) {
		return 0;
	}
	for (i = 0; i < c->config->maxvcpus && !rc; i++) {
		uint32_t h = i < hard->count ? i : hard->count - 1;
		uint32_t s = i < soft->count ? i : soft->count - 1;

		rc = control_vcpu_affinity_set(
			c->tools->ctl, c->domid, i,
			hard->count ? (uint8_t *)hard->map[h].bits : NULL,
			soft->count ? (uint8_t *)soft->map[s].bits : NULL,
			bytes);
	}
	return rc ? err_errno(c->err, rc,
			      "the CPUs of cpus= or cpus_soft= for vcpu %u",
			      i - 1)
		  : 0;
}

static int create_scheduling(struct create *c)
{
	uint16_t weight, cap;
	int rc;

	if (!c->config->cpu_weight && !c->config->cap) {
		return 0;
	}
	rc = control_sched_get(c->tools->ctl, c->domid, &weight, &cap);
	if (!rc) {
		if (c->config->cpu_weight) {
			weight = (uint16_t)c->config->cpu_weight;
		}
		cap = (uint16_t)c->config->cap;
		rc = control_sched_set(c->tools->ctl, c->domid, weight, cap);
	}
	return rc ? err_errno(c->err, rc, "cpu_weight= or cap=") : 0;
}

static int create_limits(struct create *c)
{
	uint64_t max_kib = c->config->maxmem_mib * 1024;
	int rc = control_domain_max_vcpus(c->tools->ctl, c->domid,
					  c->config->maxvcpus);

	if (rc) {
		return err_errno(c->err, rc, "making %u vcpus",
				 c->config->maxvcpus);
	}
	rc = control_domain_max_mem(c->tools->ctl, c->domid,
				    max_kib + CREATE_SLACK_KIB);
	if (rc) {
		return err_errno(c->err, rc, "a memory limit of %lu KiB",
				 max_kib);
	}
	rc = memory_set_map(c->tools->ctl, c->domid, max_kib);
	if (rc && rc != -ENOSYS && rc != -EOPNOTSUPP) {
		return err_errno(c->err, rc, "the guest's memory map");
	}
	rc = create_claim(c);
	if (!rc) {
		rc = create_affinity(c);
	}
	if (!rc) {
		rc = create_scheduling(c);
	}
	return rc;
}

static int create_ports(struct create *c)
{
	int rc = control_evtchn_alloc(c->tools->ctl, c->domid, 0,
				      &c->store_port);

	if (!rc) {
		rc = control_evtchn_alloc(c->tools->ctl, c->domid, 0,
					  &c->console_port);
	}
	return rc ? err_errno(c->err, rc,
			      "event channels for store and "
			      "console")
		  : 0;
}

static int create_store_error(struct create *c, const struct store_batch *b,
			      const char *what)
{
	return err_errno(c->err, b->rc,
			 "writing the domain's %s to the store%s%s", what,
			 b->failed[0] ? ", " : "", b->failed);
}

static int create_nodes(struct create *c)
{
	struct store_batch b;
	int rc;

	do {
		store_begin(&b, &c->tools->batches);
		domain_nodes_write(&b, c->domid, c->config, c->uuid_text);
		device_set_write(&c->devices, &b, c->domid);
		rc = store_commit(&b);
	} while (rc == -EAGAIN);
	if (rc) {
		return create_store_error(c, &b, "nodes");
	}
	return device_set_start(&c->devices, c->err);
}

static int create_build(struct create *c)
{
	struct build_pv_input in = {
		.domid = c->domid,
		.image = &c->image,
		.module_fd = c->module,
		.module_bytes = c->module_bytes,
		.cmdline = c->config->cmdline,
		.nr_pages = c->config->memory_mib * 256,
		.console_port = c->console_port,
		.store_port = c->store_port,
	};
	struct xen_domctl_getdomaininfo info;
	int rc = control_domain_info(c->tools->ctl, c->domid, &info);

	if (rc) {
		return err_errno(c->err, rc, "asking about domain %u",
				 c->domid);
	}
	in.shared_info_frame = info.shared_info_frame;
	rc = build_pv(c->tools, &in, &c->built, c->err);
	if (!rc) {
		memory_claim(c->tools->ctl, c->domid, 0);
	}
	return rc;
}

static int create_join(struct create *c)
{
	struct store_batch b;
	int rc;

	do {
		store_begin(&b, &c->tools->batches);
		domain_nodes_write_rings(&b, c->domid, c->built.console_mfn,
					 c->console_port, c->built.store_mfn,
					 c->store_port);
		rc = store_commit(&b);
	} while (rc == -EAGAIN);
	if (rc) {
		return create_store_error(c, &b, "rings");
	}
	if (!xs_introduce_domain(c->tools->xs, c->domid,
				 (unsigned long)c->built.store_mfn,
				 c->store_port)) {
		return err_errno(c->err, errno ? -errno : -EIO,
				 "introducing the domain to the XenStore "
				 "daemon");
	}
	return device_set_finish(&c->devices, c->err);
}

static int create_start(struct create *c)
{
	int rc = config_save(c->config, c->config->name, c->uuid);

	if (rc) {
		return err_errno(c->err, rc, "saving the config in %s",
				 CONFIG_DIR);
	}
	if (c->options->before_start) {
		c->options->before_start(c->options->ctx, c->domid);
	}
	if (c->options->paused) {
		return 0;
	}
	rc = control_domain_unpause(c->tools->ctl, c->domid);
	return rc ? err_errno(c->err, rc, "starting the domain") : 0;
}

static int create_steps(struct create *c)
{
	static const struct {
		int (*step)(struct create *);
		const char *name;
	} steps[] = {
		{ create_empty_domain, "empty domain" },
		{ create_limits, "limits and claim" },
		{ create_ports, "event channels" },
		{ create_nodes, "store nodes" },
		{ create_build, "build" },
		{ create_join, "rings, back ends" },
		{ create_start, "config saved, start" },
	};
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !rc; i++) {
		rc = steps[i].step(c);
		tools_phase(c->tools, steps[i].name);
	}
	return rc;
}

static void create_release(struct create *c)
{
	device_set_free(&c->devices);
	if (c->module >= 0) {
		close(c->module);
	}
	image_free(&c->image);
}

int domain_create(struct tools *tools, const struct hl_config *config,
		  const struct domain_create_options *options, uint32_t *domid,
		  struct hl_error *err)
{
	struct create c = { .tools = tools,
			    .config = config,
			    .options = options,
			    .err = err,
			    .module = -1,
			    .domid = PENDING_NO_DOMID };
	int rc;

	tools_phase(tools, NULL);
	rc = create_look(&c);
	if (rc) {
		create_release(&c);
		return rc;
	}
	rc = pending_set(&c.mark, c.uuid, "create", config->name, c.domid);
	if (rc) {
		create_release(&c);
		return err_errno(err, rc, "marking the work in %s",
				 PENDING_DIR);
	}
	tools_phase(tools, "marked");
	rc = create_steps(&c);
	if (rc) {
		create_release(&c);
		if (domain_dismantle(tools, c.domid, c.uuid, 0) == 0) {
			pending_clear(&c.mark);
		}
		pending_leave(&c.mark);
		return rc;
	}
	pending_clear(&c.mark);
	create_release(&c);
	tools_phase(tools, "released");
	*domid = c.domid;
	return 0;
}
