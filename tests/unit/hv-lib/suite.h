/* SPDX-License-Identifier: BSD-2-Clause */
/* One suite a program: a table of tests, run, and the exit code. */
#ifndef TESTS_HV_LIB_SUITE_H
#define TESTS_HV_LIB_SUITE_H

#include <CUnit/Basic.h>
#include <stddef.h>

struct test {
	const char *name;
	void (*run)(void);
};

static inline int suite_run(const char *name, const struct test *tests,
			    size_t count)
{
	unsigned int failures = 1;
	CU_pSuite suite;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	suite = CU_add_suite(name, NULL, NULL);
	for (size_t i = 0; suite && i < count; i++) {
		if (!CU_add_test(suite, tests[i].name, tests[i].run)) {
			suite = NULL;
		}
	}
	if (suite) {
		CU_basic_set_mode(CU_BRM_VERBOSE);
		CU_basic_run_tests();
		failures = CU_get_number_of_failures();
	}
	CU_cleanup_registry();
	return failures ? 1 : 0;
}

/* Numbers that are the same in every run. */
static inline unsigned int suite_random(void)
{
	static unsigned int state = 0x2545f491;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

#endif
