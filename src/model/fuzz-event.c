/* SPDX-License-Identifier: Apache-2.0 */
/* Event records from a recording: any bytes. */
#include <stdlib.h>
#include <string.h>

#include "model/event.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) static char record[EVENT_SIZE_MAX];
	struct event_view view;
	char path[256];

	if (size > sizeof(record) || size < sizeof(struct event))
		return 0;
	memcpy(record, data, size);
	((struct event *)record)->size = (uint32_t)size;
	if (event_view(record, size, &view) < 0)
		return 0;
	for (int kind = 0; kind < EVENT_P_KINDS; kind++) {
		const char *text = event_text(&view, (enum event_kind)kind);
		if (text && strlen(text) > size)
			abort();
		event_fixed(&view, (enum event_kind)kind, sizeof(struct event_file));
		event_path(&view, (enum event_kind)kind, 0, path, sizeof(path));
		event_path(&view, (enum event_kind)kind, sizeof(struct event_file), path, sizeof(path));
	}
	return 0;
}
