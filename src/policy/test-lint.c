/* SPDX-License-Identifier: Apache-2.0 */
/* What is too wide is said, what is not is not. */
#include "test-kit.h"

#define FINE                                                                                                           \
	"'programs':[{'path':'/bin/"                                                                                   \
	"app','digest':'sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}],'limits':{'"        \
	"processes':5,'memory':'64m'}"

static void rows(void **state)
{
	static const struct {
		const char *members, *said; /* "": nothing at all */
	} cases[] = {
		{FINE, ""},
		{FINE ",'files':{'read':['/etc/app/**'],'write':['/var/log/app/*'],'execute':['/usr/lib/**']}", ""},
		{FINE ",'files':{'write':['/**']}", "danger files.write: /**: all files\n"},
		{FINE ",'files':{'write':['/srv/**'],'execute':['/srv/plugins/*']}",
		 "danger files.write: /srv/**: may be written, and executed as /srv/plugins/*\n"},
		{FINE ",'files':{'execute':['/tmp/x*']}",
		 "danger files.execute: /tmp/x*: a folder that anybody fills\n"},
		{FINE ",'network':{'connect':['any any any']}",
		 "danger network.connect: any any any: anything, anywhere\n"},
		{FINE ",'network':{'connect':['tcp 10.0.0.0/8 443']}", ""},
		{FINE ",'syscalls':['bpf','read']", "danger syscalls: bpf: programs in the kernel\n"},
		{FINE ",'users':[0,33]", "warning users: 0: root\n"},
		{FINE ",'memory':['write-execute']",
		 "warning memory: write-execute: memory that is written and then executed\n"},
		{FINE ",'allowDegraded':true", "warning allowDegraded: what a host cannot hold is left out there\n"},
		{"'limits':{'processes':5,'memory':'64m'},'programs':[{'path':'/bin/sh'}]",
		 "warning programs: /bin/sh: may be started by any program; name its parents\n"},
		{"", "note limits: no limit of processes\nnote limits: no limit of memory\n"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		SCOPED(profile) struct profile p = PROFILE_INIT;
		SCOPED(remarks) struct remarks r = REMARKS_INIT;
		SCOPED(buf) struct buf said = BUF_INIT(1 << 16);
		kit_profile(cases[i].members, &p);
		assert_int_equal(profile_lint(&p, &r), 0);
		kit_remarks(&r, &said);
		if (strcmp(buf_str(&said), cases[i].said) != 0)
			fail_msg("%s: %s", cases[i].members, buf_str(&said));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
