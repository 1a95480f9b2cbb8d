/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks as nanoseconds. */
#pragma once

#include <stdint.h>
#include <time.h>

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
