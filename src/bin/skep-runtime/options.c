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

int options_read(const struct option *table, char **argv, int *at, struct err *e)
{
	while (argv[*at] && argv[*at][0] == '-' && argv[*at][1]) {
		const char *word = argv[(*at)++];
		if (str_eq(word, "--"))
			return 0;
		const char *name = word + (word[1] == '-' ? 2 : 1);
		const char *equals = strchrnul(name, '=');
		const struct option *o = find(table, name, (size_t)(equals - name));
		if (!o)
			return err_set(e, -EINVAL, "unknown option %.64s; see --help", word);
		const char *value = *equals ? equals + 1 : NULL;
		int r;
		if (o->kind == OPTION_FLAG) {
			r = set_flag(o, value, e);
		} else {
			if (!value)
				value = argv[*at] ? argv[(*at)++] : NULL;
			r = value ? set_value(o, value, e) : err_set(e, -EINVAL, "option %.64s needs a value", word);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
