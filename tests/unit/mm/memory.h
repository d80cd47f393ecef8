/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for tests of mm: a frame table and RAM of MEMORY_FRAMES frames, and
 * fakes of what mm calls elsewhere. One owner (domid 1) and the hypervisor.
 */
#ifndef HOSPES_TESTS_UNIT_MM_MEMORY_H
#define HOSPES_TESTS_UNIT_MM_MEMORY_H

#include <stdint.h>

#include "mm/frame.h"

#define MEMORY_FRAMES 4096
#define MEMORY_OWNER  1

struct domain;
extern struct domain *const memory_domain;

/* All frames: no owner, no references, no type; RAM zeroed. */
void memory_reset(void);
/* Frame n is memory_domain's, as an allocation leaves it. */
struct page_info *memory_give(uint64_t n);
/* preempt_wanted() is true on the n-th question from now, then never; 0: never.
 * How many questions there were. */
void memory_preempt_at(uint64_t n);
uint64_t memory_questions(void);
/* Frames that lost their last reference. */
extern unsigned int memory_released;

#endif
