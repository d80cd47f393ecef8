// SPDX-License-Identifier: BSD-2-Clause
/*
 * The hypervisor through libxencall, libxenevtchn, libxengnttab and
 * libxenforeignmemory. The state of a domain is asked by a raw domctl with
 * the interface version of the headers; a hypervisor of another version
 * answers -EACCES, which the caller sees as an error, not as a dead domain.
 */
#include "xenstore/daemon/xen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xencall.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>

#include <xen/domctl.h>
#include <xen/grant_table.h>
#include <xen/xen.h>

#include "xenstore/daemon/log.h"

/* The ioctl of /dev/xen/xenbus_backend that tells the port of the store. */
#define BACKEND_EVTCHN _IO('B', 0)
#define PAGE_BYTES     4096u

static xencall_handle *call;
static xenevtchn_handle *evtchn;
static xengnttab_handle *gnttab;
static xenforeignmemory_handle *foreign;
static struct xen_domctl *domctl;
static int domain_port = -1;
/* Rings that came from a grant are unmapped through gnttab. */
#define MAX_GRANT_RINGS 0x8000u
static const void *grant_ring[MAX_GRANT_RINGS];

static int failed(const char *what)
{
	int err = errno ? errno : EIO;

	log_error("cannot open %s: %s", what, strerror(err));
	xen_close();
	return -err;
}

static int open_events(int events, int port)
{
	evtchn = events >= 0 ? xenevtchn_fdopen(NULL, events, 0)
			     : xenevtchn_open(NULL, 0);
	if (!evtchn) {
		return failed("the event channel device (xen/evtchn)");
	}
	if (fcntl(xenevtchn_fd(evtchn), F_SETFL, O_RDWR | O_NONBLOCK)) {
		return failed("the event channel device without waiting");
	}
	domain_port =
		events >= 0 ? port : xenevtchn_bind_virq(evtchn, VIRQ_DOM_EXC);
	return domain_port < 0 ? failed("VIRQ_DOM_EXC") : 0;
}

int xen_open(int events, int port)
{
	int rc;

	call = xencall_open(NULL, 0);
	if (!call) {
		return failed("the hypercall device (xen/privcmd)");
	}
	domctl = xencall_alloc_buffer(call, sizeof(*domctl));
	if (!domctl) {
		return failed("a hypercall buffer");
	}
	rc = open_events(events, port);
	if (rc) {
		return rc;
	}
	foreign = xenforeignmemory_open(NULL, 0);
	if (!foreign) {
		return failed("foreign memory (xen/privcmd)");
	}
	/* Without it rings are mapped by frame number alone. */
	gnttab = xengnttab_open(NULL, 0);
	if (!gnttab) {
		log_warn("no grant device (xen/gntdev): %s", strerror(errno));
	}
	return 0;
}

void xen_close(void)
{
	if (domctl) {
		xencall_free_buffer(call, domctl);
	}
	if (call) {
		(void)xencall_close(call);
	}
	if (evtchn) {
		(void)xenevtchn_close(evtchn);
	}
	if (gnttab) {
		(void)xengnttab_close(gnttab);
	}
	if (foreign) {
		(void)xenforeignmemory_close(foreign);
	}
	domctl = NULL;
	call = NULL;
	evtchn = NULL;
	gnttab = NULL;
	foreign = NULL;
	domain_port = -1;
}

int xen_event_fd(void)
{
	return evtchn ? xenevtchn_fd(evtchn) : -1;
}

int xen_domain_port(void)
{
	return domain_port;
}

int xen_next_event(void)
{
	xenevtchn_port_or_error_t port =
		evtchn ? xenevtchn_pending(evtchn) : -1;

	return port < 0 ? -EAGAIN : port;
}

void xen_event_done(int port)
{
	(void)xenevtchn_unmask(evtchn, (evtchn_port_t)port);
}

/* The page that is all of a file; closes it. */
static int map_file(int fd, struct xenstore_domain_interface **ring)
{
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);
	int err = errno;

	(void)close(fd);
	if (page == MAP_FAILED) {
		return -err;
	}
	*ring = page;
	return 0;
}

