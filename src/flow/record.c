/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers' records as JSON files: small, replaced by rename, readable by people with other tools at hand.
 */
#include "record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/json.h"
#include "base/path.h"

#define LIMITS ((struct json_limits){.bytes_max = RECORD_BYTES_MAX, .depth_max = 16})

static const char *const status_names[] = {
	[FLOW_CREATED] = "created", [FLOW_RUNNING] = "running", [FLOW_PAUSED] = "paused", [FLOW_EXITED] = "exited"};

const char *flow_status_name(enum flow_status s)
{
	return (size_t)s < ARRAY_LEN(status_names) ? status_names[s] : "?";
}

static const char *const drift_names[] = {
	[FLOW_DRIFT_OFF] = "off", [FLOW_DRIFT_ALERT] = "alert", [FLOW_DRIFT_ENFORCE] = "enforce"};

const char *flow_drift_name(enum flow_drift d)
{
	return (size_t)d < ARRAY_LEN(drift_names) ? drift_names[d] : "?";
}

void flow_record_done(struct flow_record *r)
{
	free(r->image);
	free(r->rootfs);
	free(r->error);
	strv_done(&r->command);
	strv_done(&r->drift_allowed);
	*r = (struct flow_record){.pid = 0};
}

static int write_json(int dir, const char *name, const struct buf *b, struct err *e)
{
	int r = buf_error(b);

	/* Not flushed to disk: a container does not outlive a power cut either. */
	if (r == 0)
		r = path_write_file(dir, name, b->data, b->len, 0600, false);
	return r < 0 ? err_sys(e, r, "writing the container's %s", name) : 0;
}

static void put_list(struct json_out *o, const char *key, const struct strv *v)
{
	json_out_array(o, key);
	for (size_t i = 0; i < v->count; i++)
		json_out_str(o, NULL, v->items[i]);
	json_out_array_end(o);
}

int record_save(const struct flow_record *r, int dir, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(RECORD_BYTES_MAX);
	struct json_out o = JSON_OUT(&b);

	json_out_object(&o, NULL);
	json_out_str(&o, "id", r->id);
	json_out_str(&o, "name", r->name);
	json_out_str(&o, "image", r->image);
	json_out_str(&o, "imageId", r->image_id);
	json_out_str(&o, "rootfs", r->rootfs);
	put_list(&o, "command", &r->command);
	json_out_str(&o, "created", r->created);
	json_out_str(&o, "profile", r->profile);
	json_out_str(&o, "stopSignal", r->stop_signal);
	json_out_u64(&o, "range", r->range);
	json_out_u64(&o, "uid", r->uid);
	json_out_bool(&o, "tty", r->tty);
	json_out_bool(&o, "input", r->input);
	json_out_bool(&o, "remove", r->remove);
	json_out_bool(&o, "writable", r->writable);
	json_out_bool(&o, "hostNetwork", r->host_network);
	json_out_str(&o, "drift", flow_drift_name(r->drift));
	put_list(&o, "driftAllowed", &r->drift_allowed);
	json_out_bool(&o, "behaves", r->behaves);
	json_out_object_end(&o);
	return write_json(dir, "container.json", &b, e);
}

int record_save_state(const struct flow_record *r, int dir, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(RECORD_BYTES_MAX);
	struct json_out o = JSON_OUT(&b);

	json_out_object(&o, NULL);
	json_out_str(&o, "status", flow_status_name(r->status));
	json_out_i64(&o, "pid", r->pid);
	json_out_u64(&o, "pidStart", r->pid_start);
	json_out_i64(&o, "monitor", r->monitor);
	json_out_u64(&o, "monitorStart", r->monitor_start);
	json_out_str(&o, "started", r->started);
	json_out_str(&o, "finished", r->finished);
	json_out_i64(&o, "exitCode", r->exit_code);
	json_out_bool(&o, "oom", r->oom);
	json_out_u64(&o, "peakMemory", r->peak_memory);
	json_out_u64(&o, "peakProcesses", r->peak_processes);
	json_out_str(&o, "error", r->error);
	json_out_object_end(&o);
	return write_json(dir, "state.json", &b, e);
}

static int read_json(int dir, const char *name, struct json **ret, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(RECORD_BYTES_MAX);
	int r = path_read_file(dir, name, &b);

	if (r == -ENOENT)
		return r;
	if (r < 0)
		return err_sys(e, r, "reading the container's %s", name);
	r = json_parse(buf_str(&b), b.len, LIMITS, ret, e);
	return r < 0 ? err_wrap(e, r, "the container's %s", name) : 0;
}

static int get_text(const struct json *doc, const char *key, char *text, size_t len, struct err *e)
{
	const char *s = "";
	int r = json_get_str(doc, key, &s, e);

	if (r == 0 && strlen(s) >= len)
		return err_set(e, -EINVAL, "%s: too long", key);
	if (r == 0)
		memcpy(text, s, strlen(s) + 1);
	return r;
}

static int get_copy(const struct json *doc, const char *key, char **ret, struct err *e)
{
	const char *s = NULL;
	int r = json_get_str(doc, key, &s, e);

	if (r == 0 && s && !(*ret = str_dup(s)))
		return err_set(e, -ENOMEM, "out of memory");
	return r;
}

