/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The document is read strictly: a member that is not known, a step that asks for nothing or one score named twice is a
 * mistake that would otherwise admit something.
 */
#include "policy/admission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define API_VERSION "skep/v1"
#define KIND "AdmissionPolicy"
#define AGE_DAYS_MAX 36500

static const char *const tier_names[] = {[ADMISSION_ANY_TIER] = "any",
					 [ADMISSION_NATIVE] = "native",
					 [ADMISSION_UKERNEL] = "ukernel",
					 [ADMISSION_MICROVM] = "microvm"};
static const char *const unscored_names[] = {
	[ADMISSION_ALLOW] = "allow", [ADMISSION_WARN] = "warn", [ADMISSION_REFUSE] = "refuse"};

const char *admission_tier_name(enum admission_tier t)
{
	return tier_names[t];
}

int admission_tier_read(const char *text, enum admission_tier *ret, struct err *e)
{
	for (size_t i = ADMISSION_NATIVE; i < ARRAY_LEN(tier_names); i++)
		if (str_eq(text, tier_names[i])) {
			*ret = (enum admission_tier)i;
			return 0;
		}
	return err_set(e, -EINVAL, "\"%.40s\" is none of native, ukernel and microvm", text);
}

/* ---- reading ---- */

static int read_number(const struct json *v, unsigned max, unsigned *ret, struct err *e)
{
	const char *text = NULL;
	uint64_t n = 0;
	int r = json_kind(v) == JSON_INT ? json_u64(v, &n, NULL) : json_str(v, &text, NULL);

	if (r == 0 && text)
		r = str_to_u64(text, max, &n);
	if (r < 0 || n > max)
		return err_set(e, -EINVAL, "a whole number from 0 to %u is expected", max);
	*ret = (unsigned)n;
	return 0;
}

static int read_true(const struct json *v, bool *ret, struct err *e)
{
	const char *text;

	if (json_kind(v) == JSON_BOOL && json_bool(v, ret, NULL) == 0 && *ret)
		return 0;
	if (json_str(v, &text, NULL) < 0 || !str_eq(text, "true"))
		return err_set(e, -EINVAL, "true is expected; leave the member out otherwise");
	*ret = true;
	return 0;
}

