/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_BUILD_PV_H
#define HOSPES_DOM0_BUILD_PV_H
/*
 * Puts a 64-bit PV guest into a domain that exists, has its vcpus and its
 * memory limit: populates the memory, loads kernel and module, writes p2m
 * list, start_info and page tables, seeds the grants of the two rings, and
 * gives vcpu 0 its first registers. After it the domain can be unpaused.
 */
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/control.h"
#include "dom0-tools/lib/tools.h"

struct image;

struct build_pv_input {
	uint32_t domid;
	const struct image *image;
	int module_fd;	     /* read from its start */
	size_t module_bytes; /* 0: none */
	const char *cmdline;
	uint64_t nr_pages;
	uint32_t console_port;
	uint32_t store_port;
	uint64_t shared_info_frame;
	uint32_t flags; /* SIF_* for start_info */
};

struct build_pv_result {
	uint64_t console_mfn;
	uint64_t store_mfn;
};

int build_pv(struct tools *tools, const struct build_pv_input *in,
	     struct build_pv_result *result, struct hl_error *err);

#endif
