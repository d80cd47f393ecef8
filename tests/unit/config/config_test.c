/* SPDX-License-Identifier: BSD-2-Clause */
/* The xl.cfg language: what is taken, what is told, at which place. */
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dom0-tools/lib/config.h"

static char reports[4096];

static void report(void *ctx, enum config_level level, const char *text)
{
	size_t used = strlen(reports);

	(void)ctx;
	snprintf(reports + used, sizeof(reports) - used, "%c %s\n",
		 level == CONFIG_WARNING ? 'W' : 'E', text);
}

static struct hl_config *parse_with(const char *text, char *const words[],
				    size_t count)
{
	struct hl_config *config = NULL;
	int rc;

	reports[0] = '\0';
	rc = config_parse_text("a.cfg", text, strlen(text), words, count,
			       report, NULL, &config);
	CU_ASSERT_EQUAL(rc, config ? 0 : -EINVAL);
	return config;
}

static struct hl_config *parse(const char *text)
{
	return parse_with(text, NULL, 0);
}

/* The text is refused, and this is all that is said. */
static void expect_error(const char *text, const char *want)
{
	struct hl_config *config = parse(text);

	CU_ASSERT_PTR_NULL(config);
	CU_ASSERT_STRING_EQUAL(reports, want);
	if (strcmp(reports, want) != 0) {
		printf("\n  of:   %s\n  got:  %s  want: %s", text, reports,
		       want);
	}
	config_free(config);
}

