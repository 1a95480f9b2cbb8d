/* SPDX-License-Identifier: Apache-2.0 */
/* Checking, reading and writing event records. */
#include "model/event.h"

#include <errno.h>
#include <string.h>

static size_t padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

int event_view(const void *bytes, size_t size, struct event_view *out)
{
	const struct event *event = bytes;
	size_t at = sizeof(*event);

	*out = (struct event_view){.event = event};
	if ((uintptr_t)bytes % 8 || size < sizeof(*event) || event->size != size || size % 8 || size > EVENT_SIZE_MAX ||
	    event->type >= WATCH_TYPES)
		return -EPROTO;
	while (at < size) {
		const struct event_param *param = (const void *)((const char *)bytes + at);
		if (size - at < sizeof(*param) || size - at - sizeof(*param) < padded(param->length))
			return -EPROTO;
		if (param->kind < EVENT_P_KINDS && !out->params[param->kind])
			out->params[param->kind] = param;
		at += sizeof(*param) + padded(param->length);
	}
	return 0;
}

const char *event_bytes(const struct event_view *view, enum event_kind kind, size_t *length)
{
	const struct event_param *param = view->params[kind];
	*length = param ? param->length : 0;
	return param ? (const char *)(param + 1) : NULL;
}

const char *event_text(const struct event_view *view, enum event_kind kind)
{
	size_t length;
	const char *bytes = event_bytes(view, kind, &length);
	return length && bytes[length - 1] == '\0' ? bytes : NULL;
}

const void *event_fixed(const struct event_view *view, enum event_kind kind, size_t size)
{
	size_t length;
	const char *bytes = event_bytes(view, kind, &length);
	return length >= size ? bytes : NULL;
}

int event_path(const struct event_view *view, enum event_kind kind, size_t skip, char *out, size_t size)
{
	size_t length, used = 0;
	const char *bytes = event_bytes(view, kind, &length);
	if (!bytes || length < skip || !(view->params[kind]->aux & (EVENT_AT_ROOT | EVENT_AT_TOP)))
		return -ENOENT;
	const char *end = bytes + length;
	bytes += skip;
	if (end > bytes && end[-1] != '\0')
		return -ENOENT;
	/* The last component of the record is the first of the path. */
	for (const char *stop = end; stop > bytes;) {
		const char *start = stop - 1;
		while (start > bytes && start[-1] != '\0')
			start--;
		size_t n = (size_t)(stop - start) - 1;
		if (used + 1 + n + 1 > size)
			return -ENAMETOOLONG;
		out[used++] = '/';
		memcpy(out + used, start, n);
		used += n;
		stop = start;
	}
	if (used == 0) {
		if (size < 2)
			return -ENAMETOOLONG;
		out[used++] = '/';
	}
	out[used] = '\0';
	return (int)used;
}

void event_begin(struct event *event, unsigned type)
{
	*event = (struct event){.size = sizeof(*event), .type = (uint16_t)type};
}

int event_add(struct event *event, size_t capacity, const struct event_piece *piece)
{
	size_t total = piece->fixed_size + piece->length, need = sizeof(struct event_param) + padded(total);
	char *at = (char *)event + event->size;

	if (total > UINT16_MAX || capacity > EVENT_SIZE_MAX || event->size > capacity ||
	    capacity - event->size < need) {
		event->flags |= EVENT_CUT;
		return -ENOBUFS;
	}
	memset(at, 0, need);
	*(struct event_param *)at = (struct event_param){(uint16_t)piece->kind, (uint16_t)total, piece->aux};
	at += sizeof(struct event_param);
	if (piece->fixed_size)
		memcpy(at, piece->fixed, piece->fixed_size);
	if (piece->length)
		memcpy(at + piece->fixed_size, piece->bytes, piece->length);
	event->size += (uint32_t)need;
	return 0;
}

int event_add_path(struct event *event, size_t capacity, struct event_piece piece, const char *path)
{
	char parts[EVENT_PATH_MAX];
	size_t used = 0, end = strlen(path);

	while (end > 0) {
		size_t start = end;
		while (start > 0 && path[start - 1] != '/')
			start--;
		if (start < end) {
			if (used + (end - start) + 1 > sizeof(parts)) {
				event->flags |= EVENT_CUT;
				return -ENOBUFS;
			}
			memcpy(parts + used, path + start, end - start);
			used += end - start;
			parts[used++] = '\0';
		}
		end = start ? start - 1 : 0;
	}
	piece.bytes = parts;
	piece.length = used;
	return event_add(event, capacity, &piece);
}
