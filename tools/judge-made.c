/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace for judge-events that is made up: a mixed workload by the names, paths and calls that one has, the same each time, with its
 * values laid out by field, so that what is measured is judging.
 */
#include "judge-events.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS 1024
#define VALUES_MAX 64 /* of one event */
#define ANCESTORS 5

struct event {
	unsigned type;
	unsigned char at[DETECT_FIELD_COUNT]; /* of a field without argument: its place in values, 0 when absent */
	struct rule_value values[VALUES_MAX];
	unsigned count;
	struct rule_str ancestors[ANCESTORS];
	struct rule_str flags, path;
};

static struct rule_value *add(struct event *e, unsigned field)
{
	if (!e->at[field])
		e->at[field] = (unsigned char)++e->count;
	if (e->count == VALUES_MAX)
		exit(1);
	return &e->values[e->at[field]];
}

static uint64_t state = 88172645463325252ull;

static uint32_t pick(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % n;
}

static const char *const names[] = {"nginx",   "postgres", "redis-server", "node",	 "python3", "java",    "bash",
				    "sh",      "cat",	   "ls",	   "grep",	 "sed",	    "systemd", "sshd",
				    "cron",    "dockerd",  "runc",	   "containerd", "kubelet", "etcd",    "make",
				    "gcc",     "cc1",	   "as",	   "ld",	 "git",	    "curl",    "dpkg",
				    "apt-get", "tar",	   "php-fpm",	   "apache2",	 "mysqld",  "mongod",  "envoy",
				    "coredns", "fluentd",  "prometheus",   "grafana",	 "perl"};
static const char *const paths[] = {"/usr/lib/x86_64-linux-gnu/libc.so.6",
				    "/etc/ld.so.cache",
				    "/etc/passwd",
				    "/proc/self/stat",
				    "/var/log/app/out.log",
				    "/usr/share/zoneinfo/UTC",
				    "/app/node_modules/express/index.js",
				    "/tmp/build-5a3c/main.o",
				    "/dev/null",
				    "/usr/include/stdio.h",
				    "/var/lib/postgresql/15/main/base/5/2619",
				    "/etc/hosts",
				    "/sys/fs/cgroup/memory.max",
				    "/usr/lib/python3/dist-packages/yaml/__init__.py",
				    "/data/redis/appendonly.aof",
				    "/etc/nginx/nginx.conf",
				    "/root/.bashrc",
				    "/root/app/.cache/pip/http/a",
				    "/usr/bin/env",
				    "/var/www/html/index.php",
				    "/proc/1/cgroup",
				    "/etc/resolv.conf",
				    "/run/secrets/token",
				    "/usr/share/locale/locale.alias",
				    "/opt/app/lib/app.jar"};
static const char *const types[] = {"openat",  "openat", "openat", "openat",   "openat",    "openat",	 "openat",
				    "openat",  "open",	 "openat", "connect",  "connect",   "execve",	 "execve",
				    "dup2",    "dup",	 "socket", "unlinkat", "renameat2", "mkdir",	 "sendto",
				    "accept4", "chmod",	 "setuid", "recvfrom", "listen",    "symlinkat", "unlink"};

static struct rule_str text(const char *s)
{
	return rule_str_of(s);
}

static void set_text(struct event *e, unsigned field, const char *s)
{
	*add(e, field) = (struct rule_value){.type = RULE_STRING, .str = text(s)};
}

static void set_number(struct event *e, unsigned field, int64_t n)
{
	*add(e, field) = (struct rule_value){.type = detect_schema.fields[field].type, .number = n};
}

static void set_flag(struct event *e, unsigned field, bool flag)
{
	*add(e, field) = (struct rule_value){.type = RULE_BOOL, .flag = flag};
}

static char *joined(const char *a, const char *b)
{
	char *out = NULL;
	if (asprintf(&out, "%s %s", a, b) < 0)
		exit(1);
	return out;
}

