/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each operator means, condition by condition.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "test-kit.h"

struct row {
	const char *condition, *event;
	bool matches;
};

static void check(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (kit_matches(rows[i].condition, rows[i].event) == rows[i].matches)
			continue;
		print_error("'%s' on '%s' should be %s\n", rows[i].condition, rows[i].event,
			    rows[i].matches ? "true" : "false");
		fail();
	}
}

static void strings(void **state)
{
	static const struct row rows[] = {
		{"proc.name = cat", "proc.name=cat", true},
		{"proc.name == cat", "proc.name=cat", true},
		{"proc.name=\"cat\"", "proc.name=dog", false},
		{"proc.name != cat", "proc.name=dog", true},
		{"proc.name != cat", "proc.name=cat", false},
		{"proc.name in (dog, cat)", "proc.name=cat", true},
		{"proc.name in (dog, 'cat')", "proc.name=ca", false},
		{"proc.name in ()", "proc.name=cat", false},
		{"not proc.name in ()", "proc.name=cat", true},
		{"proc.name contains a", "proc.name=cat", true},
		{"proc.name contains A", "proc.name=cat", false},
		{"proc.name icontains AT", "proc.name=cat", true},
		{"proc.name startswith ca", "proc.name=cat", true},
		{"proc.name startswith at", "proc.name=cat", false},
		{"proc.name endswith at", "proc.name=cat", true},
		{"proc.args = \"\"", "proc.args=", true},
		{"proc.args exists", "proc.args=", true},
		{"proc.args contains \"\\ \"", "proc.args=a\\~b", true},
		{"(proc.args endswith \\)", "proc.args=a\\", true},
		{"proc.args contains \"a\\x41\"", "proc.args=aA", true},
		{"proc.name < b", "proc.name=a", true},
		{"evt.buffer bcontains 6361", "evt.buffer=xca", true},
		{"evt.buffer bstartswith 6361", "evt.buffer=xca", false},
		{"proc.args intersects (\"-V\", \"-l\")", "proc.args=-l", true},
		{"proc.args intersects (\"-V\", \"-l\")", "proc.args=-l~-x", false},
	};
	check(rows, ARRAY_LEN(rows));
}

static void absent_fields_make_everything_false(void **state)
{
	static const struct row rows[] = {
		{"proc.name = cat", "", false},
		{"proc.name != cat", "", false},
		{"not proc.name = cat", "", true},
		{"proc.name in (cat)", "", false},
		{"proc.name exists", "", false},
		{"not proc.name exists", "", true},
		{"proc.pid < 5", "", false},
		{"proc.pid != 5", "", false},
		{"fd.ip != 1.2.3.4", "", false},
		{"evt.is_open_read = false", "", false},
		{"proc.name = val(proc.pname)", "proc.name=a", false},
		{"proc.name != val(proc.pname)", "proc.name=a", false},
		{"tolower(proc.name) != a", "", false},
		{"len(proc.name) = 0", "", false},
	};
	check(rows, ARRAY_LEN(rows));
}

static void numbers(void **state)
{
	static const struct row rows[] = {
		{"proc.pid = 10", "proc.pid=10", true},
		{"proc.pid = 0xa", "proc.pid=10", true},
		{"proc.pid >= 10", "proc.pid=10", true},
		{"proc.pid > 10", "proc.pid=10", false},
		{"evt.rawres < 0", "evt.rawres=-2", true},
		{"evt.rawres = -2", "evt.rawres=-2", true},
		{"proc.pid in (1, 10, 5)", "proc.pid=5", true},
		{"proc.pid in (1, 10, 5)", "proc.pid=6", false},
		{"fd.port = ssh", "fd.port=22", true},
		{"fd.port in (http, 22)", "fd.port=80", true},
		{"fd.port = 22", "fd.port=4444|22", true},
		{"fd.port != 22", "fd.port=4444|22", false},
		{"fd.port != 23", "fd.port=4444|22", true},
		{"proc.fdusage > 0.5", "proc.fdusage=0.75", true},
		{"evt.is_open_read = true", "evt.is_open_read=true", true},
		{"evt.is_open_read != true", "evt.is_open_read=false", true},
		{"evt.num = 0", "evt.num=0", false},
		{"not evt.num = 0", "evt.num=0", true},
		{"evt.num in (0)", "evt.num=0", false},
		{"evt.num > 0", "evt.num=3", true},
	};
	check(rows, ARRAY_LEN(rows));
}

