/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives for tests. Written apart from the reader, from the same standard.
 */
#include "test-make.h"

#include <stdio.h>
#include <string.h>

static void add_padded(struct buf *b, const void *data, size_t len)
{
	static const char zeros[512];

	buf_add(b, data, len);
	buf_add(b, zeros, -len & 511);
}

static void add_header(struct buf *b, const struct make_entry *m, char type, size_t size)
{
	char block[512] = {0};
	unsigned sum = 0;

	snprintf(block, 100, "%s", m->path);
	snprintf(block + 100, 8, "%07o", (m->mode ? m->mode : type == '5' ? 0755 : 0644) & 07777777);
	snprintf(block + 108, 8, "%07o", m->uid & 07777777);
	snprintf(block + 116, 8, "%07o", m->gid & 07777777);
	snprintf(block + 124, 12, "%011llo", size & 077777777777ull);
	snprintf(block + 136, 12, "%011o", 1000000000);
	memset(block + 148, ' ', 8);
	block[156] = type;
	if (m->link)
		snprintf(block + 157, 100, "%s", m->link);
	memcpy(block + 257,
	       "ustar\0"
	       "00",
	       8);
	for (size_t i = 0; i < sizeof(block); i++)
		sum += (unsigned char)block[i];
	snprintf(block + 148, 8, "%06o", sum);
	buf_add(b, block, sizeof(block));
}

static void add_pax(struct buf *b, const char *records)
{
	char text[4096];
	size_t used = 0;

	while (*records) {
		size_t len = strcspn(records, "|");
		size_t total = len + 3, digits = total >= 99 ? 3 : total >= 10 ? 2 : 1;
		total = len + 2 + digits;
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%zu %.*s\n", total, (int)len, records);
		records += len + (records[len] == '|');
	}
	add_header(b, &(struct make_entry){.path = "pax"}, 'x', used);
	add_padded(b, text, used);
}

void make_tar_add(struct buf *b, const struct make_entry *m)
{
	size_t size = m->content ? m->size ? m->size : strlen(m->content) : 0;

	if (m->pax)
		add_pax(b, m->pax);
	add_header(b, m, m->type ? m->type : '0', size);
	if (size)
		add_padded(b, m->content, size);
}

void make_tar_end(struct buf *b)
{
	static const char zeros[1024];

	buf_add(b, zeros, sizeof(zeros));
}

void make_tar(struct buf *b, const struct make_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		make_tar_add(b, &entries[i]);
	make_tar_end(b);
}
