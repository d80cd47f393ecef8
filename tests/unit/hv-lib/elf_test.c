/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small ELF file is built by hand; each test changes one thing in it. The
 * buffer is exactly as large as the file, so that the sanitizer sees every
 * byte that is read beyond its end.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xen/elfnote.h>

#include "lib/bzimage.h"
#include "lib/elf.h"
#include "tests/unit/hv-lib/suite.h"

#define NOTES_AT   0x200
#define NOTES_SIZE 0x200
#define FILE_SIZE  0x500

struct sample {
	Elf64_Ehdr *eh;
	Elf64_Phdr *ph; /* load, load, note */
	uint8_t *bytes;
	size_t note_end;
};

static void add_note(struct sample *s, const char *name, uint32_t type,
		     const void *desc, uint32_t len)
{
	Elf64_Nhdr nh = { (uint32_t)strlen(name) + 1, len, type };
	uint8_t *p = s->bytes + s->note_end;

	memcpy(p, &nh, sizeof(nh));
	memcpy(p + sizeof(nh), name, nh.n_namesz);
	memcpy(p + sizeof(nh) + ((nh.n_namesz + 3) & ~3u), desc, len);
	s->note_end +=
		sizeof(nh) + ((nh.n_namesz + 3) & ~3u) + ((len + 3) & ~3u);
	s->ph[2].p_filesz = s->note_end - NOTES_AT;
}

static void add_number(struct sample *s, uint32_t type, uint64_t v)
{
	add_note(s, "Xen", type, &v, sizeof(v));
}

static struct sample sample_new(void)
{
	struct sample s = { .bytes = calloc(1, FILE_SIZE) };

	s.eh = (Elf64_Ehdr *)s.bytes;
	s.ph = (Elf64_Phdr *)(s.bytes + sizeof(*s.eh));
	memcpy(s.eh->e_ident, ELFMAG "\2\1\1", 7);
	s.eh->e_type = ET_EXEC;
	s.eh->e_machine = EM_X86_64;
	s.eh->e_entry = 0x1234;
	s.eh->e_phoff = sizeof(*s.eh);
	s.eh->e_phentsize = sizeof(*s.ph);
	s.eh->e_phnum = 3;
	s.ph[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
				.p_flags = PF_R | PF_X,
				.p_offset = 0x400,
				.p_vaddr = 0xffffffff81000000,
				.p_paddr = 0x1000000,
				.p_filesz = 0x100,
				.p_memsz = 0x100 };
	s.ph[1] = (Elf64_Phdr){ .p_type = PT_LOAD,
				.p_flags = PF_R | PF_W,
				.p_offset = FILE_SIZE,
				.p_vaddr = 0xffffffff82000000,
				.p_paddr = 0x2000000,
				.p_filesz = 0,
				.p_memsz = 0x3000 };
	s.ph[2] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = NOTES_AT };
	s.note_end = NOTES_AT;
	return s;
}

static int open_sample(const struct sample *s, struct elf_image *elf)
{
	const char *why = NULL;
	int err = elf_open(elf, s->bytes, FILE_SIZE, &why);

	CU_ASSERT_EQUAL(err != 0, why != NULL);
	return err;
}

static int read_notes(const struct sample *s, struct elf_xen_notes *n)
{
	const char *why = NULL;
	struct elf_image elf;
	int err;

	CU_ASSERT_EQUAL_FATAL(open_sample(s, &elf), 0);
	err = elf_read_xen_notes(&elf, n, &why);
	CU_ASSERT_EQUAL(err != 0, why != NULL);
	return err;
}

