/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of mirrors: every kind, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "model/mirror-config.h"

static void addresses_are_taken_apart(void **state)
{
	static const struct {
		const char *text;
		struct mirror_address is;
	} rows[] = {
		{"/srv/m", {MIRROR_FOLDER, "/srv/m", NULL, NULL, false}},
		{"file:///srv/m", {MIRROR_FOLDER, "/srv/m", NULL, NULL, false}},
		{"https://m.example.org/skep//", {MIRROR_WEB, "https://m.example.org/skep", NULL, NULL, false}},
		{"http://127.0.0.1:80/", {MIRROR_WEB, "http://127.0.0.1:80", NULL, NULL, true}},
		{"https://localhost", {MIRROR_WEB, "https://localhost", NULL, NULL, true}},
		{"http://[::1]:8/x", {MIRROR_WEB, "http://[::1]:8/x", NULL, NULL, true}},
		{"http://127.0.0.1.example.org/", {MIRROR_WEB, "http://127.0.0.1.example.org", NULL, NULL, false}},
		{"http://localhost.example.org/", {MIRROR_WEB, "http://localhost.example.org", NULL, NULL, false}},
		{"oci:/srv/l:v1", {MIRROR_LAYOUT, "/srv/l", NULL, "v1", false}},
		{"oci:/srv/l", {MIRROR_LAYOUT, "/srv/l", NULL, "latest", false}},
		{"oci://r.example.org:5000/skep/db:v1",
		 {MIRROR_REGISTRY, "r.example.org:5000", "skep/db", "v1", false}},
		{"oci://localhost:5000/db", {MIRROR_REGISTRY, "localhost:5000", "db", "latest", true}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
		struct mirror_address is = {0};
		struct err e = {0};
		assert_int_equal(mirror_address_read(rows[i].text, &a, &is, &e), 0);
		assert_int_equal(is.kind, rows[i].is.kind);
		assert_string_equal(is.place, rows[i].is.place);
		assert_true(str_eq(is.repository, rows[i].is.repository));
		assert_true(str_eq(is.tag, rows[i].is.tag));
		assert_int_equal(is.loopback, rows[i].is.loopback);
	}
}

static void what_is_none_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "srv/m",
					  "file://srv/m",
					  "ftp://m.example.org/",
					  "https://",
					  "https:///path",
					  "https://user:word@m.example.org/",
					  "https://m.example.org/?a=b",
					  "https://m.example.org/a b",
					  "oci:srv/l",
					  "oci://host",
					  "oci://host/",
					  "oci:///repository",
					  "oci://host/Repository",
					  "oci://host/a/../b",
					  "oci://host/a:b/c",
					  "oci://host/a:",
					  "oci://host/a@sha256:00",
					  "oci://host/a?b:c"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		SCOPED(arena) struct arena a = ARENA_INIT(1 << 16);
		struct mirror_address is;
		struct err e = {0};
		if (mirror_address_read(bad[i], &a, &is, &e) != -EINVAL)
			print_error("%s\n", bad[i]);
		assert_int_equal(mirror_address_read(bad[i], &a, &is, &e), -EINVAL);
		assert_true(e.text[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses_are_taken_apart),
					   cmocka_unit_test(what_is_none_is_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
