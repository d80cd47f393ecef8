/* SPDX-License-Identifier: BSD-2-Clause */
/* See blkfront.h. */
#include "front/blkfront.h"

#include "front/front.h"
#include "front/ring.h"

#include <xen/io/blkif.h>
#include <xen/io/protocols.h>

#include "rt/mm.h"
#include "rt/string.h"
#include "rt/time.h"
#include "rt/xenbus.h"

static struct front front;
static blkif_front_ring_t ring;
static uint64_t sectors;

int blkfront_open(unsigned int index)
{
	blkif_sring_t *shared;
	grant_ref_t ref;
	int ret = front_open(&front, "vbd", index);

	if (ret) {
		return ret;
	}
	shared = front_share(&front, &ref);
	SHARED_RING_INIT(shared);
	FRONT_RING_INIT(&ring, shared, PAGE_SIZE);
	xenbus_printf(front.path, "ring-ref", "%u", ref);
	xenbus_printf(front.path, "event-channel", "%u", front.port);
	xenbus_printf(front.path, "protocol", "%s", XEN_IO_PROTO_ABI_X86_64);
	ret = front_switch(&front, XenbusStateInitialised,
			   XenbusStateConnected);
	if (ret) {
		return ret;
	}
	sectors = (uint64_t)xenbus_read_number(front.back, "sectors");
	return front_switch(&front, XenbusStateConnected, 0);
}

uint64_t blkfront_sectors(void)
{
	return sectors;
}

static int submit(uint8_t operation, uint64_t sector, const void *page,
		  unsigned int count)
{
	blkif_request_t *req = RING_GET_REQUEST(&ring, ring.req_prod_pvt);
	uint64_t end = time_now() + FRONT_WAIT;
	grant_ref_t ref = 0;
	int16_t status;
	int notify;

	memset(req, 0, sizeof(*req));
	req->operation = operation;
	req->sector_number = sector;
	if (count) {
		ref = gnttab_grant(front.back_domid, mm_virt_to_mfn(page),
				   operation == BLKIF_OP_WRITE);
		req->nr_segments = 1;
		req->seg[0].gref = ref;
		req->seg[0].last_sect = (uint8_t)(count - 1);
	}
	ring.req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&ring, notify);
	if (notify) {
		front_notify(&front);
	}
	while (!RING_HAS_UNCONSUMED_RESPONSES(&ring)) {
		if (time_now() > end) {
			return -XEN_EBUSY;
		}
		front_wait(&front);
	}
	status = RING_GET_RESPONSE(&ring, ring.rsp_cons)->status;
	ring.rsp_cons++;
	ring.sring->rsp_event = ring.rsp_cons + 1;
	if (count && !gnttab_revoke(ref)) {
		return -XEN_EBUSY;
	}
	return status == BLKIF_RSP_OKAY		? 0
	       : status == BLKIF_RSP_EOPNOTSUPP ? -XEN_EOPNOTSUPP
						: -XEN_EIO;
}

int blkfront_read(uint64_t sector, void *page, unsigned int count)
{
	return submit(BLKIF_OP_READ, sector, page, count);
}

int blkfront_write(uint64_t sector, const void *page, unsigned int count)
{
	return submit(BLKIF_OP_WRITE, sector, page, count);
}

int blkfront_flush(void)
{
	return submit(BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, 0);
}

int blkfront_close(void)
{
	int ret = front_switch(&front, XenbusStateClosing, XenbusStateClosing);

	return ret ? ret
		   : front_switch(&front, XenbusStateClosed, XenbusStateClosed);
}
