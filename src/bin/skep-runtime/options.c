/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading options by a table.
 */
#include "options.h"

#include "base/str.h"

static const struct option *find(const struct option *table, const char *name, size_t len)
{
	for (const struct option *o = table; o->name; o++)
		if ((strlen(o->name) == len && memcmp(o->name, name, len) == 0) || (len == 1 && o->letter == *name))
			return o;
	return NULL;
}

static int set_flag(const struct option *o, const char *value, struct err *e)
{
	if (value && !str_eq(value, "true") && !str_eq(value, "false"))
		return err_set(e, -EINVAL, "--%s: \"%.32s\" is neither true nor false", o->name, value);
	*(bool *)o->value = !value || str_eq(value, "true");
	return 0;
}

static int set_value(const struct option *o, const char *value, struct err *e)
{
	struct option_list *list = o->value;

	if (o->kind == OPTION_TEXT) {
		*(const char **)o->value = value;
		return 0;
	}
	if (list->count == OPTION_LIST_MAX)
		return err_set(e, -E2BIG, "--%s: given more than %d times", o->name, OPTION_LIST_MAX);
	list->at[list->count++] = value;
	return 0;
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1];
}

/* The option at *AT, with its value. */
static int read_one(const struct option *table, char **argv, int *at, struct err *e)
{
	const char *word = argv[(*at)++];
	const char *name = word + (word[1] == '-' ? 2 : 1);
	const char *equals = strchrnul(name, '=');
	const struct option *o = find(table, name, (size_t)(equals - name));

	if (!o)
		return err_set(e, -EINVAL, "unknown option %.64s; see --help", word);
	const char *value = *equals ? equals + 1 : NULL;
	if (o->kind == OPTION_FLAG)
		return set_flag(o, value, e);
	if (!value)
		value = argv[*at] ? argv[(*at)++] : NULL;
	return value ? set_value(o, value, e) : err_set(e, -EINVAL, "option %.64s needs a value", word);
}

int options_read(const struct option *table, char **argv, int *at, struct err *e)
{
	int r = 0;

	while (r == 0 && argv[*at] && is_option(argv[*at])) {
		if (str_eq(argv[*at], "--")) {
			(*at)++;
			return 0;
		}
		r = read_one(table, argv, at, e);
	}
	return r;
}

int options_read_anywhere(const struct option *table, char **argv, struct err *e)
{
	int at = 0, kept = 0, r = 0;
	bool all_words = false; /* after "--" */

	while (r == 0 && argv[at]) {
		if (!all_words && str_eq(argv[at], "--")) {
			all_words = true;
			at++;
		} else if (!all_words && is_option(argv[at])) {
			r = read_one(table, argv, &at, e);
		} else {
			argv[kept++] = argv[at++];
		}
	}
	if (r == 0)
		argv[kept] = NULL;
	return r;
}
