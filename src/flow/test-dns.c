/* SPDX-License-Identifier: Apache-2.0 */
/* Questions, answers, and bytes that are no answers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "dns.h"

static uint8_t query[DNS_QUERY_MAX], answer[DNS_ANSWER_MAX];
static struct dns_answer read_answer;

/* The question, made an answer with what follows: "db.example.com", of which the records' names are a pointer. */
static size_t answer_with(int query_len, unsigned code, unsigned count, const void *records, size_t size)
{
	size_t question = (size_t)query_len - 11;
	memcpy(answer, query, question);
	answer[2] = 0x81;
	answer[3] = (uint8_t)(0x80 | code);
	answer[7] = (uint8_t)count;
	memcpy(answer + question, records, size);
	return question + size;
}

#define A(ttl, last) "\xc0\x0c\0\1\0\1\0\0\0" ttl "\0\4\xa\0\0" last
#define CNAME(ttl) "\xc0\x0c\0\5\0\1\0\0\0" ttl "\0\2\xc0\x0c"
#define WITH(code, count, records) answer_with(n, code, count, records, sizeof(records) - 1)
#define READ(len) dns_answer(answer, len, query, (size_t)n, &read_answer)

static void questions(void **state)
{
	static const char *const wrong[] = {
		"", ".", "a..b", "a.",
		"-ok-but-this-label-is-longer-than-sixty-three-letters-which-no-server-would-take.x"};
	char name[DNS_NAME_MAX + 1];
	int n = dns_query("db.example.com", 0x1234, DNS_TYPE_A, query);
	assert_int_equal(n, 12 + 16 + 4 + 11);
	assert_memory_equal(query, "\x12\x34\1\0\0\1\0\0\0\0\0\1\2db\7example\3com\0\0\1\0\1", 32);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_true(i == 3 || dns_query(wrong[i], 1, DNS_TYPE_A, query) == -EINVAL);
	for (size_t i = 0; i < DNS_NAME_MAX; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[DNS_NAME_MAX] = '\0';
	assert_int_equal(dns_query(name, 1, DNS_TYPE_A, query), -EINVAL);
	name[DNS_NAME_MAX - 1] = '\0';
	assert_true(dns_query(name, 1, DNS_TYPE_A, query) > 0);
}

static void answers(void **state)
{
	int n = dns_query("db.example.com", 0x1234, DNS_TYPE_A, query);
	assert_int_equal(READ(WITH(0, 3, CNAME("\x09") A("\x1e", "\1") A("\x3c", "\2"))), 0);
	assert_int_equal(read_answer.count, 2);
	assert_int_equal(read_answer.ttl_s, 9);
	assert_memory_equal(read_answer.addresses[1], "\0\0\0\0\0\0\0\0\0\0\xff\xff\xa\0\0\2", 16);
	/* Letters become large. */
	size_t len = WITH(0, 1, A("\1", "\1"));
	answer[13] = 'D';
	assert_int_equal(READ(len), 0);
	assert_int_equal(read_answer.count, 1);
	assert_int_equal(READ(WITH(3, 0, "")), 0);
	assert_int_equal(read_answer.count, 0);
	assert_int_equal(READ(WITH(2, 0, "")), -EAGAIN);
	/* No more than there is room for. */
	char many[40 * 16 + 1] = "";
	for (int i = 0; i < 40; i++)
		memcpy(many + i * 16, A("\1", "\1"), 16);
	assert_int_equal(READ(answer_with(n, 0, 40, many, sizeof(many) - 1)), 0);
	assert_int_equal(read_answer.count, DNS_ADDRESSES_MAX);
	n = dns_query("db.example.com", 0x1234, DNS_TYPE_AAAA, query);
	assert_int_equal(READ(WITH(0, 2,
				   A("\1", "\1") "\xc0\x0c\0\x1c\0\1\0\0\0\5\0\x10"
						 "0123456789abcdef")),
			 0);
	assert_int_equal(read_answer.count, 1);
	assert_memory_equal(read_answer.addresses[0], "0123456789abcdef", 16);
}

static void no_answers(void **state)
{
	int n = dns_query("db.example.com", 0x1234, DNS_TYPE_A, query);
	size_t len = WITH(0, 1, A("\1", "\1"));
	for (size_t at = 0; at < 32; at++) {
		uint8_t kept = answer[at];
		answer[at] ^= 0x80;
		bool matters = at != 3 && at != 6 && at != 7 && (at < 8 || at >= 12);
		assert_int_equal(READ(len), matters ? -EPROTO : 0);
		answer[at] = kept;
	}
	for (size_t cut = 0; cut < len; cut++) {
		int r = READ(cut);
		assert_true(cut < 32 ? r == -EPROTO : r == 0 && read_answer.count == 0);
	}
	/* Names that do not end, and points that lead nowhere. */
	assert_int_equal(READ(WITH(0, 200, "\x3f")), 0);
	assert_int_equal(READ(WITH(0, 1, "\x80\0\0\0\0\0\0\0\0\0\0\0\0\0")), 0);
	assert_int_equal(read_answer.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(questions), cmocka_unit_test(answers),
					   cmocka_unit_test(no_answers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
