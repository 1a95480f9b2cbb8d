/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls come with which: never one that reaches further. */
#include "kin.h"
#include "risk.h"
#include "test-kit.h"

static void grown(const char *calls, struct profile *p, struct remarks *notes)
{
	char members[300];
	snprintf(members, sizeof(members), "'syscalls':[%s]", calls);
	kit_profile(members, p);
	assert_int_equal(kin_add(p, notes), 0);
}

static bool has(const struct profile *p, const char *call)
{
	return profile_allows(p, PROFILE_SYSCALLS, call);
}

static void what_timing_decides_is_always_there(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
	grown("'epoll_wait'", &p, &notes);
	assert_true(has(&p, "futex") && has(&p, "rt_sigreturn") && has(&p, "munmap") && has(&p, "clock_nanosleep"));
	assert_true(has(&p, "epoll_pwait") && has(&p, "poll"));
	assert_false(has(&p, "read") || has(&p, "openat") || has(&p, "clone") || has(&p, "socket"));
	kit_remarks(&notes, &said);
	assert_non_null(strstr(buf_str(&said), "epoll_pwait2 added: waiting for the same descriptors"));
	assert_null(strstr(buf_str(&said), "epoll_wait,"));
}

static void kin_comes_with_kin(void **state)
{
	static const struct {
		const char *seen, *comes, *stays_away;
	} rows[] = {{"'read'", "preadv2", "write"},
		    {"'recvfrom'", "recvmsg", "sendto"},
		    {"'rename'", "renameat2", "link"},
		    {"'openat'", "open", "openat2"},
		    {"'clone'", "set_robust_list", "wait4"},
		    {"'fork'", "kill", "execve"},
		    {"'kill'", "futex", "fork"},
		    {"'lseek'", "futex", "read"},
		    {"'getsockopt'", "shutdown", "connect"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(remarks) struct remarks notes = REMARKS_INIT;
		grown(rows[i].seen, &p, &notes);
		if (!has(&p, rows[i].comes) || has(&p, rows[i].stays_away))
			fail_msg("%s", rows[i].seen);
	}
}

/* No group holds a call that attackers use: whatever is seen, nothing of that kind comes with it. */
static void nothing_dangerous_comes(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	const char *why;
	grown("'read','write','recvfrom','sendto','getsockopt','accept','clone','fork','dup','pipe','epoll_create','"
	      "eventfd',"
	      "'setitimer','timerfd_create','stat','access','readlink','open','getdents','unlink','rename','mkdir','"
	      "chmod',"
	      "'fsync','ftruncate','poll'",
	      &p, &notes);
	for (size_t i = 0; i < p.lists[PROFILE_SYSCALLS].count; i++)
		assert_int_equal(risk_of(PROFILE_SYSCALLS, p.lists[PROFILE_SYSCALLS].at[i], &why), REMARK_NOTE);
	assert_false(has(&p, "execve") || has(&p, "connect") || has(&p, "socket") || has(&p, "bind"));
}

static void no_list_stays_no_list(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(remarks) struct remarks notes = REMARKS_INIT;
	grown("", &p, &notes);
	assert_int_equal(p.lists[PROFILE_SYSCALLS].count, 0);
	assert_int_equal(notes.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_timing_decides_is_always_there), cmocka_unit_test(kin_comes_with_kin),
		cmocka_unit_test(nothing_dangerous_comes), cmocka_unit_test(no_list_stays_no_list)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
