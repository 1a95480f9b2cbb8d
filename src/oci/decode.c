/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding JSON objects by tables.
 */
#include "decode.h"

#include <string.h>

#include "oci/spec.h"

struct list {
	void *at;
	size_t count;
};

static int no_memory(const struct decode *d)
{
	return err_set(d->e, -ENOMEM, "out of memory, or the document is over its limit of decoded bytes");
}

static int wanted(const struct decode *d, const struct json *v, enum json_kind kind)
{
	if (json_kind(v) == kind)
		return 0;
	return err_set(d->e, -EINVAL, "expected %s, found %s", json_kind_name(kind), json_kind_name(json_kind(v)));
}

static int decode_objects(const struct decode *d, const struct json *v, const struct decode_field *f, void *out)
{
	struct list list = {.count = json_count(v)};
	int r = wanted(d, v, JSON_ARRAY);

	if (r < 0 || list.count == 0)
		return r;
	list.at = arena_array(d->arena, list.count, f->item);
	if (!list.at)
		return no_memory(d);
	for (size_t i = 0; i < list.count; i++) {
		r = decode_fields(d, json_at(v, i), f->fields, (char *)list.at + i * f->item);
		if (r < 0)
			return err_wrap(d->e, r, "[%zu]", i);
	}
	memcpy(out, &list, sizeof(list));
	return 0;
}

static int decode_member(const struct decode *d, const struct json *v, const struct decode_field *f, void *out)
{
	if (f->fn)
		return f->fn(d, v, out);
	if (f->item)
		return decode_objects(d, v, f, out);
	if (!f->pointer)
		return decode_fields(d, v, f->fields, out);
	void *object = arena_alloc(d->arena, f->pointer);
	if (!object)
		return no_memory(d);
	memcpy(out, &object, sizeof(object));
	return decode_fields(d, v, f->fields, object);
}

int decode_fields(const struct decode *d, const struct json *v, const struct decode_field *fields, void *out)
{
	int r = wanted(d, v, JSON_OBJECT);
	if (r < 0)
		return r;
	for (const struct decode_field *f = fields; f->key; f++) {
		const struct json *member = json_get(v, f->key);
		if (!member && f->required)
			return err_set(d->e, -EINVAL, "%s: required, but missing", f->key);
		r = member ? decode_member(d, member, f, (char *)out + f->offset) : 0;
		if (r < 0)
			return err_wrap(d->e, r, "%s", f->key);
	}
	return 0;
}

int decode_list(const struct decode *d, const struct json *v, size_t item, decode_fn *fn, void *out)
{
	struct list list = {.count = json_count(v)};
	int r = wanted(d, v, JSON_ARRAY);

	if (r < 0 || list.count == 0)
		return r;
	/* One zeroed item more, so that a list of strings is an argument vector. */
	list.at = arena_array(d->arena, list.count + 1, item);
	if (!list.at)
		return no_memory(d);
	for (size_t i = 0; i < list.count; i++) {
		r = fn(d, json_at(v, i), (char *)list.at + i * item);
		if (r < 0)
			return err_wrap(d->e, r, "[%zu]", i);
	}
	memcpy(out, &list, sizeof(list));
	return 0;
}

int decode_name(const struct decode *d, const struct json *v, const char *const *names, size_t count, void *out)
{
	const char *name = NULL;
	int r = json_str(v, &name, d->e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++) {
		if (names[i] && strcmp(names[i], name) == 0) {
			*(int *)out = (int)i;
			return 0;
		}
	}
	return err_set(d->e, -EINVAL, "unknown value \"%.64s\"", name);
}

int decode_name_bits(const struct decode *d, const struct json *v, const char *const *names, size_t count,
		     uint64_t *ret_bits)
{
	uint64_t bits = 0;
	int r = wanted(d, v, JSON_ARRAY);

	for (size_t i = 0; r == 0 && i < json_count(v); i++) {
		int position = 0;
		r = decode_name(d, json_at(v, i), names, count, &position);
		if (r < 0)
			return err_wrap(d->e, r, "[%zu]", i);
		bits |= (uint64_t)1 << position;
	}
	if (r == 0)
		*ret_bits = bits;
	return r;
}

