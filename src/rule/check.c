/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A comparison as written to a test: the operator must suit the field's type, the values must be of that type, lists
 * are filled in. Equal tests are made once.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "suggest.h"
#include "values.h"
#include "yaml.h"

#define KEY_BYTES_MAX (16u << 20)
#define BIT(op) (1u << (op))
#define STRING_OPS                                                                                                     \
	(BIT(OP_CONTAINS) | BIT(OP_ICONTAINS) | BIT(OP_BCONTAINS) | BIT(OP_STARTSWITH) | BIT(OP_BSTARTSWITH) |         \
	 BIT(OP_ENDSWITH) | BIT(OP_GLOB) | BIT(OP_IGLOB) | BIT(OP_REGEX) | BIT(OP_PMATCH))
#define EQUAL_OPS (BIT(OP_EXISTS) | BIT(OP_EQ) | BIT(OP_NE) | BIT(OP_IN) | BIT(OP_INTERSECTS))
#define ORDER_OPS (BIT(OP_LT) | BIT(OP_LE) | BIT(OP_GT) | BIT(OP_GE))

static const unsigned ops_of_type[] = {
	[RULE_STRING] = STRING_OPS | EQUAL_OPS | ORDER_OPS,
	[RULE_NUMBER] = EQUAL_OPS | ORDER_OPS,
	[RULE_REAL] = BIT(OP_EXISTS) | BIT(OP_EQ) | BIT(OP_NE) | ORDER_OPS,
	[RULE_BOOL] = BIT(OP_EXISTS) | BIT(OP_EQ) | BIT(OP_NE),
	[RULE_IP] = EQUAL_OPS,
	[RULE_NET] = EQUAL_OPS,
	[RULE_PORT] = EQUAL_OPS | ORDER_OPS,
	[RULE_TIME] = STRING_OPS | EQUAL_OPS | ORDER_OPS,
};
static const uint8_t op_cost[OP_COUNT] = {
	[OP_EXISTS] = 1,     [OP_EQ] = 1,	   [OP_NE] = 1,		[OP_LT] = 1,	     [OP_LE] = 1,
	[OP_GT] = 1,	     [OP_GE] = 1,	   [OP_CONTAINS] = 8,	[OP_ICONTAINS] = 16, [OP_BCONTAINS] = 8,
	[OP_STARTSWITH] = 2, [OP_BSTARTSWITH] = 2, [OP_ENDSWITH] = 2,	[OP_GLOB] = 16,	     [OP_IGLOB] = 16,
	[OP_REGEX] = 80,     [OP_IN] = 3,	   [OP_INTERSECTS] = 3, [OP_PMATCH] = 8,
};

/* What is known about a comparison on its way to a test. */
struct making {
	struct rule_set *set;
	const struct check *check;
	struct where place;
	struct test test;
	struct rule_str *values;
	size_t count;
	struct buf key;
};

static int wrong(const struct making *m, const char *what, struct rule_str text)
{
	rule_problem_add(m->set->lib.problems, where_place(m->set, m->place), "%s '%.*s'", what,
			 (int)MIN_OF(text.len, 100u), text.at);
	return -EINVAL;
}

const struct list *list_named(const struct rule_set *set, const struct operand *o)
{
	return o->kind == OPERAND_TEXT && !o->quoted ? names_get(&set->lib.list_names, o->text) : NULL;
}

