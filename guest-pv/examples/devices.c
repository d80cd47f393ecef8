/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that uses what its config gives it: writes and reads back its first
 * disk, and pings the address of `ping=` from that of `addr=` on the first
 * network interface. Ends with a result line, as the tests do.
 *
 *	extra = "addr=10.77.0.50 ping=10.77.0.1"
 */
#include "front/blkfront.h"
#include "front/netfront.h"
#include "rt/console.h"
#include "rt/gnttab.h"
#include "rt/mm.h"
#include "rt/rt.h"
#include "rt/string.h"
#include "rt/test.h"
#include "rt/time.h"
#include "rt/xenbus.h"

const char test_title[] = "devices";

static void disk(void)
{
	uint32_t *page = mm_page_alloc(), *back = mm_page_alloc();
	uint64_t sector, step, n = 0;
	unsigned int i;
	int ret = blkfront_open(0);

	if (ret == -XEN_ENOENT) {
		test_note("no disk");
		return;
	}
	TEST_EQ(ret, 0);
	TEST_CHECK(blkfront_sectors() >= 8);
	step = blkfront_sectors() / 64 / 8 * 8 + 8;
	for (sector = 0; !ret && sector + 8 <= blkfront_sectors();
	     sector += step) {
		for (i = 0; i < PAGE_SIZE / 4; i++) {
			page[i] = (uint32_t)sector * 2654435761u + i;
		}
		ret = blkfront_write(sector, page, 8);
		n++;
	}
	TEST_EQ(ret, 0);
	ret = blkfront_flush();
	TEST_CHECK(!ret || ret == -XEN_EOPNOTSUPP);
	for (ret = 0, sector = 0; !ret && sector + 8 <= blkfront_sectors();
	     sector += step) {
		ret = blkfront_read(sector, back, 8);
		for (i = 0; i < PAGE_SIZE / 4 && !ret; i++) {
			ret = back[i] != (uint32_t)sector * 2654435761u + i;
		}
	}
	TEST_EQ(ret, 0);
	/* Beyond the end: an error, and the disk goes on working. */
	TEST_CHECK(blkfront_read(blkfront_sectors(), back, 8) < 0);
	TEST_EQ(blkfront_read(0, back, 8), 0);
	TEST_EQ(blkfront_close(), 0);
	test_note("disk of %lu sectors, %lu pages written and read back",
		  blkfront_sectors(), n);
}

static bool address(const char *key, uint8_t out[4])
{
	const char *p = strstr((char *)start_info->cmd_line, key);
	unsigned int i;

	if (!p) {
		return false;
	}
	p += strlen(key);
	for (i = 0; i < 4; i++) {
		out[i] = (uint8_t)strtoul10(p);
		while (*p >= '0' && *p <= '9') {
			p++;
		}
		p += *p == '.';
	}
	return true;
}

static uint16_t checksum(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < n; i += 2) {
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

static void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void ethernet(uint8_t *f, const uint8_t *to, uint16_t type)
{
	memcpy(f, to, 6);
	memcpy(f + 6, netfront_mac(), 6);
	put16(f + 12, type);
}

/* Who has dst? The answer's MAC. */
static bool arp(const uint8_t *src, const uint8_t *dst, uint8_t *mac)
{
	static const uint8_t head[8] = { 0, 1, 8, 0, 6, 4, 0, 1 };
	static const uint8_t all[6] = { 255, 255, 255, 255, 255, 255 };
	uint8_t f[60], in[2048];
	unsigned int try;

	memset(f, 0, sizeof(f));
	ethernet(f, all, 0x806);
	memcpy(f + 14, head, 8);
	memcpy(f + 22, netfront_mac(), 6);
	memcpy(f + 28, src, 4);
	memcpy(f + 38, dst, 4);
	for (try = 0; try < 40; try++) {
		int len;

		if (try % 8 == 0) {
			netfront_send(f, sizeof(f));
		}
		len = netfront_receive(in, sizeof(in), 250 * MS);
		if (len >= 42 && in[12] == 8 && in[13] == 6 && in[21] == 2 &&
		    !memcmp(in + 28, dst, 4)) {
			memcpy(mac, in + 22, 6);
			return true;
		}
	}
	return false;
}

static bool ping(const uint8_t *src, const uint8_t *dst, const uint8_t *mac,
		 uint16_t seq)
{
	uint8_t f[14 + 20 + 8 + 56], in[2048];
	unsigned int try;

	memset(f, 0, sizeof(f));
	ethernet(f, mac, 0x800);
	f[14] = 0x45;
	put16(f + 16, sizeof(f) - 14);
	f[22] = 64;
	f[23] = 1;
	memcpy(f + 26, src, 4);
	memcpy(f + 30, dst, 4);
	put16(f + 24, checksum(f + 14, 20));
	f[34] = 8;
	put16(f + 38, 0x4850);
	put16(f + 40, seq);
	put16(f + 36, checksum(f + 34, sizeof(f) - 34));
	if (netfront_send(f, sizeof(f))) {
		return false;
	}
	for (try = 0; try < 20; try++) {
		int len = netfront_receive(in, sizeof(in), 250 * MS);

		if (len >= (int)sizeof(f) && in[23] == 1 && in[34] == 0 &&
		    !memcmp(in + 26, dst, 4) && !memcmp(in + 38, f + 38, 4)) {
			return true;
		}
	}
	return false;
}

static void network(void)
{
	uint8_t src[4], dst[4], mac[6];
	unsigned int i, answered = 0;
	int ret;

	if (!address("addr=", src) || !address("ping=", dst)) {
		test_note("no addr= and ping= on the command line");
		return;
	}
	ret = netfront_open(0);
	if (ret == -XEN_ENOENT) {
		test_note("no network interface");
		return;
	}
	TEST_EQ(ret, 0);
	if (!TEST_CHECK(arp(src, dst, mac))) {
		return;
	}
	for (i = 0; i < 10; i++) {
		answered += ping(src, dst, mac, (uint16_t)i);
	}
	TEST_EQ(answered, 10);
	test_note("10 pings answered");
}

void test_main(void)
{
	TEST_EQ(xenbus_init(), 0);
	TEST_EQ(gnttab_init(1), 0);
	disk();
	network();
}
