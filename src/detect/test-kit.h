/* SPDX-License-Identifier: Apache-2.0 */
/* Records as the sensors write them, told to a detect of the test's own, and what its fields are then. */
#pragma once

#include <arpa/inet.h>
#include <asm/unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "detect/detect.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static _Alignas(8) char bytes[EVENT_SIZE_MAX];
static struct event *const event = (void *)bytes;
static struct detect *d;

static inline void begin(unsigned type, uint32_t pid, uint64_t start)
{
	event_begin(event, type);
	event->pid = event->tid = pid;
	event->start = start;
	event->time = 5000000000;
}

static inline void add(enum event_kind kind, uint32_t aux, const void *data, size_t length)
{
	assert_int_equal(
		event_add(event, sizeof(bytes), &(struct event_piece){kind, aux, .bytes = data, .length = length}), 0);
}

static inline void add_text(enum event_kind kind, const char *text)
{
	add(kind, 0, text, strlen(text) + 1);
}

static inline void add_json(const char *text)
{
	add(EVENT_P_TEXT, 0, text, strlen(text));
}

static inline void add_path(enum event_kind kind, const void *fixed, size_t size, const char *path)
{
	assert_int_equal(
		event_add_path(event, sizeof(bytes), (struct event_piece){kind, EVENT_AT_ROOT, fixed, size}, path), 0);
}

static inline bool take(void)
{
	bool judged;
	assert_int_equal(detect_begin(d, event, &judged), 0);
	return judged;
}

static inline void pass(void)
{
	take();
	detect_end(d);
}

/* A field of the present event as text; "none" when it is absent. */
static inline const char *get(const char *name)
{
	static char text[4096];
	struct rule_arg arg;
	struct rule_value value;
	int field = rule_schema_parse(&detect_schema, name, strlen(name), &arg);
	assert_true(field >= 0);
	if (!detect_get(d, (unsigned)field, &arg, &value))
		return "none";
	size_t used = 0;
	for (uint32_t i = 0; i < (value.list_count ? value.list_count : 1); i++) {
		const struct rule_ip *ip = value.list_count ? &value.ips[i] : &value.ip;
		char address[INET6_ADDRSTRLEN];
		if (i)
			text[used++] = ' ';
		if (value.type == RULE_STRING) {
			struct rule_str s = value.list_count ? value.strs[i] : value.str;
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%.*s", (int)s.len, s.at);
		} else if (value.type == RULE_BOOL) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", value.flag ? "true" : "false");
		} else if (value.type == RULE_IP || value.type == RULE_NET) {
			inet_ntop(AF_INET6, ip->bytes, address, sizeof(address));
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", address);
		} else {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%lld",
						 (long long)(value.list_count ? value.numbers[i] : value.number));
		}
	}
	return text;
}

static inline void exec_from(uint32_t pid, uint64_t start, uint32_t ppid, uint64_t parent_start, const char *path,
			     uint64_t ino)
{
	struct event_exec x = {.ppid = ppid,
			       .parent_start = parent_start,
			       .sid = 10,
			       .pgid = pid,
			       .vpid = 7,
			       .vpgid = 7,
			       .readers_pid = pid,
			       .euid = 0,
			       .loginuid = 1000,
			       .cap_effective = 1 << 21};
	struct event_file file = {.ino = ino, .mode = 0100755, .links = 1};
	const char *name = strrchr(path, '/') + 1;
	begin(__NR_execve, pid, start);
	add(EVENT_P_EXEC, 0, &x, sizeof(x));
	add_text(EVENT_P_COMM, name);
	add_text(EVENT_P_NAME, path);
	add_path(EVENT_P_EXE, &file, sizeof(file), path);
	add_path(EVENT_P_CWD, NULL, 0, "/srv");
	add(EVENT_P_ARGV, 0, "zero\0one\0two words", sizeof("zero\0one\0two words"));
	add(EVENT_P_ENV, 0, "A=1\0PATH=/bin", sizeof("A=1\0PATH=/bin"));
	add_text(EVENT_P_TTY, "pts3");
}

static inline void exec(uint32_t pid, uint64_t start, uint32_t ppid, uint64_t parent_start, const char *path)
{
	exec_from(pid, start, ppid, parent_start, path, pid);
}

static inline void exec_file(uint32_t pid, uint64_t start, const char *path, uint64_t ino)
{
	exec_from(pid, start, 1, 1, path, ino);
}

static inline void fork_child(uint32_t pid, uint64_t start, uint32_t child, uint64_t child_start)
{
	struct event_child c = {.pid = child, .tid = child, .start = child_start, .vpid = 8};
	begin(WATCH_FORK, pid, start);
	add(EVENT_P_CHILD, 0, &c, sizeof(c));
}

static inline void cgroup(unsigned type, uint64_t id, uint64_t hierarchy, const char *path)
{
	begin(type, 1, 1);
	event->args[0] = id;
	event->args[1] = hierarchy;
	add_text(EVENT_P_CGROUP, path);
	pass();
}

static inline void tell_facts(const char *text)
{
	begin(WATCH_CONTAINER, 0, 0);
	add_json(text);
	ignore(detect_tell(d, event)); /* a lie is refused */
}

static inline int setup(void **state)
{
	return detect_new(&d, 0, "host");
}

static inline int teardown(void **state)
{
	detect_free(d);
	return 0;
}