/* Counts first, then fills in: values with the items of lists in the place of their names. */
static int gather(struct making *m)
{
	size_t total = 0, at = 0;

	for (const struct operand *o = m->check->values; o; o = o->next) {
		const struct list *list = list_named(m->set, o);
		total += list ? list->count : 1;
	}
	m->values = calloc(total + 1, sizeof(*m->values));
	if (!m->values)
		return -ENOMEM;
	for (const struct operand *o = m->check->values; o; o = o->next) {
		const struct list *list = list_named(m->set, o);
		if (o->kind != OPERAND_TEXT)
			return wrong(m, "only plain values may be in a list, not", o->text);
		for (size_t i = 0; list && i < list->count; i++)
			m->values[at++] = list->items[i].text;
		if (!list)
			m->values[at++] = o->text;
	}
	m->count = at;
	bool plain_list = check_op_takes_list(m->check->op) && !m->check->list;
	if (plain_list && !list_named(m->set, m->check->values)) {
		struct suggestion s = suggest_start(m->check->values->text);
		char words[100];
		for (const struct list *l = m->set->lib.lists; l; l = l->next)
			suggest_offer(&s, l->name);
		rule_problem_add(m->set->lib.problems, where_place(m->set, m->place),
				 "expected a list: (a, b) or the name of a list, found '%.*s'%s",
				 (int)MIN_OF(m->check->values->text.len, 100u), m->check->values->text.at,
				 suggest_words(&s, words, sizeof(words)));
		return -EINVAL;
	}
	return 0;
}

/* A name in a list that looks like a list's name misspelt: "in (shell_binarie)". */
static void warn_near_list(const struct making *m)
{
	const struct operand *o = m->check->values;

	if (!m->check->list || !o || o->next || o->kind != OPERAND_TEXT || o->quoted || list_named(m->set, o) ||
	    o->text.len < 8 || !memchr(o->text.at, '_', o->text.len))
		return;
	struct suggestion s = suggest_start(o->text);
	char words[100];
	for (const struct list *l = m->set->lib.lists; l; l = l->next)
		suggest_offer(&s, l->name);
	if (s.best.at)
		rule_problem_warn(m->set->lib.problems, where_place(m->set, m->place),
				  "'%.*s' is no list, so it is a plain value%s", (int)o->text.len, o->text.at,
				  suggest_words(&s, words, sizeof(words)));
}

/* An event has one name: aliases become it. */
static int check_event_name(const struct making *m, struct rule_str *ret_name)
{
	const struct rule_schema *schema = m->set->schema;
	struct rule_str name = *ret_name;
	struct suggestion s = suggest_start(name);
	char words[100];
	int event = rule_schema_event(schema, name.at, name.len);

	if (event >= 0) {
		if (schema->has_event && !schema->has_event((unsigned)event))
			rule_problem_warn(m->set->lib.problems, where_place(m->set, m->place),
					  "events of the type '%.*s' are never seen by this program",
					  (int)MIN_OF(name.len, 100u), name.at);
		*ret_name = rule_str_of(schema->events[event]);
		return 0;
	}
	for (size_t i = 0; i < schema->event_count; i++)
		suggest_offer(&s, rule_str_of(schema->events[i]));
	rule_problem_add(m->set->lib.problems, where_place(m->set, m->place), "unknown event type '%.*s'%s",
			 (int)MIN_OF(name.len, 100u), name.at, suggest_words(&s, words, sizeof(words)));
	return -EINVAL;
}

static struct rule_str keep(struct making *m, struct rule_str text)
{
	return (struct rule_str){arena_strn(&m->set->arena, text.at, text.len), text.len};
}

/* "/var//run/" -> "var/run"; patterns with wildcards keep the same form. */
static struct rule_str path_form(struct making *m, struct rule_str path)
{
	char *out = arena_alloc(&m->set->arena, path.len + 1);
	uint32_t len = 0;

	for (uint32_t i = 0; out && i < path.len; i++) {
		bool slash = path.at[i] == '/';
		if (slash && (!len || out[len - 1] == '/'))
			continue;
		out[len++] = path.at[i];
	}
	while (out && len && out[len - 1] == '/')
		len--;
	return (struct rule_str){out, len};
}

