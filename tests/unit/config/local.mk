# SPDX-License-Identifier: BSD-2-Clause
check_PROGRAMS += tests/unit/config/config_test
TESTS += tests/unit/config/config_test
tests_unit_config_config_test_SOURCES = tests/unit/config/config_test.c
tests_unit_config_config_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_config_config_test_LDADD = dom0-tools/lib/libhlconfig.la \
	$(CUNIT_LIBS)
EXTRA_DIST += tests/fuzz/config_fuzz.c tests/fuzz/image_fuzz.c

check_PROGRAMS += tests/unit/config/image_test
TESTS += tests/unit/config/image_test
tests_unit_config_image_test_SOURCES = tests/unit/config/image_test.c \
	tests/unit/config/elf_sample.h
tests_unit_config_image_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS)
tests_unit_config_image_test_LDADD = dom0-tools/lib/libhlconfig.la \
	$(CUNIT_LIBS) $(ZLIB_LIBS) $(LZMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS)

check_PROGRAMS += tests/unit/config/console_test
TESTS += tests/unit/config/console_test
tests_unit_config_console_test_SOURCES = tests/unit/config/console_test.c
tests_unit_config_console_test_CPPFLAGS = $(AM_CPPFLAGS) $(CUNIT_CFLAGS) \
	-I$(top_srcdir)/xenstore/libxs
tests_unit_config_console_test_LDADD = \
	dom0-tools/console/libhlconsole.la $(CUNIT_LIBS)

# FUZZ_SECONDS is set by the fuzzer of the store.
CONFIG_FUZZ_FLAGS = -std=gnu11 -O1 -g -D_GNU_SOURCE -I$(top_srcdir) -I. \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined
CONFIG_FUZZ_RUN = -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 \
	-timeout=20 -verbosity=0 -print_final_stats=1 \
	-artifact_prefix=tests/fuzz/
CONFIG_FUZZ_PARTS = config config_cpumap config_disk config_json \
	config_schema config_set config_tree config_vif config_words
IMAGE_FUZZ_PARTS = image image_cache image_elf image_plain image_unpack
CLEANFILES += tests/fuzz/config_fuzz tests/fuzz/image_fuzz

tests/fuzz/config_fuzz: tests/fuzz/config_fuzz.c \
		$(CONFIG_FUZZ_PARTS:%=dom0-tools/lib/%.c) \
		dom0-tools/lib/config_gram.c dom0-tools/lib/config_lex.c
	$(AM_V_at)$(MKDIR_P) tests/fuzz
	$(AM_V_GEN)clang $(CONFIG_FUZZ_FLAGS) -o $@ $^ $(YAJL_LIBS) $(UUID_LIBS)

tests/fuzz/image_fuzz: tests/fuzz/image_fuzz.c \
		$(IMAGE_FUZZ_PARTS:%=dom0-tools/lib/%.c)
	$(AM_V_at)$(MKDIR_P) tests/fuzz
	$(AM_V_GEN)clang $(CONFIG_FUZZ_FLAGS) -o $@ $^ $(ZLIB_LIBS) \
		$(LZMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS)

.PHONY: fuzz-config fuzz-image
fuzz-config fuzz-image: fuzz-%: tests/fuzz/%_fuzz
	$(MKDIR_P) $<.corpus
	$< $(CONFIG_FUZZ_RUN) $<.corpus
