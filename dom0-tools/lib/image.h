/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_IMAGE_H
#define HOSPES_DOM0_IMAGE_H
/*
 * Kernel images for PV guests: a file becomes a decompressed ELF with its
 * loadable segments and its Xen notes read.
 *
 * Taken: ELF64 x86-64 (vmlinux, micro guests), the same compressed with
 * gzip, xz, zstd or lz4 (legacy frame, as the kernel's own build makes it),
 * and a bzImage with such a payload. The file is hostile: its owner may be a
 * guest's administrator. Every offset is checked against the file, what it
 * unpacks to is limited to IMAGE_MAX_SIZE. What was unpacked is kept in
 * /var/cache/hospes/kernels for the next time, if that is root's own.
 *
 * What is not packed is not read whole: segments are had by
 * image_read_segment(). Elsewhere segment[].data points into elf, which dies
 * in image_free().
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_MAX_SIZE	   (512ul << 20)
#define IMAGE_MAX_SEGMENTS 16
#define IMAGE_NO_ADDR	   UINT64_MAX

struct image_segment {
	uint64_t gpaddr; /* guest physical: p_paddr less the notes' offset */
	uint64_t vaddr;	 /* where the kernel sees it: virt_base + gpaddr */
	uint64_t memsz;	 /* the part after filesz is zero */
	uint64_t filesz;
	uint64_t offset;     /* of its bytes in the ELF */
	const uint8_t *data; /* not where image->by_fd */
	uint32_t flags;	     /* PF_R, PF_W, PF_X */
};

/* What the notes of owner "Xen" say; IMAGE_NO_ADDR where there is none. */
struct image_notes {
	bool present; /* at least one note */
	uint64_t entry;
	uint64_t virt_base;
	uint64_t paddr_offset;
	uint64_t hypercall_page;
	uint64_t init_p2m;
	uint64_t hv_start_low;
	uint64_t phys32_entry;	/* PVH */
	uint64_t mod_start_pfn; /* non-zero: module by frame number */
	uint64_t l1_mfn_mask;
	uint64_t l1_mfn_value;
	uint32_t supported; /* XENFEAT_* bits of submap 0 the kernel can use */
	uint32_t required;  /* bits it cannot do without */
	bool suspend_cancel;
	char guest_os[32];
	char guest_version[32];
	char xen_version[16];
	char loader[16];
};

struct image {
	uint8_t *elf;
	size_t elf_size;
	bool elf_mapped; /* image_free() unmaps instead of freeing */
	bool by_fd;	 /* segments are read from fd by image_read_segment() */
	int fd;
	size_t file_size;
	const char *compression; /* "none", "gzip", "xz", "zstd", "lz4" */
	struct image_segment segment[IMAGE_MAX_SEGMENTS];
	uint32_t segment_count;
	struct image_notes notes;
	/*
	 * Settled from notes and headers. Guest physical 0 is seen at
	 * virt_base; the image covers [virt_start, virt_end) with the
	 * segments in ascending order, none overlapping another. Placement
	 * follows p_paddr: Linux's per-cpu segment has a p_vaddr of 0.
	 */
	uint64_t virt_base;
	uint64_t virt_start;
	uint64_t virt_end;
	uint64_t entry;
};

/*
 * 0, or -Exxx with one line in err: -ENOENT, -EACCES.. from the file;
 * -ENOEXEC not a kernel for us (says what it is); -EINVAL truncated or
 * contradicting itself (says where); -EFBIG over the limit; -ENOMEM.
 */
int image_load(const char *path, struct image *image, char *err,
	       size_t err_len);
/* The same of bytes in memory, which are copied; name is for messages. */
int image_parse(const char *name, const void *bytes, size_t size,
		struct image *image, char *err, size_t err_len);
void image_free(struct image *image);
/*
 * The filesz bytes of a segment to where the guest shall have them. -EIO:
 * the file is shorter than it was.
 */
int image_read_segment(const struct image *image, uint32_t index, void *to);

#endif
