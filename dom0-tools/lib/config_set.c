/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of the tree as fields of struct hl_config. A setter that finds its
 * value wrong says where it stands and why; what it has set by then is freed
 * with the rest.
 */
#include "dom0-tools/lib/config_set.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "dom0-tools/lib/config_words.h"

#define SCHEMA_ERR_LEN	 256
#define SCHEMA_MAX_DISKS 256
#define SCHEMA_MAX_VIFS	 64

static const struct config_word action_words[] = {
	{ "destroy", CONFIG_DESTROY },
	{ "restart", CONFIG_RESTART },
	{ "rename-restart", CONFIG_RENAME_RESTART },
	{ "preserve", CONFIG_PRESERVE },
	{ "coredump-destroy", CONFIG_COREDUMP_DESTROY },
	{ "coredump-restart", CONFIG_COREDUMP_RESTART },
	{ "soft-reset", CONFIG_SOFT_RESET },
	{ NULL, 0 },
};

static const struct config_word type_words[] = {
	{ "pv", CONFIG_PV },
	{ "pvh", CONFIG_PVH },
	{ "hvm", CONFIG_HVM },
	{ NULL, 0 },
};

/* xm's builder= named the same thing. */
static const struct config_word builder_words[] = {
	{ "generic", CONFIG_PV },
	{ "linux", CONFIG_PV },
	{ "hvm", CONFIG_HVM },
	{ NULL, 0 },
};

const char *config_action_name(enum config_action action)
{
	return action_words[action].word;
}

const char *config_type_name(enum config_type type)
{
	return type_words[type].word;
}

static int schema_bad(struct schema_ctx *ctx, const struct config_value *value,
		      const char *what)
{
	config_tree_error(ctx->tree, value->pos, "%s: %s", ctx->setting->key,
			  what);
	return -EINVAL;
}

static void *schema_field(struct schema_ctx *ctx)
{
	return (char *)ctx->config + ctx->key->field;
}

static int schema_need_string(struct schema_ctx *ctx,
			      const struct config_value *value)
{
	if (value->kind == CONFIG_LIST) {
		return schema_bad(ctx, value, "a list where a string belongs");
	}
	return 0;
}

static int schema_number(struct schema_ctx *ctx, int64_t min, int64_t max,
			 int64_t *number)
{
	const struct config_value *value = ctx->value;
	char what[SCHEMA_ERR_LEN];

	if (value->kind == CONFIG_LIST) {
		return schema_bad(ctx, value, "a list where a number belongs");
	}
	if (config_word_number(value->text, number)) {
		snprintf(what, sizeof(what), "'%.80s' is not a number",
			 value->text);
		return schema_bad(ctx, value, what);
	}
	if (*number < min || *number > max) {
		snprintf(what, sizeof(what), "%.80s is not from %lld to %lld",
			 value->text, (long long)min, (long long)max);
		return schema_bad(ctx, value, what);
	}
	return 0;
}

int config_set_string(struct schema_ctx *ctx)
{
	int rc = schema_need_string(ctx, ctx->value);

	return rc ? rc : config_word_set(schema_field(ctx), ctx->value->text);
}

int config_set_u32(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, ctx->key->min, ctx->key->max, &number);

	if (rc == 0) {
		*(uint32_t *)schema_field(ctx) = (uint32_t)number;
	}
	return rc;
}

int config_set_i32(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, ctx->key->min, ctx->key->max, &number);

	if (rc == 0) {
		*(int32_t *)schema_field(ctx) = (int32_t)number;
	}
	return rc;
}

int config_set_u64(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, ctx->key->min, ctx->key->max, &number);

	if (rc == 0) {
		*(uint64_t *)schema_field(ctx) = (uint64_t)number;
	}
	return rc;
}

int config_set_bool(struct schema_ctx *ctx)
{
	int64_t number;
	int rc = schema_number(ctx, 0, 1, &number);

	if (rc == 0) {
		*(bool *)schema_field(ctx) = number != 0;
	}
	return rc;
}

static int schema_word(struct schema_ctx *ctx, const struct config_word *words,
		       int *got)
{
	char known[160], what[SCHEMA_ERR_LEN];
	int rc = schema_need_string(ctx, ctx->value);

	if (rc) {
		return rc;
	}
	if (config_word_find(words, ctx->value->text, got)) {
		config_word_list(words, known, sizeof(known));
		snprintf(what, sizeof(what), "'%.40s' is none of: %s",
			 ctx->value->text, known);
		return schema_bad(ctx, ctx->value, what);
	}
	return 0;
}

