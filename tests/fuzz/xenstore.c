// SPDX-License-Identifier: BSD-2-Clause
/* See xenstore.h. */
#include "tests/fuzz/xenstore.h"

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/allocator_interface.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "xenstore/daemon/journal.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/xen.h"

#define DOMAINS 16u

static char folder[64];
static size_t heap_before;
static size_t heap_idle; /* with a daemon that was just begun */
static size_t heap_of_peers;
static unsigned int fail_at;
static bool failed;

void (*fuzz_on_load)(const uint32_t *p);

void must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "not so: %s\n", what);
		abort();
	}
}

void between_load(const uint32_t *p)
{
	if (fuzz_on_load) {
		fuzz_on_load(p);
	}
}

int between_alloc(void)
{
	if (fail_at == 0 || --fail_at > 0) {
		return 1;
	}
	failed = true;
	errno = ENOMEM;
	return 0;
}

#define LARGE (1u << 20)

static void *large;
static size_t large_size;

void *between_calloc(size_t n, size_t size)
{
	void *p;

	if (n * size < LARGE || large) {
		return calloc(n, size);
	}
	p = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		return NULL;
	}
	large = p;
	large_size = n * size;
	return p;
}

void between_free(void *p)
{
	if (!p || p != large) {
		free(p);
		return;
	}
	(void)munmap(p, large_size);
	large = NULL;
}

int between_path(const char *path)
{
	if (strncmp(path, folder, strlen(folder)) == 0 &&
	    path[strlen(folder)] == '/' && !strstr(path, "/../")) {
		return 1;
	}
	errno = EACCES;
	return 0;
}

int between_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & O_CREAT ? (mode_t)va_arg(ap, unsigned int) : 0;
	va_end(ap);
	if ((flags & (O_CREAT | O_WRONLY | O_RDWR)) &&
	    strcmp(path, "/dev/null") != 0 && !between_path(path)) {
		return -1;
	}
	return (open)(path, flags, mode);
}

static void remove_folder(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	(void)!system(command);
}

const char *scratch(void)
{
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	if (folder[0] == '\0') {
		(void)snprintf(folder, sizeof(folder), "%s/xsfuzz.XXXXXX",
			       base);
		must(mkdtemp(folder), "a folder");
		must(atexit(remove_folder) == 0, "memory");
	}
	return folder;
}

bool next_step(const uint8_t **data, size_t *size, struct step *s)
{
	if (*size < 3) {
		return false;
	}
	s->what = (*data)[0];
	s->who = (*data)[1];
	s->len = (*data)[2];
	*data += 3;
	*size -= 3;
	if (s->len > *size) {
		s->len = (uint8_t)*size;
	}
	s->data = *data;
	*data += s->len;
	*size -= s->len;
	return true;
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123"

#define WORD(text)                     \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct {
	const char *text;
	size_t len;
} words[] = {
	WORD("/"),
	WORD("/\0"),
	WORD("/a"),
	WORD("/a\0"),
	WORD("/a/b"),
	WORD("/a/b\0"),
	WORD("/b\0"),
	WORD("/c/d/e/f\0"),
	WORD("/local/domain/1\0"),
	WORD("/local/domain/2/a\0"),
	WORD("a\0"),
	WORD("x"),
	WORD("x\0"),
	WORD("y\0"),
	WORD("\0"),
	WORD("@releaseDomain\0"),
	WORD("@releaseDomain/1\0"),
	WORD("@introduceDomain\0"),
	WORD("T\0"),
	WORD("F\0"),
	WORD("n0\0"),
	WORD("n1\0"),
	WORD("r1\0"),
	WORD("b2\0"),
	WORD("w0\0"),
	WORD("0\0"),
	WORD("1\0"),
	WORD("2\0"),
	WORD("3\0"),
	WORD("7\0"),
	WORD("16\0"),
	WORD("-1\0"),
	WORD("/" LONG LONG "\0"),
	WORD(LONG LONG LONG LONG),
	WORD("check\0"),
	WORD("dump\0"),
	WORD("dump-state\0"),
	WORD("help\0"),
	WORD("live-update\0"),
	WORD("log\0"),
	WORD("logfile\0"),
	WORD("memreport\0"),
	WORD("metrics\0"),
	WORD("print\0"),
	WORD("quota\0"),
	WORD("quota-soft\0"),
	WORD("set\0"),
	WORD("file\0"),
	WORD("on\0"),
	WORD("nodes\0"),
	WORD("memory\0"),
	WORD("watches\0"),
	WORD("-a\0"),
	WORD("-c\0"),
	WORD("-f\0"),
	WORD("-s\0"),
	WORD("-t\0"),
	WORD("/bin/true\0"),
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* The word behind the last names a file of our own. */
static size_t word(unsigned int i, char *out, size_t room)
{
	char file[sizeof(folder) + 8];
	const char *text = file;
	size_t len;

	if (i % (WORDS + 1) < WORDS) {
		text = words[i % (WORDS + 1)].text;
		len = words[i % (WORDS + 1)].len;
	} else {
		len = (size_t)snprintf(file, sizeof(file), "%s/f", scratch()) +
		      1;
	}
	len = len < room ? len : room;
	memcpy(out, text, len);
	return len;
}

size_t spell(const uint8_t *data, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < XENSTORE_PAYLOAD_MAX; i++) {
		if (data[i] & 0x80) {
			n += word(data[i] & 0x7fu, out + n,
				  XENSTORE_PAYLOAD_MAX - n);
		} else {
			out[n++] = (char)data[i];
		}
	}
	return n;
}

