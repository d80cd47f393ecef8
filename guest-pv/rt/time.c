/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See time.h. The record's version is odd while it changes; what was read
 * counts only if the version was even and the same before and after.
 */
#include "rt/time.h"

#include "rt/insn.h"
#include "rt/rt.h"
#include "rt/vcpu.h"

static uint64_t scale(uint64_t delta, uint32_t mul, int8_t shift)
{
	if (shift < 0) {
		delta >>= -shift;
	} else {
		delta <<= shift;
	}
	return (uint64_t)((unsigned __int128)delta * mul >> 32);
}

uint64_t time_now(void)
{
	struct vcpu_time_info *t = &vcpu_self()->info->time;
	uint32_t version;
	uint64_t now;

	do {
		version = __atomic_load_n(&t->version, __ATOMIC_ACQUIRE);
		now = t->system_time + scale(insn_rdtsc() - t->tsc_timestamp,
					     t->tsc_to_system_mul,
					     t->tsc_shift);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	} while (version & 1 || version != t->version);
	return now;
}

uint64_t time_wall(void)
{
	uint32_t version;
	uint64_t wall;

	do {
		version = __atomic_load_n(&shared_info->wc_version,
					  __ATOMIC_ACQUIRE);
		wall = (uint64_t)shared_info->wc_sec_hi << 32 |
		       shared_info->wc_sec;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	} while (version & 1 || version != shared_info->wc_version);
	return wall + time_now() / 1000000000;
}

void time_delay(uint64_t ns)
{
	uint64_t end = time_now() + ns;

	while (time_now() < end) {
		cpu_relax();
	}
}