static void test_everyday(void)
{
	struct hl_config *c =
		parse("# a guest\n"
		      "name = 'web'   # its name\n"
		      "kernel = \"/boot/vmlinuz\"\n"
		      "memory = 0x100; maxmem = 512\n"
		      "vcpus = '2'\n"
		      "root = '/dev/xvda1'\nextra = \"ro quiet\"\n"
		      "uuid='0123ABCD-0000-0000-0000-000000000001'\n"
		      "on_poweroff='preserve'\non_crash='restart'\n"
		      "disk = [ 'phy:/dev/vg/web,xvda,w',\n"
		      "   # and a CD\n"
		      "   'file:/x.iso,hdc:cdrom,r', ]\n"
		      "vif = [ 'mac=00:16:3E:01:02:03, bridge=br0',"
		      " '' ]\n"
		      "cpus = '0-3,^1'\ncap=150\ncpu_weight=512\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(reports, "");
	CU_ASSERT_STRING_EQUAL(c->name, "web");
	CU_ASSERT_EQUAL(c->memory_mib, 256);
	CU_ASSERT_EQUAL(c->maxmem_mib, 512);
	CU_ASSERT_EQUAL(c->vcpus, 2);
	CU_ASSERT_EQUAL(c->maxvcpus, 2);
	CU_ASSERT_STRING_EQUAL(c->cmdline, "root=/dev/xvda1 ro quiet");
	CU_ASSERT_TRUE(c->uuid_set);
	CU_ASSERT_EQUAL(c->uuid[2], 0xab);
	CU_ASSERT_EQUAL(c->on_poweroff, CONFIG_PRESERVE);
	CU_ASSERT_EQUAL(c->on_crash, CONFIG_RESTART);
	CU_ASSERT_EQUAL(c->on_reboot, CONFIG_RESTART);
	CU_ASSERT_EQUAL(c->disk_count, 2);
	CU_ASSERT_STRING_EQUAL(c->disk[1].path, "/x.iso");
	CU_ASSERT_TRUE(c->disk[1].cdrom);
	CU_ASSERT_FALSE(c->disk[1].readwrite);
	CU_ASSERT_EQUAL(c->vif_count, 2);
	CU_ASSERT_EQUAL(c->vif[0].mac[2], 0x3e);
	CU_ASSERT_FALSE(c->vif[1].mac_set);
	CU_ASSERT_EQUAL(c->vif[1].devid, 1);
	CU_ASSERT_EQUAL(c->cpus.count, 1);
	CU_ASSERT_EQUAL(c->cpus.map[0].bits[0], 0xd);
	CU_ASSERT_EQUAL(c->cap, 150);
	config_free(c);
}

static void test_places(void)
{
	expect_error("name='a'\nmemory = 12x\n",
		     "E a.cfg:2:10: memory: '12x' is not a number\n");
	expect_error("name='a'\n  kernel = \n",
		     "E a.cfg:2:12: syntax error: unexpected the end of the "
		     "line, expected a string or a number or '['\n");
	expect_error("name='a'\nkernel '/x'\n",
		     "E a.cfg:2:8: syntax error: unexpected a string, expected "
		     "'+=' or '='\n");
	expect_error("name='a'\nkernel = '/boot\nmemory=1\n",
		     "E a.cfg:2:10: string not closed on its line\n");
	expect_error("name='a'\ndisk = [ 'a',\nmemory=1\n",
		     "E a.cfg:3:1: syntax error: unexpected 'memory', expected "
		     "a string or a number or '[' or ']'\n");
	expect_error("name='a'\nvcpus=0",
		     "E a.cfg:2:7: vcpus: 0 is not from 1 to 512\n");
	expect_error("name='a'\nkernel=['x']",
		     "E a.cfg:2:8: kernel: a list where a string belongs\n");
	expect_error("name='a'\n$", "E a.cfg:2:1: unexpected '$'\n");
	expect_error("memory=1", "E a.cfg: name: not given\n");
	expect_error("name='a b'", "E a.cfg:1:6: name: may hold neither blanks "
				   "nor '/'\n");
	expect_error("name='7'", "E a.cfg:1:6: name: must not be a number, it "
				 "would be taken for a domain id\n");
	expect_error("name='a'\nmemory=512\nmaxmem=256",
		     "E a.cfg:3:1: maxmem: 256 is less than memory=512\n");
	expect_error("name='a'\npci=['00:01.0']",
		     "E a.cfg:2:5: pci: not supported; the guest would run "
		     "without it, so it is refused\n");
	expect_error("name='a'\non_crash='explode'",
		     "E a.cfg:2:10: on_crash: 'explode' is none of: destroy, "
		     "restart, rename-restart, preserve, coredump-destroy, "
		     "coredump-restart, soft-reset\n");
	expect_error("name='a'\nx = 'a\\qb'\n",
		     "E a.cfg:2:7: unknown escape '\\q' in a string\n");
	expect_error("name='a'\nx=[[[[[[[[[1]]]]]]]]]\n",
		     "E a.cfg:2:11: lists nested too deeply\n");
}

/* Several mistakes are told in one go. */
static void test_all_told(void)
{
	expect_error("name='a'\nvcpus=0\nmemory='x'\n",
		     "E a.cfg:2:7: vcpus: 0 is not from 1 to 512\n"
		     "E a.cfg:3:8: memory: 'x' is not a number\n");
	expect_error("name=\nvcpus==1\nmemory 5\n",
		     "E a.cfg:1:6: syntax error: unexpected the end of the "
		     "line, expected a string or a number or '['\n"
		     "E a.cfg:2:7: syntax error: unexpected '=', expected a "
		     "string or a number or '['\n"
		     "E a.cfg:3:8: syntax error: unexpected '5', expected '+=' "
		     "or '='\n");
}

static void test_warnings(void)
{
	struct hl_config *c = parse("name='a'\nbootargs='x'\nvnc=1\npci=[]\n");

	CU_ASSERT_PTR_NOT_NULL(c);
	CU_ASSERT_STRING_EQUAL(reports,
			       "W a.cfg:2:1: unknown key 'bootargs'\n"
			       "W a.cfg:3:1: vnc: known, but has no effect "
			       "here\n");
	config_free(c);
}

static void test_strings(void)
{
	struct hl_config *c = parse("name='a'\nextra='it\\'s'\n"
				    "root=\"a\\x41\\102\\n#;\" # c\n"
				    "kernel='/b'\\\n\nkernel+='/c'\n"
				    "disk=['/a,,xvda']\ndisk+=['/b,,xvdb']\n");

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->extra, "it's");
	CU_ASSERT_STRING_EQUAL(c->root, "aAB\n#;");
	CU_ASSERT_STRING_EQUAL(c->kernel, "/b/c");
	CU_ASSERT_EQUAL(c->disk_count, 2);
	config_free(c);
}

