/* SPDX-License-Identifier: BSD-2-Clause */
/* A network interface: frames in and out, each within one page. */
#ifndef FRONT_NETFRONT_H
#define FRONT_NETFRONT_H

#include "rt/types.h"

int netfront_open(unsigned int index);
const uint8_t *netfront_mac(void);
/* 0 when the back end took it, else -Exxx. */
int netfront_send(const void *frame, size_t len);
/* The next frame's length, or -Exxx when none came in that time. */
int netfront_receive(void *frame, size_t size, uint64_t ns);

#endif
