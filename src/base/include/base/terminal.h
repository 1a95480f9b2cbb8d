/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal of a person who is joined to the terminal of a container: every key goes there as it is.
 */
#pragma once

#include <stdbool.h>
#include <termios.h>

/*
 * Makes the terminal FD raw, and keeps its former mode in RET_SAVED for tcsetattr(3). It goes on to end lines with CR LF,
 * since a container's terminal leaves LF as it is. False when FD is no terminal.
 */
bool terminal_raw(int fd, struct termios *ret_saved) __attribute__((warn_unused_result));