static void make_process(struct event *e)
{
	const char *name = names[pick(ARRAY_LEN(names))], *parent = names[pick(ARRAY_LEN(names))];
	const char *args = joined("--config /etc/app.conf --verbose -p", paths[pick(ARRAY_LEN(paths))]);

	set_text(e, FIELD_PROC_NAME, name);
	set_text(e, FIELD_PROC_PNAME, parent);
	set_text(e, FIELD_PROC_ARGS, args);
	set_text(e, FIELD_PROC_CMDLINE, joined(name, args));
	set_text(e, FIELD_PROC_PCMDLINE, joined(parent, args));
	set_text(e, FIELD_PROC_EXE, name);
	set_text(e, FIELD_PROC_EXEPATH, joined("/usr/bin/", name));
	set_text(e, FIELD_PROC_CWD, "/srv/app/");
	set_text(e, FIELD_PROC_ENV, "PATH=/usr/bin HOME=/root LANG=C.UTF-8 HOSTNAME=web-1 TERM=xterm");
	set_text(e, FIELD_PROC_SNAME, "bash");
	set_text(e, FIELD_THREAD_CAP_PERMITTED, "CAP_CHOWN CAP_DAC_OVERRIDE CAP_NET_BIND_SERVICE");
	set_text(e, FIELD_THREAD_CAP_EFFECTIVE, "CAP_CHOWN CAP_DAC_OVERRIDE CAP_NET_BIND_SERVICE");
	set_number(e, FIELD_PROC_TTY, pick(10) ? 0 : 34816);
	set_number(e, FIELD_PROC_VPID, pick(30000) + 1);
	set_number(e, FIELD_PROC_PID, pick(30000) + 1);
	set_number(e, FIELD_PROC_DURATION, (int64_t)pick(1000000) * 100000);
	set_flag(e, FIELD_PROC_IS_EXE_UPPER_LAYER, !pick(50));
	set_flag(e, FIELD_PROC_IS_EXE_FROM_MEMFD, false);
	for (size_t i = 0; i < ANCESTORS; i++)
		e->ancestors[i] = text(names[pick(ARRAY_LEN(names))]);
	set_text(e, FIELD_USER_NAME, pick(3) ? "app" : "root");
	set_number(e, FIELD_USER_UID, pick(3) ? 1000 : 0);
	set_number(e, FIELD_USER_LOGINUID, -1);
	bool inside = pick(3);
	set_text(e, FIELD_CONTAINER_ID, inside ? "3ad7b26ded6d" : "host");
	set_text(e, FIELD_CONTAINER_IMAGE_REPOSITORY, inside ? "docker.io/library/app" : "");
	set_text(e, FIELD_CONTAINER_NAME, inside ? "web" : "host");
	set_flag(e, FIELD_CONTAINER_PRIVILEGED, inside && !pick(20));
}

static void make_file(struct event *e)
{
	const char *path = paths[pick(ARRAY_LEN(paths))], *slash = strrchr(path, '/');
	char *directory = strndup(path, (size_t)(slash - path));
	bool writes = !pick(6);

	set_text(e, FIELD_FD_NAME, path);
	set_text(e, FIELD_FD_NAMERAW, path);
	set_text(e, FIELD_FD_DIRECTORY, directory ? directory : "");
	set_text(e, FIELD_FD_FILENAME, slash + 1);
	set_text(e, FIELD_FD_TYPECHAR, "f");
	set_text(e, FIELD_FD_TYPE, "file");
	set_text(e, FIELD_FS_PATH_NAME, path);
	set_number(e, FIELD_FD_NUM, pick(200));
	set_flag(e, FIELD_EVT_IS_OPEN_READ, !writes);
	set_flag(e, FIELD_EVT_IS_OPEN_WRITE, writes);
	set_flag(e, FIELD_EVT_IS_OPEN_EXEC, false);
	e->flags = text(writes ? "O_CREAT|O_WRONLY|O_TRUNC" : "O_RDONLY|O_CLOEXEC");
	e->path = text(path);
}

static void set_ip(struct event *e, unsigned field, const char *ip)
{
	struct rule_value v = {.type = detect_schema.fields[field].type, .ip = {.bytes = {[10] = 0xff, [11] = 0xff}}};

	inet_pton(AF_INET, ip, v.ip.bytes + 12);
	*add(e, field) = v;
}

