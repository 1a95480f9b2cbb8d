/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options as every Unix tool reads them: -x, -xVALUE, -x VALUE, --name, --name=VALUE, --name VALUE, "--". Values go
 * by offset into the command's structure, so a command declares its options once.
 */
#include <string.h>

#include "command.h"

struct parse {
	const struct cli_option *options;
	char **line;
	size_t count, at;
	void *into;
	bool help;
	struct err *e;
};

static int store(struct parse *p, const struct cli_option *o, const char *value)
{
	char *place = (char *)p->into + o->offset;

	switch (o->kind) {
	case CLI_FLAG:
		if (value && !str_eq(value, "true") && !str_eq(value, "false"))
			return err_set(p->e, -EINVAL, "--%s: expected true or false", o->name);
		*(bool *)place = !str_eq(value, "false");
		return 0;
	case CLI_TEXT:
		*(const char **)(void *)place = value;
		return 0;
	case CLI_LIST:
		return strv_add((struct strv *)(void *)place, value);
	}
	return -EINVAL;
}

static int take_value(struct parse *p, const struct cli_option *o, const char **value)
{
	if (p->at >= p->count)
		return err_set(p->e, -EINVAL, "--%s needs a value (%s)", o->name, o->value);
	*value = p->line[p->at++];
	return 0;
}

static int parse_long(struct parse *p, const char *text)
{
	size_t len = strcspn(text, "=");
	const char *value = text[len] ? text + len + 1 : NULL;

	if (len == 4 && strncmp(text, "help", 4) == 0) {
		p->help = true;
		return 0;
	}
	for (const struct cli_option *o = p->options; o && o->name; o++) {
		if (strlen(o->name) != len || strncmp(o->name, text, len) != 0)
			continue;
		if (o->kind != CLI_FLAG && !value) {
			int r = take_value(p, o, &value);
			if (r < 0)
				return r;
		}
		return store(p, o, value);
	}
	return err_set(p->e, -EINVAL, "unknown option --%.*s", (int)len, text);
}

static int parse_letters(struct parse *p, const char *text)
{
	for (; *text; text++) {
		const struct cli_option *o = p->options;
		const char *value = NULL;
		int r = 0;

		if (*text == 'h') {
			p->help = true;
			continue;
		}
		while (o && o->name && o->letter != *text)
			o++;
		if (!o || !o->name)
			return err_set(p->e, -EINVAL, "unknown option -%c", *text);
		if (o->kind == CLI_FLAG) {
			r = store(p, o, NULL);
			if (r < 0)
				return r;
			continue;
		}
		if (text[1])
			value = text + 1 + (text[1] == '=');
		else
			r = take_value(p, o, &value);
		return r < 0 ? r : store(p, o, value);
	}
	return 0;
}

int cli_parse(struct cli_line *line, struct err *e)
{
	struct parse p = {
		.options = line->options, .line = line->words, .count = line->count, .into = line->into, .e = e};
	bool options_over = false;
	int r = 0;

	while (r == 0 && p.at < p.count) {
		const char *text = p.line[p.at++];
		if (options_over || text[0] != '-' || !text[1]) {
			r = strv_add(&line->rest, text);
			options_over = options_over || line->stop_at_first;
		} else if (str_eq(text, "--")) {
			options_over = true;
		} else if (text[1] == '-') {
			r = parse_long(&p, text + 2);
		} else {
			r = parse_letters(&p, text + 1);
		}
	}
	line->help = p.help;
	return r;
}
