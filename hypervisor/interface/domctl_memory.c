/* SPDX-License-Identifier: BSD-2-Clause */
/* Domctls about a domain's memory and how it is used. */
#include "core/domain.h"
#include "interface/control.h"
#include "interface/guest_copy.h"
#include "interface/hypercall.h"
#include "lib/errno.h"
#include "mm/ftype.h"
#include "pv/context_abi.h"

/* Frames per call, as in Xen. */
#define MAX_FRAMES_PER_CALL 1024

int domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
	/* PV: the guest's frame numbers are machine frames. */
	mfn_t m = mfn(op->u.hypercall_init.gmfn);
	struct page_info *page;

	if (!mfn_valid(m)) {
		return -EACCES;
	}
	page = mfn_to_page(m);
	if (!page_get_writable(page, d)) {
		return -EACCES;
	}
	pv_hypercall_page_write(page_to_virt(page));
	page_put_writable(page);
	return 0;
}

static uint32_t frame_info(struct domain *d, uint64_t frame)
{
	struct page_info *page;
	uint64_t type;
	uint32_t info;

	if (!mfn_valid(mfn(frame))) {
		return XEN_DOMCTL_PFINFO_XTAB;
	}
	page = mfn_to_page(mfn(frame));
	if (!page_get(page, d)) {
		return XEN_DOMCTL_PFINFO_XTAB;
	}
	type = page_type(page);
	info = pgt_level(type) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
	if (type & PGT_PINNED) {
		info |= XEN_DOMCTL_PFINFO_LPINTAB;
	}
	page_put(page);
	return info;
}

int domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getpageframeinfo3 *a = &op->u.getpageframeinfo3;
	guest_ptr_t array = guest_handle_ptr(a->array);

	if (a->num > MAX_FRAMES_PER_CALL) {
		return -E2BIG;
	}
	for (uint64_t i = 0; i < a->num; i++) {
		xen_pfn_t frame;

		if (copy_from_guest_at(&frame, array, i, sizeof(frame))) {
			return -EFAULT;
		}
		frame = frame_info(d, frame);
		if (copy_to_guest_at(array, i, &frame, sizeof(frame))) {
			return -EFAULT;
		}
	}
	return 0;
}

int domctl_set_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	/* No 32-bit PV. */
	return op->u.address_size.size == 64 ? 0 : -EOPNOTSUPP;
}

int domctl_get_address_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	op->u.address_size.size = 64;
	return 0;
}

/* There is no shadow paging, nor its memory, nor yet a log of dirty frames. */
int domctl_shadow_op(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_shadow_op *a = &op->u.shadow_op;

	(void)d;
	switch (a->op) {
	case XEN_DOMCTL_SHADOW_OP_OFF:
		return 0;
	case XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION:
		a->mb = 0;
		return 0;
	case XEN_DOMCTL_SHADOW_OP_SET_ALLOCATION:
		return a->mb ? -EOPNOTSUPP : 0;
	default:
		return -EOPNOTSUPP;
	}
}

int domctl_set_paging_mempool_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	return op->u.paging_mempool.size ? -EOPNOTSUPP : 0;
}

int domctl_get_paging_mempool_size(struct domain *d, struct xen_domctl *op)
{
	(void)d;
	(void)op;
	return -EOPNOTSUPP;
}
