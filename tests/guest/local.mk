# SPDX-License-Identifier: BSD-2-Clause
# Micro-guest tests: tests/guest/<name>.elf is one source with the runtime of
# guest-pv/. `make check-guest` runs them all as dom0 on our hypervisor;
# run.sh says how to run some of them, or all on Debian's Xen.

guest_tests = traps iret syscall hypercalls version multicall evtchn \
	evtchn_fifo grant mmu va_mapping mmuext pte_emul memory console \
	segment_base msr privileged descriptors debug_registers sched time \
	vcpu fpu race continuation exhaust domain
guest_crash_tests = crash_iret crash_bounce crash_stack crash_handler \
	crash_user crash_report crash_self crash_jump debug_keys
guest_expect = crash_report crash_self crash_jump crash_stack debug_keys time
guest_test_images = $(guest_tests:%=tests/guest/%.elf) \
	$(guest_crash_tests:%=tests/guest/%.elf)

tests/guest/%.elf: build-guest/tests/guest/%.c.o $(guest_rt_obj) \
		build-guest/guest-pv/rt/test.c.o $(guest_lds)
	@$(MKDIR_P) $(@D)
	$(AM_V_GEN)$(CC) $(guest_link) -T $(guest_lds) -o $@ \
		$< build-guest/guest-pv/rt/test.c.o $(guest_rt_obj)

-include $(guest_tests:%=build-guest/tests/guest/%.c.d)
-include $(guest_crash_tests:%=build-guest/tests/guest/%.c.d)

noinst_DATA += $(guest_test_images)
EXTRA_DIST += tests/guest/README.md tests/guest/run.sh tests/guest/bochs.sh $(guest_tests:%=tests/guest/%.c) \
	$(guest_crash_tests:%=tests/guest/%.c) \
	$(guest_expect:%=tests/guest/%.expect)
CLEANFILES += tests/guest/*.elf build-guest/tests/guest/*.[od] \
	tests/guest/*.log

.PHONY: check-guest
check-guest: all
	$(top_srcdir)/tests/guest/run.sh --hypervisor ours --build .

# The same on a hypervisor that checks its locks and preempts what it can.
.PHONY: check-guest-debug
check-guest-debug: all
	$(MAKE) O=debug/ HV_DEBUG=-DHOSPES_DEBUG debug/hypervisor/hospes
	$(top_srcdir)/tests/guest/run.sh --build . \
		--hypervisor debug/hypervisor/hospes --timeout 120
