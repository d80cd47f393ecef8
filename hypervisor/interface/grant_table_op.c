/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_*: arrays of requests, each with a status of its own. The call as a
 * whole fails only when the array cannot be read or written. Batches give way
 * to others between elements; what remains is then in the arguments.
 *
 * Version 1 only. Not built: version 2 (set_version says -ENOSYS, as a Xen with
 * gnttab=max-ver:1), transfer (-EOPNOTSUPP).
 */
#include "core/domain.h"
#include "core/grant.h"
#include "core/vcpu.h"
#include "interface/guest_copy.h"
#include "interface/handlers.h"
#include "lib/checked.h"
#include "lib/errno.h"
#include "x86/percpu.h"

union grant_arg {
	struct gnttab_map_grant_ref map;
	struct gnttab_unmap_grant_ref unmap;
	struct gnttab_unmap_and_replace replace;
	struct gnttab_setup_table setup;
	struct gnttab_copy copy;
	struct gnttab_query_size query;
	struct gnttab_set_version set_version;
	struct gnttab_get_version get_version;
	struct gnttab_get_status_frames status_frames;
	struct gnttab_swap_grant_ref swap;
	struct gnttab_cache_flush cache_flush;
};

/* What one run through an array keeps from element to element. */
union grant_run {
	struct grant_unmap_batch unmaps;
	struct grant_copy_state copies;
};

/* The domain whose table is asked about, with a reference. GNTST_*. */
static int16_t subject(domid_t id, struct domain **out)
{
	struct domain *me = current->domain;

	if (id != DOMID_SELF && id != me->id && !me->privileged) {
		return GNTST_permission_denied;
	}
	*out = domain_get_by_id(id);
	if (*out && !(*out)->grants) {
		domain_put(*out);
		*out = NULL;
	}
	return *out ? GNTST_okay : GNTST_bad_domain;
}

static int op_map(union grant_arg *arg, union grant_run *run)
{
	(void)run;
	grant_map(&arg->map);
	return 0;
}

static int op_unmap(union grant_arg *arg, union grant_run *run)
{
	grant_unmap(&arg->unmap, &run->unmaps);
	return 0;
}

static int op_replace(union grant_arg *arg, union grant_run *run)
{
	grant_unmap_and_replace(&arg->replace, &run->unmaps);
	return 0;
}

static int op_copy(union grant_arg *arg, union grant_run *run)
{
	grant_copy(&arg->copy, &run->copies);
	return 0;
}

static int list_frames(struct domain *d, struct gnttab_setup_table *a)
{
	for (uint32_t i = 0; i < a->nr_frames; i++) {
		xen_pfn_t frame;
		mfn_t m;

		/* PV: the guest's frame numbers are machine frames. */
		if (grant_table_frame(d, i, true, &m)) {
			a->status = GNTST_general_error;
			return 0;
		}
		frame = m.n;
		if (copy_to_guest_at(guest_handle_ptr(a->frame_list), i, &frame,
				     sizeof(frame))) {
			return -EFAULT;
		}
	}
	a->status = GNTST_okay;
	return 0;
}

static int op_setup(union grant_arg *arg, union grant_run *run)
{
	struct gnttab_setup_table *a = &arg->setup;
	struct domain *d;
	int rc = 0;

	(void)run;
	a->status = subject(a->dom, &d);
	if (a->status) {
		return 0;
	}
	if (a->nr_frames > grant_table_max_frames(d)) {
		a->status = GNTST_general_error;
	} else {
		rc = list_frames(d, a);
	}
	domain_put(d);
	return rc;
}

static int op_query(union grant_arg *arg, union grant_run *run)
{
	struct gnttab_query_size *a = &arg->query;
	struct domain *d;

	(void)run;
	a->status = subject(a->dom, &d);
	if (!a->status) {
		a->nr_frames = grant_table_frames(d);
		a->max_nr_frames = grant_table_max_frames(d);
		domain_put(d);
	}
	return 0;
}

static int op_set_version(union grant_arg *arg, union grant_run *run)
{
	(void)run;
	switch (arg->set_version.version) {
	case 1:
		return 0;
	case 2:
		return -ENOSYS;
	default:
		return -EINVAL;
	}
}

static int op_get_version(union grant_arg *arg, union grant_run *run)
{
	struct domain *d;
	int16_t rc = subject(arg->get_version.dom, &d);

	(void)run;
	if (rc) {
		return rc == GNTST_permission_denied ? -EPERM : -ESRCH;
	}
	domain_put(d);
	arg->get_version.version = 1;
	return 0;
}

/* Status frames belong to version 2: there are none. */
static int op_status_frames(union grant_arg *arg, union grant_run *run)
{
	struct gnttab_get_status_frames *a = &arg->status_frames;
	struct domain *d;

	(void)run;
	a->status = subject(a->dom, &d);
	if (!a->status) {
		domain_put(d);
		if (a->nr_frames) {
			a->status = GNTST_general_error;
		}
	}
	return 0;
}

static int op_swap(union grant_arg *arg, union grant_run *run)
{
	(void)run;
	arg->swap.status =
		grant_swap(current->domain, arg->swap.ref_a, arg->swap.ref_b);
	return 0;
}

