/* SPDX-License-Identifier: Apache-2.0 */
/* How an alert is written, while the event that made it is at hand. Inside the room only. */
#pragma once

#include "base/buf.h"
#include "detect/detect.h"
#include "rule/judge.h"

struct alert_of {
	const struct rule_info *rule;
	size_t number; /* of the rule in its set */
	struct detect *detect;
	struct rule_judge *judge;
	const char *hostname;
};

/* "Warning output", one line. */
void alert_words(const struct alert_of *a, struct buf *out);
/* One JSON object: Falco's keys, and skep's own under "skep". */
void alert_json(const struct alert_of *a, struct buf *out);
