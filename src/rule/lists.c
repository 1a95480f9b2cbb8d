/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists inside lists: an item that is the name of an earlier list stands for that list's items.
 */
#include "library.h"
#include "yaml.h"

#define LIST_DEPTH_MAX 100

static int fill(struct library *lib, struct list *list, unsigned depth);

static struct list *named(const struct library *lib, const struct list *list, const struct list_item *item)
{
	struct list *other = item->quoted ? NULL : names_get(&lib->list_names, item->text);

	return other && other->index < list->visible ? other : NULL;
}

static int refuse(struct library *lib, const struct yaml_node *at, const char *what)
{
	rule_problem_add(lib->problems, yaml_place_of(at), "%s", what);
	return -EINVAL;
}

/* How many items the list has with everything filled in. */
static int measure(struct library *lib, struct list *list, unsigned depth, size_t *ret_total)
{
	size_t total = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct list *other = named(lib, list, &list->items[i]);
		if (other == list || (other && other->state == 1))
			return refuse(lib, list->items[i].node, "a list that contains itself");
		int r = other ? fill(lib, other, depth + 1) : 0;
		if (r < 0)
			return r;
		total += other ? other->count : 1;
		if (total > LIST_ITEMS_MAX)
			return refuse(lib, list->node, "a list of more than a million items");
	}
	*ret_total = total;
	return 0;
}

static int fill(struct library *lib, struct list *list, unsigned depth)
{
	size_t total, at = 0;

	if (list->state == 2)
		return 0;
	if (depth > LIST_DEPTH_MAX)
		return refuse(lib, list->node, "lists inside lists too deeply");
	list->state = 1;
	int r = measure(lib, list, depth, &total);
	list->state = 2;
	if (r < 0) {
		list->count = 0;
		return r;
	}
	lib->item_count += total;
	if (lib->item_count > LIST_ITEMS_MAX) {
		list->count = 0;
		return refuse(lib, list->node, "more than a million items in all lists together");
	}
	struct list_item *items = ARENA_ARRAY(lib->arena, total + 1, struct list_item);
	if (!items)
		return -ENOMEM;
	for (size_t i = 0; i < list->count; i++) {
		struct list *other = named(lib, list, &list->items[i]);
		if (other && other->count)
			memcpy(items + at, other->items, other->count * sizeof(*items));
		else if (!other)
			items[at] = list->items[i];
		at += other ? other->count : 1;
	}
	list->items = items;
	list->count = list->capacity = total;
	return 0;
}

int library_fill_lists(struct library *lib)
{
	for (struct list *l = lib->lists; l; l = l->next) {
		int r = fill(lib, l, 0);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}
