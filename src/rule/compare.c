/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests against values. An absent value makes every test false. A list makes a test true when one item does, but != on
 * addresses, networks and ports needs all, and "in" on a list that is no ancestor's needs all of the list.
 */
#include <string.h>

#include "judging.h"

static bool contains(struct rule_str text, struct rule_str part)
{
	return part.len <= text.len && (!part.len || memmem(text.at, text.len, part.at, part.len));
}

/* PART is in lower case already. */
static bool icontains(struct rule_str text, struct rule_str part)
{
	if (!part.len)
		return true;
	for (uint32_t i = 0; i + part.len <= text.len; i++) {
		uint32_t k = 0;
		while (k < part.len) {
			char c = text.at[i + k];
			if ((c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c) != part.at[k])
				break;
			k++;
		}
		if (k == part.len)
			return true;
	}
	return false;
}

static bool starts(struct rule_str text, struct rule_str part)
{
	return part.len <= text.len && memcmp(text.at, part.at, part.len) == 0;
}

static bool ends(struct rule_str text, struct rule_str part)
{
	return part.len <= text.len && memcmp(text.at + text.len - part.len, part.at, part.len) == 0;
}

/* The stored path equals the first components of TEXT, which may have more slashes than needed. */
static bool path_equals(struct rule_str stored, struct rule_str text, uint32_t end)
{
	uint32_t s = 0;
	char last = '/';

	for (uint32_t i = 0; i < end; i++) {
		char c = text.at[i];
		if (c == '/' && last == '/')
			continue;
		last = c;
		if (s == stored.len || stored.at[s++] != c)
			return false;
	}
	return s == stored.len;
}

static bool has_path(const struct string_set *set, struct rule_str text, uint32_t end, uint32_t hash)
{
	for (uint32_t k = hash & set->mask; set->at[k].at; k = (k + 1) & set->mask) {
		if (set->hashes[k] == hash && path_equals(set->at[k], text, end))
			return true;
	}
	return false;
}

/* One of the set's paths is TEXT, or a directory above it. */
static bool begins_with_path(const struct test *t, struct rule_str text)
{
	uint32_t hash = PATH_HASH_START;
	char last = '/';

	if (t->set.count && text.len && has_path(&t->set, text, 0, hash))
		return true;
	for (uint32_t i = 0; t->set.count && i < text.len; i++) {
		char c = text.at[i];
		if (c == '/' && last == '/')
			continue;
		if (c == '/' && has_path(&t->set, text, i, hash))
			return true;
		last = c;
		hash = path_hash_add(hash, c);
	}
	if (t->set.count && last != '/' && has_path(&t->set, text, text.len, hash))
		return true;
	for (uint32_t i = 0; i < t->count; i++) {
		if (glob_begins(t->patterns[i], text))
			return true;
	}
	return false;
}

static int order(struct rule_str a, struct rule_str b)
{
	int r = memcmp(a.at, b.at, MIN_OF(a.len, b.len));
	return r ? r : a.len < b.len ? -1 : a.len > b.len;
}

static bool ordered(unsigned op, int sign)
{
	switch (op) {
	case OP_EQ:
	case OP_IN:
	case OP_INTERSECTS:
		return sign == 0;
	case OP_NE:
		return sign != 0;
	case OP_LT:
		return sign < 0;
	case OP_LE:
		return sign <= 0;
	case OP_GT:
		return sign > 0;
	case OP_GE:
		return sign >= 0;
	default:
		return false;
	}
}

/* STR is the right side; sets and patterns are T's. */
static bool string_holds(const struct test *t, struct rule_str v, struct rule_str str, uint32_t hash)
{
	switch ((enum check_op)t->op) {
	case OP_EQ:
		return rule_str_eq(v, str);
	case OP_NE:
		return !rule_str_eq(v, str);
	case OP_IN:
	case OP_INTERSECTS:
		return t->other == NO_SLOT ? string_set_has(&t->set, v, hash) : rule_str_eq(v, str);
	case OP_CONTAINS:
	case OP_BCONTAINS:
		return contains(v, str);
	case OP_ICONTAINS:
		return icontains(v, str);
	case OP_STARTSWITH:
	case OP_BSTARTSWITH:
		return starts(v, str);
	case OP_ENDSWITH:
		return ends(v, str);
	case OP_GLOB:
	case OP_IGLOB:
		return glob_matches(str, v, t->op == OP_IGLOB);
	case OP_REGEX:
		return regex_matches(t->regex, v.at, v.len);
	case OP_PMATCH:
		return begins_with_path(t, v);
	case OP_LT:
	case OP_LE:
	case OP_GT:
	case OP_GE:
		return ordered(t->op, order(v, str));
	case OP_EXISTS:
	case OP_ANY_OF:
		break;
	}
	return true;
}

