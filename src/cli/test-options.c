/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options and the small words of output.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "command.h"

struct values {
	bool flag;
	const char *text;
	struct strv list;
};

static const struct cli_option table[] = {
	{'f', "flag", CLI_FLAG, NULL, "", offsetof(struct values, flag)},
	{'t', "text", CLI_TEXT, "TEXT", "", offsetof(struct values, text)},
	{'l', "list", CLI_LIST, "TEXT", "", offsetof(struct values, list)},
	{0},
};

static int parse(const char **words, size_t count, bool stop, struct values *v, struct cli_line *line)
{
	*line = (struct cli_line){table, stop, (char **)words, count, v, {0}, false};
	return cli_parse(line, NULL);
}

static void reads_every_form(void **state)
{
	const char *words[] = {"-f", "-tone", "--list", "a", "--list=b", "-l", "c", "x", "--text=two", "--", "-f"};
	struct values v = {0};
	struct cli_line line;

	assert_int_equal(parse(words, ARRAY_LEN(words), false, &v, &line), 0);
	assert_true(v.flag);
	assert_string_equal(v.text, "two");
	assert_int_equal(v.list.count, 3);
	assert_int_equal(line.rest.count, 2);
	assert_string_equal(line.rest.items[1], "-f");
	strv_done(&v.list);
	strv_done(&line.rest);
}

static void stops_at_the_containers_command(void **state)
{
	const char *words[] = {"-ft", "x", "image", "ls", "-l", "--help"};
	struct values v = {0};
	struct cli_line line;

	assert_int_equal(parse(words, ARRAY_LEN(words), true, &v, &line), 0);
	assert_string_equal(v.text, "x");
	assert_int_equal(line.rest.count, 4);
	assert_false(line.help);
	strv_done(&line.rest);
}

static void refuses_mistakes(void **state)
{
	static const char *const bad[][2] = {
		{"-x", NULL}, {"--nope", NULL}, {"--text", NULL}, {"-t", NULL}, {"--flag=7", NULL}};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct values v = {0};
		struct cli_line line;
		assert_int_equal(parse((const char **)bad[i], 1, false, &v, &line), -EINVAL);
		strv_done(&line.rest);
	}
}

static void writes_sizes(void **state)
{
	static const struct {
		unsigned long long bytes;
		const char *text;
	} cases[] = {{0, "0B"}, {999, "999B"}, {1000, "1.00kB"}, {12345678, "12.3MB"}, {123456789012ull, "123GB"}};
	char text[32];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cli_size(cases[i].bytes, text, sizeof(text));
		assert_string_equal(text, cases[i].text);
	}
	cli_age("rubbish", text, sizeof(text));
	assert_string_equal(text, "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_form),
		cmocka_unit_test(stops_at_the_containers_command),
		cmocka_unit_test(refuses_mistakes),
		cmocka_unit_test(writes_sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