static void test_overrides(void)
{
	char name[] = "name=\"over\"", root[] = "root=/dev/xvdb1";
	char many[] = "memory=64;vcpus=3", bad[] = "vcpus=x";
	char *words[] = { name, root, many }, *wrong[] = { bad };
	struct hl_config *c, *again = NULL;

	c = parse_with("name='a'\nroot='x'\nmemory=9", words, 3);
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_STRING_EQUAL(c->name, "over");
	CU_ASSERT_STRING_EQUAL(c->cmdline, "root=/dev/xvdb1");
	CU_ASSERT_EQUAL(c->memory_mib, 64);
	CU_ASSERT_EQUAL(c->vcpus, 3);
	/* The kept text is a config of its own that says the same. */
	CU_ASSERT_EQUAL(config_parse_text("b", c->text, c->text_len, NULL, 0,
					  report, NULL, &again),
			0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(again);
	CU_ASSERT_STRING_EQUAL(again->name, "over");
	CU_ASSERT_STRING_EQUAL(again->root, "/dev/xvdb1");
	CU_ASSERT_EQUAL(again->vcpus, 3);
	config_free(c);
	config_free(again);

	CU_ASSERT_PTR_NULL(parse_with("name='a'", wrong, 1));
	CU_ASSERT_STRING_EQUAL(reports, "E command line:1:1: vcpus: 'x' is not "
					"a number\n");
}

struct disk_case {
	const char *spec;
	const char *path; /* NULL with vdev NULL: refused, err holds backend */
	const char *vdev;
	enum config_disk_format format;
	bool readwrite;
	const char *says;
};

static const struct disk_case disk_cases[] = {
	{ "/dev/vg/a,,hda", "/dev/vg/a", "hda", CONFIG_DISK_RAW, true, 0 },
	{ "/dev/vg/a,raw,hda,rw", "/dev/vg/a", "hda", CONFIG_DISK_RAW, true,
	  0 },
	{ "format=raw, vdev=hda, access=ro, target=/dev/a,b=c", "/dev/a,b=c",
	  "hda", CONFIG_DISK_RAW, false, 0 },
	{ "raw:/dev/a,hda,w", "/dev/a", "hda", CONFIG_DISK_RAW, true, 0 },
	{ "phy:/dev/x,sda,r", "/dev/x", "sda", CONFIG_DISK_RAW, false, 0 },
	{ "tap:aio:/x.img,xvda1,w", "/x.img", "xvda1", CONFIG_DISK_RAW, true,
	  0 },
	{ "tap2:tapdisk:aio:/x,xvda,w", "/x", "xvda", CONFIG_DISK_RAW, true,
	  0 },
	{ "/img.qcow2,qcow2,xvdb", "/img.qcow2", "xvdb", CONFIG_DISK_QCOW2,
	  true, 0 },
	{ "/a.iso,raw,hdc,ro,cdrom", "/a.iso", "hdc", CONFIG_DISK_RAW, false,
	  0 },
	{ ",empty,hdc,r,devtype=cdrom", NULL, "hdc", CONFIG_DISK_EMPTY, false,
	  0 },
	{ "vdev=xvdc,script=block-drbd,target=res0", "res0", "xvdc",
	  CONFIG_DISK_RAW, true, 0 },
	{ "/x,xvda,w", NULL, NULL, 0, false,
	  "unknown disk format 'xvda' (raw, qcow, qcow2, vhd, qed); a device "
	  "name stands third, as in 'target,raw,xvda,rw'" },
	{ "/x,raw,zzz,rw", NULL, NULL, 0, false,
	  "unknown virtual device 'zzz' (xvda, hda, sda, d0p0 ..)" },
	{ "/x,raw,xvda,q", NULL, NULL, 0, false,
	  "unknown access 'q' (r, ro, w, rw)" },
	{ "/x,raw,xvda,rw,colour=red", NULL, NULL, 0, false,
	  "unknown disk key in 'colour=red'" },
	{ "/x,raw,xvda,rw,more", NULL, NULL, 0, false,
	  "'more' is one part too many" },
	{ "vdev=xvda", NULL, NULL, 0, false, "no target, and not a cdrom" },
	{ "/x", NULL, NULL, 0, false, "no virtual device: vdev= is missing" },
	{ "", NULL, NULL, 0, false, "no virtual device: vdev= is missing" },
};

static void test_disks(void)
{
	const struct disk_case *want;
	struct config_disk disk;
	char err[256];
	size_t i;
	int rc;

	for (i = 0; i < sizeof(disk_cases) / sizeof(disk_cases[0]); i++) {
		want = &disk_cases[i];
		err[0] = '\0';
		rc = config_disk_parse(want->spec, &disk, err, sizeof(err));
		if (want->says) {
			CU_ASSERT_EQUAL(rc, -EINVAL);
			CU_ASSERT_STRING_EQUAL(err, want->says);
			continue;
		}
		CU_ASSERT_EQUAL(rc, 0);
		if (rc) {
			printf("\n  %s: %s\n", want->spec, err);
			continue;
		}
		if (want->path) {
			CU_ASSERT_PTR_NOT_NULL_FATAL(disk.path);
			CU_ASSERT_STRING_EQUAL(disk.path, want->path);
		} else {
			CU_ASSERT_PTR_NULL(disk.path);
		}
		CU_ASSERT_STRING_EQUAL(disk.vdev, want->vdev);
		CU_ASSERT_EQUAL(disk.format, want->format);
		CU_ASSERT_EQUAL(disk.readwrite, want->readwrite);
		config_disk_clear(&disk);
	}
}

static void test_vdev(void)
{
	static const struct {
		const char *name;
		int64_t number;
	} cases[] = {
		{ "xvda", 51712 },
		{ "xvda1", 51713 },
		{ "xvdp15", 51967 },
		{ "xvdq", 1 << 28 | 16 << 8 },
		{ "hda", 768 },
		{ "hdb1", 833 },
		{ "hdc", 5632 },
		{ "sda", 2048 },
		{ "sdp15", 2303 },
		{ "d0", 51712 },
		{ "d0p1", 51713 },
		{ "d16p0", 1 << 28 | 16 << 8 },
		{ "51712", 51712 },
		{ "xvdaa", 1 << 28 | 26 << 8 },
		{ "hde", -1 },
		{ "sdq", -1 },
		{ "xvd", -1 },
		{ "xvda256", -1 },
		{ "xvdzzzzzzzz", -1 },
		{ "d", -1 },
		{ "", -1 },
		{ "xvda1x", -1 },
		{ "d0p1p", -1 },
		{ "d99999999999", -1 },
	};
	uint32_t number;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rc = config_vdev_number(cases[i].name, &number);
		if (cases[i].number < 0) {
			CU_ASSERT_EQUAL(rc, -EINVAL);
			continue;
		}
		CU_ASSERT_EQUAL(rc, 0);
		CU_ASSERT_EQUAL(number, cases[i].number);
	}
}

