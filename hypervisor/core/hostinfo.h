/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about this machine and this hypervisor that several parts report. */
#ifndef HOSPES_CORE_HOSTINFO_H
#define HOSPES_CORE_HOSTINFO_H

#include "mm/ftype_table.h"

/* The Xen version whose ABI this is (XENVER_version). */
#define HOST_XEN_MAJOR 4
#define HOST_XEN_MINOR 17
/* This project's own version, as configure has it. */
#ifndef HOST_BUILD_VERSION
#define HOST_BUILD_VERSION "0.1.0"
#endif

static inline unsigned int host_paddr_bits(void)
{
	return paddr_bits;
}

#endif
