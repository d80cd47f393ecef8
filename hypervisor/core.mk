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
	hypervisor/core/virq.c \
	hypervisor/interface/event_channel_op.c \
	hypervisor/interface/grant_table_op.c \
	hypervisor/interface/version_op.c
