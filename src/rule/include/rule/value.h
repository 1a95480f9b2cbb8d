/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a field of an event holds, as rules see it. Values are borrowed: whoever fills one keeps the bytes alive and
 * unchanged until the event has been judged and its output written.
 *
 * A value is single, or a list of one kind ("any ancestor", "either end of a connection"). A list without items is
 * an absent value. For lists a comparison holds when it holds for one item; != on addresses, networks and ports must
 * hold for all of them, as in Falco.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum rule_type {
	RULE_STRING, /* bytes, not NUL-terminated; "" is present and empty */
	RULE_NUMBER, /* int64_t; durations and raw times are nanoseconds */
	RULE_REAL,   /* double */
	RULE_BOOL,
	RULE_IP,   /* one address */
	RULE_NET,  /* one address too; conditions compare it with networks */
	RULE_PORT, /* a number; conditions may name services */
	RULE_TIME, /* nanoseconds since 1970 in .number; rules see the text its field stands for, in UTC */
};

struct rule_str {
	const char *at;
	uint32_t len;
};

/* IPv4 as ::ffff:a.b.c.d. */
struct rule_ip {
	uint8_t bytes[16];
};

struct rule_value {
	enum rule_type type;
	uint32_t list_count; /* 0: single */
	union {
		struct rule_str str;
		int64_t number; /* NUMBER, PORT, TIME */
		double real;
		bool flag;
		struct rule_ip ip;
		const struct rule_str *strs; /* list_count of them, and so on */
		const int64_t *numbers;
		const struct rule_ip *ips;
	};
};

/* The argument of a field: proc.aname[2], evt.arg.flags, proc.env[PATH], container.mount.dest[/etc]. */
enum rule_arg_form { RULE_ARG_ABSENT, RULE_ARG_IS_INDEX, RULE_ARG_IS_KEY };

struct rule_arg {
	enum rule_arg_form form;
	uint32_t index;	     /* IS_INDEX */
	struct rule_str key; /* IS_KEY; as long-lived as the compiled rules */
	unsigned id;	     /* IS_KEY of an EVENT argument: its place in rule_schema.args */
};

/*
 * The seam to whoever has events: fetches one field of the event CTX. Returns 1 and fills OUT when the field is
 * present, 0 when it is absent. Called at most once per event for each field and argument, and only when a rule or its
 * output asks. OUT->type is the field's type of the schema.
 */
typedef int rule_get_fn(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out);

static inline struct rule_str rule_str_of(const char *s)
{
	return (struct rule_str){.at = s, .len = (uint32_t)strlen(s)};
}

static inline struct rule_value rule_value_str(const char *at, size_t len)
{
	return (struct rule_value){.type = RULE_STRING, .str = {.at = at, .len = (uint32_t)len}};
}

static inline struct rule_value rule_value_number(int64_t number)
{
	return (struct rule_value){.type = RULE_NUMBER, .number = number};
}

static inline struct rule_value rule_value_bool(bool flag)
{
	return (struct rule_value){.type = RULE_BOOL, .flag = flag};
}

/* Item I of a list. */
static inline struct rule_value rule_value_item(const struct rule_value *v, uint32_t i)
{
	struct rule_value one = {.type = v->type};

	if (v->type == RULE_STRING || v->type == RULE_TIME)
		one.str = v->strs[i];
	else if (v->type == RULE_IP || v->type == RULE_NET)
		one.ip = v->ips[i];
	else
		one.number = v->numbers[i];
	return one;
}
