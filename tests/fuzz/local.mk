# SPDX-License-Identifier: BSD-2-Clause
# libFuzzer wants clang. run.sh builds what it runs by these rules, and says
# how each is bounded. FUZZ_SECONDS is how long each goes on in `make fuzz`:
# 10 of them on two processors make about ten minutes.
FUZZ_SECONDS = 120
FUZZ_DIR = tests/fuzz
FUZZ_FLAGS = -std=gnu11 -O1 -g -D_GNU_SOURCE -I$(abs_top_srcdir) -I. \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined \
	$(FUZZ_EXTRA)
FUZZ_CLANG = $(MKDIR_P) $(FUZZ_DIR) && clang $(FUZZ_FLAGS) -fsanitize=fuzzer
.PHONY: fuzz
fuzz:
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/fuzz/run.sh \
		--seconds $(FUZZ_SECONDS)

# The store: all of the daemon but what needs a hypervisor, once for all of
# its fuzzers. between.h stands between it and what it calls.
XENSTORE_FUZZERS = xenstore_wire xenstore_ring xenstore_state
XENSTORE_FUZZ_SRCS = $(XENSTORE_DAEMON_CORE) \
	xenstore/daemon/takeover.c xenstore/daemon/journal_file.c \
	xenstore/daemon/update_run.c xenstore/daemon/loop.c \
	xenstore/common/wire.c xenstore/common/path.c xenstore/common/perms.c
XENSTORE_FUZZ_C = $(filter %.c,$(XENSTORE_FUZZ_SRCS))
$(FUZZ_DIR)/xenstore.a: $(XENSTORE_FUZZ_SRCS) tests/fuzz/between.h \
		tests/fuzz/local.mk
	$(AM_V_at)rm -rf $@ $@.d && $(MKDIR_P) $@.d
	$(AM_V_CC)cd $@.d && clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link \
		-include $(abs_top_srcdir)/tests/fuzz/between.h \
		-c $(XENSTORE_FUZZ_C:%=$(abs_top_srcdir)/%)
	$(AM_V_AR)ar crs $@ $@.d/*.o
$(XENSTORE_FUZZERS:%=$(FUZZ_DIR)/%): $(FUZZ_DIR)/%: tests/fuzz/%.c \
		tests/fuzz/xenstore.c tests/fuzz/xenstore.h \
		tests/unit/xenstore/world.c tests/unit/xenstore/world.h \
		$(FUZZ_DIR)/xenstore.a
	$(AM_V_CCLD)$(FUZZ_CLANG) -o $@ $(filter %.c %.a,$^)
$(FUZZ_DIR)/xenstore_state: tests/fuzz/state_mutate.c \
		tests/fuzz/xenstore_state.h

# The hypervisor's core over the fake seam of tests/host, its boot, its lib.
$(FUZZ_DIR)/core_fuzz: tests/fuzz/core_fuzz.c $(HV_HOST_SRCS) \
		$(HV_EVTCHN_SRCS) $(HV_GRANT_SRCS) \
		hypervisor/interface/event_channel_op.c \
		hypervisor/interface/grant_table_op.c
	$(AM_V_CCLD)$(FUZZ_CLANG) $(HV_HOST_CPPFLAGS) -o $@ $(filter %.c,$^)
$(FUZZ_DIR)/multiboot_fuzz: tests/fuzz/multiboot_fuzz.c \
		hypervisor/boot/memory_map.c hypervisor/boot/multiboot.c \
		hypervisor/lib/string.c
	$(AM_V_CCLD)$(FUZZ_CLANG) $(HV_HOST_CPPFLAGS) -o $@ $(filter %.c,$^)
HV_LIB_FUZZERS = xz_fuzz elf_fuzz cmdline_fuzz
HV_LIB_FUZZ_SRCS = hypervisor/lib/bcj_x86.c hypervisor/lib/bzimage.c \
	hypervisor/lib/cmdline.c hypervisor/lib/crc.c \
	hypervisor/lib/decompress.c hypervisor/lib/elf.c \
	hypervisor/lib/lzma2.c hypervisor/lib/string.c hypervisor/lib/xz.c
$(HV_LIB_FUZZERS:%=$(FUZZ_DIR)/%): $(FUZZ_DIR)/%: tests/fuzz/%.c \
		tests/fuzz/fuzz.h $(HV_LIB_FUZZ_SRCS)
	$(AM_V_CCLD)$(FUZZ_CLANG) -DHOST_BUILD \
		-I$(abs_top_srcdir)/hypervisor -o $@ $(filter %.c,$^) -llzma

# The tools: the language of xl.cfg, kernel images.
CONFIG_FUZZ_PARTS = config config_cpumap config_disk config_json \
	config_schema config_set config_tree config_vif config_words
$(FUZZ_DIR)/config_fuzz: tests/fuzz/config_fuzz.c \
		$(CONFIG_FUZZ_PARTS:%=dom0-tools/lib/%.c) \
		dom0-tools/lib/config_gram.c dom0-tools/lib/config_lex.c
	$(AM_V_CCLD)$(FUZZ_CLANG) -o $@ $^ $(YAJL_LIBS) $(UUID_LIBS)
IMAGE_FUZZ_PARTS = image image_cache image_elf image_plain image_unpack
$(FUZZ_DIR)/image_fuzz: tests/fuzz/image_fuzz.c \
		$(IMAGE_FUZZ_PARTS:%=dom0-tools/lib/%.c)
	$(AM_V_CCLD)$(FUZZ_CLANG) -o $@ $^ $(ZLIB_LIBS) $(LZMA_LIBS) \
		$(ZSTD_LIBS) $(LZ4_LIBS)

FUZZERS = $(XENSTORE_FUZZERS) $(HV_LIB_FUZZERS) core_fuzz multiboot_fuzz \
	config_fuzz image_fuzz
EXTRA_DIST += tests/fuzz/run.sh tests/fuzz/between.h tests/fuzz/fuzz.h \
	tests/fuzz/xenstore.h tests/fuzz/xenstore.c \
	tests/fuzz/xenstore_state.h tests/fuzz/state_mutate.c \
	$(FUZZERS:%=tests/fuzz/%.c)
CLEANFILES += $(FUZZERS:%=tests/fuzz/%) tests/fuzz/xenstore.a