static int op_cache_flush(union grant_arg *arg, union grant_run *run)
{
	const struct gnttab_cache_flush *a = &arg->cache_flush;
	const uint32_t known = GNTTAB_CACHE_CLEAN | GNTTAB_CACHE_INVAL |
			       GNTTAB_CACHE_SOURCE_GREF;

	(void)run;
	if (a->op & ~known || (uint32_t)a->offset + a->length > PAGE_SIZE) {
		return -EINVAL;
	}
	if (!a->length || !(a->op & ~GNTTAB_CACHE_SOURCE_GREF)) {
		return 0;
	}
	/* Caches are coherent with DMA on x86. */
	return -EOPNOTSUPP;
}

static void end_unmaps(union grant_run *run)
{
	grant_batch_end(&run->unmaps);
}

static void end_copies(union grant_run *run)
{
	grant_copy_end(&run->copies);
}

struct grant_op_entry {
	/* One element; an error ends the call. */
	int (*fn)(union grant_arg *arg, union grant_run *run);
	/* After `batch` elements, and at the end. */
	void (*end)(union grant_run *run);
	uint8_t size;
	uint8_t batch; /* 0: at the end only */
	bool in_only;
};

static const struct grant_op_entry ops[] = {
	[GNTTABOP_map_grant_ref] = { .fn = op_map,
				     .size = sizeof(
					     struct gnttab_map_grant_ref) },
	[GNTTABOP_unmap_grant_ref] = { .fn = op_unmap,
				       .end = end_unmaps,
				       .batch = GRANT_UNMAP_BATCH,
				       .size = sizeof(
					       struct gnttab_unmap_grant_ref) },
	[GNTTABOP_setup_table] = { .fn = op_setup,
				   .size = sizeof(struct gnttab_setup_table) },
	[GNTTABOP_copy] = { .fn = op_copy,
			    .end = end_copies,
			    .size = sizeof(struct gnttab_copy) },
	[GNTTABOP_query_size] = { .fn = op_query,
				  .size = sizeof(struct gnttab_query_size) },
	[GNTTABOP_unmap_and_replace] = { .fn = op_replace,
					 .end = end_unmaps,
					 .batch = GRANT_UNMAP_BATCH,
					 .size = sizeof(
						 struct
						 gnttab_unmap_and_replace) },
	[GNTTABOP_set_version] = { .fn = op_set_version,
				   .size = sizeof(struct gnttab_set_version) },
	[GNTTABOP_get_version] = { .fn = op_get_version,
				   .size = sizeof(struct gnttab_get_version) },
	[GNTTABOP_get_status_frames] = { .fn = op_status_frames,
					 .size = sizeof(
						 struct
						 gnttab_get_status_frames) },
	[GNTTABOP_swap_grant_ref] = { .fn = op_swap,
				      .size = sizeof(
					      struct gnttab_swap_grant_ref) },
	[GNTTABOP_cache_flush] = { .fn = op_cache_flush,
				   .size = sizeof(struct gnttab_cache_flush),
				   .in_only = true },
};

static int one(const struct grant_op_entry *op, guest_ptr_t args, uint32_t i,
	       union grant_run *run)
{
	union grant_arg arg;
	int rc;

	if (copy_from_guest_at(&arg, args, i, op->size)) {
		return -EFAULT;
	}
	rc = op->fn(&arg, run);
	if (!rc && !op->in_only && copy_to_guest_at(args, i, &arg, op->size)) {
		return -EFAULT;
	}
	return rc;
}

/* Elements done go to *done. */
static int run_all(const struct grant_op_entry *op, guest_ptr_t args,
		   uint32_t count, uint32_t *done)
{
	union grant_run run = { 0 };
	int rc = 0;
	uint32_t i;

	for (i = 0; i < count && !rc; i++) {
		if (i && preempt_wanted()) {
			rc = -ERESTART;
			break;
		}
		if (op->batch && i && i % op->batch == 0) {
			op->end(&run);
		}
		rc = one(op, args, i, &run);
	}
	if (op->end) {
		op->end(&run);
	}
	*done = i;
	return rc;
}

long do_grant_table_op(struct hypercall *hc)
{
	uint32_t cmd = (uint32_t)hc->arg[0];
	uint32_t count = (uint32_t)hc->arg[2];
	const struct grant_op_entry *op;
	guest_ptr_t args = guest_ptr(hc->arg[1]);
	uint32_t done = 0;
	int rc;

	if ((int32_t)count < 0) {
		return -EINVAL;
	}
	if (cmd == GNTTABOP_transfer) {
		return -EOPNOTSUPP;
	}
	if (cmd >= ARRAY_SIZE(ops) || !current->domain->grants) {
		return -ENOSYS;
	}
	op = &ops[array_index_nospec(cmd, ARRAY_SIZE(ops))];
	if (!op->fn) {
		return -ENOSYS;
	}
	rc = run_all(op, args, count, &done);
	if (rc == -ERESTART) {
		hc->arg[1] = guest_ptr_add(args, (uint64_t)done * op->size).a;
		hc->arg[2] = count - done;
	}
	return rc;
}
