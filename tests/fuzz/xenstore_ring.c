// SPDX-License-Identifier: BSD-2-Clause
/*
 * libFuzzer over rings of guests that keep to no rule. Guests 1 and 2 write
 * what they like into all of their page: between the steps of the input, and
 * while the daemon works, before each index that it reads (a plan: after how
 * many reads which word gets which value). Their limits are low, and so is
 * the bound of the heap: what two guests may keep, with what that costs.
 *
 * Guest 3 and a tool of domain 0 are honest. After each step both ask, and
 * both get the right answer at once. The daemon never writes where only a
 * guest writes.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/xenstore.h"
#include "xenstore/daemon/xen.h"

#define HOSTILE	   2u
#define HONEST	   3u
#define PLANS	   16u
#define MEMORY	   8192u
#define PAST	   16384u
#define HEAP_MOST  (192u << 10)
#define PLAN_BYTES 4u

static struct peer *tool;
static struct peer *guest;

/* What a guest is going to do while the daemon works. */
static struct plan {
	uint8_t reads; /* of indexes until then */
	uint8_t word;
	uint16_t value;
} plan[PLANS];
static unsigned int planned;
static unsigned int plan_of;

static struct xenstore_domain_interface *page(unsigned int who)
{
	return fake_page(1 + who % HOSTILE);
}

/* The four indexes, and the words behind them. */
static void set_word(struct xenstore_domain_interface *ring, unsigned int word,
		     uint32_t value)
{
	uint32_t *const words[] = {
		&ring->req_cons,	&ring->req_prod, &ring->rsp_cons,
		&ring->rsp_prod,	&ring->req_prod, &ring->rsp_cons,
		&ring->server_features, &ring->error,
	};

	*words[word % 8u] = value;
}

/* Small values are distances, from what makes sense to what does not. */
static uint32_t meant(const struct xenstore_domain_interface *ring,
		      unsigned int word, uint16_t value)
{
	if (value & 0x8000) {
		return (uint32_t)value << 17 | value;
	}
	return (word & 1 ? ring->req_cons : ring->rsp_prod) + value % 2048u -
	       512u;
}

static void on_load(const uint32_t *p)
{
	struct xenstore_domain_interface *ring = page(plan_of);
	const struct plan *next = &plan[0];

	(void)p;
	if (planned == 0 || plan[0].reads-- > 0) {
		return;
	}
	set_word(ring, next->word, meant(ring, next->word, next->value));
	planned--;
	memmove(plan, plan + 1, planned * sizeof(plan[0]));
}

static void make_plan(const struct step *s)
{
	planned = 0;
	plan_of = s->who;
	for (unsigned int i = 0; i + PLAN_BYTES <= s->len && planned < PLANS;
	     i += PLAN_BYTES) {
		plan[planned++] = (struct plan){
			.reads = s->data[i] & 15,
			.word = s->data[i + 1],
			.value = (uint16_t)(s->data[i + 2] | s->data[i + 3]
								     << 8),
		};
	}
}

static void settle(void)
{
	while (server_run_ready(&world)) {
	}
	server_settle(&world);
}

/* The daemon sees an event of one guest; its part of the page is its own. */
static void event(unsigned int who)
{
	struct xenstore_domain_interface *ring = page(who);
	char req[XENSTORE_RING_SIZE];
	bool reset = ring->connection == XENSTORE_RECONNECT;
	uint32_t cons = ring->rsp_cons;
	uint32_t prod = ring->req_prod;
	bool still;

	memcpy(req, ring->req, sizeof(req));
	domain_event(&world, (int)(1 + who % HOSTILE) + 100);
	settle();
	/* Did nobody but the daemon write? */
	still = planned == 0 && !reset;
	must(memcmp(req, ring->req, sizeof(req)) == 0, "requests are theirs");
	must(!still || fuzz_on_load ||
		     (ring->rsp_cons == cons && ring->req_prod == prod),
	     "their indexes are theirs");
}

static void push(unsigned int who, const void *data, size_t len)
{
	struct xenstore_domain_interface *ring = page(who);
	const char *p = data;

	for (size_t i = 0; i < len; i++) {
		ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = p[i];
		ring->req_prod++;
		if (ring->req_prod - ring->req_cons == XENSTORE_RING_SIZE) {
			event(who);
		}
	}
}

static void step_request(const struct step *s)
{
	struct xsd_sockmsg hdr = { .type = s->what >> 3,
				   .tx_id = s->who >> 2 & 7u };
	char data[XENSTORE_PAYLOAD_MAX];

	hdr.len = (uint32_t)spell(s->data, s->len, data);
	push(s->who, &hdr, sizeof(hdr));
	push(s->who, data, hdr.len);
	if (s->who & 0x80) {
		page(s->who)->rsp_cons = page(s->who)->rsp_prod;
	}
	event(s->who);
}

static void step_txn(const struct step *s)
{
	struct xsd_sockmsg hdr = { .tx_id = 0 };
	struct domain *d = domain_find(&world, 1 + s->who % HOSTILE);
	char data[XENSTORE_PAYLOAD_MAX];

	hdr.len = (uint32_t)spell_txn(s, &hdr.type, data);
	if (hdr.type != XS_TRANSACTION_START && d && d->conn && d->conn->txns &&
	    !(s->who & 0x40)) {
		hdr.tx_id = d->conn->txns->id;
	}
	page(s->who)->rsp_cons = page(s->who)->rsp_prod;
	push(s->who, &hdr, sizeof(hdr));
	push(s->who, data, hdr.len);
	event(s->who);
}

