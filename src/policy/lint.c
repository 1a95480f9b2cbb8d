/* SPDX-License-Identifier: Apache-2.0 */
/* What is wider in a profile than it should be. */
#include "risk.h"

static int lint_list(const struct profile *p, enum profile_list list, struct remarks *r)
{
	const char *why;
	int bad = 0;
	for (size_t i = 0; bad == 0 && i < p->lists[list].count; i++) {
		const char *item = p->lists[list].at[i];
		enum remark_level level = risk_of(list, item, &why);
		if (level != REMARK_NOTE)
			bad = remark_add(r, level, profile_list_key(list), "%s: %s", item, why);
	}
	return bad;
}

static bool overlap(const char *a, const char *b)
{
	return profile_path_covers(a, b) || profile_path_covers(b, a);
}

/* Whoever can write what is executed can execute anything. */
static int lint_written_code(const struct profile *p, struct remarks *r)
{
	static const enum profile_list ways[] = {PROFILE_WRITE, PROFILE_CREATE};
	const struct profile_items *code = &p->lists[PROFILE_EXECUTE];
	int bad = 0;
	for (size_t w = 0; w < ARRAY_LEN(ways); w++)
		for (size_t i = 0; i < p->lists[ways[w]].count; i++)
			for (size_t k = 0; bad == 0 && k < code->count; k++)
				if (overlap(p->lists[ways[w]].at[i], code->at[k]))
					bad = remark_add(r, REMARK_DANGER, profile_list_key(ways[w]),
							 "%s: may be written, and executed as %s",
							 p->lists[ways[w]].at[i], code->at[k]);
	return bad;
}

static int lint_programs(const struct profile *p, struct remarks *r)
{
	int bad = 0;
	for (size_t i = 0; bad == 0 && i < p->program_count; i++) {
		const struct profile_program *g = &p->programs[i];
		if (risk_is_shell(g->path) && !g->parents.count)
			bad = remark_add(r, REMARK_WARNING, "programs",
					 "%s: may be started by any program; name its parents", g->path);
		else if (!g->digest)
			bad = remark_add(r, REMARK_NOTE, "programs", "%s: any file of this name, without a digest",
					 g->path);
	}
	return bad;
}

static int lint_rest(const struct profile *p, struct remarks *r)
{
	int bad = 0;
	if (p->mode != PROFILE_ENFORCE)
		bad = remark_add(r, REMARK_NOTE, "mode", "\"%s\" denies nothing", profile_mode_name(p->mode));
	for (int i = 0; bad == 0 && i < PROFILE_PARTS; i++)
		if (p->mode == PROFILE_ENFORCE && p->modes[i] != PROFILE_ENFORCE)
			bad = remark_add(r, REMARK_WARNING, "modes", "%s: \"%s\" denies nothing",
					 profile_part_name((enum profile_part)i), profile_mode_name(p->modes[i]));
	if (bad == 0 && p->allow_degraded)
		bad = remark_add(r, REMARK_WARNING, "allowDegraded", "what a host cannot hold is left out there");
	if (bad == 0 && !p->limits.processes)
		bad = remark_add(r, REMARK_NOTE, "limits", "no limit of processes");
	if (bad == 0 && !p->limits.memory_bytes)
		bad = remark_add(r, REMARK_NOTE, "limits", "no limit of memory");
	return bad;
}

int profile_lint(const struct profile *p, struct remarks *ret)
{
	int r = lint_written_code(p, ret);
	for (int list = 0; r == 0 && list < PROFILE_LISTS; list++)
		r = lint_list(p, (enum profile_list)list, ret);
	if (r == 0)
		r = lint_programs(p, ret);
	if (r == 0)
		r = lint_rest(p, ret);
	remarks_sort(ret);
	return r;
}
