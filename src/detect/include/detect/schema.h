/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of skep's events: FIELD_PROC_NAME, EVENT_OPENAT and ARG_FLAGS are places in the tables that
 * fields.def, events.def and args.def spell out, and in detect_schema, by which rules are compiled.
 */
#pragma once

#include "rule/schema.h"

enum detect_field {
#define FIELD(id, name, type, arg, about) FIELD_##id,
#include "detect/fields.def"
#undef FIELD
	DETECT_FIELD_COUNT
};

enum detect_event {
#define EVENT(id, name) EVENT_##id,
#include "detect/events.def"
#undef EVENT
	DETECT_EVENT_COUNT
};

enum detect_arg {
#define ARG(id, name) ARG_##id,
#include "detect/args.def"
#undef ARG
	DETECT_ARG_COUNT
};

extern const struct rule_schema detect_schema;
