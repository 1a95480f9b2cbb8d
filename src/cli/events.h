/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about events share. Inside the room only. */
#pragma once

#include "flow/watch.h"
#include "rule/problem.h"

/* "10s", "5m", "500ms" into milliseconds; -1 for NULL. -EINVAL with words. */
int cli_duration(const char *text, int *ret_ms, struct err *e) must_check;
/* The full id of the container NAME into ID: a name or id of ours, or the whole id of any engine's. */
int cli_container_filter(struct flow_place *p, const char *name, char id[FLOW_ID_MAX], struct err *e) must_check;
/* What was seen and lost, by type, to stderr. */
void cli_watch_stats(const struct flow_watch_stats *stats);
/* Each problem of rule files as file:line:column: text, to stderr. */
void cli_rule_problems(const struct rule_problems *problems);
