/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kinds of rules that look at more than one event:
 *
 *   count:    {by: [container.id], within: 10s, at_least: 20}
 *   distinct: {of: fd.sport, by: [proc.pid], within: 60s, at_least: 15}
 *   sequence: {by: [container.id], within: 30s, steps: [condition, condition, ...]}
 */
#include <stdlib.h>

#include "base/str.h"
#include "library.h"
#include "yaml.h"

#define WITHIN_MAX_S 86400
#define AT_LEAST_MAX 1000

static int wrong(struct library *lib, const struct yaml_node *at, const char *what)
{
	rule_problem_add(lib->problems, yaml_place_of(at), "%s", what);
	return -EINVAL;
}

static int read_within(struct library *lib, struct watch *w)
{
	static const struct {
		char unit[4];
		uint64_t ns;
	} units[] = {{"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000}, {"h", 3600000000000}};
	const struct yaml_node *node = yaml_get(w->node, "within");
	char *end = NULL;

	if (!node || node->kind != YAML_SCALAR)
		return wrong(lib, node ? node : w->node, "expected 'within: 10s'");
	errno = 0;
	unsigned long long number = strtoull(node->text.at, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units) && number && !errno && number <= UINT32_MAX; i++) {
		if (strcmp(end, units[i].unit) == 0)
			w->within_ns = number * units[i].ns;
	}
	if (!w->within_ns || w->within_ns > WITHIN_MAX_S * 1000000000ull)
		return wrong(lib, node, "expected a time such as 500ms, 10s, 5m or 1h, at most 24h");
	return 0;
}

static int read_by(struct library *lib, struct watch *w)
{
	const struct yaml_node *by = yaml_get(w->node, "by");

	if (!by)
		return 0;
	if (by->kind == YAML_SCALAR) {
		w->by[w->by_count++] = by;
		return 0;
	}
	if (by->kind != YAML_SEQUENCE || by->count > WATCH_BY_MAX)
		return wrong(lib, by, "'by' must be a field or a list of at most 4 fields");
	for (const struct yaml_node *n = by->first; n; n = n->next) {
		if (n->kind != YAML_SCALAR)
			return wrong(lib, n, "expected a field");
		w->by[w->by_count++] = n;
	}
	return 0;
}

static int read_at_least(struct library *lib, struct watch *w)
{
	const struct yaml_node *node = yaml_get(w->node, "at_least");

	if (!node || node->kind != YAML_SCALAR || str_to_u64(node->text.at, AT_LEAST_MAX, &w->at_least) < 0 ||
	    w->at_least < 2)
		return wrong(lib, node ? node : w->node, "expected 'at_least' with a number from 2 to 1000");
	return 0;
}

static int read_steps(struct library *lib, struct watch *w)
{
	const struct yaml_node *steps = yaml_get(w->node, "steps");

	if (!steps || steps->kind != YAML_SEQUENCE || steps->count < 2 || steps->count > WATCH_STEPS_MAX)
		return wrong(lib, steps ? steps : w->node, "expected 'steps' with 2 to 8 conditions");
	for (const struct yaml_node *n = steps->first; n; n = n->next) {
		if (n->kind != YAML_SCALAR)
			return wrong(lib, n, "expected a condition");
		int r = item_add_condition(lib, &w->steps[w->step_count++], n);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_of(struct library *lib, struct watch *w)
{
	w->of = yaml_get(w->node, "of");
	if (!w->of || w->of->kind != YAML_SCALAR)
		return wrong(lib, w->node, "expected 'of' with the field whose different values are counted");
	return 0;
}

int item_watch(struct library *lib, const struct yaml_node *item, struct rule_def *rule)
{
	static const char *const names[] = {
		[WATCH_COUNT] = "count", [WATCH_DISTINCT] = "distinct", [WATCH_SEQUENCE] = "sequence"};
	static const char *const known[] = {"by", "within", "at_least", "of", "steps", NULL};
	struct watch w = {0};

	for (int kind = WATCH_COUNT; kind <= WATCH_SEQUENCE; kind++) {
		const struct yaml_node *node = yaml_get(item, names[kind]);
		if (!node)
			continue;
		if (w.kind)
			return wrong(lib, node, "only one of count, distinct and sequence");
		if (node->kind != YAML_MAPPING)
			return wrong(lib, node, "expected 'within' and more here; see docs/rules.md");
		item_warn_unknown(lib, node, known);
		w.kind = (enum watch_kind)kind;
		w.node = node;
	}
	if (!w.kind)
		return 0;
	int r = read_within(lib, &w);
	r = r < 0 ? r : read_by(lib, &w);
	r = r < 0 ? r : w.kind == WATCH_SEQUENCE ? read_steps(lib, &w) : read_at_least(lib, &w);
	r = r == 0 && w.kind == WATCH_DISTINCT ? read_of(lib, &w) : r;
	if (r == 0)
		rule->watch = w;
	return r;
}
