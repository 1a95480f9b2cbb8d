/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps problems in the order they were found.
 */
#include "rule/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

static void add(struct rule_problems *p, struct rule_place at, bool warning, const char *text)
{
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
