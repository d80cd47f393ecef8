/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XENVER_*: who we are. Every string is copied from a buffer of its full ABI
 * size that was zeroed, so nothing of the stack goes along. The command line is
 * for privileged domains.
 */
#include "lib/types.h"

#include <xen/features.h>
#include <xen/version.h>

#include "core/domain.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/handlers.h"
#include "interface/version.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "x86/layout.h"
#include "x86/percpu.h"

static xen_commandline_t command_line;

void version_set_command_line(const char *line)
{
	strlcpy(command_line, line, sizeof(command_line));
}

static long put_string(guest_ptr_t to, const char *s, size_t size)
{
	char buf[64] = { 0 }; /* no string of the ABI but the command line is
			       * larger, or is cut to this and padded */
	size_t n = min(size, sizeof(buf));

	strlcpy(buf, s, n);
	if (copy_to_guest(to, buf, n) ||
	    (size > n && clear_guest(guest_ptr_add(to, n), size - n))) {
		return -EFAULT;
	}
	return 0;
}

static long ver_version(guest_ptr_t to)
{
	(void)to;
	return HV_VERSION_MAJOR << 16 | HV_VERSION_MINOR;
}

static long ver_extraversion(guest_ptr_t to)
{
	return put_string(to, HV_EXTRA_VERSION, sizeof(xen_extraversion_t));
}

static long ver_compile_info(guest_ptr_t to)
{
	/* No date and no host: the same source gives the same image. */
	static const struct xen_compile_info info = {
		.compiler = "C compiler " __VERSION__,
		.compile_by = "hospes",
		.compile_domain = "",
		.compile_date = "not recorded",
	};

	return copy_to_guest(to, &info, sizeof(info));
}

static long ver_capabilities(guest_ptr_t to)
{
	return put_string(to, "xen-3.0-x86_64",
			  sizeof(xen_capabilities_info_t));
}

static long ver_changeset(guest_ptr_t to)
{
	return put_string(to, "unavailable", sizeof(xen_changeset_info_t));
}

static long ver_platform_parameters(guest_ptr_t to)
{
	struct xen_platform_parameters p = { .virt_start = HV_VIRT_START };

	return copy_to_guest(to, &p, sizeof(p));
}

static long ver_get_features(guest_ptr_t to)
{
	struct xen_feature_info info;

	if (copy_from_guest(&info, to, sizeof(info))) {
		return -EFAULT;
	}
	if (info.submap_idx >= XENFEAT_NR_SUBMAPS) {
		return -EINVAL;
	}
	info.submap = 1U << XENFEAT_memory_op_vnode_supported |
		      1U << XENFEAT_mmu_pt_update_preserve_ad |
		      1U << XENFEAT_gnttab_map_avail_bits |
		      1U << XENFEAT_not_direct_mapped;
	if (current->domain->privileged) {
		info.submap |= 1U << XENFEAT_dom0;
	}
	return copy_to_guest(to, &info, sizeof(info));
}

static long ver_pagesize(guest_ptr_t to)
{
	return guest_ptr_is_null(to) ? (long)PAGE_SIZE : -EINVAL;
}

static long ver_guest_handle(guest_ptr_t to)
{
	return copy_to_guest(to, current->domain->handle,
			     sizeof(current->domain->handle));
}

static long ver_commandline(guest_ptr_t to)
{
	if (!current->domain->privileged) {
		return put_string(to, "<denied>", sizeof(command_line));
	}
	return copy_to_guest(to, command_line, sizeof(command_line));
}

static long ver_build_id(guest_ptr_t to)
{
	(void)to;
	return current->domain->privileged ? -ENODATA : -EPERM;
}

static long (*const ops[])(guest_ptr_t to) = {
	[XENVER_version] = ver_version,
	[XENVER_extraversion] = ver_extraversion,
	[XENVER_compile_info] = ver_compile_info,
	[XENVER_capabilities] = ver_capabilities,
	[XENVER_changeset] = ver_changeset,
	[XENVER_platform_parameters] = ver_platform_parameters,
	[XENVER_get_features] = ver_get_features,
	[XENVER_pagesize] = ver_pagesize,
	[XENVER_guest_handle] = ver_guest_handle,
	[XENVER_commandline] = ver_commandline,
	[XENVER_build_id] = ver_build_id,
};

long do_xen_version(struct hypercall *hc)
{
	uint32_t cmd = (uint32_t)hc->arg[0];

	if (cmd >= ARRAY_SIZE(ops)) {
		return -ENOSYS;
	}
	return ops[array_index_nospec(cmd, ARRAY_SIZE(ops))](
		guest_ptr(hc->arg[1]));
}
