/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules over several events remember.
 */
#pragma once

#include "judging.h"

/* A table for the set, or NULL in *RET when no rule needs one. */
int watch_new(const struct rule_set *set, struct watch_table **ret) must_check;
struct watch_table *watch_share(struct watch_table *w);
void watch_free(struct watch_table *w);

/* A pattern of a watching rule matched; whether its rule fires now. */
bool watch_feed(struct rule_judge *j, const struct pattern *p, uint64_t time_ns);
