// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer over what a daemon reads of its predecessor: state files, the
 * streams of live updates, journals. The first byte says how the rest is
 * taken: as bytes, or as records (type, length in two bytes, payload) that
 * get good headers and check sums here, so that the input reaches what the
 * records mean; and whether a journal may follow.
 *
 * What loads must be a state: the books balance, requests, rings and the end
 * of its transactions are served, and when it is written down again, that
 * loads too. What does not load says why and leaves nothing behind.
 *
 * With SEEDS=folder in the environment it writes inputs of its own there
 * before it begins: states that a daemon made.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/xenstore/world.h"
#include "xenstore/daemon/check.h"
#include "xenstore/daemon/log.h"
#include "xenstore/daemon/state_load.h"
#include "xenstore/daemon/state_save.h"

#define MODE_JOURNAL 1u
#define MODE_RAW     2u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void must(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void check_books(void)
{
	uint64_t nodes;

	must(check_all(&world, stderr, &nodes) == 0, "books");
}

static bool load(const void *data, size_t len, bool journal)
{
	struct state_extra extra;
	char error[STATE_ERROR];
	int rc = state_load(&world, data, len, journal, &extra, error);

	must(rc == 0 || rc == -EINVAL || rc == -ENOMEM, "error");
	must(rc != -EINVAL || error[0] != '\0', "no reason");
	return rc == 0;
}

static void use_it(void)
{
	struct peer *p = peer_open(0);
	struct conn *next;

	check_books();
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
	check_books();
	peer_close(p);
}

static void begin_again(void)
{
	server_fini(&world);
	must(server_init(&world) == 0, "memory");
}

/* Write it down, take it apart, build it again. */
static void load_again(void)
{
	struct save *sv = calloc(1, sizeof(*sv));

	must(sv, "memory");
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	must(sv->out.error == 0, "cannot be written");
	begin_again();
	must(load(sv->out.data, sv->out.len, false), "does not load again");
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state_out o = { .len = 0 };
	bool journal;
	bool good;

	if (size < 1) {
		return 0;
	}
	world_start();
	journal = data[0] & MODE_JOURNAL;
	if (data[0] & MODE_RAW) {
		good = load(data + 1, size - 1, journal);
	} else {
		make_state(&o, data + 1, size - 1);
		must(o.error == 0, "memory");
		good = load(o.data, o.len, journal);
	}
	if (good) {
		check_books();
		load_again();
		set_pages(data[0]);
		domain_attach_all(&world, data[0] & 4);
		(void)server_run_ready(&world);
		server_settle(&world);
		use_it();
	}
	state_free(&o);
	world_stop();
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

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	must(f, path);
	(void)fputc(mode, f);
	for (size_t at = STATE_HEAD; at < len; at += sizeof(h) + h.len) {
		memcpy(&h, data + at, sizeof(h));
		write_record(f, data + at + sizeof(h), &h);
	}
	must(fclose(f) == 0, path);
}

static void work(struct peer *p)
{
	uint32_t tx;

	(void)ask_write(p, 0, "/a/b", "1");
	(void)ask_two(p, XS_SET_PERMS, 0, "/a/b", "n3");
	(void)ask_two(p, XS_WATCH, 0, "/a", "token");
	(void)domain_introduce(&world, 3, 1, 7);
	(void)domain_introduce(&world, 4, 1, 7);
	(void)domain_set_target(&world, 4, 3);
	tx = begin(p);
	(void)ask_write(p, tx, "/a/c", "2");
	(void)ask_str(p, XS_READ, tx, "/a/b");
	(void)ask_str(p, XS_RM, tx, "/a/b");
	(void)ask_write(p, 0, "/a/b", "3");
	peer_send(p, "half", 4);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *folder = getenv("SEEDS");
	struct save *sv = calloc(1, sizeof(*sv));
	struct peer *p;

	(void)argc;
	(void)argv;
	must(sv, "memory");
	if (!folder) {
		free(sv);
		return 0;
	}
	world_start();
	p = peer_open(0);
	work(p);
	save_server(sv, &world, SAVE_ALL);
	save_end(sv);
	write_seed(folder, "state", 0, sv->out.data, sv->out.len);
	save_clear(sv);
	free(sv);
	peer_close(p);
	world_stop();
	world_start();
	world_keep_journal();
	p = peer_open(0);
	work(p);
	(void)domain_release(&world, 3);
	write_seed(folder, "journal", MODE_JOURNAL, world_log, world_log_len);
	peer_close(p);
	world_stop();
	return 0;
}
