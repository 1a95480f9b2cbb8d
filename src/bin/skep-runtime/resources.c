/* SPDX-License-Identifier: Apache-2.0 */
/*
 * update and events: limits changed, usage shown.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "base/path.h"
#include "base/str.h"
#include "command.h"

#define RESOURCES_MAX (1u << 20)
#define EVENT_MAX (4u << 20)

struct update_words {
	const char *file, *weight, *period, *quota, *burst, *shares, *rt_period, *rt_runtime, *cpus, *mems, *idle;
	const char *memory, *reservation, *swap, *kernel, *kernel_tcp, *pids, *l3, *bandwidth;
};

static int put_i64(const char *name, const char *text, struct opt_i64 *ret, struct err *e)
{
	if (!text)
		return 0;
	if (str_to_i64(text, &ret->value) < 0)
		return err_set(e, -EINVAL, "--%s: \"%.32s\" is not a whole number", name, text);
	ret->set = true;
	return 0;
}

static int put_u64(const char *name, const char *text, struct opt_u64 *ret, struct err *e)
{
	if (!text)
		return 0;
	if (str_to_u64(text, UINT64_MAX, &ret->value) < 0)
		return err_set(e, -EINVAL, "--%s: \"%.32s\" is not a whole number", name, text);
	ret->set = true;
	return 0;
}

/* Bytes, with a unit if wanted; -1 is "no limit". */
static int put_bytes(const char *name, const char *text, struct opt_i64 *ret, struct err *e)
{
	uint64_t bytes = 0;

	if (!text || str_eq(text, "-1"))
		return put_i64(name, text, ret, e);
	if (str_to_size(text, &bytes) < 0 || bytes > INT64_MAX)
		return err_set(e, -EINVAL, "--%s: \"%.32s\" is not a number of bytes", name, text);
	*ret = (struct opt_i64){true, (int64_t)bytes};
	return 0;
}

static int from_words(const struct update_words *w, struct oci_resources *r, struct err *e)
{
	int rc = put_u64("blkio-weight", w->weight, &r->block_io.weight, e);

	rc = rc ? rc : put_u64("cpu-period", w->period, &r->cpu.period, e);
	rc = rc ? rc : put_i64("cpu-quota", w->quota, &r->cpu.quota, e);
	rc = rc ? rc : put_u64("cpu-burst", w->burst, &r->cpu.burst, e);
	rc = rc ? rc : put_u64("cpu-share", w->shares, &r->cpu.shares, e);
	rc = rc ? rc : put_u64("cpu-rt-period", w->rt_period, &r->cpu.realtime_period, e);
	rc = rc ? rc : put_i64("cpu-rt-runtime", w->rt_runtime, &r->cpu.realtime_runtime, e);
	rc = rc ? rc : put_i64("cpu-idle", w->idle, &r->cpu.idle, e);
	rc = rc ? rc : put_bytes("memory", w->memory, &r->memory.limit, e);
	rc = rc ? rc : put_bytes("memory-reservation", w->reservation, &r->memory.reservation, e);
	rc = rc ? rc : put_bytes("memory-swap", w->swap, &r->memory.swap, e);
	rc = rc ? rc : put_bytes("kernel-memory", w->kernel, &r->memory.kernel, e);
	rc = rc ? rc : put_bytes("kernel-memory-tcp", w->kernel_tcp, &r->memory.kernel_tcp, e);
	rc = rc ? rc : put_i64("pids-limit", w->pids, &r->pids_limit, e);
	r->cpu.cpus = (char *)(uintptr_t)w->cpus;
	r->cpu.mems = (char *)(uintptr_t)w->mems;
	if (rc == 0 && (w->l3 || w->bandwidth))
		rc = err_set(e, -EOPNOTSUPP, "Intel RDT is not supported by this version of skep-runtime");
	return rc;
}

static int from_file(const char *file, struct arena *arena, struct oci_resources *r, struct err *e)
{
	SCOPED(buf) struct buf text = BUF_INIT(RESOURCES_MAX);
	int rc = 0;

	if (str_eq(file, "-")) {
		ssize_t got;
		do {
			char *at = buf_reserve(&text, 65536);
			got = at ? read(STDIN_FILENO, at, 65536) : -1;
			text.len += got > 0 ? (size_t)got : 0;
		} while (got > 0);
		rc = got < 0 ? -errno : 0;
	} else {
		rc = path_read_given(file, &text);
	}
	if (rc < 0)
		return err_sys(e, rc, "cannot read the resources from %s", file);
	rc = oci_resources_decode(buf_str(&text), text.len, arena, r, e);
	return rc < 0 ? err_wrap(e, rc, "resources") : 0;
}