static int make_paths(struct making *m)
{
	size_t plain = 0;

	m->test.patterns = ARENA_ARRAY(&m->set->arena, m->count + 1, struct rule_str);
	if (!m->test.patterns)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++) {
		struct rule_str path = path_form(m, m->values[i]);
		if (!path.at)
			return -ENOMEM;
		bool wild = memchr(path.at, '*', path.len) || memchr(path.at, '?', path.len) ||
			    memchr(path.at, '[', path.len);
		if (wild)
			m->test.patterns[m->test.count++] = path;
		else
			m->values[plain++] = path;
	}
	return string_set_make(&m->set->arena, &m->test.set, m->values, plain, true);
}

static int make_regex(struct making *m)
{
	const char *what;
	size_t at;
	int r = regex_compile(&m->set->arena, m->values[0], &m->test.regex, &what, &at);

	if (r == -EINVAL)
		rule_problem_add(m->set->lib.problems, where_place(m->set, m->place),
				 "wrong regular expression '%.*s': at character %zu: %s",
				 (int)MIN_OF(m->values[0].len, 100u), m->values[0].at, at + 1, what);
	return r;
}

static int make_bytes(struct making *m)
{
	char *bytes = arena_alloc(&m->set->arena, m->values[0].len / 2 + 1);

	if (!bytes)
		return -ENOMEM;
	if (value_hex(m->values[0], bytes) < 0)
		return wrong(m, "expected an even number of hexadecimal digits, found", m->values[0]);
	m->test.str = (struct rule_str){bytes, m->values[0].len / 2};
	return 0;
}

static int make_strings(struct making *m)
{
	bool is_type = m->set->slots[m->test.slot].is_type;

	for (size_t i = 0; i < m->count; i++) {
		bool name_needed = m->test.op == OP_EQ || m->test.op == OP_NE || m->test.op == OP_IN;
		if (is_type && name_needed && check_event_name(m, &m->values[i]) < 0)
			return -EINVAL;
		if (m->test.op != OP_PMATCH)
			m->values[i] = keep(m, m->values[i]);
		if (!m->values[i].at)
			return -ENOMEM;
	}
	switch ((int)m->test.op) {
	case OP_PMATCH:
		return make_paths(m);
	case OP_IN:
	case OP_INTERSECTS:
		return string_set_make(&m->set->arena, &m->test.set, m->values, m->count, false);
	case OP_REGEX:
		return make_regex(m);
	case OP_BCONTAINS:
	case OP_BSTARTSWITH:
		return make_bytes(m);
	default:
		break;
	}
	m->test.str = m->values[0];
	for (uint32_t i = 0; m->test.op == OP_ICONTAINS && i < m->test.str.len; i++) {
		char *c = (char *)m->test.str.at + i;
		*c = *c >= 'A' && *c <= 'Z' ? (char)(*c | 0x20) : *c;
	}
	return 0;
}

static int compare_numbers(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static int make_numbers(struct making *m)
{
	m->test.numbers = ARENA_ARRAY(&m->set->arena, m->count + 1, int64_t);
	if (!m->test.numbers)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++) {
		bool port = m->test.type == RULE_PORT;
		int r = port ? value_port(m->values[i], &m->test.numbers[i])
			     : value_number(m->values[i], &m->test.numbers[i]);
		if (r < 0)
			return wrong(m, port ? "expected a port, found" : "expected a whole number, found",
				     m->values[i]);
	}
	m->test.count = (uint32_t)m->count;
	qsort(m->test.numbers, m->count, sizeof(int64_t), compare_numbers);
	return 0;
}

static int make_addresses(struct making *m)
{
	m->test.nets = ARENA_ARRAY(&m->set->arena, m->count + 1, struct net);
	if (!m->test.nets)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++) {
		struct net *net = &m->test.nets[i];
		net->bits = 128;
		if (m->test.type == RULE_IP && value_ip(m->values[i], &net->ip) < 0)
			return wrong(m,
				     "expected an IP address (for networks there are fd.net, fd.snet and so on), found",
				     m->values[i]);
		if (m->test.type == RULE_NET && value_net(m->values[i], net) < 0)
			return wrong(m, "expected a network such as 10.0.0.0/8, found", m->values[i]);
	}
	m->test.count = (uint32_t)m->count;
	return 0;
}

