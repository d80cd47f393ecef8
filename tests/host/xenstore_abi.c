// SPDX-License-Identifier: BSD-2-Clause
/*
 * Calls every function that libxenstore.so.4 exports and prints what each
 * returned, with errno. xenstore_pairs.py compiles this against Debian's
 * headers and library, and compares what it prints with Debian's library and
 * with ours in its place, at each daemon (XENSTORED_PATH). "domains" as
 * argument: those functions as well, where the daemon knows a domain 5.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <xenstore.h>
#include <xentoolcore.h>

static struct xs_handle *h;

static void say(const char *what, bool good)
{
	int error = errno;

	(void)printf("%s: %s\n", what, good ? "done" : strerror(error));
	errno = 0;
}

static void say_text(const char *what, char *text)
{
	if (text) {
		(void)printf("%s: \"%s\"\n", what, text);
		free(text);
	} else {
		say(what, false);
	}
}

static void read_node(xs_transaction_t t, const char *path)
{
	unsigned int len = 12345;
	char *value = xs_read(h, t, path, &len);

	if (!value) {
		say(path, false);
		return;
	}
	(void)printf("%s: %u bytes, %d behind:", path, len, value[len]);
	for (unsigned int i = 0; i < len; i++) {
		(void)printf(" %02x", (unsigned char)value[i]);
	}
	(void)printf("\n");
	free(value);
}

static void list(const char *path)
{
	unsigned int num = 12345;
	char **names = xs_directory(h, XBT_NULL, path, &num);

	if (!names) {
		say(path, false);
		return;
	}
	(void)printf("%s has %u:", path, num);
	for (unsigned int i = 0; i < num && i < 5; i++) {
		(void)printf(" %s", names[i]);
	}
	(void)printf("\n");
	free(names);
}

static void permissions(const char *path)
{
	unsigned int num = 12345;
	struct xs_permissions *p = xs_get_permissions(h, XBT_NULL, path, &num);

	if (!p) {
		say(path, false);
		return;
	}
	(void)printf("%s has %u permissions:", path, num);
	for (unsigned int i = 0; i < num; i++) {
		(void)printf(" %u:%u", p[i].id, p[i].perms);
	}
	(void)printf("\n");
	free(p);
}

static void nodes(void)
{
	static const char binary[] = { 0, 1, 'x', 0, (char)0xff };
	char big[4096] = "";

	say("write", xs_write(h, XBT_NULL, "/abi/a", "value", 5));
	say("write binary", xs_write(h, XBT_NULL, "/abi/b", binary, 5));
	say("write nothing", xs_write(h, XBT_NULL, "/abi/c", "", 0));
	say("write bad path", xs_write(h, XBT_NULL, "/abi//a", "v", 1));
	say("write too much",
	    xs_write(h, XBT_NULL, "/abi/big", big, sizeof(big)));
	say("write empty path", xs_write(h, XBT_NULL, "", "v", 1));
	read_node(XBT_NULL, "/abi/a");
	read_node(XBT_NULL, "/abi/b");
	read_node(XBT_NULL, "/abi/c");
	read_node(XBT_NULL, "/abi/nope");
	free(xs_read(h, XBT_NULL, "/abi/a", NULL));
	say("mkdir", xs_mkdir(h, XBT_NULL, "/abi/dir/sub"));
	say("mkdir again", xs_mkdir(h, XBT_NULL, "/abi/dir/sub"));
	list("/abi/dir");
	list("/abi/dir/sub");
	list("/abi/nope");
	say("rm", xs_rm(h, XBT_NULL, "/abi/dir"));
	say("rm again", xs_rm(h, XBT_NULL, "/abi/dir"));
	say("rm below nothing", xs_rm(h, XBT_NULL, "/abi/no/no"));
	for (int i = 0; i < 100; i++) {
		(void)snprintf(big, sizeof(big), "/abi/many/child-%04d", i);
		(void)xs_mkdir(h, XBT_NULL, big);
	}
	list("/abi/many");
}

static void perms(void)
{
	struct xs_permissions p[3] = { { 0, XS_PERM_NONE },
				       { 3, XS_PERM_READ },
				       { 4, XS_PERM_READ | XS_PERM_WRITE } };
	static const char *const texts[] = { "n0", "r1", "w22", "b65535",
					     "x1", "",	 "n" };

	permissions("/abi/a");
	say("set", xs_set_permissions(h, XBT_NULL, "/abi/a", p, 3));
	permissions("/abi/a");
	say("set of nothing", xs_set_permissions(h, XBT_NULL, "/abi/q", p, 3));
	permissions("/abi/q");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct xs_permissions one = { 77, 77 };
		bool good = xs_strings_to_perms(&one, 1, texts[i]);

		(void)printf("\"%s\" is ", texts[i]);
		say("permissions", good);
		if (good) {
			(void)printf("%u:%u\n", one.id, one.perms);
		}
	}
	say("two", xs_strings_to_perms(p, 2, "r7\0w8"));
	(void)printf("%u:%u %u:%u\n", p[0].id, p[0].perms, p[1].id, p[1].perms);
}

static bool readable(int timeout)
{
	struct pollfd fd = { .fd = xs_fileno(h), .events = POLLIN };

	return poll(&fd, 1, timeout) == 1;
}

static void next_event(void)
{
	unsigned int num = 12345;
	char **event = xs_read_watch(h, &num);

	if (!event) {
		say("event", false);
		return;
	}
	(void)printf("event of %u: %s %s\n", num, event[XS_WATCH_PATH],
		     event[XS_WATCH_TOKEN]);
	free(event);
}

static void watches(void)
{
	char **event;

	event = xs_check_watch(h);
	say("no event", event);
	say("watch", xs_watch(h, "/abi/w", "token"));
	say("watch again", xs_watch(h, "/abi/w", "token"));
	say("bad watch", xs_watch(h, "/abi//w", "token"));
	next_event();
	say("write", xs_write(h, XBT_NULL, "/abi/w/x", "1", 1));
	say("readable", readable(5000));
	event = xs_check_watch(h);
	say("check", event);
	if (event) {
		(void)printf("%s %s\n", event[XS_WATCH_PATH],
			     event[XS_WATCH_TOKEN]);
	}
	free(event);
	event = xs_check_watch(h);
	say("check again", event);
	say("readable", readable(0));
	say("unwatch", xs_unwatch(h, "/abi/w", "token"));
	say("unwatch again", xs_unwatch(h, "/abi/w", "token"));
	say("unwatch another", xs_unwatch(h, "/abi", "other"));
}

/* Events that wait are gone with their watch, if that was asked for. */
static void filter(unsigned long flags)
{
	struct xs_handle *old = h;
	char **event;

	h = xs_open(flags);
	say("open", h);
	say("watch", xs_watch(h, "/abi/w", "gone"));
	say("watch", xs_watch(h, "/abi/w", "stays"));
	say("write", xs_write(h, XBT_NULL, "/abi/w/y", "1", 1));
	say("unwatch", xs_unwatch(h, "/abi/w", "gone"));
	/* In order: when this one is there, all others are. */
	say("watch", xs_watch(h, "/abi/end", "end"));
	do {
		unsigned int num;

		event = xs_read_watch(h, &num);
		if (!event) {
			say("event", false);
			break;
		}
		(void)printf("event %s %s\n", event[XS_WATCH_PATH],
			     event[XS_WATCH_TOKEN]);
	} while (strcmp(event[XS_WATCH_TOKEN], "end") != 0);
	xs_close(h);
	h = old;
}

