/* SPDX-License-Identifier: Apache-2.0 */
/* Kept scores: found again by manifest, as old as what they were made of, and believed of nobody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "score-file.h"
#include "test/scratch.h"

#define DAY 86400

struct place {
	char root[SCRATCH_PATH_MAX];
	int fd;
};

static int setup(void **state)
{
	static struct place p;

	p.fd = scratch_make(p.root);
	*state = &p;
	return p.fd < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	return scratch_remove(p->root, p->fd);
}

static struct assay_report report(struct digest *d, int score)
{
	assert_int_equal(0, digest_of("m", 1, d));
	return (struct assay_report){
		.manifest = d->text, .judged = true, .now_s = 100 * DAY, .data_s = 98 * DAY, .score = {.value = score}};
}

static void a_score_is_found_by_its_manifest(void **state)
{
	struct place *p = *state;
	struct digest d, other;
	struct assay_report r = report(&d, 63);
	struct admission_facts f;

	score_file_find(p->root, d.text, 100 * DAY, &f);
	assert_false(f.scored);
	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
	score_file_find(p->root, d.text, 101 * DAY, &f);
	assert_true(f.scored);
	assert_int_equal(63, f.score);
	assert_int_equal(3, f.age_days); /* of the advisories */
	assert_int_equal(0, digest_of("n", 1, &other));
	score_file_find(p->root, other.text, 101 * DAY, &f);
	assert_false(f.scored);
}

static void a_scan_that_was_not_whole_takes_it_away(void **state)
{
	struct place *p = *state;
	struct digest d;
	struct assay_report r = report(&d, 63);
	struct admission_facts f;

	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
	r.failed_layers = 1;
	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
	score_file_find(p->root, d.text, 100 * DAY, &f);
	assert_false(f.scored);
	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
	r.manifest = "";
	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
}

static void what_others_may_write_is_not_believed(void **state)
{
	struct place *p = *state;
	struct digest d;
	struct assay_report r = report(&d, 1);
	struct admission_facts f;
	struct err e = {0};

	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
	assert_int_equal(0, fchmodat(p->fd, "scores", 0770, 0));
	score_file_find(p->root, d.text, 100 * DAY, &f);
	assert_false(f.scored);
	assert_int_equal(-EPERM, score_file_keep(p->root, &r, &e));
	assert_int_equal(0, fchmodat(p->fd, "scores", 0700, 0));
	score_file_find(p->root, d.text, 100 * DAY, &f);
	assert_true(f.scored);
}

static void a_damaged_file_is_no_score(void **state)
{
	static const char *const texts[] = {"", "{}", "{\"score\":101,\"scored\":1,\"advisories\":1}",
					    "{\"score\":1,\"scored\":1}", "[1]"};
	struct place *p = *state;
	struct digest d;
	struct assay_report r = report(&d, 1);
	struct admission_facts f;

	assert_int_equal(0, score_file_keep(p->root, &r, NULL));
	scoped_fd int folder = openat(p->fd, "scores", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		assert_int_equal(0, path_write_file(folder, digest_hex(&d), texts[i], strlen(texts[i]), 0600, false));
		score_file_find(p->root, d.text, 100 * DAY, &f);
		assert_false(f.scored);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_score_is_found_by_its_manifest, setup, teardown),
		cmocka_unit_test_setup_teardown(a_scan_that_was_not_whole_takes_it_away, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_may_write_is_not_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(a_damaged_file_is_no_score, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
