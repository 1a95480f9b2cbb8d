/* SPDX-License-Identifier: Apache-2.0 */
/* Folding lines that repeat. */
#include "fold.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

static void finish(struct cli_fold *f, struct fold_line *line)
{
	if (line->more && line->text)
		f->show(f->ctx, line->text, line->more);
	free(line->text);
	*line = (struct fold_line){0};
}

void cli_fold_end(struct cli_fold *f, int64_t now)
{
	for (int i = 0; i < FOLD_LINES_MAX; i++)
		if (f->lines[i].first && (now == INT64_MAX || now - f->lines[i].first >= f->window))
			finish(f, &f->lines[i]);
}

void cli_fold_add(struct cli_fold *f, const char *text, int64_t now)
{
	uint64_t hash = hash_of(text);
	struct fold_line *line = &f->lines[hash % FOLD_LINES_MAX];

	cli_fold_end(f, now);
	if (f->window && line->first && line->hash == hash && line->text && strcmp(line->text, text) == 0) {
		line->more++;
		return;
	}
	f->show(f->ctx, text, 0);
	if (!f->window)
		return;
	finish(f, line); /* another line had the place: its count is shown early */
	*line = (struct fold_line){hash, now ? now : 1, 0, strdup(text)};
}