static void transactions(void)
{
	xs_transaction_t t = xs_transaction_start(h);

	say("start", t != XBT_NULL);
	say("write", xs_write(h, t, "/abi/t", "in", 2));
	read_node(t, "/abi/t");
	read_node(XBT_NULL, "/abi/t");
	say("commit", xs_transaction_end(h, t, false));
	read_node(XBT_NULL, "/abi/t");
	say("commit again", xs_transaction_end(h, t, false));
	t = xs_transaction_start(h);
	say("write", xs_write(h, t, "/abi/t", "never", 5));
	say("abort", xs_transaction_end(h, t, true));
	read_node(XBT_NULL, "/abi/t");
	t = xs_transaction_start(h);
	read_node(t, "/abi/t");
	say("write outside", xs_write(h, XBT_NULL, "/abi/t", "out", 3));
	say("write inside", xs_write(h, t, "/abi/t", "in", 2));
	say("conflict", xs_transaction_end(h, t, false));
	read_node(999999, "/abi/t");
}

static void domains(void)
{
	say("introduced", xs_is_domain_introduced(h, 5));
	say("mkdir", xs_mkdir(h, XBT_NULL, "/local/domain/5"));
	say("introduce", xs_introduce_domain(h, 5, 1, 7));
	say("introduced", xs_is_domain_introduced(h, 5));
	say("target", xs_set_target(h, 5, 6));
	say("resume", xs_resume_domain(h, 5));
	say_text("path of 5", xs_get_domain_path(h, 5));
	say("release", xs_release_domain(h, 5));
	say("release again", xs_release_domain(h, 5));
	say_text("print", xs_control_command(h, "print", (char[]){ "x" }, 2));
	say_text("print", xs_debug_command(h, "print", (char[]){ "x" }, 2));
	(void)printf("port %d\n", xs_suspend_evtchn_port(5));
	(void)xs_write(h, XBT_NULL,
		       "/local/domain/5/device/suspend/event-channel", "9", 1);
	(void)printf("port %d\n", xs_suspend_evtchn_port(5));
	errno = 0;
	(void)printf("restrict %d\n", xs_restrict(h, 5));
	(void)xs_rm(h, XBT_NULL, "/local/domain/5");
}

