/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator names: a file, or a folder of such files. Inside the room only. */
#pragma once

#include "base/err.h"

typedef int files_in_fn(const char *path, void *data, struct err *e);
/*
 * Calls FN with PATH when it is no folder; otherwise with each file in it whose name ends with one of ENDINGS (the last is NULL)
 * and begins with no dot, by name. Returns how many, or what FN returned when that was negative.
 */
int files_in(const char *path, const char *const *endings, files_in_fn *fn, void *data, struct err *e) must_check;
