# SPDX-License-Identifier: BSD-2-Clause
# Event channels, grants, and the control hypercalls.
HV_CORE_SRCS = \
	hypervisor/core/evtchn.c \
	hypervisor/core/evtchn_2l.c \
	hypervisor/core/evtchn_fifo.c \
	hypervisor/core/grant.c \
	hypervisor/core/grant_copy.c \
	hypervisor/core/grant_map.c \
	hypervisor/core/grant_pin.c \
	hypervisor/core/io_access.c \
	hypervisor/core/virq.c \
	hypervisor/interface/control.c \
	hypervisor/interface/debug_keys.c \
	hypervisor/interface/cpu_policy.c \
	hypervisor/interface/domctl.c \
	hypervisor/interface/domctl_device.c \
	hypervisor/interface/domctl_life.c \
	hypervisor/interface/domctl_memory.c \
	hypervisor/interface/domctl_vcpu.c \
	hypervisor/interface/event_channel_op.c \
	hypervisor/interface/grant_table_op.c \
	hypervisor/interface/sysctl.c \
	hypervisor/interface/sysctl_count.c \
	hypervisor/interface/sysctl_cpu.c \
	hypervisor/interface/version_op.c
