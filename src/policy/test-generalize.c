/* SPDX-License-Identifier: Apache-2.0 */
/* From one run to every run, each step explained; and the YAML is read again as the same profile. */
#include "test-kit.h"

static void general(const char *members, struct profile *p, struct remarks *notes)
{
	kit_profile(members, p);
	assert_int_equal(profile_generalize(p, notes), 0);
}

/* Files that are read by load alone come along. */
enum { ASKED = 2 };

static bool is_there(const struct profile *p, const char *item)
{
	for (size_t i = 0; i < p->lists[PROFILE_READ].count; i++)
		if (strcmp(p->lists[PROFILE_READ].at[i], item) == 0)
			return true;
	return false;
}

static bool became(const struct remarks *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		if (strstr(notes->items[i].text, " became "))
			return true;
	return false;
}

static void single_names(void **state)
{
	static const struct {
		const char *before, *after;
		bool explained;
	} rows[] = {
		{"/proc/123/stat", "/proc/**", true},
		{"/proc/123/task/45/comm", "/proc/**", true},
		{"/proc/version", "/proc/version", false},
		{"/proc/sys/kernel/pid_max", "/proc/sys/kernel/pid_max", false},
		{"/tmp/tmp.Xy12abQ", "/tmp/tmp.*", true},
		{"/var/cache/d41d8cd98f00b204e9800998", "/var/cache/*", true},
		{"/usr/lib/libssl.so.3.0.2", "/usr/lib/libssl.so*", true},
		{"/usr/lib/libssl.so", "/usr/lib/libssl.so", false},
		{"/etc/ld.so.cache", "/etc/ld.so.cache", false},
		{"/usr/lib/ld-linux-x86-64.so.2", "/usr/lib/ld-linux-x86-64.so.2", false},
		{"/etc/nginx/nginx.conf", "/etc/nginx/nginx.conf", false},
		{"/usr/bin/python3", "/usr/bin/python3", false},
		{"/srv/README2024", "/srv/README2024", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(remarks) struct remarks notes = REMARKS_INIT;
		char members[300];
		snprintf(members, sizeof(members), "'files':{'read':['%s']}", rows[i].before);
		general(members, &p, &notes);
		if (!is_there(&p, rows[i].after) || became(&notes) != rows[i].explained)
			fail_msg("%s became %s", rows[i].before, p.lists[PROFILE_READ].at[0]);
		assert_true(profile_allows(&p, PROFILE_READ, rows[i].before));
	}
}

static void crowds(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	general("'files':{'read':['/usr/share/x/a','/usr/share/x/b','/usr/share/x/c','/usr/share/x/d','/usr/share/x/"
		"e','/usr/share/x/f',"
		"'/usr/share/x/g','/usr/share/x/h','/etc/a','/etc/b'],'execute':['/bin/a','/bin/b','/bin/c','/bin/d','/"
		"bin/e','/bin/f',"
		"'/bin/g','/bin/h','/bin/i']},'network':{'listen':['tcp any 80','tcp any 41234','udp any 50000']}",
		&p, &notes);
	assert_int_equal(p.lists[PROFILE_READ].count, 3 + ASKED);
	assert_true(profile_allows(&p, PROFILE_READ, "/usr/share/x/other"));
	assert_false(profile_allows(&p, PROFILE_READ, "/usr/share/y"));
	/* A folder at the top is never taken whole. */
	assert_int_equal(p.lists[PROFILE_EXECUTE].count, 9);
	assert_true(profile_allows(&p, PROFILE_LISTEN, "tcp any 40000"));
	assert_false(profile_allows(&p, PROFILE_LISTEN, "tcp any 81"));
}

/* The innermost folder that is a crowd becomes one pattern, not what is above it. */
static void crowds_stay_where_they_are(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	SCOPED(buf) struct buf members = BUF_INIT(1 << 16);
	buf_add_str(&members, "'files':{'read':[");
	for (int folder = 0; folder < 30; folder++)
		buf_printf(&members, "'/usr/lib/deep/in/it/d%d/file',", folder);
	for (int name = 0; name < 9; name++)
		buf_printf(&members, "'/usr/lib/flat/n%c',", 'a' + name);
	buf_add_str(&members, "'/usr/lib/alone']}");
	general(buf_str(&members), &p, &notes);
	assert_int_equal(p.lists[PROFILE_READ].count, 3 + ASKED);
	assert_true(is_there(&p, "/usr/lib/alone"));
	assert_true(is_there(&p, "/usr/lib/deep/in/it/**"));
	assert_true(is_there(&p, "/usr/lib/flat/*"));
}

/* What is made is made in folders; code is none of it. */
static void made_names(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	general("'files':{'create':['/run/x.pid','/srv/data/a/b','/srv/data/c','/top'],'write':['/run/x.pid','/var/log/"
		"x'],"
		"'read':['/srv/data/a/b','/srv/data','/etc/x'],'execute':['/srv/data/tool']}",
		&p, &notes);
	assert_int_equal(p.lists[PROFILE_CREATE].count, 3);
	assert_string_equal(p.lists[PROFILE_CREATE].at[0], "/run/**");
	assert_string_equal(p.lists[PROFILE_CREATE].at[1], "/srv/data/**");
	assert_string_equal(p.lists[PROFILE_CREATE].at[2], "/top");
	assert_string_equal(p.lists[PROFILE_WRITE].at[0], "/run/**");
	assert_string_equal(p.lists[PROFILE_WRITE].at[1], "/var/log/x");
	assert_int_equal(p.lists[PROFILE_READ].count, 2 + ASKED);
	assert_true(is_there(&p, "/srv/data/**"));
	assert_string_equal(p.lists[PROFILE_EXECUTE].at[0], "/srv/data/tool");
}

static void yaml_says_the_same(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	SCOPED(buf) struct buf out = BUF_INIT(1 << 16);
	kit_profile("'programs':[{'path':'/bin/a','parents':['/bin/sh']}],'files':{'read':['/proc/*/stat','/a "
		    "b']},'network':{'connect':"
		    "['tcp any 443']},'users':[0],'syscalls':['read'],'limits':{'memory':'64m'}",
		    &p);
	assert_int_equal(remark_add(&notes, REMARK_NOTE, "files.read", "x became y"), 0);
	profile_yaml(&p, &notes, &out);
	assert_string_equal(
		buf_str(&out),
		"apiVersion: skep/v1\nkind: BehaviourProfile\nmetadata:\n  name: web\nspec:\n  mode: enforce\n"
		"  # files.read: x became y\n"
		"  programs:\n    - path: /bin/a\n      parents:\n        - /bin/sh\n"
		"  files:\n    read:\n      - \"/a b\"\n      - \"/proc/*/stat\"\n"
		"  network:\n    connect:\n      - \"tcp any 443\"\n"
		"  syscalls:\n    - read\n  users:\n    - \"0\"\n  limits:\n    memory: 67108864\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(single_names), cmocka_unit_test(crowds),
					   cmocka_unit_test(crowds_stay_where_they_are), cmocka_unit_test(made_names),
					   cmocka_unit_test(yaml_says_the_same)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