static void test_segments(void)
{
	struct sample s = sample_new();
	struct elf_segment seg;
	struct elf_image elf;
	unsigned int i = 0;

	CU_ASSERT_EQUAL_FATAL(open_sample(&s, &elf), 0);
	CU_ASSERT_EQUAL(elf.entry, 0x1234);
	CU_ASSERT_TRUE(elf_next_load(&elf, &i, &seg));
	CU_ASSERT_EQUAL(seg.vaddr, 0xffffffff81000000);
	CU_ASSERT_EQUAL(seg.paddr, 0x1000000);
	CU_ASSERT_PTR_EQUAL(seg.data, s.bytes + 0x400);
	CU_ASSERT_TRUE(seg.executable && !seg.writable);
	CU_ASSERT_TRUE(elf_next_load(&elf, &i, &seg));
	CU_ASSERT_EQUAL(seg.filesz, 0);
	CU_ASSERT_EQUAL(seg.memsz, 0x3000);
	CU_ASSERT_TRUE(!seg.executable && seg.writable);
	CU_ASSERT_FALSE(elf_next_load(&elf, &i, &seg));
	free(s.bytes);
}

static void expect_open(struct sample *s, int want)
{
	struct elf_image elf;

	CU_ASSERT_EQUAL(open_sample(s, &elf), want);
	free(s->bytes);
	*s = sample_new();
}

static void test_bad_headers(void)
{
	struct sample s = sample_new();

	s.eh->e_ident[0] = 0;
	expect_open(&s, -ENOEXEC);
	s.eh->e_ident[4] = ELFCLASS32;
	expect_open(&s, -ENOEXEC);
	s.eh->e_ident[5] = ELFDATA2MSB;
	expect_open(&s, -ENOEXEC);
	s.eh->e_machine = EM_386;
	expect_open(&s, -ENOEXEC);
	s.eh->e_type = ET_REL;
	expect_open(&s, -ENOEXEC);
	s.eh->e_phnum = 0;
	expect_open(&s, -EINVAL);
	s.eh->e_phnum = UINT16_MAX;
	expect_open(&s, -EINVAL);
	s.eh->e_phentsize = 32;
	expect_open(&s, -EINVAL);
	s.eh->e_phoff = UINT64_MAX - 8;
	expect_open(&s, -EINVAL);
	s.eh->e_phoff = FILE_SIZE - 3 * sizeof(*s.ph) + 1;
	expect_open(&s, -EINVAL);
	s.ph[0].p_offset = FILE_SIZE - 0x100 + 1;
	expect_open(&s, -EINVAL);
	s.ph[0].p_offset = UINT64_MAX - 0x80;
	expect_open(&s, -EINVAL);
	s.ph[0].p_memsz = 0xff;
	expect_open(&s, -EINVAL);
	s.ph[1].p_memsz = UINT64_MAX;
	expect_open(&s, -EINVAL);
	s.ph[1].p_paddr = UINT64_MAX - 5;
	expect_open(&s, -EINVAL);
	s.ph[2].p_offset = FILE_SIZE + 1;
	expect_open(&s, -EINVAL);
	/* Sections are not needed to load it. */
	s.eh->e_shoff = UINT64_MAX;
	s.eh->e_shnum = 9;
	expect_open(&s, 0);
	free(s.bytes);
}

static void test_short_files(void)
{
	struct sample s = sample_new();

	for (size_t len = 0; len < FILE_SIZE; len++) {
		uint8_t *cut = malloc(len ? len : 1);
		const char *why;
		struct elf_image elf;

		memcpy(cut, s.bytes, len);
		CU_ASSERT_TRUE(elf_open(&elf, cut, len, &why) < 0);
		free(cut);
	}
	free(s.bytes);
}

