/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for whoever listens. */
#include "runtime/report.h"

#include <stdarg.h>
#include <stdio.h>

#define LINE_MAX_BYTES 1024

void report(const struct report *to, enum log_level level, const char *fmt, ...)
{
	char text[LINE_MAX_BYTES];
	va_list ap;

	if (!to->line)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	to->line(to->ctx, level, text);
}
