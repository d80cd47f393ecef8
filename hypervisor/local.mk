# SPDX-License-Identifier: BSD-2-Clause
# The hypervisor: its own compiler flags whatever the user's are, two links (the
# second with the names of functions), one flat image that a multiboot loader
# takes as it is.
include $(top_srcdir)/hypervisor/lib/local.mk
include $(top_srcdir)/hypervisor/core.mk
include $(top_srcdir)/hypervisor/sched.mk

HV_BASE_SRCS = \
	hypervisor/boot/dom0.c \
	hypervisor/boot/early.c \
	hypervisor/boot/machine.c \
	hypervisor/boot/main.c \
	hypervisor/boot/memory_map.c \
	hypervisor/boot/multiboot.c \
	hypervisor/boot/options.c \
	hypervisor/core/crash.c \
	hypervisor/core/domain.c \
	hypervisor/core/domain_kill.c \
	hypervisor/core/domain_memory.c \
	hypervisor/core/e820.c \
	hypervisor/core/guest_access.c \
	hypervisor/core/vcpu.c \
	hypervisor/cpu/clock.c \
	hypervisor/cpu/descriptors.c \
	hypervisor/cpu/lapic.c \
	hypervisor/cpu/pat.c \
	hypervisor/cpu/smp.c \
	hypervisor/cpu/trap.c \
	hypervisor/cpu/xstate.c \
	hypervisor/debug/printk.c \
	hypervisor/debug/symbols.c \
	hypervisor/debug/trace.c \
	hypervisor/drivers/console.c \
	hypervisor/drivers/console_guest.c \
	hypervisor/interface/enter.c \
	hypervisor/interface/guest_copy.c \
	hypervisor/interface/hypercalls.c \
	hypervisor/interface/memory_exchange.c \
	hypervisor/interface/memory_op.c \
	hypervisor/interface/memory_reservation.c \
	hypervisor/interface/misc_op.c \
	hypervisor/interface/mmu_op.c \
	hypervisor/interface/multicall.c \
	hypervisor/interface/pv_state_op.c \
	hypervisor/mm/frame.c \
	hypervisor/mm/ftype.c \
	hypervisor/mm/ftype_table.c \
	hypervisor/mm/ftype_word.c \
	hypervisor/mm/heap.c \
	hypervisor/mm/paging.c \
	hypervisor/mm/pool.c \
	hypervisor/mm/pte_policy.c \
	hypervisor/mm/segment.c \
	hypervisor/pv/bounce.c \
	hypervisor/pv/callback.c \
	hypervisor/pv/context.c \
	hypervisor/pv/context_abi.c \
	hypervisor/pv/cpuid.c \
	hypervisor/pv/decode.c \
	hypervisor/pv/descriptor.c \
	hypervisor/pv/dom0_build.c \
	hypervisor/pv/domain.c \
	hypervisor/pv/emul_priv.c \
	hypervisor/pv/emul_pte.c \
	hypervisor/pv/grant_map.c \
	hypervisor/pv/guest_walk.c \
	hypervisor/pv/io_port.c \
	hypervisor/pv/mmu_update.c \
	hypervisor/pv/mmuext.c \
	hypervisor/pv/msr.c \
	hypervisor/pv/traps.c \
	hypervisor/x86/spinlock.c

HV_ASM = \
	hypervisor/boot/header.S \
	hypervisor/cpu/entry.S \
	hypervisor/cpu/trampoline.S \
	hypervisor/x86/uaccess.S

HV_SRCS = $(HV_LIB_SRCS) $(HV_BASE_SRCS) $(HV_CORE_SRCS) $(HV_SCHED_SRCS)
# A build with the checks of debug/checks.c (configure --enable-debug) is whole
# of it; with O=FOLDER/ one goes there beside another.
HV_DEBUG_SRCS = hypervisor/debug/checks.c
HV_DEBUG = @HV_DEBUG@
HV_OBJS = $(HV_SRCS:%.c=$(O)%.hv.o) $(HV_ASM:%.S=$(O)%.hv.o) \
	$(HV_DEBUG:%=$(HV_DEBUG_SRCS:%.c=$(O)%.hv.o))

