/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said to systemd: org.freedesktop.systemd1(5), systemd.scope(5), systemd.resource-control(5).
 */
#include "systemd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER "org.freedesktop.systemd1.Manager"
#define OBJECT "/org/freedesktop/systemd1"

/* A whole name of a unit: the characters systemd takes, no path. */
static bool is_unit_name(const char *name, const char *suffix)
{
	size_t len = strlen(name);

	return len > strlen(suffix) && len <= SYSTEMD_NAME_MAX && str_ends_with(name, suffix) && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.\\-+@") == len;
}

int systemd_read_path(const char *path, const char *id, bool user, struct systemd_names *ret, struct err *e)
{
	SCOPED(strv) struct strv parts = {0};
	const char *slice = user ? "user.slice" : "system.slice", *prefix = "skep", *name = id;

	if (path && *path) {
		if (strv_split(&parts, path, ':') < 0)
			return err_set(e, -ENOMEM, "out of memory");
		if (parts.count != 3 || !parts.items[2][0])
			return err_set(e, -EINVAL,
				       "linux.cgroupsPath \"%.128s\": the systemd driver expects slice:prefix:name",
				       path);
		slice = parts.items[0][0] ? parts.items[0] : slice;
		prefix = parts.items[1];
		name = parts.items[2];
	}
	int len = snprintf(ret->unit, sizeof(ret->unit), "%s%s%s.scope", prefix, *prefix ? "-" : "", name);
	if ((size_t)len >= sizeof(ret->unit) || !is_unit_name(ret->unit, ".scope"))
		return err_set(e, -EINVAL, "linux.cgroupsPath: \"%.128s\" is not a name of a scope", ret->unit);
	if (strlen(slice) >= sizeof(ret->slice))
		return err_set(e, -EINVAL, "linux.cgroupsPath: the slice's name is too long");
	snprintf(ret->slice, sizeof(ret->slice), "%s", slice);
	SCOPED(buf) struct buf expanded = BUF_INIT(4096);
	return systemd_expand_slice(slice, &expanded) < 0
		       ? err_set(e, -EINVAL, "linux.cgroupsPath: \"%.128s\" is not a name of a slice", slice)
		       : 0;
}

int systemd_expand_slice(const char *slice, struct buf *b)
{
	size_t len = strlen(slice) - (str_ends_with(slice, ".slice") ? 6 : 0);

	if (str_eq(slice, "-.slice"))
		return 0;
	if (!is_unit_name(slice, ".slice") || slice[0] == '-' || slice[len - 1] == '-' || strstr(slice, "--"))
		return -EINVAL;
	for (size_t i = 1; i <= len; i++)
		if (i == len || slice[i] == '-')
			buf_printf(b, "/%.*s.slice", (int)i, slice);
	return buf_error(b);
}

/* The user's manager listens below its runtime folder, and on the bus of the session. */
static int connect_user(struct bus *b, struct err *e)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	scoped_free char *socket = runtime ? str_printf("%s/systemd/private", runtime) : NULL;

	int r = socket ? bus_connect(b, socket, false, e) : -ENOENT;
	if (r != -ENOENT)
		return r;
	if (address && str_starts_with(address, "unix:path=")) {
		scoped_free char *path = str_dup(address + strlen("unix:path="));
		if (!path)
			return err_set(e, -ENOMEM, "out of memory");
		path[strcspn(path, ",;")] = '\0';
		return bus_connect(b, path, true, e);
	}
	return err_set(e, -ENOENT,
		       "the systemd driver finds no manager of this user: neither $XDG_RUNTIME_DIR/systemd/private nor "
		       "$DBUS_SESSION_BUS_ADDRESS");
}

/* The end of a job for one unit. */
struct job {
	const char *unit;
	char result[32];
};

static void see_signal(const struct bus_message *m, void *data)
{
	struct job *job = data;
	struct bus_reader r = {.data = m->body, .len = m->body_len};

	if (!str_eq(m->member, "JobRemoved") || !str_eq(m->interface, MANAGER) || !str_eq(m->signature, "uoss"))
		return;
	bus_get_u32(&r);
	bus_get_str(&r);
	const char *unit = bus_get_str(&r), *result = bus_get_str(&r);
	if (!r.bad && str_eq(unit, job->unit))
		snprintf(job->result, sizeof(job->result), "%.31s", result);
}

/* Calls MEMBER of the manager; the end of JOB (may be NULL) is noticed meanwhile. */
static int call(struct bus *b, const char *member, const char *signature, const struct buf *body, struct job *job,
		struct err *e)
{
	const struct bus_call c = {DESTINATION, OBJECT, MANAGER, member, signature, body};
	struct bus_message answer;

	return bus_call(b, &c, job ? see_signal : NULL, job, &answer, e);
}

/* A bus daemon passes signals on to those who asked for them. */
static int ask_for_signals(struct bus *b, struct err *e)
{
	static const char rule[] = "type='signal',interface='" MANAGER "',member='JobRemoved'";
	SCOPED(buf) struct buf body = BUF_INIT(1024);
	struct bus_message answer;

	if (b->brokered) {
		bus_put_str(&body, rule);
		const struct bus_call c = {"org.freedesktop.DBus",
					   "/org/freedesktop/DBus",
					   "org.freedesktop.DBus",
					   "AddMatch",
					   "s",
					   &body};
		int r = bus_call(b, &c, NULL, NULL, &answer, e);
		if (r < 0)
			return r;
	}
	return call(b, "Subscribe", NULL, NULL, NULL, e);
}

