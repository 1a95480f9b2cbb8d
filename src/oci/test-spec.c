/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder of config.json against the specification's own schema cases (test/data/spec/good and bad), and against
 * a configuration that sets every property (full.json) with each of its values in turn replaced by one of another
 * kind: none of those may pass in silence.
 */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/path.h"
#include "base/str.h"
#include "oci/spec.h"

#define CASE_MAX (1u << 20)

static int open_cases(const char *folder)
{
	const char *root = getenv("SKEP_SOURCE_ROOT");
	scoped_free char *path = str_printf("%s/test/data/spec/%s", root ? root : ".", folder);

	return path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static int decode(const char *text, size_t len, struct err *e)
{
	struct oci_spec spec = {0};
	int r = oci_spec_decode(text, len, &spec, e);

	if (r == 0)
		oci_spec_done(&spec);
	return r;
}

/* Every case of the folder decodes (GOOD) or is refused with words. */
static void replay(const char *folder, bool good)
{
	int fd = open_cases(folder);
	int count = 0;

	assert_true(fd >= 0);
	DIR *d = fdopendir(fd);
	assert_non_null(d);
	for (struct dirent *ent; (ent = readdir(d));) {
		SCOPED(buf) struct buf text = BUF_INIT(CASE_MAX);
		struct err e = {0};
		if (ent->d_name[0] == '.')
			continue;
		assert_int_equal(path_read_file(dirfd(d), ent->d_name, &text), 0);
		int r = decode(buf_str(&text), text.len, &e);
		if ((r == 0) != good)
			print_error("%s/%s: %d %s\n", folder, ent->d_name, r, e.text);
		assert_int_equal(r == 0, good);
		assert_true(good || e.text[0]);
		count++;
	}
	closedir(d);
	assert_true(count > 0);
}

static void accepts_the_good_cases(void **state)
{
	replay("good", true);
}

static void refuses_the_bad_cases(void **state)
{
	replay("bad", false);
}

/* What is wrong in them is another platform's, and a runtime must not look at it. */
static void ignores_what_is_of_others(void **state)
{
	replay("ignored", true);
}

static void load_full(struct buf *text)
{
	scoped_fd int dir = open_cases(".");

	assert_true(dir >= 0);
	assert_int_equal(path_read_file(dir, "full.json", text), 0);
}

static void accepts_every_property(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(CASE_MAX);
	struct err e = {0};

	load_full(&text);
	int r = decode(buf_str(&text), text.len, &e);
	if (r)
		print_error("full.json: %s\n", e.text);
	assert_int_equal(r, 0);
}

/* Length of the string, number or word at P. */
static size_t token_len(const char *p)
{
	size_t n = 1;

	if (*p != '"')
		return strcspn(p, ",]} \n\t");
	while (p[n] && p[n] != '"')
		n += p[n] == '\\' ? 2 : 1;
	return n + 1;
}

/* Decodes the text with LEN bytes at OFFSET replaced. */
static int decode_replaced(const struct buf *text, size_t offset, size_t len, const char *with)
{
	SCOPED(buf) struct buf changed = BUF_INIT(CASE_MAX);

	buf_add(&changed, text->data, offset);
	buf_add_str(&changed, with);
	buf_add_str(&changed, text->data + offset + len);
	assert_int_equal(buf_error(&changed), 0);
	return decode(buf_str(&changed), changed.len, NULL);
}

static void refuses_values_of_another_kind(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(CASE_MAX);
	int tried = 0, passed = 0;

	load_full(&text);
	for (size_t i = 0; i < text.len;) {
		if (strchr("{}[]:, \n\t", text.data[i])) {
			i++;
			continue;
		}
		size_t len = token_len(text.data + i);
		bool is_key = text.data[i] == '"' && text.data[i + len] == ':';
		if (!is_key) {
			tried++;
			if (decode_replaced(&text, i, len, text.data[i] == '"' ? "{\"x\": [1]}" : "\"x\"") == 0) {
				print_error("passes with another kind: %.60s\n", text.data + i);
				passed++;
			}
		}
		i += len;
	}
	assert_true(tried > 150);
	assert_int_equal(passed, 0);
}

/* Cut anywhere, the text is no configuration. */
static void refuses_a_cut_text(void **state)
{
	SCOPED(buf) struct buf text = BUF_INIT(CASE_MAX);

	load_full(&text);
	while (text.len && text.data[text.len - 1] != '}')
		text.len--;
	for (size_t len = 0; len < text.len; len += 7)
		assert_true(decode(text.data, len, NULL) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_good_cases),	  cmocka_unit_test(refuses_the_bad_cases),
		cmocka_unit_test(ignores_what_is_of_others),	  cmocka_unit_test(accepts_every_property),
		cmocka_unit_test(refuses_values_of_another_kind), cmocka_unit_test(refuses_a_cut_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
