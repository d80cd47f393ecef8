/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See xenbus.h. The ring's indexes are shared with the daemon: what it says is
 * only ever used modulo the ring's size, and a message longer than a payload
 * may be is the end of the guest.
 */
#include "rt/xenbus.h"

#include <xen/event_channel.h>
#include <xen/io/xs_wire.h>
#include <xen/sched.h>

#include "rt/evtchn.h"
#include "rt/hypercall.h"
#include "rt/insn.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/time.h"

static struct xenstore_domain_interface *ring;
static uint32_t next_id;
static unsigned long watch_events;
static char payload[XENSTORE_PAYLOAD_MAX + 1];

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EINVAL", XEN_EINVAL }, { "EACCES", XEN_EACCES },
	{ "EEXIST", XEN_EEXIST }, { "EISDIR", XEN_EISDIR },
	{ "ENOENT", XEN_ENOENT }, { "ENOMEM", XEN_ENOMEM },
	{ "ENOSPC", XEN_ENOSPC }, { "EIO", XEN_EIO },
	{ "EAGAIN", XEN_EAGAIN }, { "ENOSYS", XEN_ENOSYS },
};

int xenbus_init(void)
{
	if (rt_is_dom0() || !start_info->store_mfn) {
		return -XEN_ENODEV;
	}
	ring = mm_mfn_to_virt(start_info->store_mfn);
	return 0;
}

static void ring_wait(void)
{
	evtchn_port_t port = start_info->store_evtchn;
	struct sched_poll op = { .nr_ports = 1,
				 .timeout = time_now() + 100 * MS };

	set_xen_guest_handle(op.ports, &port);
	evtchn_clear(port);
	hypercall_sched_op(SCHEDOP_poll, &op);
}

static void ring_put(const void *data, size_t n)
{
	const char *p = data;
	uint32_t prod = ring->req_prod;

	while (n--) {
		while (prod - *(volatile uint32_t *)&ring->req_cons >=
		       XENSTORE_RING_SIZE) {
			evtchn_send(start_info->store_evtchn);
			hypercall_sched_op(SCHEDOP_yield, NULL);
		}
		ring->req[MASK_XENSTORE_IDX(prod)] = *p++;
		barrier();
		ring->req_prod = ++prod;
	}
}

static void ring_get(void *data, size_t n)
{
	uint32_t cons = ring->rsp_cons;
	char *p = data;

	while (n--) {
		while (*(volatile uint32_t *)&ring->rsp_prod == cons) {
			ring_wait();
		}
		barrier();
		*p++ = ring->rsp[MASK_XENSTORE_IDX(cons)];
		barrier();
		ring->rsp_cons = ++cons;
	}
	evtchn_send(start_info->store_evtchn);
}

static int reply_error(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		if (!strcmp(payload, errors[i].name)) {
			return -errors[i].error;
		}
	}
	return -XEN_EIO;
}

/* path and value make one payload; the reply's length, it is in payload. */
static int request(uint32_t type, const char *path, const char *value)
{
	size_t path_len = strlen(path) + 1;
	size_t value_len = value ? strlen(value) : 0;
	struct xsd_sockmsg msg = { .type = type,
				   .req_id = ++next_id,
				   .len = (uint32_t)(path_len + value_len) };

	if (!ring) {
		return -XEN_ENODEV;
	}
	if (msg.len > XENSTORE_PAYLOAD_MAX) {
		return -XEN_E2BIG;
	}
	ring_put(&msg, sizeof(msg));
	ring_put(path, path_len);
	ring_put(value, value_len);
	evtchn_send(start_info->store_evtchn);
	for (;;) {
		ring_get(&msg, sizeof(msg));
		if (msg.len > XENSTORE_PAYLOAD_MAX) {
			rt_panic("xenstore sent %u bytes\n", msg.len);
		}
		ring_get(payload, msg.len);
		payload[msg.len] = '\0';
		if (msg.type == XS_WATCH_EVENT) {
			watch_events++;
		} else if (msg.req_id == next_id) {
			break;
		}
	}
	return msg.type == XS_ERROR ? reply_error() : (int)msg.len;
}

int xenbus_read(const char *path, char *buf, size_t size)
{
	int len = request(XS_READ, path, NULL);

	if (len >= 0) {
		snprintf(buf, size, "%s", payload);
	}
	return len;
}

int xenbus_list(const char *path, unsigned int index, char *buf, size_t size)
{
	int len = request(XS_DIRECTORY, path, NULL);
	int at = 0;

	for (; len >= 0 && index; index--) {
		at += (int)strlen(payload + at) + 1;
		if (at >= len) {
			break;
		}
	}
	if (len < 0 || at >= len) {
		return len < 0 ? len : -XEN_ENOENT;
	}
	return snprintf(buf, size, "%s", payload + at);
}

int xenbus_write(const char *path, const char *value)
{
	int len = request(XS_WRITE, path, value);

	return len < 0 ? len : 0;
}

int xenbus_printf(const char *dir, const char *node, const char *fmt, ...)
{
	char path[128], value[128];
	va_list ap;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	return xenbus_write(path, value);
}

long xenbus_read_number(const char *dir, const char *node)
{
	char path[128], value[32];
	int ret;

	snprintf(path, sizeof(path), "%s/%s", dir, node);
	ret = xenbus_read(path, value, sizeof(value));
	return ret < 0 ? ret : (long)strtoul10(value);
}

int xenbus_wait_state(const char *dir, int state, uint64_t ns)
{
	uint64_t end = time_now() + ns;
	long now;

	do {
		now = xenbus_read_number(dir, "state");
		if (now >= state) {
			return (int)now;
		}
		hypercall_sched_op(SCHEDOP_poll,
				   &(struct sched_poll){ .timeout = time_now() +
								    20 * MS });
	} while (time_now() < end);
	return now < 0 ? (int)now : -XEN_EAGAIN;
}

unsigned long xenbus_watch_events(void)
{
	return watch_events;
}
