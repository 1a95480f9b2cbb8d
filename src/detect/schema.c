/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of fields, event types and event arguments, laid out for the rule compiler.
 */
#include "detect/schema.h"

#include "base/cleanup.h"
#include "detect/detect.h"
#include "look.h"

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

static const struct rule_alias aliases[] = {
#include "aliases.inc"
};

/* Event types by their number there; what is told by the program itself has a record. */
static bool has_event(unsigned event)
{
	static const char *const own[] = {"procexit", "container"};

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (strcmp(events[event], own[i]) == 0)
			return true;
	return detect_call_of(event) >= 0;
}

static bool has_field(unsigned field)
{
	return look_of_field(field) != NULL;
}

/* Arguments that are paths, or texts in every call that has them. */
static bool arg_is_text(unsigned arg)
{
	static const uint16_t texts[] = {ARG_NAME,   ARG_PATH,	   ARG_PATHNAME, ARG_FILENAME, ARG_OLDPATH, ARG_NEWPATH,
					 ARG_TARGET, ARG_LINKPATH, ARG_NEW_ROOT, ARG_PUT_OLD,  ARG_DIR,	    ARG_EXE,
					 ARG_COMM,   ARG_ARGS,	   ARG_CWD,	 ARG_DATA,     ARG_ADDR,    ARG_TUPLE};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (texts[i] == arg)
			return true;
	return false;
}

const struct rule_schema detect_schema = {
	.fields = fields,
	.field_count = DETECT_FIELD_COUNT,
	.events = events,
	.event_count = DETECT_EVENT_COUNT,
	.args = args,
	.arg_count = DETECT_ARG_COUNT,
	.evt_type = FIELD_EVT_TYPE,
	.evt_num = FIELD_EVT_NUM,
	.evt_around = FIELD_EVT_AROUND,
	.evt_rawarg = FIELD_EVT_RAWARG,
	.aliases = aliases,
	.alias_count = ARRAY_LEN(aliases),
	.has_event = has_event,
	.has_field = has_field,
	.arg_is_text = arg_is_text,
};
