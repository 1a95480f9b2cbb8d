/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands have in common: their words, their help, loading the container they name.
 */
#include <stdio.h>

#include "base/path.h"
#include "base/str.h"
#include "command.h"

#define TABLE_MAX 40

static void print_options(const char *name, const struct option *table)
{
	printf("usage: skep-runtime %s [options] ...\n\noptions:\n", name);
	for (const struct option *o = table; o->name; o++)
		if (o->help)
			printf("  --%-22s%s\n", o->name, o->help);
}

int command_words(const char *name, const struct option *table, char **argv, int *ret_at, struct err *e)
{
	struct option all[TABLE_MAX];
	bool help = false;
	size_t count = 0;

	for (const struct option *o = table; o && o->name && count < TABLE_MAX - 2; o++)
		all[count++] = *o;
	all[count++] = (struct option){"help", 'h', OPTION_FLAG, &help, "this text"};
	all[count] = (struct option){NULL};
	/* The words of these two behind the ID belong to other programs. */
	bool in_front = str_eq(name, "exec") || str_eq(name, "ps");
	int r = in_front ? options_read(all, argv, ret_at, e) : options_read_anywhere(all, argv, e);
	if (r == 0 && help) {
		print_options(name, all);
		return HELP_SHOWN;
	}
	return r;
}

int command_one_id(const char *name, const struct option *table, char **argv, const char **ret_id, struct err *e)
{
	int at = 0;
	int r = command_words(name, table, argv, &at, e);

	if (r)
		return r;
	if (!argv[at])
		return err_set(e, -EINVAL, "%s: needs a container ID", name);
	if (argv[at + 1])
		return err_set(e, -EINVAL, "%s: takes one container ID; \"%.64s\" is too much", name, argv[at + 1]);
	*ret_id = argv[at];
	return 0;
}

int command_load(const struct settings *s, const char *id, struct container *ret, struct err *e)
{
	int r = container_load(s->root, id, ret, e);
	if (r == 0)
		ret->report = s->report;
	return r;
}

int command_number(const char *option, const char *text, unsigned max, unsigned *ret, struct err *e)
{
	uint64_t value = 0;

	if (!text)
		return 0;
	if (str_to_u64(text, max, &value) < 0)
		return err_set(e, -EINVAL, "--%s: \"%.32s\" is not a number up to %u", option, text, max);
	*ret = (unsigned)value;
	return 0;
}

int command_print(struct buf *b, struct err *e)
{
	buf_add_char(b, '\n');
	int r = buf_error(b);
	if (r == 0)
		r = fd_write_all(STDOUT_FILENO, buf_str(b), b->len);
	return r < 0 ? err_sys(e, r, "cannot write to standard output") : 0;
}
