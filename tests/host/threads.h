/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of a test, apart from the hypervisor's headers (both name
 * sched_yield). */
#ifndef HOSPES_TESTS_HOST_THREADS_H
#define HOSPES_TESTS_HOST_THREADS_H

/* Let another thread run. */
void host_yield(void);
/* One lock for the fakes. */
void host_mutex_lock(void);
void host_mutex_unlock(void);
/* Run fn(0) to fn(n - 1), each in a thread of its own, and wait for all. */
void host_run_threads(unsigned int n, void (*fn)(unsigned int index));

#endif
