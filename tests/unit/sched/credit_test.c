/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler's decisions, in a world of our own: CPUs that call them as
 * core/sched.c does, in steps of 50 us, with vCPUs that always want to run, or
 * run a little and sleep a little. Asked is what an administrator would: does
 * each get its share, does a cap hold, does one that wakes get in soon, does
 * nobody starve.
 */
#include "core/sched_credit.h"
#include "tests/unit/hv-lib/suite.h"

#define STEP	 (CREDIT_MS / 20)
#define CPUS_MAX 4
#define VCPUS	 8

struct vcpu_model {
	struct credit_entity e;
	int64_t run, sleep; /* sleep 0: always wants to run */
	struct credit_budget *budget;
	int cpu; /* whose queue it is in */
	bool running, asleep, parked;
	int64_t until;	 /* asleep: when it wakes; running: ran enough at */
	int64_t left;	 /* to run before it sleeps */
	int64_t ran;	 /* all its time */
	int64_t woke_at; /* and has not run since; -1 */
	int64_t worst;	 /* longest wait after waking */
	int64_t waiting_since, longest_wait;
};

struct world {
	struct credit_queue q[CPUS_MAX];
	struct vcpu_model *curr[CPUS_MAX];
	int64_t recheck[CPUS_MAX], balanced[CPUS_MAX];
	struct vcpu_model v[VCPUS];
	unsigned int cpus, count;
	struct credit_params params;
	int64_t now;
	unsigned int switches;
};

static void world_init(struct world *w, unsigned int cpus)
{
	*w = (struct world){
		.cpus = cpus,
		.params = { 10 * CREDIT_MS, CREDIT_MS / 2 },
	};
	for (unsigned int i = 0; i < CPUS_MAX; i++) {
		credit_queue_init(&w->q[i]);
	}
}

static struct vcpu_model *add(struct world *w, uint32_t weight, int64_t run,
			      int64_t sleep)
{
	struct vcpu_model *v = &w->v[w->count];

	credit_entity_init(&v->e, weight);
	v->run = run;
	v->sleep = sleep;
	v->left = run;
	v->woke_at = -1;
	v->cpu = (int)(w->count++ % w->cpus);
	credit_wake(&w->q[v->cpu], &v->e);
	credit_enqueue(&w->q[v->cpu], &v->e);
	return v;
}

static struct vcpu_model *model_of(struct credit_entity *e)
{
	return container_of(e, struct vcpu_model, e);
}

static void put_on(struct world *w, unsigned int cpu, struct vcpu_model *v)
{
	if (v->e.queued) {
		credit_dequeue(&w->q[cpu], &v->e);
	}
	w->curr[cpu] = v;
	w->switches++;
	v->running = true;
	credit_start(&v->e, w->now);
	if (v->woke_at >= 0) {
		v->worst = max(v->worst, w->now - v->woke_at);
		v->woke_at = -1;
	}
	v->longest_wait = max(v->longest_wait, w->now - v->waiting_since);
}

static void take_off(struct world *w, unsigned int cpu, bool wants)
{
	struct vcpu_model *v = w->curr[cpu];

	w->curr[cpu] = NULL;
	v->running = false;
	v->waiting_since = w->now;
	if (wants) {
		credit_enqueue(&w->q[cpu], &v->e);
	}
}

/* As core/sched.c's sched_pull(). */
static void pull(struct world *w, unsigned int cpu, int64_t usage)
{
	for (unsigned int i = 1; i < w->cpus; i++) {
		unsigned int from = (cpu + i) % w->cpus;
		struct credit_entity *e = credit_first(&w->q[from]);

		for (; e; e = credit_next(e)) {
			if (usage != INT64_MAX &&
			    !credit_should_pull(
				    usage, credit_usage(e, false, w->now))) {
				continue;
			}
			credit_dequeue(&w->q[from], e);
			credit_move(&w->q[from], &w->q[cpu], e);
			credit_wake(&w->q[cpu], e);
			e->vtime =
				min(e->vtime, w->q[cpu].min_vtime - CREDIT_MS);
			credit_enqueue(&w->q[cpu], e);
			model_of(e)->cpu = (int)cpu;
			return;
		}
	}
}

static void charge(struct world *w, unsigned int cpu)
{
	struct vcpu_model *v = w->curr[cpu];
	int64_t ran = credit_charge(&w->q[cpu], &v->e, w->now);

	v->ran += ran;
	v->left -= ran;
	if (v->budget) {
		credit_budget_charge(v->budget, ran);
	}
}

