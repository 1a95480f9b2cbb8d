/* SPDX-License-Identifier: Apache-2.0 */
/* What one run showed, as what every run will do: numbers of processes, made-up names, versions and crowds become patterns. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "risk.h"

enum { CROWD = 8, TREE = 24, MADE_UP_MIN = 6, TURNS_MIN = 3 };

struct work {
	struct profile *p;
	struct remarks *notes;
	int bad;
};

static const char *keep(struct work *w, const char *text, size_t len)
{
	const char *copy = arena_strn(&w->p->arena, text, len);
	if (!copy)
		w->bad = -ENOMEM;
	return copy ? copy : "/";
}

/* "/proc/123/task/125/stat": the numbers are this run's. */
static bool forget_numbers(const char *path, char *out, size_t size)
{
	bool changed = false;
	size_t n = 0;

	if (!str_starts_with(path, "/proc/"))
		return false;
	for (const char *at = path; *at && n + 2 < size;) {
		size_t digits = at > path && at[-1] == '/' ? strspn(at, "0123456789") : 0;
		if (digits && (at[digits] == '/' || !at[digits])) {
			out[n++] = '*';
			at += digits;
			changed = true;
		} else {
			out[n++] = *at++;
		}
	}
	out[n] = '\0';
	return changed;
}

static int kind_of(unsigned char c)
{
	return isdigit(c) ? 1 : isupper(c) ? 2 : islower(c) ? 3 : 0;
}

/* Letters and digits mixed as nobody writes them: the end of a name that mkstemp(3) or a hash made. */
static size_t made_up_length(const char *name)
{
	size_t len = strlen(name), n = 0;
	unsigned digits = 0, turns = 0;
	int before = 0;

	for (; n < len; n++) {
		int kind = kind_of((unsigned char)name[len - 1 - n]);
		if (!kind)
			break;
		digits += kind == 1;
		turns += before && kind != before;
		before = kind;
	}
	bool number = digits == n && n < len;
	return n >= MADE_UP_MIN && (turns >= TURNS_MIN || number) ? n : 0;
}

/* "libssl.so.3.0.2" to "libssl.so*", "/tmp/tmp.Xy12ab" to "/tmp/tmp.*". */
static const char *one_path(struct work *w, const char *path, const char **ret_why)
{
	char out[PROFILE_TEXT_MAX + 2];
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *so = strstr(name, ".so.");

	*ret_why = NULL;
	if (forget_numbers(path, out, sizeof(out))) {
		*ret_why = "the numbers are of this run's processes";
		return keep(w, out, strlen(out));
	}
	size_t made_up = made_up_length(name);
	/* The loader's version is part of every program. */
	if (so && so[4] && !so[4 + strspn(so + 4, "0123456789.")] && !str_starts_with(name, "ld-")) {
		*ret_why = "the version changes with the library";
		snprintf(out, sizeof(out), "%.*s.so*", (int)(so - path), path);
	} else if (made_up) {
		*ret_why = "the end of the name is made up anew each time";
		snprintf(out, sizeof(out), "%.*s*", (int)(strlen(path) - made_up), path);
	} else {
		return path;
	}
	return keep(w, out, strlen(out));
}

static void note(struct work *w, enum profile_list list, const char *from, const char *to, const char *why)
{
	if (w->bad == 0)
		w->bad = remark_add(w->notes, REMARK_NOTE, profile_list_key(list), "%s became %s: %s", from, to, why);
}

/* How many items of the list lie in the folder itself, and in it or below. */
static void count_below(const struct profile_items *items, const char *folder, size_t len, size_t *ret_in,
			size_t *ret_below)
{
	*ret_in = *ret_below = 0;
	for (size_t i = 0; i < items->count; i++) {
		const char *at = items->at[i];
		if (strncmp(at, folder, len) != 0 || at[len] != '/' || !at[len + 1])
			continue;
		(*ret_below)++;
		*ret_in += !strchr(at + len + 1, '/');
	}
}

