// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer over what a daemon reads of its predecessor: state files, the
 * streams of live updates, journals. The first byte says where it comes from,
 * and how the rest of the input is taken: as bytes, or as records (type,
 * length in two bytes, payload) that get good headers and check sums here, so
 * that the input reaches what the records mean. state_mutate.c changes such
 * records by their values.
 *
 * What loads must be a state: the books balance, requests, rings and the end
 * of its transactions are served, and when it is written down again, that
 * loads too. What does not load says why and leaves nothing behind.
 *
 * From the run directory comes a state with a journal or without. The daemon
 * takes it over, keeps a journal there, serves, and dies: the next one has
 * the same tree.
 *
 * With SEEDS=folder in the environment it writes inputs of its own there
 * before it begins: states that a daemon made.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/xenstore.h"
#include "tests/fuzz/xenstore_state.h"
#include "xenstore/daemon/journal_file.h"
#include "xenstore/daemon/state_load.h"
#include "xenstore/daemon/state_save.h"
#include "xenstore/daemon/takeover.h"
#include "xenstore/daemon/update_run.h"

/* 8 KiB of input, some ten times that for each record of a few bytes. */
#define HEAP_MOST (4u << 20)

/* One record of the input as one of a state; how much of it was used. */
static size_t add_record(struct state_out *o, const uint8_t *data, size_t size)
{
	size_t len = (size_t)data[1] | (size_t)data[2] << 8;
	size_t room = size - 3;
	uint64_t records = o->records;

	len = len < room ? len : room;
	state_begin(o, (enum state_type)(data[0] % (STATE_TYPES + 1)));
	if (data[0] == STATE_END) {
		state_put_raw(o, &records, sizeof(records));
	} else {
		state_put_raw(o, data + 3, len);
	}
	state_end(o);
	return 3 + len;
}

/* Behind the end, each is in a batch of its own. */
static size_t add_batch(struct state_out *o, const uint8_t *data, size_t size)
{
	size_t at = o->len;
	size_t used;

	state_begin(o, STATE_BATCH);
	used = add_record(o, data, size);
	o->open = at;
	state_end(o);
	return used;
}

static void make_state(struct state_out *o, const uint8_t *data, size_t size)
{
	bool ended = false;

	state_start(o);
	while (size >= 3) {
		size_t used = ended ? add_batch(o, data, size)
				    : add_record(o, data, size);

		ended |= data[0] == STATE_END;
		data += used;
		size -= used;
	}
}

static bool load(const void *data, size_t len, bool journal)
{
	struct state_extra extra;
	char error[STATE_ERROR];
	int rc = state_load(&world, data, len, journal, &extra, error);

	must(rc == 0 || rc == -EINVAL || rc == -ENOMEM, "an error");
	must(rc != -EINVAL || error[0] != '\0', "a reason");
	return rc == 0;
}

static void use_it(void)
{
	struct peer *p = fuzz_open(0, false);
	struct conn *next;

	fuzz_check();
	(void)ask_write(p, 0, "/a/b", "fuzz");
	for (struct conn *c = world.conns; c; c = next) {
		next = c->next;
		while (c->txns) {
			conn_del_txn(c, c->txns);
		}
	}
	(void)ask_str(p, XS_RM, 0, "/a");
	for (unsigned int i = 0; i < 16; i++) {
		(void)domain_release(&world, i);
	}
	peer_run(p);
	fuzz_check();
	fuzz_close(p);
}

static void begin_again(void)
{
	world.journal = NULL;
	server_fini(&world);
	must(server_init(&world) == 0, "memory");
}

/* Write it down, take it apart, build it again. */
static void load_again(void)
{
	struct save *sv = calloc(1, sizeof(*sv));
	uint64_t tree = fuzz_tree();

	must(sv, "memory");
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	must(sv->out.error == 0, "it can be written");
	begin_again();
	must(load(sv->out.data, sv->out.len, false), "it loads again");
	must(fuzz_tree() == tree, "it is the same");
	save_clear(sv);
	free(sv);
}

/*
 * The pages of those that have a ring, as a daemon that was killed may leave
 * them: a bit behind what was told, or a bit ahead, or anywhere.
 */
static void set_pages(uint8_t mode)
{
	for (const struct domain *d = world.domains; d; d = d->next) {
		struct xenstore_domain_interface *page;

		if (d->domid >= 16) {
			continue;
		}
		page = fake_page(d->domid);
		page->req_cons = d->place.req_cons - (mode >> 3) * 33u;
		page->rsp_prod = d->place.rsp_prod + (mode >> 5) * 7u - 7u;
		page->req_prod = page->req_cons;
		page->rsp_cons = page->rsp_prod;
	}
}

