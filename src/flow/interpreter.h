/* SPDX-License-Identifier: Apache-2.0 */
/* The program loader that an ELF file names. Inside the room only. */
#pragma once

#include <stddef.h>

enum { INTERPRETER_MAX = 256 };

/* Of the file FD, which is hostile. -ENOENT when it names none, is no ELF file for this machine, or lies about itself. */
int interpreter_read(int fd, char ret[INTERPRETER_MAX]);
