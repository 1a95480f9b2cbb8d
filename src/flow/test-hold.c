/* SPDX-License-Identifier: Apache-2.0 */
/* What of a profile becomes which rule, and what is remarked because nothing holds it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hold.h"

static void plan(const char *members, const struct hold_host *host, struct profile *p, struct hold *h, struct buf *said)
{
	char text[4096];
	struct err e = {0};
	SCOPED_PTR(json) struct json *doc = NULL;
	SCOPED(remarks) struct remarks missing = REMARKS_INIT;

	snprintf(text, sizeof(text),
		 "{\"apiVersion\":\"skep/"
		 "v1\",\"kind\":\"BehaviourProfile\",\"metadata\":{\"name\":\"p\"},\"spec\":{%s}}",
		 members);
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	if (json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, &e) < 0 || profile_decode(doc, p, &e) < 0)
		fail_msg("%s: %s", members, err_text(&e));
	assert_int_equal(hold_plan(p, host, h, &missing), 0);
	for (size_t i = 0; i < missing.count; i++)
		buf_printf(said, "%s %s: %s\n", remark_level_name(missing.items[i].level), missing.items[i].place,
			   missing.items[i].text);
}

static const struct hold_host newest = {.landlock_abi = 7};

static void remarks_of_what_is_not_held(void **state)
{
	static const struct {
		const char *members, *said;
	} rows[] = {
		{"'files':{'read':['/etc/a','/srv/**']}", ""},
		{"'files':{'read':['/etc/*.conf']}", ""},
		{"'files':{'read':['/home/*/x']}", "warning files.read: /home/*/x: held for everything below /home\n"},
		{"'files':{'read':['/etc/*.conf'],'create':['/etc/**']}",
		 "warning files.read: /etc/*.conf: held for everything below /etc\n"},
		{"'files':{'write':['/run/x'],'create':['/run/**']}", ""},
		{"'capabilities':['SETUID'],'users':[0,33]", ""},
		{"'capabilities':['SETUID'],'users':[0,1,2,3]",
		 "danger users: SETUID: whoever has this capability becomes any user of the container\n"},
		{"'network':{'listen':['unix /run/x']}", ""},
		{"'files':{'create':['/run/x.pid']}",
		 "warning files.create: /run/x.pid: held for everything below /run\n"},
		{"'files':{'create':['/tmp/**']}", ""},
		{"'programs':[{'path':'/bin/a','parents':['/bin/b']}]",
		 "danger programs: /bin/a: its parents are not held\n"},
		{"'network':{'listen':['tcp any 80']}", ""},
		{"'network':{'connect':['tcp any any']}", ""},
		{"'network':{'connect':['tcp 10.0.0.0/8 443']}",
		 "warning network.connect: tcp 10.0.0.0/8 443: held by its port, for any address\n"},
		{"'network':{'connect':['udp any 53']}",
		 "danger network.connect: udp any 53: datagrams are allowed to and from any address and port\n"},
		{"'capabilities':['SETUID']",
		 "danger users: SETUID: whoever has this capability becomes any user of the container\n"},
		{"'capabilities':['SETUID'],'users':[0,33]", ""},
		{"'namespaces':['user']", ""},
		{"'modes':{'files':'alert','network':'observe'},'files':{'read':['/etc/*.conf']},"
		 "'network':{'connect':['udp any 53']}",
		 ""},
		{"'mounts':['tmpfs /tmp']",
		 "warning mounts: tmpfs /tmp: it is refused: mount is none of the syscalls\n"},
		{"'mounts':['tmpfs /tmp'],'syscalls':['mount']", ""},
		{"'mounts':['overlay /x'],'syscalls':['mount']", "warning mounts: overlay /x: it is refused: what a "
								 "mount of this kind shows is not told by its path\n"},
		{"'network':{'families':['inet','quantum']}",
		 "warning network.families: quantum: no family of this name is known: refused\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(hold) struct hold h = HOLD_INIT;
		SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
		plan(rows[i].members, &newest, &p, &h, &said);
		if (strcmp(buf_str(&said), rows[i].said) != 0)
			fail_msg("%s: %s", rows[i].members, buf_str(&said));
	}
}

static void an_older_host_says_so(void **state)
{
	static const struct hold_host none = {.landlock_abi = 0}, old = {.landlock_abi = 3},
				      without = {.landlock_abi = 7, .no_mdwe = true},
				      writable = {.landlock_abi = 7, .writable = true};
	static const struct {
		const struct hold_host *host;
		const char *said;
	} rows[] = {{&none, "no Landlock"},
		    {&old, "knows no ports"},
		    {&without, "no PR_SET_MDWE"},
		    {&writable, "dynamic loader"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(hold) struct hold h = HOLD_INIT;
		SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
		plan("'syscalls':['read']", rows[i].host, &p, &h, &said);
		assert_non_null(strstr(buf_str(&said), rows[i].said));
		assert_non_null(strstr(buf_str(&said), "danger"));
	}
}

static bool has(const char *const *list, const char *item)
{
	for (; *list; list++)
		if (strcmp(*list, item) == 0)
			return true;
	return false;
}

static void rules_of_what_is(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(hold) struct hold h = HOLD_INIT;
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);

	plan("'files':{'read':['/srv/**']},'network':{'listen':['tcp any "
	     "80-81'],'families':['netlink','inet']},'capabilities':['CHOWN'],"
	     "'syscalls':['read','clone','unshare','ptrace','mount','socket','memfd_create'],'memory':['write-execute'"
	     "]",
	     &newest, &p, &h, &said);
	assert_string_equal(buf_str(&said), "");
	assert_string_equal(
		h.landlock,
		"{\"handled_access_fs\":65535,\"handled_access_net\":3,\"scoped\":3,\"best_effort\":true,\"rules\":["
		"{\"paths\":[\"/srv\"],\"allowed_access\":32780,\"optional\":true},"
		"{\"ports\":[80,81],\"allowed_access\":1}]}");
	assert_string_equal(h.capabilities[0], "CAP_CHOWN");
	assert_null(h.capabilities[1]);
	assert_true(has(h.syscalls, "read") && has(h.syscalls, "execve") && has(h.syscalls, "exit_group"));
	static const char *const refused[] = {"unshare", "ptrace", "mount", "socket", "clone", "memfd_create"};
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		assert_false(has(h.syscalls, refused[i]));
	assert_true(h.clones && h.memfd && !h.memfd_execute && !h.namespaces && !h.datagrams && !h.write_xor_execute);
	assert_int_equal(h.family_count, 2);
}

