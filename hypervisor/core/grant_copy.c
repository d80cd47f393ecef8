/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GNTTABOP_copy: bytes from one frame to another, each side a frame of the
 * caller's own or a grant to it. A run of copies often stays within one frame
 * on one side, so the pin of the last is kept until another is asked for.
 *
 * The page that is used is the one that the check found, never looked up again
 * from the caller's numbers.
 */
#include "core/domain.h"
#include "core/grant_private.h"
#include "core/vcpu.h"
#include "lib/string.h"
#include "x86/percpu.h"

static void side_release(struct grant_copy_side *side)
{
	if (!side->domain) {
		return;
	}
	if (side->is_grant) {
		grant_release(side->domain, (grant_ref_t)side->name,
			      side->writable, side->page);
	} else if (side->writable) {
		page_put_writable(side->page);
	} else {
		page_put(side->page);
	}
	domain_put(side->domain);
	side->domain = NULL;
}

static int16_t own_frame(struct domain *d, struct grant_copy_side *side)
{
	mfn_t m = mfn(side->name);

	if (!mfn_valid(m)) {
		return GNTST_bad_page;
	}
	side->page = mfn_to_page(m);
	if (side->writable ? !page_get_writable(side->page, d)
			   : !page_get(side->page, d)) {
		return GNTST_bad_page;
	}
	return GNTST_okay;
}

/* Fill in page and domain of a side whose other fields are set. */
static int16_t side_acquire(struct grant_copy_side *side)
{
	struct domain *me = current->domain;
	struct domain *d;
	int16_t rc;

	/* Frames by number are one's own; others' come by grants. */
	if (!side->is_grant && side->domid != DOMID_SELF) {
		return GNTST_permission_denied;
	}
	d = domain_get_by_id(side->domid);
	if (!d) {
		return GNTST_bad_domain;
	}
	if (!side->is_grant) {
		rc = own_frame(me, side);
	} else if (!d->grants) {
		rc = GNTST_bad_domain;
	} else {
		rc = grant_acquire(d, (grant_ref_t)side->name, me->id,
				   side->writable, &side->page);
	}
	if (rc) {
		domain_put(d);
		return rc;
	}
	side->domain = d;
	return GNTST_okay;
}

static int16_t side_prepare(struct grant_copy_side *side,
			    const struct gnttab_copy_ptr *ptr, bool is_grant,
			    bool writable)
{
	uint64_t name = is_grant ? ptr->u.ref : ptr->u.gmfn;

	if (side->domain && side->is_grant == is_grant &&
	    side->domid == ptr->domid && side->name == name) {
		return GNTST_okay;
	}
	side_release(side);
	*side = (struct grant_copy_side){
		.is_grant = is_grant,
		.writable = writable,
		.domid = ptr->domid,
		.name = name,
	};
	return side_acquire(side);
}

static int16_t copy(const struct gnttab_copy *op,
		    struct grant_copy_state *state)
{
	uint8_t *from, *to;
	int16_t rc;

	if ((uint32_t)op->source.offset + op->len > PAGE_SIZE ||
	    (uint32_t)op->dest.offset + op->len > PAGE_SIZE) {
		return GNTST_bad_copy_arg;
	}
	rc = side_prepare(&state->source, &op->source,
			  op->flags & GNTCOPY_source_gref, false);
	if (rc) {
		return rc;
	}
	rc = side_prepare(&state->dest, &op->dest,
			  op->flags & GNTCOPY_dest_gref, true);
	if (rc) {
		return rc;
	}
	from = (uint8_t *)page_to_virt(state->source.page) + op->source.offset;
	to = (uint8_t *)page_to_virt(state->dest.page) + op->dest.offset;
	memmove(to, from, op->len);
	return GNTST_okay;
}

void grant_copy(struct gnttab_copy *op, struct grant_copy_state *state)
{
	op->status = copy(op, state);
}

void grant_copy_end(struct grant_copy_state *state)
{
	side_release(&state->source);
	side_release(&state->dest);
}
