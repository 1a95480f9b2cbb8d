/* SPDX-License-Identifier: Apache-2.0 */
/* What one version of a profile allows and the other does not. */
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "risk.h"

static int compare_list(const struct profile *before, const struct profile *after, enum profile_list list,
			struct remarks *r)
{
	const struct profile_items *new_items = &after->lists[list], *old_items = &before->lists[list];
	const char *place = profile_list_key(list), *verb = profile_list_verb(list), *why;
	int bad = 0;

	for (size_t i = 0; bad == 0 && i < new_items->count; i++) {
		if (profile_allows(before, list, new_items->at[i]))
			continue;
		enum remark_level level = risk_of(list, new_items->at[i], &why);
		bad = remark_add(r, level, place, "may now %s %s%s%s%s", verb, new_items->at[i], why ? " (" : "",
				 why ? why : "", why ? ")" : "");
	}
	for (size_t i = 0; bad == 0 && i < old_items->count; i++)
		if (!profile_allows(after, list, old_items->at[i]))
			bad = remark_add(r, REMARK_NOTE, place, "may no longer %s %s", verb, old_items->at[i]);
	return bad;
}

static const struct profile_program *find_program(const struct profile *p, const char *path)
{
	for (size_t i = 0; i < p->program_count; i++)
		if (profile_path_covers(p->programs[i].path, path))
			return &p->programs[i];
	return NULL;
}

static int compare_programs(const struct profile *before, const struct profile *after, struct remarks *r)
{
	int bad = 0;
	for (size_t i = 0; bad == 0 && i < after->program_count; i++) {
		const struct profile_program *new_one = &after->programs[i], *old = find_program(before, new_one->path);
		bool shell = risk_is_shell(new_one->path);
		if (!old)
			bad = remark_add(r, shell ? REMARK_DANGER : REMARK_WARNING, "programs", "may now start %s%s",
					 new_one->path, shell ? " (with which one program is all programs)" : "");
		else if (old->digest && !new_one->digest)
			bad = remark_add(r, REMARK_WARNING, "programs", "%s may now be any file of this name",
					 new_one->path);
		else if (old->digest && !str_eq(old->digest, new_one->digest))
			bad = remark_add(r, REMARK_NOTE, "programs", "%s is another file now", new_one->path);
	}
	for (size_t i = 0; bad == 0 && i < before->program_count; i++)
		if (!find_program(after, before->programs[i].path))
			bad = remark_add(r, REMARK_NOTE, "programs", "may no longer start %s",
					 before->programs[i].path);
	return bad;
}

static const char *shell_of(const struct profile *p)
{
	for (size_t i = 0; i < p->program_count; i++)
		if (risk_is_shell(p->programs[i].path))
			return p->programs[i].path;
	return NULL;
}

static const char *way_out_of(const struct profile *p)
{
	const struct profile_items *connect = &p->lists[PROFILE_CONNECT];
	for (size_t i = 0; i < connect->count; i++)
		if (risk_is_outbound(connect->at[i]))
			return connect->at[i];
	return NULL;
}

/* The one thing that is more than its parts. */
static int look_for_reverse_shell(const struct profile *before, const struct profile *after, struct remarks *r)
{
	const char *shell = shell_of(after), *out = way_out_of(after);
	if (!shell || !out || (shell_of(before) && way_out_of(before)))
		return 0;
	return remark_add(r, REMARK_DANGER, "programs",
			  "gained what a reverse shell needs: it may start %s and connect to %s", shell, out);
}

static int compare_rest(const struct profile *before, const struct profile *after, struct remarks *r)
{
	const struct {
		const char *name;
		uint64_t old, now;
	} rows[] = {{"processes", before->limits.processes, after->limits.processes},
		    {"open files", before->limits.files, after->limits.files},
		    {"bytes of memory", before->limits.memory_bytes, after->limits.memory_bytes},
		    {"thousandths of a processor", before->limits.cpu_thousandths, after->limits.cpu_thousandths}};
	int bad = 0;

	if (after->mode < before->mode)
		bad = remark_add(r, REMARK_WARNING, "mode", "is now \"%s\" instead of \"%s\"",
				 profile_mode_name(after->mode), profile_mode_name(before->mode));
	for (int i = 0; bad == 0 && i < PROFILE_PARTS; i++)
		if (after->modes[i] < before->modes[i] && after->mode >= before->mode)
			bad = remark_add(r, REMARK_WARNING, "modes", "%s is now \"%s\" instead of \"%s\"",
					 profile_part_name((enum profile_part)i), profile_mode_name(after->modes[i]),
					 profile_mode_name(before->modes[i]));
	if (bad == 0 && after->allow_degraded && !before->allow_degraded)
		bad = remark_add(r, REMARK_WARNING, "allowDegraded", "what a host cannot hold is now left out there");
	for (size_t i = 0; bad == 0 && i < ARRAY_LEN(rows); i++) {
		if (rows[i].old && !rows[i].now)
			bad = remark_add(r, REMARK_WARNING, "limits", "has no limit of %s any more", rows[i].name);
		else if (rows[i].old && rows[i].now > rows[i].old)
			bad = remark_add(r, REMARK_NOTE, "limits", "may have %llu %s instead of %llu",
					 (unsigned long long)rows[i].now, rows[i].name,
					 (unsigned long long)rows[i].old);
	}
	return bad;
}

int profile_diff(const struct profile *before, const struct profile *after, struct remarks *ret)
{
	int r = look_for_reverse_shell(before, after, ret);
	if (r == 0)
		r = compare_programs(before, after, ret);
	for (int list = 0; r == 0 && list < PROFILE_LISTS; list++)
		r = compare_list(before, after, (enum profile_list)list, ret);
	if (r == 0)
		r = compare_rest(before, after, ret);
	remarks_sort(ret);
	return r;
}
