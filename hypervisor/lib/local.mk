# SPDX-License-Identifier: BSD-2-Clause
# Sources of lib, for the hypervisor's own flags and for host programs alike.
HV_LIB_SRCS = \
	hypervisor/lib/bcj_x86.c \
	hypervisor/lib/bitmap.c \
	hypervisor/lib/bzimage.c \
	hypervisor/lib/cmdline.c \
	hypervisor/lib/crc.c \
	hypervisor/lib/decompress.c \
	hypervisor/lib/elf.c \
	hypervisor/lib/lzma2.c \
	hypervisor/lib/printf.c \
	hypervisor/lib/rangeset.c \
	hypervisor/lib/rbtree.c \
	hypervisor/lib/string.c \
	hypervisor/lib/xz.c

HV_LIB_HDRS = \
	hypervisor/lib/bcj_x86.h \
	hypervisor/lib/bitmap.h \
	hypervisor/lib/bzimage.h \
	hypervisor/lib/checked.h \
	hypervisor/lib/cmdline.h \
	hypervisor/lib/crc.h \
	hypervisor/lib/decompress.h \
	hypervisor/lib/elf.h \
	hypervisor/lib/errno.h \
	hypervisor/lib/list.h \
	hypervisor/lib/lzma2.h \
	hypervisor/lib/match_copy.h \
	hypervisor/lib/printf.h \
	hypervisor/lib/rangeset.h \
	hypervisor/lib/rbtree.h \
	hypervisor/lib/string.h \
	hypervisor/lib/types.h \
	hypervisor/lib/xz.h

EXTRA_DIST += $(HV_LIB_SRCS) $(HV_LIB_HDRS)
