/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * elf_open() checks the header, both tables and every segment once; headers
 * are copied out before they are read, since a file may align them anyhow.
 *
 * Xen notes are numbers of 1, 2, 4 or 8 bytes or strings; which is which is in
 * the table note_kinds[], where each type has its place in the result.
 */
#include "lib/elf.h"

#include <xen/elfnote.h>

#include "lib/checked.h"
#include "lib/errno.h"
#include "lib/string.h"

struct elf64_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
static_assert(sizeof(struct elf64_header) == 64, "the file's layout");

struct elf64_phdr {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
static_assert(sizeof(struct elf64_phdr) == 56, "the file's layout");

struct elf64_shdr {
	uint32_t name, type;
	uint64_t flags, addr, offset, size;
	uint32_t link, info;
	uint64_t addralign, entsize;
};
static_assert(sizeof(struct elf64_shdr) == 64, "the file's layout");

struct elf_note_header {
	uint32_t name_len, desc_len, type;
};

#define ELF_TYPE_EXEC	 2
#define ELF_TYPE_DYN	 3
#define ELF_MACHINE_X86	 62
#define ELF_PHDR_LOAD	 1
#define ELF_PHDR_NOTE	 4
#define ELF_FLAG_EXEC	 BIT(0)
#define ELF_FLAG_WRITE	 BIT(1)
#define ELF_SECTION_NOTE 7

static int fail(const char **why, int err, const char *text)
{
	*why = text;
	return err;
}

static struct elf64_phdr elf_phdr(const struct elf_image *elf, unsigned int i)
{
	struct elf64_phdr p;

	memcpy(&p, elf->data + elf->phoff + i * sizeof(p), sizeof(p));
	return p;
}

static struct elf64_shdr elf_shdr(const struct elf_image *elf, unsigned int i)
{
	struct elf64_shdr s;