static void step_bytes(const struct step *s)
{
	push(s->who, s->data, s->len);
	event(s->who);
}

/* From a place that the data names, whatever is there. */
static void step_spoil(const struct step *s)
{
	struct xenstore_domain_interface *ring = page(s->who);
	size_t at = s->who & 0x80 ? offsetof(struct xenstore_domain_interface,
					     req_cons)
				  : s->what * 64u % sizeof(*ring);
	size_t room = sizeof(*ring) - at;

	memcpy((char *)ring + at, s->data, s->len < room ? s->len : room);
	event(s->who);
}

static void step_index(const struct step *s)
{
	struct xenstore_domain_interface *ring = page(s->who);

	for (unsigned int i = 0; i + 2 <= s->len; i += 2) {
		set_word(ring, s->data[i] & 3u,
			 meant(ring, s->data[i],
			       (uint16_t)(s->data[i + 1] << (s->who & 8u))));
		event(s->who);
	}
}

static void step_plan(const struct step *s)
{
	make_plan(s);
	fuzz_on_load = on_load;
	event(s->who);
}

static void step_domain(const struct step *s)
{
	unsigned int domid = 1 + s->who % HOSTILE;

	switch (s->who >> 5) {
	case 0:
		(void)domain_introduce(&world, domid, 1, 7);
		break;
	case 1:
		(void)domain_release(&world, domid);
		break;
	case 2:
		page(s->who)->connection = XENSTORE_RECONNECT;
		event(s->who);
		break;
	case 3:
		world_pass(s->len);
		break;
	case 4:
		if (!world.journal) {
			world_keep_journal();
		}
		break;
	case 5:
		if (world.journal) {
			fuzz_crash();
			fuzz_close(tool);
			tool = fuzz_open(0, false);
		}
		break;
	case 6:
		fuzz_update();
		break;
	default:
		fuzz_fail_alloc(s->len);
		event(s->who);
		fuzz_fail_alloc(0);
		break;
	}
	settle();
}

static void must_answer(struct peer *p, const char *path, const char *value)
{
	struct reply r = ask_str(p, XS_READ, 0, path);

	must(r.type == XS_READ && strcmp(r.data, value) == 0,
	     "the honest are answered");
	r = ask_write(p, 0, path, value);
	must(r.type == XS_WRITE, "and may write");
}

static void run_step(const struct step *s)
{
	static void (*const kind[8])(const struct step *s) = {
		step_bytes,   step_spoil,  step_index,	 step_plan,
		step_request, step_domain, step_request, step_txn,
	};

	kind[s->what & 7](s);
	must_answer(tool, "/tool/mine", "tool's");
	must_answer(guest, "mine", "guest's");
	must(fuzz_heap() <= HEAP_MOST, "the heap's bound");
}

static void set_limits(void)
{
	world.past_limit = PAST;
	world.quota->limit[QUOTA_MEMORY] = MEMORY;
	world.quota->limit[QUOTA_OUTSTANDING] = 4;
	world.quota->limit[QUOTA_TRANSACTIONS] = 4;
	world.quota->limit[QUOTA_WATCHES] = 8;
}

static void make_home(unsigned int domid)
{
	char path[64];
	char perms[16];

	(void)snprintf(path, sizeof(path), "/local/domain/%u", domid);
	(void)snprintf(perms, sizeof(perms), "n%u", domid);
	(void)ask_str(tool, XS_MKDIR, 0, path);
	(void)ask_two(tool, XS_SET_PERMS, 0, path, perms);
}

static void start(void)
{
	fuzz_begin();
	planned = 0;
	set_limits();
	tool = fuzz_open(0, false);
	for (unsigned int i = 1; i <= HONEST; i++) {
		make_home(i);
	}
	(void)ask_write(tool, 0, "/tool/mine", "tool's");
	/* Open to all: here they meet. */
	(void)ask_str(tool, XS_MKDIR, 0, "/a");
	(void)ask_two(tool, XS_SET_PERMS, 0, "/a", "b0");
	guest = fuzz_open(HONEST, true);
	(void)ask_write(guest, 0, "mine", "guest's");
	(void)domain_introduce(&world, 1, 1, 7);
	(void)domain_introduce(&world, 2, 1, 7);
	settle();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step s;

	start();
	while (next_step(&data, &size, &s)) {
		run_step(&s);
	}
	fuzz_on_load = NULL;
	for (unsigned int i = HONEST + 1; i < 16; i++) {
		must(fake_page(i)->req_prod == 0 && fake_page(i)->rsp_prod == 0,
		     "pages of others");
	}
	fuzz_check();
	fuzz_close(guest);
	fuzz_close(tool);
	fuzz_release_all();
	must(!world.conns, "connections are gone");
	must(world.watches.count == 0, "watches are gone");
	must(world.txns.count == 0, "transactions are gone");
	fuzz_end();
	return 0;
}
