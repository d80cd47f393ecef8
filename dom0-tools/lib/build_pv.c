/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PV builder.
 *
 * Every frame that is to be written is mapped at once, in one range, the files
 * are read straight into it, and it is unmapped again before the page tables
 * are pinned: the hypervisor refuses a page table that somebody can still
 * write.
 *
 * Nothing here undoes anything: whoever created the domain destroys it when
 * the build fails.
 */
#include "dom0-tools/lib/build_pv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/grant_table.h>
#include <xen/memory.h>

#include "dom0-tools/lib/image.h"
#include "dom0-tools/lib/memory.h"
#include "dom0-tools/lib/pv_layout.h"

#define RFLAGS_INTERRUPTS 0x200ul

struct build {
	struct tools *tools;
	struct control *ctl;
	const struct build_pv_input *in;
	struct pv_layout layout;
	uint64_t *p2m;
	uint8_t *memory; /* guest frames [first, layout.end) */
	uint64_t first;
	struct hl_error *err;
};

static void *build_frame(struct build *b, uint64_t frame)
{
	return b->memory + ((frame - b->first) << CONTROL_PAGE_SHIFT);
}

static uint64_t *build_table_page(void *ctx, uint64_t frame)
{
	return build_frame(ctx, frame);
}

static int build_layout(struct build *b)
{
	const struct image *image = b->in->image;
	struct pv_layout_input in = {
		.virt_base = image->virt_base,
		.virt_end = image->virt_end,
		.init_p2m = image->notes.init_p2m,
		.module_bytes = b->in->module_bytes,
		.module_by_frame = image->notes.mod_start_pfn != 0 &&
				   image->notes.mod_start_pfn != IMAGE_NO_ADDR,
		.nr_pages = b->in->nr_pages,
	};
	int rc = pv_layout_compute(&in, &b->layout);

	/* Nothing is written below the kernel. */
	b->first = (image->virt_start - image->virt_base) >> CONTROL_PAGE_SHIFT;
	if (rc == -ENOMEM) {
		err_set(b->err, rc,
			"the guest's memory cannot hold its kernel, "
			"module and page tables");
		err_need(b->err, "%lu KiB", b->layout.end * 4);
		err_have(b->err, "%lu KiB", b->in->nr_pages * 4);
		err_hint(b->err, "raise memory= in the config");
	} else if (rc) {
		err_set(b->err, rc,
			"the kernel's addresses (virt_base %#lx, "
			"end %#lx, p2m %#lx) contradict each other",
			in.virt_base, in.virt_end, in.init_p2m);
	}
	return rc;
}

static int build_populate(struct build *b)
{
	int rc = memory_populate(b->ctl, b->in->domid, b->in->nr_pages, b->p2m);

	if (rc) {
		return err_errno(b->err, rc, "populating %lu pages of memory",
				 b->in->nr_pages);
	}
	tools_phase(b->tools, "memory populated");
	b->memory = memory_map(b->ctl, b->in->domid, b->p2m + b->first,
			       b->layout.end - b->first);
	if (!b->memory) {
		return err_errno(b->err, -errno,
				 "mapping %lu pages of the new domain",
				 b->layout.end - b->first);
	}
	tools_phase(b->tools, "memory mapped");
	return 0;
}

static int build_load_module(struct build *b)
{
	uint8_t *to = build_frame(b, b->layout.module.frame);
	size_t done = 0;

	while (done < b->in->module_bytes) {
		ssize_t got = pread(b->in->module_fd, to + done,
				    b->in->module_bytes - done, (off_t)done);

		if (got <= 0) {
			return err_errno(b->err, got < 0 ? -errno : -EIO,
					 "reading the ramdisk");
		}
		done += (size_t)got;
	}
	return 0;
}

static int build_load(struct build *b)
{
	const struct image *image = b->in->image;
	uint64_t start = b->first << CONTROL_PAGE_SHIFT;
	uint64_t limit = b->layout.end << CONTROL_PAGE_SHIFT;
	uint32_t i;
	int rc;

	for (i = 0; i < image->segment_count; i++) {
		const struct image_segment *s = &image->segment[i];
		uint8_t *to = b->memory + (s->gpaddr - start);

		if (s->gpaddr < start || s->gpaddr > limit ||
		    s->memsz > limit - s->gpaddr || s->filesz > s->memsz) {
			return err_set(b->err, -EINVAL,
				       "kernel segment %u lies outside the "
				       "kernel",
				       i);
		}
		rc = image_read_segment(image, i, to);
		if (rc) {
			return err_errno(b->err, rc, "reading the kernel");
		}
		memset(to + s->filesz, 0, s->memsz - s->filesz);
	}
	return build_load_module(b);
}

