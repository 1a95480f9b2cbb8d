/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions of rules: tuples of values for given fields and comparisons, each of which takes an event out of the rule.
 * They are written behind the condition as "and not (...)", so that they mean exactly what the same text would mean.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "condition.h"
#include "library.h"
#include "yaml.h"

#define VALUES_MAX ARRAY_LEN(((struct exception *)0)->values)

static int wrong(struct library *lib, const struct yaml_node *at, const char *what)
{
	rule_problem_add(lib->problems, yaml_place_of(at), "%s", what);
	return -EINVAL;
}

static struct exception *find(struct rule_def *rule, struct rule_str name)
{
	for (struct exception *e = rule->exceptions; e; e = e->next) {
		if (rule_str_eq(e->name, name))
			return e;
	}
	return NULL;
}

static bool scalars(const struct yaml_node *list)
{
	for (const struct yaml_node *n = list->first; n; n = n->next) {
		if (n->kind != YAML_SCALAR)
			return false;
	}
	return true;
}

/* Fields and comparisons must be text both, or lists of the same length both. */
static int check_shape(struct library *lib, const struct exception *e)
{
	const struct yaml_node *f = e->fields, *c = e->comps;

	if (!f)
		return wrong(lib, e->node, "an exception needs 'fields'");
	if (f->kind == YAML_MAPPING || !scalars(f) || (f->kind == YAML_SEQUENCE && !f->count))
		return wrong(lib, f, "'fields' must be a field or a list of fields");
	if (!c)
		return 0;
	if (c->kind != f->kind || !scalars(c) || c->count != f->count)
		return wrong(lib, c, "'comps' must have one operator for each of 'fields'");
	return 0;
}

static int collect(struct library *lib, const struct yaml_node *node, struct rule_def *rule, enum change change)
{
	struct yaml_node *name;

	if (node->kind != YAML_MAPPING)
		return wrong(lib, node, "an exception must have a name and fields");
	if (item_text(lib, node, "name", &name) < 0)
		return -EINVAL;
	struct exception *e = find(rule, name->text);
	const struct yaml_node *fields = yaml_get(node, "fields"), *values = yaml_get(node, "values");
	if (e && change != CHANGE_APPEND) {
		rule_problem_warn(lib->problems, yaml_place_of(name), "there is an exception of this name already");
		e = NULL;
	}
	if (e && fields)
		return wrong(lib, fields, "this exception has its fields already; only values can be added");
	if (!e) {
		e = ARENA_NEW(lib->arena, struct exception);
		if (!e)
			return -ENOMEM;
		*e = (struct exception){
			.name = name->text, .node = name, .fields = fields, .comps = yaml_get(node, "comps")};
		int r = check_shape(lib, e);
		if (r < 0)
			return r;
		struct exception **tail = &rule->exceptions;
		while (*tail)
			tail = &(*tail)->next;
		*tail = e;
	}
	if (!values)
		return 0;
	if (values->kind != YAML_SEQUENCE)
		return wrong(lib, values, "'values' must be a list");
	if (e->value_count == VALUES_MAX)
		return wrong(lib, values, "values were added too often");
	e->values[e->value_count++] = values;
	return 0;
}

