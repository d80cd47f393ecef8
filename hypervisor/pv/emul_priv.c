/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Privileged instructions of a guest's kernel, which runs in ring 3: decoded by
 * a small decoder of just these, carried out on the virtual machine's state,
 * and skipped. Whatever is not listed is the guest's own fault and gets its
 * #GP.
 *
 * Also the forced form, which works without a fault: ud2a; "xen"; cpuid.
 */
#include "core/guest_access.h"
#include "cpu/xstate.h"
#include "lib/errno.h"
#include "pv/io_port.h"
#include "pv/mmuext.h"
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/percpu.h"

#define MAX_INSN 15

#define CR0_PE	  BIT(0)
#define CR0_MP	  BIT(1)
#define CR0_ET	  BIT(4)
#define CR0_NE	  BIT(5)
#define CR0_TS	  BIT(3)
#define CR0_WP	  BIT(16)
#define CR0_AM	  BIT(18)
#define CR0_PG	  BIT(31)
#define CR0_FIXED (CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG)

#define CR4_TSD	       BIT(2)
#define CR4_DE	       BIT(3)
#define CR4_PAE	       BIT(5)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_OSXSAVE    BIT(18)
#define CR4_GUEST      (CR4_TSD | CR4_DE | CR4_OSXSAVE)
#define CR4_SHOWN      (CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT)

#define DR7_GUEST_OFF 0xfc00UL /* GD would trap in ring 0; reserved bits */
#define DR7_FIXED     0x400UL

/* DR7: for each of four breakpoints two bits to enable it, and its kind. */
#define DR7_KIND(dr7, n) ((dr7) >> (16 + 4 * (n)) & 3)
#define DR7_KIND_IO	 2

struct insn {
	uint8_t bytes[MAX_INSN];
	unsigned int len, at;
	bool opsize16, rep, rex_w, rex_r, rex_b;
	bool again; /* interrupted: the guest executes it once more */
};

static uint8_t fetch(struct insn *i)
{
	return i->at < i->len ? i->bytes[i->at++] : 0;
}

/* Prefixes; leaves `at` at the opcode. */
static bool decode_prefixes(struct insn *i, uint64_t rip)
{
	i->len = (unsigned int)guest_copy_in_partial(i->bytes, rip, MAX_INSN);
	while (i->at < i->len) {
		switch (i->bytes[i->at]) {
		case 0x66:
			i->opsize16 = true;
			break;
		case 0xf2:
		case 0xf3:
			i->rep = true;
			break;
		case 0x26:
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x65:
		case 0x67:
		case 0xf0:
			break;
		default:
			if ((i->bytes[i->at] & 0xf0) == 0x40) {
				i->rex_w = i->bytes[i->at] & 8;
				i->rex_r = i->bytes[i->at] & 4;
				i->rex_b = i->bytes[i->at] & 1;
				i->at++;
			}
			return i->at < i->len;
		}
		i->at++;
	}
	return false;
}

static uint64_t *reg_ptr(struct cpu_user_regs *r, unsigned int n)
{
	uint64_t *const regs[16] = {
		&r->rax, &r->rcx, &r->rdx, &r->rbx, &r->rsp, &r->rbp,
		&r->rsi, &r->rdi, &r->r8,  &r->r9,  &r->r10, &r->r11,
		&r->r12, &r->r13, &r->r14, &r->r15,
	};

	return regs[n & 15];
}

/* mod 3 operand: reg field in *reg, rm in *rm. */
static bool decode_modrm(struct insn *i, unsigned int *reg, unsigned int *rm)
{
	uint8_t m = fetch(i);

	*reg = (m >> 3 & 7) | (i->rex_r ? 8 : 0);
	*rm = (m & 7) | (i->rex_b ? 8 : 0);
	return m >> 6 == 3;
}

static bool read_cr(struct vcpu *v, unsigned int cr, uint64_t *value)
{
	switch (cr) {
	case 0:
		*value = CR0_FIXED | (v->pv.cr0_ts ? CR0_TS : 0);
		return true;
	case 2:
		*value = v->info->arch.cr2;
		return true;
	case 3:
		*value = v->pv.guest_table.n << PAGE_SHIFT;
		return true;
	case 4:
		*value = (v->pv.cr4 & CR4_GUEST) | CR4_SHOWN;
		return true;
	}
	return false;
}

static void set_ts(struct vcpu *v, bool ts)
{
	v->pv.cr0_ts = ts;
	if (ts) {
		write_cr0(read_cr0() | CR0_TS);
	} else {
		clts();
	}
}

void pv_set_ts(struct vcpu *v, bool ts)
{
	set_ts(v, ts);
}

