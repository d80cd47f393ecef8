/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kinds of address, each its own type in every build, so that a machine frame
 * cannot be taken for a guest's pseudo-physical one by accident.
 *
 *   mfn    machine frame number          maddr  machine (physical) byte address
 *   gfn    what a guest calls a frame    guest_ptr  a virtual address that the
 *                                        guest gave us; never dereferenced,
 *                                        only handed to the copy functions
 *
 * For a PV guest gfn and mfn are the same number; the conversion is still
 * written out.
 */
#ifndef HOSPES_X86_ADDR_H
#define HOSPES_X86_ADDR_H

#include "lib/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

/* Bytes of physical address that the architecture can ever show (SDM 3A 4.1.4:
 * MAXPHYADDR is at most 52). */
#define PADDR_BITS 52
#define PADDR_MASK ((1UL << PADDR_BITS) - 1)

typedef struct {
	uint64_t n;
} mfn_t;

typedef struct {
	uint64_t n;
} gfn_t;

typedef struct {
	uint64_t a;
} maddr_t;

typedef struct {
	uint64_t a;
} guest_ptr_t;

#define INVALID_MFN ((mfn_t){ ~0UL })

static inline mfn_t mfn(uint64_t n)
{
	return (mfn_t){ n };
}

static inline bool mfn_equal(mfn_t a, mfn_t b)
{
	return a.n == b.n;
}

static inline gfn_t gfn(uint64_t n)
{
	return (gfn_t){ n };
}

static inline maddr_t maddr(uint64_t a)
{
	return (maddr_t){ a };
}

static inline maddr_t mfn_to_maddr(mfn_t m)
{
	return maddr(m.n << PAGE_SHIFT);
}

static inline mfn_t maddr_to_mfn(maddr_t m)
{
	return mfn(m.a >> PAGE_SHIFT);
}

static inline guest_ptr_t guest_ptr(uint64_t a)
{
	return (guest_ptr_t){ a };
}

/* The i-th byte from p; may wrap, the copy functions refuse what does. */
static inline guest_ptr_t guest_ptr_add(guest_ptr_t p, uint64_t i)
{
	return guest_ptr(p.a + i);
}

static inline bool guest_ptr_is_null(guest_ptr_t p)
{
	return !p.a;
}

#endif
