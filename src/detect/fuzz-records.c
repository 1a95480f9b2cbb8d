/* SPDX-License-Identifier: Apache-2.0 */
/* A recording's records, one after the other, through the state and every field: any bytes. */
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"

enum { RECORDS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_all(struct detect *d)
{
	struct rule_value value;
	for (unsigned field = 0; field < DETECT_FIELD_COUNT; field++) {
		const struct rule_arg args[] = {
			{.form = RULE_ARG_ABSENT},
			{.form = RULE_ARG_IS_INDEX, .index = 1},
			{.form = RULE_ARG_IS_KEY, .key = {"/etc*", 5}, .id = field % DETECT_ARG_COUNT}};
		for (size_t i = 0; i < sizeof(args) / sizeof(args[0]); i++)
			if (detect_get(d, field, &args[i], &value) && value.type == RULE_STRING && !value.list_count &&
			    value.str.len && memchr(value.str.at, 0xff, value.str.len) == (void *)1)
				abort(); /* reads every byte of the value */
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) static char record[EVENT_SIZE_MAX];
	struct detect *d;
	size_t at = 0;
	if (detect_new(&d, 0, "host") < 0)
		return 0;
	for (int i = 0; i < RECORDS_MAX && size - at >= sizeof(struct event); i++) {
		uint32_t length;
		bool judged;
		memcpy(&length, data + at, sizeof(length));
		if (length < sizeof(struct event) || length > size - at || length > sizeof(record))
			break;
		memcpy(record, data + at, length);
		if (detect_begin(d, (const struct event *)record, &judged) == 0) {
			if (judged)
				ask_all(d);
			detect_end(d);
		}
		at += length;
	}
	detect_free(d);
	return 0;
}
