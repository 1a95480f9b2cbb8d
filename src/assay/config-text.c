/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps come first, so that a step's line is its number.
 */
#include "assay/config-text.h"

#include <string.h>

#include "base/str.h"

bool assay_step_is_env(const struct oci_image_config *c, const char *step)
{
	static const char classic[] = "/bin/sh -c #(nop) ";

	if (str_starts_with(step, classic))
		step += strlen(classic);
	step += strspn(step, " ");
	if (!str_starts_with(step, "ENV "))
		return false;
	for (size_t i = 0; i < c->env.count; i++)
		if (str_eq(c->env.items[i], step + strlen("ENV ")))
			return true;
	return false;
}

static void add_text(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_add_char(b, *text == '\n' ? ' ' : *text);
}

static void add_line(struct buf *b, const char *text)
{
	add_text(b, text);
	buf_add_char(b, '\n');
}

static void add_words(struct buf *b, const struct oci_strings *words)
{
	for (size_t i = 0; i < words->count; i++) {
		add_text(b, words->items[i]);
		buf_add_char(b, ' ');
	}
}

void assay_config_text(const struct oci_image_config *c, struct buf *b)
{
	for (size_t i = 0; i < c->history_count; i++) {
		const char *step = c->history[i].created_by;
		add_line(b, step && !assay_step_is_env(c, step) ? step : "");
	}
	for (size_t i = 0; i < c->env.count; i++)
		add_line(b, c->env.items[i]);
	for (size_t i = 0; i < c->label_keys.count; i++) {
		add_text(b, c->label_keys.items[i]);
		buf_add_char(b, '=');
		add_line(b, c->label_values.items[i]);
	}
	add_words(b, &c->entrypoint);
	add_words(b, &c->cmd);
	buf_add_char(b, '\n');
}

const char *assay_config_place(const struct oci_image_config *c, uint64_t line, struct arena *a)
{
	const char *place = NULL;
	uint64_t n = line ? line - 1 : 0;

	if (n < c->history_count)
		return arena_printf(a, "step %llu of the build", (unsigned long long)n + 1);
	n -= c->history_count;
	if (n < c->env.count)
		place = arena_printf(a, "ENV %.*s", (int)MIN_OF(strcspn(c->env.items[n], "="), (size_t)200),
				     c->env.items[n]);
	else if (n - c->env.count < c->label_keys.count)
		place = arena_printf(a, "LABEL %.200s", c->label_keys.items[n - c->env.count]);
	return place ? place : "the command";
}
