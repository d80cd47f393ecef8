/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual CPUs of this guest. Vcpu 0 is where the guest starts; vcpu_boot()
 * brings up another one on a function of its own. What a vcpu keeps for
 * itself is reached by vcpu_self(), which works on both of its stacks.
 */
#ifndef RT_VCPU_H
#define RT_VCPU_H

#include "rt/insn.h"
#include "rt/types.h"

/* What the last caught exception looked like; vector is -1 for "none". */
struct fault {
	int vector;
	unsigned long error, rip, cr2, cs, rflags;
};

struct vcpu {
	unsigned int id;
	struct vcpu_info *info;
	void (*fn)(void *);
	void *arg;
	/* Where a caught fault goes, 0 when nobody expects one. */
	unsigned long recover_rsp;
	struct fault fault;
	/* Where user_run() continues when user mode ends, 0 outside of it. */
	unsigned long user_rsp;
	unsigned long user_result;
};

union vcpu_block {
	struct vcpu *self;
	char bytes[VCPU_BLOCK_SIZE];
};

extern union vcpu_block vcpu_blocks[VCPU_MAX];

static inline struct vcpu *vcpu_self(void)
{
	union vcpu_block *b =
		(void *)(insn_read_rsp() & ~(VCPU_BLOCK_SIZE - 1ul));

	return b->self;
}

void vcpu_init_boot(void);
void vcpu_init_info(void);
/* Brings vcpu id up on fn(arg); 0 or what VCPUOP_initialise or _up said. */
int vcpu_boot(unsigned int id, void (*fn)(void *), void *arg);
/* Fills a context as vcpu_boot() would, for tests that spoil it. */
struct vcpu_guest_context;
void vcpu_context(struct vcpu_guest_context *c, unsigned int id,
		  void (*fn)(void *), void *arg);

#endif