/* What the guard holds exactly is not remarked, and left to it. */
static void addresses_by_the_guard(void **state)
{
	static const struct hold_host guarded = {
		.landlock_abi = 7,
		.writable = true,
		.guard = {.addresses = true, .sockets = true, .programs = GUARD_RUNG_REFUSE}};
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(hold) struct hold h = HOLD_INIT;
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);

	plan("'network':{'connect':['tcp 10.0.0.0/8 443','udp any 53','tcp any 1-65535'],'listen':['tcp any 80']}",
	     &guarded, &p, &h, &said);
	assert_string_equal(buf_str(&said), "");
	assert_null(strstr(h.landlock, "handled_access_net"));
	assert_true(h.addresses && h.datagrams);
	SCOPED(profile) struct profile named = PROFILE_INIT;
	SCOPED(hold) struct hold second = HOLD_INIT;
	plan("'network':{'connect':['tcp db.example.com 443']}", &guarded, &named, &second, &said);
	assert_string_equal(buf_str(&said), "");
	SCOPED(profile) struct profile any = PROFILE_INIT;
	SCOPED(hold) struct hold third = HOLD_INIT;
	plan("'network':{'connect':['tcp *.example.com 443']}", &guarded, &any, &third, &said);
	assert_non_null(strstr(buf_str(&said), "names are not looked up"));
}

/* Parents and arguments are the guard's; names of sockets as well, where nothing can be put in their way. */
static void names_by_the_guard(void **state)
{
	static const struct {
		const char *members, *said;
	} rows[] = {
		{"'programs':[{'path':'/bin/a','parents':['/bin/b'],'arguments':['a *']}]", ""},
		{"'network':{'connect':['unix /run/x','unix @name'],'families':['unix']}", ""},
		{"'network':{'connect':['unix /run/x']},'files':{'create':['/tmp/**']}", ""},
		{"'network':{'connect':['unix /run/x']},'files':{'create':['/run/**']}", ""}, /* no links */
		{"'network':{'connect':['unix /run/x']},'files':{'create':['/run/**']},'syscalls':['symlink']",
		 "another socket can be put there"},
		{"'network':{'connect':['unix /run/*/x']},'files':{'create':['/run/**']},'syscalls':['io_uring_setup']",
		 "another socket can be put there"},
		{"'network':{'connect':['unix /run/x']},'modes':{'files':'alert','syscalls':'alert'}",
		 "another socket can be put there"},
		{"'network':{'connect':['unix /srv/x']},'modes':{'files':'alert','syscalls':'alert'}", ""},
		{"'network':{'connect':['unix /vol/x']},'files':{'create':['/vol/*']}",
		 "another socket can be put there"},
		{"'network':{'connect':['unix /vol/x']}", ""},
	};
	SCOPED(strv) struct strv places = {0}, volumes = {0};
	assert_true(strv_add(&places, "/run") == 0 && strv_add(&places, "/vol") == 0 &&
		    strv_add(&volumes, "/vol") == 0);
	const struct hold_host host = {.landlock_abi = 7,
				       .guard = {.addresses = true, .sockets = true, .programs = GUARD_RUNG_KILL},
				       .places = &places,
				       .volumes = &volumes};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(hold) struct hold h = HOLD_INIT;
		SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
		plan(rows[i].members, &host, &p, &h, &said);
		if (rows[i].said[0])
			assert_non_null(strstr(buf_str(&said), rows[i].said));
		else
			assert_string_equal(buf_str(&said), "");
		assert_int_equal(h.starts, i == 0);
	}
}

/* A part that is not enforced takes nothing away; the others are held as ever. */
static void parts_have_modes(void **state)
{
	SCOPED(profile) struct profile p = PROFILE_INIT;
	SCOPED(hold) struct hold h = HOLD_INIT;
	SCOPED(buf) struct buf said = BUF_INIT(1 << 16);

	plan("'mode':'alert','modes':{'programs':'enforce'},'programs':[{'path':'/bin/a'}],'files':{'read':['/x']}",
	     &newest, &p, &h, &said);
	assert_string_equal(h.landlock,
			    "{\"handled_access_fs\":1,\"scoped\":3,\"best_effort\":true,\"rules\":[{\"paths\":[\"/bin/"
			    "a\"],\"allowed_access\":1,\"optional\":true,\"itself\":true}]}");
	assert_null(h.syscalls);
	assert_null(h.capabilities);
	assert_true(!h.sockets && h.memfd_execute && !h.write_xor_execute);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_by_the_guard), cmocka_unit_test(names_by_the_guard),
		cmocka_unit_test(parts_have_modes),	  cmocka_unit_test(remarks_of_what_is_not_held),
		cmocka_unit_test(an_older_host_says_so),  cmocka_unit_test(rules_of_what_is)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
