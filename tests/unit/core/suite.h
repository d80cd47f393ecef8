/* SPDX-License-Identifier: BSD-2-Clause */
/* One suite per program: run the tests of a table, exit code 1 if any failed.
 */
#ifndef HOSPES_TESTS_UNIT_CORE_SUITE_H
#define HOSPES_TESTS_UNIT_CORE_SUITE_H

#include <CUnit/Basic.h>

struct suite_test {
	const char *name;
	void (*fn)(void);
};

static inline int suite_run(const char *name, const struct suite_test *tests)
{
	CU_pSuite suite;
	unsigned int failed;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	suite = CU_add_suite(name, NULL, NULL);
	for (; suite && tests->name; tests++) {
		CU_add_test(suite, tests->name, tests->fn);
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures() + !suite;
	CU_cleanup_registry();
	return failed ? 1 : 0;
}

#endif
