// SPDX-License-Identifier: BSD-2-Clause
/* Unit tests of the xenstore daemon's core and of what both ends share. */
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"

static int use_rings(void)
{
	world_rings = true;
	return 0;
}

static int use_sockets(void)
{
	world_rings = false;
	return 0;
}

static void fill_suite(CU_pSuite suite, const struct test_row *rows)
{
	for (; suite && rows->name; rows++) {
		if (!CU_add_test(suite, rows->name, rows->run)) {
			abort();
		}
	}
}

void add_suite(const char *name, const struct test_row *rows)
{
	fill_suite(CU_add_suite(name, NULL, NULL), rows);
}

void add_suite_both(const char *name, const struct test_row *rows)
{
	char other[64];

	add_suite(name, rows);
	(void)snprintf(other, sizeof(other), "%s over rings", name);
	fill_suite(CU_add_suite(other, use_rings, use_sockets), rows);
}

int main(void)
{
	unsigned int failures;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	add_pure_suite();
	add_store_suite();
	add_request_suite();
	add_watch_suite();
	add_txn_suite();
	add_quota_suite();
	add_hostile_suite();
	add_domain_suite();
	add_turn_suite();
	add_conform_suite();
	add_secrets_suite();
	add_history_suite();
	add_control_suite();
	add_random_suite();
	add_state_suite();
	add_restart_suite();
	add_memory_suite();
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures ? 1 : 0;
}
