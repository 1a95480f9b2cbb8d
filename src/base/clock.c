/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>

void clock_text(int64_t ns, char text[CLOCK_TEXT_MAX])
{
	struct tm tm;

	gmtime_r(&(time_t){ns / CLOCK_NS_PER_S}, &tm);
	size_t n = strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, CLOCK_TEXT_MAX - n, ".%09lldZ", (long long)(ns % CLOCK_NS_PER_S));
}
