/* SPDX-License-Identifier: Apache-2.0 */
/* What clamd's answers mean; clamd itself is asked in test/system/scan-malware.bats. */
#include <sys/socket.h>
#include <unistd.h>

#include "clamd.h"
#include "test-kit.h"

static void check(const char *text, enum clamd_verdict verdict, const char *name)
{
	struct clamd_answer a;

	if (clamd_answer_read(text, strlen(text), 7, &a) < 0)
		fail_msg("%s: refused", text);
	assert_int_equal(verdict, a.verdict);
	assert_string_equal(name, a.name);
}

static void answers(void **state)
{
	check("7: stream: OK", CLAMD_CLEAN, "");
	check("stream: OK", CLAMD_CLEAN, "");
	check("7: stream: Win.Test.EICAR_HDB-1 FOUND", CLAMD_FOUND, "Win.Test.EICAR_HDB-1");
	check("7: stream: Evil\x1b[2J FOUND", CLAMD_FOUND, "Evil?[2J");
	check("7: stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND", CLAMD_LIMIT,
	      "Heuristics.Limits.Exceeded.MaxFileSize");
	check("INSTREAM size limit exceeded. ERROR", CLAMD_TOO_LARGE, "INSTREAM size limit exceeded. ERROR");
	check("7: INSTREAM size limit exceeded. ERROR", CLAMD_TOO_LARGE, "INSTREAM size limit exceeded. ERROR");
	check("7: stream: Can't allocate memory ERROR", CLAMD_ERROR, "Can't allocate memory ERROR");
	check("COMMAND READ TIMED OUT", CLAMD_ERROR, "COMMAND READ TIMED OUT");
	check("7: stream:  FOUND", CLAMD_ERROR, " FOUND");
	check("7: stream: OK FOUND", CLAMD_FOUND, "OK");
}

static void what_is_no_answer(void **state)
{
	static const char *const wrong[] = {"", "8: stream: OK", "77: stream: OK", "7", "7:stream: OK"};
	struct clamd_answer a;
	char nul[] = "7: stream\0: OK";

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(-EPROTO, clamd_answer_read(wrong[i], strlen(wrong[i]), 7, &a));
	assert_int_equal(-EPROTO, clamd_answer_read(nul, sizeof(nul) - 1, 7, &a));
}

static int refuse(void *data, struct err *e)
{
	(*(int *)data)++;
	return err_set(e, -ECONNREFUSED, "nobody is there");
}

/* A connection whose other end is gone. */
static int hang_up(void *data, struct err *e)
{
	int pair[2];

	(*(int *)data)++;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, -errno, "a pair");
	close(pair[1]);
	return pair[0];
}

static void who_does_not_answer_is_not_asked_again(void **state)
{
	struct clamd_answer a;
	struct err e = {0};
	int asked = 0;
	struct clamd c = CLAMD_INIT;

	c.connect = refuse;
	c.data = &asked;
	assert_int_equal(-ECONNREFUSED, clamd_ask(&c, (const uint8_t *)"x", 1, &a, &e));
	assert_string_equal("nobody is there", e.text);
	assert_true(c.gone);
	assert_int_equal(1, asked);

	c = CLAMD_INIT;
	c.connect = hang_up;
	c.data = &asked;
	e = (struct err){0};
	assert_int_equal(-EPIPE, clamd_ask(&c, (const uint8_t *)"x", 1, &a, &e));
	assert_true(c.gone);
	/* A new connection that breaks is not made once more; an old one is. */
	assert_int_equal(2, asked);
	c = CLAMD_INIT;
	c.connect = hang_up;
	c.data = &asked;
	c.fd = hang_up(&asked, NULL);
	c.id = 3;
	assert_int_equal(-EPIPE, clamd_ask(&c, (const uint8_t *)"x", 1, &a, NULL));
	assert_int_equal(4, asked);
	clamd_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(what_is_no_answer),
		cmocka_unit_test(who_does_not_answer_is_not_asked_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
