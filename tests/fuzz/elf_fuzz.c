/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF: every byte that a segment or note is said to have is really there. What
 * is no image is a block of notes.
 */
#include <string.h>

#include "lib/bzimage.h"
#include "lib/elf.h"
#include "tests/fuzz/fuzz.h"

static volatile unsigned int sum;

static void touch(const void *p, size_t len)
{
	const uint8_t *b = p;

	if (len) {
		sum += b[0] + b[len - 1];
	}
}

/* Each string has its end. */
static void check_strings(const struct elf_xen_notes *n)
{
	fuzz_check(memchr(n->guest_os, 0, sizeof(n->guest_os)) &&
		   memchr(n->guest_version, 0, sizeof(n->guest_version)) &&
		   memchr(n->xen_version, 0, sizeof(n->xen_version)) &&
		   memchr(n->loader, 0, sizeof(n->loader)) &&
		   memchr(n->pae_mode, 0, sizeof(n->pae_mode)) &&
		   memchr(n->features, 0, sizeof(n->features)));
}

static void read_image(const struct elf_image *elf)
{
	struct elf_xen_notes notes;
	struct elf_segment seg;
	unsigned int i = 0;
	const char *why;

	while (elf_next_load(elf, &i, &seg)) {
		fuzz_check(seg.filesz <= seg.memsz &&
			   seg.vaddr + seg.memsz >= seg.vaddr &&
			   seg.paddr + seg.memsz >= seg.paddr);
		touch(seg.data, seg.filesz);
	}
	if (elf_read_xen_notes(elf, &notes, &why) == 0) {
		check_strings(&notes);
	}
}

static void read_notes(const uint8_t *block, size_t len)
{
	struct elf_note note;
	size_t pos = 0;

	while (elf_next_note(block, len, &pos, &note)) {
		fuzz_check(pos <= len && note.name_len <= len);
		touch(note.name, note.name_len);
		touch(note.desc, note.desc_len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image elf;
	struct bzimage bz;
	const char *why;

	if (elf_open(&elf, data, size, &why) == 0) {
		read_image(&elf);
	} else if (bzimage_open(&bz, data, size, &why) == 0) {
		touch(bz.packed, bz.packed_len);
	} else {
		read_notes(data, size);
	}
	return 0;
}
