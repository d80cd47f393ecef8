// SPDX-License-Identifier: BSD-2-Clause
/* Paths, permissions, strings of the wire, the string map. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/xenstore/suites.h"
#include "xenstore/common/path.h"
#include "xenstore/common/perms.h"
#include "xenstore/common/wire.h"
#include "xenstore/daemon/strmap.h"

static void test_path_forms(void)
{
	static const struct {
		const char *in;
		bool special;
		const char *out; /* NULL: refused */
	} rows[] = {
		{ "/", false, "/" },
		{ "/a/b-c_d@e/0", false, "/a/b-c_d@e/0" },
		{ "a/b", false, "/local/domain/7/a/b" },
		{ "@releaseDomain", true, "@releaseDomain" },
		{ "@releaseDomain", false, NULL },
		{ "@", true, NULL },
		{ "", true, NULL },
		{ "//", true, NULL },
		{ "/a/", true, NULL },
		{ "a/", true, NULL },
		{ "/a//b", true, NULL },
		{ "/a b", true, NULL },
		{ "/a.b", true, NULL },
		{ "/a\x80", true, NULL },
	};
	char out[PATH_BUF_SIZE];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int rc = path_canonicalise(rows[i].in, 7, rows[i].special, out);

		CU_ASSERT_EQUAL(rc, rows[i].out ? 0 : -EINVAL);
		if (!rc && rows[i].out) {
			CU_ASSERT_STRING_EQUAL(out, rows[i].out);
		}
	}
}