/* As MMUEXT_NEW_BASEPTR. */
static bool write_cr3_base(struct vcpu *v, uint64_t value, bool *again)
{
	int rc = pv_finish_pending(v);

	if (!rc) {
		rc = mmuext_set_kernel_base(v, mfn(value >> PAGE_SHIFT));
	}
	*again = rc == -ERESTART;
	return !rc || *again;
}

static bool write_cr(struct vcpu *v, unsigned int cr, uint64_t value,
		     bool *again)
{
	switch (cr) {
	case 0:
		/* Only TS is the guest's to change. */
		if ((value ^ CR0_FIXED) & ~CR0_TS) {
			return false;
		}
		set_ts(v, value & CR0_TS);
		return true;
	case 2:
		v->info->arch.cr2 = value;
		return true;
	case 3:
		return write_cr3_base(v, value, again);
	case 4:
		v->pv.cr4 = value & CR4_GUEST;
		write_cr4((read_cr4() & ~CR4_TSD) | (value & CR4_TSD));
		return true;
	}
	return false;
}

/* I/O breakpoints need the CPU's own CR4.DE, which is the hypervisor's: off. */
static bool dr7_ok(uint64_t dr7)
{
	for (unsigned int n = 0; n < 4; n++) {
		if (DR7_KIND(dr7, n) == DR7_KIND_IO) {
			return false;
		}
	}
	return !(dr7 >> 32);
}

int pv_set_debug_register(struct vcpu *v, unsigned int reg, uint64_t value)
{
	switch (reg) {
	case 0:
	case 1:
	case 2:
	case 3:
		if (!va_canonical(value) || va_is_hypervisor(value)) {
			return -EPERM;
		}
		v->pv.dr[reg] = value;
		break;
	case 4:
	case 6:
		if (value >> 32) {
			return -EPERM;
		}
		v->pv.dr[6] = (value & 0xe00f) | 0xffff0ff0;
		break;
	case 5:
	case 7:
		if (!dr7_ok(value)) {
			return -EPERM;
		}
		v->pv.dr[7] = (value & ~DR7_GUEST_OFF) | DR7_FIXED;
		break;
	default:
		return -ENODEV;
	}
	if (v == current) {
		write_dr0(v->pv.dr[0]);
		write_dr1(v->pv.dr[1]);
		write_dr2(v->pv.dr[2]);
		write_dr3(v->pv.dr[3]);
		if (v->pv.dr[6]) {
			write_dr6(v->pv.dr[6]);
		}
		write_dr7(v->pv.dr[7]);
	}
	return 0;
}

uint64_t pv_get_debug_register(struct vcpu *v, unsigned int reg)
{
	if (reg == 4 || reg == 5) {
		reg += 2;
	}
	if (reg == 6 && !v->pv.dr[6]) {
		return 0xffff0ff0;
	}
	if (reg == 7) {
		return v->pv.dr[7] | DR7_FIXED;
	}
	return v->pv.dr[reg & 7];
}

static bool emulate_0f(struct vcpu *v, struct cpu_user_regs *regs,
		       struct insn *i)
{
	unsigned int reg, rm;
	uint64_t value;
	uint8_t op = fetch(i);

	switch (op) {
	case 0x06: /* clts */
		set_ts(v, false);
		return true;
	case 0x08: /* invd: contents of caches are never the guest's to drop */
	case 0x09: /* wbinvd */
		wbinvd();
		return true;
	case 0x01:
		if (fetch(i) != 0xd1 || regs->ecx ||
		    !(v->pv.cr4 & CR4_OSXSAVE)) {
			return false;
		}
		value = (uint64_t)regs->edx << 32 | regs->eax; /* xsetbv */
		if (!xstate_xcr0_ok(value)) {
			return false;
		}
		v->pv.xcr0 = value;
		xsetbv(0, value);
		return true;
	case 0x20: /* mov cr, reg */
		return decode_modrm(i, &reg, &rm) &&
		       read_cr(v, reg, reg_ptr(regs, rm));
	case 0x21:
		if (!decode_modrm(i, &reg, &rm) || reg > 7) {
			return false;
		}
		*reg_ptr(regs, rm) = pv_get_debug_register(v, reg);
		return true;
	case 0x22:
		return decode_modrm(i, &reg, &rm) &&
		       write_cr(v, reg, *reg_ptr(regs, rm), &i->again);
	case 0x23:
		return decode_modrm(i, &reg, &rm) &&
		       !pv_set_debug_register(v, reg, *reg_ptr(regs, rm));
	case 0x30: /* wrmsr */
		value = (uint64_t)regs->edx << 32 | regs->eax;
		return pv_wrmsr(v, regs->ecx, value);
	case 0x32: /* rdmsr */
		if (!pv_rdmsr(v, regs->ecx, &value)) {
			return false;
		}
		regs->rax = (uint32_t)value;
		regs->rdx = value >> 32;
		return true;
	case 0x31: /* rdtsc, when CR4.TSD says so */
		value = rdtsc();
		regs->rax = (uint32_t)value;
		regs->rdx = value >> 32;
		return true;
	}
	return false;
}

