/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 and the notes of owner "Xen".
 *
 * Every offset and size is checked against elf_size before use, in the form
 * `offset <= size && length <= size - offset`, which cannot wrap. Headers are
 * copied out, as nothing says the file has them aligned.
 *
 * Placement (xen/elfnote.h): a segment's guest physical address is its
 * p_paddr less PADDR_OFFSET (0 if there is none); it is seen by the kernel at
 * VIRT_BASE (0 if there is none) plus that.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xen/xen.h>

#include <xen/elfnote.h>
#include <xen/features.h>

#include "dom0-tools/lib/image_private.h"

#define ELF_PAGE     4096u
#define ELF_MAX_PHDR 128u
#define ELF_MAX_SHDR 4096u

struct elf_file {
	const uint8_t *bytes;
	size_t size;
	Elf64_Ehdr header;
	struct image *image;
	struct image_err *err;
};

static bool elf_within(const struct elf_file *elf, uint64_t offset,
		       uint64_t len)
{
	return offset <= elf->size && len <= elf->size - offset;
}

static int elf_check_header(struct elf_file *elf)
{
	const Elf64_Ehdr *header = &elf->header;

	if (elf->size < sizeof(*header)) {
		return image_fail(elf->err, -EINVAL,
				  "truncated: %zu bytes hold no ELF header",
				  elf->size);
	}
	memcpy(&elf->header, elf->bytes, sizeof(*header));
	if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_machine != EM_X86_64) {
		return image_fail(elf->err, -ENOEXEC,
				  "an ELF, but not one for 64-bit x86 (class "
				  "%u, machine %u)",
				  header->e_ident[EI_CLASS], header->e_machine);
	}
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
		return image_fail(elf->err, -ENOEXEC,
				  "an ELF, but not an executable (type %u)",
				  header->e_type);
	}
	if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0 ||
	    header->e_phnum > ELF_MAX_PHDR) {
		return image_fail(
			elf->err, -EINVAL,
			"%u program headers of %u bytes make no sense",
			header->e_phnum, header->e_phentsize);
	}
	if (!elf_within(elf, header->e_phoff,
			header->e_phnum * sizeof(Elf64_Phdr))) {
		return image_fail(elf->err, -EINVAL,
				  "truncated: program headers at %#llx, file "
				  "ends at %#zx",
				  (unsigned long long)header->e_phoff,
				  elf->size);
	}
	return 0;
}

static void elf_get_phdr(const struct elf_file *elf, uint32_t index,
			 Elf64_Phdr *phdr)
{
	memcpy(phdr, elf->bytes + elf->header.e_phoff + index * sizeof(*phdr),
	       sizeof(*phdr));
}

static void note_text(char *to, size_t to_len, const uint8_t *desc,
		      uint32_t len)
{
	size_t take = len < to_len - 1 ? len : to_len - 1;

	memcpy(to, desc, take);
	to[take] = '\0';
}

static uint64_t note_number(const uint8_t *desc, uint32_t len)
{
	uint64_t number = 0;
	uint32_t i;

	for (i = 0; i < len && i < 8; i++) {
		number |= (uint64_t)desc[i] << 8 * i;
	}
	return number;
}

static const struct {
	const char *name;
	uint32_t bit;
} feature_names[] = {
	{ "writable_page_tables", XENFEAT_writable_page_tables },
	{ "writable_descriptor_tables", XENFEAT_writable_descriptor_tables },
	{ "auto_translated_physmap", XENFEAT_auto_translated_physmap },
	{ "supervisor_mode_kernel", XENFEAT_supervisor_mode_kernel },
	{ "pae_pgdir_above_4gb", XENFEAT_pae_pgdir_above_4gb },
	{ "hvm_callback_vector", XENFEAT_hvm_callback_vector },
	{ "linux_rsdp_unrestricted", XENFEAT_linux_rsdp_unrestricted },
	{ "dom0", XENFEAT_dom0 },
};