HV_WARN = -Wall -Wextra -Wshadow -Wundef -Wvla -Wmissing-prototypes \
	-Wstrict-prototypes -Wimplicit-fallthrough -Wwrite-strings \
	-Wframe-larger-than=1024 -Werror
HV_C_FLAGS = -std=gnu11 -O2 -g -ffreestanding -fpie -fvisibility=hidden \
	-mcmodel=small -mno-red-zone -mgeneral-regs-only \
	-fno-strict-aliasing -fno-common -fno-stack-protector \
	-fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
	-fcf-protection=none -fno-jump-tables -pipe -include x86/visibility.h \
	$(HV_WARN)
HV_CPP_FLAGS = -D__XEN_TOOLS__ $(HV_DEBUG) \
	-DHOST_BUILD_VERSION='"$(PACKAGE_VERSION)"' \
	-I$(top_srcdir)/hypervisor -I$(O)hypervisor
HV_LINK_FLAGS = -static -nostdlib -Wl,--build-id=none \
	-Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--no-warn-rwx-segments

$(O)hypervisor/offsets.h: $(top_srcdir)/hypervisor/x86/offsets.c \
		$(top_srcdir)/hypervisor/x86/regs.h
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(HV_CPP_FLAGS) $(HV_C_FLAGS) -S -o $@.s $<
	@{ echo '/* Made from x86/offsets.c. */'; \
	$(SED) -n 's/^.*"->\([A-Z_0-9]*\) \$$*\([0-9]*\)".*/#define \1 \2/p' \
		$@.s; } >$@ && rm -f $@.s

$(O)hypervisor/%.hv.o: $(top_srcdir)/hypervisor/%.c $(O)hypervisor/offsets.h
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(HV_CPP_FLAGS) $(HV_C_FLAGS) -MMD -MP -c -o $@ $<

$(O)hypervisor/%.hv.o: $(top_srcdir)/hypervisor/%.S $(O)hypervisor/offsets.h
	@$(MKDIR_P) $(@D)
	$(AM_V_CC)$(CC) $(HV_CPP_FLAGS) -D__ASSEMBLY__ -MMD -MP -c -o $@ $<

$(O)hypervisor/hospes.lds: $(top_srcdir)/hypervisor/boot/hospes.lds.S
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(HV_CPP_FLAGS) -D__ASSEMBLY__ -E -P -x c -o $@ $<

HV_MKSYMS = sh $(top_srcdir)/hypervisor/debug/mksyms
HV_LINK = $(CC) $(HV_LINK_FLAGS) -Wl,-T,$(O)hypervisor/hospes.lds

$(O)hypervisor/hospes.elf: $(HV_OBJS) $(O)hypervisor/hospes.lds \
		$(top_srcdir)/hypervisor/debug/mksyms
	@$(HV_MKSYMS) </dev/null >$(O)hypervisor/syms0.s
	@$(CC) -c -o $(O)hypervisor/syms0.o $(O)hypervisor/syms0.s
	$(AM_V_CCLD)$(HV_LINK) -o $(O)hypervisor/hospes.pass1 $(HV_OBJS) \
		$(O)hypervisor/syms0.o
	@$(NM) -n $(O)hypervisor/hospes.pass1 | $(HV_MKSYMS) >$(O)hypervisor/syms1.s
	@$(CC) -c -o $(O)hypervisor/syms1.o $(O)hypervisor/syms1.s
	@$(HV_LINK) -o $@ $(HV_OBJS) $(O)hypervisor/syms1.o

$(O)hypervisor/hospes: $(O)hypervisor/hospes.elf
	$(AM_V_GEN)$(OBJCOPY) -O binary $< $@

-include $(HV_OBJS:.o=.d)

hvbootdir = $(bootdir)
hvboot_DATA = hypervisor/hospes
EXTRA_DIST += $(HV_BASE_SRCS) $(HV_CORE_SRCS) $(HV_SCHED_SRCS) $(HV_ASM) \
	$(HV_DEBUG_SRCS) \
	hypervisor/boot/hospes.lds.S hypervisor/x86/offsets.c \
	hypervisor/debug/mksyms
