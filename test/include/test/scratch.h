/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder for one test, made in its setup and removed with all that is in it in its teardown.
 */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/path.h"

#define SCRATCH_PATH_MAX 64

/* Makes the folder and answers a descriptor of it, or -1. */
static inline int scratch_make(char path[SCRATCH_PATH_MAX])
{
	snprintf(path, SCRATCH_PATH_MAX, "/tmp/skep-unit-XXXXXX");
	return mkdtemp(path) ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* Closes the descriptor and removes the folder. */
static inline int scratch_remove(const char *path, int fd)
{
	close_keep_errno(fd);
	return path_remove_tree(AT_FDCWD, path);
}