static void from_memory(uint8_t mode, const void *data, size_t len)
{
	if (load(data, len, (mode & 3) == FROM_JOURNAL)) {
		fuzz_check();
		load_again();
		set_pages(mode);
		domain_attach_all(&world, mode & MODE_BOUND);
		(void)server_run_ready(&world);
		server_settle(&world);
		use_it();
	}
}

static void put_file(const char *name, const void *data, size_t len)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", scratch(), name);
	f = fopen(path, "w");
	must(f && fwrite(data, 1, len, f) == len && fclose(f) == 0, path);
}

static void remove_files(void)
{
	static const char *const names[] = { "state", "state.new", "state.bad",
					     "lock" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", scratch(),
			       names[i]);
		(void)unlink(path);
	}
}

static void take_over(void)
{
	int rc = takeover_rundir(&world, scratch());

	must(rc == 0 || rc == -ENOMEM, "a spoilt file is put aside");
	fuzz_check();
	domain_attach_all(&world, false);
	(void)server_run_ready(&world);
	server_settle(&world);
}

/* So much that the journal begins anew, for its first size is small. */
static void serve(void)
{
	struct peer *p = fuzz_open(0, false);
	char value[1001];

	memset(value, 'v', 1000);
	value[1000] = '\0';
	for (unsigned int i = 0; i < 8; i++) {
		(void)ask_write(p, 0, i & 1 ? "/served/a" : "/served/b", value);
		(void)journal_file_step(&world);
	}
	(void)ask_str(p, XS_RM, 0, "/served/b");
	fuzz_close(p);
}

static void die(bool well)
{
	if (well) {
		takeover_end(&world, scratch());
	} else {
		journal_file_end(&world);
	}
	begin_again();
}

static void from_rundir(uint8_t mode, const char *data, size_t len)
{
	uint64_t tree;

	put_file("state", data, len);
	journal_file_size(4096);
	take_over();
	takeover_keep(&world, scratch());
	serve();
	tree = fuzz_tree();
	die(mode & MODE_CLEAN);
	take_over();
	must(fuzz_tree() == tree, "nothing is lost");
	remove_files();
}

/* A descriptor with these bytes. */
static int stream(const void *data, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, len) == (ssize_t)len, "a stream");
	return fd;
}

/* What the new binary does: asked by the old one, and in earnest. */
static void from_stream(const void *data, size_t len)
{
	struct state_extra extra;
	bool good = update_check(stream(data, len), false) == 0;

	begin_again();
	must(update_load(&world, stream(data, len), &extra) == 0 || !good,
	     "what the check let pass loads");
}

static void from(uint8_t mode, const void *data, size_t len)
{
	switch ((enum source)(mode & 3)) {
	case FROM_UPDATE:
	case FROM_JOURNAL:
		from_memory(mode, data, len);
		break;
	case FROM_RUNDIR:
		from_rundir(mode, data, len);
		break;
	case FROM_STREAM:
		from_stream(data, len);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state_out o = { .len = 0 };

	if (size < 1) {
		return 0;
	}
	if (!(data[0] & MODE_RAW)) {
		make_state(&o, data + 1, size - 1);
		must(o.error == 0, "memory");
	}
	fuzz_begin();
	if (data[0] & MODE_RAW) {
		from(data[0], data + 1, size - 1);
	} else {
		from(data[0], o.data, o.len);
	}
	must(fuzz_heap() <= HEAP_MOST, "the heap's bound");
	fuzz_end();
	state_free(&o);
	return 0;
}

/* A record as input of this fuzzer, with a short header; what batches hold. */
static void write_record(FILE *f, const char *data,
			 const struct state_header *h)
{
	struct state_header in;

	if (h->type == STATE_BATCH) {
		for (size_t at = 0; at < h->len; at += sizeof(in) + in.len) {
			memcpy(&in, data + at, sizeof(in));
			write_record(f, data + at + sizeof(in), &in);
		}
		return;
	}
	(void)fputc((int)h->type, f);
	(void)fputc((int)(h->len & 0xff), f);
	(void)fputc((int)(h->len >> 8 & 0xff), f);
	(void)fwrite(data, 1, h->len, f);
}

static void write_seed(const char *folder, const char *name, uint8_t mode,
		       const char *data, size_t len)
{
	struct state_header h;
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s%u", folder, name, mode);
	f = fopen(path, "w");
	must(f, path);
	(void)fputc(mode, f);
	for (size_t at = STATE_HEAD; at < len; at += sizeof(h) + h.len) {
		memcpy(&h, data + at, sizeof(h));
		write_record(f, data + at + sizeof(h), &h);
	}
	must(fclose(f) == 0, path);
}

static void ring_request(unsigned int domid, uint32_t type, const char *data,
			 uint32_t len, uint32_t said)
{
	struct xenstore_domain_interface *ring = fake_page(domid);
	struct xsd_sockmsg hdr = { .type = type, .len = said };
	char msg[64];

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), data, len);
	for (size_t i = 0; i < sizeof(hdr) + len; i++) {
		ring->req[MASK_XENSTORE_IDX(ring->req_prod++)] = msg[i];
	}
	domain_event(&world, (int)domid + 100);
	server_settle(&world);
}