static void schedule(struct world *w, unsigned int cpu)
{
	struct vcpu_model *v = w->curr[cpu];
	struct credit_entity *e;
	bool stays = v && !v->asleep && !v->parked;
	int64_t usage = INT64_MAX;

	if (!stays || w->now - w->balanced[cpu] >= w->params.slice) {
		if (stays) {
			usage = credit_usage(&v->e, true, w->now);
		}
		if (stays || !w->q[cpu].waiting) {
			pull(w, cpu, usage);
			w->balanced[cpu] = w->now;
		}
	}
	if (stays && !credit_must_yield(&w->q[cpu], &v->e, &w->params, w->now,
					&w->recheck[cpu])) {
		w->recheck[cpu] =
			min(w->recheck[cpu], w->now + 3 * w->params.slice);
		return;
	}
	e = credit_first(&w->q[cpu]);
	if (v && (e || !stays)) {
		take_off(w, cpu, stays);
	}
	if (e) {
		put_on(w, cpu, model_of(e));
	}
	w->recheck[cpu] = INT64_MAX;
	if (w->curr[cpu]) {
		credit_must_yield(&w->q[cpu], &w->curr[cpu]->e, &w->params,
				  w->now, &w->recheck[cpu]);
		w->recheck[cpu] =
			min(w->recheck[cpu], w->now + 3 * w->params.slice);
	}
}

static void wake(struct world *w, struct vcpu_model *v)
{
	unsigned int cpu = (unsigned int)v->cpu;

	v->woke_at = w->now;
	v->waiting_since = w->now;
	credit_wake(&w->q[cpu], &v->e);
	credit_enqueue(&w->q[cpu], &v->e);
	w->recheck[cpu] = w->now;
}

/* Who sleeps wakes, who is parked is let go on, who ran enough sleeps. */
static void states(struct world *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		struct vcpu_model *v = &w->v[i];

		if (v->asleep && w->now >= v->until) {
			v->asleep = false;
			v->left = v->run;
			wake(w, v);
		} else if (v->parked && !v->running &&
			   credit_budget_fill(v->budget, w->now)) {
			v->parked = false;
			wake(w, v);
		} else if (v->running && v->sleep && v->left <= 0) {
			v->asleep = true;
			v->until = w->now + v->sleep;
			w->recheck[v->cpu] = w->now;
		} else if (v->running && v->budget &&
			   !credit_budget_fill(v->budget, w->now)) {
			v->parked = true;
			w->recheck[v->cpu] = w->now;
		}
	}
}

static void run_for(struct world *w, int64_t ns)
{
	int64_t end = w->now + ns;

	while (w->now < end) {
		for (unsigned int cpu = 0; cpu < w->cpus; cpu++) {
			if (w->curr[cpu]) {
				charge(w, cpu);
			}
		}
		states(w);
		for (unsigned int cpu = 0; cpu < w->cpus; cpu++) {
			if (!w->curr[cpu] || w->now >= w->recheck[cpu]) {
				schedule(w, cpu);
			}
		}
		w->now += STEP;
	}
}

/* ran is within `slack` per mille of `share` per mille of the time. */
static bool has_share(const struct world *w, const struct vcpu_model *v,
		      int64_t share, int64_t slack)
{
	int64_t got = v->ran * 1000 / w->now;

	return got >= share - slack && got <= share + slack;
}

static void test_weights(void)
{
	struct world w;

	world_init(&w, 1);
	add(&w, 256, 0, 0);
	add(&w, 512, 0, 0);
	add(&w, 256, 0, 0);
	run_for(&w, 2000 * CREDIT_MS);
	CU_ASSERT_TRUE(has_share(&w, &w.v[0], 250, 15));
	CU_ASSERT_TRUE(has_share(&w, &w.v[1], 500, 15));
	CU_ASSERT_TRUE(has_share(&w, &w.v[2], 250, 15));
	/* Long slices: not many switches. */
	CU_ASSERT_TRUE(w.switches < 300);
}

static void test_extreme_weights(void)
{
	struct world w;

	world_init(&w, 1);
	add(&w, 1, 0, 0);
	add(&w, 65535, 0, 0);
	run_for(&w, 5000 * CREDIT_MS);
	CU_ASSERT_TRUE(has_share(&w, &w.v[1], 1000, 10));
	CU_ASSERT_TRUE(w.v[0].ran >= 0);
}