static int read_name(const struct json *v, char ret[ADMISSION_NAME_MAX], struct err *e)
{
	const char *text = "";

	if (json_str(v, &text, NULL) < 0 || !*text || strlen(text) >= ADMISSION_NAME_MAX ||
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return err_set(e, -EINVAL, "a name of 1 to %d letters, digits, dots and dashes is expected",
			       ADMISSION_NAME_MAX - 1);
	snprintf(ret, ADMISSION_NAME_MAX, "%s", text);
	return 0;
}

static int read_tier(const struct json *v, enum admission_tier *ret, struct err *e)
{
	const char *text = "";

	if (json_str(v, &text, NULL) < 0)
		return err_set(e, -EINVAL, "one of native, ukernel and microvm is expected");
	return admission_tier_read(text, ret, e);
}

struct step_reading {
	struct admission_step *step;
	bool has_score;
};

static int read_step_member(const char *key, const struct json *v, void *data, struct err *e)
{
	struct step_reading *reading = data;
	struct admission_step *s = reading->step;
	int r = 0;

	if (str_eq(key, "score")) {
		reading->has_score = true;
		r = read_number(v, 100, &s->score, e);
	} else if (str_eq(key, "refuse")) {
		r = read_true(v, &s->refuse, e);
	} else if (str_eq(key, "tier")) {
		r = read_tier(v, &s->tier, e);
	} else if (str_eq(key, "profile")) {
		r = read_name(v, s->profile, e);
	} else {
		return err_set(e, -EINVAL, "\"%.60s\" is no member; there are score, refuse, tier and profile", key);
	}
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

static int read_step(const struct json *v, struct admission_step *s, struct err *e)
{
	struct step_reading reading = {.step = s};
	int r = json_kind(v) == JSON_OBJECT ? json_each(v, read_step_member, &reading, e)
					    : err_set(e, -EINVAL, "an object with a score is expected");

	if (r < 0)
		return r;
	if (!reading.has_score)
		return err_set(e, -EINVAL, "a step needs a score");
	if (!s->refuse && !s->tier && !s->profile[0])
		return err_set(e, -EINVAL, "a step needs one of refuse, tier and profile");
	return 0;
}

static int by_score(const void *a, const void *b)
{
	const struct admission_step *x = a, *y = b;

	return x->score < y->score ? -1 : x->score > y->score;
}

static int read_steps(const struct json *v, struct admission_policy *p, struct err *e)
{
	size_t count = json_count(v);

	if (json_kind(v) != JSON_ARRAY || count > ADMISSION_STEPS_MAX)
		return err_set(e, -EINVAL, "a list of at most %d is expected", ADMISSION_STEPS_MAX);
	for (size_t i = 0; i < count; i++) {
		int r = read_step(json_at(v, i), &p->steps[i], e);
		if (r < 0)
			return err_wrap(e, r, "[%zu]", i);
	}
	p->step_count = count;
	if (count)
		qsort(p->steps, count, sizeof(*p->steps), by_score);
	for (size_t i = 1; i < count; i++)
		if (p->steps[i].score == p->steps[i - 1].score)
			return err_set(e, -EINVAL, "two steps have the score %u", p->steps[i].score);
	return 0;
}

static int read_unscored(const struct json *v, enum admission_unscored *ret, struct err *e)
{
	const char *text = "";

	if (json_str(v, &text, NULL) == 0)
		for (size_t i = 0; i < ARRAY_LEN(unscored_names); i++)
			if (str_eq(text, unscored_names[i])) {
				*ret = (enum admission_unscored)i;
				return 0;
			}
	return err_set(e, -EINVAL, "one of allow, warn and refuse is expected");
}

static int read_spec_member(const char *key, const struct json *v, void *data, struct err *e)
{
	struct admission_policy *p = data;
	int r = 0;

	if (str_eq(key, "unscored"))
		r = read_unscored(v, &p->unscored, e);
	else if (str_eq(key, "maxAgeDays"))
		r = read_number(v, AGE_DAYS_MAX, &p->max_age_days, e);
	else if (str_eq(key, "steps"))
		r = read_steps(v, p, e);
	else
		return err_set(e, -EINVAL, "\"%.60s\" is no member; there are unscored, maxAgeDays and steps", key);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

static int read_metadata(const char *key, const struct json *v, void *data, struct err *e)
{
	struct admission_policy *p = data;

	if (!str_eq(key, "name"))
		return err_set(e, -EINVAL, "\"%.60s\" is no member of metadata; there is name", key);
	int r = read_name(v, p->name, e);
	return r < 0 ? err_wrap(e, r, "name") : 0;
}

static int read_fixed(const struct json *v, const char *value, struct err *e)
{
	const char *text = "";

	return json_str(v, &text, NULL) == 0 && str_eq(text, value)
		       ? 0
		       : err_set(e, -EINVAL, "\"%.60s\" instead of %s", text, value);
}

static int read_member(const char *key, const struct json *v, void *data, struct err *e)
{
	int r;

	if (str_eq(key, "apiVersion"))
		r = read_fixed(v, API_VERSION, e);
	else if (str_eq(key, "kind"))
		r = read_fixed(v, KIND, e);
	else if (json_kind(v) == JSON_OBJECT && str_eq(key, "metadata"))
		r = json_each(v, read_metadata, data, e);
	else if (json_kind(v) == JSON_OBJECT && str_eq(key, "spec"))
		r = json_each(v, read_spec_member, data, e);
	else
		return err_set(e, -EINVAL,
			       "\"%.60s\" is no member, or no object; there are apiVersion, kind, metadata and spec",
			       key);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

int admission_decode(const struct json *doc, struct admission_policy *ret, struct err *e)
{
	struct admission_policy p = {.unscored = ADMISSION_REFUSE};
	static const char *const needed[] = {"apiVersion", "kind", "metadata", "spec"};

	if (json_kind(doc) != JSON_OBJECT)
		return err_set(e, -EINVAL, "an object is expected");
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		if (!json_get(doc, needed[i]))
			return err_set(e, -EINVAL, "%s is missing", needed[i]);
	int r = json_each(doc, read_member, &p, e);
	if (r == 0 && !p.name[0])
		r = err_set(e, -EINVAL, "metadata.name is missing");
	if (r == 0)
		*ret = p;
	return r;
}

/* ---- deciding ---- */

static void refuse(struct admission_verdict *v, const struct admission_policy *p, const char *why)
{
	if (!v->refused)
		snprintf(v->words, sizeof(v->words), "policy %s: %s", p->name, why);
	v->refused = true;
}

static void decide_unscored(const struct admission_policy *p, const struct admission_facts *f,
			    struct admission_verdict *v)
{
	char why[256];

	if (f->scored)
		snprintf(why, sizeof(why), "the image's score is %u days old, and at most %u are allowed", f->age_days,
			 p->max_age_days);
	else
		snprintf(why, sizeof(why), "the image has no score");
	if (p->unscored == ADMISSION_REFUSE)
		refuse(v, p, why);
	else if (p->unscored == ADMISSION_WARN && !v->words[0])
		snprintf(v->words, sizeof(v->words), "policy %s: %s", p->name, why);
}

/* Steps add up, so that a higher score never asks for less; of profiles the highest step's holds. */
static void take_steps(const struct admission_policy *p, unsigned score, struct admission_step *ret)
{
	for (size_t i = 0; i < p->step_count && p->steps[i].score <= score; i++) {
		const struct admission_step *s = &p->steps[i];
		ret->tier = s->tier > ret->tier ? s->tier : ret->tier;
		if (s->profile[0])
			memcpy(ret->profile, s->profile, sizeof(ret->profile));
		if (s->refuse && !ret->refuse)
			ret->score = s->score;
		ret->refuse |= s->refuse;
	}
}

static void decide_one(const struct admission_policy *p, const struct admission_facts *f, struct admission_verdict *v)
{
	struct admission_step s = {.refuse = false};
	char why[256];

	if (!f->scored || (p->max_age_days && f->age_days > p->max_age_days)) {
		decide_unscored(p, f, v);
		return;
	}
	take_steps(p, f->score, &s);
	if (s.refuse) {
		snprintf(why, sizeof(why), "the image's score is %u, and from %u on it is refused", f->score, s.score);
		refuse(v, p, why);
	}
	v->tier = s.tier > v->tier ? s.tier : v->tier;
	if (s.profile[0] && v->profile[0] && !str_eq(s.profile, v->profile)) {
		snprintf(why, sizeof(why), "with score %u the profile has to be %s, and by another policy %s", f->score,
			 s.profile, v->profile);
		refuse(v, p, why);
	} else if (s.profile[0]) {
		memcpy(v->profile, s.profile, sizeof(v->profile));
	}
}

void admission_decide(const struct admission_policy *policies, size_t count, const struct admission_facts *f,
		      struct admission_verdict *ret)
{
	*ret = (struct admission_verdict){.refused = false};
	for (size_t i = 0; i < count; i++)
		decide_one(&policies[i], f, ret);
}
