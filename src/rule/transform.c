/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions around fields. A function of an absent value is absent; the texts they make live until the next event.
 */
#include "judging.h"

#include "base/buf.h"

#define TEXT_MAX 65536

typedef bool map_fn(struct rule_judge *j, struct rule_str in, struct rule_str *out);

static bool lower(struct rule_judge *j, struct rule_str in, struct rule_str *out)
{
	char *to = scratch_take(j, in.len);

	for (uint32_t i = 0; to && i < in.len; i++)
		to[i] = in.at[i] >= 'A' && in.at[i] <= 'Z' ? (char)(in.at[i] | 0x20) : in.at[i];
	*out = (struct rule_str){to, in.len};
	return to != NULL;
}

static bool upper(struct rule_judge *j, struct rule_str in, struct rule_str *out)
{
	char *to = scratch_take(j, in.len);

	for (uint32_t i = 0; to && i < in.len; i++)
		to[i] = in.at[i] >= 'a' && in.at[i] <= 'z' ? (char)(in.at[i] & ~0x20) : in.at[i];
	*out = (struct rule_str){to, in.len};
	return to != NULL;
}

static bool basename_of(struct rule_judge *j, struct rule_str in, struct rule_str *out)
{
	const char *slash = memrchr(in.at, '/', in.len);
	uint32_t skip = slash ? (uint32_t)(slash - in.at) + 1 : 0;

	*out = (struct rule_str){in.at + skip, in.len - skip};
	return true;
}

static int b64_digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* RFC 4648 with or without padding; anything else is absent. */
static bool b64(struct rule_judge *j, struct rule_str in, struct rule_str *out)
{
	uint32_t len = in.len, used = 0, bits = 0, have = 0;

	while (len && in.len - len < 2 && in.at[len - 1] == '=')
		len--;
	char *to = scratch_take(j, len);
	if (!to || len % 4 == 1)
		return false;
	for (uint32_t i = 0; i < len; i++) {
		int digit = b64_digit(in.at[i]);
		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		have += 6;
		if (have >= 8) {
			have -= 8;
			to[used++] = (char)(bits >> have);
		}
	}
	*out = (struct rule_str){to, used};
	return true;
}

static bool map(struct rule_judge *j, const struct rule_value *in, map_fn *fn, struct rule_value *ret)
{
	*ret = (struct rule_value){.type = RULE_STRING, .list_count = in->list_count};
	if (!in->list_count)
		return fn(j, in->str, &ret->str);
	struct rule_str *items = scratch_take(j, in->list_count * sizeof(*items));
	ret->strs = items;
	for (uint32_t i = 0; items && i < in->list_count; i++) {
		if (!fn(j, in->strs[i], &items[i]))
			return false;
	}
	return items != NULL;
}

static bool from_buf(struct rule_judge *j, const struct buf *b, struct rule_value *ret)
{
	char *to = buf_error(b) ? NULL : scratch_take(j, b->len);

	if (to && b->len)
		memcpy(to, b->data, b->len);
	*ret = rule_value_str(to, b->len);
	return to != NULL;
}

static bool concat(struct rule_judge *j, const struct slot *slot, struct rule_value *ret)
{
	SCOPED(buf) struct buf out = BUF_INIT(TEXT_MAX);

	for (uint32_t i = 0; i < slot->arg_count; i++) {
		const struct cell *c = cell_of(j, slot->args[i]);
		if (!c->present)
			return false;
		render_value(&out, &c->value);
	}
	return from_buf(j, &out, ret);
}

/* (a, b): each as text. Of none there is no value, which join() takes for an empty list. */
static bool list(struct rule_judge *j, const struct slot *slot, struct rule_value *ret)
{
	struct rule_str *items = scratch_take(j, (slot->arg_count + 1) * sizeof(*items));

	for (uint32_t i = 0; items && i < slot->arg_count; i++) {
		const struct cell *c = cell_of(j, slot->args[i]);
		struct rule_value text;
		SCOPED(buf) struct buf out = BUF_INIT(TEXT_MAX);
		if (!c->present)
			return false;
		render_value(&out, &c->value);
		if (!from_buf(j, &out, &text))
			return false;
		items[i] = text.str;
	}
	*ret = (struct rule_value){.type = RULE_STRING, .list_count = slot->arg_count, .strs = items};
	return items && slot->arg_count;
}