static bool iopl_ok(const struct vcpu *v)
{
	return v->pv.iopl >= (guest_kernel_mode(v) ? 1 : 3);
}

static bool emulate_port(struct vcpu *v, struct cpu_user_regs *regs,
			 struct insn *i, uint8_t op)
{
	struct port_access a = {
		.bytes = !(op & 1)     ? 1
			 : i->opsize16 ? 2
				       : 4,
		.port = op & 8 ? (uint16_t)regs->rdx : fetch(i),
		.write = op & 2,
	};

	if (!iopl_ok(v) && !port_bitmap_allows(v, &a)) {
		return false;
	}
	a.value = regs->rax;
	if (!port_access(v, &a)) {
		return false;
	}
	if (!a.write) {
		regs->rax =
			a.bytes == 4 ? (uint32_t)a.value
			: a.bytes == 2
				? (regs->rax & ~0xffffUL) | (uint16_t)a.value
				: (regs->rax & ~0xffUL) | (uint8_t)a.value;
	}
	return true;
}

/* One element of ins or outs; the loop is the guest's: with rep, RIP stays
 * until RCX is 0. */
static bool emulate_string(struct vcpu *v, struct cpu_user_regs *regs,
			   struct insn *i, uint8_t op, uint64_t *next_rip)
{
	struct port_access a = {
		.bytes = !(op & 1)     ? 1
			 : i->opsize16 ? 2
				       : 4,
		.port = (uint16_t)regs->rdx,
		.write = op & 2,
	};
	int64_t step =
		regs->rflags & RFLAGS_DF ? -(int64_t)a.bytes : (int64_t)a.bytes;

	if (i->rep && !regs->rcx) {
		return true;
	}
	if (!iopl_ok(v) && !port_bitmap_allows(v, &a)) {
		return false;
	}
	if (a.write && guest_copy_in(&a.value, regs->rsi, a.bytes)) {
		return false;
	}
	if (!port_access(v, &a)) {
		return false;
	}
	if (!a.write && guest_copy_out(regs->rdi, &a.value, a.bytes)) {
		return false;
	}
	*(a.write ? &regs->rsi : &regs->rdi) += (uint64_t)step;
	if (i->rep && --regs->rcx) {
		*next_rip = regs->rip;
	}
	return true;
}

static bool emulate_one(struct vcpu *v, struct cpu_user_regs *regs,
			struct insn *i, uint64_t *next_rip)
{
	uint8_t op = fetch(i);

	switch (op) {
	case 0x6c ... 0x6f:
		if (!emulate_string(v, regs, i, op, next_rip)) {
			return false;
		}
		return true;
	case 0xe4 ... 0xe7:
	case 0xec ... 0xef:
		return emulate_port(v, regs, i, op);
	case 0xfa: /* cli */
	case 0xfb: /* sti */
		if (!iopl_ok(v)) {
			return false;
		}
		v->info->evtchn_upcall_mask = op == 0xfa;
		return true;
	case 0x0f:
		/* rdtsc may be any ring's, the rest is the kernel's. */
		if (!guest_kernel_mode(v) &&
		    (i->at >= i->len || i->bytes[i->at] != 0x31 ||
		     v->pv.cr4 & CR4_TSD)) {
			return false;
		}
		return emulate_0f(v, regs, i);
	}
	return false;
}

bool pv_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct insn i = { .len = 0 };
	uint64_t next = 0;

	if (!decode_prefixes(&i, regs->rip) ||
	    !emulate_one(v, regs, &i, &next) || i.at > i.len) {
		return false;
	}
	if (i.again) {
		return true;
	}
	regs->rip = next ? next : regs->rip + i.at;
	regs->rflags &= ~RFLAGS_RF;
	return true;
}

bool pv_emulate_forced(struct vcpu *v, struct cpu_user_regs *regs)
{
	static const uint8_t prefix[7] = {
		0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2
	};
	uint8_t bytes[sizeof(prefix)];
	struct cpuid_regs r;

	if (guest_copy_in(bytes, regs->rip, sizeof(bytes))) {
		return false;
	}
	for (unsigned int n = 0; n < sizeof(prefix); n++) {
		if (bytes[n] != prefix[n]) {
			return false;
		}
	}
	pv_cpuid(v, regs->eax, regs->ecx, &r);
	regs->rax = r.eax;
	regs->rbx = r.ebx;
	regs->rcx = r.ecx;
	regs->rdx = r.edx;
	regs->rip += sizeof(prefix);
	return true;
}
