/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists, macros and requirements out of the YAML tree, and the small reads every item needs. A wrong item is noted and
 * left, so that the rest of the file is checked as well.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "library.h"
#include "suggest.h"
#include "yaml.h"

#define ENGINE_MINOR 63
#define ENGINE_TEXT "0.63.0"

void library_init(struct library *lib, struct arena *arena, const struct rule_schema *schema,
		  struct rule_problems *problems)
{
	*lib = (struct library){.arena = arena, .schema = schema, .problems = problems};
	lib->list_tail = &lib->lists;
	lib->macro_tail = &lib->macros;
	lib->rule_tail = &lib->rules;
}

int item_text(struct library *lib, const struct yaml_node *item, const char *key, struct yaml_node **ret)
{
	struct yaml_node *node = yaml_get(item, key);

	*ret = node;
	if (!node) {
		rule_problem_add(lib->problems, yaml_place_of(item), "expected a key '%s' here", key);
		return -EINVAL;
	}
	if (node->kind != YAML_SCALAR || !node->text.len) {
		rule_problem_add(lib->problems, yaml_place_of(node), "'%s' must be text", key);
		return -EINVAL;
	}
	return 0;
}

int item_bool(struct library *lib, const struct yaml_node *node, bool *ret)
{
	static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"off", "on"}, {"n", "y"}};

	for (size_t i = 0; node->kind == YAML_SCALAR && i < 2 * ARRAY_LEN(words); i++) {
		if (strcasecmp(node->text.at, words[i / 2][i % 2]) == 0) {
			*ret = i % 2;
			return 0;
		}
	}
	rule_problem_add(lib->problems, yaml_place_of(node), "expected true or false");
	return -EINVAL;
}

int item_add_condition(struct library *lib, struct condition *c, const struct yaml_node *node)
{
	int r = condition_add(lib->arena, c, node, NULL);

	if (r != -E2BIG)
		return r;
	rule_problem_add(lib->problems, yaml_place_of(node), "a condition of %zu bytes in %zu pieces, at most %u in %u",
			 c->len + node->text.len, c->pieces + 1, CONDITION_BYTES_MAX, CONDITION_PIECES_MAX);
	return -EINVAL;
}

void item_warn_unknown(struct library *lib, const struct yaml_node *item, const char *const *known)
{
	for (const struct yaml_node *key = item->first; key; key = key->next) {
		struct suggestion s = suggest_start(key->text);
		char words[100];
		bool found = false;
		for (size_t i = 0; known[i]; i++) {
			found |= strcmp(known[i], key->text.at) == 0;
			suggest_offer(&s, rule_str_of(known[i]));
		}
		if (!found)
			rule_problem_warn(lib->problems, yaml_place_of(key), "unknown key '%.60s' is not used%s",
					  key->text.at, suggest_words(&s, words, sizeof(words)));
	}
}

int item_missing(struct library *lib, const struct yaml_node *name, const char *kind, const struct names *known)
{
	struct suggestion s = suggest_start(name->text);
	char words[100];

	for (size_t i = 0; i < known->capacity; i++) {
		if (known->slots[i].thing)
			suggest_offer(&s, known->slots[i].name);
	}
	rule_problem_add(lib->problems, yaml_place_of(name), "there is no %s '%.100s' before this to change%s", kind,
			 name->text.at, suggest_words(&s, words, sizeof(words)));
	return -EINVAL;
}

static int override_of(struct library *lib, const struct yaml_node *how, enum change *ret)
{
	if (how->kind == YAML_SCALAR && strcmp(how->text.at, "append") == 0)
		*ret = CHANGE_APPEND;
	else if (how->kind == YAML_SCALAR && strcmp(how->text.at, "replace") == 0)
		*ret = CHANGE_REPLACE;
	else {
		rule_problem_add(lib->problems, yaml_place_of(how), "expected append or replace");
		return -EINVAL;
	}
	return 0;
}

int item_change(struct library *lib, const struct yaml_node *item, const char *key, enum change *ret)
{
	const struct yaml_node *append = yaml_get(item, "append"), *override = yaml_get(item, "override");
	bool on = false;

	*ret = CHANGE_DEFINE;
	if (append && override) {
		rule_problem_add(lib->problems, yaml_place_of(override), "either append or override, not both");
		return -EINVAL;
	}
	if (append) {
		int r = item_bool(lib, append, &on);
		*ret = on ? CHANGE_APPEND : CHANGE_DEFINE;
		return r;
	}
	if (!override)
		return 0;
	const struct yaml_node *how = yaml_get(override, key);
	if (!how) {
		rule_problem_add(lib->problems, yaml_place_of(override), "expected '%s: append' or '%s: replace' here",
				 key, key);
		return -EINVAL;
	}
	return override_of(lib, how, ret);
}

