/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_TEST_ELF_SAMPLE_H
#define HOSPES_TEST_ELF_SAMPLE_H
/*
 * A kernel of two segments with Xen notes, laid out like Linux: the first at
 * 16 MiB, the second (written first, p_vaddr 0, as per-cpu data are) behind.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xen/xen.h>

#include <xen/elfnote.h>

struct elf_note {
	uint32_t name_len;
	uint32_t desc_len;
	uint32_t type;
	char name[4];
};

struct elf_note_number {
	struct elf_note note;
	uint64_t number;
};

struct elf_note_text {
	struct elf_note note;
	char text[64];
};

struct elf_sample {
	Elf64_Ehdr header;
	Elf64_Phdr phdr[3];
	uint8_t code[256];
	uint8_t data[64];
	struct elf_note_number entry;
	struct elf_note_number base;
	struct elf_note_number hypercall;
	struct elf_note_text os;
	struct elf_note_text features;
};

static inline struct elf_note elf_sample_note(uint32_t type, uint32_t len)
{
	struct elf_note note = { 4, len, type, "Xen" };

	return note;
}

static inline void elf_sample_number(struct elf_note_number *to, uint32_t type,
				     uint64_t number)
{
	to->note = elf_sample_note(type, 8);
	to->number = number;
}

static inline void elf_sample_text(struct elf_note_text *to, uint32_t type,
				   const char *text)
{
	to->note = elf_sample_note(type, sizeof(to->text));
	strcpy(to->text, text);
}

static inline Elf64_Phdr elf_sample_phdr(uint32_t type, size_t offset,
					 size_t filesz, uint64_t paddr,
					 uint64_t memsz)
{
	Elf64_Phdr phdr = {
		.p_type = type,
		.p_flags = PF_R | PF_X,
		.p_offset = offset,
		.p_paddr = paddr,
		.p_filesz = filesz,
		.p_memsz = memsz,
	};

	return phdr;
}

static inline void elf_sample_make(struct elf_sample *elf)
{
	size_t i;

	memset(elf, 0, sizeof(*elf));
	memcpy(elf->header.e_ident, ELFMAG, SELFMAG);
	elf->header.e_ident[EI_CLASS] = ELFCLASS64;
	elf->header.e_ident[EI_DATA] = ELFDATA2LSB;
	elf->header.e_type = ET_EXEC;
	elf->header.e_machine = EM_X86_64;
	elf->header.e_entry = 0x1000000;
	elf->header.e_phoff = offsetof(struct elf_sample, phdr);
	elf->header.e_phentsize = sizeof(Elf64_Phdr);
	elf->header.e_phnum = 3;
	elf->phdr[0] =
		elf_sample_phdr(PT_LOAD, offsetof(struct elf_sample, data),
				sizeof(elf->data), 0x1002000, 0x1000);
	elf->phdr[1] = elf_sample_phdr(
		PT_NOTE, offsetof(struct elf_sample, entry),
		sizeof(*elf) - offsetof(struct elf_sample, entry), 0, 0);
	elf->phdr[2] =
		elf_sample_phdr(PT_LOAD, offsetof(struct elf_sample, code),
				sizeof(elf->code), 0x1000000, 0x2000);
	for (i = 0; i < sizeof(elf->code); i++) {
		elf->code[i] = (uint8_t)i;
	}
	elf_sample_number(&elf->entry, XEN_ELFNOTE_ENTRY, 0xffffffff81000010);
	elf_sample_number(&elf->base, XEN_ELFNOTE_VIRT_BASE,
			  0xffffffff80000000);
	elf_sample_number(&elf->hypercall, XEN_ELFNOTE_HYPERCALL_PAGE,
			  0xffffffff81001000);
	elf_sample_text(&elf->os, XEN_ELFNOTE_GUEST_OS, "sample");
	elf_sample_text(&elf->features, XEN_ELFNOTE_FEATURES,
			"!writable_page_tables|pae_pgdir_above_4gb|unheard");
}

#endif