size_t spell_txn(const struct step *s, uint32_t *type, char *out)
{
	static const uint32_t types[] = { XS_TRANSACTION_START,
					  XS_READ,
					  XS_WRITE,
					  XS_WRITE,
					  XS_MKDIR,
					  XS_RM,
					  XS_TRANSACTION_END,
					  XS_DIRECTORY };
	static const char *const paths[] = { "/a", "/a/b", "/a/c", "/a/b/d" };
	const char *path = paths[s->len > 0 ? s->data[0] & 3u : 1];
	size_t len = strlen(path) + 1;

	*type = types[s->what >> 3 & 7];
	if (*type == XS_TRANSACTION_START) {
		out[0] = '\0';
		return 1;
	}
	if (*type == XS_TRANSACTION_END) {
		memcpy(out, s->len > 0 && s->data[0] == 'F' ? "F" : "T", 2);
		return 2;
	}
	memcpy(out, path, len);
	if (*type == XS_WRITE && s->len > 1) {
		memcpy(out + len, s->data + 1, s->len - 1u);
		len += s->len - 1u;
	}
	return len;
}

static void quiet_log(void)
{
	must(log_to_file("/dev/null") == 0, "/dev/null");
	/* The first line allocates the buffer of the file. */
	log_error("begin");
}

void fuzz_begin(void)
{
	(void)scratch();
	quiet_log();
	fail_at = 0;
	failed = false;
	heap_of_peers = 0;
	heap_before = __sanitizer_get_current_allocated_bytes();
	world_start();
	heap_idle = __sanitizer_get_current_allocated_bytes();
}

size_t fuzz_heap(void)
{
	size_t all = __sanitizer_get_current_allocated_bytes();
	size_t others = heap_idle + heap_of_peers + world_log_len;

	/* Less is there when the log has no file any more. */
	return all > others ? all - others : 0;
}

void fuzz_end(void)
{
	static bool again;
	size_t heap;

	fuzz_fail_alloc(0);
	fuzz_on_load = NULL;
	world_stop();
	must(store_allocated() == 0, "nodes are left");
	quiet_log();
	heap = __sanitizer_get_current_allocated_bytes();
	if (heap != heap_before && again) {
		(void)fprintf(stderr, "heap: %zu, before %zu\n", heap,
			      heap_before);
	}
	/* The first time libc allocates for itself, too. */
	must(heap == heap_before || !again, "memory is left");
	again = true;
}

struct peer *fuzz_open(unsigned int domid, bool ring)
{
	unsigned int then = fail_at;
	struct peer *p;

	fail_at = 0;
	if (ring && domid != 0) {
		/* One that was introduced without a peer goes. */
		(void)domain_release(&world, domid);
		memset(fake_page(domid), 0, sizeof(*fake_page(domid)));
	}
	world_rings = ring;
	p = peer_open(domid);
	fail_at = then;
	heap_of_peers += sizeof(*p);
	return p;
}

void fuzz_close(struct peer *p)
{
	heap_of_peers -= sizeof(*p);
	peer_close(p);
}

void fuzz_fail_alloc(unsigned int n)
{
	fail_at = n;
}

bool fuzz_failed_alloc(void)
{
	return failed;
}

struct recount {
	uint64_t nodes[DOMAINS];
	uint64_t bytes[DOMAINS];
};