/* Nobody waits longer than the others' slices take. */
static void test_no_starvation(void)
{
	struct world w;

	world_init(&w, 1);
	for (unsigned int i = 0; i < VCPUS; i++) {
		add(&w, 256, i % 2 ? CREDIT_MS : 0, i % 2 ? CREDIT_MS : 0);
	}
	run_for(&w, 3000 * CREDIT_MS);
	for (unsigned int i = 0; i < VCPUS; i++) {
		CU_ASSERT_TRUE(w.v[i].ran > 0);
		CU_ASSERT_TRUE(w.v[i].longest_wait < 150 * CREDIT_MS);
	}
}

/* One that wakes now and then runs at once, not after others' slices. */
static void test_wake_latency(void)
{
	struct world w;

	world_init(&w, 1);
	for (unsigned int i = 0; i < 5; i++) {
		add(&w, 256, 0, 0);
	}
	add(&w, 256, CREDIT_MS / 4, 9 * CREDIT_MS);
	run_for(&w, 2000 * CREDIT_MS);
	/* From 250 us every 9 it has a claim to all it wants. */
	CU_ASSERT_TRUE(has_share(&w, &w.v[5], 26, 4));
	CU_ASSERT_TRUE(w.v[5].worst <= CREDIT_MS);
}

/* A sleeper cannot save up what it slept through. */
static void test_sleep_is_no_savings(void)
{
	struct world w;

	world_init(&w, 1);
	add(&w, 256, 0, 0);
	add(&w, 256, 500 * CREDIT_MS, 500 * CREDIT_MS);
	run_for(&w, 4000 * CREDIT_MS);
	/* It gets half while it wants to run: 1 s of CPU takes it 2 s. So it
	 * runs 500 of each 1500 ms. */
	CU_ASSERT_TRUE(has_share(&w, &w.v[1], 333, 50));
	CU_ASSERT_TRUE(w.v[0].longest_wait < 40 * CREDIT_MS);
}

static void test_ratelimit(void)
{
	struct world w;

	/* The one that wakes all the time does not cut the other's runs below
	 * the ratelimit: at most one switch in and out for each. */
	world_init(&w, 1);
	add(&w, 256, 0, 0);
	add(&w, 256, STEP, STEP);
	run_for(&w, 1000 * CREDIT_MS);
	CU_ASSERT_TRUE(w.switches <= 2 * 2000);
	CU_ASSERT_TRUE(w.v[0].ran >= 500 * CREDIT_MS);
}

static void test_cap(void)
{
	struct credit_budget budget = { 0 };
	struct world w;

	/* 25 % of a CPU, on an idle machine. */
	world_init(&w, 1);
	add(&w, 256, 0, 0)->budget = &budget;
	credit_budget_set(&budget, 25, 0);
	run_for(&w, 2000 * CREDIT_MS);
	CU_ASSERT_TRUE(has_share(&w, &w.v[0], 250, 10));
}

/* The cap is the domain's: two vCPUs together get 150 % of a CPU. */
static void test_cap_is_shared(void)
{
	struct credit_budget budget = { 0 };
	struct world w;

	world_init(&w, 2);
	add(&w, 256, 0, 0)->budget = &budget;
	add(&w, 256, 0, 0)->budget = &budget;
	credit_budget_set(&budget, 150, 0);
	run_for(&w, 2000 * CREDIT_MS);
	CU_ASSERT_TRUE((w.v[0].ran + w.v[1].ran) * 1000 / w.now > 1450);
	CU_ASSERT_TRUE((w.v[0].ran + w.v[1].ran) * 1000 / w.now < 1550);
}

static void test_cap_does_not_save_up(void)
{
	struct credit_budget b;

	credit_budget_set(&b, 10, 0);
	CU_ASSERT_EQUAL(b.left, CREDIT_MS);
	CU_ASSERT_TRUE(credit_budget_fill(&b, 1000 * CREDIT_CAP_PERIOD));
	CU_ASSERT_EQUAL(b.left, CREDIT_MS);
	/* Debt is paid back over periods. */
	CU_ASSERT_FALSE(credit_budget_charge(&b, 4 * CREDIT_MS));
	CU_ASSERT_FALSE(credit_budget_fill(&b, 1001 * CREDIT_CAP_PERIOD));
	CU_ASSERT_FALSE(credit_budget_fill(&b, 1003 * CREDIT_CAP_PERIOD));
	CU_ASSERT_TRUE(credit_budget_fill(&b, 1004 * CREDIT_CAP_PERIOD));
	/* Half a period gives nothing. */
	CU_ASSERT_FALSE(credit_budget_charge(&b, CREDIT_MS));
	CU_ASSERT_FALSE(credit_budget_fill(&b, 1004 * CREDIT_CAP_PERIOD +
						       CREDIT_CAP_PERIOD / 2));
	CU_ASSERT_TRUE(credit_budget_slice(&b, 0) >= CREDIT_SLICE_MIN);
}

