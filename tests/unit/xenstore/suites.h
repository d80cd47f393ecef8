/* SPDX-License-Identifier: BSD-2-Clause */
/* The suites of xenstore_test; each adds itself to CUnit's registry. */
#ifndef TESTS_UNIT_XENSTORE_SUITES_H
#define TESTS_UNIT_XENSTORE_SUITES_H

#include <CUnit/CUnit.h>

struct test_row {
	const char *name;
	void (*run)(void);
};

/* Add a suite; the rows end with a NULL name. */
void add_suite(const char *name, const struct test_row *rows);

/* The same rows twice: peers on sockets, and peers on rings. */
void add_suite_both(const char *name, const struct test_row *rows);

void add_pure_suite(void);
void add_store_suite(void);
void add_request_suite(void);
void add_watch_suite(void);
void add_txn_suite(void);
void add_quota_suite(void);
void add_hostile_suite(void);
void add_domain_suite(void);
void add_turn_suite(void);
void add_conform_suite(void);
void add_secrets_suite(void);
void add_history_suite(void);
void add_control_suite(void);
void add_random_suite(void);
void add_state_suite(void);
void add_restart_suite(void);
void add_memory_suite(void);

#endif
