/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container does beyond its profile in the parts that are not enforced: seen by the sensors while it runs, counted, kept in its
 * folder. Inside the room only.
 */
#pragma once

#include "flow/container.h"

#define ALERTED_FILE "would-be.json"

struct alerting;

/* Before it starts. *RET is NULL when nothing of its profile is to be looked at. DIR, its folder, is borrowed. */
int alerting_begin(const struct flow_record *r, int dir, struct alerting **ret, struct err *e) must_check;
/* After its end. NULL is fine. */
void alerting_end(struct alerting *a);
