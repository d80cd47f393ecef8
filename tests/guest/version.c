/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xen_version: who is below, and nothing of its stack.
 *
 * The string answers have fixed-size buffers that are copied out whole. What
 * lies behind the terminator must be zero: anything else is hypervisor memory
 * handed to a guest. The buffers here are filled with 0xa5 first, so that
 * "not written" shows as well.
 */
#include <xen/features.h>
#include <xen/version.h>

#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"

const char test_title[] = "version";

static bool zero_padded(const char *s, size_t size)
{
	size_t i = 0;

	while (i < size && s[i]) {
		i++;
	}
	if (i == size) {
		return false;
	}
	for (; i < size; i++) {
		if (s[i]) {
			return false;
		}
	}
	return true;
}

static void strings(void)
{
	static char buf[4096];
	static const struct {
		unsigned int cmd;
		size_t size;
	} list[] = {
		{ XENVER_extraversion, sizeof(xen_extraversion_t) },
		{ XENVER_capabilities, sizeof(xen_capabilities_info_t) },
		{ XENVER_changeset, sizeof(xen_changeset_info_t) },
		{ XENVER_commandline, sizeof(xen_commandline_t) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		memset(buf, 0xa5, sizeof(buf));
		TEST_EQ(hypercall_version(list[i].cmd, buf) < 0, 0);
		TEST_CHECK(zero_padded(buf, list[i].size));
		TEST_EQ((unsigned char)buf[list[i].size], 0xa5);
	}
}

static void compile_info(void)
{
	struct xen_compile_info c;

	memset(&c, 0xa5, sizeof(c));
	TEST_EQ(hypercall_version(XENVER_compile_info, &c), 0);
	TEST_CHECK(zero_padded(c.compiler, sizeof(c.compiler)));
	TEST_CHECK(zero_padded(c.compile_by, sizeof(c.compile_by)));
	TEST_CHECK(zero_padded(c.compile_domain, sizeof(c.compile_domain)));
	TEST_CHECK(zero_padded(c.compile_date, sizeof(c.compile_date)));
}

static void features(void)
{
	struct xen_feature_info fi = { .submap_idx = 0 };

	TEST_EQ(hypercall_version(XENVER_get_features, &fi), 0);
	TEST_CHECK(fi.submap & 1u << XENFEAT_mmu_pt_update_preserve_ad);
	TEST_CHECK(fi.submap & 1u << XENFEAT_gnttab_map_avail_bits);
	TEST_CHECK(fi.submap & 1u << XENFEAT_dom0);
	TEST_CHECK(!(fi.submap & 1u << XENFEAT_auto_translated_physmap));
	TEST_CHECK(!(fi.submap & 1u << XENFEAT_writable_page_tables));
	fi.submap_idx = 1;
	TEST_EQ(hypercall_version(XENVER_get_features, &fi), -XEN_EINVAL);
	fi.submap_idx = ~0u;
	TEST_EQ(hypercall_version(XENVER_get_features, &fi), -XEN_EINVAL);
}

static void numbers(void)
{
	struct xen_platform_parameters pp = { .virt_start = 0 };
	xen_domain_handle_t handle;
	struct xen_build_id *id;
	static char buf[256];
	long ret;

	TEST_EQ(hypercall_version(XENVER_version, NULL), 4 << 16 | 17);
	TEST_EQ(hypercall_version(XENVER_pagesize, NULL), PAGE_SIZE);
	TEST_EQ(hypercall_version(XENVER_platform_parameters, &pp), 0);
	TEST_EQ(pp.virt_start, 0xffff800000000000ul);
	memset(handle, 0xa5, sizeof(handle));
	TEST_EQ(hypercall_version(XENVER_guest_handle, handle), 0);
	TEST_EQ(handle[0], 0);
	/* Without a buffer: the size of the build id, or "there is none". */
	ret = hypercall_version(XENVER_build_id, NULL);
	TEST_CHECK(ret > 0 || ret == -XEN_ENODATA);
	id = (void *)buf;
	id->len = 1;
	TEST_CHECK(hypercall_version(XENVER_build_id, id) < 0);
}

static void refused(void)
{
	TEST_EQ(hypercall_version(11, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_version(0x7fffffff, NULL), -XEN_ENOSYS);
	TEST_EQ(hypercall_version(XENVER_extraversion, NULL), -XEN_EFAULT);
	/* The hypervisor's own addresses are no buffer. */
	TEST_EQ(hypercall_version(XENVER_extraversion,
				  (void *)0xffff800000000000ul),
		-XEN_EFAULT);
	TEST_EQ(hypercall_version(XENVER_extraversion,
				  (void *)0xffff830000000000ul),
		-XEN_EFAULT);
	/* A buffer that runs from the guest's half into a hole. */
	TEST_EQ(hypercall_version(XENVER_extraversion,
				  (void *)0x00007ffffffffff8ul),
		-XEN_EFAULT);
}

void test_main(void)
{
	/* NULL must not be mapped for "NULL is refused" to be true. */
	TEST_EQ(mm_va_set(NULL, 0), 0);
	numbers();
	strings();
	compile_info();
	features();
	refused();
}