static void addresses(void **state)
{
	static const struct row rows[] = {
		{"fd.ip = 10.1.2.3", "fd.ip=10.1.2.3", true},
		{"fd.ip = 10.1.2.3", "fd.ip=10.1.2.4|10.1.2.3", true},
		{"fd.ip != 10.1.2.3", "fd.ip=10.1.2.4|10.1.2.3", false},
		{"fd.ip in (\"1.1.1.1\", \"::1\")", "fd.ip=::1", true},
		{"fd.net = 10.0.0.0/8", "fd.net=10.200.1.1", true},
		{"fd.net = 10.0.0.0/9", "fd.net=10.200.1.1", false},
		{"fd.net in (\"192.168.0.0/16\", \"fe80::/10\")", "fd.net=fe80::1", true},
		{"fd.net in (\"0.0.0.0/0\")", "fd.net=fe80::1", false},
		{"fd.net in (\"::/0\")", "fd.net=10.0.0.1", false},
		{"fd.net != \"::/0\"", "fd.net=10.0.0.1", true},
		{"fd.net = \"::/0\"", "fd.net=fe80::1", true},
		{"fd.net != 10.0.0.0/8", "fd.net=1.1.1.1|10.0.0.1", false},
	};
	check(rows, ARRAY_LEN(rows));
}

static void lists_of_values(void **state)
{
	static const struct row rows[] = {
		{"proc.aname = sshd", "proc.aname=bash|sshd|init", true},
		{"proc.aname in (a, sshd)", "proc.aname=bash|sshd|init", true},
		{"proc.aname != sshd", "proc.aname=sshd|sshd", false},
		{"proc.aname startswith ssh", "proc.aname=bash|sshd", true},
		{"proc.aname[2] = sshd", "proc.aname[2]=sshd", true},
		{"proc.aname[2] = sshd", "proc.aname[1]=sshd", false},
		{"fd.types in (file, ipv4)", "fd.types=file|ipv4", true},
		{"fd.types in (file)", "fd.types=file|ipv4", false},
		{"fd.types intersects (file)", "fd.types=file|ipv4", true},
		{"len(fd.types) = 2", "fd.types=file|ipv4", true},
	};
	check(rows, ARRAY_LEN(rows));
}

static void paths(void **state)
{
	static const struct row rows[] = {
		{"fd.name pmatch (/etc)", "fd.name=/etc/shadow", true},
		{"fd.name pmatch (/etc/)", "fd.name=/etc", true},
		{"fd.name pmatch (/etc)", "fd.name=/etcetera", false},
		{"fd.name pmatch (/var/run, /tmp/hello)", "fd.name=/tmp/hello/world", true},
		{"fd.name pmatch (/var/run, /tmp/hello)", "fd.name=/tmp/hello_world", false},
		{"fd.name pmatch (/var/*/x)", "fd.name=/var/lib/x/y", true},
		{"fd.name pmatch (/var/*/x)", "fd.name=/var/lib/z/x", false},
		{"fd.name pmatch (/)", "fd.name=/anything", true},
		{"fd.name pmatch (/etc/ssh)", "fd.name=//etc//ssh/key", true},
		{"fd.name pmatch (/etc/ssh)", "fd.name=/etc", false},
		{"fd.name glob /root/*/.ssh/*", "fd.name=/root/a/.ssh/id", true},
		{"fd.name glob /root/*/.ssh/*", "fd.name=/root/a/b/.ssh/id", true},
		{"fd.name glob *../*../*", "fd.name=../../x", true},
		{"fd.name iglob /ETC/[a-c]*", "fd.name=/etc/Bob", true},
	};
	check(rows, ARRAY_LEN(rows));
}

static void regular_expressions(void **state)
{
	static const struct row rows[] = {
		{"fd.name regex '[a-z]*/proc/[0-9]+/cmdline'", "fd.name=/proc/12/cmdline", true},
		{"fd.name regex '/proc'", "fd.name=/proc/12", false},
		{"fd.name regex 'roc'", "fd.name=proc", false},
		{"fd.name regex '(a|b)*c'", "fd.name=ababc", true},
	};
	check(rows, ARRAY_LEN(rows));
}

