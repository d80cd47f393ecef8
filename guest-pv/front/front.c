/* SPDX-License-Identifier: BSD-2-Clause */
/* See front.h. */
#include "front/front.h"

#include <xen/sched.h>

#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/mm.h"
#include "rt/string.h"
#include "rt/time.h"
#include "rt/xenbus.h"

int front_open(struct front *f, const char *kind, unsigned int index)
{
	char dir[48], name[24], node[80];
	long domid;
	int ret;

	snprintf(dir, sizeof(dir), "device/%s", kind);
	ret = xenbus_list(dir, index, name, sizeof(name));
	if (ret < 0) {
		return ret;
	}
	snprintf(f->path, sizeof(f->path), "%s/%s", dir, name);
	snprintf(node, sizeof(node), "%s/backend", f->path);
	ret = xenbus_read(node, f->back, sizeof(f->back));
	domid = xenbus_read_number(f->path, "backend-id");
	if (ret < 0 || domid < 0) {
		return ret < 0 ? ret : (int)domid;
	}
	f->back_domid = (unsigned int)domid;
	ret = evtchn_alloc_unbound(DOMID_SELF, f->back_domid);
	if (ret < 0) {
		return ret;
	}
	f->port = (evtchn_port_t)ret;
	ret = xenbus_wait_state(f->back, XenbusStateInitWait, FRONT_WAIT);
	return ret < 0 ? ret : 0;
}

void *front_share(struct front *f, grant_ref_t *ref)
{
	void *page = mm_page_alloc();

	*ref = gnttab_grant(f->back_domid, mm_virt_to_mfn(page), false);
	return page;
}

int front_switch(struct front *f, int state, int back_state)
{
	int ret = xenbus_printf(f->path, "state", "%d", state);

	if (!ret && back_state) {
		ret = xenbus_wait_state(f->back, back_state, FRONT_WAIT);
	}
	return ret < 0 ? ret : 0;
}

void front_notify(struct front *f)
{
	evtchn_send(f->port);
}

void front_wait(struct front *f)
{
	evtchn_port_t port = f->port;
	struct sched_poll op = { .nr_ports = 1,
				 .timeout = time_now() + 50 * MS };

	set_xen_guest_handle(op.ports, &port);
	hypercall_sched_op(SCHEDOP_poll, &op);
	evtchn_clear(port);
}
