/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skep inspect: everything about a container as JSON; with --why, what it may not do, which mechanism refuses it, how
 * that was checked just now, and what would permit it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "commands.h"
#include "flow/container.h"

struct options {
	bool why;
};

static const struct cli_option options[] = {
	{0, "why", CLI_FLAG, NULL, "explain what is refused, by what, and how to permit it",
	 offsetof(struct options, why)},
	{0},
};

static void put_record(struct json_out *o, const struct flow_record *r)
{
	json_out_object(o, NULL);
	json_out_str(o, "Id", r->id);
	json_out_str(o, "Name", r->name);
	json_out_str(o, "Created", r->created);
	json_out_str(o, "Image", r->image);
	json_out_str(o, "ImageId", r->image_id);
	json_out_array(o, "Command");
	for (size_t i = 0; i < r->command.count; i++)
		json_out_str(o, NULL, r->command.items[i]);
	json_out_array_end(o);
	json_out_str(o, "Profile", r->profile);
	json_out_str(o, "Tier", "native");
	json_out_str(o, "Network", r->host_network ? "host" : "none");
	json_out_bool(o, "ReadOnly", !r->writable);
	json_out_u64(o, "HostUid", r->range);
	json_out_u64(o, "HostUids", FLOW_RANGE_SIZE);
	json_out_object(o, "State");
	json_out_str(o, "Status", flow_status_name(r->status));
	json_out_bool(o, "Running", flow_runs(r));
	json_out_bool(o, "Paused", r->status == FLOW_PAUSED);
	json_out_bool(o, "MonitorLost", r->unattended);
	json_out_bool(o, "OOMKilled", r->oom);
	json_out_i64(o, "Pid", flow_runs(r) ? r->pid : 0);
	json_out_i64(o, "ExitCode", r->exit_code);
	json_out_str(o, "Error", r->error ? r->error : "");
	json_out_str(o, "StartedAt", r->started);
	json_out_str(o, "FinishedAt", r->finished);
	json_out_object_end(o);
	json_out_object_end(o);
}

/* ---- why ---- */

struct facts {
	const struct flow_record *r;
	char status[8192], mounts[65536], routes[4096];
	bool live;
};

static void read_fact(const struct flow_record *r, const char *file, char *text, size_t len)
{
	SCOPED(buf) struct buf b = BUF_INIT(len - 1);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)r->pid, file);
	/* A long table is cut; what is looked for stands at its beginning. */
	ignore(path_read_file(AT_FDCWD, path, &b));
	memcpy(text, buf_str(&b), b.len);
	text[b.len] = '\0';
}

static bool field_is(const struct facts *f, const char *line)
{
	return strstr(f->status, line) != NULL;
}

static bool root_read_only(const struct facts *f)
{
	return strstr(f->mounts, " / / ro,") != NULL;
}

static bool no_route(const struct facts *f)
{
	const char *second = strchr(f->routes, '\n');

	return !second || !second[1];
}

static bool few_capabilities(const struct facts *f)
{
	return !field_is(f, "CapBnd:\t000001ffffffffff") && field_is(f, "CapBnd:");
}

static bool filtered(const struct facts *f)
{
	return field_is(f, "Seccomp:\t2");
}

static bool no_new_privileges(const struct facts *f)
{
	return field_is(f, "NoNewPrivs:\t1");
}

static bool own_users(const struct facts *f)
{
	return f->r->range != 0;
}

static bool always(const struct facts *f)
{
	return true;
}

static bool writes_root(const struct flow_record *r)
{
	return r->writable;
}

static bool uses_host_network(const struct flow_record *r)
{
	return r->host_network;
}

static const struct {
	const char *act, *refused_by, *permit;
	bool (*holds)(const struct facts *f);
	bool (*given)(const struct flow_record *r); /* the user permitted it; NULL: never */
} rules[] = {
	{"write outside /tmp and /run", "read-only root (mount flag; EROFS)", "--writable, -v or --tmpfs",
	 root_read_only, writes_root},
	{"reach the network", "network namespace without a route (ENETUNREACH)", "--network host", no_route,
	 uses_host_network},
	{"act as the host's root", "user namespace with its own range of users (EPERM)", "nothing", own_users, NULL},
	{"gain rights by setuid files", "no-new-privileges", "nothing", no_new_privileges, NULL},
	{"mount, trace, load modules...", "seccomp filter and capability bounding set (EPERM)",
	 "--profile docker permits some", filtered, NULL},
	{"use dropped capabilities", "capability bounding set (EPERM)", "--profile docker", few_capabilities, NULL},
	{"open devices", "cgroup device rules and no nodes (EPERM)", "nothing", always, NULL},
	{"see the host's processes", "pid namespace, own /proc", "nothing", always, NULL},
	{"use more than its limits", "cgroup (EAGAIN, ENOMEM, OOM kill)", "--memory, --cpus, --pids", always, NULL},
};

static int put_why(const struct flow_record *r)
{
	static struct facts f; /* too large for the stack; one command, one use */
	struct cli_table t = {.columns = 4};

	f = (struct facts){.r = r, .live = flow_runs(r)};
	if (f.live) {
		read_fact(r, "status", f.status, sizeof(f.status));
		read_fact(r, "mountinfo", f.mounts, sizeof(f.mounts));
		read_fact(r, "net/route", f.routes, sizeof(f.routes));
	}
	printf("profile %s of container %s\n", r->profile, r->name);
	if (r->error)
		printf("last error: %s\n", r->error);
	if (r->oom)
		printf("it was ended by the kernel for want of memory; see --memory\n");
	static const char *const heads[] = {"REFUSED", "BY", "HOLDS NOW", "PERMITTED BY"};
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		cli_table_add(&t, heads[i]);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		bool given = rules[i].given && rules[i].given(r);
		cli_table_add(&t, rules[i].act);
		cli_table_add(&t, rules[i].refused_by);
		cli_table_add(&t, given ? "permitted" : !f.live ? "not running" : rules[i].holds(&f) ? "yes" : "NO");
		cli_table_add(&t, rules[i].permit);
	}
	return cli_table_print(&t);
}

static int run(const struct cli_context *c, void *data, char **args, size_t count)
{
	SCOPED(flow_place) struct flow_place place = FLOW_PLACE_INIT(c->root, c->state);
	SCOPED(buf) struct buf b = BUF_INIT(64u << 20);
	struct json_out o = JSON_OUT_PRETTY(&b);
	const struct options *opt = data;
	struct err e = {0};

	if (flow_place_open(&place, &e) < 0)
		return cli_fail(&e, 0);
	json_out_array(&o, NULL);
	for (size_t i = 0; i < count; i++) {
		SCOPED(flow_record) struct flow_record record = {.pid = 0};
		if (flow_find(&place, args[i], &record, &e) < 0)
			return cli_fail(&e, 0);
		if (opt->why && put_why(&record) != CLI_OK)
			return CLI_FAILED;
		put_record(&o, &record);
	}
	json_out_array_end(&o);
	return opt->why ? CLI_OK : cli_put(&b);
}

const struct cli_command cli_inspect = {
	.name = "inspect",
	.arguments = "CONTAINER...",
	.summary = "show everything about containers; --why explains refusals",
	.options = options,
	.args_min = 1,
	.args_max = 64,
	.size = sizeof(struct options),
	.run = run,
};
