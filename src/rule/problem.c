/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps problems in the order they were found.
 */
#include "rule/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 600

void rule_problems_done(struct rule_problems *p)
{
	free(p->items);
	p->items = NULL;
	p->count = p->capacity = 0;
	arena_done(&p->arena);
}

static struct rule_problem *room(struct rule_problems *p)
{
	if (p->count == RULE_PROBLEMS_MAX)
		return NULL;
	if (p->count == p->capacity) {
		size_t capacity = p->capacity ? 2 * p->capacity : 16;
		void *items = reallocarray(p->items, capacity, sizeof(*p->items));
		if (!items)
			return NULL;
		p->items = items;
		p->capacity = capacity;
	}
	return &p->items[p->count];
}

/* An alias has the same text read again, and a mistake in it is one mistake. */
static bool is_last(const struct rule_problems *p, struct rule_place at, bool warning, const char *text)
{
	const struct rule_problem *last = p->count ? &p->items[p->count - 1] : NULL;

	return last && last->place.line && last->place.line == at.line && last->place.column == at.column &&
	       last->warning == warning && at.file && last->place.file && strcmp(last->place.file, at.file) == 0 &&
	       strcmp(last->text, text) == 0;
}

static void add(struct rule_problems *p, struct rule_place at, bool warning, const char *text)
{
	if (is_last(p, at, warning, text))
		return;
	struct rule_problem *slot = room(p);

	*(warning ? &p->warnings : &p->errors) += 1;
	if (!slot)
		return;
	*slot = (struct rule_problem){
		.place = {at.file ? arena_str(&p->arena, at.file) : NULL, at.line, at.column},
		.warning = warning,
		.text = arena_str(&p->arena, text),
	};
	if (slot->text)
		p->count++;
}

void rule_problems_move(struct rule_problems *to, const struct rule_problems *from, const char *what)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct rule_problem *p = &from->items[i];
		if (p->warning)
			add(to, p->place, true, p->text);
		else
			rule_problem_warn(to, p->place, "%s: %s", what, p->text);
	}
	to->warnings += from->errors + from->warnings - from->count; /* those that had no room */
}

void rule_problem_add(struct rule_problems *p, struct rule_place at, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(p, at, false, text);
}

void rule_problem_warn(struct rule_problems *p, struct rule_place at, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add(p, at, true, text);
}
