/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that may fault, and the table that catches it. See uaccess.S. */
#ifndef HOSPES_X86_UACCESS_H
#define HOSPES_X86_UACCESS_H

#include "lib/types.h"

size_t uaccess_copy(void *to, const void *from, size_t n);
size_t uaccess_clear(void *to, size_t n);
__must_check int rdmsr_safe(uint32_t msr, uint64_t *value);
__must_check int segment_load_ds(uint16_t sel);
__must_check int segment_load_es(uint16_t sel);
__must_check int segment_load_fs(uint16_t sel);
__must_check int segment_load_gs(uint16_t sel);
__must_check int xrstor_safe(const void *area, uint64_t mask);
__must_check int fxrstor_safe(const void *area);

/* Where to go on after a fault at rip, or 0. */
uint64_t ex_table_lookup(uint64_t rip);

#endif