static void make_socket(struct event *e)
{
	static const char *const remote[] = {"10.0.3.7", "10.96.0.10", "93.184.216.34", "127.0.0.1", "172.17.0.3"};
	static const int ports[] = {443, 53, 5432, 6379, 80, 8080, 9090};
	const char *ip = remote[pick(ARRAY_LEN(remote))];
	const unsigned there[] = {FIELD_FD_IP, FIELD_FD_SIP, FIELD_FD_RIP, FIELD_FD_NET, FIELD_FD_SNET, FIELD_FD_RNET};
	const unsigned here[] = {FIELD_FD_CIP, FIELD_FD_LIP, FIELD_FD_CNET, FIELD_FD_LNET};

	set_text(e, FIELD_FD_TYPE, "ipv4");
	set_text(e, FIELD_FD_TYPECHAR, "4");
	set_text(e, FIELD_FD_SOCKFAMILY, "ip");
	set_text(e, FIELD_FD_NAME, joined("10.0.3.2:41234->", ip));
	set_text(e, FIELD_FD_L4PROTO, pick(4) ? "tcp" : "udp");
	for (size_t i = 0; i < ARRAY_LEN(there); i++)
		set_ip(e, there[i], ip);
	for (size_t i = 0; i < ARRAY_LEN(here); i++)
		set_ip(e, here[i], "10.0.3.2");
	int port = ports[pick(ARRAY_LEN(ports))];
	set_number(e, FIELD_FD_SPORT, port);
	set_number(e, FIELD_FD_RPORT, port);
	set_number(e, FIELD_FD_PORT, port);
	set_number(e, FIELD_FD_LPORT, 41234);
	set_number(e, FIELD_FD_CPORT, 41234);
	set_number(e, FIELD_FD_NUM, pick(200));
	set_flag(e, FIELD_FD_CONNECTED, true);
	set_flag(e, FIELD_FD_NAME_CHANGED, true);
}

static struct event *make_events(void)
{
	struct event *events = calloc(EVENTS, sizeof(*events));

	if (!events)
		exit(1);
	for (size_t i = 0; i < EVENTS; i++) {
		struct event *e = &events[i];
		const char *type = types[pick(ARRAY_LEN(types))];
		e->type = (unsigned)rule_schema_event(&detect_schema, type, strlen(type));
		set_text(e, FIELD_EVT_TYPE, type);
		set_number(e, FIELD_EVT_NUM, (int64_t)i + 1);
		set_number(e, FIELD_EVT_RAWRES, pick(20) ? 3 : -2);
		set_text(e, FIELD_EVT_RES, pick(20) ? "SUCCESS" : "ENOENT");
		make_process(e);
		if (strstr("connect accept4 sendto recvfrom listen socket dup dup2", type))
			make_socket(e);
		else
			make_file(e);
	}
	return events;
}

static int get(void *ctx, unsigned field, const struct rule_arg *arg, struct rule_value *out)
{
	const struct event *e = ctx;

	if (field == FIELD_PROC_ANAME && arg->form == RULE_ARG_IS_INDEX) {
		if (arg->index >= ANCESTORS)
			return 0;
		*out = (struct rule_value){.type = RULE_STRING, .str = e->ancestors[arg->index]};
		return 1;
	}
	if (field == FIELD_PROC_ANAME) {
		*out = (struct rule_value){.type = RULE_STRING, .list_count = ANCESTORS, .strs = e->ancestors};
		return 1;
	}
	if (field == FIELD_EVT_ARG) {
		struct rule_str v = arg->id == ARG_FLAGS ? e->flags : e->path;
		*out = (struct rule_value){.type = RULE_STRING, .str = v};
		return v.at != NULL;
	}
	if (arg->form != RULE_ARG_ABSENT || !e->at[field])
		return 0;
	*out = e->values[e->at[field]];
	return 1;
}

struct trace trace_made(void)
{
	struct event *events = make_events();
	struct trace t = {.count = EVENTS, .get = get, .span = EVENTS, .events = calloc(EVENTS, sizeof(*t.events))};

	for (size_t i = 0; t.events && i < EVENTS; i++)
		t.events[i] = (struct judged){.type = events[i].type, .time = i, .values = &events[i]};
	return t;
}
