# SPDX-License-Identifier: BSD-2-Clause
# Sources of lib, for the hypervisor's own flags and for host programs alike.
HV_LIB_SRCS = \
	hypervisor/lib/bitmap.c \
	hypervisor/lib/cmdline.c \
	hypervisor/lib/printf.c \
	hypervisor/lib/rangeset.c \
	hypervisor/lib/rbtree.c \
	hypervisor/lib/string.c

HV_LIB_HDRS = \
	hypervisor/lib/bitmap.h \
	hypervisor/lib/checked.h \
	hypervisor/lib/cmdline.h \
	hypervisor/lib/errno.h \
	hypervisor/lib/list.h \
	hypervisor/lib/printf.h \
	hypervisor/lib/rangeset.h \
	hypervisor/lib/rbtree.h \
	hypervisor/lib/string.h \
	hypervisor/lib/types.h

EXTRA_DIST += $(HV_LIB_SRCS) $(HV_LIB_HDRS)
