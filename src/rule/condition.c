/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions as text put together from pieces.
 */
#include "condition.h"

#include "yaml.h"

int condition_add(struct arena *arena, struct condition *c, const struct yaml_node *node, const char *made)
{
	struct rule_str add = made ? rule_str_of(made) : node->text;
	size_t len = c->len + (c->len ? 1 : 0) + add.len;

	if (len > CONDITION_BYTES_MAX || c->pieces == CONDITION_PIECES_MAX)
		return -E2BIG;
	char *text = arena_alloc(arena, len + 1);
	struct condition_piece *piece = ARENA_NEW(arena, struct condition_piece);
	if (!text || !piece)
		return -ENOMEM;
	if (c->len) {
		memcpy(text, c->text, c->len);
		text[c->len] = ' ';
	}
	memcpy(text + len - add.len, add.at, add.len);
	*piece = (struct condition_piece){.node = node, .start = len - add.len, .made = made != NULL};
	if (c->last)
		c->last->next = piece;
	else
		c->first = piece;
	c->last = piece;
	c->pieces++;
	c->text = text;
	c->len = len;
	return 0;
}

struct rule_place condition_place(const struct condition *c, size_t offset)
{
	const struct condition_piece *found = c->first;

	for (const struct condition_piece *p = c->first; p && p->start <= offset; p = p->next)
		found = p;
	if (!found)
		return (struct rule_place){0};
	return found->made ? yaml_place_of(found->node) : yaml_place(found->node, offset - found->start);
}

int condition_wrap(struct arena *arena, struct condition *c, const struct yaml_node *node)
{
	struct condition wrapped = {0};

	if (c->len + 4 > CONDITION_BYTES_MAX)
		return -E2BIG;
	int r = condition_add(arena, &wrapped, node, "(");
	if (r < 0)
		return r;
	char *text = arena_printf(arena, "( %s )", c->text);
	if (!text)
		return -ENOMEM;
	for (struct condition_piece *p = c->first; p; p = p->next)
		p->start += 2;
	wrapped.last->next = c->first;
	wrapped.last = c->last;
	wrapped.pieces += c->pieces;
	wrapped.text = text;
	wrapped.len = c->len + 4;
	*c = wrapped;
	return 0;
}