int systemd_connect(struct bus *b, bool user, struct err *e)
{
	static const char private_socket[] = "/run/systemd/private", bus_socket[] = "/run/dbus/system_bus_socket";
	int r = user ? connect_user(b, e) : bus_connect(b, private_socket, false, e);

	if (!user && r == -ENOENT)
		r = bus_connect(b, bus_socket, true, e);
	if (r < 0)
		return err_wrap(e, r, "the systemd cgroup driver");
	return ask_for_signals(b, e);
}

int systemd_group_path(struct bus *b, const struct systemd_names *names, struct buf *path, struct err *e)
{
	SCOPED(buf) struct buf body = BUF_INIT(1024);
	struct bus_message answer;

	bus_put_str(&body, MANAGER);
	bus_put_str(&body, "ControlGroup");
	const struct bus_call c = {DESTINATION, OBJECT, "org.freedesktop.DBus.Properties", "Get", "ss", &body};
	int r = bus_call(b, &c, NULL, NULL, &answer, e);
	if (r < 0)
		return r;
	struct bus_reader value = {.data = answer.body, .len = answer.body_len};
	bool is_text = str_eq(answer.signature, "v") && str_eq(bus_get_signature(&value), "s");
	const char *root = is_text ? bus_get_str(&value) : "";
	if (!is_text || value.bad || (*root && *root != '/') || strstr(root, ".."))
		return err_set(e, -EBADMSG, "systemd tells no control group of its own");
	size_t len = strlen(root);
	if (str_ends_with(root, "/init.scope"))
		len -= strlen("/init.scope");
	buf_add(path, root, len == 1 ? 0 : len);
	r = systemd_expand_slice(names->slice, path);
	buf_printf(path, "/%s", names->unit);
	return r < 0 || buf_error(path) ? err_set(e, -EINVAL, "linux.cgroupsPath is too long") : 0;
}

/* Calls MEMBER, which starts a job for the unit, and waits until that has ended. */
static int call_job(struct bus *b, const char *member, const char *unit, const char *signature, const struct buf *body,
		    struct err *e)
{
	struct job job = {.unit = unit};
	struct bus_message m;
	int r = call(b, member, signature, body, &job, e);

	while (r == 0 && !job.result[0]) {
		r = bus_next(b, &m, e);
		if (r == 0 && m.type == BUS_SIGNAL)
			see_signal(&m, &job);
	}
	if (r == 0 && !str_eq(job.result, "done"))
		r = err_set(e, -EREMOTEIO, "systemd: the job %s of %s ended as \"%s\"", member, unit, job.result);
	return r;
}

static void put_start(struct buf *body, const struct systemd_names *names, const struct systemd_scope *s)
{
	char description[SYSTEMD_NAME_MAX + 32];

	snprintf(description, sizeof(description), "container %.250s", s->id);
	bus_put_str(body, names->unit);
	bus_put_str(body, "replace");
	size_t list = bus_array_open(body, 8);
	systemd_put_text(body, "Description", description);
	systemd_put_text(body, "Slice", names->slice);
	systemd_put_pid(body, "PIDs", s->pid);
	systemd_put_bool(body, "Delegate", true);
	systemd_put_bool(body, "DefaultDependencies", false);
	systemd_put_bool(body, "CPUAccounting", true);
	systemd_put_bool(body, "MemoryAccounting", true);
	systemd_put_bool(body, "TasksAccounting", true);
	systemd_put_bool(body, s->unified ? "IOAccounting" : "BlockIOAccounting", true);
	systemd_put_resources(body, &s->spec->linux_.resources, s->unified);
	systemd_put_devices(body, &s->spec->linux_.resources);
	systemd_put_annotations(body, s->spec);
	bus_array_close(body, list, 8);
	/* Auxiliary units: none. */
	bus_array_close(body, bus_array_open(body, 8), 8);
}

int systemd_start(struct bus *b, const struct systemd_names *names, const struct systemd_scope *s, struct err *e)
{
	SCOPED(buf) struct buf body = BUF_INIT(BUS_MESSAGE_MAX / 2), unit = BUF_INIT(1024);

	put_start(&body, names, s);
	int r = call_job(b, "StartTransientUnit", names->unit, "ssa(sv)a(sa(sv))", &body, e);
	if (r != -EREMOTEIO || !e || !strstr(e->text, "UnitExists"))
		return r;
	/* A scope that failed stays known until somebody says that it has been seen. */
	bus_put_str(&unit, names->unit);
	if (call(b, "ResetFailedUnit", "s", &unit, NULL, NULL) < 0)
		return r;
	return call_job(b, "StartTransientUnit", names->unit, "ssa(sv)a(sa(sv))", &body, e);
}

int systemd_update(struct bus *b, const char *unit, const struct oci_resources *r, bool unified, struct err *e)
{
	SCOPED(buf) struct buf body = BUF_INIT(BUS_MESSAGE_MAX / 2);

	bus_put_str(&body, unit);
	bus_put_bool(&body, true); /* until the scope ends, not longer */
	size_t list = bus_array_open(&body, 8);
	systemd_put_resources(&body, r, unified);
	bus_array_close(&body, list, 8);
	return call(b, "SetUnitProperties", "sba(sv)", &body, NULL, e);
}

int systemd_stop(struct bus *b, const char *unit, struct err *e)
{
	SCOPED(buf) struct buf body = BUF_INIT(1024), name = BUF_INIT(1024);
	struct err why = {0};

	bus_put_str(&body, unit);
	bus_put_str(&body, "replace");
	int r = call_job(b, "StopUnit", unit, "ss", &body, &why);
	bool gone = r == -EREMOTEIO && strstr(why.text, "NoSuchUnit");
	bus_put_str(&name, unit);
	ignore(call(b, "ResetFailedUnit", "s", &name, NULL, NULL)); /* there may be nothing to reset */
	return r == 0 || gone ? 0 : err_set(e, r, "%s", why.text);
}
