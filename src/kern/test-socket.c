/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local sockets below a folder, and descriptors sent along.
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
#include "base/path.h"
#include "base/str.h"
#include "kern/socket.h"

static void a_listener_is_found_below_its_folder(void **state)
{
	char path[] = "/tmp/skep-socket.XXXXXX";

	assert_non_null(mkdtemp(path));
	scoped_fd int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(kern_socket_connect_at(dir, "s"), -ENOENT);
	int listener = kern_socket_listen_at(dir, "s");
	assert_true(listener >= 0);
	scoped_fd int client = kern_socket_connect_at(dir, "s");
	assert_true(client >= 0);
	close(listener);
	assert_int_equal(kern_socket_connect_at(dir, "s"), -ECONNREFUSED);
	assert_int_equal(path_remove_tree(AT_FDCWD, path), 0);
}

static void a_full_queue_does_not_hold_us(void **state)
{
	char path[] = "/tmp/skep-socket.XXXXXX";
	int fds[256], count = 0, fd;

	assert_non_null(mkdtemp(path));
	scoped_fd int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int listener = kern_socket_listen_at(dir, "s");
	assert_true(listener >= 0);
	while ((fd = kern_socket_connect_at(dir, "s")) >= 0 && count < 256)
		fds[count++] = fd;
	assert_int_equal(fd, -EAGAIN);
	while (count)
		close(fds[--count]);
	assert_int_equal(path_remove_tree(AT_FDCWD, path), 0);
}

static void descriptors_travel(void **state)
{
	char text[8], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
	int pair[2], ends[2], got = -1;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(kern_socket_send_fds(pair[0], "x", 1, &ends[1], 1), 0);
	assert_int_equal(recvmsg(pair[1], &msg, 0), 1);
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(got));
	assert_int_equal(write(got, "y", 1), 1);
	assert_int_equal(read(ends[0], text, 1), 1);
	assert_int_equal(text[0], 'y');
	close(got);
	for (int i = 0; i < 2; i++) {
		close(pair[i]);
		close(ends[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_is_found_below_its_folder),
		cmocka_unit_test(a_full_queue_does_not_hold_us),
		cmocka_unit_test(descriptors_travel),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
