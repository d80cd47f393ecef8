/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk: one request of at most a page at a time, waited for. Sectors are of
 * 512 bytes, as the protocol counts them.
 */
#ifndef FRONT_BLKFRONT_H
#define FRONT_BLKFRONT_H

#include "rt/types.h"

int blkfront_open(unsigned int index);
uint64_t blkfront_sectors(void);
/* count sectors (1 to 8) between the disk and a page; 0 or -Exxx. */
int blkfront_read(uint64_t sector, void *page, unsigned int count);
int blkfront_write(uint64_t sector, const void *page, unsigned int count);
int blkfront_flush(void);
int blkfront_close(void);

#endif
