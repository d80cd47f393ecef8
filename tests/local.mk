# SPDX-License-Identifier: BSD-2-Clause
include $(top_srcdir)/tests/unit/config/local.mk
include $(top_srcdir)/tests/guest/local.mk
include $(top_srcdir)/tests/unit/hv-lib/local.mk
