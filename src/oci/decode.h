/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding a JSON object into a structure by a table of its members. Inside the room only. A failure's words carry
 * the path to the member, because each level puts its key in front.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

struct decode {
	struct arena *arena;
	struct err *e;
};

struct decode_field;
typedef int decode_fn(const struct decode *d, const struct json *v, void *out);

/* What a member is, and where it goes. Exactly one of FN, and FIELDS (an object, or an array of objects when ITEM
 * is not 0: then OUT is {pointer, count}; or an object allocated when POINTER is not 0). */
struct decode_field {
	const char *key;
	size_t offset;
	decode_fn *fn;
	bool required;
	const struct decode_field *fields; /* ends with a NULL key */
	size_t item;			   /* bytes of one item of an array of objects */
	size_t pointer;			   /* bytes of an object allocated on presence */
};

/* The members of V into OUT. Members that are absent or null leave OUT untouched. */
int decode_fields(const struct decode *d, const struct json *v, const struct decode_field *fields,
		  void *out) must_check;

/* Every item of an array by FN into a {pointer, count} at OUT; ITEM bytes each. */
int decode_list(const struct decode *d, const struct json *v, size_t item, decode_fn *fn, void *out) must_check;

/* The position of a string in NAMES, into an int. */
int decode_name(const struct decode *d, const struct json *v, const char *const *names, size_t count,
		void *out) must_check;

/* A list of names, each the bit of its position in NAMES. */
int decode_name_bits(const struct decode *d, const struct json *v, const char *const *names, size_t count,
		     uint64_t *ret_bits) must_check;

/* Ready-made members. */
decode_fn decode_str, decode_bool, decode_u32, decode_u64, decode_i64, decode_opt_u64, decode_opt_i64, decode_strs,
	decode_u32s;
/* Numbers of fewer bits, into members of 64. */
decode_fn decode_opt_u16, decode_opt_u32, decode_i32;
/* An object with string values into {pointer, count} of {key, value}. */
decode_fn decode_pairs;
