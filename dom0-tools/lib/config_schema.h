/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CONFIG_SCHEMA_H
#define HOSPES_DOM0_CONFIG_SCHEMA_H
/*
 * From a tree of settings to struct hl_config. Called by config.c only;
 * config_schema_keys() is also for documentation tests and completion.
 */
#include <stddef.h>
#include <stdint.h>

#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_tree.h"

struct schema_ctx;

struct schema_key {
	const char *key;
	int (*set)(struct schema_ctx *ctx);
	size_t field; /* offset in struct hl_config, for plain types */
	int64_t min;
	int64_t max;
	const char *help; /* NULL: known, not served */
};

/* Ended by a row whose key is NULL. */
const struct schema_key *config_schema_keys(void);

void config_schema_defaults(struct hl_config *config);
/* Sets what the tree says: 0, -EINVAL after telling all of it, -ENOMEM. */
int config_schema_apply(struct config_tree *tree, struct hl_config *config);
/* Defaults that follow from other keys, and what must fit together. */
int config_schema_finish(struct config_tree *tree, const char *file,
			 struct hl_config *config);

#endif
