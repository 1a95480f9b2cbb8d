/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list and ps: which containers there are, and which processes one has.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/path.h"
#include "base/str.h"
#include "command.h"

#define OUTPUT_MAX (16u << 20)
#define PIDS_MAX 65536

struct listing {
	const struct settings *s;
	struct json_out *json; /* one of the two */
	struct buf *table;
	bool quiet;
};

static const char *owner_name(uid_t uid, char *number, size_t size)
{
	if (uid == 0)
		return "root";
	snprintf(number, size, "#%u", uid);
	return number;
}

static void list_json(const struct listing *l, const struct container *c, const char *status, int pid)
{
	char number[16];

	json_out_object(l->json, NULL);
	json_out_str(l->json, "ociVersion", OCI_SPEC_VERSION);
	json_out_str(l->json, "id", c->id);
	json_out_i64(l->json, "pid", pid);
	json_out_str(l->json, "status", status);
	json_out_str(l->json, "bundle", c->bundle);
	json_out_str(l->json, "rootfs", c->rootfs);
	json_out_str(l->json, "created", c->created);
	json_out_object(l->json, "annotations");
	for (size_t i = 0; c->has_spec && i < c->spec.annotations.count; i++)
		json_out_str(l->json, c->spec.annotations.at[i].key, c->spec.annotations.at[i].value);
	json_out_object_end(l->json);
	json_out_str(l->json, "owner", owner_name(c->owner, number, sizeof(number)));
	json_out_object_end(l->json);
}

static int list_one(const char *id, void *data)
{
	const struct listing *l = data;
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	struct err e = {0};
	char number[16];

	int r = container_load(l->s->root, id, &c, &e);
	if (r == -ENOENT)
		return 0; /* deleted meanwhile */
	if (r < 0) {
		fprintf(stderr, "skep-runtime: %s\n", err_text(&e));
		return 0;
	}
	ignore(container_load_spec(&c, NULL)); /* only its annotations are missing then */
	enum container_status status = container_status(&c);
	int pid = status == CONTAINER_STOPPED ? 0 : c.pid;
	if (l->quiet)
		buf_printf(l->table, "%s\n", c.id);
	else if (l->json)
		list_json(l, &c, container_status_name(status), pid);
	else
		buf_printf(l->table, "%-11s %-11d %-11s %-19s %-30s   %s\n", c.id, pid, container_status_name(status),
			   c.bundle, c.created, owner_name(c.owner, number, sizeof(number)));
	return 0;
}

static int check_format(const char *name, const char *format, struct err *e)
{
	if (!format || str_eq(format, "table") || str_eq(format, "json"))
		return 0;
	return err_set(e, -EINVAL, "%s: --format is table or json, not \"%.32s\"", name, format);
}

int command_list(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_MAX);
	struct json_out json = JSON_OUT(&b);
	struct listing l = {.s = s, .table = &b};
	const char *format = NULL;
	const struct option table[] = {
		{"format", 'f', OPTION_TEXT, &format, "table or json"},
		{"quiet", 'q', OPTION_FLAG, &l.quiet, "ids only"},
		{NULL},
	};
	int at = 0;
	int r = command_words("list", table, argv, &at, e);

	if (r == 0)
		r = check_format("list", format, e);
	if (r)
		return r;
	if (str_eq(format, "json") && !l.quiet) {
		l.json = &json;
		json_out_array(&json, NULL);
	} else if (!l.quiet) {
		buf_printf(&b, "%-11s %-11s %-11s %-19s %-30s   %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED",
			   "OWNER");
	}
	r = container_each(s->root, list_one, &l, e);
	if (r == -ENOENT && !s->root_given)
		r = 0; /* made by the first container */
	if (r == 0 && l.json)
		json_out_array_end(&json);
	if (r == 0 && !l.json && b.len)
		b.len--; /* command_print() ends the last line */
	return r < 0 ? r : b.len ? command_print(&b, e) : 0;
}

struct pids {
	pid_t at[PIDS_MAX];
	size_t count;
};

static int add_pid(pid_t pid, void *data)
{
	struct pids *pids = data;
	if (pids->count == PIDS_MAX)
		return -E2BIG;
	pids->at[pids->count++] = pid;
	return 0;
}

