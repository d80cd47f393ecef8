# SPDX-License-Identifier: BSD-2-Clause
include $(top_srcdir)/tests/unit/config/local.mk
include $(top_srcdir)/tests/unit/tools/local.mk
include $(top_srcdir)/tests/guest/local.mk
include $(top_srcdir)/tests/unit/hv-lib/local.mk
include $(top_srcdir)/tests/unit/core/local.mk
include $(top_srcdir)/tests/unit/mm/local.mk
include $(top_srcdir)/tests/unit/pv/local.mk

# Harnesses that boot machines; each ends with "N passed, N failed"
# (check-guest is in tests/guest/local.mk).
.PHONY: check-integration check-peers
check-integration: all
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/integration/all.sh ours
check-peers: all
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/integration/all.sh peers
lint: all
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/lint/lint.sh
.PHONY: bench-xenstore
bench: all
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/bench/bench.py
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/bench/xenstore/run.py
bench-xenstore: all
	HOSPES_BUILD=$(abs_builddir) $(top_srcdir)/tests/bench/xenstore/run.py
include $(top_srcdir)/tests/unit/sched/local.mk
include $(top_srcdir)/tests/unit/xenstore/local.mk
include $(top_srcdir)/tests/unit/xsasync/local.mk
include $(top_srcdir)/tests/unit/libxs/local.mk
include $(top_srcdir)/tests/fuzz/local.mk
