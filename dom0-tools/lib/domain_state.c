/* SPDX-License-Identifier: BSD-2-Clause */
/* The six letters of a domain's state: pure, for tests. */
#include <string.h>

#include "dom0-tools/lib/domain.h"

void domain_state_letters(const struct domain_info *info, char state[7])
{
	static const char reasons[] = "-rscwS";

	strcpy(state, "------");
	if (info->running) {
		state[0] = 'r';
	}
	if (info->blocked) {
		state[1] = 'b';
	}
	if (info->paused) {
		state[2] = 'p';
	}
	if (info->shutdown) {
		state[3] = 's';
		if (info->reason < sizeof(reasons) - 1) {
			state[4] = reasons[info->reason];
		}
	}
	if (info->dying) {
		state[5] = 'd';
	}
}
