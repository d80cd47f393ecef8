/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_JSON_H
#define HOSPES_DOM0_JSON_H
/*
 * JSON on a stream, over yajl. A key of NULL stands for an array's element.
 * Text that is not UTF-8 is written with each bad byte as U+FFFD, for names
 * come from guests and files.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <yajl/yajl_gen.h>

/* NULL when there is no memory; the rest then does nothing. */
yajl_gen json_open(void);
/* Prints the text and a newline, and frees. */
void json_close(yajl_gen gen, FILE *to);
void json_map(yajl_gen gen, const char *key);
void json_map_end(yajl_gen gen);
void json_array(yajl_gen gen, const char *key);
void json_array_end(yajl_gen gen);
void json_string(yajl_gen gen, const char *key, const char *value);
void json_number(yajl_gen gen, const char *key, uint64_t value);
void json_bool(yajl_gen gen, const char *key, bool value);
void json_real(yajl_gen gen, const char *key, double value);

#endif