/* @len: of the path of its parent. */
static void count_tree(struct recount *r, const struct node *node, size_t len)
{
	unsigned int owner = perms_owner(node_perms(node));
	size_t all = len + node->name_len;
	const char *before = "";
	const struct node *child;
	struct child_iter it;

	must(strlen(node->name) == node->name_len, "a name is a string");
	must(all <= XENSTORE_ABS_PATH_MAX, "a path that can be said");
	if (owner < DOMAINS) {
		r->nodes[owner]++;
		r->bytes[owner] += node_bytes(node);
	}
	child_iter_start(&it, node);
	while ((child = child_next(&it))) {
		must(strcmp(before, child->name) < 0, "children in order");
		before = child->name;
		count_tree(r, child, all + 1);
	}
}

static void count_conn(struct recount *r, struct conn *c)
{
	for (const struct watch *w = c->watches; w; w = w->next) {
		r->bytes[c->who.domid] +=
			watch_bytes(strlen(watch_path(w)), strlen(w->token));
	}
	for (const struct txn *t = c->txns; t; t = t->next) {
		must(conn_find_txn(c, t->id) == t, "one of each number");
		r->bytes[c->who.domid] += t->bytes;
	}
}

/* check_all() does this for all domains there can be, which takes long. */
void fuzz_check(void)
{
	struct recount r = { .nodes = { 0 } };

	count_tree(&r, world.root, 0);
	for (struct conn *c = world.conns; c; c = c->next) {
		count_conn(&r, c);
	}
	for (unsigned int i = 0; i < DOMAINS; i++) {
		must(r.nodes[i] == world.quota->use[i].nodes, "nodes booked");
		must(r.bytes[i] == world.quota->use[i].bytes, "bytes booked");
	}
}

static void nothing_of(unsigned int domid)
{
	const struct quota_use *use = &world.quota->use[domid];

	must(use->watches == 0, "its watches are gone");
	must(use->transactions == 0, "its transactions are gone");
	must(use->nodes == 0, "its nodes are gone");
	must(use->bytes == 0, "its bytes are gone");
}

void fuzz_release_all(void)
{
	fail_at = 0;
	for (unsigned int i = 1; i < DOMAINS; i++) {
		(void)domain_release(&world, i);
		/* Nodes may be given to who never was introduced. */
		domain_forget(&world, i, false);
		special_forget(&world, i);
		server_settle(&world);
		/* "/" is not removed with its owner. */
		if (perms_owner(node_perms(world.root)) != i) {
			nothing_of(i);
		}
	}
	fuzz_check();
}

static uint64_t hash_node(const struct node *node, uint64_t seed)
{
	const struct perms *perms = node_perms(node);
	const struct node *child;
	struct child_iter it;
	uint64_t h = seed * 31 + strmap_hash(node->name, node->name_len);

	h = h * 31 + strmap_hash(node_value(node), node->value_len);
	for (unsigned int i = 0; i < perms->count; i++) {
		h = h * 31 + perms->entry[i].domid * 4u +
		    perms->entry[i].access;
	}
	child_iter_start(&it, node);
	while ((child = child_next(&it))) {
		h = hash_node(child, h);
	}
	return h * 31;
}

uint64_t fuzz_tree(void)
{
	return hash_node(world.root, 1);
}

/* Does nothing wait that would be handled by the way? */
static bool quiet(void)
{
	for (const struct conn *c = world.conns; c; c = c->next) {
		if (conn_bytes_in(c) || conn_bytes_out(c) ||
		    conn_event_bytes(c)) {
			return false;
		}
	}
	for (unsigned int i = 0; i < DOMAINS; i++) {
		if (fake_page(i)->req_prod != fake_page(i)->req_cons) {
			return false;
		}
	}
	return !fuzz_on_load;
}

/* What a daemon has that does not come with a state. */
static void go_on(bool (*load)(void), bool journal)
{
	uint64_t past = world.past_limit;
	uint64_t tree = fuzz_tree();
	bool same = quiet();

	fail_at = 0;
	must(load(), "what was written down loads");
	world.past_limit = past;
	if (journal) {
		world_keep_journal();
	}
	must(!same || fuzz_tree() == tree, "the same tree");
	fuzz_check();
}

static bool crash(void)
{
	return world_crash(false);
}

void fuzz_update(void)
{
	go_on(world_reload, world.journal);
}

void fuzz_crash(void)
{
	go_on(crash, false);
}

/* The hypervisor's part that only a handed-on daemon asks for. */
int xen_event_fd(void)
{
	return -1;
}

int xen_domain_port(void)
{
	return -1;
}
