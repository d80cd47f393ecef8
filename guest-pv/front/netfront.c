/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See netfront.h. One transmit buffer, used once the last frame is gone; a
 * fixed set of receive buffers, each posted again when it was read. All stay
 * granted.
 */
#include "front/netfront.h"

#include "front/front.h"
#include "front/ring.h"

#include <xen/io/netif.h>

#include "rt/mm.h"
#include "rt/string.h"
#include "rt/time.h"
#include "rt/xenbus.h"

#define RX_BUFFERS 64

static struct front front;
static netif_tx_front_ring_t tx;
static netif_rx_front_ring_t rx;
static char *tx_page, *rx_page[RX_BUFFERS];
static grant_ref_t tx_ref, rx_ref[RX_BUFFERS];
static uint8_t mac[6];

static uint8_t hex(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static void mac_read(void)
{
	char node[80], text[24] = "";
	unsigned int i;

	snprintf(node, sizeof(node), "%s/mac", front.path);
	if (xenbus_read(node, text, sizeof(text)) < 17) {
		return;
	}
	for (i = 0; i < 6; i++) {
		mac[i] =
			(uint8_t)(hex(text[i * 3]) << 4 | hex(text[i * 3 + 1]));
	}
}

static void rx_post(unsigned int id)
{
	netif_rx_request_t *req = RING_GET_REQUEST(&rx, rx.req_prod_pvt);

	req->id = (uint16_t)id;
	req->gref = rx_ref[id];
	rx.req_prod_pvt++;
}

static void rx_push(void)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&rx, notify);
	if (notify) {
		front_notify(&front);
	}
}

int netfront_open(unsigned int index)
{
	netif_tx_sring_t *tx_shared;
	netif_rx_sring_t *rx_shared;
	grant_ref_t tx_ring, rx_ring;
	unsigned int i;
	int ret = front_open(&front, "vif", index);

	if (ret) {
		return ret;
	}
	mac_read();
	tx_shared = front_share(&front, &tx_ring);
	SHARED_RING_INIT(tx_shared);
	FRONT_RING_INIT(&tx, tx_shared, PAGE_SIZE);
	rx_shared = front_share(&front, &rx_ring);
	SHARED_RING_INIT(rx_shared);
	FRONT_RING_INIT(&rx, rx_shared, PAGE_SIZE);
	tx_page = front_share(&front, &tx_ref);
	for (i = 0; i < RX_BUFFERS; i++) {
		rx_page[i] = front_share(&front, &rx_ref[i]);
		rx_post(i);
	}
	xenbus_printf(front.path, "tx-ring-ref", "%u", tx_ring);
	xenbus_printf(front.path, "rx-ring-ref", "%u", rx_ring);
	xenbus_printf(front.path, "event-channel", "%u", front.port);
	xenbus_printf(front.path, "request-rx-copy", "1");
	xenbus_printf(front.path, "feature-rx-notify", "1");
	xenbus_printf(front.path, "feature-no-csum-offload", "1");
	ret = front_switch(&front, XenbusStateConnected, XenbusStateConnected);
	rx_push();
	return ret;
}

const uint8_t *netfront_mac(void)
{
	return mac;
}

int netfront_send(const void *frame, size_t len)
{
	netif_tx_request_t *req = RING_GET_REQUEST(&tx, tx.req_prod_pvt);
	uint64_t end = time_now() + FRONT_WAIT;
	int16_t status;
	int notify;

	if (len > PAGE_SIZE) {
		return -XEN_E2BIG;
	}
	memcpy(tx_page, frame, len);
	*req = (netif_tx_request_t){ .gref = tx_ref, .size = (uint16_t)len };
	tx.req_prod_pvt++;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&tx, notify);
	if (notify) {
		front_notify(&front);
	}
	while (!RING_HAS_UNCONSUMED_RESPONSES(&tx)) {
		if (time_now() > end) {
			return -XEN_EBUSY;
		}
		front_wait(&front);
	}
	status = RING_GET_RESPONSE(&tx, tx.rsp_cons)->status;
	tx.rsp_cons++;
	tx.sring->rsp_event = tx.rsp_cons + 1;
	return status == NETIF_RSP_OKAY ? 0 : -XEN_EIO;
}

int netfront_receive(void *frame, size_t size, uint64_t ns)
{
	uint64_t end = time_now() + ns;
	netif_rx_response_t rsp;
	int len;

	while (!RING_HAS_UNCONSUMED_RESPONSES(&rx)) {
		if (time_now() > end) {
			return -XEN_EAGAIN;
		}
		front_wait(&front);
	}
	rsp = *RING_GET_RESPONSE(&rx, rx.rsp_cons);
	rx.rsp_cons++;
	rx.sring->rsp_event = rx.rsp_cons + 1;
	/* What the back end says is not to be believed. */
	if (rsp.id >= RX_BUFFERS) {
		return -XEN_EIO;
	}
	len = rsp.status;
	if (len > 0 && (size_t)len <= size && rsp.offset + len <= PAGE_SIZE) {
		memcpy(frame, rx_page[rsp.id] + rsp.offset, (size_t)len);
	} else {
		len = -XEN_EIO;
	}
	rx_post(rsp.id);
	rx_push();
	return len;
}
