/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a name has after several looks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "hosts.h"

static struct resolved of(unsigned first, unsigned count)
{
	struct resolved r = {.count = count};
	for (unsigned i = 0; i < count; i++)
		r.addresses[i][15] = (uint8_t)(first + i);
	return r;
}

static bool has(const struct host *h, unsigned last)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->addresses[i][15] == last)
			return true;
	return false;
}

static void looks(void **state)
{
	struct host h = {.name = "x"};
	struct resolved one = of(1, 1), two = of(2, 2), none = {.count = 0};

	assert_true(host_tell(&h, &one));
	assert_true(h.told);
	assert_false(host_tell(&h, &one));
	assert_true(host_tell(&h, &two));
	assert_true(has(&h, 1) && has(&h, 2) && has(&h, 3));
	assert_false(host_tell(&h, &two));
	assert_true(host_tell(&h, &two));
	assert_false(has(&h, 1));
	for (int i = 0; i < HOSTS_FORGET - 1; i++)
		assert_false(host_tell(&h, &none));
	assert_true(host_tell(&h, &none));
	assert_int_equal(h.count, 0);
}

static void room(void **state)
{
	struct host h = {.name = "x"};
	struct resolved old = of(1, RESOLVE_ADDRESSES_MAX), some = of(1, 4), more = of(100, 28), last = of(200, 1);
	assert_true(host_tell(&h, &old));
	assert_false(host_tell(&h, &some));
	assert_true(host_tell(&h, &more));
	assert_int_equal(h.count, RESOLVE_ADDRESSES_MAX);
	assert_true(has(&h, 1) && has(&h, 4) && has(&h, 100) && has(&h, 127) && !has(&h, 5));
	assert_true(host_tell(&h, &last));
	assert_true(has(&h, 200));
}

static void names(void **state)
{
	static const char *const text[] = {"tcp any 1", "tcp 10.0.0.1 1", "unix /run/x", "tcp *.example.com 1",
					   "udp db 53"};
	struct profile_endpoint to;
	for (size_t i = 0; i < ARRAY_LEN(text); i++) {
		assert_int_equal(profile_endpoint_read(text[i], &to, NULL), 0);
		assert_int_equal(hosts_is_name(&to), i == 4);
	}
	/* Without a network: itself, and nobody else; nobody is asked. */
	const struct flow_record record = {.name = "web"};
	struct hosts h = {.list = {{.name = "localhost"}, {.name = "web"}, {.name = "db.example.com"}}, .count = 3};
	struct err e = {0};
	bool changed;
	assert_int_equal(hosts_look(&h, &record, &changed, &e), 0);
	assert_true(changed && hosts_are_told(&h));
	h.list[1].told = false;
	assert_false(hosts_are_told(&h));
	assert_int_equal(h.ttl_s, HOSTS_CEILING_S);
	assert_int_equal(h.list[0].count, 2);
	assert_int_equal(hosts_find(&h, "web")->count, 2);
	assert_int_equal(hosts_find(&h, "db.example.com")->count, 0);
	assert_null(hosts_find(&h, "other"));
	assert_null(hosts_find(NULL, "web"));
}

static void too_many(void **state)
{
	const char *items[HOSTS_MAX + 3];
	char text[HOSTS_MAX + 3][32];
	struct profile p = PROFILE_INIT;
	struct hosts h;
	struct err e = {0};
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		snprintf(text[i], sizeof(text[i]), "tcp h%zu %zu", MIN_OF(i, (size_t)HOSTS_MAX - 1), i);
		items[i] = text[i];
	}
	p.lists[PROFILE_CONNECT] = (struct profile_items){items, ARRAY_LEN(items)};
	assert_int_equal(hosts_collect(&p, &h, &e), 0);
	assert_int_equal(h.count, HOSTS_MAX);
	items[0] = "tcp one-more 1";
	p.lists[PROFILE_LISTEN] = (struct profile_items){items, 1};
	items[HOSTS_MAX] = "tcp h0 1";
	assert_int_equal(hosts_collect(&p, &h, &e), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(looks), cmocka_unit_test(room), cmocka_unit_test(names),
					   cmocka_unit_test(too_many)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
