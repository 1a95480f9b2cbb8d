/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as a page of words. */
#include "policy/profile.h"

#include <string.h>

enum { WIDTH = 100, INDENT = 16 };

/* Items one after the other, in lines of a page's width. */
static void put_items(struct buf *out, const char *head, const struct profile_items *items)
{
	size_t column = INDENT;
	buf_printf(out, "%-*s", INDENT, head);
	for (size_t i = 0; i < items->count; i++) {
		size_t len = strlen(items->at[i]) + (i + 1 < items->count ? 2 : 0);
		if (column > INDENT && column + len > WIDTH) {
			buf_printf(out, "\n%*s", INDENT, "");
			column = INDENT;
		}
		buf_printf(out, "%s%s", items->at[i], i + 1 < items->count ? ", " : "");
		column += len;
	}
	buf_add_str(out, items->count ? "\n" : "nothing\n");
}

static void put_programs(struct buf *out, const struct profile *p)
{
	for (size_t i = 0; i < p->program_count; i++) {
		const struct profile_program *g = &p->programs[i];
		buf_printf(out, "%-*s%s", INDENT, i ? "" : "starts", g->path);
		if (g->parents.count)
			buf_add_str(out, ", from ");
		for (size_t k = 0; k < g->parents.count; k++)
			buf_printf(out, "%s%s", k ? " or " : "", g->parents.at[k]);
		if (g->arguments.count)
			buf_add_str(out, ", with");
		for (size_t k = 0; k < g->arguments.count; k++)
			buf_printf(out, " %s", g->arguments.at[k]);
		if (g->digest)
			buf_printf(out, ", %.19s", g->digest);
		buf_add_char(out, '\n');
	}
	if (!p->program_count)
		buf_printf(out, "%-*snothing but the container's first program\n", INDENT, "starts");
}

static void put_limits(struct buf *out, const struct profile_limits *l)
{
	const char *comma = "";
	buf_printf(out, "%-*s", INDENT, "at most");
	if (l->processes) {
		buf_printf(out, "%llu processes", (unsigned long long)l->processes);
		comma = ", ";
	}
	if (l->files) {
		buf_printf(out, "%s%llu open files", comma, (unsigned long long)l->files);
		comma = ", ";
	}
	if (l->memory_bytes) {
		buf_printf(out, "%s%llu MiB", comma, (unsigned long long)(l->memory_bytes >> 20));
		comma = ", ";
	}
	if (l->cpu_thousandths) {
		buf_printf(out, "%s%.3g processors", comma, (double)l->cpu_thousandths / 1000);
		comma = ", ";
	}
	buf_add_str(out, *comma ? "\n" : "no limits\n");
}

/* Parts whose mode is another than the whole's. */
static void put_modes(struct buf *out, const struct profile *p)
{
	for (int i = 0; i < PROFILE_PARTS; i++)
		if (p->modes[i] != p->mode)
			buf_printf(out, "%-*s%s: %s\n", INDENT, "", profile_part_name((enum profile_part)i),
				   profile_mode_name(p->modes[i]));
	buf_add_char(out, '\n');
}

void profile_words(const struct profile *p, struct buf *out)
{
	static const char *const modes[] = {"denies nothing, only watches",
					    "denies nothing, tells what it would have denied",
					    "denies what is not here"};
	static const struct {
		enum profile_list list;
		const char *head;
	} rows[] = {{PROFILE_READ, "reads"},
		    {PROFILE_WRITE, "writes"},
		    {PROFILE_CREATE, "makes, removes"},
		    {PROFILE_EXECUTE, "executes"},
		    {PROFILE_CONNECT, "connects to"},
		    {PROFILE_LISTEN, "listens on"},
		    {PROFILE_FAMILIES, "sockets"},
		    {PROFILE_USERS, "as user"},
		    {PROFILE_CAPABILITIES, "capabilities"},
		    {PROFILE_NAMESPACES, "namespaces"},
		    {PROFILE_MOUNTS, "mounts"},
		    {PROFILE_MEMORY, "memory"},
		    {PROFILE_SYSCALLS, "calls"}};

	buf_printf(out, "%s%s%s\n", p->name, p->image ? ", for " : "", p->image ? p->image : "");
	buf_printf(out, "%-*s%s; %s%s\n", INDENT, "mode", profile_mode_name(p->mode), modes[p->mode],
		   p->allow_degraded ? "; what a host cannot hold is left out" : "");
	put_modes(out, p);
	put_programs(out, p);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		put_items(out, rows[i].head, &p->lists[rows[i].list]);
	put_limits(out, &p->limits);
}