/* Three that want a CPU each, on two: about two thirds for each. Whole slices
 * are moved, so it is 4 or 5 of each 7. */
static void test_balance_three_on_two(void)
{
	struct world w;

	world_init(&w, 2);
	add(&w, 256, 0, 0);
	add(&w, 256, 0, 0);
	add(&w, 256, 0, 0);
	run_for(&w, 6000 * CREDIT_MS);
	for (unsigned int i = 0; i < 3; i++) {
		CU_ASSERT_TRUE(has_share(&w, &w.v[i], 666, 100));
	}
}

/* An idle CPU takes what waits elsewhere at once. */
static void test_steal_when_idle(void)
{
	struct world w;

	world_init(&w, 4);
	for (unsigned int i = 0; i < 4; i++) {
		struct vcpu_model *v = add(&w, 256, 0, 0);

		/* All begin on CPU 0. */
		credit_dequeue(&w.q[v->cpu], &v->e);
		v->cpu = 0;
		credit_enqueue(&w.q[0], &v->e);
	}
	run_for(&w, 100 * CREDIT_MS);
	for (unsigned int i = 0; i < 4; i++) {
		CU_ASSERT_TRUE(w.v[i].ran >= 99 * CREDIT_MS);
	}
}

static void test_usage(void)
{
	struct credit_queue q;
	struct credit_entity e;

	credit_queue_init(&q);
	credit_entity_init(&e, 1024);
	credit_start(&e, 0);
	for (int64_t t = CREDIT_MS; t <= 1000 * CREDIT_MS; t += CREDIT_MS) {
		credit_charge(&q, &e, t);
	}
	/* All of the time is all of the window. */
	CU_ASSERT_TRUE(e.usage > CREDIT_USAGE_WINDOW * 99 / 100);
	CU_ASSERT_TRUE(e.usage <= CREDIT_USAGE_WINDOW);
	/* A window later nothing is left; time never runs backwards. */
	CU_ASSERT_EQUAL(
		credit_usage(&e, false, 1000 * CREDIT_MS + CREDIT_USAGE_WINDOW),
		0);
	CU_ASSERT_EQUAL(credit_charge(&q, &e, 999 * CREDIT_MS), 0);
}

static void test_queue_order(void)
{
	struct credit_queue q;
	struct credit_entity e[50];
	int64_t last = INT64_MIN;
	unsigned int seen = 0;

	credit_queue_init(&q);
	for (unsigned int i = 0; i < 50; i++) {
		credit_entity_init(&e[i], 256);
		e[i].vtime = suite_random() % 1000;
		credit_enqueue(&q, &e[i]);
	}
	for (unsigned int i = 0; i < 50; i += 3) {
		credit_dequeue(&q, &e[i]);
		CU_ASSERT_FALSE(e[i].queued);
	}
	for (struct credit_entity *p = credit_first(&q); p;
	     p = credit_next(p)) {
		CU_ASSERT_TRUE(p->vtime >= last);
		last = p->vtime;
		seen++;
	}
	CU_ASSERT_EQUAL(seen, q.waiting);
	CU_ASSERT_EQUAL(seen, 33);
}

int main(void)
{
	static const struct test tests[] = {
		{ "shares follow weights", test_weights },
		{ "weights 1 and 65535", test_extreme_weights },
		{ "nobody starves", test_no_starvation },
		{ "one that wakes runs soon", test_wake_latency },
		{ "sleeping saves nothing up", test_sleep_is_no_savings },
		{ "ratelimit", test_ratelimit },
		{ "a cap holds", test_cap },
		{ "a cap is shared by the vCPUs", test_cap_is_shared },
		{ "a cap does not save up", test_cap_does_not_save_up },
		{ "three on two CPUs", test_balance_three_on_two },
		{ "idle CPUs take what waits", test_steal_when_idle },
		{ "usage decays", test_usage },
		{ "queue order", test_queue_order },
	};

	return suite_run("sched_credit", tests, ARRAY_SIZE(tests));
}
