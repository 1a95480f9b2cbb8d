/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns and endpoints: what they mean, and what contains what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/profile.h"

static void paths(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} rows[] = {
		{"/etc/passwd", "/etc/passwd", true},
		{"/etc/passwd", "/etc/passwd2", false},
		{"/etc/*", "/etc/passwd", true},
		{"/etc/*", "/etc/ssl/x", false},
		{"/etc/*", "/etc", false},
		{"/etc/**", "/etc/ssl/x", true},
		{"/etc/**", "/etc", true},
		{"/etc/**", "/etcx", false},
		{"/**", "/", true},
		{"/**", "/any/thing", true},
		{"/a/*/c", "/a/b/c", true},
		{"/a/*/c", "/a/b/b/c", false},
		{"/a/**/c", "/a/b/b/c", true},
		{"/a/**/c", "/a/b/b/d", false},
		{"/lib/lib*.so*", "/lib/libc.so.6", true},
		{"/lib/lib*.so*", "/lib/x/libc.so.6", false},
		{"/proc/*/stat", "/proc/12/stat", true},
		{"/**/*.log", "/var/log/a/b.log", true},
		{"/**/*.log", "/var/log.d/x", false},
		{"/*a/*b", "/aXa/zb", true},
		{"/x**y", "/x/1/2/y", true},
		{"/tmp/a*b*c", "/tmp/aabbcc", true},
		{"/tmp/a*b*c", "/tmp/aabb", false},
		{"/a", "/a/", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (profile_path_matches(rows[i].pattern, rows[i].path) != rows[i].matches)
			fail_msg("%s and %s", rows[i].pattern, rows[i].path);
}

static void patterns_in_patterns(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} rows[] = {
		{"/etc/**", "/etc/*", true},  {"/etc/*", "/etc/**", false},
		{"/etc/*", "/etc/*", true},   {"/etc/*", "/etc/a*", true},
		{"/etc/a*", "/etc/*", false}, {"/**", "/a/**/b", true},
		{"/a/**/b", "/a/*/b", true},  {"/a/*/b", "/a/**/b", false},
		{"/a/x", "/a/*", false},      {"/proc/*/stat", "/proc/*/stat", true},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (profile_path_covers(rows[i].outer, rows[i].inner) != rows[i].covers)
			fail_msg("%s and %s", rows[i].outer, rows[i].inner);
}

/* Every pattern of few characters against every path of few, compared with a slow and plain answer. */
static bool slow(const char *p, const char *t)
{
	if (p[0] == '*' && p[1] == '*')
		return slow(p + 2, t) || (*t && slow(p, t + 1));
	if (*p == '*')
		return slow(p + 1, t) || (*t && *t != '/' && slow(p, t + 1));
	return *p == *t && (!*p || slow(p + 1, t + 1));
}

static void write_word(unsigned number, const char *letters, unsigned base, char *out)
{
	size_t n = 0;
	for (out[n++] = '/'; number; number /= base)
		out[n++] = letters[number % base];
	out[n] = '\0';
}

static void all_short_ones(void **state)
{
	char pattern[16], path[16];
	for (unsigned i = 0; i < 3125; i++)
		for (unsigned k = 0; k < 1024; k++) {
			write_word(i, "ab/**", 5, pattern);
			write_word(k, "ab/a", 4, path);
			size_t len = strlen(pattern);
			bool folder = len > 3 && strcmp(pattern + len - 3, "/**") == 0 && strlen(path) == len - 3 &&
				      strncmp(path, pattern, len - 3) == 0;
			if (profile_path_matches(pattern, path) != (slow(pattern, path) || folder))
				fail_msg("%s and %s", pattern, path);
		}
}

static void endpoints(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} rows[] = {
		{"tcp 10.0.0.0/8 443", "tcp 10.1.2.3 443", true},
		{"tcp 10.0.0.0/8 443", "tcp 11.1.2.3 443", false},
		{"tcp 10.0.0.0/8 443", "tcp 10.1.2.3 80", false},
		{"tcp 10.0.0.0/8 443", "udp 10.1.2.3 443", false},
		{"any any any", "udp 10.1.2.3 443", true},
		{"any any any", "unix /run/x", false},
		{"tcp any 1-1024", "tcp any 80-90", true},
		{"tcp any 80", "tcp any any", false},
		{"tcp 10.0.0.0/9 any", "tcp 10.0.0.0/8 any", false},
		{"tcp 10.0.0.0/9 any", "tcp 10.128.0.0/9 any", false},
		{"tcp 2001:db8::/32 443", "tcp 2001:db8:1::5 443", true},
		{"tcp 10.0.0.0/8 443", "tcp any 443", false},
		{"tcp *.example.com 443", "tcp db.example.com 443", true},
		{"tcp *.example.com 443", "tcp example.org 443", false},
		{"unix /run/*.sock", "unix /run/x.sock", true},
		{"tcp 0.0.0.0/0 any", "tcp 1.2.3.4 5", true},
		{"tcp 0.0.0.0/0 any", "tcp ::1 5", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct profile_endpoint a, b;
		struct err e = {0};
		if (profile_endpoint_read(rows[i].outer, &a, &e) < 0 ||
		    profile_endpoint_read(rows[i].inner, &b, &e) < 0)
			fail_msg("%s", err_text(&e));
		if (profile_endpoint_covers(&a, &b) != rows[i].covers)
			fail_msg("%s and %s", rows[i].outer, rows[i].inner);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(paths), cmocka_unit_test(patterns_in_patterns),
					   cmocka_unit_test(all_short_ones), cmocka_unit_test(endpoints)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
