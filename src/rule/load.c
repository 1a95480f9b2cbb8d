/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to a set: read and collect all, fill in lists and exceptions, compile each rule, lay out the programs. Every
 * step goes on after a mistake, so that all of them are noted; only then loading fails.
 */
#include "rule/load.h"

#include <limits.h>
#include <stdlib.h>

#include "compiled.h"
#include "suggest.h"
#include "yaml.h"

#define EVENTS_TOO_MANY 100 /* a rule that asks for more types than this slows everything down */

static int read_files(struct rule_set *set, const struct rule_file *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct yaml_node *documents = NULL;
		int r = yaml_read(&set->library, files[i].name, files[i].text, files[i].len, set->lib.problems,
				  &documents);
		if (r == 0)
			r = library_collect(&set->lib, documents);
		if (r < 0 && r != -EINVAL)
			return r;
	}
	return library_fill_lists(&set->lib);
}

static bool is_asked_for(const struct rule_options *o, const char *name)
{
	for (size_t i = 0; o->enable && o->enable[i]; i++) {
		if (strcmp(o->enable[i], name) == 0)
			return true;
	}
	return o->enable_all;
}

static int fill_info(struct rule_set *set, const struct rule_def *def, const struct rule_options *options,
		     struct rule_info *info)
{
	struct arena *a = &set->arena;
	struct rule_place at = yaml_place_of(def->node);
	const char **tags = ARENA_ARRAY(a, def->tag_count + 1, const char *);

	*info = (struct rule_info){
		.name = arena_strn(a, def->name.at, def->name.len),
		.about = arena_strn(a, def->about.at ? def->about.at : "", def->about.len),
		.output = arena_strn(a, def->output.at ? def->output.at : "", def->output.len),
		.source = "syscall",
		.file = arena_str(a, at.file),
		.line = at.line,
		.column = at.column,
		.priority = def->priority,
		.tags = tags,
	};
	if (!info->name || !info->about || !info->output || !info->file || !tags)
		return -ENOMEM;
	for (size_t i = 0; i < def->tag_count; i++) {
		tags[i] = arena_strn(a, def->tags[i]->text.at, def->tags[i]->text.len);
		if (!tags[i])
			return -ENOMEM;
	}
	info->enabled = (def->enabled || is_asked_for(options, info->name)) && def->priority <= options->least_urgent;
	return 0;
}

static int watch_slots(struct rule_set *set, const struct rule_def *def, struct rule_entry *e)
{
	const struct watch *w = &def->watch;
	int result = 0;

	e->watch = (struct watcher){.kind = w->kind,
				    .by_count = w->by_count,
				    .of = NO_SLOT,
				    .within_ns = w->within_ns,
				    .at_least = (uint32_t)w->at_least,
				    .step_count = (uint32_t)w->step_count};
	for (size_t i = 0; i < w->by_count; i++) {
		struct where at = {.fixed = yaml_place_of(w->by[i])};
		int r = slot_of_text(set, w->by[i]->text, at, &e->watch.by[i]);
		result = r < 0 ? r : result;
	}
	if (w->kind == WATCH_DISTINCT) {
		struct where at = {.fixed = yaml_place_of(w->of)};
		int r = slot_of_text(set, w->of->text, at, &e->watch.of);
		result = r < 0 ? r : result;
	}
	return result;
}

static int compile_conditions(struct rule_set *set, struct rule_def *def, struct rule_entry *e)
{
	bool sequence = def->watch.kind == WATCH_SEQUENCE;
	int result = 0;

	if (!sequence) {
		int r = library_apply_exceptions(&set->lib, def);
		if (r < 0 && r != -EINVAL)
			return r;
		result = r;
	}
	e->condition_count = sequence ? (uint32_t)def->watch.step_count : 1;
	for (uint32_t i = 0; i < e->condition_count; i++) {
		const struct condition *c = sequence ? &def->watch.steps[i] : &def->condition;
		/* Unlike macros, rules may use macros that come later. */
		int r = lower_condition(set, c, UINT_MAX, &e->conditions[i]);
		if (r == -E2BIG) {
			rule_problem_add(
				set->lib.problems, yaml_place_of(def->node),
				"the condition is nested too deeply, or all conditions together are too large");
			r = -EINVAL;
		}
		if (r < 0 && r != -EINVAL)
			return r;
		if (r < 0)
			e->conditions[i] = EXPR_FALSE;
		result = r < 0 ? r : result;
	}
	return result;
}

static int compile_parts(struct rule_set *set, struct rule_def *def, struct rule_entry *e)
{
	int r = compile_conditions(set, def, e);
	if (r < 0 && r != -EINVAL)
		return r;
	struct where at = {.fixed = yaml_place_of(def->output_node ? def->output_node : def->node)};
	int out = output_parse(set, def->output, at, e);
	if (out < 0 && out != -EINVAL)
		return out;
	int watch = watch_slots(set, def, e);
	return r < 0 ? r : out < 0 ? out : watch;
}

/* Rules that may be dropped when this program lacks a field: their mistakes are a warning. */
static int compile_leniently(struct rule_set *set, struct rule_def *def, struct rule_entry *e)
{
	struct rule_problems *all = set->lib.problems;
	SCOPED(rule_problems) struct rule_problems own = RULE_PROBLEMS_INIT;

	set->lib.problems = &own;
	set->lenient = true;
	int r = compile_parts(set, def, e);
	set->lenient = false;
	set->lib.problems = all;
	if (r == 0 && own.errors) /* in a macro of it */
		r = -EINVAL;
	if (r == -EINVAL) {
		rule_problem_warn(all, yaml_place_of(def->node), "rule '%.100s' is left out: %s", def->name.at,
				  own.count ? own.items[0].text : "it cannot be compiled here");
		e->info.enabled = false;
		for (uint32_t i = 0; i < e->condition_count; i++)
			e->conditions[i] = EXPR_FALSE;
		r = 0;
	}
	return r;
}

