/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the loader and the sensors share: a page of settings, and counters. */
#pragma once

#include "model/noted.h"

enum { SENSOR_CALLS = 512, SENSOR_COUNTS = 640, SENSOR_RING = 16 << 20, COMPAT_SOCKETCALL = 102, SENSOR_NAME = 64 };

enum sensor_want {
	WANT_DONE = 1,	 /* the call when it succeeded */
	WANT_FAILED = 2, /* and when it did not */
	WANT_NOTED = 4,	 /* only when it was last made */
};

struct sensor_control {
	uint8_t wanted[SENSOR_CALLS]; /* sensor_want by system call */
	uint8_t maybe[SENSOR_CALLS];  /* whether the call of this number is wanted, as a 64-bit or as a 32-bit one */
	uint64_t only_cgroup;	      /* v2 cgroup whose tasks alone are heard; 0: all */
	uint32_t only_level;	      /* its depth */
	uint32_t own_pid;	      /* the reader, which is not heard: hearing it would never end */
	uint32_t own_level;	      /* the depth of its PID namespace */
	uint32_t sleeping;	      /* the reader waits to be woken */
	uint32_t host_mounts;	      /* the host's mount namespace; 0: not known */
	uint32_t environment;	      /* exec events carry the environment */
	char only_name
		[SENSOR_NAME]; /* a v2 cgroup whose path ends with this is the one to hear, once it is made; "": none */
	struct noted noted;
};

struct sensor_count {
	uint64_t sent, lost;
};
