/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields and event types that rules may name, handed in by whoever has the events (detect/schema.h is the one of
 * skep). A field is a number everywhere but in text: its place in the table.
 */
#pragma once

#include <stddef.h>

#include "rule/value.h"

/* What may stand behind a field's name. */
enum rule_arg_kind {
	RULE_ARG_NONE,	       /* nothing */
	RULE_ARG_INDEX_OR_ALL, /* [2] is one value; without it the list of all, of which any may match */
	RULE_ARG_INDEX_OR_SET, /* the same, but "in" needs all of the list */
	RULE_ARG_KEY,	       /* .key or [key], required */
	RULE_ARG_KEY_OR_ALL,   /* the same; without it the value is the whole as text */
	RULE_ARG_EVENT,	       /* .name or [name] out of rule_schema.args, or [2]; required */
	RULE_ARG_PLACE,	       /* [2] or [path or pattern], required */
};

struct rule_field {
	const char *name;
	const char *about; /* one line for people */
	enum rule_type type;
	enum rule_arg_kind arg;
};

struct rule_alias {
	const char *name, *event;
};

struct rule_schema {
	const struct rule_field *fields;
	size_t field_count;
	const char *const *events; /* names of event types; an event type is its place here */
	size_t event_count;
	const char *const *args; /* names of event arguments */
	size_t arg_count;
	/* Fields the language itself knows: conditions on these are decided when rules are compiled. */
	unsigned evt_type, evt_num;
	unsigned evt_around; /* milliseconds between the event and its key; 0: there is no such field */
	unsigned
		evt_rawarg; /* an event's argument as it is; a number, or text when arg_is_text; 0: there is no such field */
	/* Other names of event types: a rule may use them, events have the first. */
	const struct rule_alias *aliases;
	size_t alias_count;
	/* What is never there: a rule that names it gets a warning. NULL: everything is. */
	bool (*has_event)(unsigned event);
	bool (*has_field)(unsigned field);
	bool (*arg_is_text)(unsigned arg);
};

/* The name of a type, for messages. */
const char *rule_type_name(enum rule_type type);

/* The field called NAME (LEN bytes, without an argument), or -1. */
int rule_schema_field(const struct rule_schema *s, const char *name, size_t len);
/* The event type called NAME, also by an alias, or -1. */
int rule_schema_event(const struct rule_schema *s, const char *name, size_t len);
/* The event argument called NAME, or -1. */
int rule_schema_arg(const struct rule_schema *s, const char *name, size_t len);

/*
 * Reads a field with its argument as rules write it ("proc.aname[2]", "evt.arg.flags"). Returns the field and fills
 * RET_ARG, whose key borrows from TEXT; -ENOENT when no such field exists, -EINVAL when its argument is missing,
 * malformed or not allowed.
 */
int rule_schema_parse(const struct rule_schema *s, const char *text, size_t len, struct rule_arg *ret_arg);