static int map_backend_device(struct xenstore_domain_interface **ring,
			      uint32_t *port)
{
	int fd = open("/dev/xen/xenbus_backend", O_RDWR | O_CLOEXEC);
	int n;

	if (fd < 0) {
		return -errno;
	}
	n = ioctl(fd, BACKEND_EVTCHN);
	if (n < 0) {
		n = -errno;
		(void)close(fd);
		return n;
	}
	*port = (uint32_t)n;
	return map_file(fd, ring);
}

static int map_xenfs(struct xenstore_domain_interface **ring, uint32_t *port)
{
	FILE *f = fopen("/proc/xen/xsd_port", "re");
	unsigned int n = 0;
	int fd;

	if (!f) {
		return -errno;
	}
	if (fscanf(f, "%u", &n) != 1) {
		n = 0;
	}
	(void)fclose(f);
	if (n == 0) {
		return -EIO;
	}
	fd = open("/proc/xen/xsd_kva", O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	*port = n;
	return map_file(fd, ring);
}

int xen_map_own_ring(struct xenstore_domain_interface **ring, uint32_t *port)
{
	int rc = map_backend_device(ring, port);

	if (rc) {
		log_info("xenbus_backend: %s; trying /proc/xen", strerror(-rc));
		rc = map_xenfs(ring, port);
	}
	if (rc) {
		log_error("no page of the kernel's xenbus: %s", strerror(-rc));
	}
	return rc;
}

void xen_unmap_own_ring(struct xenstore_domain_interface *ring)
{
	(void)munmap(ring, PAGE_BYTES);
}

int xen_map_ring(unsigned int domid, unsigned long mfn,
		 struct xenstore_domain_interface **ring)
{
	xen_pfn_t pfn = mfn;
	int err = 0;

	if (!foreign || domid >= MAX_GRANT_RINGS) {
		return -EIO;
	}
	if (gnttab) {
		*ring = xengnttab_map_grant_ref(gnttab, domid,
						GNTTAB_RESERVED_XENSTORE,
						PROT_READ | PROT_WRITE);
		if (*ring) {
			grant_ring[domid] = *ring;
			return 0;
		}
		log_info("domain %u: no xenstore grant, mapping frame %#lx",
			 domid, mfn);
	}
	*ring = xenforeignmemory_map(foreign, domid, PROT_READ | PROT_WRITE, 1,
				     &pfn, &err);
	if (!*ring) {
		return errno ? -errno : -EIO;
	}
	return 0;
}

void xen_unmap_ring(struct xenstore_domain_interface *ring)
{
	for (unsigned int i = 0; i < MAX_GRANT_RINGS; i++) {
		if (grant_ring[i] == ring) {
			grant_ring[i] = NULL;
			(void)xengnttab_unmap(gnttab, ring, 1);
			return;
		}
	}
	(void)xenforeignmemory_unmap(foreign, ring, 1);
}

int xen_bind(unsigned int domid, uint32_t remote_port)
{
	xenevtchn_port_or_error_t port;

	if (!evtchn) {
		return -EIO;
	}
	port = xenevtchn_bind_interdomain(evtchn, domid, remote_port);
	if (port < 0) {
		return errno ? -errno : -EIO;
	}
	return port;
}

void xen_unbind(int port)
{
	(void)xenevtchn_unbind(evtchn, (evtchn_port_t)port);
}

void xen_notify(int port)
{
	(void)xenevtchn_notify(evtchn, (evtchn_port_t)port);
}

int xen_domain_state(unsigned int domid, struct xen_domain_state *out)
{
	const struct xen_domctl_getdomaininfo *info;

	if (!call) {
		return -EIO;
	}
	memset(domctl, 0, sizeof(*domctl));
	memset(out, 0, sizeof(*out));
	domctl->cmd = XEN_DOMCTL_getdomaininfo;
	domctl->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	domctl->domain = (domid_t)domid;
	if (xencall1(call, __HYPERVISOR_domctl, (uint64_t)(uintptr_t)domctl)) {
		return errno == ESRCH ? 0 : -errno;
	}
	info = &domctl->u.getdomaininfo;
	/* The answer may be about the next domain that exists. */
	out->exists = info->domain == domid;
	if (out->exists) {
		out->dying = info->flags & XEN_DOMINF_dying;
		out->shutdown = info->flags & XEN_DOMINF_shutdown;
	}
	return 0;
}
