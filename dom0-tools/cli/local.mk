# SPDX-License-Identifier: BSD-2-Clause
# hl, the command line; engines that call xl find it under that name.
sbin_PROGRAMS += hl
hl_SOURCES = \
	dom0-tools/cli/console.h \
	dom0-tools/cli/format.c dom0-tools/cli/format.h \
	dom0-tools/cli/main.c dom0-tools/cli/verb.h \
	dom0-tools/cli/verb_console.c dom0-tools/cli/verb_create.c \
	dom0-tools/cli/verb_debug_keys.c dom0-tools/cli/verb_destroy.c \
	dom0-tools/cli/verb_dmesg.c dom0-tools/cli/verb_domid.c \
	dom0-tools/cli/verb_domname.c dom0-tools/cli/verb_help.c \
	dom0-tools/cli/verb_info.c dom0-tools/cli/verb_list.c \
	dom0-tools/cli/verb_mem_set.c dom0-tools/cli/verb_pause.c \
	dom0-tools/cli/verb_rename.c dom0-tools/cli/verb_sched_credit2.c \
	dom0-tools/cli/verb_shutdown.c dom0-tools/cli/verb_unpause.c \
	dom0-tools/cli/verb_uptime.c dom0-tools/cli/verb_vcpu_list.c \
	dom0-tools/cli/verb_vcpu_pin.c dom0-tools/cli/verb_vcpu_set.c
hl_CPPFLAGS = -I$(top_srcdir)/xenstore/libxs $(AM_CPPFLAGS) -D__XEN_TOOLS__
hl_CFLAGS = $(AM_CFLAGS) $(YAJL_CFLAGS) $(UUID_CFLAGS)
hl_LDADD = dom0-tools/console/libhlconsole.la libhospes.la \
	$(YAJL_LIBS) $(UUID_LIBS)

.PHONY: install-hl-links uninstall-hl-links
INSTALL_LINKS += install-hl-links
install-hl-links:
	$(MKDIR_P) $(DESTDIR)$(hospesdir)/compat
	$(LN_S) -f $(sbindir)/hl $(DESTDIR)$(hospesdir)/compat/xl

UNINSTALL_LINKS += uninstall-hl-links
uninstall-hl-links:
	rm -f $(DESTDIR)$(hospesdir)/compat/xl
