/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: levels, and JSON lines that stay one line each.
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
#include <sys/mman.h>

#include "base/json.h"
#include "base/log.h"

static void levels_have_names(void **state)
{
	for (enum log_level l = LOG_DEBUG; l <= LOG_ERROR; l++) {
		enum log_level back;
		assert_int_equal(log_level_from(log_level_name(l), &back), 0);
		assert_int_equal(back, l);
	}
	enum log_level none;
	assert_true(log_level_from("loud", &none) < 0);
}

static void json_lines_are_one_line(void **state)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct log l = {.fd = memfd_create("log", MFD_CLOEXEC), .json = true, .min_level = LOG_INFO};
	const char *message = "";
	char text[4096];

	log_line(&l, LOG_DEBUG, "not this");
	log_line(&l, LOG_ERROR, "two\nlines \"%s\"", "quoted");
	ssize_t n = pread(l.fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_ptr_equal(strchr(text, '\n'), text + n - 1);
	assert_int_equal(json_parse(text, (size_t)n, JSON_LIMITS_CONFIG, &doc, NULL), 0);
	assert_int_equal(json_get_str(doc, "msg", &message, NULL), 0);
	assert_string_equal(message, "two\nlines \"quoted\"");
	close(l.fd);
	log_line(&(struct log){.fd = -1}, LOG_ERROR, "to nobody");
}

static void text_lines_have_names(void **state)
{
	struct log l = {.fd = memfd_create("log", MFD_CLOEXEC), .min_level = LOG_DEBUG};
	char text[4096];

	log_line(&l, LOG_DEBUG, "a \"b\"\nc");
	ssize_t n = pread(l.fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, " level=debug msg=\"a \\\"b\\\"\\nc\"\n"));
	assert_int_equal(strncmp(text, "time=\"", 6), 0);
	close(l.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(levels_have_names), cmocka_unit_test(text_lines_have_names),
					   cmocka_unit_test(json_lines_are_one_line)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
