/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the real libraries pack must come out as it went in; packed data that
 * was cut or changed must be refused or come out as something, within bounds.
 * Every buffer is exactly as large as it says, so that the sanitizers see it
 * when a decoder goes a byte too far.
 */
#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "lib/decompress.h"
#include "tests/unit/hv-lib/suite.h"

struct buffer {
	uint8_t *data;
	size_t len;
};

static void *work;

static struct buffer buffer_new(size_t len)
{
	struct buffer b = { .data = malloc(len ? len : 1), .len = len };

	CU_ASSERT_PTR_NOT_NULL_FATAL(b.data);
	return b;
}

/* Cuts it to what is used, so that nothing behind that may be touched. */
static struct buffer buffer_trim(struct buffer b, size_t len)
{
	struct buffer exact = buffer_new(len);

	memcpy(exact.data, b.data, len);
	free(b.data);
	return exact;
}

/* Kinds of data that make the packers use all they have. */
enum sample {
	NOTHING,
	BYTE,
	ZEROS,
	NOISE,
	TEXT,
	CODE,
	PERIODS,
	MIXED,
	SAMPLES
};

static void fill_text(uint8_t *p, size_t len)
{
	static const char *const words[] = { "domain ", "vcpu ",   "grant ",
					     "the ",	"frame, ", "event\n" };

	while (len) {
		const char *w = words[suite_random() % 6];
		size_t n = min(strlen(w), len);

		memcpy(p, w, n);
		p += n;
		len -= n;
	}
}

/* Near calls everywhere, also in each other's operands. */
static void fill_code(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		static const uint8_t bytes[] = { 0xe8, 0xe9, 0x00, 0xff,
						 0x0f, 0x48, 0x89, 0x55 };

		p[i] = suite_random() % 3 ? bytes[suite_random() % 8]
					  : (uint8_t)suite_random();
	}
}

/* Runs that repeat after 1 to 20 bytes. */
static void fill_periods(uint8_t *p, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t period = 1 + suite_random() % 20;
		size_t n = min(len - at, (size_t)(suite_random() % 900));

		for (size_t i = 0; i < n; i++, at++) {
			p[at] = i < period || at < period
					? (uint8_t)suite_random()
					: p[at - period];
		}
	}
}

static void fill(uint8_t *p, size_t len, enum sample kind)
{
	switch (kind) {
	case NOTHING:
	case BYTE:
	case ZEROS:
		memset(p, 0, len);
		break;
	case NOISE:
		for (size_t i = 0; i < len; i++) {
			p[i] = (uint8_t)suite_random();
		}
		break;
	case TEXT:
		fill_text(p, len);
		break;
	case CODE:
		fill_code(p, len);
		break;
	case PERIODS:
		fill_periods(p, len);
		break;
	case MIXED:
		for (size_t at = 0; at < len;) {
			size_t n =
				min(len - at, (size_t)(suite_random() % 30000));

			fill(p + at, n, ZEROS + suite_random() % 5);
			at += n;
		}
		break;
	case SAMPLES:
		break;
	}
}

static struct buffer sample_new(enum sample kind)
{
	static const size_t sizes[SAMPLES] = {
		[NOTHING] = 0,	    [BYTE] = 1,	       [ZEROS] = 300000,
		[NOISE] = 70000,    [TEXT] = 400000,   [CODE] = 200000,
		[PERIODS] = 300000, [MIXED] = 3000000,
	};
	struct buffer b = buffer_new(sizes[kind]);

	fill(b.data, b.len, kind);
	return b;
}

typedef struct buffer pack_fn(struct buffer in, int variant);

static struct buffer pack_xz(struct buffer in, int variant)
{
	static const struct {
		uint32_t preset;
		bool x86;
		lzma_check check;
		uint32_t lc, lp, pb;
	} v[] = {
		{ 6, true, LZMA_CHECK_CRC32, 3, 0, 2 },
		{ 0, false, LZMA_CHECK_CRC64, 3, 0, 2 },
		{ 9, true, LZMA_CHECK_NONE, 0, 4, 4 },
		{ 6, false, LZMA_CHECK_CRC32, 4, 0, 0 },
		{ 3, true, LZMA_CHECK_CRC32, 1, 3, 1 },
	};
	lzma_options_lzma lzma, *options = &lzma;
	lzma_filter filters[3] = { { LZMA_FILTER_X86, NULL },
				   { LZMA_FILTER_LZMA2, options },
				   { LZMA_VLI_UNKNOWN, NULL } };
	struct buffer out = buffer_new(in.len * 2 + 1000);
	size_t used = 0;