static bool join(struct rule_judge *j, const struct slot *slot, struct rule_value *ret)
{
	const struct slot *from = &j->set->slots[slot->args[1]];
	const struct cell *separator = cell_of(j, slot->args[0]), *c = cell_of(j, slot->args[1]);
	bool none = from->kind == SLOT_CALL && from->call == CALL_LIST && from->arg_count == 0;
	SCOPED(buf) struct buf out = BUF_INIT(TEXT_MAX);

	if (!separator->present || !(c->present || none))
		return false;
	if (c->present && !c->value.list_count)
		render_value(&out, &c->value);
	for (uint32_t i = 0; c->present && i < c->value.list_count; i++) {
		if (i)
			render_value(&out, &separator->value);
		buf_add(&out, c->value.strs[i].at, c->value.strs[i].len);
	}
	return from_buf(j, &out, ret);
}

/* Arguments one after the other: the items of a list, or words of a text. */
struct words {
	const struct rule_value *from;
	uint32_t at;
};

static bool next_word(struct words *w, struct rule_str *ret)
{
	struct rule_str text = w->from->str;

	if (w->from->list_count) {
		if (w->at == w->from->list_count)
			return false;
		*ret = w->from->strs[w->at++];
		return true;
	}
	while (w->at < text.len && text.at[w->at] == ' ')
		w->at++;
	uint32_t start = w->at;
	while (w->at < text.len && text.at[w->at] != ' ')
		w->at++;
	*ret = (struct rule_str){text.at + start, w->at - start};
	return ret->len > 0;
}

#define OPTIONS_MAX 128

struct options {
	struct rule_str at[OPTIONS_MAX];
	uint32_t count;
	const struct rule_str *wanted; /* NULL: all */
};

static void add(struct options *o, struct rule_str text)
{
	if (o->count < OPTIONS_MAX)
		o->at[o->count++] = text;
}

/* VALUE is NULL for a letter that takes none. */
static void put(struct options *o, struct rule_str letter, const struct rule_str *value)
{
	if (o->wanted && !rule_str_eq(*o->wanted, letter))
		return;
	if (!o->wanted)
		add(o, letter);
	if (o->wanted || value)
		add(o, value ? *value : (struct rule_str){"", 0});
}

/* The letters of one word "-abc": those that are known, and what follows one that takes a value. */
static void take_letters(struct options *o, struct rule_str known, struct rule_str word, struct words *w)
{
	for (uint32_t i = 1; i < word.len; i++) {
		const char *found = memchr(known.at, word.at[i], known.len);
		if (!found || *found == ':')
			continue;
		struct rule_str letter = {word.at + i, 1};
		if (found + 1 == known.at + known.len || found[1] != ':') {
			put(o, letter, NULL);
			continue;
		}
		struct rule_str value = {word.at + i + 1, word.len - i - 1};
		if (!value.len && !next_word(w, &value))
			value = (struct rule_str){"", 0};
		put(o, letter, &value);
		return;
	}
}

/*
 * Letters and values of a command line as POSIX getopt(3) gives them, in their order: the first word that is no option ends
 * it, and so does "--". A long option is skipped. WANTED: only the values of that letter, "" for one that takes none.
 */
static bool getopt_of(struct rule_judge *j, const struct rule_value *args, const struct cell *letters,
		      const struct cell *wanted, struct rule_value *ret)
{
	struct options o = {.count = 0, .wanted = wanted ? &wanted->value.str : NULL};
	struct words w = {.from = args};
	struct rule_str word;

	while (letters->present && next_word(&w, &word) && word.len > 1 && word.at[0] == '-' &&
	       !rule_str_eq(word, rule_str_of("--"))) {
		if (word.at[1] != '-')
			take_letters(&o, letters->value.str, word, &w);
	}
	struct rule_str *items = o.count ? scratch_take(j, o.count * sizeof(*items)) : NULL;
	if (!items)
		return false;
	memcpy(items, o.at, o.count * sizeof(*items));
	*ret = (struct rule_value){.type = RULE_STRING, .list_count = o.count, .strs = items};
	return true;
}

bool transform_value(struct rule_judge *j, const struct slot *slot, struct rule_value *ret)
{
	static map_fn *const maps[] = {
		[CALL_TOLOWER] = lower, [CALL_TOUPPER] = upper, [CALL_B64] = b64, [CALL_BASENAME] = basename_of};

	if (slot->call == CALL_CONCAT)
		return concat(j, slot, ret);
	if (slot->call == CALL_LIST)
		return list(j, slot, ret);
	if (slot->call == CALL_JOIN)
		return join(j, slot, ret);
	const struct cell *c = cell_of(j, slot->args[0]);
	if (!c->present)
		return false;
	if (slot->call == CALL_LEN) {
		*ret = rule_value_number(c->value.list_count ? c->value.list_count : c->value.str.len);
		return true;
	}
	if (slot->call == CALL_GETOPT)
		return getopt_of(j, &c->value, cell_of(j, slot->args[1]),
				 slot->arg_count > 2 ? cell_of(j, slot->args[2]) : NULL, ret);
	return map(j, &c->value, maps[slot->call], ret);
}
