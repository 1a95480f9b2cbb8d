/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of fields, event types and event arguments, laid out for the rule compiler.
 */
#include "detect/schema.h"

static const struct rule_field fields[] = {
#define FIELD(id, field_name, field_type, field_arg, field_about)                                                      \
	{.name = field_name, .about = field_about, .type = RULE_##field_type, .arg = RULE_ARG_##field_arg},
#include "detect/fields.def"
#undef FIELD
};

static const char *const events[] = {
#define EVENT(id, name) name,
#include "detect/events.def"
#undef EVENT
};

static const char *const args[] = {
#define ARG(id, name) name,
#include "detect/args.def"
#undef ARG
};

const struct rule_schema detect_schema = {
	.fields = fields,
	.field_count = DETECT_FIELD_COUNT,
	.events = events,
	.event_count = DETECT_EVENT_COUNT,
	.args = args,
	.arg_count = DETECT_ARG_COUNT,
	.evt_type = FIELD_EVT_TYPE,
	.evt_num = FIELD_EVT_NUM,
};