static bool has_number(const struct test *t, int64_t v)
{
	uint32_t low = 0, high = t->count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;
		if (t->numbers[middle] == v)
			return true;
		if (t->numbers[middle] < v)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool number_holds(const struct test *t, int64_t v)
{
	if (t->op == OP_IN || t->op == OP_INTERSECTS)
		return has_number(t, v);
	return ordered(t->op, v < t->numbers[0] ? -1 : v > t->numbers[0]);
}

/* IPv4 addresses are kept as IPv6's mapped ones, which a short IPv6 prefix (::/0) must not take in. */
static bool in_net(const struct net *net, const struct rule_ip *ip)
{
	static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
	unsigned bytes = net->bits / 8, rest = net->bits % 8;

	if (net->bits < 8 * sizeof(v4_prefix) && memcmp(ip->bytes, v4_prefix, sizeof(v4_prefix)) == 0)
		return false;
	if (memcmp(net->ip.bytes, ip->bytes, bytes) != 0)
		return false;
	return !rest || ((net->ip.bytes[bytes] ^ ip->bytes[bytes]) >> (8 - rest)) == 0;
}

static bool ip_holds(const struct test *t, const struct rule_ip *ip)
{
	bool in = false;

	for (uint32_t i = 0; i < t->count && !in; i++)
		in = in_net(&t->nets[i], ip);
	return t->op == OP_NE ? !in : in;
}

/* One value, not a list, that is there. */
static bool single_holds(const struct test *t, const struct rule_value *v, const uint32_t *hash)
{
	switch ((enum rule_type)t->type) {
	case RULE_STRING:
	case RULE_TIME:
		if ((t->op == OP_IN || t->op == OP_INTERSECTS) && !hash)
			return string_holds(t, v->str, t->str, rule_hash(v->str.at, v->str.len));
		return string_holds(t, v->str, t->str, hash ? *hash : 0);
	case RULE_NUMBER:
	case RULE_PORT:
		return number_holds(t, v->number);
	case RULE_REAL:
		return ordered(t->op, v->real < t->real ? -1 : v->real > t->real);
	case RULE_BOOL:
		return ordered(t->op, v->flag != t->numbers[0]);
	case RULE_IP:
	case RULE_NET:
		break;
	}
	return ip_holds(t, &v->ip);
}

/* Whether all items must hold, not only one. */
static bool needs_all(const struct test *t, const struct rule_value *v)
{
	bool ends_of_connection = t->type == RULE_IP || t->type == RULE_NET || t->type == RULE_PORT;

	return (t->op == OP_IN && !t->any) || (t->op == OP_NE && ends_of_connection);
}

bool test_holds_for(const struct test *t, const struct rule_value *v)
{
	if (t->op == OP_EXISTS)
		return true;
	if (!v->list_count)
		return single_holds(t, v, NULL);
	bool all = needs_all(t, v);
	for (uint32_t i = 0; i < v->list_count; i++) {
		struct rule_value one = rule_value_item(v, i);
		if (single_holds(t, &one, NULL) != all)
			return !all;
	}
	return all;
}

static int sign_of(const struct rule_value *a, const struct rule_value *b)
{
	switch (a->type) {
	case RULE_STRING:
	case RULE_TIME:
		return order(a->str, b->str);
	case RULE_REAL:
		return a->real < b->real ? -1 : a->real > b->real;
	case RULE_BOOL:
		return a->flag - b->flag;
	case RULE_IP:
	case RULE_NET:
		return memcmp(a->ip.bytes, b->ip.bytes, sizeof(a->ip.bytes));
	case RULE_NUMBER:
	case RULE_PORT:
		break;
	}
	return a->number < b->number ? -1 : a->number > b->number;
}

static bool pair_holds(const struct test *t, const struct rule_value *a, const struct rule_value *b)
{
	if (t->type != RULE_STRING && t->type != RULE_TIME)
		return ordered(t->op, sign_of(a, b));
	if (t->op != OP_ICONTAINS)
		return string_holds(t, a->str, b->str, 0);
	for (uint32_t i = 0; i + b->str.len <= a->str.len; i++) {
		if (strncasecmp(a->str.at + i, b->str.at, b->str.len) == 0)
			return true;
	}
	return false;
}

bool compare_values(const struct test *t, const struct rule_value *left, const struct rule_value *right)
{
	uint32_t lefts = left->list_count ? left->list_count : 1, rights = right->list_count ? right->list_count : 1;
	bool all = needs_all(t, left);

	for (uint32_t i = 0; i < lefts; i++) {
		struct rule_value a = left->list_count ? rule_value_item(left, i) : *left;
		bool one = false;
		for (uint32_t k = 0; k < rights && !one; k++) {
			struct rule_value b = right->list_count ? rule_value_item(right, k) : *right;
			one = pair_holds(t, &a, &b);
		}
		if (one != all)
			return !all;
	}
	return all;
}

/* The first eight bytes, as many as there are. */
static uint64_t first_word(struct rule_str text)
{
	uint64_t word = 0;

	if (text.len >= sizeof(word))
		memcpy(&word, text.at, sizeof(word));
	else if (text.len)
		memcpy(&word, text.at, text.len);
	return word;
}

static bool any_of_holds(struct rule_judge *j, const struct test *t, const struct cell *c)
{
	const struct any_of *any = t->any_of;
	struct rule_str v = c->value.str;

	if (c->value.list_count) {
		for (uint32_t i = 0; i < any->test_count; i++) {
			if (test_holds(j, any->tests[i]))
				return true;
		}
		return false;
	}
	uint64_t word = first_word(v);
	for (uint32_t i = 0; i < any->start_count; i++) {
		if ((word & any->masks[i]) == any->words[i] && starts(v, any->starts[i]))
			return true;
	}
	return any->whole.count && string_set_has(&any->whole, v, cell_hash(j, t->slot));
}

bool judge_test(struct rule_judge *j, const struct test *t)
{
	const struct cell *c = cell_of(j, t->slot);

	if (!c->present || t->op == OP_EXISTS)
		return c->present;
	if (t->other != NO_SLOT) {
		const struct cell *other = cell_of(j, t->other);
		return other->present && compare_values(t, &c->value, &other->value);
	}
	if (t->op == OP_ANY_OF)
		return any_of_holds(j, t, c);
	if (c->value.list_count)
		return test_holds_for(t, &c->value);
	if (t->type == RULE_STRING && (t->op == OP_IN || t->op == OP_INTERSECTS)) {
		uint32_t hash = cell_hash(j, t->slot);
		return string_set_has(&t->set, c->value.str, hash);
	}
	return single_holds(t, &c->value, NULL);
}