int config_set_action(struct schema_ctx *ctx)
{
	int got, rc = schema_word(ctx, action_words, &got);

	if (rc == 0) {
		*(enum config_action *)schema_field(ctx) =
			(enum config_action)got;
	}
	return rc;
}

int config_set_type(struct schema_ctx *ctx)
{
	int got, rc = schema_word(ctx, type_words, &got);

	if (rc == 0) {
		ctx->config->type = (enum config_type)got;
	}
	return rc;
}

int config_set_builder(struct schema_ctx *ctx)
{
	int got, rc = schema_word(ctx, builder_words, &got);

	if (rc == 0) {
		ctx->config->type = (enum config_type)got;
	}
	return rc;
}

/*
 * A name is a word in listings that scripts split at blanks, a directory in
 * log paths, and must not be taken for a domain id.
 */
int config_set_name(struct schema_ctx *ctx)
{
	const char *name = ctx->value->text;
	int rc = schema_need_string(ctx, ctx->value);
	int64_t number;

	if (rc) {
		return rc;
	}
	if (*name == '\0' || strlen(name) > 255) {
		return schema_bad(ctx, ctx->value, "must be 1 to 255 bytes");
	}
	if (strpbrk(name, "/ \t\n\r\v\f") || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0) {
		return schema_bad(ctx, ctx->value,
				  "may hold neither blanks nor '/'");
	}
	if (config_word_number(name, &number) == 0) {
		return schema_bad(ctx, ctx->value,
				  "must not be a number, it would be taken for "
				  "a domain id");
	}
	return config_word_set(&ctx->config->name, name);
}

int config_set_uuid(struct schema_ctx *ctx)
{
	int rc = schema_need_string(ctx, ctx->value);

	if (rc) {
		return rc;
	}
	if (uuid_parse(ctx->value->text, ctx->config->uuid)) {
		return schema_bad(ctx, ctx->value,
				  "not a UUID (8-4-4-4-12 hexadecimal digits)");
	}
	ctx->config->uuid_set = true;
	return 0;
}

static uint32_t value_count(const struct config_value *items)
{
	uint32_t count = 0;

	for (; items; items = items->next) {
		count++;
	}
	return count;
}

static int affinity_fill(struct schema_ctx *ctx,
			 struct config_affinity *affinity,
			 const struct config_value *item)
{
	char err[SCHEMA_ERR_LEN] = "";
	uint32_t i;
	int rc;

	for (i = 0; i < affinity->count; i++, item = item->next) {
		rc = schema_need_string(ctx, item);
		if (rc) {
			return rc;
		}
		rc = config_cpumap_parse(item->text, &affinity->map[i], err,
					 sizeof(err));
		if (rc) {
			return rc == -EINVAL ? schema_bad(ctx, item, err) : rc;
		}
	}
	return 0;
}

int config_set_affinity(struct schema_ctx *ctx)
{
	struct config_affinity *affinity = schema_field(ctx);
	const struct config_value *item = ctx->value;

	affinity->per_vcpu = item->kind == CONFIG_LIST;
	affinity->count = 1;
	if (affinity->per_vcpu) {
		item = item->items;
		affinity->count = value_count(item);
	}
	free(affinity->map);
	affinity->map = calloc(affinity->count ? affinity->count : 1,
			       sizeof(*affinity->map));
	return affinity->map ? affinity_fill(ctx, affinity, item) : -ENOMEM;
}

/* disk and vif: a list of strings; one bare string is a list of one. */
static int schema_list(struct schema_ctx *ctx, uint32_t max, uint32_t *count,
		       const struct config_value **items)
{
	char what[SCHEMA_ERR_LEN];

	*items = ctx->value;
	*count = 1;
	if (ctx->value->kind == CONFIG_NUMBER) {
		return schema_bad(ctx, ctx->value,
				  "a number where a list of strings belongs");
	}
	if (ctx->value->kind == CONFIG_LIST) {
		*items = ctx->value->items;
		*count = value_count(*items);
	}
	if (*count > max) {
		snprintf(what, sizeof(what), "%u of them, the limit is %u",
			 *count, max);
		return schema_bad(ctx, ctx->value, what);
	}
	return 0;
}

