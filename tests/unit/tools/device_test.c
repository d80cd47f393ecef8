/* SPDX-License-Identifier: BSD-2-Clause */
/* What a config names is that, or an error: never the beginning of it. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/device.h"
#include "dom0-tools/lib/hotplug.h"

static struct hl_error err;

static int prepare_disk(char *path, char *script)
{
	static char vdev[] = "xvda";
	struct config_disk disk = { .path = path,
				    .vdev = vdev,
				    .script = script,
				    .format = CONFIG_DISK_RAW };
	struct hl_config config = { .disk = &disk, .disk_count = 1 };
	struct device_set set;
	int rc;

	memset(&err, 0, sizeof(err));
	rc = device_set_prepare(&set, &config, &err);
	CU_ASSERT_EQUAL(err.code, rc);
	device_set_free(&set);
	return rc;
}

static void test_long_target(void)
{
	static char script[] = "/bin/true";
	char path[400];

	memset(path, 'd', sizeof(path));
	path[0] = '/';
	path[256] = '\0';
	CU_ASSERT_EQUAL(prepare_disk(path, script), -ENAMETOOLONG);
	path[256] = 'd';
	path[399] = '\0';
	CU_ASSERT_EQUAL(prepare_disk(path, script), -ENAMETOOLONG);
}

static void test_long_script(void)
{
	static char disk[] = "/dev/null";
	char script[400];

	memset(script, 's', sizeof(script));
	script[399] = '\0';
	CU_ASSERT_EQUAL(prepare_disk(disk, script), -ENAMETOOLONG);
	script[0] = '/';
	CU_ASSERT_EQUAL(prepare_disk(disk, script), -ENAMETOOLONG);
}

static void test_script(void)
{
	char path[16];

	CU_ASSERT_EQUAL(hotplug_script_path("/a/b", path, sizeof(path)), 0);
	CU_ASSERT_STRING_EQUAL(path, "/a/b");
	CU_ASSERT_EQUAL(
		hotplug_script_path("/3456789abcdef", path, sizeof(path)), 0);
	CU_ASSERT_EQUAL(
		hotplug_script_path("/3456789abcdefgh", path, sizeof(path)),
		-ENAMETOOLONG);
	CU_ASSERT_EQUAL(hotplug_script_path("block", path, sizeof(path)),
			-ENAMETOOLONG);
}

int main(void)
{
	CU_pSuite suite;
	unsigned int failed;

	if (CU_initialize_registry() != CUE_SUCCESS) {
		return 1;
	}
	suite = CU_add_suite("devices", NULL, NULL);
	CU_add_test(suite, "a long target", test_long_target);
	CU_add_test(suite, "a long script", test_long_script);
	CU_add_test(suite, "scripts", test_script);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
