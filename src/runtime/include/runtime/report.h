/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call tells while it works: steps at LOG_DEBUG, and at LOG_WARN what it passes over. The caller decides where the
 * lines go; an error is returned and never reported.
 */
#pragma once

#include "base/log.h"

struct report {
	void (*line)(void *ctx, enum log_level level, const char *text); /* NULL: nobody listens */
	void *ctx;
};

void report(const struct report *to, enum log_level level, const char *fmt, ...) printf_like(3, 4);