static void build_start_info(struct build *b)
{
	const struct pv_layout *l = &b->layout;
	const struct image_notes *notes = &b->in->image->notes;
	struct start_info *si = build_frame(b, l->start_info);

	memset(si, 0, CONTROL_PAGE_SIZE);
	memset(build_frame(b, l->store), 0, CONTROL_PAGE_SIZE);
	memset(build_frame(b, l->console), 0, CONTROL_PAGE_SIZE);
	memset(build_frame(b, l->stack), 0, CONTROL_PAGE_SIZE);
	strcpy(si->magic, "xen-3.0-x86_64");
	si->nr_pages = b->in->nr_pages;
	si->shared_info = b->in->shared_info_frame << CONTROL_PAGE_SHIFT;
	si->flags = b->in->flags;
	si->store_mfn = b->p2m[l->store];
	si->store_evtchn = b->in->store_port;
	si->console.domU.mfn = b->p2m[l->console];
	si->console.domU.evtchn = b->in->console_port;
	si->pt_base = pv_layout_va(l, l->tables.frame);
	si->nr_pt_frames = l->tables.count;
	si->mfn_list = l->p2m_va;
	if (notes->init_p2m != IMAGE_NO_ADDR) {
		si->first_p2m_pfn = l->p2m.frame;
		si->nr_p2m_frames = l->p2m.count;
	}
	if (b->in->module_bytes) {
		bool by_frame = notes->mod_start_pfn &&
				notes->mod_start_pfn != IMAGE_NO_ADDR;

		si->mod_start = by_frame ? l->module.frame
					 : pv_layout_va(l, l->module.frame);
		si->mod_len = b->in->module_bytes;
		si->flags |= by_frame ? SIF_MOD_START_PFN : 0;
	}
	if (b->in->cmdline) {
		strncpy((char *)si->cmd_line, b->in->cmdline,
			MAX_GUEST_CMDLINE - 1);
	}
}

/*
 * Grants 0 and 1 let dom0's console daemon and store map the rings, before
 * the guest has set up its grant table itself.
 */
static int build_grants(struct build *b)
{
	xenforeignmemory_handle *foreign = control_foreign(b->ctl);
	xenforeignmemory_resource_handle *resource;
	void *frame = NULL;
	grant_entry_v1_t *entry;

	resource = xenforeignmemory_map_resource(
		foreign, (domid_t)b->in->domid, XENMEM_resource_grant_table,
		XENMEM_resource_grant_table_id_shared, 0, 1, &frame,
		PROT_READ | PROT_WRITE, 0);
	if (!resource) {
		return err_errno(b->err, -errno,
				 "mapping the new domain's grant table");
	}
	entry = frame;
	entry[GNTTAB_RESERVED_CONSOLE].domid = 0;
	entry[GNTTAB_RESERVED_CONSOLE].frame =
		(uint32_t)b->p2m[b->layout.console];
	entry[GNTTAB_RESERVED_XENSTORE].domid = 0;
	entry[GNTTAB_RESERVED_XENSTORE].frame =
		(uint32_t)b->p2m[b->layout.store];
	__atomic_thread_fence(__ATOMIC_RELEASE);
	entry[GNTTAB_RESERVED_CONSOLE].flags = GTF_permit_access;
	entry[GNTTAB_RESERVED_XENSTORE].flags = GTF_permit_access;
	xenforeignmemory_unmap_resource(foreign, resource);
	return 0;
}

/* Events are masked until the guest asks for them. */
static int build_shared_info(struct build *b)
{
	shared_info_t *shared =
		memory_map(b->ctl, b->in->domid, &b->in->shared_info_frame, 1);
	unsigned int i;

	if (!shared) {
		return err_errno(b->err, -errno,
				 "mapping the new domain's shared info page");
	}
	memset(shared, 0, CONTROL_PAGE_SIZE);
	for (i = 0; i < XEN_LEGACY_MAX_VCPUS; i++) {
		shared->vcpu_info[i].evtchn_upcall_mask = 1;
	}
	memory_unmap(b->ctl, shared, 1);
	return 0;
}

