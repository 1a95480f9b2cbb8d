/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gitleaks' configuration (README of gitleaks, "Configuration"): [[rules]], their [[rules.allowlists]] (older:
 * [rules.allowlist]) and the global [allowlist] or [[allowlists]]. Other members are left alone.
 */
#include "secret-rules.h"

#include <ctype.h>
#include <string.h>

#include "base/str.h"
#include "toml.h"

struct reading {
	struct arena *arena;
	struct scan_secret_rules *into;
	struct scan_secret_rule *rule; /* the one being read; NULL outside */
	struct scan_exception *exception;
};

static int add_string(struct reading *r, struct scan_strings *list, const char *text, struct err *e)
{
	if (list->count == SCAN_SECRET_ITEMS_MAX)
		return err_set(e, -E2BIG, "more than %d items in a list", SCAN_SECRET_ITEMS_MAX);
	if (list->count == list->room) {
		size_t room = list->room ? list->room * 2 : 4;
		const char **more = ARENA_ARRAY(r->arena, room, const char *);
		if (!more)
			return err_set(e, -ENOMEM, "out of memory");
		if (list->count)
			memcpy(more, list->items, list->count * sizeof(*more));
		list->items = more;
		list->room = room;
	}
	list->items[list->count++] = text;
	return 0;
}

static int begin_rule(struct reading *r, struct err *e)
{
	if (!r->into->rules)
		r->into->rules = ARENA_ARRAY(r->arena, SCAN_SECRET_RULES_MAX, struct scan_secret_rule);
	if (!r->into->rules || r->into->count == SCAN_SECRET_RULES_MAX)
		return err_set(e, r->into->rules ? -E2BIG : -ENOMEM, "more than %d rules", SCAN_SECRET_RULES_MAX);
	r->rule = &r->into->rules[r->into->count++];
	r->exception = NULL;
	return 0;
}

static int begin_exception(struct reading *r, struct scan_exception **list, struct err *e)
{
	r->exception = ARENA_NEW(r->arena, struct scan_exception);
	if (!r->exception)
		return err_set(e, -ENOMEM, "out of memory");
	r->exception->next = *list;
	*list = r->exception;
	return 0;
}

static int begin_table(struct reading *r, const struct scan_toml_event *v, struct err *e)
{
	r->exception = NULL;
	if (str_eq(v->table, "rules"))
		return begin_rule(r, e);
	if (str_eq(v->table, "allowlist") || str_eq(v->table, "allowlists")) {
		r->rule = NULL;
		return begin_exception(r, &r->into->global, e);
	}
	if (str_eq(v->table, "rules.allowlist") || str_eq(v->table, "rules.allowlists"))
		return r->rule ? begin_exception(r, &r->rule->exceptions, e)
			       : err_set(e, -EINVAL, "line %zu: exceptions of no rule", v->line);
	/* A table that is not known: its members belong to nothing. */
	r->rule = str_starts_with(v->table, "rules.") ? r->rule : NULL;
	return 0;
}

static int take_exception(struct reading *r, const struct scan_toml_event *v, struct err *e)
{
	struct scan_exception *x = r->exception;

	if (v->kind == SCAN_TOML_ITEM)
		return str_eq(v->key, "paths")	     ? add_string(r, &x->paths, v->text, e)
		       : str_eq(v->key, "regexes")   ? add_string(r, &x->regexes, v->text, e)
		       : str_eq(v->key, "stopwords") ? add_string(r, &x->stopwords, v->text, e)
						     : 0;
	if (v->kind != SCAN_TOML_STRING)
		return 0;
	if (str_eq(v->key, "condition"))
		x->all = strcasecmp(v->text, "AND") == 0 || str_eq(v->text, "&&");
	else if (str_eq(v->key, "regexTarget"))
		x->target = str_eq(v->text, "match") ? OF_MATCH : str_eq(v->text, "line") ? OF_LINE : OF_SECRET;
	return 0;
}

static int take_keyword(struct reading *r, const char *text, struct err *e)
{
	char *lower = arena_str(r->arena, text);

	for (char *c = lower; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	if (!lower)
		return err_set(e, -ENOMEM, "out of memory");
	return *lower ? add_string(r, &r->rule->keywords, lower, e) : 0;
}

static void take_text(struct scan_secret_rule *rule, const struct scan_toml_event *v)
{
	const struct {
		const char *key;
		const char **into;
	} texts[] = {
		{"id", &rule->id}, {"description", &rule->description}, {"regex", &rule->regex}, {"path", &rule->path}};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (str_eq(v->key, texts[i].key))
			*texts[i].into = v->text;
}

static int take(const struct scan_toml_event *v, void *data, struct err *e)
{
	struct reading *r = data;

	if (v->kind == SCAN_TOML_TABLE)
		return begin_table(r, v, e);
	if (r->exception)
		return take_exception(r, v, e);
	if (!r->rule || !str_eq(v->table, "rules"))
		return 0;
	if (v->kind == SCAN_TOML_ITEM)
		return str_eq(v->key, "keywords") ? take_keyword(r, v->text, e) : 0;
	if (v->kind == SCAN_TOML_NUMBER && str_eq(v->key, "entropy"))
		r->rule->entropy = v->number;
	if (v->kind == SCAN_TOML_NUMBER && str_eq(v->key, "secretGroup"))
		r->rule->group = v->number > 0 && v->number < 100 ? (unsigned)v->number : 0;
	if (v->kind == SCAN_TOML_STRING)
		take_text(r->rule, v);
	return 0;
}

int scan_secret_rules_read(const char *text, size_t len, struct arena *a, struct scan_secret_rules *ret, struct err *e)
{
	struct reading r = {.arena = a, .into = ret};
	size_t before = ret->count;
	int result = scan_toml_read(text, len, a, take, &r, e);

	for (size_t i = before; result == 0 && i < ret->count; i++) {
		const struct scan_secret_rule *rule = &ret->rules[i];
		if (!rule->id || (!rule->regex && !rule->path))
			result = err_set(e, -EINVAL, "rule %zu has no %s", i - before + 1, rule->id ? "regex" : "id");
	}
	return result;
}
