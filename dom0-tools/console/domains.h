/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_DOMAINS_H
#define HOSPES_CONSOLE_DOMAINS_H
/*
 * Which guests the store knows. A store that goes away while it is asked has
 * not said that they are gone.
 */
#include <stdint.h>

struct xs_handle;

/*
 * All guests that are introduced, as an array that the caller frees, and how
 * many; 0, or -errno if that is not known of each.
 */
int domains_introduced(struct xs_handle *xs, uint32_t **list,
		       unsigned int *count);

#endif