int command_update(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	SCOPED(arena) struct arena arena = ARENA_INIT(RESOURCES_MAX);
	struct oci_resources resources = {0};
	struct update_words w = {0};
	const char *id = NULL;
	const struct option table[] = {
		{"resources", 'r', OPTION_TEXT, &w.file, "file with a resources object, - for standard input"},
		{"blkio-weight", 0, OPTION_TEXT, &w.weight, "block I/O weight, 10 to 1000"},
		{"cpu-period", 0, OPTION_TEXT, &w.period, "microseconds"},
		{"cpu-quota", 0, OPTION_TEXT, &w.quota, "microseconds per period"},
		{"cpu-burst", 0, OPTION_TEXT, &w.burst, "microseconds"},
		{"cpu-share", 0, OPTION_TEXT, &w.shares, "relative weight"},
		{"cpu-rt-period", 0, OPTION_TEXT, &w.rt_period, "microseconds"},
		{"cpu-rt-runtime", 0, OPTION_TEXT, &w.rt_runtime, "microseconds"},
		{"cpuset-cpus", 0, OPTION_TEXT, &w.cpus, "list of processors"},
		{"cpuset-mems", 0, OPTION_TEXT, &w.mems, "list of memory nodes"},
		{"cpu-idle", 0, OPTION_TEXT, &w.idle, "1: only what others leave"},
		{"memory", 0, OPTION_TEXT, &w.memory, "bytes, -1 without a limit"},
		{"memory-reservation", 0, OPTION_TEXT, &w.reservation, "bytes"},
		{"memory-swap", 0, OPTION_TEXT, &w.swap, "bytes of memory and swap together, -1 without a limit"},
		{"kernel-memory", 0, OPTION_TEXT, &w.kernel, "bytes, where the kernel has it"},
		{"kernel-memory-tcp", 0, OPTION_TEXT, &w.kernel_tcp, "bytes, where the kernel has it"},
		{"pids-limit", 0, OPTION_TEXT, &w.pids, "number of processes, -1 without a limit"},
		{"l3-cache-schema", 0, OPTION_TEXT, &w.l3, NULL},
		{"mem-bw-schema", 0, OPTION_TEXT, &w.bandwidth, NULL},
		{NULL},
	};
	int r = command_one_id("update", table, argv, &id, e);

	if (r == 0)
		r = w.file ? from_file(w.file, &arena, &resources, e) : from_words(&w, &resources, e);
	if (r == 0)
		r = command_load(s, id, &c, e);
	return r ? r : container_update(&c, &resources, e);
}

static int print_event(const struct container *c, const char *type, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(EVENT_MAX);
	struct json_out o = JSON_OUT(&b);
	SCOPED(buf) struct buf data = BUF_INIT(EVENT_MAX);
	SCOPED_PTR(json) struct json *doc = NULL;
	int r = 0;

	if (str_eq(type, "stats")) {
		r = container_stats_json(c, &data, e);
		if (r == 0)
			r = json_parse(buf_str(&data), data.len, JSON_LIMITS_CONFIG, &doc, e);
	}
	if (r < 0)
		return r;
	json_out_object(&o, NULL);
	json_out_str(&o, "type", type);
	json_out_str(&o, "id", c->id);
	if (doc)
		json_out_value(&o, "data", doc);
	json_out_object_end(&o);
	return command_print(&b, e);
}

/* "5s", "500ms", "1m" or seconds, in milliseconds. */
static int parse_interval(const char *text, long *ret_ms, struct err *e)
{
	char unit[4] = "s", extra;
	unsigned long value;
	int n = text ? sscanf(text, "%9lu%3[a-z]%c", &value, unit, &extra) : 0;

	if (!text) {
		*ret_ms = 5000;
		return 0;
	}
	long factor = str_eq(unit, "ms") ? 1 : str_eq(unit, "s") ? 1000 : str_eq(unit, "m") ? 60000 : 0;
	if (n < 1 || n > 2 || !factor || value == 0)
		return err_set(e, -EINVAL, "--interval: \"%.32s\" is no duration like 5s or 500ms", text);
	*ret_ms = (long)value * factor;
	return 0;
}

static int watch(const struct container *c, long interval_ms, struct err *e)
{
	uint64_t kills = container_oom_kills(c);
	long since_stats = interval_ms;
	const long step_ms = MIN_OF(interval_ms, 250);
	int r = 0;

	while (r == 0 && container_status(c) != CONTAINER_STOPPED) {
		if (since_stats >= interval_ms) {
			r = print_event(c, "stats", e);
			since_stats = 0;
		}
		struct timespec pause = {step_ms / 1000, step_ms % 1000 * 1000000};
		nanosleep(&pause, NULL);
		since_stats += step_ms;
		uint64_t now = container_oom_kills(c);
		if (r == 0 && now > kills)
			r = print_event(c, "oom", e);
		kills = now;
	}
	return r;
}

int command_events(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	const char *interval = NULL, *id = NULL;
	bool stats = false;
	long interval_ms = 0;
	const struct option table[] = {
		{"interval", 0, OPTION_TEXT, &interval, "time between two lines (5s)"},
		{"stats", 0, OPTION_FLAG, &stats, "print one line and end"},
		{NULL},
	};
	int r = command_one_id("events", table, argv, &id, e);

	if (r == 0)
		r = parse_interval(interval, &interval_ms, e);
	if (r == 0)
		r = command_load(s, id, &c, e);
	if (r == 0)
		r = container_load_spec(&c, e);
	if (r)
		return r;
	if (container_status(&c) == CONTAINER_STOPPED)
		return err_set(e, -ESRCH, "container with id %s is not running", id);
	return stats ? print_event(&c, "stats", e) : watch(&c, interval_ms, e);
}
