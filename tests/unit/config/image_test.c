/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel images: a small ELF made here, packed in each way, wrapped as a
 * bzImage, cut short at every length, and broken field by field.
 */
#include <CUnit/Basic.h>
#include <elf.h>
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "dom0-tools/lib/image.h"
#include "tests/unit/config/elf_sample.h"

static char err[256];

static int load(const void *bytes, size_t size, struct image *image)
{
	err[0] = '\0';
	return image_parse("k", bytes, size, image, err, sizeof(err));
}

static void test_plain(void)
{
	struct elf_sample elf;
	struct image image;

	elf_sample_make(&elf);
	CU_ASSERT_EQUAL_FATAL(load(&elf, sizeof(elf), &image), 0);
	CU_ASSERT_STRING_EQUAL(image.compression, "none");
	CU_ASSERT_EQUAL(image.virt_base, 0xffffffff80000000);
	CU_ASSERT_EQUAL(image.virt_start, 0xffffffff81000000);
	CU_ASSERT_EQUAL(image.virt_end, 0xffffffff81003000);
	CU_ASSERT_EQUAL(image.entry, 0xffffffff81000010);
	CU_ASSERT_EQUAL(image.segment_count, 2);
	CU_ASSERT_EQUAL(image.segment[0].gpaddr, 0x1000000);
	CU_ASSERT_EQUAL(image.segment[0].filesz, sizeof(elf.code));
	CU_ASSERT_EQUAL(image.segment[0].memsz, 0x2000);
	CU_ASSERT_EQUAL(image.segment[0].data[3], 3);
	/* Placed by p_paddr, although its p_vaddr is 0, and sorted. */
	CU_ASSERT_EQUAL(image.segment[1].vaddr, 0xffffffff81002000);
	CU_ASSERT_STRING_EQUAL(image.notes.guest_os, "sample");
	CU_ASSERT_EQUAL(image.notes.supported, 1 << 4 | 1 << 0);
	CU_ASSERT_EQUAL(image.notes.required, 1 << 0);
	CU_ASSERT_EQUAL(image.notes.hypercall_page, 0xffffffff81001000);
	CU_ASSERT_EQUAL(image.notes.init_p2m, IMAGE_NO_ADDR);
	image_free(&image);
}

static size_t pack_gzip(const void *in, size_t size, uint8_t *out, size_t room)
{
	z_stream z = { 0 };
	size_t used;

	deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	z.next_in = (Bytef *)in;
	z.avail_in = (uInt)size;
	z.next_out = out;
	z.avail_out = (uInt)room;
	deflate(&z, Z_FINISH);
	used = room - z.avail_out;
	deflateEnd(&z);
	return used;
}

static size_t pack_xz(const void *in, size_t size, uint8_t *out, size_t room)
{
	size_t used = 0;

	CU_ASSERT_EQUAL(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, NULL, in,
						size, out, &used, room),
			LZMA_OK);
	return used;
}

static size_t pack_zstd(const void *in, size_t size, uint8_t *out, size_t room)
{
	return ZSTD_compress(out, room, in, size, 3);
}

static size_t pack_lz4(const void *in, size_t size, uint8_t *out, size_t room)
{
	static const uint8_t magic[4] = { 0x02, 0x21, 0x4c, 0x18 };
	int used = LZ4_compress_default(in, (char *)out + 8, (int)size,
					(int)room - 8);
	uint32_t block = (uint32_t)used;

	memcpy(out, magic, 4);
	memcpy(out + 4, &block, 4);
	return block + 8;
}

static const struct {
	const char *how;
	size_t (*pack)(const void *in, size_t size, uint8_t *out, size_t room);
} packers[] = {
	{ "gzip", pack_gzip },
	{ "xz", pack_xz },
	{ "zstd", pack_zstd },
	{ "lz4", pack_lz4 },
};

/* Setup code of one sector, the payload behind it, its size at the end. */
static size_t wrap_bzimage(uint8_t *out, const uint8_t *payload, size_t len,
			   uint32_t unpacked)
{
	uint32_t offset = 16, total = (uint32_t)len + 4;

	memset(out, 0, 1024 + 16);
	out[0x1f1] = 1;
	out[0x1fe] = 0x55;
	out[0x1ff] = 0xaa;
	memcpy(out + 0x202, "HdrS", 4);
	out[0x206] = 0x0f;
	out[0x207] = 0x02;
	memcpy(out + 0x248, &offset, 4);
	memcpy(out + 0x24c, &total, 4);
	memcpy(out + 1024 + 16, payload, len);
	memcpy(out + 1024 + 16 + len, &unpacked, 4);
	return 1024 + 16 + len + 4;
}

static void test_packed(void)
{
	static uint8_t packed[65536], wrapped[65536];
	struct elf_sample elf;
	struct image image;
	size_t i, len, cut;
	int rc;

	elf_sample_make(&elf);
	for (i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		len = packers[i].pack(&elf, sizeof(elf), packed,
				      sizeof(packed));
		CU_ASSERT_EQUAL_FATAL(load(packed, len, &image), 0);
		CU_ASSERT_STRING_EQUAL(image.compression, packers[i].how);
		CU_ASSERT_EQUAL(image.elf_size, sizeof(elf));
		image_free(&image);

		len = wrap_bzimage(wrapped, packed, len, sizeof(elf));
		CU_ASSERT_EQUAL_FATAL(load(wrapped, len, &image), 0);
		CU_ASSERT_STRING_EQUAL(image.compression, packers[i].how);
		CU_ASSERT_EQUAL(memcmp(image.elf, &elf, sizeof(elf)), 0);
		image_free(&image);
		for (cut = 0; cut < len; cut++) {
			rc = load(wrapped, cut, &image);
			CU_ASSERT_TRUE(rc == -EINVAL || rc == -ENOEXEC);
			CU_ASSERT_NOT_EQUAL(err[0], '\0');
		}
	}
}