int decode_str(const struct decode *d, const struct json *v, void *out)
{
	const char *s = NULL;
	int r = json_str(v, &s, d->e);

	if (r < 0)
		return r;
	char *copy = arena_str(d->arena, s);
	if (!copy)
		return no_memory(d);
	memcpy(out, &copy, sizeof(copy));
	return 0;
}

int decode_strs(const struct decode *d, const struct json *v, void *out)
{
	return decode_list(d, v, sizeof(char *), decode_str, out);
}

int decode_u32s(const struct decode *d, const struct json *v, void *out)
{
	return decode_list(d, v, sizeof(uint32_t), decode_u32, out);
}

int decode_bool(const struct decode *d, const struct json *v, void *out)
{
	return json_bool(v, out, d->e);
}

int decode_u32(const struct decode *d, const struct json *v, void *out)
{
	return json_u32(v, out, d->e);
}

int decode_u64(const struct decode *d, const struct json *v, void *out)
{
	return json_u64(v, out, d->e);
}

int decode_i64(const struct decode *d, const struct json *v, void *out)
{
	return json_i64(v, out, d->e);
}

int decode_opt_u64(const struct decode *d, const struct json *v, void *out)
{
	struct opt_u64 *o = out;
	int r = json_u64(v, &o->value, d->e);
	o->set = r == 0;
	return r;
}

static int decode_opt_up_to(const struct decode *d, const struct json *v, uint64_t max, struct opt_u64 *o)
{
	int r = json_u64(v, &o->value, d->e);

	if (r == 0 && o->value > max)
		r = err_set(d->e, -ERANGE, "number is over %llu", (unsigned long long)max);
	o->set = r == 0;
	return r;
}

int decode_opt_u32(const struct decode *d, const struct json *v, void *out)
{
	return decode_opt_up_to(d, v, UINT32_MAX, out);
}

int decode_opt_u16(const struct decode *d, const struct json *v, void *out)
{
	return decode_opt_up_to(d, v, UINT16_MAX, out);
}

int decode_i32(const struct decode *d, const struct json *v, void *out)
{
	int64_t value = 0;
	int r = json_i64(v, &value, d->e);

	if (r == 0 && (value < INT32_MIN || value > INT32_MAX))
		r = err_set(d->e, -ERANGE, "number is not from %d to %d", INT32_MIN, INT32_MAX);
	if (r == 0)
		*(int64_t *)out = value;
	return r;
}

int decode_opt_i64(const struct decode *d, const struct json *v, void *out)
{
	struct opt_i64 *o = out;
	int r = json_i64(v, &o->value, d->e);
	o->set = r == 0;
	return r;
}

struct pairs_state {
	const struct decode *d;
	struct oci_pairs pairs;
};

static int add_pair(const char *key, const struct json *value, void *data, struct err *e)
{
	struct pairs_state *s = data;
	struct oci_pair *pair = &s->pairs.at[s->pairs.count];
	int r = decode_str(s->d, value, &pair->value);

	if (r < 0)
		return err_wrap(e, r, "%.128s", key);
	pair->key = arena_str(s->d->arena, key);
	if (!pair->key)
		return no_memory(s->d);
	s->pairs.count++;
	return 0;
}

int decode_pairs(const struct decode *d, const struct json *v, void *out)
{
	struct pairs_state s = {.d = d};
	int r = wanted(d, v, JSON_OBJECT);

	if (r < 0)
		return r;
	s.pairs.at = ARENA_ARRAY(d->arena, json_count(v), struct oci_pair);
	if (!s.pairs.at && json_count(v))
		return no_memory(d);
	r = json_each(v, add_pair, &s, d->e);
	if (r == 0)
		memcpy(out, &s.pairs, sizeof(s.pairs));
	return r;
}