static void test_notes(void)
{
	static const uint64_t valid[2] = { 0x5, 0x1 };
	struct sample s = sample_new();
	struct elf_xen_notes n;
	uint32_t one = 1;

	CU_ASSERT_EQUAL(read_notes(&s, &n), -ENOENT);
	add_note(&s, "GNU", 3, "buildid", 7);
	CU_ASSERT_EQUAL(read_notes(&s, &n), -ENOENT);
	add_number(&s, XEN_ELFNOTE_ENTRY, 0xffffffff81000100);
	add_number(&s, XEN_ELFNOTE_VIRT_BASE, 0xffffffff80000000);
	add_number(&s, XEN_ELFNOTE_HYPERCALL_PAGE, 0xffffffff81001000);
	add_number(&s, XEN_ELFNOTE_PADDR_OFFSET, 0x1000);
	add_number(&s, XEN_ELFNOTE_INIT_P2M, 0x8000000000);
	add_number(&s, XEN_ELFNOTE_HV_START_LOW, 0xffff800000000000);
	add_note(&s, "Xen", XEN_ELFNOTE_MOD_START_PFN, &one, 4);
	add_note(&s, "Xen", XEN_ELFNOTE_SUSPEND_CANCEL, &one, 1);
	add_note(&s, "Xen", XEN_ELFNOTE_L1_MFN_VALID, valid, 16);
	add_note(&s, "Xen", XEN_ELFNOTE_GUEST_OS, "linux", 6);
	add_note(&s, "Xen", XEN_ELFNOTE_LOADER, "generic-and-much-more", 22);
	add_note(&s, "Xen", XEN_ELFNOTE_FEATURES, "!writable_page_tables|x",
		 24);
	add_note(&s, "Xen", 0x7fffffff, "unknown", 8);
	CU_ASSERT_EQUAL(read_notes(&s, &n), 0);
	CU_ASSERT_EQUAL(n.entry, 0xffffffff81000100);
	CU_ASSERT_EQUAL(n.virt_base, 0xffffffff80000000);
	CU_ASSERT_EQUAL(n.hypercall_page, 0xffffffff81001000);
	CU_ASSERT_EQUAL(n.paddr_offset, 0x1000);
	CU_ASSERT_EQUAL(n.init_p2m, 0x8000000000);
	CU_ASSERT_EQUAL(n.hv_start_low, 0xffff800000000000);
	CU_ASSERT_EQUAL(n.mod_start_pfn, 1);
	CU_ASSERT_EQUAL(n.suspend_cancel, 1);
	CU_ASSERT_EQUAL(n.l1_mfn_mask, 5);
	CU_ASSERT_EQUAL(n.l1_mfn_value, 1);
	CU_ASSERT_STRING_EQUAL(n.guest_os, "linux");
	CU_ASSERT_STRING_EQUAL(n.loader, "generic-and-muc");
	CU_ASSERT_STRING_EQUAL(n.features, "!writable_page_tables|x");
	CU_ASSERT_TRUE(n.present & BIT(XEN_ELFNOTE_INIT_P2M));
	CU_ASSERT_FALSE(n.present & BIT(XEN_ELFNOTE_PAE_MODE));
	free(s.bytes);
}

static void test_bad_notes(void)
{
	struct sample s = sample_new();
	Elf64_Nhdr *nh;
	struct elf_xen_notes n;

	add_note(&s, "Xen", XEN_ELFNOTE_ENTRY, "123456", 6);
	CU_ASSERT_EQUAL(read_notes(&s, &n), -EINVAL);
	free(s.bytes);
	s = sample_new();
	add_number(&s, XEN_ELFNOTE_ENTRY, 1);
	nh = (Elf64_Nhdr *)(s.bytes + NOTES_AT);
	nh->n_descsz = UINT32_MAX;
	CU_ASSERT_EQUAL(read_notes(&s, &n), -ENOENT);
	nh->n_descsz = 8;
	nh->n_namesz = UINT32_MAX - 2;
	CU_ASSERT_EQUAL(read_notes(&s, &n), -ENOENT);
	nh->n_namesz = 0;
	CU_ASSERT_EQUAL(read_notes(&s, &n), -ENOENT);
	free(s.bytes);
}

