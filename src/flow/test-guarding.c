/* SPDX-License-Identifier: Apache-2.0 */
/* What of a profile the guard's programs are told: addresses in their form, modes, and no more rules than they take. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "guarding.h"

static void decode(const char *text, struct profile *ret)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct err e = {0};
	if (json_parse(text, strlen(text), (struct json_limits){.bytes_max = 1 << 20, .depth_max = 8}, &doc, &e) < 0 ||
	    profile_decode(doc, ret, &e) < 0)
		fail_msg("%s", err_text(&e));
}

#define HEAD "{\"apiVersion\":\"skep/v1\",\"kind\":\"BehaviourProfile\",\"metadata\":{\"name\":\"p\"},\"spec\":{"

static struct guard_policy policy;

static void endpoints(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	decode(HEAD
	       "\"network\":{\"connect\":[\"any any 443\",\"tcp 10.1.2.3/8 80-90\",\"udp fe80::1 53\",\"unix /run/x\"],"
	       "\"listen\":[\"tcp any 8080\"]},\"modes\":{\"network\":\"alert\"}}}",
	       &p);
	guarding_policy(&p, NULL, GUARD_ENFORCE, &policy);
	assert_int_equal(policy.mode[GUARD_CONNECT], GUARD_ALERT);
	assert_int_equal(policy.mode[GUARD_LISTEN], GUARD_ALERT);
	assert_int_equal(policy.mode[GUARD_PROGRAM], GUARD_ENFORCE);
	assert_int_equal(policy.flags, 0);
	assert_int_equal(policy.rule_count, 4); /* sockets of the unix family have no address */
	assert_int_equal(policy.rules[0].protocols, GUARD_TCP | GUARD_UDP | GUARD_OTHER);
	assert_int_equal(policy.rules[0].mask[0] | policy.rules[0].mask[1], 0);
	const uint8_t net[16] = {[10] = 0xff, [11] = 0xff, [12] = 10};
	assert_memory_equal(policy.rules[1].net, net, 16); /* without the bits that the mask takes away */
	assert_int_equal(policy.rules[1].first, 80);
	assert_int_equal(policy.rules[1].last, 90);
	assert_int_equal(policy.rules[2].protocols, GUARD_UDP);
	assert_int_equal(policy.rules[2].mask[1], UINT64_MAX);
	assert_int_equal(policy.rules[3].kind, GUARD_LISTEN);
}

/* A name is its addresses, and nothing while it has none. */
static void names(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	struct hosts hosts;
	struct err e = {0};
	decode(HEAD "\"network\":{\"connect\":[\"tcp db.example.com 5432\",\"tcp gone.example.com 1\"],"
		    "\"listen\":[\"tcp db.example.com 9\"]}}}",
	       &p);
	assert_int_equal(hosts_collect(&p, &hosts, &e), 0);
	assert_int_equal(hosts.count, 2);
	guarding_policy(&p, &hosts, GUARD_OFF, &policy);
	assert_int_equal(policy.rule_count, 0);
	const struct resolved told = {.addresses = {{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}, {[0] = 0xfd}},
				      .count = 2};
	assert_true(host_tell(&hosts.list[0], &told));
	guarding_rules(&p, &hosts, &policy);
	assert_int_equal(policy.rule_count, 4);
	assert_memory_equal(policy.rules[0].net, told.addresses[0], 16);
	assert_int_equal(policy.rules[0].mask[0] & policy.rules[0].mask[1], UINT64_MAX);
	assert_int_equal(policy.rules[1].first, 5432);
	assert_int_equal(policy.rules[2].kind, GUARD_LISTEN);
}

static void socket_names(void **state)
{
	static struct guard_sockets sockets;
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf text = BUF_INIT(1 << 20);
	struct err e = {0};
	decode(HEAD "\"network\":{\"connect\":[\"unix /run/*\",\"tcp any 1\",\"unix @x\"],\"listen\":[\"unix /y\"]}}}",
	       &p);
	assert_int_equal(guarding_sockets(&p, &sockets, &e), 0);
	assert_int_equal(sockets.count, 2);
	assert_int_equal(sockets.patterns[0].len + sockets.patterns[1].len, 8);
	buf_add_str(&text, HEAD "\"network\":{\"connect\":[\"tcp any 1\"");
	for (int i = 0; i <= GUARD_PATTERNS_MAX; i++)
		buf_printf(&text, ",\"unix /%d\"", i);
	buf_add_str(&text, "]}}}");
	SCOPED(profile) struct profile many = PROFILE_INIT;
	decode(buf_str(&text), &many);
	assert_int_equal(guarding_sockets(&many, &sockets, &e), -E2BIG);
}

static void too_many(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(buf) struct buf text = BUF_INIT(1 << 20);
	buf_add_str(&text, HEAD "\"memory\":[\"memfd-execute\"],\"network\":{\"connect\":[\"tcp any 1\"");
	for (int i = 0; i < GUARD_RULES_MAX; i++)
		buf_printf(&text, ",\"tcp 10.0.%d.%d 1\"", i / 250, i % 250);
	buf_add_str(&text, "]}}}");
	decode(buf_str(&text), &p);
	guarding_policy(&p, NULL, GUARD_OFF, &policy);
	assert_int_equal(policy.rule_count, GUARD_RULES_MAX);
	assert_int_equal(policy.mode[GUARD_CONNECT], GUARD_ENFORCE);
	assert_int_equal(policy.flags, GUARD_MEMFD);
	guarding_policy(NULL, NULL, GUARD_ALERT, &policy);
	assert_int_equal(policy.mode[GUARD_CONNECT], GUARD_OFF);
	assert_int_equal(policy.mode[GUARD_PROGRAM], GUARD_ALERT);
}

static void places(void **state)
{
	static const char *const wrong[] = {
		"opt", "/", "", "/opt/..", "/./x", "/1/2/3/4/5/6/7/8/9", "/a23456789012345678901234567890123"};
	struct err e = {0};
	assert_int_equal(guarding_check_place("/opt/plugins/", 7, &e), 0);
	assert_int_equal(guarding_check_place("/1/2/3/4/5/6/7/8", 0, &e), 0);
	assert_int_equal(guarding_check_place("/opt", 8, &e), -E2BIG);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(guarding_check_place(wrong[i], 0, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(endpoints), cmocka_unit_test(too_many),
					   cmocka_unit_test(names), cmocka_unit_test(socket_names),
					   cmocka_unit_test(places)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