static void test_path_limits(void)
{
	char path[4096];
	char out[PATH_BUF_SIZE];

	memset(path, 'a', sizeof(path));
	path[XENSTORE_REL_PATH_MAX] = '\0';
	CU_ASSERT_EQUAL(path_canonicalise(path, 65535, false, out), 0);
	path[XENSTORE_REL_PATH_MAX] = 'a';
	path[XENSTORE_REL_PATH_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(path_canonicalise(path, 1, false, out), -EINVAL);
	path[XENSTORE_REL_PATH_MAX + 1] = 'a';
	path[0] = '/';
	path[XENSTORE_ABS_PATH_MAX] = '\0';
	CU_ASSERT_EQUAL(path_canonicalise(path, 1, false, out), 0);
	path[XENSTORE_ABS_PATH_MAX] = 'a';
	path[XENSTORE_ABS_PATH_MAX + 1] = '\0';
	CU_ASSERT_EQUAL(path_canonicalise(path, 1, false, out), -EINVAL);
}

static void test_path_parts(void)
{
	CU_ASSERT_EQUAL(path_depth("/"), 0);
	CU_ASSERT_EQUAL(path_depth("/a"), 1);
	CU_ASSERT_EQUAL(path_depth("/a/b/c"), 3);
	CU_ASSERT_EQUAL(path_parent_len("/", 1), 0);
	CU_ASSERT_EQUAL(path_parent_len("/a", 2), 1);
	CU_ASSERT_EQUAL(path_parent_len("/a/b", 4), 2);
	CU_ASSERT_TRUE(path_is_subpath("/", "/a"));
	CU_ASSERT_TRUE(path_is_subpath("/a", "/a"));
	CU_ASSERT_TRUE(path_is_subpath("/a", "/a/b"));
	CU_ASSERT_FALSE(path_is_subpath("/a", "/ab"));
	CU_ASSERT_FALSE(path_is_subpath("/a/b", "/a"));
}

static void test_perms_text(void)
{
	static const char text[] = "n3\0r0\0b65535";
	char out[PERMS_ENTRY_MAX];
	struct perms *p;
	struct perm_entry e;

	CU_ASSERT_EQUAL_FATAL(perms_parse(text, sizeof(text), &p), 0);
	CU_ASSERT_EQUAL(p->count, 3);
	CU_ASSERT_EQUAL(perms_owner(p), 3);
	CU_ASSERT_EQUAL(perms_format_entry(&p->entry[2], out), 6);
	CU_ASSERT_STRING_EQUAL(out, "b65535");
	perms_put(p);
	CU_ASSERT_EQUAL(perms_parse_entry("", &e), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse_entry("r", &e), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse_entry("x1", &e), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse_entry("r-1", &e), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse_entry("r65536", &e), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse_entry("r1 ", &e), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse("r1", 2, &p), -EINVAL);
	CU_ASSERT_EQUAL(perms_parse("", 0, &p), -EINVAL);
}

static void test_perms_decision(void)
{
	static const char text[] = "n3\0r0\0w5\0r6";
	struct perms *p;
	struct {
		unsigned int domid, target;
		bool read, write;
	} rows[] = {
		{ 0, PERMS_NOBODY, true, true },
		{ 3, PERMS_NOBODY, true, true },
		{ 5, PERMS_NOBODY, false, true },
		{ 6, PERMS_NOBODY, true, false },
		{ 7, PERMS_NOBODY, false, false },
		{ 7, 3, true, true },
		{ 7, 6, true, false },
		{ 7, 0, true, false },
	};

	CU_ASSERT_EQUAL_FATAL(perms_parse(text, sizeof(text), &p), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct perms_subject who = { rows[i].domid, rows[i].target };

		CU_ASSERT_EQUAL(perms_allow(p, &who, PERMS_READ), rows[i].read);
		CU_ASSERT_EQUAL(perms_allow(p, &who, PERMS_WRITE),
				rows[i].write);
		CU_ASSERT_EQUAL(perms_allow(p, &who, PERMS_READ | PERMS_WRITE),
				rows[i].read && rows[i].write);
		CU_ASSERT_TRUE(perms_allow(p, &who, PERMS_NONE));
	}
	perms_put(p);
}

static void test_perms_without(void)
{
	static const char text[] = "n3\0r5\0w6\0b5";
	struct perms *p;
	struct perms *q;

	CU_ASSERT_EQUAL_FATAL(perms_parse(text, sizeof(text), &p), 0);
	CU_ASSERT_TRUE(perms_names(p, 5));
	CU_ASSERT_FALSE(perms_names(p, 3));
	q = perms_without(p, 5);
	CU_ASSERT_EQUAL(q->count, 2);
	CU_ASSERT_EQUAL(q->entry[1].domid, 6);
	perms_put(q);
	perms_put(p);
}

static void test_wire_strings(void)
{
	const char *argv[3];

	CU_ASSERT_EQUAL(wire_split("a\0b", 4, argv, 2), 0);
	CU_ASSERT_STRING_EQUAL(argv[1], "b");
	CU_ASSERT_EQUAL(wire_split("a\0b", 3, argv, 2), -EINVAL);
	CU_ASSERT_EQUAL(wire_split("a", 2, argv, 2), -EINVAL);
	CU_ASSERT_EQUAL(wire_split("", 0, argv, 1), -EINVAL);
	CU_ASSERT_EQUAL(wire_split("\0", 2, argv, 2), 0);
	CU_ASSERT_EQUAL(wire_split_upto("a\0b\0c\0d", 8, argv, 3), -EINVAL);
	CU_ASSERT_EQUAL(wire_split_upto("a\0b\0c", 6, argv, 3), 3);
}

static void test_wire_numbers(void)
{
	unsigned long n;

	CU_ASSERT_EQUAL(wire_parse_number("65535", 65535, &n), 0);
	CU_ASSERT_EQUAL(n, 65535);
	CU_ASSERT_EQUAL(wire_parse_number("65536", 65535, &n), -EINVAL);
	CU_ASSERT_EQUAL(wire_parse_number("9", 5, &n), -EINVAL);
	CU_ASSERT_EQUAL(wire_parse_number("", 5, &n), -EINVAL);
	CU_ASSERT_EQUAL(wire_parse_number("-1", 5, &n), -EINVAL);
	CU_ASSERT_EQUAL(wire_parse_number("+1", 5, &n), -EINVAL);
	CU_ASSERT_EQUAL(wire_parse_number("1 ", 5, &n), -EINVAL);
	CU_ASSERT_EQUAL(
		wire_parse_number("18446744073709551615", ULONG_MAX, &n), 0);
	CU_ASSERT_EQUAL(n, ULONG_MAX);
	CU_ASSERT_EQUAL(
		wire_parse_number("18446744073709551616", ULONG_MAX, &n),
		-EINVAL);
}

static void test_wire_errors(void)
{
	CU_ASSERT_STRING_EQUAL(wire_error_name(ENOENT), "ENOENT");
	CU_ASSERT_EQUAL(wire_error_value("EAGAIN"), EAGAIN);
	CU_ASSERT_STRING_EQUAL(wire_error_name(ENOTTY), "EINVAL");
	CU_ASSERT_EQUAL(wire_error_value("EWHAT"), EINVAL);
	CU_ASSERT_STRING_EQUAL(wire_type_name(XS_READ), "READ");
	CU_ASSERT_STRING_EQUAL(wire_type_name(XS_SET_TARGET + 1), "UNKNOWN");
	CU_ASSERT_STRING_EQUAL(wire_type_name(XS_INVALID), "UNKNOWN");
}

static void test_strmap(void)
{
	struct strmap m = { .index.count = 0 };
	struct strmap_entry *e;
	unsigned int seen = 0;
	char key[8];

	CU_ASSERT_PTR_NULL(strmap_find(&m, "a", 1));
	for (unsigned int i = 0; i < 1000; i++) {
		int len = snprintf(key, sizeof(key), "k%u", i);

		e = strmap_insert(&m, key, (size_t)len);
		CU_ASSERT_EQUAL(e->number, 0);
		e->number = i + 1;
		CU_ASSERT_PTR_EQUAL(strmap_insert(&m, key, (size_t)len), e);
	}
	CU_ASSERT_EQUAL(m.index.count, 1000);
	CU_ASSERT_EQUAL(strmap_find(&m, "k77", 3)->number, 78);
	strmap_remove(&m, strmap_find(&m, "k77", 3));
	CU_ASSERT_PTR_NULL(strmap_find(&m, "k77", 3));
	for (e = NULL; (e = strmap_next(&m, e));) {
		seen++;
	}
	CU_ASSERT_EQUAL(seen, 999);
	strmap_clear(&m);
	CU_ASSERT_PTR_NULL(strmap_next(&m, NULL));
}

/* Each beginning of a key is found, and none of it is read twice. */
static void test_strmap_beginnings(void)
{
	struct strmap m = { .index.count = 0 };
	struct strmap_hasher h = strmap_hasher();
	char key[41];

	memset(key, 'k', 40);
	for (size_t len = 0; len <= 40; len += 3) {
		strmap_insert(&m, key, len)->number = len;
	}
	for (size_t len = 0; len <= 40; len++) {
		struct strmap_entry *e = strmap_find_next(&m, &h, key, len);

		CU_ASSERT_EQUAL(h.done, len / 8 * 8);
		if (len % 3 == 0) {
			CU_ASSERT_PTR_NOT_NULL_FATAL(e);
			CU_ASSERT_EQUAL(e->number, len);
		} else {
			CU_ASSERT_PTR_NULL(e);
		}
	}
	strmap_clear(&m);
}

void add_pure_suite(void)
{
	static const struct test_row rows[] = {
		{ "path: forms", test_path_forms },
		{ "path: limits", test_path_limits },
		{ "path: parts", test_path_parts },
		{ "perms: text", test_perms_text },
		{ "perms: who may what", test_perms_decision },
		{ "perms: without a domain", test_perms_without },
		{ "wire: strings", test_wire_strings },
		{ "wire: numbers", test_wire_numbers },
		{ "wire: errors", test_wire_errors },
		{ "strmap", test_strmap },
		{ "strmap: beginnings of a key", test_strmap_beginnings },
		{ NULL, NULL },
	};

	add_suite("pure", rows);
}
