/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One sample of a container's usage, in the shape that runc's `events --stats` gave it and its readers expect.
 */
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "stats.h"

#define FILE_MAX (1u << 20)

int stats_folder(const struct stats_source *s, const char *controller)
{
	int i = s->v2 ? s->c->v2 : kern_cgroup_controller(s->c, controller);
	return i < 0 ? -1 : s->c->at[i].fd;
}

uint64_t stats_number(const struct stats_source *s, const char *controller, const char *file)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	int fd = stats_folder(s, controller);
	uint64_t value = 0;

	if (fd < 0 || path_read_file(fd, file, &text) < 0 || !text.len)
		return 0;
	text.data[strcspn(text.data, "\n")] = '\0';
	if (str_eq(text.data, "max"))
		return UINT64_MAX;
	ignore(str_to_u64(text.data, UINT64_MAX, &value)); /* what is no number counts as none */
	return value;
}

uint64_t stats_keyed(const struct stats_source *s, const char *controller, const char *file, const char *key)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	int fd = stats_folder(s, controller);
	uint64_t value = 0;

	if (fd < 0 || path_read_file(fd, file, &text) < 0)
		return 0;
	char *rest = text.data;
	while (rest && *rest) {
		const char *line = strsep(&rest, "\n");
		size_t len = strlen(key);
		if (strncmp(line, key, len) == 0 && line[len] == ' ') {
			ignore(str_to_u64(line + len + 1, UINT64_MAX, &value)); /* as above */
			return value;
		}
	}
	return 0;
}

static void write_cpu(struct json_out *o, const struct stats_source *s)
{
	const uint64_t tick_ns = 10000000;

	json_out_object(o, "cpu");
	json_out_object(o, "usage");
	if (s->v2) {
		json_out_u64(o, "total", stats_keyed(s, "cpu", "cpu.stat", "usage_usec") * 1000);
		json_out_u64(o, "kernel", stats_keyed(s, "cpu", "cpu.stat", "system_usec") * 1000);
		json_out_u64(o, "user", stats_keyed(s, "cpu", "cpu.stat", "user_usec") * 1000);
	} else {
		json_out_u64(o, "total", stats_number(s, "cpuacct", "cpuacct.usage"));
		json_out_u64(o, "kernel", stats_keyed(s, "cpuacct", "cpuacct.stat", "system") * tick_ns);
		json_out_u64(o, "user", stats_keyed(s, "cpuacct", "cpuacct.stat", "user") * tick_ns);
	}
	json_out_object_end(o);
	json_out_object(o, "throttling");
	json_out_u64(o, "periods", stats_keyed(s, "cpu", "cpu.stat", "nr_periods"));
	json_out_u64(o, "throttledPeriods", stats_keyed(s, "cpu", "cpu.stat", "nr_throttled"));
	json_out_u64(o, "throttledTime",
		     s->v2 ? stats_keyed(s, "cpu", "cpu.stat", "throttled_usec") * 1000
			   : stats_keyed(s, "cpu", "cpu.stat", "throttled_time"));
	json_out_object_end(o);
	json_out_object_end(o);
}

/* The files of one kind of memory; NULL where a version does not have one. */
struct memory_files {
	const char *key, *usage, *limit, *max, *failures;
};

static void write_usage(struct json_out *o, const struct stats_source *s, const struct memory_files *f)
{
	json_out_object(o, f->key);
	json_out_u64(o, "limit", stats_number(s, "memory", f->limit));
	json_out_u64(o, "usage", stats_number(s, "memory", f->usage));
	if (f->max)
		json_out_u64(o, "max", stats_number(s, "memory", f->max));
	json_out_u64(o, "failcnt", f->failures ? stats_number(s, "memory", f->failures) : 0);
	json_out_object_end(o);
}

