/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a process: one line per event, text or JSON, to one descriptor. Only programs (bin/) and their command
 * files log, once, where an error stops travelling; libraries return errors instead.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log {
	int fd;	   /* -1: nothing is written */
	bool json; /* {"level":..,"msg":..,"time":..} per line, as runc and containerd write and read it */
	enum log_level min_level;
};

const char *log_level_name(enum log_level level);
int log_level_from(const char *name, enum log_level *ret_level) must_check;

/* One write(2) per line, so that lines of several processes do not mix. Failures to write are dropped. */
void log_line(const struct log *l, enum log_level level, const char *fmt, ...) printf_like(3, 4);