static int add_item(struct library *lib, struct list *list, const struct yaml_node *node)
{
	struct rule_str text = node->text;
	bool quoted = text.len >= 2 && (text.at[0] == '"' || text.at[0] == '\'') && text.at[text.len - 1] == text.at[0];

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 16;
		struct list_item *items = ARENA_ARRAY(lib->arena, capacity, struct list_item);
		if (!items)
			return -ENOMEM;
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->capacity = capacity;
	}
	if (quoted) {
		char *plain = arena_alloc(lib->arena, text.len);
		uint32_t len = 0;
		if (!plain)
			return -ENOMEM;
		for (uint32_t i = 1; i + 1 < text.len; i++) {
			i += text.at[i] == '\\' && i + 2 < text.len && strchr("\"'\\", text.at[i + 1]);
			plain[len++] = text.at[i];
		}
		text = (struct rule_str){plain, len};
	}
	list->items[list->count++] = (struct list_item){text, node, quoted};
	return 0;
}

static int add_items(struct library *lib, struct list *list, const struct yaml_node *items)
{
	if (items->kind != YAML_SEQUENCE) {
		rule_problem_add(lib->problems, yaml_place_of(items), "'items' must be a list");
		return -EINVAL;
	}
	for (const struct yaml_node *n = items->first; n; n = n->next) {
		if (n->kind != YAML_SCALAR) {
			rule_problem_add(lib->problems, yaml_place_of(n), "an item must be text");
			continue;
		}
		int r = add_item(lib, list, n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int item_list(struct library *lib, const struct yaml_node *item)
{
	static const char *const known[] = {"list", "items", "append", "override", NULL};
	struct yaml_node *name, *items = yaml_get(item, "items");
	enum change change;

	item_warn_unknown(lib, item, known);
	if (item_text(lib, item, "list", &name) < 0 || item_change(lib, item, "items", &change) < 0)
		return -EINVAL;
	if (!items) {
		rule_problem_add(lib->problems, yaml_place_of(item), "list '%s' has no items", name->text.at);
		return -EINVAL;
	}
	struct list *list = names_get(&lib->list_names, name->text);
	unsigned now = lib->next_index++;
	if (!list && change == CHANGE_APPEND)
		return item_missing(lib, name, "list", &lib->list_names);
	if (!list) {
		list = ARENA_NEW(lib->arena, struct list);
		if (!list || names_add(lib->arena, &lib->list_names, name->text, list) < 0)
			return -ENOMEM;
		*list = (struct list){.name = name->text, .node = name, .index = now};
		*lib->list_tail = list;
		lib->list_tail = &list->next;
	}
	list->visible = now;
	if (change != CHANGE_APPEND) {
		list->node = name;
		list->count = 0;
	}
	return add_items(lib, list, items);
}

static int item_macro(struct library *lib, const struct yaml_node *item)
{
	static const char *const known[] = {"macro", "condition", "append", "override", NULL};
	struct yaml_node *name, *condition;
	enum change change;

	item_warn_unknown(lib, item, known);
	if (item_text(lib, item, "macro", &name) < 0 || item_text(lib, item, "condition", &condition) < 0 ||
	    item_change(lib, item, "condition", &change) < 0)
		return -EINVAL;
	struct macro *macro = names_get(&lib->macro_names, name->text);
	unsigned now = lib->next_index++;
	if (!macro && change == CHANGE_APPEND)
		return item_missing(lib, name, "macro", &lib->macro_names);
	if (!macro) {
		macro = ARENA_NEW(lib->arena, struct macro);
		if (!macro || names_add(lib->arena, &lib->macro_names, name->text, macro) < 0)
			return -ENOMEM;
		*macro = (struct macro){.name = name->text, .node = name, .index = now};
		*lib->macro_tail = macro;
		lib->macro_tail = &macro->next;
	}
	macro->visible = now;
	if (change != CHANGE_APPEND) {
		macro->node = name;
		macro->condition = (struct condition){0};
	}
	return item_add_condition(lib, &macro->condition, condition);
}

static int item_engine(struct library *lib, const struct yaml_node *item)
{
	const struct yaml_node *node = yaml_get(item, "required_engine_version");
	unsigned major = 0, minor = 0, patch = 0;
	int end = 0;
	bool known = false;

	if (node->kind == YAML_SCALAR) {
		known = sscanf(node->text.at, "%u.%u.%u%n", &major, &minor, &patch, &end) == 3 && end;
		if (!known && sscanf(node->text.at, "%u%n", &minor, &end) == 1) {
			known = (uint32_t)end == node->text.len;
			major = 0;
		}
	}
	if (!known)
		rule_problem_add(lib->problems, yaml_place_of(node), "expected a version such as 0.57.0");
	else if (major > 0 || minor > ENGINE_MINOR)
		rule_problem_add(lib->problems, yaml_place_of(node),
				 "these rules need engine version %s; this program speaks " ENGINE_TEXT, node->text.at);
	return 0;
}

static bool is_builtin_plugin(const struct yaml_node *plugin)
{
	const struct yaml_node *name = yaml_get(plugin, "name"), *others = yaml_get(plugin, "alternatives");

	if (name && name->kind == YAML_SCALAR && strcmp(name->text.at, "container") == 0)
		return true;
	for (const struct yaml_node *n = others ? others->first : NULL; n; n = n->next) {
		name = yaml_get(n, "name");
		if (name && name->kind == YAML_SCALAR && strcmp(name->text.at, "container") == 0)
			return true;
	}
	return false;
}

static int item_plugins(struct library *lib, const struct yaml_node *item)
{
	const struct yaml_node *node = yaml_get(item, "required_plugin_versions");

	for (const struct yaml_node *n = node->first; n; n = n->next) {
		const struct yaml_node *name = yaml_get(n, "name");
		if (!name || name->kind != YAML_SCALAR)
			rule_problem_add(lib->problems, yaml_place_of(n), "expected a plugin's name and version");
		else if (!is_builtin_plugin(n))
			rule_problem_warn(lib->problems, yaml_place_of(name),
					  "there is no plugin '%.60s', only 'container', built in: rules that need its "
					  "events or fields are "
					  "left out or refused",
					  name->text.at);
	}
	return 0;
}

/* With skip_broken an item's errors become a warning each; what is there of the item stays as far as it was understood. */
static int take_leniently(struct library *lib, const struct yaml_node *item,
			  int (*take)(struct library *lib, const struct yaml_node *item))
{
	struct rule_problems *all = lib->problems;
	SCOPED(rule_problems) struct rule_problems own = RULE_PROBLEMS_INIT;

	if (!lib->skip_broken)
		return take(lib, item);
	lib->problems = &own;
	int r = take(lib, item);
	lib->problems = all;
	rule_problems_move(all, &own, "left out");
	return r;
}

static int take_item(struct library *lib, const struct yaml_node *item)
{
	static const struct {
		const char *key;
		int (*take)(struct library *lib, const struct yaml_node *item);
	} kinds[] = {{"rule", item_rule},
		     {"macro", item_macro},
		     {"list", item_list},
		     {"required_engine_version", item_engine},
		     {"required_plugin_versions", item_plugins}};

	for (size_t i = 0; item->kind == YAML_MAPPING && i < ARRAY_LEN(kinds); i++) {
		if (yaml_get(item, kinds[i].key)) {
			int r = take_leniently(lib, item, kinds[i].take);
			return r == -ENOMEM ? r : 0;
		}
	}
	static const char expected[] =
		"expected a rule, a macro, a list, required_engine_version or required_plugin_versions";
	if (item->kind == YAML_MAPPING)
		rule_problem_warn(lib->problems, yaml_place_of(item), "%s; this is not used", expected);
	else
		rule_problem_add(lib->problems, yaml_place_of(item), "%s", expected);
	return 0;
}

int library_collect(struct library *lib, const struct yaml_node *documents)
{
	for (const struct yaml_node *d = documents; d; d = d->next) {
		if (d->kind == YAML_SCALAR && !d->text.len)
			continue;
		if (d->kind != YAML_SEQUENCE) {
			rule_problem_add(lib->problems, yaml_place_of(d),
					 "expected a list of rules, macros and lists ('- rule: ...')");
			continue;
		}
		for (const struct yaml_node *item = d->first; item; item = item->next) {
			int r = take_item(lib, item);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
