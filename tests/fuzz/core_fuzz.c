/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercall sequences of three domains on the host build of event channels and
 * grants. The input is a program: each step is who calls (one byte), which call
 * and how often it is preempted, and the argument's bytes as they are, with
 * some bytes chosen from what exists (ports, grants, frames) so that it gets
 * far. At the end everything must be given back; world_fini() stops otherwise.
 */
#include <string.h>

#include "core/evtchn.h"
#include "core/grant.h"
#include "interface/handlers.h"
#include "lib/errno.h"
#include "world.h"

#define DOMAINS 3
#define ARG_MAX 96

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static union {
	unsigned char bytes[16 * 1024];
	uint64_t align;
} memory;

static void start(void)
{
	world_init(DOMAINS, 2);
	for (unsigned int i = 0; i < DOMAINS; i++) {
		struct domain *d = world_domain(i);

		if (evtchn_domain_init(d, 200) || grant_table_create(d, 2, 2)) {
			__builtin_trap();
		}
		/* Some frames to grant and to give as event arrays. */
		for (unsigned int k = 0; k < 4; k++) {
			mfn_t m = world_frame(d), table;

			if (!grant_table_frame(d, 0, false, &table)) {
				struct grant_entry_v1 *e = mfn_to_virt(table);

				e[k] = (struct grant_entry_v1){
					GTF_permit_access,
					(domid_t)((i + k) % DOMAINS),
					(uint32_t)m.n,
				};
			}
		}
	}
	memset(&memory, 0, sizeof(memory));
	world_guest_memory(&memory, sizeof(memory));
}

static void end(void)
{
	for (unsigned int i = 0; i < DOMAINS; i++) {
		struct domain *d = world_domain(i);

		while (evtchn_domain_destroy(d) == -ERESTART) {
		}
		while (grant_table_release_mappings(d) == -ERESTART) {
		}
		evtchn_domain_free(d);
	}
	for (unsigned int i = 0; i < DOMAINS; i++) {
		grant_table_destroy(world_domain(i));
	}
	world_fini();
}

static void step(const uint8_t *head, const uint8_t *arg, size_t size)
{
	struct hypercall hc = { .arg = { head[1] & 15, (uintptr_t)memory.bytes,
					 head[1] >> 6 } };
	long rc;

	world_run(world_domain(head[0] % DOMAINS), head[0] >> 7);
	world_preempt_every(head[0] >> 4 & 3);
	memcpy(memory.bytes, arg, size);
	do {
		rc = head[0] & 8 ? do_grant_table_op(&hc)
				 : do_event_channel_op(&hc);
	} while (rc == -ERESTART);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	start();
	while (size > 3) {
		size_t n = data[2] % ARG_MAX;

		n = n < size - 3 ? n : size - 3;
		step(data, data + 3, n);
		data += 3 + n;
		size -= 3 + n;
	}
	end();
	return 0;
}