	memcpy(&s, elf->data + elf->shoff + i * sizeof(s), sizeof(s));
	return s;
}

static int check_header(const struct elf64_header *h, const char **why)
{
	static const uint8_t ident[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	if (memcmp(h->ident, ident, sizeof(ident)) != 0) {
		return fail(why, -ENOEXEC, "not a little-endian ELF64 file");
	}
	if (h->machine != ELF_MACHINE_X86) {
		return fail(why, -ENOEXEC, "ELF file not for x86-64");
	}
	if (h->type != ELF_TYPE_EXEC && h->type != ELF_TYPE_DYN) {
		return fail(why, -ENOEXEC, "ELF file is not executable");
	}
	if (!h->phnum || h->phentsize != sizeof(struct elf64_phdr)) {
		return fail(why, -EINVAL, "ELF file without program headers");
	}
	return 0;
}

static int check_segment(const struct elf_image *elf,
			 const struct elf64_phdr *p, const char **why)
{
	uint64_t end;

	if (p->type != ELF_PHDR_LOAD && p->type != ELF_PHDR_NOTE) {
		return 0;
	}
	if (!checked_range(p->offset, p->filesz, elf->len)) {
		return fail(why, -EINVAL, "ELF segment outside of the file");
	}
	if (p->type == ELF_PHDR_NOTE) {
		return 0;
	}
	if (p->filesz > p->memsz) {
		return fail(why, -EINVAL, "ELF segment smaller than its data");
	}
	if (!checked_add(p->vaddr, p->memsz, &end) ||
	    !checked_add(p->paddr, p->memsz, &end)) {
		return fail(why, -EINVAL, "ELF segment address wraps");
	}
	return 0;
}

int elf_open(struct elf_image *elf, const void *data, size_t len,
	     const char **why)
{
	struct elf64_header h;
	int err;

	if (len < sizeof(h)) {
		return fail(why, -ENOEXEC, "too short for an ELF file");
	}
	memcpy(&h, data, sizeof(h));
	err = check_header(&h, why);
	if (err) {
		return err;
	}
	*elf = (struct elf_image){
		.data = data,
		.len = len,
		.entry = h.entry,
		.phoff = h.phoff,
		.phnum = h.phnum,
		.shoff = h.shoff,
		.shnum = h.shnum,
	};
	if (!checked_range(h.phoff, h.phnum * sizeof(struct elf64_phdr), len)) {
		return fail(why, -EINVAL, "ELF program headers outside file");
	}
	/* A stripped or cut file loads all the same: sections are a luxury. */
	if (h.shentsize != sizeof(struct elf64_shdr) ||
	    !checked_range(h.shoff, h.shnum * sizeof(struct elf64_shdr), len)) {
		elf->shnum = 0;
	}
	for (unsigned int i = 0; i < elf->phnum; i++) {
		struct elf64_phdr p = elf_phdr(elf, i);

		err = check_segment(elf, &p, why);
		if (err) {
			return err;
		}
	}
	return 0;
}

bool elf_next_load(const struct elf_image *elf, unsigned int *index,
		   struct elf_segment *seg)
{
	while (*index < elf->phnum) {
		struct elf64_phdr p = elf_phdr(elf, (*index)++);

		if (p.type != ELF_PHDR_LOAD || !p.memsz) {
			continue;
		}
		*seg = (struct elf_segment){
			.vaddr = p.vaddr,
			.paddr = p.paddr,
			.filesz = p.filesz,
			.memsz = p.memsz,
			.data = elf->data + p.offset,
			.writable = p.flags & ELF_FLAG_WRITE,
			.executable = p.flags & ELF_FLAG_EXEC,
		};
		return true;
	}
	return false;
}

/* Takes `len` bytes and the padding to 4 off the block. */
static const char *take_padded(const char *block, size_t len, size_t *pos,
			       uint32_t take)
{
	const char *start = block + *pos;

	if (take > len - *pos) {
		return NULL;
	}
	*pos += min(ALIGN_UP((size_t)take, 4), len - *pos);
	return start;
}

bool elf_next_note(const void *block, size_t len, size_t *pos,
		   struct elf_note *note)
{
	struct elf_note_header h;
	const char *name;

	if (len - *pos < sizeof(h)) {
		return false;
	}
	memcpy(&h, (const char *)block + *pos, sizeof(h));
	*pos += sizeof(h);
	name = take_padded(block, len, pos, h.name_len);
	if (!name) {
		return false;
	}
	note->desc = take_padded(block, len, pos, h.desc_len);
	if (!note->desc) {
		return false;
	}
	note->type = h.type;
	note->name = name;
	note->name_len = (uint32_t)strnlen(name, h.name_len);
	note->desc_len = h.desc_len;
	return true;
}

/* Where a note's value goes: a number, a pair of them, or a string. */
enum note_kind {
	NOTE_UNKNOWN,
	NOTE_NUMBER,
	NOTE_PAIR,
	NOTE_STRING
};

struct note_place {
	enum note_kind kind;
	uint16_t offset, size;
};

#define PLACE(kind, field)                                         \
	{                                                          \
		kind, offsetof(struct elf_xen_notes, field),       \
			sizeof(((struct elf_xen_notes *)0)->field) \
	}

static const struct note_place note_places[] = {
	[XEN_ELFNOTE_ENTRY] = PLACE(NOTE_NUMBER, entry),
	[XEN_ELFNOTE_HYPERCALL_PAGE] = PLACE(NOTE_NUMBER, hypercall_page),
	[XEN_ELFNOTE_VIRT_BASE] = PLACE(NOTE_NUMBER, virt_base),
	[XEN_ELFNOTE_PADDR_OFFSET] = PLACE(NOTE_NUMBER, paddr_offset),
	[XEN_ELFNOTE_XEN_VERSION] = PLACE(NOTE_STRING, xen_version),
	[XEN_ELFNOTE_GUEST_OS] = PLACE(NOTE_STRING, guest_os),
	[XEN_ELFNOTE_GUEST_VERSION] = PLACE(NOTE_STRING, guest_version),
	[XEN_ELFNOTE_LOADER] = PLACE(NOTE_STRING, loader),
	[XEN_ELFNOTE_PAE_MODE] = PLACE(NOTE_STRING, pae_mode),
	[XEN_ELFNOTE_FEATURES] = PLACE(NOTE_STRING, features),
	[XEN_ELFNOTE_HV_START_LOW] = PLACE(NOTE_NUMBER, hv_start_low),
	[XEN_ELFNOTE_L1_MFN_VALID] = PLACE(NOTE_PAIR, l1_mfn_mask),
	[XEN_ELFNOTE_SUSPEND_CANCEL] = PLACE(NOTE_NUMBER, suspend_cancel),
	[XEN_ELFNOTE_INIT_P2M] = PLACE(NOTE_NUMBER, init_p2m),
	[XEN_ELFNOTE_MOD_START_PFN] = PLACE(NOTE_NUMBER, mod_start_pfn),
	[XEN_ELFNOTE_SUPPORTED_FEATURES] =
		PLACE(NOTE_NUMBER, supported_features),
	[XEN_ELFNOTE_PHYS32_ENTRY] = PLACE(NOTE_NUMBER, phys32_entry),
};
static_assert(offsetof(struct elf_xen_notes, l1_mfn_value) ==
		      offsetof(struct elf_xen_notes, l1_mfn_mask) + 8,
	      "a pair is stored as two numbers in a row");

static bool number_of(const void *desc, uint32_t len, uint64_t *value)
{
	if (len != 1 && len != 2 && len != 4 && len != 8) {
		return false;
	}
	*value = 0;
	memcpy(value, desc, len);
	return true;
}

static bool store_note(struct elf_xen_notes *notes,
		       const struct note_place *place,
		       const struct elf_note *note)
{
	char *to = (char *)notes + place->offset;
	uint64_t first, second;
	size_t len;

	switch (place->kind) {
	case NOTE_NUMBER:
		return number_of(note->desc, note->desc_len, (uint64_t *)to);
	case NOTE_PAIR:
		if (!number_of(note->desc, note->desc_len / 2, &first) ||
		    !number_of((const char *)note->desc + note->desc_len / 2,
			       note->desc_len / 2, &second)) {
			return false;
		}
		memcpy(to, &first, sizeof(first));
		memcpy(to + sizeof(first), &second, sizeof(second));
		return true;
	case NOTE_STRING:
		len = strnlen(note->desc, min(note->desc_len, place->size - 1));
		memcpy(to, note->desc, len);
		to[len] = '\0';
		return true;
	case NOTE_UNKNOWN:
		break;
	}
	return true;
}

static int take_notes(const void *block, size_t len,
		      struct elf_xen_notes *notes, const char **why)
{
	struct elf_note note;
	size_t pos = 0;

	while (elf_next_note(block, len, &pos, &note)) {
		if (note.name_len != 3 || memcmp(note.name, "Xen", 3) != 0 ||
		    note.type >= ARRAY_SIZE(note_places) ||
		    note_places[note.type].kind == NOTE_UNKNOWN) {
			continue;
		}
		if (!store_note(notes, &note_places[note.type], &note)) {
			return fail(why, -EINVAL, "Xen note of a wrong size");
		}
		notes->present |= BIT(note.type);
	}
	return 0;
}

static int take_section_notes(const struct elf_image *elf,
			      struct elf_xen_notes *notes, const char **why)
{
	int err = 0;

	for (unsigned int i = 0; i < elf->shnum && !err; i++) {
		struct elf64_shdr s = elf_shdr(elf, i);

		if (s.type == ELF_SECTION_NOTE &&
		    checked_range(s.offset, s.size, elf->len)) {
			err = take_notes(elf->data + s.offset, s.size, notes,
					 why);
		}
	}
	return err;
}

int elf_read_xen_notes(const struct elf_image *elf, struct elf_xen_notes *notes,
		       const char **why)
{
	int err = 0;

	memset(notes, 0, sizeof(*notes));
	for (unsigned int i = 0; i < elf->phnum && !err; i++) {
		struct elf64_phdr p = elf_phdr(elf, i);

		if (p.type == ELF_PHDR_NOTE) {
			err = take_notes(elf->data + p.offset, p.filesz, notes,
					 why);
		}
	}
	if (!err && !notes->present) {
		err = take_section_notes(elf, notes, why);
	}
	if (!err && !notes->present) {
		return fail(why, -ENOENT, "ELF file without Xen notes");
	}
	return err;
}