static void test_section_notes(void)
{
	struct sample s = sample_new();
	Elf64_Shdr *sh = (Elf64_Shdr *)(s.bytes + 0x400);
	struct elf_xen_notes n;

	add_number(&s, XEN_ELFNOTE_ENTRY, 77);
	s.ph[2].p_type = PT_NULL;
	sh->sh_type = SHT_NOTE;
	sh->sh_offset = NOTES_AT;
	sh->sh_size = s.note_end - NOTES_AT;
	s.eh->e_shoff = 0x400;
	s.eh->e_shnum = 1;
	s.eh->e_shentsize = sizeof(*sh);
	CU_ASSERT_EQUAL(read_notes(&s, &n), 0);
	CU_ASSERT_EQUAL(n.entry, 77);
	sh->sh_size = FILE_SIZE;
	CU_ASSERT_EQUAL(read_notes(&s, &n), -ENOENT);
	free(s.bytes);
}

#define BZ_SIZE	   0x1000
#define BZ_PAYLOAD (3 * 512 + 0x100)

static uint8_t *bzimage_new(const char *magic)
{
	uint8_t *b = calloc(1, BZ_SIZE);
	uint32_t offset = 0x100, len = BZ_SIZE - BZ_PAYLOAD, size = 4567;

	b[0x1f1] = 2;
	b[0x1fe] = 0x55;
	b[0x1ff] = 0xaa;
	memcpy(b + 0x202, "HdrS\x0f\x02", 6);
	memcpy(b + 0x248, &offset, 4);
	memcpy(b + 0x24c, &len, 4);
	memcpy(b + BZ_PAYLOAD, magic, strlen(magic));
	memcpy(b + BZ_SIZE - 4, &size, 4);
	return b;
}

static int open_bzimage(uint8_t *b, struct bzimage *bz)
{
	const char *why = NULL;
	int err = bzimage_open(bz, b, BZ_SIZE, &why);

	CU_ASSERT_EQUAL(err != 0, why != NULL);
	free(b);
	return err;
}

static void test_bzimage(void)
{
	struct bzimage bz;
	uint8_t *b = bzimage_new("\xfd"
				 "7zXZ");
	const uint8_t *payload = b + BZ_PAYLOAD;

	CU_ASSERT_EQUAL(open_bzimage(b, &bz), 0);
	CU_ASSERT_EQUAL(bz.compression, COMPRESSION_XZ);
	CU_ASSERT_EQUAL(bz.protocol, 0x20f);
	CU_ASSERT_PTR_EQUAL(bz.packed, payload);
	CU_ASSERT_EQUAL(bz.packed_len, BZ_SIZE - BZ_PAYLOAD - 4);
	CU_ASSERT_EQUAL(bz.unpacked_len, 4567);
	CU_ASSERT_EQUAL(open_bzimage(bzimage_new("\x1f\x8b\x08"), &bz), 0);
	CU_ASSERT_EQUAL(bz.compression, COMPRESSION_GZIP);
	CU_ASSERT_EQUAL(open_bzimage(bzimage_new("nothing"), &bz), -EINVAL);
	b = bzimage_new("\x1f\x8b\x08");
	b[0x207] = 1;
	CU_ASSERT_EQUAL(open_bzimage(b, &bz), -EINVAL);
	b = bzimage_new("\x1f\x8b\x08");
	b[0x24c]++;
	CU_ASSERT_EQUAL(open_bzimage(b, &bz), -EINVAL);
	b = bzimage_new("\x1f\x8b\x08");
	memset(b + 0x248, 0xff, 8);
	CU_ASSERT_EQUAL(open_bzimage(b, &bz), -EINVAL);
	b = bzimage_new("\x1f\x8b\x08");
	b[0x202] = 'h';
	CU_ASSERT_EQUAL(open_bzimage(b, &bz), -ENOEXEC);
}

int main(void)
{
	static const struct test tests[] = {
		{ "segments", test_segments },
		{ "bad headers", test_bad_headers },
		{ "files cut anywhere", test_short_files },
		{ "Xen notes", test_notes },
		{ "bad notes", test_bad_notes },
		{ "notes in sections", test_section_notes },
		{ "bzImage", test_bzimage },
	};

	return suite_run("elf", tests, ARRAY_SIZE(tests));
}
