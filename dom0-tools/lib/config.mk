# SPDX-License-Identifier: BSD-2-Clause
# The guest configuration language and kernel images, as one archive.
noinst_LTLIBRARIES += dom0-tools/lib/libhlconfig.la
dom0_tools_lib_libhlconfig_la_SOURCES = \
	dom0-tools/lib/config.c dom0-tools/lib/config.h \
	dom0-tools/lib/config_cpumap.c dom0-tools/lib/config_disk.c \
	dom0-tools/lib/config_gram.y dom0-tools/lib/config_json.c \
	dom0-tools/lib/config_lex.l dom0-tools/lib/config_schema.c \
	dom0-tools/lib/config_schema.h \
	dom0-tools/lib/config_set.c dom0-tools/lib/config_set.h \
	dom0-tools/lib/config_tree.c \
	dom0-tools/lib/config_tree.h dom0-tools/lib/config_vif.c \
	dom0-tools/lib/config_words.c dom0-tools/lib/config_words.h \
	dom0-tools/lib/image.c dom0-tools/lib/image.h \
	dom0-tools/lib/image_cache.c dom0-tools/lib/image_elf.c \
	dom0-tools/lib/image_plain.c \
	dom0-tools/lib/image_private.h dom0-tools/lib/image_unpack.c
dom0_tools_lib_libhlconfig_la_CPPFLAGS = $(AM_CPPFLAGS) $(YAJL_CFLAGS) \
	$(UUID_CFLAGS) $(ZLIB_CFLAGS) $(LZMA_CFLAGS) $(ZSTD_CFLAGS) \
	$(LZ4_CFLAGS)
dom0_tools_lib_libhlconfig_la_LIBADD = $(YAJL_LIBS) $(UUID_LIBS) \
	$(ZLIB_LIBS) $(LZMA_LIBS) $(ZSTD_LIBS) $(LZ4_LIBS)
# bison is what is asked for, not any yacc.
AM_YFLAGS += -Wno-yacc
BUILT_SOURCES += dom0-tools/lib/config_gram.h
