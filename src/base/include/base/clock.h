/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks as nanoseconds, and a time as text. */
#pragma once

#include <stdint.h>
#include <time.h>

#include "base/cleanup.h"

#define CLOCK_NS_PER_MS 1000000
#define CLOCK_NS_PER_S 1000000000

static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * CLOCK_NS_PER_S + t.tv_nsec;
}

/* Since 1970. */
static inline int64_t clock_wall(void)
{
	return clock_ns(CLOCK_REALTIME);
}

/* Since the machine started, sleep included: the clock of events. */
static inline int64_t clock_boot(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}

/* "2026-01-31T15:04:05.000000000Z": RFC 3339, UTC, of nanoseconds since 1970. */
#define CLOCK_TEXT_MAX 40
void clock_text(int64_t ns, char text[CLOCK_TEXT_MAX]);
/* The other way, to seconds: fractions are cut, "Z" or an offset ends it. -EINVAL it is no such time. */
int clock_read(const char *text, int64_t *ret_s) must_check;
