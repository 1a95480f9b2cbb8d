/* SPDX-License-Identifier: Apache-2.0 */
/* Which mounts are asked for at all, and which of them a profile allows. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/str.h"
#include "mounts.h"

static void decode(const char *members, struct profile *ret)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct err e = {0};
	char text[1024];

	snprintf(text, sizeof(text),
		 "{'apiVersion':'skep/v1','kind':'BehaviourProfile','metadata':{'name':'p'},'spec':{%s}}", members);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	if (json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, &e) < 0 || profile_decode(doc, ret, &e) < 0)
		fail_msg("%s", err_text(&e));
}

static int check(const char *kind, uint64_t flags, bool unmount)
{
	static struct mount_request q;
	q = (struct mount_request){.flags = flags, .unmount = unmount};
	snprintf(q.kind, sizeof(q.kind), "%s", kind);
	return mounts_check(&q);
}

static void requests(void **state)
{
	assert_int_equal(check("tmpfs", MS_RDONLY | MS_NOATIME, false), 0);
	assert_int_equal(check("tmpfs", 0xc0ed0000 | MS_NOEXEC, false), 0);
	static const uint64_t refused[] = {MS_BIND,    MS_BIND | MS_REC, MS_REMOUNT, MS_MOVE,
					   MS_PRIVATE, MS_SHARED,	 MS_SLAVE,   1u << 30};
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_int_equal(check("tmpfs", refused[i], false), -EPERM);
	static const char *const kinds[] = {"", "overlay", "ext4", "fuse", "none", "bind", "tmpfs "};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		assert_int_equal(check(kinds[i], 0, false), -EPERM);
	assert_int_equal(check("", MNT_DETACH, true), 0);
	assert_int_equal(check("", MNT_EXPIRE, true), -EPERM);
}

static void profiles(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT, none = PROFILE_INIT, alert = PROFILE_INIT;
	decode("'mounts':['tmpfs /srv/*','proc /p'],'syscalls':['mount'],'programs':[{'path':'/srv/code/x'}]", &p);
	assert_true(mounts_are_told(&p));
	assert_true(mounts_allow(&p, "tmpfs", "/srv/a"));
	assert_false(mounts_allow(&p, "tmpfs", "/srv/a/b"));
	assert_false(mounts_allow(&p, "tmpfs", "/srv"));
	assert_false(mounts_allow(&p, "proc", "/srv/a"));
	assert_false(mounts_allow(&p, "tmpfs /srv", "/a"));
	assert_false(mounts_allow(&p, "tmpfs", "(unreachable)/srv/a"));
	assert_int_equal(mounts_flags(&p, "/srv/a", 0xc0ed0000 | MS_RDONLY),
			 MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
	assert_int_equal(mounts_flags(&p, "/srv/code", 0), MS_NOSUID | MS_NODEV);
	decode("'mounts':['tmpfs /srv/*']", &none);
	decode("'mounts':['tmpfs /srv/*'],'syscalls':['mount'],'modes':{'syscalls':'alert'}", &alert);
	assert_false(mounts_are_told(&none) || mounts_are_told(&alert));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(requests), cmocka_unit_test(profiles)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