static void test_vifs(void)
{
	static const char *const bad[] = {
		"mac=00:16:3e:01:02",
		"mac=01:16:3e:01:02:03",
		"bridge",
		"colour=red",
		"rate=fast",
		"rate=1Mb",
		"rate=1b/s@1us",
		"vifname=0123456789abcdef",
		"type=x",
		"mtu=99999",
		"rate=99999999999999999999GB/s",
		"mac=00:16:3e:01:02:0g",
	};
	struct config_vif vif;
	char err[256];
	size_t i;

	CU_ASSERT_EQUAL(config_vif_parse("mac=00:16:3e:aa:bb:cc,type=vif, "
					 "ip=10.0.0.1 10.0.0.2, bridge=br0, "
					 "script=vif-x, rate=10Mb/s@20ms,"
					 "vifname=v0,mtu=9000",
					 &vif, err, sizeof(err)),
			0);
	CU_ASSERT_STRING_EQUAL(vif.ip, "10.0.0.1 10.0.0.2");
	CU_ASSERT_STRING_EQUAL(vif.bridge, "br0");
	CU_ASSERT_EQUAL(vif.rate_bytes_per_interval, 25000);
	CU_ASSERT_EQUAL(vif.rate_interval_us, 20000);
	CU_ASSERT_EQUAL(vif.mtu, 9000);
	config_vif_clear(&vif);
	CU_ASSERT_EQUAL(config_vif_parse("rate=1GB/s", &vif, err, sizeof(err)),
			0);
	CU_ASSERT_EQUAL(vif.rate_bytes_per_interval, 50000000);
	config_vif_clear(&vif);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CU_ASSERT_EQUAL(
			config_vif_parse(bad[i], &vif, err, sizeof(err)),
			-EINVAL);
	}
}

