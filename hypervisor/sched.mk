# SPDX-License-Identifier: BSD-2-Clause
# Scheduling, time and interrupts: sources of the hypervisor.
HV_SCHED_SRCS =
