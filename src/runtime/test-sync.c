/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between the runtime process and the container's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "launch.h"
#include <sys/socket.h>

static void messages_arrive_as_sent(void **state)
{
	enum sync_type type = 0;
	struct err e = {0}, said = {.code = -ENOENT, .text = "exec: no such file"};
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(sync_send(pair[0], SYNC_READY, NULL), 0);
	assert_int_equal(sync_receive(pair[1], &type, &e), 0);
	assert_int_equal(type, SYNC_READY);
	assert_int_equal(sync_send(pair[0], SYNC_ERROR, &said), 0);
	assert_int_equal(sync_receive(pair[1], &type, &e), -ENOENT);
	assert_string_equal(e.text, "exec: no such file");
	close(pair[0]);
	assert_int_equal(sync_receive(pair[1], &type, &e), 0);
	assert_int_equal(type, 0);
	assert_int_equal(sync_expect(pair[1], SYNC_GO, &e), -ECONNRESET);
	close(pair[1]);
}

static void strange_packets_are_refused(void **state)
{
	static const struct {
		int32_t words[4];
		size_t len;
	} bad[] = {{{0, 0, 0, 0}, 16},
		   {{99, 0, 0, 0}, 16},
		   {{SYNC_GO, 0, 0, 0}, 8},
		   {{SYNC_GO, 0, 0, 0}, 3},
		   {{-1, 0, 0, 0}, 9}};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		enum sync_type type = 0;
		struct err e = {0};
		int pair[2];
		assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
		assert_int_equal(send(pair[0], bad[i].words, bad[i].len, 0), (int)bad[i].len);
		assert_int_equal(sync_receive(pair[1], &type, &e), -EBADMSG);
		close(pair[0]);
		close(pair[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_arrive_as_sent),
		cmocka_unit_test(strange_packets_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