/* The hypercall page, when the kernel has one. */
static int build_hypercall_page(struct build *b)
{
	const struct image *image = b->in->image;
	uint64_t va = image->notes.hypercall_page, frame;
	int rc;

	if (va == IMAGE_NO_ADDR) {
		return 0;
	}
	frame = (va - image->virt_base) >> CONTROL_PAGE_SHIFT;
	if (va < image->virt_start || frame >= b->layout.end) {
		return err_set(b->err, -EINVAL,
			       "the kernel's hypercall page %#lx lies outside "
			       "the kernel",
			       va);
	}
	rc = control_domain_hypercall_page(b->ctl, b->in->domid, b->p2m[frame]);
	return rc ? err_errno(b->err, rc, "filling the hypercall page") : 0;
}

static int build_vcpu(struct build *b)
{
	const struct pv_layout *l = &b->layout;
	struct vcpu_guest_context context;
	uint64_t root = b->p2m[l->tables.frame];
	int rc =
		control_mmuext(b->ctl, b->in->domid, MMUEXT_PIN_L4_TABLE, root);

	if (rc) {
		return err_errno(b->err, rc, "pinning the page tables");
	}
	memset(&context, 0, sizeof(context));
	context.flags = VGCF_IN_KERNEL | VGCF_online;
	context.user_regs.rip = b->in->image->entry;
	context.user_regs.rsp = pv_layout_va(l, l->stack + 1);
	context.user_regs.rsi = pv_layout_va(l, l->start_info);
	context.user_regs.rflags = RFLAGS_INTERRUPTS;
	context.user_regs.cs = FLAT_KERNEL_CS64;
	context.user_regs.ss = FLAT_KERNEL_SS64;
	context.user_regs.ds = FLAT_KERNEL_DS64;
	context.user_regs.es = FLAT_KERNEL_DS64;
	context.user_regs.fs = FLAT_KERNEL_DS64;
	context.user_regs.gs = FLAT_KERNEL_DS64;
	context.kernel_ss = context.user_regs.ss;
	context.kernel_sp = context.user_regs.rsp;
	context.ctrlreg[3] = xen_pfn_to_cr3(root);
	rc = control_vcpu_set_context(b->ctl, b->in->domid, 0, &context);
	return rc ? err_errno(b->err, rc, "setting the first registers") : 0;
}

static int build_contents(struct build *b)
{
	int rc = build_load(b);

	if (rc) {
		return rc;
	}
	build_start_info(b);
	memcpy(build_frame(b, b->layout.p2m.frame), b->p2m,
	       b->in->nr_pages * sizeof(*b->p2m));
	pv_layout_write_tables(&b->layout, b->p2m, build_table_page, b);
	return 0;
}

static int build_steps(struct build *b)
{
	int rc = build_layout(b);

	if (!rc) {
		rc = build_populate(b);
	}
	if (!rc) {
		rc = build_contents(b);
	}
	tools_phase(b->tools, "contents written");
	memory_unmap(b->ctl, b->memory, b->layout.end - b->first);
	tools_phase(b->tools, "memory unmapped");
	if (!rc) {
		rc = build_grants(b);
	}
	if (!rc) {
		rc = build_shared_info(b);
	}
	if (!rc) {
		rc = build_hypercall_page(b);
	}
	if (!rc) {
		rc = build_vcpu(b);
	}
	return rc;
}

int build_pv(struct tools *tools, const struct build_pv_input *in,
	     struct build_pv_result *result, struct hl_error *err)
{
	struct build b = {
		.tools = tools, .ctl = tools->ctl, .in = in, .err = err
	};
	int rc;

	b.p2m = calloc(in->nr_pages, sizeof(*b.p2m));
	if (!b.p2m) {
		return err_errno(err, -ENOMEM, "the p2m list");
	}
	rc = build_steps(&b);
	if (!rc) {
		result->console_mfn = b.p2m[b.layout.console];
		result->store_mfn = b.p2m[b.layout.store];
	}
	pv_layout_free(&b.layout);
	free(b.p2m);
	return rc;
}
