/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules out of the YAML tree: defined whole, switched on or off, appended to, or overridden key by key.
 */
#include <stdlib.h>
#include <strings.h>

#include "library.h"
#include "suggest.h"
#include "yaml.h"

static const char *const priorities[] = {"Emergency", "Alert",	"Critical",	 "Error",
					 "Warning",   "Notice", "Informational", "Debug"};

const char *rule_priority_name(enum rule_priority priority)
{
	return priorities[priority];
}

int rule_priority_parse(const char *text, enum rule_priority *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(priorities); i++) {
		if (strcasecmp(priorities[i], text) == 0 ||
		    (i == RULE_INFORMATIONAL && strcasecmp("info", text) == 0)) {
			*ret = (enum rule_priority)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* One key of a rule. TAKE sets it, or adds to it when APPEND is allowed and asked for. */
struct key {
	const char *name;
	bool append;
	int (*take)(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change);
};

static int wrong(struct library *lib, const struct yaml_node *at, const char *what)
{
	rule_problem_add(lib->problems, yaml_place_of(at), "%s", what);
	return -EINVAL;
}

static int take_condition(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	if (value->kind != YAML_SCALAR || !value->text.len)
		return wrong(lib, value, "'condition' must be text");
	if (change != CHANGE_APPEND)
		rule->condition = (struct condition){0};
	return item_add_condition(lib, &rule->condition, value);
}

static int take_text(struct library *lib, const struct yaml_node *value, struct rule_str *text, enum change change)
{
	if (value->kind != YAML_SCALAR)
		return wrong(lib, value, "expected text");
	if (change != CHANGE_APPEND) {
		*text = value->text;
		return 0;
	}
	if (text->len + (size_t)value->text.len > CONDITION_BYTES_MAX)
		return wrong(lib, value, "too long together with what it is added to");
	const char *both = arena_printf(lib->arena, "%s %s", text->len ? text->at : "", value->text.at);
	if (!both)
		return -ENOMEM;
	*text = rule_str_of(both);
	return 0;
}

static int take_desc(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	return take_text(lib, value, &rule->about, change);
}

static int take_output(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	rule->output_node = value;
	return take_text(lib, value, &rule->output, change);
}

static int take_priority(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	if (value->kind != YAML_SCALAR || rule_priority_parse(value->text.at, &rule->priority) < 0)
		return wrong(lib, value,
			     "expected a priority: emergency, alert, critical, error, warning, notice, "
			     "informational or debug");
	return 0;
}

static int take_tags(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	if (value->kind != YAML_SEQUENCE)
		return wrong(lib, value, "'tags' must be a list");
	size_t before = change == CHANGE_APPEND ? rule->tag_count : 0;
	const struct yaml_node **tags = ARENA_ARRAY(lib->arena, before + value->count + 1, const struct yaml_node *);
	if (!tags)
		return -ENOMEM;
	if (before)
		memcpy(tags, rule->tags, before * sizeof(*tags));
	for (const struct yaml_node *n = value->first; n; n = n->next) {
		if (n->kind != YAML_SCALAR)
			return wrong(lib, n, "a tag must be text");
		tags[before++] = n;
	}
	rule->tags = tags;
	rule->tag_count = before;
	return 0;
}

static int take_enabled(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	return item_bool(lib, value, &rule->enabled);
}

static int take_warn(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	return item_bool(lib, value, &rule->warn_events);
}

static int take_skip(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	return item_bool(lib, value, &rule->skip_unknown);
}

static int take_exceptions(struct library *lib, const struct yaml_node *value, struct rule_def *rule,
			   enum change change)
{
	return exceptions_collect(lib, value, rule, change);
}

/* Recordings of system calls to a file are not made here; item_warn_unknown leaves these keys alone. */
static int take_nothing(struct library *lib, const struct yaml_node *value, struct rule_def *rule, enum change change)
{
	return 0;
}

static const struct key keys[] = {
	{"condition", true, take_condition},
	{"output", true, take_output},
	{"desc", true, take_desc},
	{"priority", false, take_priority},
	{"tags", true, take_tags},
	{"enabled", false, take_enabled},
	{"exceptions", true, take_exceptions},
	{"warn_evttypes", false, take_warn},
	{"skip-if-unknown-filter", false, take_skip},
	{"capture", false, take_nothing},
	{"capture_duration", false, take_nothing},
};

static const char *const known_keys[] = {"rule",
					 "condition",
					 "output",
					 "desc",
					 "priority",
					 "tags",
					 "enabled",
					 "exceptions",
					 "warn_evttypes",
					 "skip-if-unknown-filter",
					 "source",
					 "append",
					 "override",
					 "capture",
					 "capture_duration",
					 "count",
					 "distinct",
					 "sequence",
					 NULL};

/* Every key that is there, with the given change. */
static int take_keys(struct library *lib, const struct yaml_node *item, struct rule_def *rule, enum change change)
{
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct yaml_node *value = yaml_get(item, keys[i].name);
		int r = value ? keys[i].take(lib, value, rule, change) : 0;
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? r : result;
	}
	return result;
}

static const struct key *key_of(const struct yaml_node *name)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].name, name->text.at) == 0)
			return &keys[i];
	}
	return NULL;
}

