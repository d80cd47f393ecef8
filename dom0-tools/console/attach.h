/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_CONSOLE_ATTACH_H
#define HOSPES_CONSOLE_ATTACH_H
/*
 * Standing at a guest's console: `hl console`, `hl create -c`.
 *
 * The daemon replays the last screenful to whoever opens the terminal, so
 * there is no hurry between starting a guest and attaching.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xs_handle;

#define CONSOLE_ESCAPE	0x1d /* Ctrl-] */
#define CONSOLE_WAIT_MS 10000

struct console_options {
	int wait_ms; /* for the terminal to appear; 0: CONSOLE_WAIT_MS */
	unsigned char escape; /* 0: CONSOLE_ESCAPE */
	bool quiet;	      /* no words about attaching and detaching */
};

enum console_end {
	CONSOLE_DETACHED, /* the escape byte */
	CONSOLE_GONE,	  /* the domain ended, or its terminal did */
};

/*
 * Joins stdin and stdout with the console until the escape byte comes or the
 * domain ends; stdin at its end only stops input. stdin is raw meanwhile, if
 * it is a terminal, and as before afterwards. options may be NULL.
 *
 * 0 and *end, or -Exxx and a line in err: -ESRCH no such domain, -ETIMEDOUT
 * no terminal came (the daemon does not run?), -EINVAL the store names
 * something that is no terminal.
 */
int console_attach(struct xs_handle *xs, uint32_t domid,
		   const struct console_options *options, enum console_end *end,
		   char *err, size_t err_len);

#endif