static void pure(void)
{
	static const char *const paths[] = { "/", "/a", "/a/", "/a/b",	"/ab",
					     "a", "",	"@x",  "/a/b/c" };
	size_t count = sizeof(paths) / sizeof(paths[0]);
	char text[4] = "";
	int fd[2];

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			(void)printf("%d",
				     xs_path_is_subpath(paths[i], paths[j]));
		}
		(void)printf("\n");
	}
	if (pipe(fd)) {
		return;
	}
	say("write all", xs_write_all(fd[1], "abc", 3));
	(void)printf("%zd\n", read(fd[0], text, sizeof(text)));
	say("write all to a bad one", xs_write_all(-1, "abc", 3));
	say("write nothing", xs_write_all(fd[1], "abc", 0));
	(void)close(fd[0]);
	(void)close(fd[1]);
}

/* XENSTORED_PATH is needed further on: in a child. */
static void places(void)
{
	(void)fflush(stdout);
	if (fork() == 0) {
		(void)unsetenv("XENSTORED_PATH");
		(void)unsetenv("XENSTORED_RUNDIR");
		(void)printf("%s %s %s\n", xs_daemon_rundir(),
			     xs_daemon_socket(), xs_daemon_socket_ro());
		(void)setenv("XENSTORED_RUNDIR", "/some/where", 1);
		(void)printf("%s %s %s\n", xs_daemon_rundir(),
			     xs_daemon_socket(), xs_daemon_socket_ro());
		(void)setenv("XENSTORED_PATH", "/else/where", 1);
		(void)printf("%s %s %s\n", xs_daemon_rundir(),
			     xs_daemon_socket(), xs_daemon_socket_ro());
		say("open", xs_open(0));
		say("open", xs_open(XS_OPEN_SOCKETONLY));
		(void)fflush(stdout);
		_exit(0);
	}
	(void)wait(NULL);
}

static void openings(void)
{
	struct xs_handle *other;

	other = xs_open(XS_OPEN_READONLY | XS_OPEN_SOCKETONLY);
	say("open read-only", other);
	say("write", xs_write(other, XBT_NULL, "/abi/ro", "", 0));
	xs_close(other);
	other = xs_daemon_open();
	say("daemon open", other);
	xs_daemon_close(other);
	other = xs_domain_open();
	say("domain open", other);
	xs_daemon_close(other);
	other = xs_daemon_open_readonly();
	say("daemon open read-only", other);
	say("watch", xs_watch(other, "/abi", "t"));
	(void)fflush(stdout);
	if (fork() == 0) {
		xs_daemon_destroy_postfork(other);
		_exit(0);
	}
	(void)wait(NULL);
	/* The parent's is as it was. */
	say("write", xs_write(other, XBT_NULL, "/abi/fork", "", 0));
	xs_close(other);
	xs_close(NULL);
}

/* From here on no handle reaches anything. */
static void restricted(void)
{
	say("restrict all", xentoolcore_restrict_all(5) == 0);
	say("write", xs_write(h, XBT_NULL, "/abi/late", "", 0));
}

int main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	h = xs_open(0);
	say("open", h);
	if (!h) {
		return 1;
	}
	pure();
	places();
	nodes();
	perms();
	openings();
	watches();
	filter(0);
	filter(XS_UNWATCH_FILTER);
	transactions();
	if (argc > 1 && strcmp(argv[1], "domains") == 0) {
		domains();
	}
	say("rm", xs_rm(h, XBT_NULL, "/abi"));
	xs_close(h);
	h = xs_open(0);
	restricted();
	xs_close(h);
	return 0;
}
