// SPDX-License-Identifier: BSD-2-Clause
/* What an administrator asks: check, limits, logs, metrics, dumps. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/xenstore/suites.h"
#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/check.h"
#include "xenstore/daemon/log.h"

static struct peer *zero;
static struct peer *guest;
static char dir[] = "/tmp/xenstore-control-XXXXXX";

static void stop(void)
{
	peer_close(guest);
	peer_close(zero);
	CU_ASSERT_TRUE(books_balance());
	world_stop();
}

/* One command with its words separated by single spaces. */
static struct reply control(const char *line)
{
	char buf[512];
	size_t len = strlen(line) + 1;

	memcpy(buf, line, len);
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == ' ') {
			buf[i] = '\0';
		}
	}
	return ask(zero, XS_CONTROL, 0, buf, len);
}

static bool says(const char *line, const char *words)
{
	struct reply r = control(line);

	if (!is_ok(&r) || !strstr(r.data, words)) {
		(void)printf("\n    %s: %s\n", line, r.data);
		return false;
	}
	return true;
}

static bool refuses(const char *line, const char *error)
{
	struct reply r = control(line);

	return is_error(&r, error);
}

static void test_words(void)
{
	world_begin(&zero, &guest);
	CU_ASSERT_TRUE(says("help", "quota-soft"));
	CU_ASSERT_TRUE(says("help", "metrics"));
	CU_ASSERT_TRUE(says("print hello", "OK"));
	CU_ASSERT_TRUE(refuses("print", "EINVAL"));
	CU_ASSERT_TRUE(refuses("print \x1b[2J", "EINVAL"));
	CU_ASSERT_TRUE(refuses("nonsense", "EINVAL"));
	CU_ASSERT_TRUE(refuses("a b c d e f g h i", "EINVAL"));
	CU_ASSERT_TRUE(says("memreport", "watches 0\n"));
	stop();
}

