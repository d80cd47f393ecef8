/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSPES_DOM0_CONFIG_SET_H
#define HOSPES_DOM0_CONFIG_SET_H
/*
 * Setters: each takes one value of the tree, judges it, and puts it into
 * struct hl_config. The table of keys (config_schema.c) says which one for
 * which key.
 */
#include "dom0-tools/lib/config.h"
#include "dom0-tools/lib/config_schema.h"
#include "dom0-tools/lib/config_tree.h"

/*
 * What a setter sees: the value, the row it came by, and where to complain.
 * Setters return 0, -EINVAL after schema_bad(), or -ENOMEM.
 */
struct schema_ctx {
	struct config_tree *tree;
	struct hl_config *config;
	const struct config_setting *setting;
	const struct config_value *value;
	const struct schema_key *key;
};

/* Of the key's field, within its bounds. */
int config_set_string(struct schema_ctx *ctx);
int config_set_u32(struct schema_ctx *ctx);
int config_set_i32(struct schema_ctx *ctx);
int config_set_u64(struct schema_ctx *ctx);
int config_set_bool(struct schema_ctx *ctx);
int config_set_action(struct schema_ctx *ctx);
int config_set_affinity(struct schema_ctx *ctx);

/* Of one key. */
int config_set_type(struct schema_ctx *ctx);
int config_set_builder(struct schema_ctx *ctx);
int config_set_name(struct schema_ctx *ctx);
int config_set_uuid(struct schema_ctx *ctx);
int config_set_disk(struct schema_ctx *ctx);
int config_set_vif(struct schema_ctx *ctx);

/* Of keys that are known and not served: see config_schema.c. */
int config_set_nothing(struct schema_ctx *ctx);
int config_set_ignored(struct schema_ctx *ctx);
int config_set_refused(struct schema_ctx *ctx);

#endif
