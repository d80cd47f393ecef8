/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sched/machine.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evtchn.h"
#include "core/guest_time.h"
#include "core/rcu.h"
#include "core/sched_queue.h"
#include "core/softirq.h"
#include "core/upcalls.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "cpu/upcalls.h"
#include "debug/panic.h"
#include "mm/pool.h"
#include "x86/insn.h"
#include "x86/percpu.h"

#define DOMAINS_MAX 8
#define PARKED_MAX  (1000 * CREDIT_MS)

extern char __start_percpu[], __stop_percpu[];

uintptr_t percpu_offsets[MAX_CPUS];
struct vcpu *machine_current[MAX_CPUS];
unsigned int machine_cpu;
int64_t machine_time;
cpumask_t cpu_online;
struct domain *idle_domain;
struct clock_scale clock_tsc_scale = { 1U << 31, 1 };
uint64_t clock_boot_tsc;

/* The test itself runs on a CPU of its own, which has no vCPUs. */
#define TEST_CPU MACHINE_CPUS_MAX

static unsigned int cpu_count, violations, domain_count;
static void *percpu_blocks[MAX_CPUS];
static bool irqs_on[MAX_CPUS], ipi[MAX_CPUS], in_turn[MAX_CPUS];
static int64_t armed[MAX_CPUS];
static jmp_buf back[MAX_CPUS];
static struct domain *domains[DOMAINS_MAX];
static machine_guest guests[DOMAINS_MAX];
static struct vcpu_info infos[DOMAINS_MAX][MAX_VCPUS];
static int64_t vain_since[DOMAINS_MAX][MAX_VCPUS], stalled_at;
static uint32_t seed;

unsigned int machine_random(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

void bug_at(const char *file, int line, const char *what)
{
	fprintf(stderr, "BUG at %s:%d: %s\n", file, line, what);
	abort();
}

/* ---- locks ---- */

#define HELD_MAX 8
static const spinlock_t *held[MAX_CPUS][HELD_MAX];
static unsigned int held_count[MAX_CPUS];

static void push(spinlock_t *lock, bool same_ok)
{
	const spinlock_t **mine = held[machine_cpu];
	unsigned int n = held_count[machine_cpu];

	/* Everybody takes turns: held means held for ever. */
	BUG_ON(lock->owner != lock->next);
	BUG_ON(lock->rank >= RANK_SCHED && lock->rank <= RANK_TIMER &&
	       irqs_on[machine_cpu]);
	for (unsigned int i = 0; i < n; i++) {
		BUG_ON(lock->rank != RANK_NONE && mine[i]->rank > lock->rank);
		BUG_ON(mine[i]->rank == lock->rank && !same_ok);
	}
	BUG_ON(n == HELD_MAX);
	mine[held_count[machine_cpu]++] = lock;
	lock->next++;
}

void spin_lock(spinlock_t *lock)
{
	push(lock, false);
}

void spin_unlock(spinlock_t *lock)
{
	unsigned int n = held_count[machine_cpu];

	BUG_ON(lock->owner == lock->next);
	for (unsigned int i = 0; i < n; i++) {
		if (held[machine_cpu][i] == lock) {
			held[machine_cpu][i] = held[machine_cpu][n - 1];
			held_count[machine_cpu]--;
			lock->owner++;
			return;
		}
	}
	BUG();
}

void spin_lock_two(spinlock_t *a, spinlock_t *b)
{
	push(a < b ? a : b, false);
	if (a != b) {
		push(a < b ? b : a, true);
	}
}

void spin_unlock_two(spinlock_t *a, spinlock_t *b)
{
	spin_unlock(a);
	if (a != b) {
		spin_unlock(b);
	}
}

/* ---- CPU ---- */

void machine_irq_set(bool on)
{
	irqs_on[machine_cpu] = on;
}

bool machine_irq_get(void)
{
	return irqs_on[machine_cpu];
}

int64_t clock_now(void)
{
	return machine_time;
}

void clock_wall_base(uint64_t *sec, uint32_t *nsec)
{
	*sec = 1000;
	*nsec = 0;
}

void clock_set_wall_base(uint64_t sec, uint32_t nsec)
{
	(void)sec;
	(void)nsec;
}

void lapic_timer_arm(int64_t deadline)
{
	BUG_ON(irqs_on[machine_cpu]);
	BUG_ON(deadline <= 0);
	armed[machine_cpu] = deadline;
}

int64_t machine_armed(unsigned int cpu)
{
	return armed[cpu];
}

void smp_send_event_check(unsigned int cpu)
{
	BUG_ON(cpu >= cpu_count);
	ipi[cpu] = true;
}

void *pool_alloc(size_t size)
{
	return calloc(1, size);
}

void pool_free(void *p)
{
	free(p);
}

/* ---- what the layers to the right do ---- */

__noreturn void context_switch(struct vcpu *prev, struct vcpu *next)
{
	BUG_ON(irqs_on[machine_cpu]);
	BUG_ON(held_count[machine_cpu]);
	BUG_ON(prev != current);
	current = next;
	sched_switched(prev, next);
	longjmp(back[machine_cpu], 1);
}

void context_sync(struct vcpu *v)
{
	BUG_ON(read_once(v->sched.is_running) && !vcpu_runnable(v));
}

bool evtchn_upcall_pending(const struct vcpu *v)
{
	return v->info->evtchn_upcall_pending && !v->info->evtchn_upcall_mask;
}

void machine_event(struct vcpu *v)
{
	v->info->evtchn_upcall_pending = 1;
	vcpu_kick(v);
}

void evtchn_send_virq(struct vcpu *v, uint32_t virq)
{
	(void)virq;
	machine_event(v);
}

void evtchn_poll_begin(struct vcpu *v, evtchn_port_t port)
{
	(void)v;
	(void)port;
}

void evtchn_poll_end(struct vcpu *v)
{
	(void)v;
}

bool machine_take_event(struct vcpu *v)
{
	bool was = v->info->evtchn_upcall_pending;

	v->info->evtchn_upcall_pending = 0;
	return was;
}

int copy_to_guest(guest_ptr_t to, const void *from, size_t bytes)
{
	memcpy((void *)to.a, from, bytes);
	return 0;
}

struct domain *domain_get_next(domid_t id)
{
	(void)id;
	return NULL;
}

void domain_put(struct domain *d)
{
	(void)d;
}

/* ---- turns ---- */

int machine_cpu_of(const struct vcpu *v)
{
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
		if (machine_current[cpu] == v) {
			return (int)cpu;
		}
	}
	return -1;
}

