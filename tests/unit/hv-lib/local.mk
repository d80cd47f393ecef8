# SPDX-License-Identifier: BSD-2-Clause
# The hypervisor's pure library on the host, under the sanitizers.
HV_LIB_TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/hypervisor \
	-DHOST_BUILD $(CUNIT_CFLAGS)
HV_LIB_TEST_CFLAGS = $(AM_CFLAGS) -fsanitize=address,undefined \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
HV_LIB_UNPACK_SRCS = \
	hypervisor/lib/bcj_x86.c \
	hypervisor/lib/crc.c \
	hypervisor/lib/decompress.c \
	hypervisor/lib/lzma2.c \
	hypervisor/lib/xz.c

check_PROGRAMS += tests/unit/hv-lib/containers_test \
	tests/unit/hv-lib/cmdline_test tests/unit/hv-lib/string_test \
	tests/unit/hv-lib/elf_test tests/unit/hv-lib/decompress_test
TESTS += tests/unit/hv-lib/containers_test \
	tests/unit/hv-lib/cmdline_test tests/unit/hv-lib/string_test \
	tests/unit/hv-lib/elf_test tests/unit/hv-lib/decompress_test

tests_unit_hv_lib_containers_test_SOURCES = \
	tests/unit/hv-lib/containers_test.c tests/unit/hv-lib/suite.h \
	hypervisor/lib/bitmap.c hypervisor/lib/rangeset.c \
	hypervisor/lib/rbtree.c
tests_unit_hv_lib_containers_test_CPPFLAGS = $(HV_LIB_TEST_CPPFLAGS)
tests_unit_hv_lib_containers_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_hv_lib_containers_test_LDADD = $(CUNIT_LIBS)

tests_unit_hv_lib_cmdline_test_SOURCES = \
	tests/unit/hv-lib/cmdline_test.c hypervisor/lib/cmdline.c
tests_unit_hv_lib_cmdline_test_CPPFLAGS = $(HV_LIB_TEST_CPPFLAGS)
tests_unit_hv_lib_cmdline_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_hv_lib_cmdline_test_LDADD = $(CUNIT_LIBS)

# Not HOST_BUILD: here our own functions run, under names of their own.
tests_unit_hv_lib_string_test_SOURCES = tests/unit/hv-lib/string_test.c \
	tests/unit/hv-lib/reference.c tests/unit/hv-lib/reference.h \
	hypervisor/lib/string.c hypervisor/lib/printf.c
tests_unit_hv_lib_string_test_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/hypervisor $(CUNIT_CFLAGS) -DLIB_STRING_RENAMED \
	-Dmemcpy=our_memcpy -Dmemmove=our_memmove -Dmemset=our_memset \
	-Dmemcmp=our_memcmp -Dstrlen=our_strlen \
	-Dstrnlen=our_strnlen -Dstrcmp=our_strcmp -Dstrncmp=our_strncmp \
	-Dstrchr=our_strchr -Dstrlcpy=our_strlcpy \
	-Dsnprintf=our_snprintf -Dvsnprintf=our_vsnprintf
tests_unit_hv_lib_string_test_CFLAGS = $(HV_LIB_TEST_CFLAGS) -fno-builtin
tests_unit_hv_lib_string_test_LDADD = $(CUNIT_LIBS)

tests_unit_hv_lib_elf_test_SOURCES = tests/unit/hv-lib/elf_test.c \
	hypervisor/lib/elf.c hypervisor/lib/bzimage.c $(HV_LIB_UNPACK_SRCS)
tests_unit_hv_lib_elf_test_CPPFLAGS = $(HV_LIB_TEST_CPPFLAGS)
tests_unit_hv_lib_elf_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_hv_lib_elf_test_LDADD = $(CUNIT_LIBS)

tests_unit_hv_lib_decompress_test_SOURCES = \
	tests/unit/hv-lib/decompress_test.c $(HV_LIB_UNPACK_SRCS)
tests_unit_hv_lib_decompress_test_CPPFLAGS = $(HV_LIB_TEST_CPPFLAGS)
tests_unit_hv_lib_decompress_test_CFLAGS = $(HV_LIB_TEST_CFLAGS)
tests_unit_hv_lib_decompress_test_LDADD = $(CUNIT_LIBS) $(LZMA_LIBS)

TESTS += tests/unit/hv-lib/symbols_test.sh
EXTRA_DIST += tests/unit/hv-lib/symbols_test.sh hypervisor/debug/mksyms \
	hypervisor/debug/symbols.c hypervisor/debug/symbols.h
