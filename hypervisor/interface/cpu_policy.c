/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUID as the toolstack sees it: lists of leaves of the machine and of guests,
 * and feature words in the order of Xen's feature sets.
 *
 * There is one policy for all guests, that of pv_cpuid(). A toolstack reads the
 * default, works on it and sets the result; what it sets is compared with what
 * the guest will see, and a feature that differs is refused by leaf. (Nothing
 * is stored, so nothing can be accepted that is not kept.)
 */
#include "core/domain.h"
#include "core/vcpu.h"
#include "debug/printk.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "lib/errno.h"
#include "pv/pv.h"
#include "x86/insn.h"

/* Leaves that libxc's model of a policy knows; subs 0: no subleaves. */
static const struct {
	uint32_t first, last, subs;
} leaf_ranges[] = {
	{ 0x0, 0x3, 0 }, { 0x4, 0x4, 6 },  { 0x5, 0x6, 0 },
	{ 0x7, 0x7, 2 }, { 0x8, 0xa, 0 },  { 0xb, 0xb, 2 },
	{ 0xc, 0xc, 0 }, { 0xd, 0xd, 63 }, { 0x80000000, 0x8000001c, 0 },
};

#define LEAF_SLACK 16

/* Who is asked. NULL: the machine. */
typedef const struct vcpu *policy_source;

/* Stands for the first vCPU of any guest. */
static struct domain ordinary_domain = { .id = DOMID_INVALID };
static struct vcpu ordinary_vcpu = { .domain = &ordinary_domain };

static struct cpuid_regs machine_leaf(uint32_t leaf, uint32_t subleaf)
{
	uint32_t max = cpuid(leaf & 0x80000000U, 0).eax;

	/* Beyond its last leaf a CPU may answer with anything. */
	if (leaf > max) {
		return (struct cpuid_regs){ 0 };
	}
	return cpuid(leaf, subleaf);
}

static struct cpuid_regs ask(policy_source from, uint32_t leaf,
			     uint32_t subleaf)
{
	struct cpuid_regs r;

	if (!from) {
		return machine_leaf(leaf, subleaf);
	}
	pv_cpuid(from, leaf, subleaf, &r);
	return r;
}

static uint32_t leaf_count(void)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(leaf_ranges); i++) {
		n += (leaf_ranges[i].last - leaf_ranges[i].first + 1) *
		     max(leaf_ranges[i].subs, 1U);
	}
	return n;
}

static int put_leaf(policy_source from, guest_ptr_t to, uint32_t index,
		    uint32_t leaf, uint32_t sub, bool has_subs)
{
	struct cpuid_regs r = ask(from, leaf, sub);
	struct xen_cpuid_leaf l = {
		.leaf = leaf,
		.subleaf = has_subs ? sub : XEN_CPUID_NO_SUBLEAF,
		.a = r.eax,
		.b = r.ebx,
		.c = r.ecx,
		.d = r.edx,
	};

	return copy_to_guest_at(to, index, &l, sizeof(l));
}

/* nr: in, room; out, leaves written or needed. */
static int put_leaves(policy_source from, guest_ptr_t to, uint32_t *nr)
{
	uint32_t room = *nr, n = 0;

	*nr = leaf_count();
	if (guest_ptr_is_null(to)) {
		/* A toolstack uses it for its own lists too, which have a few
		 * more. */
		*nr += LEAF_SLACK;
		return 0;
	}
	if (room < *nr) {
		return -ENOBUFS;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(leaf_ranges); i++) {
		uint32_t subs = leaf_ranges[i].subs;

		for (uint32_t leaf = leaf_ranges[i].first;
		     leaf <= leaf_ranges[i].last; leaf++) {
			for (uint32_t s = 0; s < max(subs, 1U); s++) {
				if (put_leaf(from, to, n++, leaf, s, subs)) {
					return -EFAULT;
				}
			}
		}
	}
	return 0;
}

int sysctl_get_cpu_policy(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_policy *a = &op->u.cpu_policy;
	policy_source from;

	switch (a->index) {
	case XEN_SYSCTL_cpu_policy_raw:
	case XEN_SYSCTL_cpu_policy_host:
		from = NULL;
		break;
	case XEN_SYSCTL_cpu_policy_pv_max:
	case XEN_SYSCTL_cpu_policy_pv_default:
		from = &ordinary_vcpu;
		break;
	case XEN_SYSCTL_cpu_policy_hvm_max:
	case XEN_SYSCTL_cpu_policy_hvm_default:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	a->nr_msrs = 0;
	return put_leaves(from, guest_handle_ptr(a->leaves), &a->nr_leaves);
}

static policy_source source_of(const struct domain *d)
{
	const struct vcpu *v = domain_vcpu(d, 0);

	return v ? v : &ordinary_vcpu;
}

int domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *a = &op->u.cpu_policy;

	a->nr_msrs = 0;
	return put_leaves(source_of(d), guest_handle_ptr(a->leaves),
			  &a->nr_leaves);
}

/* ---- setting one ---- */

/* Registers of feature bits that are compared, and bits of them that follow
 * the machine's state or topology and are not a matter of policy. */