static void functions(void **state)
{
	static const struct row rows[] = {
		{"tolower(proc.name) = bash", "proc.name=BaSh", true},
		{"toupper(proc.name) = BASH", "proc.name=BaSh", true},
		{"basename(fd.name) = shadow", "fd.name=/etc/shadow", true},
		{"basename(fd.name) = \"\"", "fd.name=/etc/", true},
		{"b64(proc.args) contains evil", "proc.args=ZXZpbCBjb2Rl", true},
		{"b64(proc.args) exists", "proc.args=***", false},
		{"len(proc.name) >= 3", "proc.name=cat", true},
		{"proc.name = val(proc.pname)", "proc.name=a proc.pname=a", true},
		{"tolower(proc.name) = tolower(proc.pname)", "proc.name=a proc.pname=A", true},
		{"concat(fd.ip, \":\", fd.port) in (\"8.8.8.8:53\", \"4.4.4.4:53\")", "fd.ip=8.8.8.8 fd.port=53", true},
		{"join(\"-\", fd.types) = file-ipv4", "fd.types=file|ipv4", true},
		{"join(fd.name, (fd.name, proc.name)) = /a/b/a/bx", "fd.name=/a/b proc.name=x", true},
		{"join(\"->\", (toupper(fd.name), \"aaa\")) = /A->aaa", "fd.name=/a", true},
		{"join(\"-\", (fd.name, join(\"->\", (\"x\", fd.name)))) = /a-x->/a", "fd.name=/a", true},
		{"join(\",\", (fd.port, fd.port)) = \"53,53\"", "fd.port=53", true},
		{"join(\",\", ()) = \"\"", "fd.name=/a", true},
		{"join(\",\", (fd.name, proc.name)) exists", "fd.name=/a", false},
		{"len(join(\"-\", (\"aaa\", \"bbb\"))) = 7", "fd.name=/a", true},
		{"b64(concat(\"YWFh\", \"YmJi\")) = aaabbb", "fd.name=/a", true},
		{"getopt(proc.args, \"nt:\") intersects (n, t)", "proc.args=-x~-t~5", true},
		{"getopt((\"-nt\", \"hello\"), \"nt:\") intersects (hello)", "fd.name=/a", true},
		{"getopt((\"-nt\", \"hello\"), \"nt:\") in (n, t, hello)", "fd.name=/a", true},
		{"getopt((\"-thello\"), \"t:\") intersects (hello)", "fd.name=/a", true},
		{"getopt((\"-n\", \"--\", \"-t\"), \"nt:\") intersects (t)", "fd.name=/a", false},
		{"getopt((\"-t\"), \"t:\") intersects (\"\")", "fd.name=/a", true},
		{"getopt((\"-t\", \"-123\"), \"t:\") intersects (\"-123\")", "fd.name=/a", true},
		{"getopt((\"-n\", \"run\", \"-t\"), \"nt\") intersects (t)", "fd.name=/a",
		 false}, /* ends at what is no option */
		{"getopt((\"--long\", \"-t\"), \"nt\") intersects (t)", "fd.name=/a", true},
		{"getopt(proc.args, \"nt:\")[t] = 5", "proc.args=-t~5", true},
		{"getopt(proc.args, \"nt:\")[t] = t", "proc.args=-t~5", false},
		{"getopt(proc.args, \"nt:\")[n] exists", "proc.args=-n~-t~5", true},
		{"getopt(proc.args, \"nt:\")[n] = \"\"", "proc.args=-n~-t~5", true},
		{"getopt(proc.args, \"nt:\")[n] exists", "proc.args=-t~5", false},
		{"getopt(proc.args, \"nt:\")[t] in (5, 6)", "proc.args=-t5~-t~6", true},
		{"getopt((\"-n-t\"), \"nt\") in (n, t)", "fd.name=/a", true},
		{"getopt((\"-nat\", \"hello\"), \"na:t\") intersects (hello)", "fd.name=/a", false},
		{"getopt((\"a\", \"-n\", \"-t\"), \"\") intersects (n, t)", "fd.name=/a", false},
		{"toupper(tolower(proc.name)) = A", "proc.name=a", true},
	};
	check(rows, ARRAY_LEN(rows));
}

