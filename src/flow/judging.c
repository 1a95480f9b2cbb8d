/* SPDX-License-Identifier: Apache-2.0 */
/* State, rules, handlers, for one event after the other. */
#include "judging.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "alert.h"

enum { WORDS_MAX = 256 << 10, JSON_MAX = 1 << 20 };

int judging_begin(struct judging *j, int64_t boot, const char *hostname, const struct judging *other, struct err *e)
{
	snprintf(j->hostname, sizeof(j->hostname), "%s", hostname);
	j->words = (struct buf)BUF_INIT(WORDS_MAX);
	j->json = (struct buf)BUF_INIT(JSON_MAX);
	int r = detect_new(&j->detect, boot, hostname);
	if (r == 0)
		r = judging_rules(j, j->options->rules, other);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

void judging_done(struct judging *j)
{
	known_readers_done(&j->readers);
	rule_judge_free(j->judge);
	detect_free(j->detect);
	buf_done(&j->words);
	buf_done(&j->json);
	j->judge = NULL;
	j->detect = NULL;
}

int judging_rules(struct judging *j, const struct rule_set *rules, const struct judging *other)
{
	struct rule_judge *judge = NULL;
	int r = !rules ? 0 : other ? rule_judge_new_beside(other->judge, &judge) : rule_judge_new(rules, &judge);
	if (r < 0)
		return r;
	rule_judge_free(j->judge);
	j->judge = judge;
	j->rules = rules;
	return 0;
}

static int show(struct judging *j, uint32_t rule)
{
	struct flow_alert alert = {rule_set_info(j->rules, rule), detect_number(j->detect), detect_time(j->detect), "",
				   ""};
	const struct alert_of of = {alert.rule, rule, j->detect, j->judge, j->hostname};

	if (!j->alert)
		return 0;
	buf_reset(&j->words);
	alert_words(&of, &j->words);
	alert.words = buf_str(&j->words);
	if (j->options->json) {
		buf_reset(&j->json);
		alert_json(&of, &j->json);
		alert.json = buf_str(&j->json);
	}
	return j->alert(j->ctx, &alert);
}

static int judge(struct judging *j)
{
	const uint32_t *rules;
	int r = 0;
	size_t count = rule_judge_event(j->judge, detect_type(j->detect), (uint64_t)detect_time(j->detect), detect_get,
					j->detect, &rules);
	for (size_t i = 0; i < count && r >= 0; i++)
		r = show(j, rules[i]);
	return r;
}

static bool wanted(const struct judging *j)
{
	const char *only = j->options->container;
	return !only || detect_is_of(j->detect, only);
}

int judging_tell(struct judging *j, const struct event *event)
{
	int r = j->told ? j->told(j->ctx, event) : 0;
	return r == 0 && detect_tell(j->detect, event) == -ENOMEM ? -ENOMEM : r;
}

static int tell(void *ctx, const struct event *event)
{
	return judging_tell(ctx, event);
}

/* Users are asked for when a container's first program has started: its root folder is then the one it will have. */
static int name_users(struct judging *j)
{
	uint32_t pid;
	bool again;
	const char *unnamed = j->live ? detect_unnamed(j->detect, &pid, &again) : NULL;
	if (!unnamed)
		return 0;
	return unnamed[0] ? known_users(&j->readers, unnamed, (pid_t)pid, again, tell, j) : known_host_users(tell, j);
}

int judging_event(struct judging *j, const struct event *event)
{
	bool judged;
	if (detect_begin(j->detect, event, &judged) < 0)
		return 0;
	int r = name_users(j);
	if (r >= 0 && judged && wanted(j)) {
		if (j->event)
			r = j->event(j->ctx, j->detect, event);
		if (r >= 0 && j->judge)
			r = judge(j);
	}
	detect_end(j->detect);
	return r;
}
