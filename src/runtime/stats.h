/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of one sample of usage. Inside the room only.
 */
#pragma once

#include "runtime/container.h"

struct stats_source {
	const struct kern_cgroup *c;
	bool v2; /* all controllers are in the v2 tree */
};

/* The directory that has CONTROLLER's files, or -1. */
int stats_folder(const struct stats_source *s, const char *controller);
/* The number in a file, UINT64_MAX for "max", 0 where there is none; or the one behind KEY in lines of "key number". */
uint64_t stats_number(const struct stats_source *s, const char *controller, const char *file);
uint64_t stats_keyed(const struct stats_source *s, const char *controller, const char *file, const char *key);

void stats_write_blkio(struct json_out *o, const struct stats_source *s);
void stats_write_hugetlb(struct json_out *o, const struct stats_source *s);
/* The devices of the container's network namespace, where it has one of its own. */
void stats_write_network(struct json_out *o, const struct container *c);