int exceptions_collect(struct library *lib, const struct yaml_node *node, struct rule_def *rule, enum change change)
{
	if (node->kind != YAML_SEQUENCE || node->count > EXCEPTIONS_MAX)
		return wrong(lib, node, "'exceptions' must be a list of at most 1000");
	if (change == CHANGE_REPLACE)
		rule->exceptions = NULL;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		int r = collect(lib, n, rule, change);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

/* "toupper(proc.pname)": a function as the language writes it, without blanks. */
static bool is_function(struct rule_str t)
{
	for (size_t i = 0; call_names[i]; i++) {
		size_t len = strlen(call_names[i]);
		if (t.len > len && memcmp(t.at, call_names[i], len) == 0 && t.at[len] == '(')
			return t.at[t.len - 1] == ')' && !strpbrk(t.at, " \t\n\r");
	}
	return false;
}

/* The value as text, quoted when it would not survive otherwise. */
static void write_value(struct buf *out, const struct yaml_node *node)
{
	struct rule_str t = node->text;
	bool quoted = t.len >= 2 && (t.at[0] == '"' || t.at[0] == '\'') && t.at[t.len - 1] == t.at[0];

	if (quoted || is_function(t) || (t.len && !strpbrk(t.at, " \t\n\r(),=\"'\b"))) {
		buf_add(out, t.at, t.len);
		return;
	}
	buf_add_char(out, '"');
	for (uint32_t i = 0; i < t.len; i++) {
		if (t.at[i] == '"' || t.at[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, t.at[i]);
	}
	buf_add_char(out, '"');
}

static int write_list(struct library *lib, struct buf *out, const struct yaml_node *list)
{
	if (!scalars(list))
		return wrong(lib, list, "expected a list of plain values");
	buf_add_char(out, '(');
	for (const struct yaml_node *n = list->first; n; n = n->next) {
		write_value(out, n);
		if (n->next)
			buf_add_str(out, ", ");
	}
	buf_add_char(out, ')');
	return 0;
}

/* "startswith anyof": the operator is followed by one of the words for lists. */
static bool has_each(const char *op)
{
	const char *last = strrchr(op, ' ');

	for (int each = EACH_ONE; last && each < EACH_COUNT; each++) {
		if (strcmp(last + 1, check_each_names[each]) == 0)
			return true;
	}
	return false;
}

/* One comparison: field, operator, value. */
static int write_test(struct library *lib, struct buf *out, const struct yaml_node *field, const char *op,
		      const struct yaml_node *value)
{
	if (value->kind == YAML_MAPPING)
		return wrong(lib, value, "expected a value or a list of values");
	buf_printf(out, "%s %s ", field->text.at, op);
	if (value->kind == YAML_SEQUENCE)
		return write_list(lib, out, value);
	bool list_op =
		strcmp(op, "in") == 0 || strcmp(op, "pmatch") == 0 || strcmp(op, "intersects") == 0 || has_each(op);
	bool bare = !list_op || value->text.at[0] == '(';
	buf_add_str(out, bare ? "" : "(");
	if (bare && list_op)
		buf_add(out, value->text.at, value->text.len);
	else
		write_value(out, value);
	buf_add_str(out, bare ? "" : ")");
	return 0;
}

static int write_tuple(struct library *lib, struct buf *out, const struct exception *e, const struct yaml_node *tuple)
{
	const struct yaml_node *field = e->fields->first, *comp = e->comps ? e->comps->first : NULL;

	if (tuple->kind != YAML_SEQUENCE || tuple->count != e->fields->count)
		return wrong(lib, tuple, "expected a list with one value for each of the exception's fields");
	buf_add_char(out, '(');
	for (const struct yaml_node *v = tuple->first; v; v = v->next) {
		int r = write_test(lib, out, field, comp ? comp->text.at : "=", v);
		if (r < 0)
			return r;
		if (v->next)
			buf_add_str(out, " and ");
		field = field->next;
		comp = comp ? comp->next : NULL;
	}
	buf_add_char(out, ')');
	return 0;
}

/* One field and a word for lists: all values together are the list, or each list among them is one. */
static int write_each(struct library *lib, struct buf *out, const struct exception *e, const char *op, bool *written)
{
	for (size_t i = 0; i < e->value_count; i++) {
		const struct yaml_node *values = e->values[i];
		bool nested = values->first && values->first->kind == YAML_SEQUENCE;
		for (const struct yaml_node *v = nested ? values->first : values; v; v = nested ? v->next : NULL) {
			buf_add_str(out, *written ? " or " : "and not (");
			*written = true;
			int r = write_test(lib, out, e->fields, op, v);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int write_exception(struct library *lib, struct buf *out, const struct exception *e, bool *written)
{
	const char *op = e->comps && e->comps->kind == YAML_SCALAR ? e->comps->text.at : "in";

	if (e->fields->kind == YAML_SCALAR && has_each(op))
		return write_each(lib, out, e, op, written);

	for (size_t i = 0; i < e->value_count; i++) {
		for (const struct yaml_node *v = e->values[i]->first; v; v = v->next) {
			buf_add_str(out, *written ? " or " : "and not (");
			*written = true;
			int r = e->fields->kind == YAML_SCALAR ? write_test(lib, out, e->fields, op, v)
							       : write_tuple(lib, out, e, v);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int library_apply_exceptions(struct library *lib, struct rule_def *rule)
{
	bool wrapped = false;

	for (const struct exception *e = rule->exceptions; e; e = e->next) {
		SCOPED(buf) struct buf out = BUF_INIT(CONDITION_BYTES_MAX);
		bool written = false;
		int r = write_exception(lib, &out, e, &written);
		if (r < 0) {
			rule->left_out = true;
			continue;
		}
		if (!written)
			continue;
		buf_add_char(&out, ')');
		r = buf_error(&out);
		const char *text = r < 0 ? NULL : arena_str(lib->arena, buf_str(&out));
		if (r == -ENOMEM || (r == 0 && !text))
			return -ENOMEM;
		/* The condition as it was gets parentheses: "a or b" must not be torn apart. */
		r = r < 0 || wrapped ? r : condition_wrap(lib->arena, &rule->condition, e->node);
		wrapped = true;
		r = r < 0 ? r : condition_add(lib->arena, &rule->condition, e->node, text);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			return wrong(lib, e->node, "the condition with its exceptions is too long");
	}
	return 0;
}
