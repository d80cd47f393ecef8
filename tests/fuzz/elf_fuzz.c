/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF: every byte that a segment or note is said to have is really there. */
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
		fuzz_check(strlen(notes.features) < sizeof(notes.features));
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
	}
	return 0;
}
