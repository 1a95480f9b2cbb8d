/* SPDX-License-Identifier: Apache-2.0 */
/* Policies about scores: what is admitted, what is asked for, and which documents are mistakes. */
#include "test-kit.h"

#include "base/str.h"
#include "policy/admission.h"

/* SPEC with ' for ". */
static int decode(const char *spec, struct admission_policy *ret, struct err *e)
{
	char text[2048];
	SCOPED_PTR(json) struct json *doc = NULL;

	snprintf(text, sizeof(text),
		 "{'apiVersion':'skep/v1','kind':'AdmissionPolicy','metadata':{'name':'p'},'spec':%s}", spec);
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	int r = json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, e);
	return r < 0 ? r : admission_decode(doc, ret, e);
}

static struct admission_policy policy(const char *spec)
{
	struct admission_policy p = {.max_age_days = 0};
	struct err e = {0};

	if (decode(spec, &p, &e) < 0)
		fail_msg("%s: %s", spec, err_text(&e));
	return p;
}

static struct admission_verdict decide(const struct admission_policy *p, size_t count, bool scored, unsigned score,
				       unsigned age)
{
	const struct admission_facts f = {.scored = scored, .score = score, .age_days = age};
	struct admission_verdict v;

	admission_decide(p, count, &f, &v);
	return v;
}

static void a_higher_score_never_asks_for_less(void **state)
{
	struct admission_policy p = policy("{'steps':[{'score':'80','refuse':'true'},{'score':40,'profile':'strict'},"
					   "{'score':60,'tier':'microvm'},{'score':70,'tier':'ukernel'}]}");
	struct admission_verdict v = decide(&p, 1, true, 39, 0);

	assert_true(!v.refused && !v.tier && !v.profile[0] && !v.words[0]);
	v = decide(&p, 1, true, 40, 0);
	assert_true(!v.refused && !v.tier && str_eq(v.profile, "strict"));
	v = decide(&p, 1, true, 79, 0);
	assert_true(!v.refused && v.tier == ADMISSION_MICROVM && str_eq(v.profile, "strict"));
	v = decide(&p, 1, true, 100, 0);
	assert_true(v.refused);
	assert_string_equal(v.words, "policy p: the image's score is 100, and from 80 on it is refused");
}

static void what_is_not_known_is_refused_unless_allowed(void **state)
{
	struct admission_policy p = policy("{}");

	assert_true(decide(&p, 1, false, 0, 0).refused);
	assert_false(decide(&p, 1, true, 100, 1000).refused);
	p = policy("{'maxAgeDays':'7'}");
	assert_false(decide(&p, 1, true, 1, 7).refused);
	assert_true(decide(&p, 1, true, 1, 8).refused);
	p = policy("{'maxAgeDays':7,'unscored':'warn','steps':[{'score':0,'refuse':true}]}");
	struct admission_verdict v = decide(&p, 1, true, 1, 8);
	assert_false(v.refused);
	assert_string_equal(v.words, "policy p: the image's score is 8 days old, and at most 7 are allowed");
	p = policy("{'unscored':'allow'}");
	v = decide(&p, 1, false, 0, 0);
	assert_true(!v.refused && !v.words[0]);
}

static void all_policies_have_to_admit(void **state)
{
	struct admission_policy two[] = {policy("{'steps':[{'score':10,'profile':'strict'}]}"),
					 policy("{'unscored':'allow','steps':[{'score':20,'profile':'web'}]}")};

	assert_true(decide(two, 2, false, 0, 0).refused);
	assert_string_equal(decide(two, 2, true, 10, 0).profile, "strict");
	struct admission_verdict v = decide(two, 2, true, 20, 0);
	assert_true(v.refused);
	assert_non_null(strstr(v.words, "has to be web, and by another policy strict"));
	assert_false(decide(two, 0, false, 0, 0).refused);
}

static void mistakes_are_said(void **state)
{
	static const char *const cases[][2] = {
		{"{'step':[]}", "spec: \"step\" is no member; there are unscored, maxAgeDays and steps"},
		{"{'unscored':'maybe'}", "spec: unscored: one of allow, warn and refuse is expected"},
		{"{'maxAgeDays':'-1'}", "spec: maxAgeDays: a whole number from 0 to 36500 is expected"},
		{"{'steps':[{'refuse':true}]}", "spec: steps: [0]: a step needs a score"},
		{"{'steps':[{'score':3}]}", "spec: steps: [0]: a step needs one of refuse, tier and profile"},
		{"{'steps':[{'score':101,'refuse':true}]}", "score: a whole number from 0 to 100 is expected"},
		{"{'steps':[{'score':3,'refuse':false}]}", "refuse: true is expected"},
		{"{'steps':[{'score':3,'tier':'vm'}]}", "tier: \"vm\" is none of native, ukernel and microvm"},
		{"{'steps':[{'score':3,'profile':'a/b'}]}", "profile: a name of 1 to 63 letters"},
		{"{'steps':[{'score':3,'refuse':true},{'score':'3','tier':'native'}]}", "two steps have the score 3"},
		{"[]", "\"spec\" is no member, or no object"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct admission_policy p;
		struct err e = {0};
		assert_int_equal(decode(cases[i][0], &p, &e), -EINVAL);
		if (!strstr(err_text(&e), cases[i][1]))
			fail_msg("%s: %s", cases[i][0], err_text(&e));
	}
}

static void tiers_have_names(void **state)
{
	for (enum admission_tier t = ADMISSION_NATIVE; t <= ADMISSION_MICROVM; t++) {
		enum admission_tier again = ADMISSION_ANY_TIER;
		assert_int_equal(admission_tier_read(admission_tier_name(t), &again, NULL), 0);
		assert_int_equal(again, t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_higher_score_never_asks_for_less),
		cmocka_unit_test(what_is_not_known_is_refused_unless_allowed),
		cmocka_unit_test(all_policies_have_to_admit),
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(tiers_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