static void test_cut(void)
{
	struct elf_sample elf;
	struct image image;
	size_t cut;

	elf_sample_make(&elf);
	for (cut = 0; cut < sizeof(elf); cut++) {
		CU_ASSERT_NOT_EQUAL(load(&elf, cut, &image), 0);
		CU_ASSERT_PTR_NULL(image.elf);
	}
}

static void expect(struct elf_sample *elf, int rc, const char *says)
{
	struct image image;

	CU_ASSERT_EQUAL(load(elf, sizeof(*elf), &image), rc);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, says));
	if (!strstr(err, says)) {
		printf("\n  got: %s\n", err);
	}
	image_free(&image);
	elf_sample_make(elf);
}

static void test_broken(void)
{
	struct elf_sample elf;

	elf_sample_make(&elf);
	elf.header.e_ident[EI_CLASS] = ELFCLASS32;
	expect(&elf, -ENOEXEC, "not one for 64-bit x86");
	elf.header.e_machine = EM_AARCH64;
	expect(&elf, -ENOEXEC, "machine 183");
	elf.header.e_type = ET_REL;
	expect(&elf, -ENOEXEC, "not an executable");
	elf.header.e_phoff = UINT64_MAX - 8;
	expect(&elf, -EINVAL, "truncated: program headers");
	elf.header.e_phnum = 0;
	expect(&elf, -EINVAL, "0 program headers");
	elf.phdr[0].p_offset = UINT64_MAX;
	expect(&elf, -EINVAL, "truncated: a segment");
	elf.phdr[0].p_filesz = 0x3000;
	expect(&elf, -EINVAL, "truncated: a segment");
	elf.phdr[0].p_memsz = 1;
	expect(&elf, -EINVAL, "bytes in the file");
	elf.phdr[0].p_memsz = UINT64_MAX;
	expect(&elf, -EINVAL, "in memory at");
	elf.phdr[0].p_paddr = UINT64_MAX - 0x1fff;
	expect(&elf, -EINVAL, "passes the end");
	elf.phdr[2].p_memsz = 0x100000;
	expect(&elf, -EINVAL, "overlaps");
	elf.phdr[0].p_paddr = 0x41000000;
	expect(&elf, -EFBIG, "span more than");
	elf.phdr[1].p_offset = sizeof(elf);
	expect(&elf, -EINVAL, "truncated: notes");
	elf.phdr[1].p_type = PT_NULL;
	expect(&elf, -ENOEXEC, "has no Xen notes");
	elf.hypercall.number += 8;
	expect(&elf, -EINVAL, "hypercall page");
	elf.entry.number = 0x1000000;
	expect(&elf, -EINVAL, "entry 0x1000000 is outside");
	elf.entry.note.desc_len = UINT32_MAX;
	expect(&elf, -ENOEXEC, "has no Xen notes");
}

static void test_foreign(void)
{
	static const uint8_t lzma[64] = { 0x5d, 0, 0 };
	struct image image;

	CU_ASSERT_EQUAL(load("hello", 5, &image), -ENOEXEC);
	CU_ASSERT_STRING_EQUAL(err, "k: neither a bzImage nor an ELF (begins "
				    "with 68 65 6c 6c 6f)");
	CU_ASSERT_EQUAL(load(lzma, sizeof(lzma), &image), -ENOEXEC);
	CU_ASSERT_PTR_NOT_NULL(strstr(err, "packed with lzma"));
	CU_ASSERT_EQUAL(load("", 0, &image), -ENOEXEC);
	CU_ASSERT_EQUAL(image_load("/nonexistent/k", &image, err, sizeof(err)),
			-ENOENT);
	CU_ASSERT_EQUAL(image_load("/dev/null", &image, err, sizeof(err)),
			-ENOEXEC);
}

/* A few hundred bytes that unpack to more than the limit. */
static void test_bomb(void)
{
	static uint8_t block[1 << 20];
	size_t room = 4 << 20;
	uint8_t *packed = malloc(room);
	struct image image;
	z_stream z = { 0 };
	int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(packed);
	deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	z.next_out = packed;
	z.avail_out = (uInt)room;
	for (i = 0; i < 520; i++) {
		z.next_in = block;
		z.avail_in = sizeof(block);
		deflate(&z, i == 519 ? Z_FINISH : Z_NO_FLUSH);
	}
	CU_ASSERT_EQUAL(load(packed, room - z.avail_out, &image), -EFBIG);
	CU_ASSERT_STRING_EQUAL(err, "k: gzip data unpack to more than 512 MiB");
	deflateEnd(&z);
	free(packed);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "a plain ELF", test_plain },
		{ "packed, and as a bzImage", test_packed },
		{ "cut short", test_cut },
		{ "broken fields", test_broken },
		{ "foreign files", test_foreign },
		{ "a decompression bomb", test_bomb },
		CU_TEST_INFO_NULL,
	};
	static CU_SuiteInfo suites[] = {
		{ "image", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};
	unsigned int failed;

	CU_initialize_registry();
	CU_register_suites(suites);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
