/* SPDX-License-Identifier: BSD-2-Clause */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#define MAX_THREADS 16

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void (*thread_fn)(unsigned int index);

void host_yield(void)
{
	sched_yield();
}

void host_mutex_lock(void)
{
	pthread_mutex_lock(&mutex);
}

void host_mutex_unlock(void)
{
	pthread_mutex_unlock(&mutex);
}

static void *start(void *index)
{
	thread_fn((unsigned int)(uintptr_t)index);
	return NULL;
}

void host_run_threads(unsigned int n, void (*fn)(unsigned int index))
{
	pthread_t threads[MAX_THREADS];

	if (n > MAX_THREADS) {
		abort();
	}
	thread_fn = fn;
	for (unsigned int i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, start,
				   (void *)(uintptr_t)i)) {
			abort();
		}
	}
	for (unsigned int i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
	}
}