/* The output of ps(1) with ARGS, or its full format without any. */
static int run_ps(char **args, struct buf *output, struct err *e)
{
	SCOPED(strv) struct strv argv = {0};
	int out[2];
	int r = strv_add(&argv, "ps");

	if (r == 0 && !args[0])
		r = strv_add(&argv, "-ef");
	for (; r == 0 && *args; args++)
		r = strv_add(&argv, *args);
	if (r < 0 || pipe2(out, O_CLOEXEC) < 0)
		return err_sys(e, r < 0 ? r : -errno, "cannot prepare for ps");
	pid_t pid = fork();
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		execvp("ps", argv.items);
		_exit(127);
	}
	close(out[1]);
	for (;;) {
		char *at = buf_reserve(output, 65536);
		ssize_t got = at ? read(out[0], at, 65536) : -1;
		if (got < 0 && at && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		output->len += (size_t)got;
	}
	close(out[0]);
	int status = -1;
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return err_set(e, -EIO, "ps failed; is procps installed?");
	output->data[output->len] = '\0';
	return 0;
}

/* Which word of the header is PID, or -1. */
static int pid_column(const char *header)
{
	SCOPED(strv) struct strv words = {0};
	int column = 0;

	if (strv_split(&words, header, ' ') < 0)
		return -1;
	for (size_t i = 0; i < words.count; i++) {
		if (!*words.items[i])
			continue;
		if (str_eq(words.items[i], "PID"))
			return column;
		column++;
	}
	return -1;
}

static bool line_has_pid(const char *line, int column, const struct pids *pids)
{
	char number[16];
	uint64_t pid = 0;

	line += strspn(line, " ");
	for (; column > 0; column--) {
		line += strcspn(line, " ");
		line += strspn(line, " ");
	}
	snprintf(number, sizeof(number), "%.*s", (int)MIN_OF(strcspn(line, " "), sizeof(number) - 1), line);
	if (str_to_u64(number, INT32_MAX, &pid) < 0)
		return false;
	for (size_t i = 0; i < pids->count; i++)
		if ((uint64_t)pids->at[i] == pid)
			return true;
	return false;
}

static int ps_table(const struct pids *pids, char **args, struct buf *b, struct err *e)
{
	SCOPED(buf) struct buf all = BUF_INIT(OUTPUT_MAX);
	int r = run_ps(args, &all, e);
	if (r < 0)
		return r;
	char *rest = all.data, *header = strsep(&rest, "\n");
	int column = pid_column(header);
	if (column < 0)
		return err_set(e, -EINVAL, "couldn't find PID field in ps output");
	buf_add_str(b, header);
	while (rest && *rest) {
		const char *line = strsep(&rest, "\n");
		if (line_has_pid(line, column, pids))
			buf_printf(b, "\n%s", line);
	}
	return 0;
}

int command_ps(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(container) struct container c = {.dir = -1, .cgroup = KERN_CGROUP_INIT};
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_MAX);
	struct json_out json = JSON_OUT(&b);
	const char *format = NULL;
	const struct option table[] = {{"format", 'f', OPTION_TEXT, &format, "table or json"}, {NULL}};
	int at = 0;
	int r = command_words("ps", table, argv, &at, e);

	if (r == 0)
		r = check_format("ps", format, e);
	if (r)
		return r;
	if (!argv[at])
		return err_set(e, -EINVAL, "ps: needs a container ID");
	r = command_load(s, argv[at], &c, e);
	struct pids *pids = r < 0 ? NULL : calloc(1, sizeof(*pids));
	if (r == 0)
		r = pids ? kern_cgroup_each_pid(&c.cgroup, add_pid, pids) : -ENOMEM;
	if (r == 0 && str_eq(format, "json")) {
		json_out_array(&json, NULL);
		for (size_t i = 0; i < pids->count; i++)
			json_out_i64(&json, NULL, pids->at[i]);
		json_out_array_end(&json);
	} else if (r == 0) {
		r = ps_table(pids, argv + at + 1, &b, e);
	}
	free(pids);
	if (r < 0)
		return e->code ? r : err_sys(e, r, "cannot list the processes");
	return command_print(&b, e);
}
