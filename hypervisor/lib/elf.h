/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading an ELF64 x86-64 image that lies in memory as a file: its loadable
 * segments and what its Xen notes ask for. Nothing is copied or changed, every
 * offset is checked in elf_open(), so that what comes after it cannot fail.
 *
 * On error -ENOEXEC (not such a file) or -EINVAL (a broken one) is returned
 * and *why is a sentence for the log.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include "lib/types.h"

struct elf_image {
	const uint8_t *data;
	size_t len;
	uint64_t entry;
	uint64_t phoff, shoff;
	uint16_t phnum, shnum; /* shnum is 0 if the sections are unusable */
};

struct elf_segment {
	uint64_t vaddr, paddr;
	uint64_t filesz, memsz; /* filesz <= memsz, neither end wraps */
	const void *data;	/* filesz bytes */
	bool writable, executable;
};

struct elf_note {
	uint32_t type;
	const char *name; /* name_len bytes, without the NUL */
	uint32_t name_len;
	const void *desc;
	uint32_t desc_len;
};

#define ELF_FEATURES_MAX 160

/* Bits of `present`, by the numbers of <xen/elfnote.h>. */
struct elf_xen_notes {
	uint64_t present; /* BIT(XEN_ELFNOTE_x) for each x below */
	uint64_t entry;
	uint64_t hypercall_page;
	uint64_t virt_base;
	uint64_t paddr_offset;
	uint64_t init_p2m;
	uint64_t hv_start_low;
	uint64_t mod_start_pfn;
	uint64_t suspend_cancel;
	uint64_t l1_mfn_mask, l1_mfn_value;
	uint64_t supported_features; /* the number; 0 if absent */
	uint64_t phys32_entry;
	char guest_os[32], guest_version[32], xen_version[16];
	char loader[16], pae_mode[16];
	char features[ELF_FEATURES_MAX]; /* "a|!b": b is required */
};

int __must_check elf_open(struct elf_image *elf, const void *data, size_t len,
			  const char **why);

/*
 * The PT_LOAD segments in file order: start with *index = 0; false after the
 * last one. Segments of no size are left out.
 */
bool elf_next_load(const struct elf_image *elf, unsigned int *index,
		   struct elf_segment *seg);

/*
 * The notes in a block of them. *pos starts at 0. False at the end, which is
 * also what a note that does not fit counts as.
 */
bool elf_next_note(const void *block, size_t len, size_t *pos,
		   struct elf_note *note);

/*
 * Collects the notes of owner "Xen" from PT_NOTE segments, or, where there
 * are none, from note sections. -ENOENT: there are no such notes at all. The
 * last of two equal notes counts. Too long a string is cut.
 */
int __must_check elf_read_xen_notes(const struct elf_image *elf,
				    struct elf_xen_notes *notes,
				    const char **why);

#endif
