/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See clock.h. The TSC is timed over 20 ms against the ACPI PM timer
 * (3.579545 MHz, 24 or 32 bits; ACPI 4.8.3.3), or PIT channel 2 without one. An
 * interruption (SMI, or a host that runs somebody else) between the two reads
 * of a pair would make the result wrong by its length: see clock_stamp().
 */
#include "cpu/clock.h"

#include "debug/printk.h"
#include "x86/insn.h"

#define PM_HZ		3579545
#define PIT_HZ		1193182
#define CALIBRATE_MS	20
#define CALIBRATE_TRIES 8
#define STAMP_TRIES	5

struct clock_scale clock_tsc_scale;
uint64_t clock_tsc_khz;
uint64_t clock_boot_tsc;

static uint64_t wall_sec;
static uint32_t wall_nsec;

static uint64_t scale_ticks(uint64_t ticks, struct clock_scale s)
{
	if (s.shift < 0) {
		ticks >>= -s.shift;
	} else {
		ticks <<= s.shift;
	}
	return (uint64_t)((unsigned __int128)ticks * s.mul >> 32);
}

int64_t clock_tsc_to_ns(uint64_t tsc)
{
	return (int64_t)scale_ticks(tsc - clock_boot_tsc, clock_tsc_scale);
}

int64_t clock_now(void)
{
	if (!clock_tsc_khz) {
		return 0;
	}
	return clock_tsc_to_ns(rdtsc_ordered());
}

uint64_t clock_ns_to_tsc(int64_t ns)
{
	uint64_t ms = (uint64_t)ns / 1000000, rest = (uint64_t)ns % 1000000;

	return clock_boot_tsc + ms * clock_tsc_khz +
	       rest * clock_tsc_khz / 1000000;
}

/* mul and shift so that 2^31 <= mul < 2^32: the most precise pair. */
static struct clock_scale scale_for(uint64_t khz)
{
	struct clock_scale s = { .shift = 0 };
	uint64_t tps = khz * 1000;

	while (tps > 2000000000) {
		tps >>= 1;
		s.shift--;
	}
	while (tps <= 1000000000) {
		tps <<= 1;
		s.shift++;
	}
	s.mul = (uint32_t)((1000000000UL << 32) / tps);
	return s;
}

struct clock_stamp clock_stamp(uint32_t (*read)(unsigned int), unsigned int arg)
{
	struct clock_stamp best = { .window = UINT64_MAX };

	for (int i = 0; i < STAMP_TRIES; i++) {
		uint64_t before = rdtsc_ordered();
		uint32_t count = read(arg);
		uint64_t window = rdtsc_ordered() - before;

		if (window < best.window) {
			best = (struct clock_stamp){ before + window / 2,
						     window, count };
		}
	}
	return best;
}

static uint32_t pm_read(unsigned int port)
{
	return inl((uint16_t)port);
}

/* Channel 2 counts down from 0xffff: set going here, read by latching it. */
static void pit_start(void)
{
	outb(0x61, (inb(0x61) & ~0x02) | 0x01); /* gate on, speaker off */
	outb(0x43, 0xb0);			/* both bytes, mode 0 */
	outb(0x42, 0xff);
	outb(0x42, 0xff);
}

static uint32_t pit_read(unsigned int unused)
{
	uint32_t low;

	(void)unused;
	outb(0x43, 0x80);
	low = inb(0x42);
	return 0xffff - (low | (uint32_t)inb(0x42) << 8);
}

static uint64_t calibrate_once(uint16_t pm_port)
{
	uint32_t (*read)(unsigned int) = pm_port ? pm_read : pit_read;
	uint32_t hz = pm_port ? PM_HZ : PIT_HZ, ticks;
	struct clock_stamp start, now;

	if (!pm_port) {
		pit_start();
	}
	start = clock_stamp(read, pm_port);
	do {
		now = clock_stamp(read, pm_port);
		ticks = (now.count - start.count) &
			(pm_port ? 0xffffff : 0xffff);
	} while (ticks < hz / 1000 * CALIBRATE_MS);
	return (now.tsc - start.tsc) * hz / ticks / 1000;
}

/* Until two in a row agree: a counter may have wrapped unseen. */
static uint64_t calibrate(uint16_t pm_port)
{
	uint64_t last, khz = calibrate_once(pm_port);

	for (int i = 0; i < CALIBRATE_TRIES; i++) {
		last = khz;
		khz = calibrate_once(pm_port);
		if (max(khz, last) - min(khz, last) <= khz / 5000) {
			return (khz + last) / 2;
		}
	}
	log_warn("TSC: its calibration does not settle\n");
	return khz;
}

static unsigned int cmos_read(unsigned int reg)
{
	outb(0x70, (uint8_t)reg);
	return inb(0x71);
}

static unsigned int from_bcd(unsigned int v, bool binary)
{
	return binary ? v : (v & 0xf) + (v >> 4) * 10;
}

/* Days since 1970-01-01 of a Gregorian date (civil calendar, from March). */
static uint64_t days_from_date(unsigned int y, unsigned int m, unsigned int d)
{
	unsigned int era_year = m <= 2 ? y - 1 : y;
	unsigned int month = m <= 2 ? m + 9 : m - 3;

	return 365UL * era_year + era_year / 4 - era_year / 100 +
	       era_year / 400 + (153 * month + 2) / 5 + d - 1 - 719468;
}

static uint64_t cmos_seconds(void)
{
	unsigned int s, mi, h, d, mo, y, again;
	bool bin;

	do { /* the same twice, with no update under way */
		while (cmos_read(0x0a) & 0x80) {
			cpu_relax();
		}
		s = cmos_read(0);
		mi = cmos_read(2);
		h = cmos_read(4);
		d = cmos_read(7);
		mo = cmos_read(8);
		y = cmos_read(9);
		again = cmos_read(0);
	} while (s != again);
	bin = cmos_read(0x0b) & 0x04;
	return days_from_date(2000 + from_bcd(y, bin), from_bcd(mo, bin),
			      from_bcd(d, bin)) *
		       86400 +
	       from_bcd(h & 0x7f, bin) * 3600UL + from_bcd(mi, bin) * 60UL +
	       from_bcd(s, bin);
}

void clock_wall_base(uint64_t *sec, uint32_t *nsec)
{
	*sec = wall_sec;
	*nsec = wall_nsec;
}

void clock_set_wall_base(uint64_t sec, uint32_t nsec)
{
	wall_sec = sec;
	wall_nsec = nsec;
}

void clock_delay_us(unsigned int us)
{
	uint64_t start = rdtsc_ordered();

	while (rdtsc_ordered() - start < us * clock_tsc_khz / 1000) {
		cpu_relax();
	}
}

void clock_init(uint16_t pm_port)
{
	clock_tsc_khz = calibrate(pm_port);
	clock_tsc_scale = scale_for(clock_tsc_khz);
	clock_boot_tsc = 0;
	wall_sec = cmos_seconds() - (uint64_t)clock_now() / 1000000000;
	log_info("TSC: %lu.%03lu MHz by %s\n", clock_tsc_khz / 1000,
		 clock_tsc_khz % 1000, pm_port ? "PM timer" : "PIT");
}
