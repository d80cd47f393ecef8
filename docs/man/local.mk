# SPDX-License-Identifier: BSD-2-Clause
MAN_PAGES = docs/man/hl.1 docs/man/hl.cfg.5 docs/man/hospesd.8 \
	docs/man/hospes-consoled.8 docs/man/hospes-xenstored.8 \
	docs/man/xenstore.1 docs/man/xenstore-control.1 \
	docs/man/libxenstore.3 docs/man/xenstore_async.3
EXTRA_DIST += docs/man/hl.1.scd docs/man/hl.cfg.5.scd \
	docs/man/hospesd.8.scd docs/man/hospes-consoled.8.scd \
	docs/man/hospes-xenstored.8.scd \
	docs/man/xenstore.1.scd docs/man/xenstore-control.1.scd \
	docs/man/libxenstore.3.scd docs/man/xenstore_async.3.scd

if HAVE_SCDOC
man_MANS += $(MAN_PAGES)
CLEANFILES += $(MAN_PAGES)
$(MAN_PAGES): docs/man/%: docs/man/%.scd
	$(AM_V_GEN)$(MKDIR_P) docs/man && $(SCDOC) <$< >$@.new && mv $@.new $@
endif

TESTS += tests/unit/config/manual_test.sh
EXTRA_DIST += tests/unit/config/manual_test.sh