static int make_single(struct making *m)
{
	if (m->test.type == RULE_REAL)
		return value_real(m->values[0], &m->test.real) < 0 ? wrong(m, "expected a number, found", m->values[0])
								   : 0;
	bool yes = rule_str_eq(m->values[0], rule_str_of("true"));
	if (!yes && !rule_str_eq(m->values[0], rule_str_of("false")))
		return wrong(m, "expected true or false, found", m->values[0]);
	m->test.numbers = ARENA_NEW(&m->set->arena, int64_t);
	if (!m->test.numbers)
		return -ENOMEM;
	m->test.numbers[0] = yes;
	m->test.count = 1;
	return 0;
}

static int make_values(struct making *m)
{
	if (!check_op_takes_list(m->test.op) && m->count != 1) {
		rule_problem_add(m->set->lib.problems, where_place(m->set, m->place),
				 "the list '%.*s' has %zu items where one value is expected; use 'in (...)'",
				 (int)m->check->values->text.len, m->check->values->text.at, m->count);
		return -EINVAL;
	}
	switch ((enum rule_type)m->test.type) {
	case RULE_STRING:
	case RULE_TIME:
		return make_strings(m);
	case RULE_NUMBER:
	case RULE_PORT:
		return make_numbers(m);
	case RULE_IP:
	case RULE_NET:
		return make_addresses(m);
	case RULE_REAL:
	case RULE_BOOL:
		break;
	}
	return make_single(m);
}

static enum rule_type family(enum rule_type type)
{
	static const enum rule_type families[] = {
		[RULE_STRING] = RULE_STRING, [RULE_NUMBER] = RULE_NUMBER, [RULE_REAL] = RULE_REAL,
		[RULE_BOOL] = RULE_BOOL,     [RULE_IP] = RULE_IP,	  [RULE_NET] = RULE_IP,
		[RULE_PORT] = RULE_NUMBER,   [RULE_TIME] = RULE_STRING,
	};
	return families[type];
}

/* A right side that is a field itself: val(proc.pname). */
static int make_other(struct making *m)
{
	const unsigned allowed =
		EQUAL_OPS | ORDER_OPS | BIT(OP_CONTAINS) | BIT(OP_ICONTAINS) | BIT(OP_STARTSWITH) | BIT(OP_ENDSWITH);
	struct operand *o = m->check->values;

	if (!(allowed & BIT(m->test.op)))
		return wrong(m, "this operator needs a value that does not change, not", o->text);
	int r = slot_of_operand(m->set, o, m->place, &m->test.other);
	if (r < 0)
		return r;
	if (family(m->set->slots[m->test.other].type) != family(m->test.type))
		return wrong(m, "values of different types are compared with", o->text);
	return buf_printf(&m->key, "slot %u", m->test.other);
}

static int write_key(struct making *m)
{
	const struct operand *only = m->check->values;
	const struct list *list = only && !only->next ? list_named(m->set, only) : NULL;

	if (list)
		return buf_printf(&m->key, "list %u", list->index);
	for (size_t i = 0; i < m->count; i++) {
		buf_printf(&m->key, "%u:", m->values[i].len);
		buf_add(&m->key, m->values[i].at, m->values[i].len);
	}
	return buf_error(&m->key);
}

static int add_test(struct rule_set *set, const struct test *t, struct rule_str key, uint32_t *ret)
{
	if (set->test_count == set->test_capacity) {
		size_t capacity = set->test_capacity ? 2 * set->test_capacity : 256;
		void *tests = reallocarray(set->tests, capacity, sizeof(*set->tests));
		if (!tests)
			return -ENOMEM;
		set->tests = tests;
		set->test_capacity = capacity;
	}
	const char *copy = arena_strn(&set->arena, key.at, key.len);
	uintptr_t number = set->test_count + 1;
	if (!copy || names_add(&set->arena, &set->test_names, (struct rule_str){copy, key.len}, (void *)number) < 0)
		return -ENOMEM;
	set->tests[set->test_count] = *t;
	*ret = (uint32_t)set->test_count++;
	return 0;
}

