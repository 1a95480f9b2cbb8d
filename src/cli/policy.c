/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep policy: rules checked, explained, and tried on events that were written down.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "commands.h"
#include "detect/schema.h"
#include "events.h"
#include "flow/rules.h"

struct options {
	const char *format, *events;
	struct strv rules, enable;
	bool all, skip_broken;
};

#define RULES_OPTION                                                                                                   \
	{                                                                                                              \
		0, "rules", CLI_LIST, "FILE", "a file or folder of rules; several are read in this order",             \
			offsetof(struct options, rules)                                                                \
	}
#define ALL_OPTION                                                                                                     \
	{                                                                                                              \
		0, "all", CLI_FLAG, NULL, "also rules that are switched off", offsetof(struct options, all)            \
	}

#define SKIP_BROKEN_OPTION                                                                                             \
	{                                                                                                              \
		0, "skip-broken", CLI_FLAG, NULL, "leave out rules that cannot be loaded, saying why",                 \
			offsetof(struct options, skip_broken)                                                          \
	}

static const struct cli_option explain_options[] = {RULES_OPTION, SKIP_BROKEN_OPTION, {0}};

static const struct cli_option check_options[] = {
	SKIP_BROKEN_OPTION,
	{'o', "output", CLI_TEXT, "FORMAT", "text or json", offsetof(struct options, format)},
	{0},
};

static const struct cli_option test_options[] = {
	RULES_OPTION,
	{0, "events", CLI_TEXT, "FILE", "events, one JSON object a line; - is standard input",
	 offsetof(struct options, events)},
	{0, "enable", CLI_LIST, "RULE", "switch this rule on", offsetof(struct options, enable)},
	ALL_OPTION,
	SKIP_BROKEN_OPTION,
	{'o', "output", CLI_TEXT, "FORMAT", "text or jsonl", offsetof(struct options, format)},
	{0},
};

static void done(void *data)
{
	struct options *o = data;

	strv_done(&o->rules);
	strv_done(&o->enable);
}

void cli_rule_problems(const struct rule_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct rule_problem *p = &problems->items[i];
		const char *kind = p->warning ? "warning" : "error";
		if (p->place.file && p->place.line)
			fprintf(stderr, "%s:%u:%u: %s: %s\n", p->place.file, p->place.line, p->place.column, kind,
				p->text);
		else
			fprintf(stderr, "%s: %s: %s\n", p->place.file ? p->place.file : "skep", kind, p->text);
	}
	if (problems->errors + problems->warnings > problems->count)
		fprintf(stderr, "and %zu more\n", problems->errors + problems->warnings - problems->count);
}

static int put_json(const struct rule_problems *problems)
{
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);

	json_out_array(&o, NULL);
	for (size_t i = 0; i < problems->count; i++) {
		const struct rule_problem *p = &problems->items[i];
		json_out_object(&o, NULL);
		json_out_str(&o, "file", p->place.file);
		json_out_u64(&o, "line", p->place.line);
		json_out_u64(&o, "column", p->place.column);
		json_out_str(&o, "severity", p->warning ? "warning" : "error");
		json_out_str(&o, "message", p->text);
		json_out_object_end(&o);
	}
	json_out_array_end(&o);
	return cli_put(&b);
}

static int load(char **paths, size_t count, const struct options *o, struct rule_problems *problems,
		struct rule_set **ret, struct err *e)
{
	struct rule_options options = RULE_OPTIONS_DEFAULT;

	options.enable_all = o->all;
	options.skip_broken = o->skip_broken;
	options.enable = (const char *const *)o->enable.items;
	return flow_rules_load((const char *const *)paths, count, &options, problems, ret, e);
}

static int run_check(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	SCOPED_PTR(rule_set) struct rule_set *set = NULL;
	const struct options *o = data;
	struct err e = {0};
	size_t on = 0;
	bool json = str_eq(o->format, "json");

	if (o->format && !json && !str_eq(o->format, "text"))
		return cli_usage("-o %s: expected text or json", o->format);
	int r = load(args, count, o, &problems, &set, &e);
	if (json && (r == 0 || problems.errors) && put_json(&problems) != CLI_OK)
		return CLI_FAILED;
	if (!json)
		cli_rule_problems(&problems);
	if (r < 0)
		return problems.errors && json ? CLI_USAGE : cli_fail(&e, problems.errors ? CLI_USAGE : 0);
	for (size_t i = 0; i < rule_set_count(set); i++)
		on += rule_set_info(set, i)->enabled;
	if (!json)
		printf("%zu rules, %zu of them switched on; no mistakes\n", rule_set_count(set), on);
	return CLI_OK;
}

static void put_list(const char *title, const struct rule_set *set, size_t rule, bool fields)
{
	size_t total = fields ? detect_schema.field_count : detect_schema.event_count, count = 0;

	for (unsigned i = 0; i < total; i++)
		count += fields ? rule_wants_field(set, rule, i) : rule_wants_event(set, rule, i);
	printf("%s", title);
	if (!fields && count == total)
		printf(" any");
	for (unsigned i = 0; i < total && (fields || count < total); i++) {
		if (fields ? rule_wants_field(set, rule, i) : rule_wants_event(set, rule, i))
			printf(" %s", fields ? detect_schema.fields[i].name : detect_schema.events[i]);
	}
	printf("\n");
}

