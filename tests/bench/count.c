// SPDX-License-Identifier: BSD-2-Clause
/*
 * A plugin of QEMU's emulator that counts executed instructions and notes the
 * count and the wall clock when a mark goes by. A mark is either
 *
 *   - the eight-byte no-operation 0f 1f 84 00 <id> <'HS'>, which any code may
 *     execute in any ring under any hypervisor (see bench.c), or
 *   - the first execution of an address given as an argument.
 *
 * Arguments: out=FILE, count=on|off, at=ADDRESS:ID. Each mark is a line
 * "ID INSTRUCTIONS NANOSECONDS" in FILE. Without counting the emulator runs at
 * its full speed, and the wall clock means something. The count is one
 * variable, so it is right for one virtual CPU only.
 *
 * The declarations below are the part of QEMU 7.2's plugin interface that is
 * used; Debian 12 does not package its header.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void (*tb_callback)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*insn_callback)(unsigned int vcpu, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(
	const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_callback callback);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    insn_callback callback, int flags,
					    void *data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
						int op, void *counter,
						uint64_t add);
int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);

extern int qemu_plugin_version;
int qemu_plugin_version = 1;

#define ADDRESSES_MAX 8

struct address {
	uint64_t vaddr;
	unsigned int id;
	bool seen;
};

static struct address addresses[ADDRESSES_MAX];
static unsigned int address_count;
static uint64_t instructions;
static bool counting;
static FILE *out;

static void note(unsigned int id)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(out, "%u %llu %llu\n", id, (unsigned long long)instructions,
		(unsigned long long)now.tv_sec * 1000000000ull +
			(unsigned long long)now.tv_nsec);
	fflush(out);
}

static void mark_executed(unsigned int vcpu, void *data)
{
	(void)vcpu;
	note((unsigned int)(uintptr_t)data);
}

static void address_executed(unsigned int vcpu, void *data)
{
	struct address *address = data;

	(void)vcpu;
	if (!address->seen) {
		address->seen = true;
		note(address->id);
	}
}

static void look_for_mark(struct qemu_plugin_insn *insn)
{
	const uint8_t *bytes = qemu_plugin_insn_data(insn);
	unsigned int id;

	if (qemu_plugin_insn_size(insn) != 8 ||
	    memcmp(bytes, "\x0f\x1f\x84\x00", 4) != 0 ||
	    memcmp(bytes + 6, "HS", 2) != 0) {
		return;
	}
	id = bytes[4] | (unsigned int)bytes[5] << 8;
	qemu_plugin_register_vcpu_insn_exec_cb(insn, mark_executed, 0,
					       (void *)(uintptr_t)id);
}

static void look_for_address(struct qemu_plugin_insn *insn)
{
	unsigned int i;

	for (i = 0; i < address_count; i++) {
		if (qemu_plugin_insn_vaddr(insn) == addresses[i].vaddr) {
			qemu_plugin_register_vcpu_insn_exec_cb(
				insn, address_executed, 0, &addresses[i]);
		}
	}
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	size_t i;

	(void)id;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		if (counting) {
			qemu_plugin_register_vcpu_insn_exec_inline(
				insn, 0, &instructions, 1);
		}
		look_for_mark(insn);
		look_for_address(insn);
	}
}

static bool add_address(const char *text)
{
	char *end;

	if (address_count == ADDRESSES_MAX) {
		return false;
	}
	addresses[address_count].vaddr = strtoull(text, &end, 0);
	if (*end != ':') {
		return false;
	}
	addresses[address_count].id = (unsigned int)strtoul(end + 1, NULL, 0);
	address_count++;
	return true;
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "out=", 4) == 0) {
			out = fopen(argv[i] + 4, "w");
		} else if (strcmp(argv[i], "count=on") == 0) {
			counting = true;
		} else if (strcmp(argv[i], "count=off") == 0) {
			counting = false;
		} else if (strncmp(argv[i], "at=", 3) != 0 ||
			   !add_address(argv[i] + 3)) {
			fprintf(stderr, "count: what is %s?\n", argv[i]);
			return -1;
		}
	}
	if (!out) {
		fprintf(stderr, "count: out=FILE is missing\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