/* Interrupts that wait, and everything on the way to the guest. */
static void enter_and_leave(unsigned int cpu)
{
	unsigned int before = machine_cpu;

	machine_cpu = cpu;
	if (armed[cpu] <= machine_time) {
		armed[cpu] = INT64_MAX;
		irqs_on[cpu] = false;
		timer_interrupt();
	}
	ipi[cpu] = false;
	in_turn[cpu] = true;
	(void)setjmp(back[cpu]);
	/* Here too after a switch, on a fresh stack. */
	for (;;) {
		irq_enable();
		if (!softirq_pending()) {
			break;
		}
		softirq_run();
	}
	in_turn[cpu] = false;
	machine_cpu = before;
}

/* A CPU waits for another: all that are not in the middle have a turn. */
void machine_relax(void)
{
	BUG_ON(!irqs_on[machine_cpu]);
	machine_time += 1000;
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
		if (cpu != machine_cpu && !in_turn[cpu]) {
			enter_and_leave(cpu);
		}
	}
}

static void guest_turn(unsigned int cpu)
{
	struct vcpu *v = machine_current[cpu];

	machine_cpu = cpu;
	if (!vcpu_is_idle(v)) {
		BUG_ON(!v->sched.is_running);
		in_turn[cpu] = true;
		guests[v->domain->id](v);
		in_turn[cpu] = false;
	}
}

/* ---- rules ---- */

static void broken(const char *rule, const struct vcpu *v)
{
	if (violations++ < 5) {
		fprintf(stderr, "%ld us: domain %u vcpu %u: %s\n",
			(long)machine_time / 1000, v->domain->id, v->id, rule);
	}
}

static bool wanted_by_idle_cpu(const struct vcpu *v)
{
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
		if (vcpu_is_idle(machine_current[cpu]) &&
		    cpumask_test(&v->sched.hard, cpu)) {
			return true;
		}
	}
	return false;
}

/* For how long v has been found to wait in vain. */
static int64_t waited(const struct vcpu *v, bool in_vain)
{
	int64_t *since = &vain_since[v->domain->id][v->id];

	if (!in_vain) {
		*since = machine_time;
	}
	*since = max(*since, stalled_at);
	return machine_time - *since;
}

/* Between rounds, when every CPU has done its softirqs. */
static void machine_check_vcpu(struct vcpu *v)
{
	const struct sched_vcpu *s = &v->sched;
	int cpu = machine_cpu_of(v);
	uint64_t total = 0;
	struct vcpu_runstate_info r;

	if (cpu >= 0) {
		if (s->credit.queued || s->parked || s->homeless) {
			broken("runs and is queued", v);
		}
		if ((unsigned int)cpu != s->processor) {
			broken("runs on another CPU than its own", v);
		}
		if (sched_cpu_of((unsigned int)cpu)->curr != v) {
			broken("runs without being chosen", v);
		}
		if (!cpumask_test(&s->hard, (unsigned int)cpu)) {
			broken("runs where it may not", v);
		}
	} else if (s->is_running) {
		broken("says it runs and does not", v);
	} else if (vcpu_runnable(v)) {
		if (s->credit.queued + s->parked + s->homeless != 1) {
			broken("runnable and lost", v);
		}
		/* The end of a slice puts it right, or of the one after, when
		 * the one that runs there is behind. */
		if (waited(v, s->credit.queued && wanted_by_idle_cpu(v)) >
		    21 * CREDIT_MS) {
			broken("waits though a CPU is idle", v);
		}
		/* No debt here takes longer to pay than that. */
		if (s->parked &&
		    (!timer_is_set(&v->domain->sched.budget_timer) ||
		     machine_time - (int64_t)s->runstate.state_entry_time >
			     PARKED_MAX)) {
			broken("waits for its budget for good", v);
		}
	} else if (s->credit.queued) {
		broken("queued and not runnable", v);
	} else if (s->pause_flags == VPF_BLOCKED && evtchn_upcall_pending(v)) {
		broken("sleeps through an event", v);
	}
	vcpu_get_runstate(v, &r);
	for (unsigned int i = 0; i < 4; i++) {
		total += r.time[i];
	}
	if (total != (uint64_t)machine_time) {
		broken("runstate times do not add up", v);
	}
}

