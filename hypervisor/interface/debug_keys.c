/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XEN_SYSCTL_debug_keys: what the hypervisor knows, into its log, a letter a
 * subject. Values are looked at without locks, so they may be a little apart.
 */
#include "core/crash.h"
#include "core/domain.h"
#include "core/evtchn.h"
#include "core/grant.h"
#include "core/sched.h"
#include "core/sched_queue.h"
#include "core/vcpu.h"
#include "cpu/clock.h"
#include "cpu/lapic.h"
#include "cpu/smp.h"
#include "debug/panic.h"
#include "debug/printk.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mm/heap.h"
#include "mm/pool.h"
#include "x86/percpu.h"

#define KEYS_MAX  16
#define PORTS_MAX 128 /* lines for each domain */

static void each_domain(void (*show)(struct domain *d))
{
	struct domain *d;

	for (uint32_t id = 0; id < DOMID_FIRST_RESERVED; id = d->id + 1U) {
		d = domain_get_next((domid_t)id);
		if (!d) {
			break;
		}
		id = d->id;
		show(d);
		domain_put(d);
	}
}

static void key_help(void);

static void key_registers(void)
{
	smp_call(&cpu_online, crash_show_cpu, NULL);
}

static void show_domain(struct domain *d)
{
	struct vcpu *v;

	log_error("domain %u: %u references, %lu of %lu pages, %u pauses, "
		  "%s%s\n",
		  d->id, d->refs, d->tot_pages, d->max_pages, d->pause_count,
		  d->is_shut_down      ? "shut down"
		  : domain_is_dying(d) ? "dying"
				       : "alive",
		  d->privileged ? ", privileged" : "");
	for_each_vcpu(v, d) {
		log_error("  v%u: CPU%u%s, flags %x, pauses %u, events "
			  "pending %u masked %u, ran %lu ms\n",
			  v->id, v->sched.processor,
			  v->sched.is_running ? " running" : "",
			  v->sched.pause_flags, v->sched.pause_count,
			  v->info->evtchn_upcall_pending,
			  v->info->evtchn_upcall_mask,
			  vcpu_cpu_time(v) / 1000000);
	}
}

static void key_domains(void)
{
	each_domain(show_domain);
}

static void key_queues(void)
{
	unsigned int cpu;

	for_each_cpu(cpu, &cpu_online) {
		const struct sched_cpu *rq = sched_cpu_of(cpu);
		const struct vcpu *v = rq->curr;
		char name[16] = "nothing";

		if (v != rq->idle) {
			snprintf(name, sizeof(name), "d%uv%u", v->domain->id,
				 v->id);
		}
		log_error("CPU%u: runs %s, %u wait, idle for %lu ms\n", cpu,
			  name, rq->queue.waiting,
			  sched_idle_time(cpu) / 1000000);
	}
}

static void key_memory(void)
{
	log_error("memory: %lu of %lu pages free, %lu of them claimed, %lu "
		  "objects\n",
		  heap_free_pages(), total_pages, heap_claimed_pages(),
		  pool_objects());
}

static void show_ports(struct domain *d)
{
	unsigned int lines = 0;

	log_error("domain %u: %u ports in use, %s\n", d->id,
		  d->evtchn.used_ports, d->evtchn.fifo ? "FIFO" : "2-level");
	for (evtchn_port_t p = 1; p < d->evtchn.valid_ports; p++) {
		static const char *const kinds[] = {
			"", "unbound", "interdomain", "pirq", "virq", "ipi"
		};
		struct evtchn_status s = { .port = p };

		if (evtchn_get_status(d, p, &s) || !s.status ||
		    s.status >= ARRAY_SIZE(kinds)) {
			continue;
		}
		if (lines++ == PORTS_MAX) {
			log_error("  and more\n");
			break;
		}
		log_error(
			"  %u: %s %u v%u%s\n", p, kinds[s.status],
			s.status == EVTCHNSTAT_interdomain ? s.u.interdomain.dom
							   : s.u.virq,
			s.vcpu, evtchn_port_is_pending(d, p) ? " pending" : "");
	}
}

static void key_ports(void)
{
	each_domain(show_ports);
}

static void show_grants(struct domain *d)
{
	log_error("domain %u: %u of %u grant frames, maps %lu grants\n", d->id,
		  grant_table_frames(d), grant_table_max_frames(d),
		  grant_table_mappings(d));
}

static void key_grants(void)
{
	each_domain(show_grants);
}

static void key_time(void)
{
	log_error("time: %ld ns since boot, TSC %lu kHz, %lu now\n",
		  clock_now(), clock_tsc_khz, rdtsc_ordered());
}

static void key_panic(void)
{
	panic("asked for by a debug key");
}

static const struct debug_key {
	char key;
	const char *what;
	void (*fn)(void);
} keys[] = {
	{ 'h', "this help", key_help },
	{ 'd', "registers of the vCPUs that run", key_registers },
	{ 'q', "domains and their vCPUs", key_domains },
	{ 'r', "run queues", key_queues },
	{ 'm', "memory", key_memory },
	{ 'e', "event channels", key_ports },
	{ 'g', "grant tables", key_grants },
	{ 't', "time", key_time },
	{ 'C', "crash the machine", key_panic },
};

static void key_help(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(keys); i++) {
		log_error("%c: %s\n", keys[i].key, keys[i].what);
	}
}

int sysctl_debug_keys(struct xen_sysctl *op)
{
	struct xen_sysctl_debug_keys *a = &op->u.debug_keys;
	uint32_t n = min(a->nr_keys, (uint32_t)KEYS_MAX);
	char wanted[KEYS_MAX];

	if (copy_from_guest(wanted, guest_handle_ptr(a->keys), n)) {
		return -EFAULT;
	}
	for (uint32_t i = 0; i < n; i++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(keys); k++) {
			if (keys[k].key == wanted[i]) {
				log_error("debug key %c\n", wanted[i]);
				keys[k].fn();
			}
		}
	}
	return 0;
}
