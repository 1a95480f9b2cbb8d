/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of hosts that a profile has, and their addresses: looked up when the container starts, and again for as long as it runs, as often as
 * the name servers want. What a name meant stays allowed until it was not told again three times, since a busy name has other addresses
 * each time it is asked. Inside the room only.
 */
#pragma once

#include "flow/container.h"
#include "model/profile.h"
#include "resolve.h"

enum {
	HOSTS_MAX = 8, /* names of one profile */
	HOSTS_FLOOR_S = 5,
	HOSTS_CEILING_S = 300, /* between two looks */
	HOSTS_FORGET = 3       /* looks */
};

struct host {
	char name[256];
	uint8_t addresses[RESOLVE_ADDRESSES_MAX][16];
	uint8_t missed[RESOLVE_ADDRESSES_MAX]; /* looks since it was told */
	size_t count;
	bool told; /* at least once */
};

struct hosts {
	struct host list[HOSTS_MAX];
	size_t count;
	uint32_t ttl_s; /* till the next look */
};

/* Whether E is a name that can be looked up: neither an address nor a pattern. */
bool hosts_is_name(const struct profile_endpoint *e);

/* The names of P; -E2BIG with words. */
int hosts_collect(const struct profile *p, struct hosts *ret, struct err *e) must_check;
const struct host *hosts_find(const struct hosts *h, const char *name);

/* Whether each has been told once: till then what others know of them is more. */
bool hosts_are_told(const struct hosts *h);

/* What was told of a name just now. True when that changes which addresses it has. */
bool host_tell(struct host *h, const struct resolved *r);

/*
 * Looks all of them up as the container R would: its own names, and, when it has the host's network, by the host's name servers. True in
 * RET_CHANGED when an address came or went. What cannot be told stays as it was, and is an error of the first such name.
 */
int hosts_look(struct hosts *h, const struct flow_record *r, bool *ret_changed, struct err *e) must_check;

/* What looks again while the container runs: a process, since a name server may take its time. */
struct hosts_process {
	pid_t pid;
	int line; /* when it closes, the process ends */
};
#define HOSTS_PROCESS_INIT ((struct hosts_process){.line = -1})
/* When the container runs; no process when its profile has no names. DIR is its folder. */
int hosts_begin(const struct flow_record *r, int dir, struct hosts_process *ret, struct err *e) must_check;
void hosts_end(struct hosts_process *p);
