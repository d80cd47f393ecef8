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
#include "pv/decode.h"
#include "pv/io_port.h"
#include "pv/mmuext.h"
#include "pv/pv.h"
#include "x86/insn.h"
#include "x86/percpu.h"

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

void pv_set_ts(struct vcpu *v, bool ts)
{
	v->pv.cr0_ts = ts;
	if (ts) {
		write_cr0(read_cr0() | CR0_TS);
	} else {
		clts();
	}
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
		pv_set_ts(v, value & CR0_TS);
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
		       struct insn *i, bool *again)
{
	uint64_t value;
	uint8_t op, suffix;

	if (!insn_byte(i, &op)) {
		return false;
	}
	/* rdtsc may be any ring's, the rest is the kernel's. */
	if (!guest_kernel_mode(v) && (op != 0x31 || v->pv.cr4 & CR4_TSD)) {
		return false;
	}
	switch (op) {
	case 0x06: /* clts */
		pv_set_ts(v, false);
		return true;
	case 0x08: /* invd: contents of caches are never the guest's to drop */
	case 0x09: /* wbinvd */
		wbinvd();
		return true;
	case 0x01:
		if (!insn_byte(i, &suffix) || suffix != 0xd1 || regs->ecx ||
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
		return insn_modrm_register(i) &&
		       read_cr(v, i->reg, insn_gpr(regs, i->rm));
	case 0x21:
		if (!insn_modrm_register(i) || i->reg > 7) {
			return false;
		}
		*insn_gpr(regs, i->rm) = pv_get_debug_register(v, i->reg);
		return true;
	case 0x22:
		return insn_modrm_register(i) &&
		       write_cr(v, i->reg, *insn_gpr(regs, i->rm), again);
	case 0x23:
		return insn_modrm_register(i) &&
		       !pv_set_debug_register(v, i->reg,
					      *insn_gpr(regs, i->rm));
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

/* An access by `op` of the in and out family: its bit 0 is clear for bytes, its
 * bit 1 set to write. */
static struct port_access port_of(const struct insn *i, uint8_t op,
				  uint16_t port)
{
	return (struct port_access){
		.bytes = !(op & 1)     ? 1
			 : i->opsize16 ? 2
				       : 4,
		.port = port,
		.write = op & 2,
	};
}

static bool port_may(struct vcpu *v, const struct port_access *a)
{
	return iopl_ok(v) || port_bitmap_allows(v, a);
}

static bool emulate_port(struct vcpu *v, struct cpu_user_regs *regs,
			 const struct insn *i, uint8_t op, uint16_t port)
{
	struct port_access a = port_of(i, op, port);

	a.value = regs->rax;
	if (!port_may(v, &a) || !port_access(v, &a)) {
		return false;
	}
	if (!a.write) {
		uint64_t mask = BIT(a.bytes * 8) - 1;
		uint64_t kept = a.bytes == 4 ? 0 : regs->rax & ~mask;

		regs->rax = kept | (a.value & mask);
	}
	return true;
}

/* One element of ins or outs; the loop is the guest's: with rep, RIP stays
 * until RCX is 0. */
static bool emulate_string(struct vcpu *v, struct cpu_user_regs *regs,
			   const struct insn *i, uint8_t op, bool *again)
{
	struct port_access a = port_of(i, op, (uint16_t)regs->rdx);
	int64_t step =
		regs->rflags & RFLAGS_DF ? -(int64_t)a.bytes : (int64_t)a.bytes;

	if (i->rep && !regs->rcx) {
		return true;
	}
	if (!port_may(v, &a) ||
	    (a.write && guest_copy_in(&a.value, regs->rsi, a.bytes)) ||
	    !port_access(v, &a) ||
	    (!a.write && guest_copy_out(regs->rdi, &a.value, a.bytes))) {
		return false;
	}
	*(a.write ? &regs->rsi : &regs->rdi) += (uint64_t)step;
	*again = i->rep && --regs->rcx;
	return true;
}

static bool emulate_one(struct vcpu *v, struct cpu_user_regs *regs,
			struct insn *i, bool *again)
{
	uint8_t op, port;

	if (!insn_opcode(i, &op)) {
		return false;
	}
	switch (op) {
	case 0x6c ... 0x6f:
		return emulate_string(v, regs, i, op, again);
	case 0xe4 ... 0xe7:
		return insn_byte(i, &port) &&
		       emulate_port(v, regs, i, op, port);
	case 0xec ... 0xef:
		return emulate_port(v, regs, i, op, (uint16_t)regs->rdx);
	case 0xfa: /* cli */
	case 0xfb: /* sti */
		if (!iopl_ok(v)) {
			return false;
		}
		v->info->evtchn_upcall_mask = op == 0xfa;
		return true;
	case 0x0f:
		return emulate_0f(v, regs, i, again);
	}
	return false;
}

bool pv_emulate_privileged(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct insn i = { .len = 0 };
	bool again = false; /* the guest executes it once more */

	i.len = (unsigned int)guest_copy_in_partial(i.bytes, regs->rip,
						    INSN_MAX);
	if (!emulate_one(v, regs, &i, &again)) {
		return false;
	}
	if (!again) {
		regs->rip += i.at;
		regs->rflags &= ~RFLAGS_RF;
	}
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
