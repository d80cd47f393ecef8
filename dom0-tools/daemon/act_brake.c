/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>

#include "dom0-tools/daemon/hospesd.h"

int brake_allow(struct brake *brake, int64_t now_s)
{
	int64_t since = now_s - brake->last_s;

	brake->last_s = now_s;
	if (since < 0 || since >= BRAKE_FAST_S) {
		brake->fast = 0;
		return 1;
	}
	if (brake->fast >= BRAKE_LIMIT) {
		return 0;
	}
	brake->fast++;
	return 1;
}
