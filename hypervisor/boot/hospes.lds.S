/* SPDX-License-Identifier: BSD-2-Clause */
/* One loadable image: headers and text, read-only data, data, zeroed data. */
#include "x86/layout.h"

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(start32)

SECTIONS
{
	. = IMAGE_VIRT + IMAGE_PHYS;
	image_start = .;
	.text : {
		*(.boot.header)
		*(.boot.text)
		*(.text .text.*)
	}
	. = ALIGN(4096);
	image_text_end = .;
	.rodata : {
		*(.rodata .rodata.*)
		*(.data.rel.ro .data.rel.ro.*)
		. = ALIGN(8);
		ex_table_start = .;
		*(.ex_table)
		ex_table_end = .;
		*(.symbols)
	}
	. = ALIGN(4096);
	image_rodata_end = .;
	.data : {
		*(.boot.data)
		*(.data .data.*)
		*(.got .got.*)
		/* In the file, too: loaders read this much. */
		. = ALIGN(4096);
	}
	image_data_end = .;
	.bss : {
		*(.bss.page)
		. = ALIGN(64);
		percpu_start = .;
		*(.bss.percpu)
		. = ALIGN(64);
		percpu_end = .;
		*(.bss .bss.*)
		*(COMMON)
	}
	. = ALIGN(4096);
	image_end = .;
	/DISCARD/ : {
		*(.comment) *(.note*) *(.eh_frame*) *(.interp) *(.dynamic)
		*(.dynsym) *(.dynstr) *(.hash) *(.gnu.hash)
	}
}