/* "a|!b|c": ! marks what the kernel cannot do without. */
static void note_features(struct image_notes *notes, const uint8_t *desc,
			  uint32_t len)
{
	char text[512], *rest = text, *word;
	bool required;
	size_t i;

	note_text(text, sizeof(text), desc, len);
	while ((word = strsep(&rest, "|"))) {
		required = *word == '!';
		word += required;
		for (i = 0;
		     i < sizeof(feature_names) / sizeof(feature_names[0]);
		     i++) {
			if (strcmp(word, feature_names[i].name) == 0) {
				notes->supported |= 1u << feature_names[i].bit;
				notes->required |= (uint32_t)required
						   << feature_names[i].bit;
			}
		}
	}
}

static void note_take(struct image_notes *notes, uint32_t type,
		      const uint8_t *desc, uint32_t len)
{
	notes->present = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		notes->entry = note_number(desc, len);
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		notes->hypercall_page = note_number(desc, len);
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		notes->virt_base = note_number(desc, len);
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		notes->paddr_offset = note_number(desc, len);
		break;
	case XEN_ELFNOTE_INIT_P2M:
		notes->init_p2m = note_number(desc, len);
		break;
	case XEN_ELFNOTE_HV_START_LOW:
		notes->hv_start_low = note_number(desc, len);
		break;
	case XEN_ELFNOTE_PHYS32_ENTRY:
		notes->phys32_entry = note_number(desc, len);
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		notes->mod_start_pfn = note_number(desc, len);
		break;
	case XEN_ELFNOTE_L1_MFN_VALID:
		notes->l1_mfn_mask = note_number(desc, len < 8 ? len : 8);
		notes->l1_mfn_value = len >= 16 ? note_number(desc + 8, 8) : 0;
		break;
	case XEN_ELFNOTE_SUSPEND_CANCEL:
		notes->suspend_cancel = note_number(desc, len) != 0;
		break;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		notes->supported |= (uint32_t)note_number(desc, len);
		break;
	case XEN_ELFNOTE_FEATURES:
		note_features(notes, desc, len);
		break;
	case XEN_ELFNOTE_GUEST_OS:
		note_text(notes->guest_os, sizeof(notes->guest_os), desc, len);
		break;
	case XEN_ELFNOTE_GUEST_VERSION:
		note_text(notes->guest_version, sizeof(notes->guest_version),
			  desc, len);
		break;
	case XEN_ELFNOTE_XEN_VERSION:
		note_text(notes->xen_version, sizeof(notes->xen_version), desc,
			  len);
		break;
	case XEN_ELFNOTE_LOADER:
		note_text(notes->loader, sizeof(notes->loader), desc, len);
		break;
	}
}

/* len rounded up to 4; *at moves on, or false: it does not fit. */
static bool note_part(size_t *at, size_t size, uint32_t len)
{
	uint64_t padded = ((uint64_t)len + 3) & ~3ull;

	if (len > size - *at) {
		return false;
	}
	*at = padded > size - *at ? size : *at + (size_t)padded;
	return true;
}

static int elf_read_notes(struct elf_file *elf, uint64_t offset, uint64_t len)
{
	const uint8_t *notes, *name, *desc;
	uint32_t name_len, desc_len, type;
	size_t at = 0;

	if (!elf_within(elf, offset, len)) {
		return image_fail(
			elf->err, -EINVAL,
			"truncated: notes at %#llx end at %#llx, file "
			"at %#zx",
			(unsigned long long)offset,
			(unsigned long long)(offset + len), elf->size);
	}
	notes = elf->bytes + offset;
	while (len - at >= 12) {
		name_len = image_u32(notes + at);
		desc_len = image_u32(notes + at + 4);
		type = image_u32(notes + at + 8);
		at += 12;
		name = notes + at;
		if (!note_part(&at, len, name_len)) {
			break;
		}
		desc = notes + at;
		if (!note_part(&at, len, desc_len)) {
			break;
		}
		if (name_len == 4 && memcmp(name, "Xen", 4) == 0) {
			note_take(&elf->image->notes, type, desc, desc_len);
		}
	}
	return 0;
}

