/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a segment: nothing in it is believed but what was compared with its size.
 */
#include "segment.h"

#include <string.h>

#include "base/str.h"

int segment_open(const uint8_t *data, size_t bytes, struct segment *ret, struct err *e)
{
	const struct segment_head *head = (const void *)data;

	if (bytes < sizeof(*head) || memcmp(head->magic, SEGMENT_MAGIC, sizeof(head->magic)) != 0 ||
	    head->version != INDEX_VERSION || head->bytes != bytes || head->kind >= VULN_SEGMENT_KINDS)
		return err_set(e, -EBADMSG, "a part of the index is damaged; import again");
	if (!memchr(head->name, '\0', sizeof(head->name)))
		return err_set(e, -EBADMSG, "a part of the index has no name; import again");
	for (size_t i = 0; i < TABLES; i++) {
		uint64_t offset = head->tables[i].offset, size = head->tables[i].bytes;
		if (offset > bytes || size > bytes - offset || offset % TABLE_ALIGN)
			return err_set(e, -EBADMSG, "part \"%s\" of the index: table %zu lies outside; import again",
				       head->name, i);
	}
	uint64_t strings = head->tables[TABLE_STRINGS].bytes;
	if (strings && data[head->tables[TABLE_STRINGS].offset + strings - 1] != '\0')
		return err_set(e, -EBADMSG, "part \"%s\" of the index: its strings have no end; import again",
			       head->name);
	*ret = (struct segment){head, data, bytes};
	return 0;
}

const void *segment_table(const struct segment *s, enum segment_table t, size_t size, size_t *ret_count)
{
	*ret_count = s->head->tables[t].bytes / size;
	return s->base + s->head->tables[t].offset;
}

const void *segment_at(const struct segment *s, enum segment_table t, size_t size, size_t index)
{
	size_t count;
	const uint8_t *table = segment_table(s, t, size, &count);

	return index < count ? table + index * size : NULL;
}

const char *segment_str(const struct segment *s, uint32_t offset)
{
	size_t count;
	const char *strings = segment_table(s, TABLE_STRINGS, 1, &count);

	return offset < count ? strings + offset : "";
}

struct segment_list segment_list(const struct segment *s, uint32_t offset)
{
	size_t count;
	const uint32_t *words = segment_table(s, TABLE_LISTS, sizeof(uint32_t), &count);

	if (!offset || offset >= count || words[offset] > count - offset - 1)
		return (struct segment_list){NULL, 0};
	return (struct segment_list){words + offset + 1, words[offset]};
}

bool segment_range(const struct segment *s, uint32_t offset, struct segment_range *ret)
{
	size_t count;
	const uint32_t *words = segment_table(s, TABLE_RANGES, sizeof(uint32_t), &count);
	size_t head = sizeof(ret->head) / sizeof(uint32_t);

	if (offset >= count || count - offset < head)
		return false;
	memcpy(&ret->head, words + offset, sizeof(ret->head));
	size_t left = count - offset - head;
	if (ret->head.events > left / 2 || ret->head.versions > left - 2 * (size_t)ret->head.events)
		return false;
	ret->events = words + offset + head;
	ret->versions = ret->events + 2 * (size_t)ret->head.events;
	return true;
}

size_t segment_lower_bound(const struct segment *s, enum segment_table t, size_t size, size_t first, size_t count,
			   const char *key)
{
	while (count) {
		size_t half = count / 2;
		const uint32_t *item = segment_at(s, t, size, first + half);
		if (item && strcmp(segment_str(s, *item), key) < 0) {
			first += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return first;
}

long segment_find_ecosystem(const struct segment *s, const char *name)
{
	size_t count;

	segment_table(s, TABLE_ECOSYSTEMS, sizeof(struct disk_ecosystem), &count);
	size_t at = segment_lower_bound(s, TABLE_ECOSYSTEMS, sizeof(struct disk_ecosystem), 0, count, name);
	const struct disk_ecosystem *found = SEGMENT_AT(s, TABLE_ECOSYSTEMS, struct disk_ecosystem, at);
	return found && str_eq(segment_str(s, found->name), name) ? (long)at : -1;
}

const struct disk_package *segment_find_package(const struct segment *s, uint32_t ecosystem, const char *name)
{
	const struct disk_ecosystem *e = SEGMENT_AT(s, TABLE_ECOSYSTEMS, struct disk_ecosystem, ecosystem);

	if (!e)
		return NULL;
	size_t at = segment_lower_bound(s, TABLE_PACKAGES, sizeof(struct disk_package), e->first_package,
					e->package_count, name);
	const struct disk_package *found = SEGMENT_AT(s, TABLE_PACKAGES, struct disk_package, at);
	bool inside = at - e->first_package < e->package_count;
	return found && inside && str_eq(segment_str(s, found->name), name) ? found : NULL;
}

bool segment_cve(const char *cve, uint32_t *ret_year, uint32_t *ret_number)
{
	uint64_t number;
	char year[5];
	uint64_t y;

	if (!str_starts_with(cve, "CVE-") || strlen(cve) < 10 || cve[8] != '-')
		return false;
	memcpy(year, cve + 4, 4);
	year[4] = '\0';
	if (str_to_u64(year, 9999, &y) < 0 || str_to_u64(cve + 9, UINT32_MAX, &number) < 0)
		return false;
	*ret_year = (uint32_t)y;
	*ret_number = (uint32_t)number;
	return true;
}
