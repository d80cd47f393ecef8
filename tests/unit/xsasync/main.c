// SPDX-License-Identifier: BSD-2-Clause
/* libxenstore-async against a daemon that the test plays. */
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "tests/unit/xsasync/peer.h"

static void add_suite(const char *name, const struct test_row *rows)
{
	CU_pSuite suite = CU_add_suite(name, NULL, NULL);

	for (; suite && rows->name; rows++) {
		if (!CU_add_test(suite, rows->name, rows->run)) {
			abort();
		}
	}
}

int main(void)
{
	unsigned int failures;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	add_suite("replies", reply_tests);
	add_suite("hostile daemons", hostile_tests);
	add_suite("queue", queue_tests);
	add_suite("directory", directory_tests);
	add_suite("memory", memory_tests);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failures = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failures ? 1 : 0;
}