static int disk_check_twice(struct schema_ctx *ctx,
			    const struct config_value *item)
{
	struct hl_config *config = ctx->config;
	const struct config_disk *last = &config->disk[config->disk_count - 1];
	char what[SCHEMA_ERR_LEN];
	uint32_t i;

	for (i = 0; i + 1 < config->disk_count; i++) {
		if (config->disk[i].devid == last->devid) {
			snprintf(what, sizeof(what),
				 "virtual device '%.40s' is used twice",
				 last->vdev);
			return schema_bad(ctx, item, what);
		}
	}
	return 0;
}

static void disks_clear(struct hl_config *config)
{
	uint32_t i;

	for (i = 0; i < config->disk_count; i++) {
		config_disk_clear(&config->disk[i]);
	}
	free(config->disk);
	config->disk = NULL;
	config->disk_count = 0;
}

static void vifs_clear(struct hl_config *config)
{
	uint32_t i;

	for (i = 0; i < config->vif_count; i++) {
		config_vif_clear(&config->vif[i]);
	}
	free(config->vif);
	config->vif = NULL;
	config->vif_count = 0;
}

int config_set_disk(struct schema_ctx *ctx)
{
	struct hl_config *config = ctx->config;
	const struct config_value *item;
	char err[SCHEMA_ERR_LEN] = "";
	uint32_t count;
	int rc = schema_list(ctx, SCHEMA_MAX_DISKS, &count, &item);

	if (rc) {
		return rc;
	}
	disks_clear(config);
	config->disk = calloc(count ? count : 1, sizeof(*config->disk));
	if (!config->disk) {
		return -ENOMEM;
	}
	for (; count > 0; count--, item = item->next) {
		rc = schema_need_string(ctx, item);
		if (rc) {
			return rc;
		}
		rc = config_disk_parse(item->text,
				       &config->disk[config->disk_count], err,
				       sizeof(err));
		if (rc) {
			return rc == -EINVAL ? schema_bad(ctx, item, err) : rc;
		}
		config->disk_count++;
		rc = disk_check_twice(ctx, item);
		if (rc) {
			return rc;
		}
	}
	return 0;
}

int config_set_vif(struct schema_ctx *ctx)
{
	struct hl_config *config = ctx->config;
	const struct config_value *item;
	char err[SCHEMA_ERR_LEN] = "";
	uint32_t count, i;
	int rc = schema_list(ctx, SCHEMA_MAX_VIFS, &count, &item);

	if (rc) {
		return rc;
	}
	vifs_clear(config);
	config->vif = calloc(count ? count : 1, sizeof(*config->vif));
	if (!config->vif) {
		return -ENOMEM;
	}
	for (i = 0; i < count; i++, item = item->next) {
		rc = schema_need_string(ctx, item);
		if (rc) {
			return rc;
		}
		rc = config_vif_parse(item->text, &config->vif[i], err,
				      sizeof(err));
		if (rc) {
			return rc == -EINVAL ? schema_bad(ctx, item, err) : rc;
		}
		config->vif_count++;
		if (config->vif[i].devid == UINT32_MAX) {
			config->vif[i].devid = i;
		}
	}
	return 0;
}

int config_set_nothing(struct schema_ctx *ctx)
{
	(void)ctx;
	return 0;
}

int config_set_ignored(struct schema_ctx *ctx)
{
	config_tree_warn(ctx->tree, ctx->setting->pos,
			 "%s: known, but has no effect here",
			 ctx->setting->key);
	return 0;
}

static bool value_asks_nothing(const struct config_value *value)
{
	int64_t number;

	if (value->kind == CONFIG_LIST) {
		return !value->items;
	}
	return *value->text == '\0' ||
	       (config_word_number(value->text, &number) == 0 && number == 0);
}

int config_set_refused(struct schema_ctx *ctx)
{
	if (value_asks_nothing(ctx->value)) {
		return 0;
	}
	return schema_bad(ctx, ctx->value,
			  "not supported; the guest would run without it, so "
			  "it is refused");
}

void config_free(struct hl_config *config)
{
	if (!config) {
		return;
	}
	disks_clear(config);
	vifs_clear(config);
	free(config->cpus.map);
	free(config->cpus_soft.map);
	free(config->name);
	free(config->pool);
	free(config->kernel);
	free(config->ramdisk);
	free(config->cmdline);
	free(config->root);
	free(config->extra);
	free(config->bootloader);
	free(config->bootloader_args);
	free(config->text);
	free(config);
}
