/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers of domctl and sysctl. */
#include "interface/control.h"

#include "core/domain.h"
#include "core/vcpu.h"
#include "cpu/smp.h"
#include "interface/guest_copy.h"
#include "lib/bitmap.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "x86/atomic.h"

/* Largest set that is passed: CPUs. */
#define MAX_BITS MAX_CPUS

int control_put_bitmap(const struct xenctl_bitmap *to, const uint64_t *bits,
		       unsigned int nbits)
{
	guest_ptr_t ptr = guest_handle_ptr(to->bitmap);
	unsigned int n = min(to->nr_bits, nbits);
	unsigned int bytes = DIV_ROUND_UP(n, 8);
	uint64_t guest_bytes = DIV_ROUND_UP((uint64_t)to->nr_bits, 8);
	uint8_t buf[MAX_BITS / 8];

	if (nbits > MAX_BITS) {
		return -EINVAL;
	}
	memcpy(buf, bits, bytes);
	if (n % 8) {
		buf[bytes - 1] &= (uint8_t)((1U << n % 8) - 1);
	}
	if (copy_to_guest(ptr, buf, bytes)) {
		return -EFAULT;
	}
	/* Nobody has sets much larger than ours; do not write for ever. */
	guest_bytes = min(guest_bytes, 8192UL);
	if (guest_bytes > bytes &&
	    clear_guest(guest_ptr_add(ptr, bytes), guest_bytes - bytes)) {
		return -EFAULT;
	}
	return 0;
}

int control_get_bitmap(const struct xenctl_bitmap *from, uint64_t *bits,
		       unsigned int nbits)
{
	unsigned int n = min(from->nr_bits, nbits);
	unsigned int bytes = DIV_ROUND_UP(n, 8);

	if (nbits > MAX_BITS) {
		return -EINVAL;
	}
	bitmap_zero(bits, nbits);
	if (copy_from_guest(bits, guest_handle_ptr(from->bitmap), bytes)) {
		return -EFAULT;
	}
	if (n < BITMAP_WORDS(nbits) * 64) {
		bitmap_clear_range(bits, n, BITMAP_WORDS(nbits) * 64 - n);
	}
	return 0;
}

int control_put_cpumask(const struct xenctl_bitmap *to, const cpumask_t *mask)
{
	return control_put_bitmap(to, mask->bits, smp_cpu_count());
}

int control_get_cpumask(const struct xenctl_bitmap *from, cpumask_t *mask)
{
	return control_get_bitmap(from, mask->bits, MAX_CPUS);
}

static uint32_t state_flags(struct domain *d, bool any, bool running,
			    bool all_blocked)
{
	uint32_t flags = 0;

	if (any) {
		flags |= running ? XEN_DOMINF_running : 0;
		flags |= all_blocked ? XEN_DOMINF_blocked : 0;
	}
	if (read_once(d->dying) == DOMAIN_DEAD) {
		flags |= XEN_DOMINF_dying;
	}
	if (read_once(d->is_shut_down)) {
		flags |= XEN_DOMINF_shutdown;
	}
	if (read_once(d->ctl_pauses)) {
		flags |= XEN_DOMINF_paused;
	}
	return flags | (read_once(d->shutdown_code) & XEN_DOMINF_shutdownmask)
			       << XEN_DOMINF_shutdownshift;
}

void control_domain_info(struct domain *d, struct xen_domctl_getdomaininfo *i)
{
	bool running = false, all_blocked = true;
	const struct shared_info *info;
	struct vcpu *v;

	memset(i, 0, sizeof(*i));
	i->domain = d->id;
	i->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu(v, d) {
		i->cpu_time += vcpu_cpu_time(v);
		i->max_vcpu_id = v->id;
		if (!vcpu_is_up(v)) {
			continue;
		}
		i->nr_online_vcpus++;
		running |= read_once(v->sched.is_running);
		all_blocked &=
			!!(read_once(v->sched.pause_flags) & VPF_BLOCKED);
	}
	i->flags = state_flags(d, i->nr_online_vcpus, running, all_blocked);
	i->tot_pages = read_once(d->tot_pages);
	i->max_pages = read_once(d->max_pages);
	i->outstanding_pages = read_once(d->claimed_pages);
	/* PV: the guest's frame numbers are machine frames. */
	info = read_once(d->shared_info);
	i->shared_info_frame = info ? virt_to_mfn(info).n : ~0UL;
	memcpy(i->handle, d->handle, sizeof(i->handle));
	i->cpupool = 0;
	i->gpaddr_bits = PADDR_BITS;
}
