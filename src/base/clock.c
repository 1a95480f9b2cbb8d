/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>

void clock_text(int64_t ns, char text[CLOCK_TEXT_MAX])
{
	struct tm tm;

	gmtime_r(&(time_t){ns / CLOCK_NS_PER_S}, &tm);
	size_t n = strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, CLOCK_TEXT_MAX - n, ".%09lldZ", (long long)(ns % CLOCK_NS_PER_S));
}

int clock_read(const char *text, int64_t *ret_s)
{
	struct tm tm = {0}, offset = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (end && *end == '.')
		end += 1 + strspn(end + 1, "0123456789");
	if (!end)
		return -EINVAL;
	int64_t s = timegm(&tm);
	if (*end == '+' || *end == '-') {
		const char *rest = strptime(end + 1, "%H:%M", &offset);
		int seconds = offset.tm_hour * 3600 + offset.tm_min * 60;
		s += *end == '-' ? seconds : -seconds;
		end = rest ? rest : end;
	} else if (*end == 'Z') {
		end++;
	} else {
		return -EINVAL;
	}
	if (*end)
		return -EINVAL;
	*ret_s = s;
	return 0;
}