static void machine_check(void)
{
	struct vcpu *v;

	machine_cpu = TEST_CPU;
	for (unsigned int i = 0; i < domain_count; i++) {
		for_each_vcpu(v, domains[i]) {
			machine_check_vcpu(v);
		}
	}
}

static bool work_waits(void)
{
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
		machine_cpu = cpu;
		if (softirq_pending() || ipi[cpu]) {
			return true;
		}
	}
	return false;
}

void machine_run(int64_t ns)
{
	int64_t end = machine_time + ns;

	while (machine_time < end) {
		unsigned int first = machine_random() % cpu_count;

		machine_time += 20000 + machine_random() % 40000;
		for (unsigned int i = 0; i < cpu_count; i++) {
			unsigned int cpu = (first + i) % cpu_count;

			enter_and_leave(cpu);
			guest_turn(cpu);
		}
		/* What they asked of each other is done before the look. */
		for (unsigned int n = 0; n < 20 && work_waits(); n++) {
			for (unsigned int i = 0; i < cpu_count; i++) {
				enter_and_leave((first + i) % cpu_count);
			}
		}
		machine_check();
	}
	machine_cpu = TEST_CPU;
}

void machine_stall(int64_t ns)
{
	machine_time += ns;
	/* Nobody could have put it right meanwhile. */
	stalled_at = machine_time;
}

unsigned int machine_violations(void)
{
	return violations;
}

/* ---- life ---- */

void machine_init(unsigned int cpus)
{
	size_t size = (size_t)(__stop_percpu - __start_percpu);

	machine_time = 0;
	stalled_at = 0;
	memset(vain_since, 0, sizeof(vain_since));
	violations = 0;
	domain_count = 0;
	seed = 12345;
	cpu_count = cpus;
	cpumask_zero(&cpu_online);
	idle_domain = calloc(1, sizeof(*idle_domain));
	sched_init();
	for (unsigned int cpu = 0; cpu <= TEST_CPU; cpu++) {
		percpu_blocks[cpu] = aligned_alloc(64, ALIGN_UP(size, 64));
		memset(percpu_blocks[cpu], 0, size);
		percpu_offsets[cpu] = (uintptr_t)percpu_blocks[cpu] -
				      (uintptr_t)__start_percpu;
		machine_cpu = cpu;
		armed[cpu] = INT64_MAX;
		ipi[cpu] = false;
		irqs_on[cpu] = true;
		in_turn[cpu] = false;
		sched_cpu_init(cpu);
		if (cpu < cpus) {
			cpumask_set(&cpu_online, cpu);
			machine_current[cpu] = sched_create_idle(cpu);
		}
	}
}

struct domain *machine_domain(unsigned int vcpus, machine_guest guest)
{
	struct domain *d = calloc(1, sizeof(*d));

	BUG_ON(domain_count == DOMAINS_MAX);
	d->id = (domid_t)domain_count;
	d->max_vcpus = vcpus;
	d->vcpu = calloc(vcpus, sizeof(*d->vcpu));
	machine_cpu = 0; /* where its timers begin */
	sched_domain_init(d);
	machine_cpu = TEST_CPU;
	guests[domain_count] = guest;
	domains[domain_count++] = d;
	for (unsigned int i = 0; i < vcpus; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		v->domain = d;
		v->id = (uint16_t)i;
		v->info = &infos[d->id][i];
		memset(v->info, 0, sizeof(*v->info));
		v->is_initialised = true;
		v->pv.kernel_mode = true;
		d->vcpu[i] = v;
		sched_vcpu_init(v);
		/* As if it had been there from the start. */
		v->sched.runstate.time[RUNSTATE_offline] =
			(uint64_t)machine_time;
		guest_time_vcpu_init(v);
		v->time.period = 0;
	}
	return d;
}

void machine_fini(void)
{
	struct vcpu *v;

	for (unsigned int i = 0; i < domain_count; i++) {
		domain_pause(domains[i]);
		for_each_vcpu(v, domains[i]) {
			guest_time_vcpu_destroy(v);
			sched_vcpu_destroy(v);
			free(v);
		}
		sched_domain_destroy(domains[i]);
		free(domains[i]->vcpu);
		free(domains[i]);
	}
	for (unsigned int cpu = 0; cpu < cpu_count; cpu++) {
		free(sched_idle_vcpu(cpu));
	}
	for (unsigned int cpu = 0; cpu <= TEST_CPU; cpu++) {
		free(percpu_blocks[cpu]);
	}
	free(idle_domain);
}
