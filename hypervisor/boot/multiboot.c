/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See bootinfo.h. Multiboot specification 0.6.96, Multiboot2 2.0. The loader is
 * trusted, its arithmetic is not: no length leads out of what it belongs to, or
 * to an endless loop. (In form 1 strings and lists have no length but their
 * own; they end where they end.)
 */
#include "boot/bootinfo.h"

#include "lib/errno.h"
#include "lib/string.h"

struct mb1_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
	uint32_t drives_length, drives_addr;
	uint32_t config_table;
	uint32_t loader_name;
};

#define MB1_HAS_CMDLINE BIT(2)
#define MB1_HAS_MODS	BIT(3)
#define MB1_HAS_MMAP	BIT(6)
#define MB1_HAS_LOADER	BIT(9)

struct mb1_module {
	uint32_t start, end, string, reserved;
};

struct __packed mb1_mmap {
	uint32_t size; /* of the rest */
	uint64_t base, len;
	uint32_t type;
};

struct mb2_tag {
	uint32_t type, size;
};

enum {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_LOADER = 2,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_RSDP_OLD = 14,
	MB2_RSDP_NEW = 15,
};

static const void *phys(uint64_t a)
{
	return (const void *)a;
}

static void add_range(struct boot_info *b, uint64_t base, uint64_t len,
		      uint32_t type)
{
	if (!len || base + len < base || b->ranges == BOOT_MAX_RANGES) {
		return;
	}
	b->map[b->ranges++] = (struct memory_range){ base, base + len, type };
}

static int add_module(struct boot_info *b, uint64_t start, uint64_t end,
		      const char *cmdline, const char **why)
{
	struct boot_module *m;

	if (b->module_count == BOOT_MAX_MODULES || end < start) {
		*why = "more than 8 modules, or one that ends before it starts";
		return -EINVAL;
	}
	m = &b->modules[b->module_count++];
	m->start = start;
	m->end = end;
	strlcpy(m->cmdline, cmdline, sizeof(m->cmdline));
	return 0;
}

int multiboot1_parse(uint64_t info, struct boot_info *out, const char **why)
{
	const struct mb1_info *i = phys(info);
	int rc = 0;

	if (!(i->flags & MB1_HAS_MMAP)) {
		*why = "the boot loader gave no memory map";
		return -EINVAL;
	}
	if (i->flags & MB1_HAS_CMDLINE) {
		strlcpy(out->cmdline, phys(i->cmdline), sizeof(out->cmdline));
	}
	if (i->flags & MB1_HAS_LOADER) {
		strlcpy(out->loader, phys(i->loader_name), sizeof(out->loader));
	}
	for (uint64_t off = 0;
	     off + sizeof(struct mb1_mmap) <= i->mmap_length;) {
		const struct mb1_mmap *m = phys(i->mmap_addr + off);

		add_range(out, m->base, m->len, m->type);
		off += (uint64_t)m->size + sizeof(m->size);
	}
	for (uint32_t n = 0; (i->flags & MB1_HAS_MODS) && n < i->mods_count;
	     n++) {
		const struct mb1_module *m =
			(const struct mb1_module *)phys(i->mods_addr) + n;

		rc = add_module(out, m->start, m->end,
				m->string ? phys(m->string) : "", why);
		if (rc) {
			break;
		}
	}
	return rc;
}

struct mb2_mmap_entry {
	uint64_t base, len;
	uint32_t type, reserved;
};

/* The string that begins `from` bytes into the tag and ends with it. */
static void mb2_string(char *to, size_t size, const struct mb2_tag *tag,
		       size_t from)
{
	const char *s = (const char *)tag + from;
	size_t n = 0;

	while (from + n < tag->size && n + 1 < size && s[n]) {
		to[n] = s[n];
		n++;
	}
	to[n] = 0;
}

static void mb2_mmap(struct boot_info *out, const struct mb2_tag *tag)
{
	const uint32_t *head = (const uint32_t *)(tag + 1);
	uint32_t entry_size;
	const char *p = (const char *)(head + 2);
	const char *end = (const char *)tag + tag->size;

	if (tag->size < sizeof(*tag) + 2 * sizeof(*head)) {
		return;
	}
	entry_size = head[0];
	if (entry_size < sizeof(struct mb2_mmap_entry)) {
		return;
	}
	for (; p + sizeof(struct mb2_mmap_entry) <= end; p += entry_size) {
		struct mb2_mmap_entry e;

		memcpy(&e, p, sizeof(e)); /* any entry size, any alignment */
		add_range(out, e.base, e.len, e.type);
	}
}

static int mb2_module(struct boot_info *out, const struct mb2_tag *tag,
		      const char **why)
{
	const uint32_t *words = (const uint32_t *)(tag + 1);
	int rc;

	if (tag->size < sizeof(*tag) + 2 * sizeof(*words)) {
		*why = "a module's tag that is too short";
		return -EINVAL;
	}
	rc = add_module(out, words[0], words[1], "", why);
	if (!rc) {
		mb2_string(out->modules[out->module_count - 1].cmdline,
			   BOOT_CMDLINE, tag,
			   sizeof(*tag) + 2 * sizeof(*words));
	}
	return rc;
}

static int mb2_tag(struct boot_info *out, const struct mb2_tag *tag,
		   const char **why)
{
	const uint32_t *words = (const uint32_t *)(tag + 1);

	switch (tag->type) {
	case MB2_CMDLINE:
		mb2_string(out->cmdline, sizeof(out->cmdline), tag,
			   sizeof(*tag));
		break;
	case MB2_LOADER:
		mb2_string(out->loader, sizeof(out->loader), tag, sizeof(*tag));
		break;
	case MB2_MODULE:
		return mb2_module(out, tag, why);
	case MB2_MMAP:
		mb2_mmap(out, tag);
		break;
	case MB2_RSDP_OLD:
		/* The tag holds a copy; the newer one wins. */
		if (!out->rsdp) {
			out->rsdp = (uint64_t)words;
		}
		break;
	case MB2_RSDP_NEW:
		out->rsdp = (uint64_t)words;
		break;
	}
	return 0;
}

int multiboot2_parse(uint64_t info, struct boot_info *out, const char **why)
{
	const uint32_t *head = phys(info);
	uint64_t end = info + head[0];
	uint64_t at = info + 8;
	int rc;

	while (at + sizeof(struct mb2_tag) <= end) {
		const struct mb2_tag *tag = phys(at);

		if (tag->type == MB2_END || tag->size < sizeof(*tag) ||
		    tag->size > end - at) {
			break;
		}
		rc = mb2_tag(out, tag, why);
		if (rc) {
			return rc;
		}
		at = ALIGN_UP(at + tag->size, 8UL);
	}
	if (!out->ranges) {
		*why = "the boot loader gave no memory map";
		return -EINVAL;
	}
	return 0;
}
