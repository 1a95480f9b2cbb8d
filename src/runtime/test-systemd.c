/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and properties in systemd's words. What systemd does with them is tried by test/system/systemd.bats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "systemd.h"

static void slices_are_below_their_prefixes(void **state)
{
	static const char *const good[][2] = {
		{"system.slice", "/system.slice"}, {"a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"}, {"-.slice", ""}};
	static const char *const bad[] = {"",	      ".slice",	  "a",	       "a--b.slice",
					  "-a.slice", "a-.slice", "a/b.slice", "../x.slice"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(4096);
		assert_int_equal(systemd_expand_slice(good[i][0], &b), 0);
		assert_string_equal(buf_str(&b), good[i][1]);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(4096);
		assert_int_equal(systemd_expand_slice(bad[i], &b), -EINVAL);
	}
}

static void paths_are_slice_prefix_name(void **state)
{
	static const struct {
		const char *path;
		bool user;
		const char *unit, *slice;
	} good[] = {
		{NULL, false, "skep-id.scope", "system.slice"},
		{"", true, "skep-id.scope", "user.slice"},
		{"kubepods-besteffort.slice:cri-containerd:abc", false, "cri-containerd-abc.scope",
		 "kubepods-besteffort.slice"},
		{":docker:abc", false, "docker-abc.scope", "system.slice"},
		{"machine.slice::name", false, "name.scope", "machine.slice"},
	};
	static const char *const bad[] = {
		"/plain/path", "a:b", "system.slice:p:", "system.slice:p:a/b", "x:p:n", "system.slice:p:n:m"};
	struct systemd_names n;
	struct err e = {0};

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(systemd_read_path(good[i].path, "id", good[i].user, &n, &e), 0);
		assert_string_equal(n.unit, good[i].unit);
		assert_string_equal(n.slice, good[i].slice);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(systemd_read_path(bad[i], "id", false, &n, &e), -EINVAL);
		assert_non_null(strstr(e.text, "cgroupsPath"));
	}
}

static int check(const char *key, const char *value, struct buf *b)
{
	struct oci_pair pair = {(char *)(uintptr_t)key, (char *)(uintptr_t)value};
	struct oci_spec spec = {.annotations = {&pair, 1}};
	struct err e = {0};
	int r = systemd_check_annotations(&spec, &e);

	assert_true(r == 0 || e.text[0]);
	if (r == 0)
		systemd_put_annotations(b, &spec);
	return r;
}

static void annotations_are_read_or_refused(void **state)
{
	static const char *const good[][2] = {
		{"TimeoutStopUSec", "uint64 5000000"},
		{"TimeoutStopSec", "5"},
		{"CollectMode", "'inactive-or-failed'"},
		{"SendSIGHUP", "true"},
		{"Documentation", "['man:a(1)', \"http://x\"]"},
		{"OOMScoreAdjust", "int32 -5"},
		{"LimitCORE", "int64 7"},
		{"Documentation", "[]"},
	};
	static const char *const bad[][2] = {
		{"Timeout Stop", "1"},	     {"X", "1"},
		{"TimeoutStopUSec", "soon"}, {"CollectMode", "'it's'"},
		{"A.B.C", "true"},	     {"Documentation", "['a'"},
		{"Documentation", "[a]"},    {"LimitCORE", "uint32 4294967296"},
		{"CollectMode", "'"},
	};
	char key[128];

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(4096);
		snprintf(key, sizeof(key), "org.systemd.property.%s", good[i][0]);
		assert_int_equal(check(key, good[i][1], &b), 0);
		struct bus_reader r = {.data = (const uint8_t *)b.data, .len = b.len};
		const char *name = bus_get_str(&r);
		assert_string_equal(name, i == 1 ? "TimeoutStopUSec" : good[i][0]);
		assert_int_equal(strlen(bus_get_signature(&r)) > 0, 1);
		assert_false(r.bad);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(buf) struct buf b = BUF_INIT(4096);
		snprintf(key, sizeof(key), "org.systemd.property.%s", bad[i][0]);
		assert_int_equal(check(key, bad[i][1], &b), -EINVAL);
	}
	SCOPED(buf) struct buf b = BUF_INIT(4096);
	assert_int_equal(check("org.example", "whatever", &b), 0);
	assert_int_equal(b.len, 0);
}

/* The number of property NAME, or -1. */
static int64_t number_of(const struct buf *b, const char *name)
{
	struct bus_reader r = {.data = (const uint8_t *)b->data, .len = b->len};

	while (r.at < r.len && !r.bad) {
		r.at = (r.at + 7) / 8 * 8;
		bool found = strcmp(bus_get_str(&r), name) == 0;
		const char *type = bus_get_signature(&r);
		if (strcmp(type, "t") != 0)
			return -1;
		r.at = (r.at + 7) / 8 * 8;
		uint64_t low = bus_get_u32(&r), high = bus_get_u32(&r);
		if (found)
			return (int64_t)(low | high << 32);
	}
	return -1;
}

static void limits_have_systemds_names(void **state)
{
	SCOPED(buf) struct buf v2 = BUF_INIT(4096), v1 = BUF_INIT(4096);
	const struct oci_resources r = {
		.memory = {.limit = {true, 67108864}, .swap = {true, 100000000}},
		.cpu = {.shares = {true, 1024}, .quota = {true, 33333}, .period = {true, 100000}},
		.pids_limit = {true, 7}};

	systemd_put_resources(&v2, &r, true);
	assert_int_equal(number_of(&v2, "MemoryMax"), 67108864);
	assert_int_equal(number_of(&v2, "MemorySwapMax"), 100000000 - 67108864);
	assert_int_equal(number_of(&v2, "CPUWeight"), 39);
	assert_int_equal(number_of(&v2, "CPUQuotaPerSecUSec"), 340000);
	assert_int_equal(number_of(&v2, "TasksMax"), 7);
	systemd_put_resources(&v1, &r, false);
	assert_int_equal(number_of(&v1, "MemoryLimit"), 67108864);
	assert_int_equal(number_of(&v1, "CPUShares"), 1024);
	assert_int_equal(number_of(&v1, "MemoryMax"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_are_below_their_prefixes),
		cmocka_unit_test(paths_are_slice_prefix_name),
		cmocka_unit_test(annotations_are_read_or_refused),
		cmocka_unit_test(limits_have_systemds_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
