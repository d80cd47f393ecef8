/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small world for tests of the hypervisor's core on the host: a few domains
 * with vCPUs, some frames of memory, an allocator that can be told to fail, and
 * fakes of what core calls elsewhere (scheduler, page tables, log, copies to
 * and from the guest).
 *
 * Frames keep their real words (owner, references, writable type), so a test
 * sees when one is not given back. Locks check their rank, and that those used
 * in interrupt context are taken with interrupts off.
 */
#ifndef HOSPES_TESTS_HOST_WORLD_H
#define HOSPES_TESTS_HOST_WORLD_H

#include "core/domain.h"
#include "core/vcpu.h"

#define WORLD_FRAMES  2048
#define WORLD_DOMAINS 4

/* Domains 0 (privileged) to n - 1, without ports and grants. */
void world_init(unsigned int domains, unsigned int vcpus_each);
/* Frees them and checks that no frame and no object is left in use. */
void world_fini(void);

struct domain *world_domain(unsigned int i);
/* This thread runs that vCPU from now on. */
void world_run(struct domain *d, unsigned int vcpu);

/* A frame of d's own memory, or of none (NULL). Given back by world_fini(). */
mfn_t world_frame(struct domain *d);
/* Make it look like a page table: no writable reference to it. */
void world_make_table(mfn_t m, bool table);
/* References beside the owner's own, and writable ones. */
uint64_t world_frame_refs(mfn_t m);
uint64_t world_frame_writers(mfn_t m);

/* Let the n-th allocation from now fail (1: the next), and all after it;
 * 0: never. */
void world_fail_alloc(unsigned int n);

/* How often v was kicked, or unblocked alone. */
unsigned int world_kicks(struct vcpu *v);
unsigned int world_unblocks(struct vcpu *v);

/* The newest message, without arguments being special. */
const char *world_last_log(void);

/* The only memory that the guest copies accept. */
void world_guest_memory(void *p, size_t size);
/* preempt_wanted() says so every n-th time; 0: never. */
void world_preempt_every(unsigned int n);

/* Grant mappings that the fake page tables hold: address to frame. */
unsigned int world_mapped(mfn_t m);
/* Let the next grant_pv_map() or unmap fail. */
void world_fail_pte(bool fail);

#endif
