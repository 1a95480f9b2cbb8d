/* SPDX-License-Identifier: Apache-2.0 */
/* Raw mode. */
#include "base/terminal.h"

bool terminal_raw(int fd, struct termios *ret_saved)
{
	struct termios raw;

	if (tcgetattr(fd, ret_saved) < 0)
		return false;
	raw = *ret_saved;
	cfmakeraw(&raw);
	raw.c_oflag |= ret_saved->c_oflag & (tcflag_t)(OPOST | ONLCR);
	return tcsetattr(fd, TCSANOW, &raw) == 0;
}