/* Some linkers leave the notes in a section that no program header covers. */
static int elf_read_note_sections(struct elf_file *elf)
{
	const Elf64_Ehdr *header = &elf->header;
	Elf64_Shdr section;
	uint32_t i;
	int rc = 0;

	if (header->e_shentsize != sizeof(section) ||
	    header->e_shnum > ELF_MAX_SHDR ||
	    !elf_within(elf, header->e_shoff,
			header->e_shnum * sizeof(section))) {
		return 0;
	}
	for (i = 0; i < header->e_shnum && rc == 0; i++) {
		memcpy(&section,
		       elf->bytes + header->e_shoff + i * sizeof(section),
		       sizeof(section));
		if (section.sh_type == SHT_NOTE) {
			rc = elf_read_notes(elf, section.sh_offset,
					    section.sh_size);
		}
	}
	return rc;
}

static int elf_add_segment(struct elf_file *elf, const Elf64_Phdr *phdr)
{
	struct image *image = elf->image;
	struct image_segment *segment;

	if (phdr->p_memsz == 0) {
		return 0;
	}
	if (image->segment_count == IMAGE_MAX_SEGMENTS) {
		return image_fail(elf->err, -EINVAL,
				  "more than %d loadable segments",
				  IMAGE_MAX_SEGMENTS);
	}
	if (!elf_within(elf, phdr->p_offset, phdr->p_filesz)) {
		return image_fail(elf->err, -EINVAL,
				  "truncated: a segment is at %#llx, %#llx "
				  "bytes, the file ends at %#zx",
				  (unsigned long long)phdr->p_offset,
				  (unsigned long long)phdr->p_filesz,
				  elf->size);
	}
	if (phdr->p_filesz > phdr->p_memsz || phdr->p_memsz > IMAGE_MAX_SIZE ||
	    phdr->p_paddr > UINT64_MAX - phdr->p_memsz) {
		return image_fail(elf->err, -EINVAL,
				  "a segment of %#llx bytes in the file, %#llx "
				  "in memory at %#llx",
				  (unsigned long long)phdr->p_filesz,
				  (unsigned long long)phdr->p_memsz,
				  (unsigned long long)phdr->p_paddr);
	}
	segment = &image->segment[image->segment_count++];
	segment->gpaddr = phdr->p_paddr; /* the notes' offset comes later */
	segment->memsz = phdr->p_memsz;
	segment->filesz = phdr->p_filesz;
	segment->offset = phdr->p_offset;
	segment->data = image->by_fd ? NULL : elf->bytes + phdr->p_offset;
	segment->flags = phdr->p_flags;
	return 0;
}

static int elf_read_phdrs(struct elf_file *elf)
{
	Elf64_Phdr phdr;
	uint32_t i;
	int rc = 0;

	for (i = 0; i < elf->header.e_phnum && rc == 0; i++) {
		elf_get_phdr(elf, i, &phdr);
		if (phdr.p_type == PT_NOTE) {
			rc = elf_read_notes(elf, phdr.p_offset, phdr.p_filesz);
		} else if (phdr.p_type == PT_LOAD) {
			rc = elf_add_segment(elf, &phdr);
		}
	}
	return rc;
}

static int segment_order(const void *left, const void *right)
{
	const struct image_segment *a = left, *b = right;

	return (a->gpaddr > b->gpaddr) - (a->gpaddr < b->gpaddr);
}