static const struct {
	uint32_t leaf, subleaf;
	struct cpuid_regs care;
} feature_leaves[] = {
	{ 0x1, 0, { 0, 0, ~BIT(27) & ~0U, ~BIT(28) & ~0U } },
	{ 0x7, 0, { 0, ~0U, ~0U, ~0U } },
	{ 0x7, 1, { ~0U, 0, 0, 0 } },
	{ 0xd, 1, { ~0U, 0, 0, 0 } },
	{ 0x80000001, 0, { 0, 0, ~BIT(1) & ~0U, ~0U } },
	{ 0x80000007, 0, { 0, 0, 0, ~BIT(8) & ~0U } },
	{ 0x80000008, 0, { 0, ~0U, 0, 0 } },
};

static bool leaf_kept(const struct domain *d, const struct xen_cpuid_leaf *l)
{
	uint32_t sub = l->subleaf == XEN_CPUID_NO_SUBLEAF ? 0 : l->subleaf;

	for (unsigned int i = 0; i < ARRAY_SIZE(feature_leaves); i++) {
		const struct cpuid_regs *care = &feature_leaves[i].care;
		struct cpuid_regs have;

		if (feature_leaves[i].leaf != l->leaf ||
		    feature_leaves[i].subleaf != sub) {
			continue;
		}
		have = ask(source_of(d), l->leaf, sub);
		if (((have.eax ^ l->a) & care->eax) |
		    ((have.ebx ^ l->b) & care->ebx) |
		    ((have.ecx ^ l->c) & care->ecx) |
		    ((have.edx ^ l->d) & care->edx)) {
			log_warn("d%u: CPUID leaf %#x/%u cannot be set: wanted "
				 "%08x %08x %08x %08x, have %08x %08x %08x "
				 "%08x\n",
				 d->id, l->leaf, sub, l->a, l->b, l->c, l->d,
				 have.eax, have.ebx, have.ecx, have.edx);
			return false;
		}
	}
	return true;
}

int domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_cpu_policy *a = &op->u.cpu_policy;
	guest_ptr_t leaves = guest_handle_ptr(a->leaves);

	a->err_leaf = a->err_subleaf = a->err_msr = ~0U;
	if (a->nr_leaves > 4 * leaf_count()) {
		return -E2BIG;
	}
	if (a->nr_msrs) {
		return -EOPNOTSUPP;
	}
	for (uint32_t i = 0; i < a->nr_leaves; i++) {
		struct xen_cpuid_leaf l;

		if (copy_from_guest_at(&l, leaves, i, sizeof(l))) {
			return -EFAULT;
		}
		if (!leaf_kept(d, &l)) {
			a->err_leaf = l.leaf;
			a->err_subleaf = l.subleaf;
			return -EINVAL;
		}
	}
	return 0;
}

/* ---- feature words ---- */

enum reg {
	EAX,
	EBX,
	ECX,
	EDX
};

/* In the order of Xen's feature sets. */
static const struct {
	uint32_t leaf, subleaf;
	enum reg reg;
} feature_words[] = {
	{ 0x1, 0, EDX },	{ 0x1, 0, ECX },	{ 0x80000001, 0, EDX },
	{ 0x80000001, 0, ECX }, { 0xd, 1, EAX },	{ 0x7, 0, EBX },
	{ 0x7, 0, ECX },	{ 0x80000007, 0, EDX }, { 0x80000008, 0, EBX },
	{ 0x7, 0, EDX },	{ 0x7, 1, EAX },
};

static uint32_t feature_word(policy_source from, unsigned int i)
{
	struct cpuid_regs r =
		ask(from, feature_words[i].leaf, feature_words[i].subleaf);
	const uint32_t words[] = { r.eax, r.ebx, r.ecx, r.edx };

	return words[feature_words[i].reg];
}

void cpu_policy_hw_cap(uint32_t *words, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		words[i] = i < ARRAY_SIZE(feature_words) ? feature_word(NULL, i)
							 : 0;
	}
}

int sysctl_get_cpu_featureset(struct xen_sysctl *op)
{
	struct xen_sysctl_cpu_featureset *a = &op->u.cpu_featureset;
	guest_ptr_t to = guest_handle_ptr(a->features);
	uint32_t total = ARRAY_SIZE(feature_words), n;
	policy_source from;

	switch (a->index) {
	case XEN_SYSCTL_cpu_featureset_raw:
	case XEN_SYSCTL_cpu_featureset_host:
		from = NULL;
		break;
	case XEN_SYSCTL_cpu_featureset_pv:
	case XEN_SYSCTL_cpu_featureset_pv_max:
		from = &ordinary_vcpu;
		break;
	case XEN_SYSCTL_cpu_featureset_hvm:
	case XEN_SYSCTL_cpu_featureset_hvm_max:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
	if (guest_ptr_is_null(to)) {
		a->nr_features = total;
		return 0;
	}
	n = min(a->nr_features, total);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t word = feature_word(from, i);

		if (copy_to_guest_at(to, i, &word, sizeof(word))) {
			return -EFAULT;
		}
	}
	total = a->nr_features < total;
	a->nr_features = n;
	return total ? -ENOBUFS : 0;
}