	lzma_lzma_preset(&lzma, v[variant].preset);
	lzma.dict_size = 1 << 20;
	lzma.lc = v[variant].lc;
	lzma.lp = v[variant].lp;
	lzma.pb = v[variant].pb;
	CU_ASSERT_EQUAL(lzma_stream_buffer_encode(
				v[variant].x86 ? filters : filters + 1,
				v[variant].check, NULL, in.data, in.len,
				out.data, &used, out.len),
			LZMA_OK);
	return buffer_trim(out, used);
}

#define VARIANTS 5

static int unpack(struct buffer in, struct buffer *out)
{
	const char *why = NULL;
	int err = decompress(in.data, in.len, out->data, out->len, &out->len,
			     work, DECOMPRESS_WORK_SIZE, &why);

	CU_ASSERT_EQUAL(err != 0, why != NULL);
	return err;
}

/* Into exactly enough, into more, into too little. */
static void check_roundtrip(struct buffer plain, struct buffer packed)
{
	for (size_t room = plain.len; room <= plain.len + 100; room += 100) {
		struct buffer out = buffer_new(room);

		CU_ASSERT_EQUAL(unpack(packed, &out), 0);
		CU_ASSERT_EQUAL(out.len, plain.len);
		CU_ASSERT_TRUE(out.len == plain.len &&
			       memcmp(out.data, plain.data, plain.len) == 0);
		free(out.data);
	}
	if (plain.len) {
		struct buffer out = buffer_new(plain.len - 1);

		CU_ASSERT_EQUAL(unpack(packed, &out), -ENOSPC);
		free(out.data);
	}
}

static void roundtrips(pack_fn *pack)
{
	for (enum sample kind = NOTHING; kind < SAMPLES; kind++) {
		struct buffer plain = sample_new(kind);

		for (int v = 0; v < VARIANTS; v++) {
			struct buffer packed = pack(plain, v);

			check_roundtrip(plain, packed);
			free(packed.data);
		}
		free(plain.data);
	}
}

static void try_damaged(struct buffer packed, size_t out_len)
{
	struct buffer out = buffer_new(out_len);

	/* The answer may be anything, the way to it may not. */
	(void)unpack(packed, &out);
	free(out.data);
}

/* Every length of the packed data, and changed bytes at many places. */
static void damages(pack_fn *pack)
{
	for (int v = 0; v < VARIANTS; v++) {
		struct buffer plain = buffer_new(3000), packed;

		fill(plain.data, plain.len, MIXED);
		fill(plain.data + 500, 1500, TEXT);
		packed = pack(plain, v);
		for (size_t len = 0; len < packed.len; len++) {
			struct buffer cut = buffer_new(len);
			struct buffer out = buffer_new(plain.len);

			memcpy(cut.data, packed.data, len);
			CU_ASSERT_TRUE(unpack(cut, &out) != 0 || out.len == 0 ||
				       len >= packed.len - 4);
			free(cut.data);
			free(out.data);
		}
		for (int i = 0; i < 3000; i++) {
			uint8_t *at = packed.data + suite_random() % packed.len;
			uint8_t was = *at;

			*at = (uint8_t)suite_random();
			try_damaged(packed, plain.len);
			if (i % 2) {
				*at = was;
			}
		}
		free(packed.data);
		free(plain.data);
	}
}

static void test_xz(void)
{
	roundtrips(pack_xz);
}

static void test_xz_damaged(void)
{
	damages(pack_xz);
}

/* Blocks one after the other, as `xz -T` makes them. */
static void test_xz_blocks(void)
{
	struct buffer plain = sample_new(MIXED);
	struct buffer packed = buffer_new(plain.len * 2);
	lzma_mt mt = { .threads = 2,
		       .block_size = 1 << 19,
		       .preset = 1,
		       .check = LZMA_CHECK_CRC32 };
	lzma_stream s = LZMA_STREAM_INIT;

	CU_ASSERT_EQUAL_FATAL(lzma_stream_encoder_mt(&s, &mt), LZMA_OK);
	s.next_in = plain.data;
	s.avail_in = plain.len;
	s.next_out = packed.data;
	s.avail_out = packed.len;
	CU_ASSERT_EQUAL(lzma_code(&s, LZMA_FINISH), LZMA_STREAM_END);
	packed = buffer_trim(packed, s.total_out);
	lzma_end(&s);
	check_roundtrip(plain, packed);
	free(packed.data);
	free(plain.data);
}

