/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch of one container, beside whoever runs it: a thread that ends with it. And the rules that are used when nobody names others.
 */
#pragma once

#include "flow/watch.h"

struct flow_watch_one;

/*
 * Starts it before the container starts, and returns when everything will be seen. Alerts come to HANDLERS in the thread. The container's
 * record and what WHAT points at (its rules, types and noted calls; the rest is decided here) must outlive it. -EPERM and -ENOTSUP with words where this host or user cannot watch.
 */
int flow_watch_one(const struct flow_record *container, const struct flow_watch_options *what,
		   const struct flow_watch_handlers *handlers, struct flow_watch_one **ret, struct err *e) must_check;
/* After the container's end: what is still under way is judged, then the watch is over. NULL is fine. */
void flow_watch_one_end(struct flow_watch_one *w);

/* skep's own rules (rules/skep.yaml), compiled. */
int flow_rules_default(struct rule_set **ret, struct err *e) must_check;
