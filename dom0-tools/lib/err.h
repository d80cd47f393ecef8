/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_ERR_H
#define HOSPES_DOM0_ERR_H
/*
 * One error, told once: what was being done, why it failed, and where it
 * applies what was needed, what there was, and what to do about it.
 *
 * The function in which an error is born fills the caller's struct by
 * err_set() and returns the same -Exxx; every caller in between only returns
 * it. main() (or the daemon) prints it, as text or as JSON.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct hl_error {
	int code; /* -Exxx, 0 while there is none */
	char cause[400];
	char need[80];
	char have[80];
	char hint[240];
};

/* Forgets what was there; returns code, which is a -Exxx. */
int err_set(struct hl_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The same and appends ": <text of the errno>". */
int err_errno(struct hl_error *err, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void err_need(struct hl_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void err_have(struct hl_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void err_hint(struct hl_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* "prog: cause (need .., have ..)" and a hint line, to a stream. */
void err_print(const struct hl_error *err, const char *prog, FILE *to);
/* {"error": {"code": "ENOMEM", "cause": .., "need": ..}} and a newline. */
void err_print_json(const struct hl_error *err, FILE *to);

#endif
