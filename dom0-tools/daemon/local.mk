# SPDX-License-Identifier: BSD-2-Clause
# The lifecycle daemon: what follows when a domain has shut down.
sbin_PROGRAMS += hospesd
hospesd_SOURCES = \
	dom0-tools/daemon/act.c dom0-tools/daemon/act_brake.c \
	dom0-tools/daemon/hospesd.h dom0-tools/daemon/main.c \
	dom0-tools/daemon/last_words.c dom0-tools/daemon/last_words.h
hospesd_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS) \
	-D__XEN_TOOLS__
hospesd_CFLAGS = $(AM_CFLAGS) $(UUID_CFLAGS)
hospesd_LDADD = dom0-tools/console/libhlconsole.la libhospes.la $(UUID_LIBS)

# systemd looks in PREFIX/lib/systemd/system for /usr and /usr/local.
systemdunitdir = $(prefix)/lib/systemd/system
systemdunit_DATA = dom0-tools/daemon/hospes-xenstored.service \
	dom0-tools/daemon/hospes-consoled.service \
	dom0-tools/daemon/hospesd.service dom0-tools/daemon/proc-xen.mount
DAEMON_UNITS = dom0-tools/daemon/hospes-xenstored.service \
	dom0-tools/daemon/hospes-consoled.service \
	dom0-tools/daemon/hospesd.service
CLEANFILES += $(DAEMON_UNITS)
EXTRA_DIST += $(DAEMON_UNITS:=.in) dom0-tools/daemon/proc-xen.mount
$(DAEMON_UNITS): %: %.in
	$(AM_V_GEN)$(MKDIR_P) dom0-tools/daemon && \
		$(SED) -e 's,@sbindir[@],$(sbindir),g' \
		-e 's,@bindir[@],$(bindir),g' $< >$@.new && mv $@.new $@

# For hosts without systemd.
initdir = $(sysconfdir)/init.d
init_SCRIPTS = dom0-tools/daemon/hospes-xenstored
CLEANFILES += dom0-tools/daemon/hospes-xenstored
EXTRA_DIST += dom0-tools/daemon/hospes-xenstored.init.in
dom0-tools/daemon/hospes-xenstored: dom0-tools/daemon/hospes-xenstored.init.in
	$(AM_V_GEN)$(MKDIR_P) dom0-tools/daemon && \
		$(SED) 's,@sbindir[@],$(sbindir),g' $< >$@.new && \
		chmod +x $@.new && mv $@.new $@

completiondir = $(datadir)/bash-completion/completions
completion_DATA = dom0-tools/completion/hl
CLEANFILES += dom0-tools/completion/hl
EXTRA_DIST += dom0-tools/completion/hl.bash
dom0-tools/completion/hl: dom0-tools/completion/hl.bash
	$(AM_V_GEN)$(MKDIR_P) dom0-tools/completion && cp $< $@

include $(top_srcdir)/docs/man/local.mk
