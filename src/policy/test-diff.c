/* SPDX-License-Identifier: Apache-2.0 */
/* What another version newly does, and what is said first. */
#include "test-kit.h"

static void differ(const char *before, const char *after, struct buf *out)
{
	SCOPED(profile) struct profile a = PROFILE_INIT;
	SCOPED(profile) struct profile b = PROFILE_INIT;
	SCOPED(remarks) struct remarks r = REMARKS_INIT;
	kit_profile(before, &a);
	kit_profile(after, &b);
	assert_int_equal(profile_diff(&a, &b, &r), 0);
	buf_reset(out);
	kit_remarks(&r, out);
}

static void rows(void **state)
{
	static const struct {
		const char *before, *after, *said;
	} cases[] = {
		{"'syscalls':['read']", "'syscalls':['read']", ""},
		{"'files':{'read':['/etc/**']}", "'files':{'read':['/etc/passwd']}",
		 "note files.read: may no longer read /etc/**\n"},
		{"'files':{'read':['/etc/**']}", "'files':{'read':['/etc/**','/srv/x']}",
		 "note files.read: may now read /srv/x\n"},
		{"", "'files':{'write':['/etc/cron.d/x']}",
		 "warning files.write: may now write to /etc/cron.d/x (what is started later, by itself)\n"},
		{"", "'capabilities':['SYS_ADMIN']",
		 "danger capabilities: may now use the capability SYS_ADMIN (nearly everything)\n"},
		{"", "'network':{'connect':['tcp any 443']}",
		 "warning network.connect: may now connect to tcp any 443 (any address)\n"},
		{"'network':{'connect':['tcp 10.0.0.0/8 443']}",
		 "'network':{'connect':['tcp 10.1.2.3 443','tcp 10.0.0.0/8 443']}", ""},
		{"'mode':'enforce'", "'mode':'alert'", "warning mode: is now \"alert\" instead of \"enforce\"\n"},
		{"'limits':{'processes':5}", "'limits':{'processes':9}",
		 "note limits: may have 9 processes instead of 5\n"},
		{"'limits':{'processes':5}", "", "warning limits: has no limit of processes any more\n"},
		{"'programs':[{'path':'/bin/app'}]", "'programs':[{'path':'/bin/app'},{'path':'/bin/other'}]",
		 "warning programs: may now start /bin/other\n"},
	};
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		differ(cases[i].before, cases[i].after, &said);
		if (strcmp(buf_str(&said), cases[i].said) != 0)
			fail_msg("%s to %s: %s", cases[i].before, cases[i].after, buf_str(&said));
	}
}

#define APP "'programs':[{'path':'/bin/app'}]"
#define WITH_SHELL "'programs':[{'path':'/bin/app'},{'path':'/bin/dash'}]"

static void a_reverse_shell_comes_first(void **state)
{
	static const char *const pairs[][2] = {
		{APP, WITH_SHELL ",'network':{'connect':['tcp 198.51.100.7 4444']},'capabilities':['SYS_ADMIN']"},
		{APP ",'network':{'connect':['tcp any 443']}", WITH_SHELL ",'network':{'connect':['tcp any 443']}"},
		{WITH_SHELL, WITH_SHELL ",'network':{'connect':['tcp 198.51.100.7 4444']}"},
	};
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
	static const char first[] =
		"danger programs: gained what a reverse shell needs: it may start /bin/dash and connect to tcp ";
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		differ(pairs[i][0], pairs[i][1], &said);
		if (strncmp(buf_str(&said), first, strlen(first)) != 0)
			fail_msg("%zu: %s", i, buf_str(&said));
	}
	/* Nothing gained: both had it; and no way out of the machine is none. */
	differ(WITH_SHELL ",'network':{'connect':['tcp any 443']}", WITH_SHELL ",'network':{'connect':['tcp any 443']}",
	       &said);
	assert_string_equal(buf_str(&said), "");
	differ(APP, WITH_SHELL ",'network':{'connect':['tcp 127.0.0.1 5432','unix /run/x']}", &said);
	assert_null(strstr(buf_str(&said), "reverse shell"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows), cmocka_unit_test(a_reverse_shell_comes_first)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