static int override_key(struct library *lib, const struct yaml_node *item, const struct yaml_node *name,
			struct rule_def *rule)
{
	const struct key *key = key_of(name);
	const struct yaml_node *value = key ? yaml_get(item, key->name) : NULL;
	enum change change;

	if (!key)
		return wrong(lib, name, "this key of a rule cannot be overridden");
	if (item_change(lib, item, key->name, &change) < 0)
		return -EINVAL;
	if (!value)
		return wrong(lib, name, "it is to be overridden, but its new value is missing");
	if (change == CHANGE_APPEND && !key->append)
		return wrong(lib, name, "this key can only be replaced");
	return key->take(lib, value, rule, change);
}

static int override(struct library *lib, const struct yaml_node *item, struct rule_def *rule)
{
	const struct yaml_node *overrides = yaml_get(item, "override");

	if (overrides->kind != YAML_MAPPING)
		return wrong(lib, overrides, "'override' must name keys and say append or replace for each");
	for (const struct yaml_node *key = item->first; key; key = key->next) {
		if (key_of(key) && !yaml_get(overrides, key->text.at))
			rule_problem_add(lib->problems, yaml_place_of(key),
					 "expected '%s: append' or '%s: replace' under override", key->text.at,
					 key->text.at);
	}
	for (const struct yaml_node *name = overrides->first; name; name = name->next) {
		int r = override_key(lib, item, name, rule);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

/* An old way to switch a rule on or off: nothing but its name and "enabled". */
static bool only_enabled(const struct yaml_node *item)
{
	return item->count == 2 && yaml_get(item, "enabled");
}

static int define(struct library *lib, const struct yaml_node *item, struct rule_def *rule)
{
	static const char *const required[] = {"output", "desc", "priority"};
	struct rule_def fresh = {
		.name = rule->name,
		.node = rule->node,
		.index = rule->index,
		.visible = rule->visible,
		.enabled = true,
		.warn_events = true,
		.next = rule->next,
	};
	struct yaml_node *node;
	bool complete = true;

	*rule = fresh;
	for (size_t i = 0; i < ARRAY_LEN(required); i++)
		complete &= item_text(lib, item, required[i], &node) == 0;
	int r = item_watch(lib, item, rule);
	if (r == 0 && rule->watch.kind != WATCH_SEQUENCE)
		complete &= item_text(lib, item, "condition", &node) == 0;
	int taken = r == -ENOMEM ? r : take_keys(lib, item, rule, CHANGE_DEFINE);
	if (!complete || r < 0 || taken < 0)
		rule->left_out = true;
	return taken;
}

static int new_rule(struct library *lib, const struct yaml_node *name, struct rule_def **ret)
{
	struct rule_def *rule = ARENA_NEW(lib->arena, struct rule_def);

	if (!rule || names_add(lib->arena, &lib->rule_names, name->text, rule) < 0)
		return -ENOMEM;
	*rule = (struct rule_def){.name = name->text, .index = lib->next_index};
	*lib->rule_tail = rule;
	lib->rule_tail = &rule->next;
	*ret = rule;
	return 0;
}

/* Rules for other sources of events than system calls are none of ours. */
static bool is_foreign(const struct yaml_node *item)
{
	const struct yaml_node *source = yaml_get(item, "source");

	return source && (source->kind != YAML_SCALAR || strcmp(source->text.at, "syscall") != 0);
}

static int leave_out(struct library *lib, const struct yaml_node *item, const struct yaml_node *name)
{
	rule_problem_warn(lib->problems, yaml_place_of(yaml_get(item, "source")),
			  "this rule is left out: there are only events of the source 'syscall'");
	return names_get(&lib->foreign_names, name->text)
		       ? 0
		       : names_add(lib->arena, &lib->foreign_names, name->text, (void *)name);
}

int item_rule(struct library *lib, const struct yaml_node *item)
{
	struct yaml_node *name;
	bool on = false;

	item_warn_unknown(lib, item, known_keys);
	if (item_text(lib, item, "rule", &name) < 0)
		return -EINVAL;
	if (is_foreign(item))
		return leave_out(lib, item, name);
	const struct yaml_node *append = yaml_get(item, "append");
	if (append && item_bool(lib, append, &on) < 0)
		return -EINVAL;
	bool overriding = yaml_get(item, "override") != NULL;
	if (on && overriding)
		return wrong(lib, append, "either append or override, not both");
	struct rule_def *rule = names_get(&lib->rule_names, name->text);
	bool changing = on || overriding || only_enabled(item);
	if (!rule && changing && names_get(&lib->foreign_names, name->text))
		return 0;
	if (!rule && changing)
		return item_missing(lib, name, "rule", &lib->rule_names);
	int r = rule ? 0 : new_rule(lib, name, &rule);
	if (r < 0)
		return r;
	rule->visible = lib->next_index++;
	if (overriding)
		return override(lib, item, rule);
	if (changing)
		return take_keys(lib, item, rule, CHANGE_APPEND);
	rule->node = name;
	return define(lib, item, rule);
}
