# SPDX-License-Identifier: BSD-2-Clause
# Scheduling, time and interrupts: sources of the hypervisor.
HV_SCHED_SRCS = \
	hypervisor/core/guest_time.c \
	hypervisor/core/idle.c \
	hypervisor/core/pirq.c \
	hypervisor/core/rcu.c \
	hypervisor/core/sched.c \
	hypervisor/core/sched_credit.c \
	hypervisor/core/sched_pause.c \
	hypervisor/core/sched_policy.c \
	hypervisor/core/softirq.c \
	hypervisor/core/timer.c \
	hypervisor/cpu/ioapic.c \
	hypervisor/cpu/irq.c \
	hypervisor/drivers/acpi_power.c \
	hypervisor/drivers/acpi_tables.c \
	hypervisor/drivers/msi.c \
	hypervisor/drivers/pci.c \
	hypervisor/interface/physdev_op.c \
	hypervisor/interface/platform_op.c \
	hypervisor/interface/sched_op.c \
	hypervisor/interface/vcpu_op.c