static void test_cpus(void)
{
	struct config_cpumap map;
	struct hl_config *c;
	char err[256];

	CU_ASSERT_EQUAL(config_cpumap_parse("all", &map, err, 256), 0);
	CU_ASSERT_TRUE(config_cpumap_has(&map, CONFIG_MAX_CPUS - 1));
	CU_ASSERT_EQUAL(config_cpumap_parse("^2", &map, err, 256), 0);
	CU_ASSERT_TRUE(config_cpumap_has(&map, 1));
	CU_ASSERT_FALSE(config_cpumap_has(&map, 2));
	CU_ASSERT_EQUAL(config_cpumap_parse("1,^1", &map, err, 256), -EINVAL);
	CU_ASSERT_STRING_EQUAL(err, "'1,^1' leaves no CPU");
	CU_ASSERT_EQUAL(config_cpumap_parse("3-1", &map, err, 256), -EINVAL);
	CU_ASSERT_EQUAL(config_cpumap_parse("1024", &map, err, 256), -EINVAL);
	CU_ASSERT_EQUAL(config_cpumap_parse("nodes:0", &map, err, 256),
			-EINVAL);
	c = parse("name='a'\nvcpus=2\ncpus=['0','1-2']\n");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_TRUE(c->cpus.per_vcpu);
	CU_ASSERT_EQUAL(c->cpus.count, 2);
	CU_ASSERT_EQUAL(c->cpus.map[1].bits[0], 6);
	config_free(c);
}

static void test_json(void)
{
	struct hl_config *c = parse("name='a\"b'\nmemory=64\nvcpus=2\n"
				    "kernel='/k'\ndisk=['/d,raw,xvda']\n"
				    "vif=['mac=00:16:3e:00:00:01']\n");
	char *json;

	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	json = config_json_string(c, 5);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"domid\": 5"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"name\": \"a\\\"b\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"max_memkb\": 65536"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"max_vcpus\": 2"));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"pdev_path\": \"/d\""));
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"mac\": \"00:16:3e:00:00:01\""));
	free(json);
	json = config_json_string(c, -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(json, "\"domid\": null"));
	free(json);
	config_free(c);
}

/* Every prefix of a good file ends in an answer, none in a crash. */
static void test_truncated(void)
{
	const char text[] = "name='a'\ndisk=['phy:/dev/x,xvda,w','a,,xvdb']\n"
			    "vif=[\"mac=00:16:3e:00:00:01,rate=1Mb/s@1ms\"]\n"
			    "cpus=['0-1,^0','all'];x=[[1],2]\n";
	size_t len;

	for (len = 0; len < sizeof(text); len++) {
		struct hl_config *config = NULL;
		int rc;

		reports[0] = '\0';
		rc = config_parse_text("t", text, len, NULL, 0, report, NULL,
				       &config);
		CU_ASSERT_EQUAL(rc, config ? 0 : -EINVAL);
		CU_ASSERT_TRUE(rc == 0 || strncmp(reports, "E t", 3) == 0 ||
			       strstr(reports, "\nE t"));
		config_free(config);
	}
}

static void test_files(void)
{
	struct hl_config *config = NULL;

	reports[0] = '\0';
	CU_ASSERT_EQUAL(config_parse_file("/nonexistent/x.cfg", NULL, 0, report,
					  NULL, &config),
			-ENOENT);
	CU_ASSERT_STRING_EQUAL(reports, "E /nonexistent/x.cfg: No such file or "
					"directory\n");
	reports[0] = '\0';
	CU_ASSERT_EQUAL(
		config_parse_file("/dev/zero", NULL, 0, report, NULL, &config),
		-E2BIG);
	CU_ASSERT_PTR_NULL(config);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "an everyday config", test_everyday },
		{ "mistakes and their places", test_places },
		{ "all mistakes are told", test_all_told },
		{ "warnings", test_warnings },
		{ "strings and +=", test_strings },
		{ "overrides", test_overrides },
		{ "disks", test_disks },
		{ "virtual device numbers", test_vdev },
		{ "interfaces", test_vifs },
		{ "CPU sets", test_cpus },
		{ "json", test_json },
		{ "truncated texts", test_truncated },
		{ "files", test_files },
		CU_TEST_INFO_NULL,
	};
	static CU_SuiteInfo suites[] = {
		{ "config", NULL, NULL, NULL, NULL, tests },
		CU_SUITE_INFO_NULL,
	};
	unsigned int failed;

	CU_initialize_registry();
	CU_register_suites(suites);
	CU_basic_set_mode(CU_BRM_NORMAL);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