static void test_dispatch(void)
{
	struct buffer out = buffer_new(10);
	const char *why = NULL;
	struct buffer xz, plain = sample_new(BYTE);

	CU_ASSERT_EQUAL(compression_of("\x1f\x8b\x08", 3), COMPRESSION_GZIP);
	CU_ASSERT_EQUAL(compression_of("\x1f\x8b", 2), COMPRESSION_NONE);
	CU_ASSERT_EQUAL(compression_of("", 0), COMPRESSION_NONE);
	CU_ASSERT_EQUAL(decompress("plain text", 10, out.data, 10, &out.len,
				   work, DECOMPRESS_WORK_SIZE, &why),
			-ENOEXEC);
	xz = pack_xz(plain, 0);
	CU_ASSERT_EQUAL(decompress(xz.data, xz.len, out.data, 10, &out.len,
				   work, 4096, &why),
			-ENOMEM);
	free(xz.data);
	free(plain.data);
	free(out.data);
}

/* Known by their magic, refused by their name. */
static void test_stays_packed(void)
{
	static const struct {
		const char *name, *magic;
		enum compression is;
	} formats[] = {
		{ "gzip", "\x1f\x8b\x08\x01", COMPRESSION_GZIP },
		{ "zstd", "\x28\xb5\x2f\xfd", COMPRESSION_ZSTD },
		{ "lz4", "\x02\x21\x4c\x18", COMPRESSION_LZ4 },
	};
	struct buffer out = buffer_new(10);

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		const char *magic = formats[i].magic, *why = NULL;

		CU_ASSERT_EQUAL(compression_of(magic, 4), formats[i].is);
		CU_ASSERT_EQUAL(compression_of(magic, 2), COMPRESSION_NONE);
		CU_ASSERT_EQUAL(decompress(magic, 4, out.data, 10, &out.len,
					   work, DECOMPRESS_WORK_SIZE, &why),
				-EOPNOTSUPP);
		CU_ASSERT_PTR_NOT_NULL_FATAL(why);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, formats[i].name));
	}
	free(out.data);
}

/* An unknown check and a filter that we do not have are told apart. */
static void test_xz_unsupported(void)
{
	struct buffer plain = sample_new(TEXT), out = sample_new(TEXT);
	struct buffer packed = buffer_new(plain.len);
	lzma_options_delta delta = { .type = LZMA_DELTA_TYPE_BYTE, .dist = 1 };
	lzma_options_lzma lzma;
	lzma_filter filters[3] = { { LZMA_FILTER_DELTA, &delta },
				   { LZMA_FILTER_LZMA2, &lzma },
				   { LZMA_VLI_UNKNOWN, NULL } };
	size_t used = 0;

	lzma_lzma_preset(&lzma, 1);
	CU_ASSERT_EQUAL(lzma_stream_buffer_encode(
				filters, LZMA_CHECK_CRC32, NULL, plain.data,
				plain.len, packed.data, &used, packed.len),
			LZMA_OK);
	CU_ASSERT_EQUAL(unpack((struct buffer){ packed.data, used }, &out),
			-EOPNOTSUPP);
	used = 0;
	CU_ASSERT_EQUAL(
		lzma_stream_buffer_encode(filters + 1, LZMA_CHECK_SHA256, NULL,
					  plain.data, plain.len, packed.data,
					  &used, packed.len),
		LZMA_OK);
	CU_ASSERT_EQUAL(unpack((struct buffer){ packed.data, used }, &out),
			-EOPNOTSUPP);
	free(plain.data);
	free(packed.data);
	free(out.data);
}

int main(void)
{
	static const struct test tests[] = {
		{ "xz", test_xz },
		{ "xz in blocks", test_xz_blocks },
		{ "xz that is not supported", test_xz_unsupported },
		{ "xz damaged", test_xz_damaged },
		{ "dispatch", test_dispatch },
		{ "formats that stay packed", test_stays_packed },
	};
	int status;

	work = malloc(DECOMPRESS_WORK_SIZE);
	status = work ? suite_run("decompress", tests, ARRAY_SIZE(tests)) : 1;
	free(work);
	return status;
}