static int compile_rule(struct rule_set *set, struct rule_def *def, const struct rule_options *options,
			struct rule_entry *e)
{
	e->def = def;
	e->events = ARENA_ARRAY(&set->arena, BITS_WORDS(set->schema->event_count + 1), uint64_t);
	if (!e->events)
		return -ENOMEM;
	int r = fill_info(set, def, options, &e->info);
	if (r < 0)
		return r;
	r = def->skip_unknown || options->skip_broken ? compile_leniently(set, def, e) : compile_parts(set, def, e);
	return r == -EINVAL ? 0 : r;
}

static int compile_rules(struct rule_set *set, const struct rule_options *options)
{
	size_t count = 0;

	for (const struct rule_def *d = set->lib.rules; d; d = d->next)
		count++;
	set->rules = ARENA_ARRAY(&set->arena, count + 1, struct rule_entry);
	if (!set->rules)
		return -ENOMEM;
	for (struct rule_def *d = set->lib.rules; d; d = d->next) {
		/* What is there of an incomplete rule is checked too; the set is not used then. */
		if (d->left_out && (!d->condition.len || options->skip_broken))
			continue;
		int r = compile_rule(set, d, options, &set->rules[set->rule_count]);
		if (r < 0)
			return r;
		set->rule_count++;
	}
	for (struct macro *m = set->lib.macros; m; m = m->next) {
		int r = m->state ? 0 : lower_unused(set, m);
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_patterns(struct rule_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < set->rule_count; i++)
		count += set->rules[i].condition_count;
	set->patterns = ARENA_ARRAY(&set->arena, count + 1, struct pattern);
	if (!set->patterns)
		return -ENOMEM;
	for (uint32_t i = 0; i < set->rule_count; i++) {
		const struct rule_entry *e = &set->rules[i];
		/* The last step of a sequence first: one event does not make two steps. */
		for (uint32_t k = e->condition_count; e->info.enabled && k-- > 0;)
			set->patterns[set->pattern_count++] = (struct pattern){i, k, e->conditions[k]};
	}
	return 0;
}

static void warn_about_events(const struct rule_set *set)
{
	for (size_t i = 0; i < set->rule_count; i++) {
		const struct rule_entry *e = &set->rules[i];
		size_t count = 0;
		for (unsigned event = 0; event < set->schema->event_count; event++)
			count += rule_wants_event(set, i, event);
		if (count > EVENTS_TOO_MANY && e->def->warn_events && e->info.enabled)
			rule_problem_warn(
				set->lib.problems, yaml_place_of(e->def->node),
				"rule '%.100s' matches %zu event types, which costs time; name the types it is "
				"about with evt.type",
				e->info.name, count);
	}
}

static int mark_fields(struct rule_set *set)
{
	scoped_free uint64_t *seen = calloc(BITS_WORDS(set->exprs.count), sizeof(*seen));

	set->wanted_fields = ARENA_ARRAY(&set->arena, BITS_WORDS(set->schema->field_count), uint64_t);
	if (!seen || !set->wanted_fields)
		return -ENOMEM;
	for (size_t i = 0; i < set->rule_count; i++) {
		if (set->rules[i].info.enabled)
			rule_mark_fields(set, i, set->wanted_fields, seen);
	}
	return 0;
}

static void note_unknown_wishes(const struct rule_set *set, const struct rule_options *options)
{
	for (size_t i = 0; options->enable && options->enable[i]; i++) {
		struct rule_place nowhere = {0};
		struct suggestion s = suggest_start(rule_str_of(options->enable[i]));
		char words[150];
		if (rule_set_find(set, options->enable[i]) >= 0)
			continue;
		for (size_t k = 0; k < set->rule_count; k++)
			suggest_offer(&s, rule_str_of(set->rules[k].info.name));
		rule_problem_add(set->lib.problems, nowhere, "there is no rule '%.100s' to switch on%s",
				 options->enable[i], suggest_words(&s, words, sizeof(words)));
	}
}

static int load(struct rule_set *set, const struct rule_file *files, size_t count, const struct rule_options *options)
{
	size_t errors = set->lib.problems->errors;
	int r = exprs_init(&set->exprs, &set->arena);

	r = r < 0 ? r : read_files(set, files, count);
	r = r < 0 ? r : compile_rules(set, options);
	if (r < 0)
		return r;
	note_unknown_wishes(set, options);
	if (set->lib.problems->errors > errors)
		return -EINVAL;
	r = make_patterns(set);
	r = r < 0 ? r : mark_fields(set);
	r = r < 0 ? r : program_make(set);
	if (r == 0)
		warn_about_events(set);
	return r;
}

int rule_load(const struct rule_schema *schema, const struct rule_file *files, size_t count,
	      const struct rule_options *options, struct rule_problems *problems, struct rule_set **ret)
{
	SCOPED_PTR(rule_set) struct rule_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->arena = ARENA_INIT(SET_BYTES_MAX);
	set->library = ARENA_INIT(LIBRARY_BYTES_MAX);
	set->schema = schema;
	library_init(&set->lib, &set->library, schema, problems);
	set->lib.skip_broken = options->skip_broken;
	int r = load(set, files, count, options);
	set->lib.problems = NULL;
	if (r == -ENOMEM &&
	    (set->arena.used_bytes > SET_BYTES_MAX / 2 || set->library.used_bytes > LIBRARY_BYTES_MAX / 2))
		r = -E2BIG;
	if (r == 0)
		*ret = take_ptr(set);
	return r;
}
