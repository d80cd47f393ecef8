// SPDX-License-Identifier: BSD-2-Clause
/*
 * The bounding set first, since that takes a capability itself; who has none
 * to begin with loses nothing and is not told.
 */
#include "xenstore/daemon/privs.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "xenstore/daemon/log.h"

static int keep_only(uint64_t kept)
{
	struct __user_cap_header_struct hdr = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &hdr, data)) {
		return -errno;
	}
	for (unsigned int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t mask = (uint32_t)(kept >> (32 * i));

		data[i].effective &= mask;
		data[i].permitted &= mask;
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &hdr, data) ? -errno : 0;
}

void privs_drop(bool xen)
{
	uint64_t kept = xen ? (uint64_t)1 << CAP_SYS_ADMIN : 0;
	int rc;

	/* Ends with EINVAL behind the last one that this kernel knows. */
	for (unsigned long cap = 0; cap < 64; cap++) {
		if (!(kept >> cap & 1) &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) {
			break;
		}
	}
	rc = keep_only(kept);
	if (rc) {
		log_warn("capabilities stay: %s", strerror(-rc));
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		log_warn("no_new_privs: %s", strerror(errno));
	}
}
