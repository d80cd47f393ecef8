/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that is not packed need not pass through our memory: only its
 * headers and notes are read here, its segments go from the file straight
 * into the guest (image_read_segment).
 *
 * image->elf is then an address range as long as the file in which only
 * these parts stand; the rest are pages that were never touched and read as
 * zero. The ELF reader works on it as on a whole file. What it checked was
 * copied, so a file that changes afterwards can only change the guest's own
 * contents.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dom0-tools/lib/image_private.h"

#define PLAIN_MAX_PART (1ul << 20) /* more headers or notes: read it whole */

struct plain {
	int fd;
	uint8_t *bytes;
	size_t size;
};

/* One part of the file to its place; what lies beyond the end is left out. */
static bool plain_part(const struct plain *plain, uint64_t offset, uint64_t len)
{
	if (offset >= plain->size || !len) {
		return true;
	}
	if (len > plain->size - offset) {
		len = plain->size - offset;
	}
	return len <= PLAIN_MAX_PART &&
	       pread(plain->fd, plain->bytes + offset, len, (off_t)offset) ==
		       (ssize_t)len;
}

static bool plain_notes(const struct plain *plain, const Elf64_Ehdr *header)
{
	uint64_t phdrs = header->e_phnum * sizeof(Elf64_Phdr);
	Elf64_Phdr phdr;
	uint32_t i;

	if (!plain_part(plain, header->e_phoff, phdrs)) {
		return false;
	}
	for (i = 0; i < header->e_phnum && header->e_phoff < plain->size &&
		    (i + 1) * sizeof(phdr) <= plain->size - header->e_phoff;
	     i++) {
		memcpy(&phdr, plain->bytes + header->e_phoff + i * sizeof(phdr),
		       sizeof(phdr));
		if (phdr.p_type == PT_NOTE &&
		    !plain_part(plain, phdr.p_offset, phdr.p_filesz)) {
			return false;
		}
	}
	return true;
}

/* The section table and the notes in it, for kernels without PT_NOTE. */
static bool plain_sections(const struct plain *plain, const Elf64_Ehdr *header)
{
	uint64_t table = header->e_shnum * sizeof(Elf64_Shdr);
	Elf64_Shdr section;
	uint32_t i;

	if (!plain_part(plain, header->e_shoff, table)) {
		return false;
	}
	for (i = 0; i < header->e_shnum && header->e_shoff < plain->size &&
		    (i + 1) * sizeof(section) <= plain->size - header->e_shoff;
	     i++) {
		memcpy(&section,
		       plain->bytes + header->e_shoff + i * sizeof(section),
		       sizeof(section));
		if (section.sh_type == SHT_NOTE &&
		    !plain_part(plain, section.sh_offset, section.sh_size)) {
			return false;
		}
	}
	return true;
}

bool image_plain_open(int fd, size_t size, struct image *image)
{
	struct plain plain = { .fd = dup(fd), .size = size };
	Elf64_Ehdr header;

	if (plain.fd < 0) {
		return false;
	}
	if (size < sizeof(header) ||
	    pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG)) {
		close(plain.fd);
		return false;
	}
	plain.bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (plain.bytes == MAP_FAILED) {
		close(plain.fd);
		return false;
	}
	if (!plain_part(&plain, 0, sizeof(header)) ||
	    !plain_notes(&plain, &header) || !plain_sections(&plain, &header)) {
		munmap(plain.bytes, size);
		close(plain.fd);
		return false;
	}
	image->elf = plain.bytes;
	image->elf_size = size;
	image->elf_mapped = true;
	image->by_fd = true;
	image->fd = plain.fd;
	image->compression = "none";
	return true;
}

int image_read_segment(const struct image *image, uint32_t index, void *to)
{
	const struct image_segment *segment = &image->segment[index];
	uint64_t done = 0;

	if (!image->by_fd) {
		memcpy(to, segment->data, segment->filesz);
		return 0;
	}
	while (done < segment->filesz) {
		ssize_t got = pread(image->fd, (uint8_t *)to + done,
				    segment->filesz - done,
				    (off_t)(segment->offset + done));

		if (got <= 0) {
			return got < 0 ? -errno : -EIO;
		}
		done += (uint64_t)got;
	}
	return 0;
}