/* The form of the answers is that of Debian's daemon. */
static void test_quota(void)
{
	struct reply r;

	world_begin(&zero, &guest);
	CU_ASSERT_TRUE(says("quota", "Quota settings:\n"
				     "nodes            :     8192 Nodes"));
	r = control("quota");
	CU_ASSERT_PTR_NULL(strstr(r.data, "memory-soft"));
	CU_ASSERT_TRUE(says("quota-soft", "memory-soft      :  3145728 "));
	CU_ASSERT_TRUE(says("quota set nodes 5", "OK"));
	CU_ASSERT_EQUAL(world.quota->limit[QUOTA_NODES], 5);
	CU_ASSERT_TRUE(says("quota set node-permissions 7", "OK"));
	CU_ASSERT_EQUAL(world.quota->limit[QUOTA_PERMS], 7);
	CU_ASSERT_TRUE(says("quota-soft set memory 100", "OK"));
	CU_ASSERT_EQUAL(world.quota->limit[QUOTA_SOFT_MEMORY], 100);
	CU_ASSERT_TRUE(refuses("quota set nothing 5", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota set nodes 0", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota set nodes -1", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota set memory-soft 5", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota set nodes", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota-soft set nodes 5", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota-soft 3", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota x", "EINVAL"));
	CU_ASSERT_TRUE(refuses("quota 9", "ENOENT"));
	(void)ask_two(guest, XS_WATCH, 0, "a", "t");
	CU_ASSERT_TRUE(says("quota 3", "Domain 3:\n"
				       "nodes           :        1\n"
				       "watches         :        1\n"
				       "transactions    :        0\n"
				       "outstanding     :        0\n"
				       "memory          :"));
	(void)ask_str(guest, XS_MKDIR, 0, "a/b/c/d/e");
	CU_ASSERT_TRUE(says("quota 3", "hits of nodes: 1\n"));
	CU_ASSERT_TRUE(says("quota 3", "hits of memory-soft: "));
	/* The soft limit has refused nothing. */
	CU_ASSERT_EQUAL(world.quota->use[3].hits[QUOTA_MEMORY], 0);
	stop();
}

/* Each kind of damage is found and named. */
static void test_check(void)
{
	struct node *root;
	uint64_t nodes;
	uint32_t t;

	world_begin(&zero, &guest);
	CU_ASSERT_TRUE(says("check", "OK: 6 nodes"));
	(void)ask_two(guest, XS_WATCH, 0, "a", "t");
	t = begin(guest);
	(void)ask_write(guest, t, "x/y", "1");
	(void)ask_str(zero, XS_MKDIR, 0, "/local/other");
	CU_ASSERT_TRUE(says("check", "OK: 7 nodes"));
	world.quota->use[3].nodes++;
	CU_ASSERT_TRUE(says("check", "domain 3: 2 nodes booked, 1 found\n"));
	world.quota->use[3].nodes--;
	world.quota->use[3].bytes++;
	CU_ASSERT_TRUE(says("check", " bytes booked, "));
	world.quota->use[3].bytes--;
	world.quota->use[7].watches++;
	CU_ASSERT_TRUE(says("check", "domain 7: 1 watches booked, 0 found"));
	world.quota->use[7].watches--;
	world.quota->use[3].transactions--;
	CU_ASSERT_TRUE(says("check", "0 transactions booked, 1 found"));
	world.quota->use[3].transactions++;
	guest->conn->txns->ledger.row[0].nodes++;
	CU_ASSERT_TRUE(says("check", "transaction 1 has a wrong ledger"));
	guest->conn->txns->ledger.row[0].nodes--;
	root = node_child(world.root, "local", 5);
	node_child_at(root, 0)->name[0] = 'z';
	CU_ASSERT_TRUE(says("check", "/local: its children are not in order"));
	node_child_at(root, 0)->name[0] = '/';
	CU_ASSERT_TRUE(says("check", "/local: a child that no path can name"));
	node_child_at(root, 0)->name[0] = 'd';
	CU_ASSERT_EQUAL(check_all(&world, NULL, &nodes), 0);
	stop();
}

static const char *in_dir(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static size_t read_file(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t n = 0;

	if (f) {
		n = fread(buf, 1, size - 1, f);
		(void)fclose(f);
	}
	buf[n] = '\0';
	return n;
}

static bool file_says(const char *path, const char *words)
{
	static char buf[65536];

	(void)read_file(path, buf, sizeof(buf));
	return strstr(buf, words);
}

static bool run(const char *command, const char *path)
{
	char line[128];
	struct reply r;

	(void)snprintf(line, sizeof(line), "%s %s", command, path);
	r = control(line);
	return is_ok(&r);
}

static void only_files(const char *path)
{
	static const char *const commands[] = { "dump", "dump-state",
						"memreport", "metrics" };
	struct stat was;
	struct stat is;

	CU_ASSERT_EQUAL(lstat(path, &was), 0);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		CU_ASSERT_FALSE(run(commands[i], path));
		CU_ASSERT_EQUAL(lstat(path, &is), 0);
		CU_ASSERT_EQUAL(is.st_ino, was.st_ino);
	}
}

static void test_files(void)
{
	char path[64];

	world_begin(&zero, &guest);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s", in_dir("f"));
	CU_ASSERT_TRUE(refuses("dump", "EINVAL"));
	world.rundir = dir;
	(void)ask_write(zero, 0, "/q", "a\"\\\x01\xff");
	CU_ASSERT_TRUE(says("dump", "/dump.json\n"));
	CU_ASSERT_TRUE(file_says(in_dir("dump.json"),
				 "\"q\":{\"perms\":\"n0\",\"value\":"
				 "\"a\\\"\\\\\\u0001\\u00ff\"}"));
	(void)unlink(in_dir("dump.json"));
	CU_ASSERT_TRUE(run("dump", path));
	CU_ASSERT_TRUE(file_says(path, "\"xenstored\""));
	CU_ASSERT_TRUE(run("memreport", path));
	CU_ASSERT_TRUE(file_says(path, "domain 3: nodes 1 bytes "));
	CU_ASSERT_TRUE(run("metrics", path));
	CU_ASSERT_TRUE(file_says(path, "xenstored_domain_nodes"
				       "{domain=\"3\"} 1\n"));
	(void)unlink(path);
	/* Nothing is written through a link, or takes the place of one. */
	CU_ASSERT_EQUAL(symlink("elsewhere", path), 0);
	CU_ASSERT_FALSE(run("logfile", path));
	only_files(path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_NOT_EQUAL(access(in_dir("elsewhere"), F_OK), 0);
	/* /dev/full and the like. */
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	only_files(path);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_TRUE(refuses("dump not/whole", "EINVAL"));
	CU_ASSERT_TRUE(refuses("metrics not-whole", "EINVAL"));
	CU_ASSERT_TRUE(refuses("logfile not-whole", "EINVAL"));
	CU_ASSERT_TRUE(refuses("metrics /nonexistent/x", "ENOENT"));
	(void)rmdir(dir);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	stop();
}

static void test_log(void)
{
	char path[64];

	world_begin(&zero, &guest);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s", in_dir("log"));
	CU_ASSERT_TRUE(run("logfile", path));
	CU_ASSERT_TRUE(says("log on", "OK"));
	(void)ask_str(zero, XS_READ, 0, "/tool");
	CU_ASSERT_TRUE(file_says(path, "dom0 READ tx 0 len 6: ok\n"));
	CU_ASSERT_TRUE(says("log off", "OK"));
	(void)ask_str(zero, XS_MKDIR, 0, "/never");
	CU_ASSERT_FALSE(file_says(path, "MKDIR"));
	CU_ASSERT_TRUE(says("print marked", "OK"));
	CU_ASSERT_TRUE(file_says(path, "control: marked\n"));
	/* A hit says who, what, how much; once a minute. */
	world.quota->now = 100;
	world.quota->limit[QUOTA_WATCHES] = 1;
	(void)ask_two(guest, XS_WATCH, 0, "a", "1");
	(void)ask_two(guest, XS_WATCH, 0, "a", "2");
	CU_ASSERT_TRUE(file_says(path, "quota: domain 3 needs 2 of watches, "
				       "limit 1 (hit 1 times)\n"));
	(void)ask_two(guest, XS_WATCH, 0, "a", "2");
	world.quota->now = 159;
	(void)ask_two(guest, XS_WATCH, 0, "a", "2");
	CU_ASSERT_FALSE(file_says(path, "(hit 3 times)"));
	world.quota->now = 160;
	(void)ask_two(guest, XS_WATCH, 0, "a", "2");
	CU_ASSERT_TRUE(file_says(path, "(hit 4 times)\n"));
	CU_ASSERT_TRUE(says("log file ", "OK"));
	CU_ASSERT_TRUE(refuses("log", "EINVAL"));
	CU_ASSERT_TRUE(refuses("log 9", "EINVAL"));
	log_set_level(LOG_LEVEL_ERROR);
	(void)unlink(path);
	(void)rmdir(dir);
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	stop();
}

/* A guest that breaks the protocol again and again logs once a minute. */
static void test_broken(void)
{
	struct xsd_sockmsg hdr = { .len = XENSTORE_PAYLOAD_MAX + 1 };

	world_begin(&zero, &guest);
	world.quota->now = 100;
	for (unsigned int i = 0; i < 5; i++) {
		struct peer *p = peer_open(4);

		peer_send(p, &hdr, sizeof(hdr));
		CU_ASSERT_TRUE(p->closed);
		peer_close(p);
	}
	CU_ASSERT_EQUAL(world.quota->broke, 5);
	CU_ASSERT_EQUAL(world.quota->use[4].broke_logged, 101);
	world.quota->now = 160;
	CU_ASSERT_TRUE(quota_broke(world.quota, 4));
	CU_ASSERT_FALSE(quota_broke(world.quota, 4));
	stop();
}

/* Every sample belongs to a family that was declared before it. */
static bool well_formed(char *text)
{
	char family[64] = "";
	char *save = NULL;
	char *line = strtok_r(text, "\n", &save);
	bool end = false;

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		if (end) {
			return false;
		}
		if (sscanf(line, "# TYPE %63s", family) == 1) {
			continue;
		}
		if (strcmp(line, "# EOF") == 0) {
			end = true;
		} else if (strncmp(line, family, strlen(family)) != 0 ||
			   !strchr(line, ' ')) {
			(void)printf("\n    %s: %s\n", family, line);
			return false;
		}
	}
	return end;
}

static void test_metrics(void)
{
	struct reply r;

	world_begin(&zero, &guest);
	world.quota->limit[QUOTA_NODES] = 1;
	(void)ask_str(guest, XS_MKDIR, 0, "a/b/c/d/e");
	for (unsigned int i = 0; i < 100; i++) {
		(void)ask_str(zero, XS_READ, 0, "/nope");
	}
	CU_ASSERT_TRUE(says("metrics",
			    "xenstored_requests_total{type=\"READ\"} 100\n"));
	CU_ASSERT_TRUE(says("metrics", "xenstored_errors_total 101\n"));
	CU_ASSERT_TRUE(says("metrics", "xenstored_connections 2\n"));
	CU_ASSERT_TRUE(says("metrics",
			    "xenstored_quota_hits_total{quota=\"nodes\"} 1\n"));
	CU_ASSERT_TRUE(world.metrics.sampled >= 6 &&
		       world.metrics.sampled <= 8);
	r = control("metrics");
	CU_ASSERT_TRUE(well_formed(r.data));
	memset(&world.metrics, 0, sizeof(world.metrics));
	world.metrics.until_sample = UINT32_MAX;
	metrics_took(&world.metrics, 1);
	metrics_took(&world.metrics, 2000);
	metrics_took(&world.metrics, 1u << 31);
	CU_ASSERT_TRUE(says("metrics", "_bucket{le=\"5.12e-07\"} 1\n"));
	CU_ASSERT_TRUE(says("metrics", "_bucket{le=\"2.048e-06\"} 2\n"));
	CU_ASSERT_TRUE(says("metrics", "_bucket{le=\"+Inf\"} 3\n"));
	CU_ASSERT_TRUE(says("metrics", "_seconds_sum 2.147485649\n"));
	/* Whatever was counted, it fits one reply. */
	memset(world.requests, 0xff, sizeof(world.requests));
	memset(&world.metrics, 0xff, sizeof(world.metrics));
	memset(world.quota->hits, 0xff, sizeof(world.quota->hits));
	memset(&world.commits, 0xff, sizeof(world.commits));
	memset(&world.conflicts, 0xff, sizeof(world.conflicts));
	memset(&world.events, 0xff, sizeof(world.events));
	memset(&world.doomed, 0xff, sizeof(world.doomed));
	r = control("metrics");
	CU_ASSERT_TRUE(is_ok(&r));
	CU_ASSERT_TRUE(well_formed(r.data));
	stop();
}

static void test_buckets(void)
{
	struct metrics m = { .sampled = 0 };

	metrics_took(&m, 0);
	metrics_took(&m, 512);
	metrics_took(&m, 513);
	metrics_took(&m, metrics_bound(METRICS_BUCKETS - 1));
	metrics_took(&m, UINT32_MAX);
	CU_ASSERT_EQUAL(m.bucket[0], 2);
	CU_ASSERT_EQUAL(m.bucket[1], 1);
	CU_ASSERT_EQUAL(m.bucket[METRICS_BUCKETS - 1], 1);
	CU_ASSERT_EQUAL(m.sampled, 5);
	CU_ASSERT_TRUE(metrics_wanted(&m));
	for (unsigned int i = 1; i < METRICS_SAMPLE; i++) {
		CU_ASSERT_FALSE(metrics_wanted(&m));
	}
	CU_ASSERT_TRUE(metrics_wanted(&m));
}

void add_control_suite(void)
{
	static const struct test_row rows[] = {
		{ "control: commands", test_words },
		{ "control: quota", test_quota },
		{ "control: check", test_check },
		{ "control: files", test_files },
		{ "control: log", test_log },
		{ "control: broken protocol", test_broken },
		{ "control: metrics", test_metrics },
		{ "control: histogram", test_buckets },
		{ NULL, NULL },
	};

	add_suite("control", rows);
}
