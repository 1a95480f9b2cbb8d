/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container log: one JSON line per line of output, long lines in parts, files moved on when full.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/path.h"
#include "log.h"
#include "test/scratch.h"

static char root[SCRATCH_PATH_MAX];
static int dir;
static struct flow_log log_under_test;

static int setup(void **state)
{
	dir = scratch_make(root);
	return flow_log_open(dir, &log_under_test, NULL);
}

static int teardown(void **state)
{
	flow_log_done(&log_under_test);
	return scratch_remove(root, dir);
}

/* The text of line N. */
static void expect_line(const struct buf *b, size_t n, const char *text, const char *stream)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const char *at = buf_str(b), *value = "";

	while (n--)
		at = strchr(at, '\n') + 1;
	assert_int_equal(json_parse(at, strcspn(at, "\n"), JSON_LIMITS_CONFIG, &doc, NULL), 0);
	assert_int_equal(json_get_str(doc, "log", &value, NULL), 0);
	assert_string_equal(value, text);
	assert_int_equal(json_get_str(doc, "stream", &value, NULL), 0);
	assert_string_equal(value, stream);
}

static void writes_lines(void **state)
{
	SCOPED(buf) struct buf b = BUF_INIT(1 << 20);

	flow_log_add(&log_under_test, FLOW_STDOUT, "one\ntw", 6);
	flow_log_add(&log_under_test, FLOW_STDERR, "err\n", 4);
	flow_log_add(&log_under_test, FLOW_STDOUT, "o\n\"\x01\xff", 5);
	flow_log_add(&log_under_test, FLOW_STDOUT, "\0x", 2);
	flow_log_done(&log_under_test);
	assert_int_equal(path_read_file(dir, "log", &b), 0);
	expect_line(&b, 0, "one\n", "stdout");
	expect_line(&b, 1, "err\n", "stderr");
	expect_line(&b, 2, "two\n", "stdout");
	expect_line(&b, 3, "\"\x01\xef\xbf\xbd x", "stdout");
}

static void rotates(void **state)
{
	char line[1024];
	struct stat st;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (size_t i = 0; i < 50u << 10; i++)
		flow_log_add(&log_under_test, FLOW_STDOUT, line, sizeof(line));
	for (int i = 0; i < FLOW_LOG_FILES; i++) {
		char name[16];
		snprintf(name, sizeof(name), i ? "log.%d" : "log", i);
		assert_int_equal(fstatat(dir, name, &st, 0), 0);
		assert_true(st.st_size <= FLOW_LOG_BYTES_MAX);
	}
	assert_true(fstatat(dir, "log.3", &st, 0) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(rotates, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