static int explain(struct rule_set *set, const char *name)
{
	SCOPED(buf) struct buf condition = BUF_INIT(16u << 20);
	long rule = rule_set_find(set, name);

	if (rule < 0)
		return cli_usage("policy explain: there is no rule \"%s\" in these files", name);
	const struct rule_info *info = rule_set_info(set, (size_t)rule);
	if (rule_explain(set, (size_t)rule, &condition) < 0)
		return cli_usage("policy explain: the condition is too long to be shown");
	printf("rule: %s\nat: %s:%u\npriority: %s\nenabled: %s\ntags:", info->name, info->file, info->line,
	       rule_priority_name(info->priority), info->enabled ? "true" : "false");
	for (size_t i = 0; info->tags[i]; i++)
		printf(" %s", info->tags[i]);
	printf("\n");
	put_list("events:", set, (size_t)rule, false);
	put_list("fields:", set, (size_t)rule, true);
	printf("output: %s\ncondition:\n%s\n", info->output, buf_str(&condition));
	return CLI_OK;
}

/* Files behind --rules without an option of their own ("--rules a b c") are rules too. */
static int add_rest(struct options *o, char **args, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int r = strv_add(&o->rules, args[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Rules that must be right: problems are shown, and decide. */
static int load_or_say(struct options *o, struct rule_set **ret)
{
	SCOPED(rule_problems) struct rule_problems problems = RULE_PROBLEMS_INIT;
	struct err e = {0};

	if (load(o->rules.items, o->rules.count, o, &problems, ret, &e) == 0)
		return CLI_OK;
	cli_rule_problems(&problems);
	return cli_fail(&e, problems.errors ? CLI_USAGE : 0);
}

static int run_explain(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED_PTR(rule_set) struct rule_set *set = NULL;
	struct options *o = data;

	if (add_rest(o, args + 1, count - 1) < 0)
		return CLI_FAILED;
	if (!o->rules.count)
		return cli_usage("policy explain: --rules is missing");
	int code = load_or_say(o, &set);
	return code == CLI_OK ? explain(set, args[0]) : code;
}

struct test {
	const struct rule_set *set;
	const char *events;
	bool json;
};

static int put_match(void *ctx, const struct flow_match *match)
{
	const struct test *t = ctx;
	SCOPED(buf) struct buf b = BUF_INIT(8u << 20);
	SCOPED(buf) struct buf text = BUF_INIT(4u << 20);
	struct json_out o = JSON_OUT(&b);
	const char *name = rule_set_info(t->set, match->rule)->name;

	int r = rule_judge_output(match->judge, match->rule, &text);
	if (r < 0)
		return r;
	if (!t->json) {
		printf("%zu: %s: %s\n", match->line, name, buf_str(&text));
		return ferror(stdout) ? -EIO : 0;
	}
	json_out_object(&o, NULL);
	json_out_u64(&o, "line", match->line);
	json_out_str(&o, "rule", name);
	json_out_str(&o, "output", buf_str(&text));
	json_out_object_end(&o);
	r = buf_error(&b);
	if (r == 0 && puts(buf_str(&b)) < 0)
		r = -EIO;
	return r;
}

static void put_trace_problem(void *ctx, size_t line, const char *what)
{
	const struct test *t = ctx;

	fprintf(stderr, "%s:%zu: %s\n", t->events, line, what);
}

static int test_rules(struct options *o, FILE *trace)
{
	SCOPED_PTR(rule_set) struct rule_set *set = NULL;
	struct err e = {0};
	int code = load_or_say(o, &set);

	if (code != CLI_OK)
		return code;
	struct test t = {.set = set, .events = o->events, .json = str_eq(o->format, "jsonl")};
	struct flow_trace_handlers handlers = {.match = put_match, .problem = put_trace_problem, .ctx = &t};
	if (flow_trace(set, trace, &handlers, &e) < 0)
		return cli_fail(&e, 0);
	return fflush(stdout) == 0 ? CLI_OK : CLI_FAILED;
}

static int run_test(const struct cli_context *c, void *data, char **args, size_t count)
{
	struct options *o = data;
	struct err e = {0};

	if (add_rest(o, args, count) < 0)
		return CLI_FAILED;
	if (!o->rules.count || !o->events)
		return cli_usage("policy test: --rules and --events are needed");
	if (o->format && !str_eq(o->format, "text") && !str_eq(o->format, "jsonl"))
		return cli_usage("-o %s: expected text or jsonl", o->format);
	FILE *trace = str_eq(o->events, "-") ? stdin : fopen(o->events, "re");
	if (!trace) {
		err_sys(&e, -errno, "cannot read %s", o->events);
		return cli_fail(&e, 0);
	}
	int code = test_rules(o, trace);
	if (trace != stdin)
		fclose(trace);
	return code;
}

const struct cli_command cli_policy_check = {
	.name = "policy check",
	.arguments = "FILE...",
	.summary = "check files of rules, showing every mistake",
	.options = check_options,
	.args_min = 1,
	.args_max = 1000,
	.size = sizeof(struct options),
	.run = run_check,
	.done = done,
};

const struct cli_command cli_policy_explain = {
	.name = "policy explain",
	.arguments = "RULE",
	.summary = "show a rule's condition with macros and lists filled in, its events and fields",
	.example = "  skep policy explain \"Terminal shell in container\" --rules falco_rules.yaml\n",
	.options = explain_options,
	.args_min = 1,
	.args_max = 1000,
	.size = sizeof(struct options),
	.run = run_explain,
	.done = done,
};

const struct cli_command cli_policy_test = {
	.name = "policy test",
	.arguments = "",
	.summary = "try rules on events that were written down",
	.example = "  skep policy test --rules falco_rules.yaml --events trace.jsonl -o jsonl\n",
	.options = test_options,
	.args_max = 1000,
	.size = sizeof(struct options),
	.run = run_test,
	.done = done,
};