static void write_raw(struct json_out *o, const struct stats_source *s)
{
	SCOPED(buf) struct buf text = BUF_INIT(FILE_MAX);
	int fd = stats_folder(s, "memory");

	json_out_object(o, "raw");
	char *rest = fd >= 0 && path_read_file(fd, "memory.stat", &text) == 0 ? text.data : NULL;
	while (rest && *rest) {
		char *value = strsep(&rest, "\n"), *key = strsep(&value, " ");
		uint64_t n = 0;
		if (value && str_to_u64(value, UINT64_MAX, &n) == 0)
			json_out_u64(o, key, n);
	}
	json_out_object_end(o);
}

static void write_memory(struct json_out *o, const struct stats_source *s)
{
	static const struct memory_files v2[] = {
		{"usage", "memory.current", "memory.max", "memory.peak", NULL},
		{"swap", "memory.swap.current", "memory.swap.max", NULL, NULL},
	};
	static const struct memory_files v1[] = {
		{"usage", "memory.usage_in_bytes", "memory.limit_in_bytes", "memory.max_usage_in_bytes",
		 "memory.failcnt"},
		{"swap", "memory.memsw.usage_in_bytes", "memory.memsw.limit_in_bytes",
		 "memory.memsw.max_usage_in_bytes", "memory.memsw.failcnt"},
		{"kernel", "memory.kmem.usage_in_bytes", "memory.kmem.limit_in_bytes", "memory.kmem.max_usage_in_bytes",
		 "memory.kmem.failcnt"},
		{"kernelTCP", "memory.kmem.tcp.usage_in_bytes", "memory.kmem.tcp.limit_in_bytes",
		 "memory.kmem.tcp.max_usage_in_bytes", "memory.kmem.tcp.failcnt"},
	};
	const struct memory_files *files = s->v2 ? v2 : v1;
	size_t count = s->v2 ? ARRAY_LEN(v2) : ARRAY_LEN(v1);

	json_out_object(o, "memory");
	json_out_u64(o, "cache", stats_keyed(s, "memory", "memory.stat", s->v2 ? "file" : "cache"));
	for (size_t i = 0; i < count; i++)
		write_usage(o, s, &files[i]);
	write_raw(o, s);
	json_out_object_end(o);
}

int container_stats_json(const struct container *c, struct buf *b, struct err *e)
{
	const struct stats_source s = {.c = &c->cgroup, .v2 = c->cgroup.count == 1 && c->cgroup.v2 == 0};
	struct json_out o = JSON_OUT(b);

	if (!c->cgroup.count)
		return err_set(e, -EOPNOTSUPP, "container %s has no cgroup: nothing is counted", c->id);
	json_out_object(&o, NULL);
	write_cpu(&o, &s);
	write_memory(&o, &s);
	json_out_object(&o, "pids");
	json_out_u64(&o, "current", stats_number(&s, "pids", "pids.current"));
	uint64_t limit = stats_number(&s, "pids", "pids.max");
	json_out_u64(&o, "limit", limit == UINT64_MAX ? 0 : limit);
	json_out_object_end(&o);
	stats_write_blkio(&o, &s);
	stats_write_hugetlb(&o, &s);
	stats_write_network(&o, c);
	json_out_object_end(&o);
	return buf_error(b) ? err_sys(e, buf_error(b), "cannot write the statistics") : 0;
}

uint64_t container_oom_kills(const struct container *c)
{
	const struct stats_source s = {.c = &c->cgroup, .v2 = c->cgroup.count == 1 && c->cgroup.v2 == 0};

	return s.v2 ? stats_keyed(&s, "memory", "memory.events", "oom_kill")
		    : stats_keyed(&s, "memory", "memory.oom_control", "oom_kill");
}

struct container_peaks container_peaks(const struct container *c)
{
	const struct stats_source s = {.c = &c->cgroup, .v2 = c->cgroup.count == 1 && c->cgroup.v2 == 0};

	return (struct container_peaks){
		.memory_bytes = stats_number(&s, "memory", s.v2 ? "memory.peak" : "memory.max_usage_in_bytes"),
		.processes = stats_number(&s, "pids", "pids.peak")};
}
