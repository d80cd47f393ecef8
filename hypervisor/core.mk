# SPDX-License-Identifier: BSD-2-Clause
# Event channels, grants, and the control hypercalls.
HV_CORE_SRCS = \
	hypervisor/core/evtchn.c \
	hypervisor/core/evtchn_2l.c \
	hypervisor/core/evtchn_fifo.c \
	hypervisor/core/virq.c \
	hypervisor/interface/event_channel_op.c