/* Something of each kind. */
static void work(struct peer *p)
{
	uint32_t tx;

	(void)ask_write(p, 0, "/a/b", "1");
	(void)ask_two(p, XS_SET_PERMS, 0, "/a/b", "n3");
	(void)ask_two(p, XS_SET_PERMS, 0, "@releaseDomain", "n0");
	(void)ask(p, XS_CONTROL, 0, "quota\0set\0nodes\0007000", 21);
	(void)ask_two(p, XS_WATCH, 0, "/a", "token");
	(void)domain_introduce(&world, 3, 1, 7);
	(void)domain_introduce(&world, 4, 1, 7);
	(void)domain_set_target(&world, 4, 3);
	ring_request(3, XS_WATCH, "x\0t", 4, 4);
	ring_request(3, XS_WATCH, "y\0u", 4, 4);
	ring_request(3, XS_UNWATCH, "x\0t", 4, 4);
	ring_request(3, XS_TRANSACTION_START, "", 1, 1);
	ring_request(3, XS_TRANSACTION_START, "", 1, 1);
	ring_request(4, XS_TRANSACTION_START, "", 1, 1);
	ring_request(4, XS_RESET_WATCHES, "", 1, 1);
	ring_request(3, XS_READ, "hal", 3, 9);
	tx = begin(p);
	(void)ask_write(p, tx, "/a/c", "2");
	(void)ask_str(p, XS_READ, tx, "/a/b");
	(void)ask_str(p, XS_RM, tx, "/a/b");
	(void)ask_write(p, 0, "/a/b", "3");
	p->stuck = true;
	for (unsigned int i = 0; i < 20; i++) {
		(void)ask_str(p, XS_DIRECTORY, 0, "/a");
	}
	peer_send(p, "half", 4);
}

/* A path as long as there may be, in two halves. */
static void write_long(const char *folder)
{
	char path[XENSTORE_ABS_PATH_MAX + 1];
	struct save *sv = calloc(1, sizeof(*sv));
	struct peer *p;

	must(sv, "memory");
	memset(path, 'n', sizeof(path));
	path[0] = '/';
	path[sizeof(path) / 2] = '/';
	path[sizeof(path) - 1] = '\0';
	world_start();
	p = peer_open(0);
	(void)ask_str(p, XS_MKDIR, 0, path);
	state_start(&sv->out);
	save_tree_begin(sv, world.root);
	while (!save_tree_step(sv, 100)) {
	}
	save_live(sv);
	save_end(sv);
	write_seed(folder, "long", FROM_UPDATE, sv->out.data, sv->out.len);
	save_clear(sv);
	free(sv);
	peer_close(p);
	world_stop();
}

static void write_seeds(const char *folder)
{
	struct save *sv = calloc(1, sizeof(*sv));
	struct peer *p;

	must(sv, "memory");
	world_start();
	p = peer_open(0);
	work(p);
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	write_seed(folder, "state", FROM_UPDATE, sv->out.data, sv->out.len);
	write_seed(folder, "state", FROM_STREAM, sv->out.data, sv->out.len);
	write_seed(folder, "state", FROM_RUNDIR, sv->out.data, sv->out.len);
	save_clear(sv);
	free(sv);
	peer_close(p);
	world_stop();
	world_start();
	world_keep_journal();
	p = peer_open(0);
	work(p);
	ring_request(3, XS_WATCH, "z\0v", 4, 4);
	(void)domain_release(&world, 3);
	ring_request(4, XS_TRANSACTION_START, "", 1, 1);
	ring_request(4, XS_WATCH, "z\0v", 4, 4);
	write_seed(folder, "journal", FROM_JOURNAL, world_log, world_log_len);
	write_seed(folder, "journal", FROM_RUNDIR, world_log, world_log_len);
	peer_close(p);
	world_stop();
	write_long(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *folder = getenv("SEEDS");

	(void)argc;
	(void)argv;
	if (folder) {
		write_seeds(folder);
	}
	return 0;
}