/* Replaces what lies in a folder (or below it) by one pattern; true when it did. */
static bool merge(struct work *w, enum profile_list list, const char *folder, size_t len)
{
	struct profile_items *items = &w->p->lists[list];
	size_t in, below, kept = 0, gone = 0;
	char pattern[PROFILE_TEXT_MAX + 4], from[64];

	count_below(items, folder, len, &in, &below);
	bool tree = below >= TREE && below > in, crowd = in >= CROWD;
	if (len == 0 || (!tree && !crowd))
		return false;
	snprintf(pattern, sizeof(pattern), "%.*s/%s", (int)len, folder, tree ? "**" : "*");
	const char *name = keep(w, pattern, strlen(pattern));
	for (size_t i = 0; i < items->count; i++) {
		if (profile_path_covers(name, items->at[i]) && !str_eq(name, items->at[i]))
			gone++;
		else
			items->at[kept++] = items->at[i];
	}
	if (!gone)
		return false;
	items->at[kept++] = name;
	items->count = kept;
	snprintf(from, sizeof(from), "%zu names", gone);
	note(w, list, from, name, tree ? "many below one folder" : "many in one folder");
	profile_items_sort(items);
	return true;
}

static void merge_crowds(struct work *w, enum profile_list list)
{
	struct profile_items *items = &w->p->lists[list];
	for (size_t i = 0; i < items->count && w->bad == 0; i++) {
		const char *path = items->at[i];
		/* The outermost folder below the top that is a crowd. */
		const char *slash = strchr(path + 1, '/');
		for (slash = slash ? strchr(slash + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/'))
			if (merge(w, list, path, (size_t)(slash - path))) {
				i = (size_t)-1; /* the list is another */
				break;
			}
	}
}

/* What a wider item allows is not written twice. */
static void drop_covered(struct profile_items *items)
{
	size_t kept = 0;
	for (size_t i = 0; i < items->count; i++) {
		bool covered = false;
		for (size_t k = 0; k < items->count && !covered; k++)
			covered = k != i && !str_eq(items->at[k], items->at[i]) &&
				  profile_path_covers(items->at[k], items->at[i]);
		if (!covered)
			items->at[kept++] = items->at[i];
	}
	items->count = kept;
}

static void generalize_paths(struct work *w, enum profile_list list)
{
	struct profile_items *items = &w->p->lists[list];
	const char *why;
	for (size_t i = 0; i < items->count; i++) {
		const char *to = one_path(w, items->at[i], &why);
		if (why)
			note(w, list, items->at[i], to, why);
		items->at[i] = to;
	}
	profile_items_sort(items);
	merge_crowds(w, list);
	drop_covered(items);
}

/* Ports that the kernel chose for a listener are of this run. */
static void generalize_ports(struct work *w)
{
	struct profile_items *items = &w->p->lists[PROFILE_LISTEN];
	for (size_t i = 0; i < items->count; i++) {
		struct profile_endpoint endpoint;
		char text[64];
		if (profile_endpoint_read(items->at[i], &endpoint, NULL) < 0 || endpoint.first < 32768 ||
		    str_eq(endpoint.protocol, "unix"))
			continue;
		snprintf(text, sizeof(text), "%s any 32768-65535", endpoint.protocol);
		const char *to = keep(w, text, strlen(text));
		note(w, PROFILE_LISTEN, items->at[i], to, "the kernel chooses such ports");
		items->at[i] = to;
	}
	profile_items_sort(items);
}

int profile_generalize(struct profile *p, struct remarks *notes)
{
	static const enum profile_list paths[] = {PROFILE_READ, PROFILE_WRITE, PROFILE_CREATE, PROFILE_EXECUTE};
	struct work w = {.p = p, .notes = notes};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		generalize_paths(&w, paths[i]);
	generalize_ports(&w);
	return w.bad;
}
