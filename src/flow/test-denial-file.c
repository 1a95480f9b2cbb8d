/* SPDX-License-Identifier: Apache-2.0 */
/* What is written down is read back, whatever is in it; what is no such file is an error, and none at all is none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/path.h"
#include "denial-file.h"

static const struct flow_denial denials[] = {
	{"network", "connect to", "tcp 10.0.0.1 443", "curl", true, 3, 1000, 2000},
	{"files", "read", "/etc/\"x\"\n\x01", "", false, UINT64_MAX >> 1, 0, INT64_MAX},
};

static int compare(const struct flow_denial *d, void *data, struct err *e)
{
	size_t *at = data;
	const struct flow_denial *w = &denials[(*at)++];
	assert_string_equal(d->part, w->part);
	assert_string_equal(d->verb, w->verb);
	assert_string_equal(d->what, w->what);
	assert_string_equal(d->command, w->command);
	assert_int_equal(d->refused, w->refused);
	assert_int_equal(d->count, w->count);
	assert_int_equal(d->first, w->first);
	assert_int_equal(d->last, w->last);
	return 0;
}

static void there_and_back(void **state)
{
	char folder[] = "/tmp/test-denial-XXXXXX";
	SCOPED(buf) struct buf text = BUF_INIT(DENIALS_BYTES_MAX);
	struct denial_writer writer = {&text, 0};
	struct err e = {0};
	size_t count = 0;

	assert_non_null(mkdtemp(folder));
	scoped_fd int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(denial_read(dir, "none.json", compare, &count, &e), 0);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < ARRAY_LEN(denials); i++)
		denial_write(&writer, &denials[i]);
	assert_int_equal(denial_save(&writer, dir, "a.json", &e), 0);
	assert_int_equal(denial_read(dir, "a.json", compare, &count, &e), 0);
	assert_int_equal(count, ARRAY_LEN(denials));
	assert_int_equal(path_write_file(dir, "b.json", "[{]", 3, 0600, false), 0);
	assert_true(denial_read(dir, "b.json", compare, &count, &e) < 0);
	assert_non_null(strstr(err_text(&e), "b.json"));
	assert_int_equal(path_remove_tree(AT_FDCWD, folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