static int elf_place(struct elf_file *elf)
{
	struct image *image = elf->image;
	const struct image_notes *notes = &image->notes;
	uint64_t offset, end = 0;
	uint32_t i;

	image->virt_base =
		notes->virt_base == IMAGE_NO_ADDR ? 0 : notes->virt_base;
	offset = notes->paddr_offset == IMAGE_NO_ADDR ? 0 : notes->paddr_offset;
	qsort(image->segment, image->segment_count, sizeof(image->segment[0]),
	      segment_order);
	for (i = 0; i < image->segment_count; i++) {
		struct image_segment *segment = &image->segment[i];

		if (segment->gpaddr < offset ||
		    segment->gpaddr - offset < end) {
			return image_fail(
				elf->err, -EINVAL,
				"segment %u at %#llx overlaps what is "
				"before it",
				i, (unsigned long long)segment->gpaddr);
		}
		segment->gpaddr -= offset;
		end = segment->gpaddr + segment->memsz;
		if (end > UINT64_MAX - image->virt_base) {
			return image_fail(elf->err, -EINVAL,
					  "segment %u passes the end of the "
					  "address space",
					  i);
		}
		segment->vaddr = image->virt_base + segment->gpaddr;
	}
	image->virt_start = image->segment[0].vaddr;
	image->virt_end = image->virt_base + end;
	if (image->virt_end - image->virt_start > IMAGE_MAX_SIZE) {
		return image_fail(elf->err, -EFBIG,
				  "its segments span more than %lu MiB",
				  IMAGE_MAX_SIZE >> 20);
	}
	return 0;
}

static bool elf_addr_inside(const struct image *image, uint64_t addr)
{
	return addr >= image->virt_start && addr < image->virt_end;
}

static int elf_check_addresses(struct elf_file *elf)
{
	struct image *image = elf->image;
	const struct image_notes *notes = &image->notes;
	uint64_t page = notes->hypercall_page;

	image->entry = notes->entry == IMAGE_NO_ADDR ? elf->header.e_entry
						     : notes->entry;
	if (!elf_addr_inside(image, image->entry)) {
		return image_fail(elf->err, -EINVAL,
				  "entry %#llx is outside of the image (%#llx "
				  "to %#llx)",
				  (unsigned long long)image->entry,
				  (unsigned long long)image->virt_start,
				  (unsigned long long)image->virt_end);
	}
	if (page != IMAGE_NO_ADDR &&
	    (page % ELF_PAGE || !elf_addr_inside(image, page) ||
	     image->virt_end - page < ELF_PAGE)) {
		return image_fail(elf->err, -EINVAL,
				  "hypercall page %#llx is not a page of the "
				  "image",
				  (unsigned long long)page);
	}
	return 0;
}

static void notes_clear(struct image_notes *notes)
{
	memset(notes, 0, sizeof(*notes));
	notes->entry = IMAGE_NO_ADDR;
	notes->virt_base = IMAGE_NO_ADDR;
	notes->paddr_offset = IMAGE_NO_ADDR;
	notes->hypercall_page = IMAGE_NO_ADDR;
	notes->init_p2m = IMAGE_NO_ADDR;
	notes->hv_start_low = IMAGE_NO_ADDR;
	notes->phys32_entry = IMAGE_NO_ADDR;
}

int image_elf_read(struct image *image, struct image_err *err)
{
	struct elf_file elf = {
		.bytes = image->elf,
		.size = image->elf_size,
		.image = image,
		.err = err,
	};
	int rc = elf_check_header(&elf);

	notes_clear(&image->notes);
	if (rc == 0) {
		rc = elf_read_phdrs(&elf);
	}
	if (rc == 0 && !image->notes.present) {
		rc = elf_read_note_sections(&elf);
	}
	if (rc) {
		return rc;
	}
	if (!image->notes.present) {
		return image_fail(err, -ENOEXEC,
				  "has no Xen notes: a kernel built without "
				  "Xen guest support");
	}
	if (image->segment_count == 0) {
		return image_fail(err, -EINVAL, "has no loadable segment");
	}
	rc = elf_place(&elf);
	return rc ? rc : elf_check_addresses(&elf);
}