/* Tests whose answer is known: nothing is in an empty list, events are numbered from 1, directions are gone. */
static uint32_t known_answer(const struct making *m)
{
	const struct slot *slot = &m->set->slots[m->test.slot];
	const struct test *t = &m->test;

	if (t->other == NO_SLOT && check_op_takes_list(t->op) && !m->count)
		return EXPR_FALSE;
	bool number = slot->kind == SLOT_FIELD && slot->field == m->set->schema->evt_num && t->count == 1;
	if (number && t->numbers[0] == 0 && t->op != OP_NE)
		return t->op == OP_EQ || t->op == OP_IN || t->op == OP_INTERSECTS ? EXPR_FALSE : EXPR_NONE;
	if (slot->kind == SLOT_TEXT && t->other == NO_SLOT) {
		struct rule_value v = {.type = RULE_STRING, .str = slot->text};
		return test_holds_for(t, &v) ? EXPR_TRUE : EXPR_FALSE;
	}
	return EXPR_NONE;
}

static int make_test(struct making *m, uint32_t *ret)
{
	const struct operand *value = m->check->values;
	int r = buf_printf(&m->key, "%u %u ", m->test.op, m->test.slot);

	if (m->test.op != OP_EXISTS && !m->check->list && value->kind == OPERAND_CALL)
		r = make_other(m);
	else if (m->test.op != OP_EXISTS) {
		r = gather(m);
		r = r < 0 ? r : write_key(m);
	}
	if (r < 0)
		return r;
	struct rule_str key = {buf_str(&m->key), (uint32_t)m->key.len};
	uintptr_t known = (uintptr_t)names_get(&m->set->test_names, key);
	if (known)
		return expr_test(&m->set->exprs, (uint32_t)known - 1, ret);
	warn_near_list(m);
	r = m->test.op == OP_EXISTS || m->test.other != NO_SLOT ? 0 : make_values(m);
	if (r < 0)
		return r;
	*ret = known_answer(m);
	if (*ret != EXPR_NONE)
		return 0;
	uint32_t number;
	r = add_test(m->set, &m->test, key, &number);
	return r < 0 ? r : expr_test(&m->set->exprs, number, ret);
}

int test_make_plain(struct rule_set *set, const struct check *check, const struct condition *c, uint32_t *ret)
{
	struct making m = {.set = set, .check = check, .place = {.condition = c, .at = check->left->at}};
	uint32_t slot;

	int r = slot_of_operand(set, check->left, m.place, &slot);
	if (r < 0)
		return r;
	const struct slot *s = &set->slots[slot];
	if (check->values)
		m.place.at = check->values->at;
	if (!(ops_of_type[s->type] & BIT(check->op))) {
		rule_problem_add(set->lib.problems, condition_place(c, check->left->at),
				 "the operator '%s' cannot be used on %.*s, which is a %s", check_op_names[check->op],
				 (int)s->text.len, s->text.at, rule_type_name(s->type));
		return -EINVAL;
	}
	m.key = BUF_INIT(KEY_BYTES_MAX);
	enum check_op op = check->op;
	if (s->kind == SLOT_FIELD && set->schema->evt_around && s->field == set->schema->evt_around && op == OP_EQ)
		op = OP_LE; /* "evt.around[T] = D" is at most D away from T */
	m.test = (struct test){
		.op = (uint8_t)op, .type = (uint8_t)s->type, .any = s->any, .slot = slot, .other = NO_SLOT};
	m.test.cost = op_cost[op] + (s->kind == SLOT_CALL ? 10 : 0) + (s->type == RULE_STRING);
	r = make_test(&m, ret);
	free(m.values);
	buf_done(&m.key);
	if (r == -EMSGSIZE)
		return wrong(&m, "too many values for", check->left->text);
	return r;
}
