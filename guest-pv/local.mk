# SPDX-License-Identifier: BSD-2-Clause
# Micro guests: freestanding 64-bit PV images, with flags of their own
# whatever the user's CFLAGS are. guest-pv/<name>.elf is examples/<name>.c linked
# with the runtime; objects live in build-guest/.

guest_cc = -std=gnu11 -O2 -g -ffreestanding -fno-builtin -fno-pic -fno-pie \
	-m64 -mno-red-zone -mgeneral-regs-only -fno-stack-protector \
	-fno-strict-aliasing -fno-common -fno-omit-frame-pointer \
	-fno-asynchronous-unwind-tables -fcf-protection=none $(WARN_CFLAGS) \
	-include $(top_srcdir)/guest-pv/rt/types.h
guest_cpp = -I$(top_srcdir)/guest-pv -I$(top_srcdir) \
	-D__XEN_INTERFACE_VERSION__=0x00040d00 -D__XEN_TOOLS__
guest_link = -nostdlib -static -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments
guest_lds = $(top_srcdir)/guest-pv/rt/guest.lds

guest_rt_src = guest-pv/rt/start.S guest-pv/rt/entry.S guest-pv/rt/rt.c \
	guest-pv/rt/string.c guest-pv/rt/printf.c guest-pv/rt/console.c \
	guest-pv/rt/vcpu.c guest-pv/rt/traps.c guest-pv/rt/mm.c \
	guest-pv/rt/evtchn.c guest-pv/rt/time.c guest-pv/rt/gnttab.c guest-pv/rt/xenbus.c
guest_rt_hdr = guest-pv/rt/layout.h guest-pv/rt/types.h \
	guest-pv/rt/insn.h guest-pv/rt/hypercall.h guest-pv/rt/rt.h \
	guest-pv/rt/string.h guest-pv/rt/console.h guest-pv/rt/vcpu.h \
	guest-pv/rt/traps.h guest-pv/rt/mm.h guest-pv/rt/evtchn.h guest-pv/rt/test.h \
	guest-pv/rt/time.h guest-pv/rt/gnttab.h guest-pv/rt/xenbus.h
guest_rt_obj = $(guest_rt_src:%=build-guest/%.o)
guest_front_src = guest-pv/front/front.c guest-pv/front/blkfront.c \
	guest-pv/front/netfront.c guest-pv/rt/test.c
guest_front_hdr = guest-pv/front/front.h guest-pv/front/ring.h \
	guest-pv/front/blkfront.h guest-pv/front/netfront.h
guest_front_obj = $(guest_front_src:%=build-guest/%.o)

guest_examples = hello devices spin
guest_images = $(guest_examples:%=guest-pv/%.elf)

build-guest/%.c.o: $(top_srcdir)/%.c
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(guest_cpp) $(guest_cc) -MMD -MP -c -o $@ $<

build-guest/%.S.o: $(top_srcdir)/%.S
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(guest_cpp) -D__ASSEMBLY__ -g -MMD -MP -c -o $@ $<

guest-pv/%.elf: build-guest/guest-pv/examples/%.c.o $(guest_rt_obj) \
		$(guest_lds)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(guest_link) -T $(guest_lds) -o $@ \
		$< $(guest_rt_obj)

# hello is the runtime alone, devices has the front ends and the checks.
guest-pv/devices.elf: build-guest/guest-pv/examples/devices.c.o \
		$(guest_front_obj) $(guest_rt_obj) $(guest_lds)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(guest_link) -T $(guest_lds) -o $@ \
		$< $(guest_front_obj) $(guest_rt_obj)

-include $(guest_rt_obj:.o=.d) $(guest_front_obj:.o=.d)

noinst_DATA += $(guest_images)
EXTRA_DIST += $(guest_rt_src) $(guest_rt_hdr) $(guest_front_src) \
	$(guest_front_hdr) guest-pv/rt/guest.lds \
	$(guest_examples:%=guest-pv/examples/%.c)

.SECONDARY:

CLEANFILES += guest-pv/*.elf build-guest/guest-pv/rt/*.[od] \
	build-guest/guest-pv/examples/*.[od] build-guest/guest-pv/front/*.[od]
