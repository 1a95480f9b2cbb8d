/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The message channel: what is sent arrives whole, and what is no message of ours is refused.
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
#include <sys/socket.h>
#include <sys/stat.h>

#include "priv/channel.h"

static void carries_bodies_and_descriptors(void **state)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	int pair[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC), fds[2] = {null, null};
	struct stat a, b;

	assert_non_null(m);
	assert_int_equal(priv_channel_pair(pair), 0);
	assert_int_equal(priv_send(pair[0], 7, "hello", 5, fds, 2), 0);
	assert_int_equal(priv_recv(pair[1], m), 1);
	assert_int_equal(m->type, 7);
	assert_int_equal(m->len, 5);
	assert_memory_equal(m->body, "hello", 5);
	assert_int_equal(m->fd_count, 2);
	assert_int_equal(fstat(null, &a), 0);
	assert_int_equal(fstat(m->fds[1], &b), 0);
	assert_int_equal(a.st_rdev, b.st_rdev);
	assert_true(fcntl(m->fds[0], F_GETFD) & FD_CLOEXEC);
	priv_message_done(m);
	assert_int_equal(priv_send(pair[0], 1, NULL, PRIV_BODY_MAX + 1, NULL, 0), -EMSGSIZE);
	close(pair[0]);
	assert_int_equal(priv_recv(pair[1], m), 0);
	close(pair[1]);
	close(null);
}

static void refuses_strange_packets(void **state)
{
	static const uint32_t packets[][4] = {
		{2, 1, 0, 0}, /* another version */
		{1, 1, 9, 0}, /* a longer body than there is */
		{1, 1, 0, 1}, /* a descriptor that did not come */
	};
	static char big[PRIV_BODY_MAX + 64];
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	int pair[2];

	assert_non_null(m);
	assert_int_equal(priv_channel_pair(pair), 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(send(pair[0], packets[i], sizeof(packets[i]), 0), sizeof(packets[i]));
		assert_int_equal(priv_recv(pair[1], m), -EPROTO);
	}
	assert_int_equal(send(pair[0], "short", 5, 0), 5);
	assert_int_equal(priv_recv(pair[1], m), -EPROTO);
	assert_int_equal(send(pair[0], big, sizeof(big), 0), sizeof(big));
	assert_int_equal(priv_recv(pair[1], m), -EPROTO);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carries_bodies_and_descriptors),
		cmocka_unit_test(refuses_strange_packets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