static void and_or_not(void **state)
{
	static const struct row rows[] = {
		{"proc.name=a or proc.name=b and proc.pid=1", "proc.name=a", true},
		{"(proc.name=a or proc.name=b) and proc.pid=1", "proc.name=a", false},
		{"not proc.name=a and proc.pid=1", "proc.name=b proc.pid=1", true},
		{"not (proc.name=a or proc.pid=1)", "proc.name=b proc.pid=2", true},
		{"not not proc.name=a", "proc.name=a", true},
		{"not(proc.name=a)and(proc.pid=1)", "proc.pid=1", true},
		{"proc.name=a and not proc.name=a", "proc.name=a", false},
		{"proc.name=a or not proc.name=a", "", true},
		{"evt.type in (open, openat) and proc.name=a", "evt.type=openat proc.name=a", true},
		{"evt.type in (open, openat) and proc.name=a", "evt.type=close proc.name=a", false},
		{"evt.type = execve or proc.name=a", "evt.type=close proc.name=a", true},
		{"evt.type != execve", "evt.type=close", true},
		{"evt.type startswith open", "evt.type=openat", true},
		{"evt.dir = < and proc.name=a", "proc.name=a", true},
		{"evt.dir = >", "proc.name=a", false},
		{"container.mount.dest[/proc*] exists", "container.mount.dest[/proc*]=/x", true},
		{"evt.arg.flags contains O_CREAT", "evt.arg.flags=O_RDWR|O_CREAT", true},
	};
	check(rows, ARRAY_LEN(rows));
}

/* Each is what the comparisons with the single values would say. */
static void words_for_lists(void **state)
{
	static const struct row rows[] = {
		{"proc.name startswith oneof (my, bash)", "proc.name=myexe", true},
		{"proc.name startswith oneof (my, mye)", "proc.name=myexe", false},
		{"proc.name startswith oneof (bash, sh)", "proc.name=myexe", false},
		{"proc.name startswith anyof (my, mye)", "proc.name=myexe", true},
		{"proc.name startswith anyof (bash, sh)", "proc.name=myexe", false},
		{"proc.name startswith allof (my, mye)", "proc.name=myexe", true},
		{"proc.name contains allof (my, bash)", "proc.name=myexe", false},
		{"proc.name == oneof (myexe, myexe)", "proc.name=myexe", false},
		{"proc.name == anyof (myexe, myexe)", "proc.name=myexe", true},
		{"proc.name = anyof(a, b)", "proc.name=b", true},
		{"proc.name != oneof (myexe, myexe, bash)", "proc.name=myexe", true},
		{"proc.name != allof (bash, sh)", "proc.name=myexe", true},
		{"proc.name != allof (myexe, sh)", "proc.name=myexe", false},
		{"proc.name icontains anyof (EX, BASH)", "proc.name=myexe", true},
		{"proc.name endswith allof (exe, xe)", "proc.name=myexe", true},
		{"proc.name glob oneof (my*, *exe)", "proc.name=myexe", false},
		{"proc.name iglob allof (MY*, *EXE)", "proc.name=myexe", true},
		{"proc.name regex anyof (\"^m.*\", b)", "proc.name=myexe", true},
		{"toupper(proc.name) = oneof (MYEXE, BASH)", "proc.name=myexe", true},
		{"proc.name = oneof ()", "proc.name=myexe", false},
		{"proc.name != allof ()", "proc.name=myexe", false},
		{"not proc.name startswith anyof (my, x)", "proc.name=myexe", false},
		{"proc.name != anyof (a, b)", "proc.pid=1", false}, /* absent */
		{"proc.name = anyof", "proc.name=anyof", true},	    /* a value: no list follows */
	};
	check(rows, ARRAY_LEN(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings),
		cmocka_unit_test(absent_fields_make_everything_false),
		cmocka_unit_test(numbers),
		cmocka_unit_test(addresses),
		cmocka_unit_test(lists_of_values),
		cmocka_unit_test(paths),
		cmocka_unit_test(regular_expressions),
		cmocka_unit_test(functions),
		cmocka_unit_test(and_or_not),
		cmocka_unit_test(words_for_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