static int get_list(const struct json *doc, const char *key, struct strv *v, struct err *e)
{
	const struct json *list = NULL;
	int r = json_get_array(doc, key, &list, e);

	for (size_t i = 0; r == 0 && list && i < json_count(list); i++) {
		const char *s = NULL;
		r = json_str(json_at(list, i), &s, e);
		if (r == 0)
			r = strv_add(v, s);
	}
	return r;
}

static int get_drift(const struct json *doc, enum flow_drift *ret, struct err *e)
{
	const char *text = "off";
	int r = json_get_str(doc, "drift", &text, e);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(drift_names); i++)
		if (str_eq(text, drift_names[i])) {
			*ret = (enum flow_drift)i;
			return 0;
		}
	return r < 0 ? r : err_set(e, -EINVAL, "drift: \"%.20s\" is unknown", text);
}

static int load_what(const struct json *doc, struct flow_record *r, struct err *e)
{
	int bad;

	if ((bad = get_text(doc, "id", r->id, sizeof(r->id), e)) < 0 ||
	    (bad = get_text(doc, "name", r->name, sizeof(r->name), e)) < 0 ||
	    (bad = get_copy(doc, "image", &r->image, e)) < 0 || (bad = get_copy(doc, "rootfs", &r->rootfs, e)) < 0 ||
	    (bad = get_text(doc, "imageId", r->image_id, sizeof(r->image_id), e)) < 0 ||
	    (bad = get_text(doc, "created", r->created, sizeof(r->created), e)) < 0 ||
	    (bad = get_text(doc, "profile", r->profile, sizeof(r->profile), e)) < 0 ||
	    (bad = get_text(doc, "stopSignal", r->stop_signal, sizeof(r->stop_signal), e)) < 0)
		return bad;
	if ((bad = json_get_u32(doc, "range", &r->range, e)) < 0 || (bad = json_get_u32(doc, "uid", &r->uid, e)) < 0 ||
	    (bad = json_get_bool(doc, "tty", &r->tty, e)) < 0 ||
	    (bad = json_get_bool(doc, "input", &r->input, e)) < 0 ||
	    (bad = json_get_bool(doc, "remove", &r->remove, e)) < 0 ||
	    (bad = json_get_bool(doc, "writable", &r->writable, e)) < 0 ||
	    (bad = json_get_bool(doc, "hostNetwork", &r->host_network, e)) < 0 ||
	    (bad = get_drift(doc, &r->drift, e)) < 0 || (bad = json_get_bool(doc, "behaves", &r->behaves, e)) < 0)
		return bad;
	bad = get_list(doc, "driftAllowed", &r->drift_allowed, e);
	return bad < 0 ? bad : get_list(doc, "command", &r->command, e);
}

static int load_state(const struct json *doc, struct flow_record *r, struct err *e)
{
	const char *status = "";
	int64_t pid = 0, monitor = 0, code = 0;
	int bad;

	if ((bad = json_get_str(doc, "status", &status, e)) < 0 || (bad = json_get_i64(doc, "pid", &pid, e)) < 0 ||
	    (bad = json_get_u64(doc, "pidStart", &r->pid_start, e)) < 0 ||
	    (bad = json_get_i64(doc, "monitor", &monitor, e)) < 0 ||
	    (bad = json_get_u64(doc, "monitorStart", &r->monitor_start, e)) < 0 ||
	    (bad = get_text(doc, "started", r->started, sizeof(r->started), e)) < 0 ||
	    (bad = get_text(doc, "finished", r->finished, sizeof(r->finished), e)) < 0 ||
	    (bad = json_get_i64(doc, "exitCode", &code, e)) < 0 || (bad = json_get_bool(doc, "oom", &r->oom, e)) < 0 ||
	    (bad = json_get_u64(doc, "peakMemory", &r->peak_memory, e)) < 0 ||
	    (bad = json_get_u64(doc, "peakProcesses", &r->peak_processes, e)) < 0 ||
	    (bad = get_copy(doc, "error", &r->error, e)) < 0)
		return bad;
	for (size_t i = 0; i < ARRAY_LEN(status_names); i++)
		if (str_eq(status, status_names[i]))
			r->status = (enum flow_status)i;
	r->pid = (pid_t)pid;
	r->monitor = (pid_t)monitor;
	r->exit_code = (int)code;
	return 0;
}

int record_load(int dir, struct flow_record *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *what = NULL, *state = NULL;
	SCOPED(flow_record) struct flow_record record = {.pid = 0};
	struct stat st;
	int r = read_json(dir, "container.json", &what, e);

	if (r == 0)
		r = load_what(what, &record, e);
	if (r < 0)
		return r;
	r = read_json(dir, "state.json", &state, e);
	if (r == 0)
		r = load_state(state, &record, e);
	else if (r == -ENOENT)
		r = 0;
	if (r < 0)
		return r;
	if (record.status == FLOW_RUNNING && fstatat(dir, "paused", &st, 0) == 0)
		record.status = FLOW_PAUSED;
	*ret = record;
	record = (struct flow_record){.pid = 0};
	return 0;
}
