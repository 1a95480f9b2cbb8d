/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as YAML that people edit: in the order of docs/profiles.md, with notes as comments. */
#include <string.h>

#include "base/str.h"
#include "policy/profile.h"

/* Quoted as JSON quotes, which is YAML too; plain where nothing can be mistaken. */
static void put_text(struct buf *out, const char *text)
{
	bool plain =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-") == strlen(text) &&
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/") > 0 && !str_eq(text, "true") &&
		!str_eq(text, "false") && !str_eq(text, "null");
	if (plain) {
		buf_add_str(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_add_char(out, '\\');
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			buf_printf(out, "\\x%02x", (unsigned char)*text);
		else
			buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

static void put_list(struct buf *out, const char *indent, const char *key, const struct profile_items *items)
{
	if (!items->count)
		return;
	buf_printf(out, "%s%s:\n", indent, key);
	for (size_t i = 0; i < items->count; i++) {
		buf_printf(out, "%s  - ", indent);
		put_text(out, items->at[i]);
		buf_add_char(out, '\n');
	}
}

/* Lists below GROUP ("files."), or those without one. */
static void put_group(struct buf *out, const struct profile *p, const char *group)
{
	size_t len = strlen(group);
	bool begun = !len;
	for (int i = 0; i < PROFILE_LISTS; i++) {
		const char *key = profile_list_key((enum profile_list)i);
		if (!p->lists[i].count || (len ? strncmp(key, group, len) != 0 : strchr(key, '.') != NULL))
			continue;
		if (!begun)
			buf_printf(out, "  %.*s:\n", (int)len - 1, group);
		begun = true;
		put_list(out, len ? "    " : "  ", key + len, &p->lists[i]);
	}
}

static void put_programs(struct buf *out, const struct profile *p)
{
	if (p->program_count)
		buf_add_str(out, "  programs:\n");
	for (size_t i = 0; i < p->program_count; i++) {
		const struct profile_program *g = &p->programs[i];
		buf_add_str(out, "    - path: ");
		put_text(out, g->path);
		buf_add_char(out, '\n');
		if (g->digest)
			buf_printf(out, "      digest: %s\n", g->digest);
		put_list(out, "      ", "parents", &g->parents);
		put_list(out, "      ", "arguments", &g->arguments);
	}
}

static void put_limits(struct buf *out, const struct profile_limits *l)
{
	const struct {
		const char *key;
		uint64_t value;
	} rows[] = {{"processes", l->processes},
		    {"files", l->files},
		    {"memory", l->memory_bytes},
		    {"cpu", l->cpu_thousandths}};
	bool begun = false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].value)
			continue;
		buf_printf(out, "%s    %s: %llu\n", begun ? "" : "  limits:\n", rows[i].key,
			   (unsigned long long)rows[i].value);
		begun = true;
	}
}

static void put_modes(struct buf *out, const struct profile *p)
{
	bool begun = false;
	for (int i = 0; i < PROFILE_PARTS; i++) {
		if (p->modes[i] == p->mode)
			continue;
		buf_printf(out, "%s    %s: %s\n", begun ? "" : "  modes:\n", profile_part_name((enum profile_part)i),
			   profile_mode_name(p->modes[i]));
		begun = true;
	}
}

void profile_yaml(const struct profile *p, const struct remarks *notes, struct buf *out)
{
	buf_add_str(out, "apiVersion: skep/v1\nkind: BehaviourProfile\nmetadata:\n  name: ");
	put_text(out, p->name);
	if (p->image) {
		buf_add_str(out, "\n  image: ");
		put_text(out, p->image);
	}
	buf_printf(out, "\nspec:\n  mode: %s\n", profile_mode_name(p->mode));
	put_modes(out, p);
	if (p->allow_degraded)
		buf_add_str(out, "  allowDegraded: true\n");
	for (size_t i = 0; notes && i < notes->count; i++)
		buf_printf(out, "  # %s: %s\n", notes->items[i].place, notes->items[i].text);
	put_programs(out, p);
	put_group(out, p, "files.");
	put_group(out, p, "network.");
	put_group(out, p, "");
	put_limits(out, &p->limits);
}
