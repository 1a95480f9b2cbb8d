/* SPDX-License-Identifier: Apache-2.0 */
/* A raw terminal passes keys as they are, and still ends lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include "base/terminal.h"

static void lines_still_end(void **state)
{
	struct termios saved, now;
	char text[8] = "";
	int master, slave;

	assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
	assert_true(terminal_raw(slave, &saved));
	assert_true(saved.c_lflag & ICANON);
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_false(now.c_lflag & (ICANON | ECHO | ISIG));
	assert_int_equal(write(slave, "a\n", 2), 2);
	assert_int_equal(read(master, text, sizeof(text)), 3);
	assert_string_equal(text, "a\r\n");
	close(slave);
	close(master);
}

static void what_is_no_terminal_stays(void **state)
{
	struct termios saved;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_false(terminal_raw(fd, &saved));
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines_still_end),
					   cmocka_unit_test(what_is_no_terminal_stays)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
