/* SPDX-License-Identifier: BSD-2-Clause */
/* What an input of xenstore_state is: a byte of these, then bytes or records.
 */
#ifndef TESTS_FUZZ_XENSTORE_STATE_H
#define TESTS_FUZZ_XENSTORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The low two bits of the first byte, and the others. */
enum source {
	FROM_UPDATE,
	FROM_JOURNAL,
	FROM_RUNDIR,
	FROM_STREAM
};
#define MODE_RAW   0x04u /* no headers are made */
#define MODE_BOUND 0x08u /* ports are handed on */
#define MODE_CLEAN 0x10u /* it ends well, not by a kill */

#endif
