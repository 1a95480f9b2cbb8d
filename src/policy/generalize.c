/* SPDX-License-Identifier: Apache-2.0 */
/* What one run showed, as what every run will do: numbers of processes, made-up names, versions and crowds become patterns. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "kin.h"
#include "risk.h"

enum { CROWD = 8, TREE = 24, MADE_UP_MIN = 6, TURNS_MIN = 3, DEPTH_MAX = 32 };

struct work {
	struct profile *p;
	struct remarks *notes;
	int bad;
	/* The last note, which others like it join. */
	enum profile_list list;
	const char *to, *why;
	size_t alike;
};

static const char *keep(struct work *w, const char *text, size_t len)
{
	const char *copy = arena_strn(&w->p->arena, text, len);
	if (!copy)
		w->bad = -ENOMEM;
	return copy ? copy : "/";
}

/* "/proc/123/task/125/stat": the numbers are this run's. */
static bool has_numbers(const char *path)
{
	size_t digits = str_starts_with(path, "/proc/") ? strspn(path + 6, "0123456789") : 0;
	return digits && (path[6 + digits] == '/' || !path[6 + digits]);
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
	if (has_numbers(path)) {
		*ret_why = "processes and their numbers come and go";
		return "/proc/**";
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
	char many[64];
	bool joins = w->alike && w->list == list && str_eq(w->to, to) && str_eq(w->why, why);

	w->alike = joins ? w->alike + 1 : 1;
	w->list = list;
	w->to = to;
	w->why = why;
	snprintf(many, sizeof(many), "%zu names", w->alike);
	w->notes->count -= joins;
	if (w->bad == 0)
		w->bad = remark_add(w->notes, REMARK_NOTE, profile_list_key(list), "%s became %s: %s",
				    joins ? many : from, to, why);
}

static bool is_below(const char *path, const char *folder, size_t len)
{
	return strncmp(path, folder, len) == 0 && path[len] == '/' && path[len + 1];
}

/* How many items of the list lie in the folder itself, or with TREE in it and below. */
static size_t count_below(const struct profile_items *items, const char *folder, size_t len, bool tree)
{
	size_t count = 0;
	for (size_t i = 0; i < items->count; i++)
		count += is_below(items->at[i], folder, len) && (tree || !strchr(items->at[i] + len + 1, '/'));
	return count;
}

/* Replaces what lies in a folder (or below it) by one pattern; true when it did. */
static bool merge(struct work *w, enum profile_list list, const char *folder, size_t len, bool tree)
{
	struct profile_items *items = &w->p->lists[list];
	size_t kept = 0, gone = 0;
	char pattern[PROFILE_TEXT_MAX + 4], from[64];

	if (count_below(items, folder, len, tree) < (tree ? TREE : CROWD))
		return false;
	snprintf(pattern, sizeof(pattern), "%.*s/%s", (int)len, folder, tree ? "**" : "*");
	const char *name = keep(w, pattern, strlen(pattern));
	for (size_t i = 0; i < items->count; i++) {
		if (profile_path_covers(name, items->at[i]) && !str_eq(name, items->at[i]))
			gone++;
		else if (!str_eq(name, items->at[i]))
			items->at[kept++] = items->at[i];
	}
	items->at[kept++] = name;
	items->count = kept;
	snprintf(from, sizeof(from), "%zu names", gone);
	if (gone)
		note(w, list, from, name, tree ? "many below one folder" : "many in one folder");
	profile_items_sort(items);
	return gone > 0;
}

/* Bytes of the folder DEPTH names below the root that PATH lies in; 0 when it does not lie that deep. */
static size_t folder_at(const char *path, unsigned depth)
{
	const char *slash = path;
	for (unsigned i = 0; slash && i < depth; i++)
		slash = strchr(slash + 1, '/');
	return slash ? (size_t)(slash - path) : 0;
}

/*
 * Folders full of names first; what is still many becomes the tree that it is all in. The innermost folder comes first, and those at the
 * top are never taken whole.
 */
static void merge_crowds(struct work *w, enum profile_list list)
{
	const struct profile_items *items = &w->p->lists[list];
	for (int tree = 0; tree <= 1; tree++)
		for (unsigned depth = DEPTH_MAX; depth >= 2; depth--)
			for (size_t i = 0; i < items->count && w->bad == 0; i++) {
				size_t len = folder_at(items->at[i], depth);
				if (len && merge(w, list, items->at[i], len, tree))
					i = (size_t)-1; /* the list is another */
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

/* "/run/x.pid" was made: the next run makes it again, and no rule can be about a name that is not there yet. */
static const char *folder_made_in(struct work *w, const char *path)
{
	char out[PROFILE_TEXT_MAX + 4];
	const char *slash = strrchr(path, '/');

	if (!slash || slash == path || str_ends_with(path, "/**"))
		return path;
	snprintf(out, sizeof(out), "%.*s/**", (int)(slash - path), path);
	return keep(w, out, strlen(out));
}

static void widen_made(struct work *w)
{
	static const enum profile_list uses[] = {PROFILE_READ, PROFILE_WRITE};
	struct profile_items *made = &w->p->lists[PROFILE_CREATE];

	for (size_t i = 0; i < made->count; i++) {
		const char *to = folder_made_in(w, made->at[i]);
		if (to != made->at[i])
			note(w, PROFILE_CREATE, made->at[i], to, "names are made and removed in folders");
		made->at[i] = to;
	}
	profile_items_sort(made);
	drop_covered(made);
	for (size_t l = 0; l < ARRAY_LEN(uses); l++) {
		struct profile_items *items = &w->p->lists[uses[l]];
		for (size_t i = 0; i < items->count; i++) {
			const char *folder = NULL;
			for (size_t k = 0; k < made->count && !folder; k++)
				/* The folder itself, when it is read, is listed. */
				if (profile_path_covers(made->at[k], items->at[i]) &&
				    !str_eq(made->at[k], items->at[i]))
					folder = made->at[k];
			if (folder)
				note(w, uses[l], items->at[i], folder, "it may be made anew");
			items->at[i] = folder ? folder : items->at[i];
		}
		profile_items_sort(items);
		drop_covered(items);
	}
}

/* What the C library reads when a program's threads take and return much memory, and not before. */
static void add_asked_by_library(struct work *w)
{
	static const char *const asked[] = {"/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu/online"};
	struct profile_items *items = &w->p->lists[PROFILE_READ];
	const char **at = ARENA_ARRAY(&w->p->arena, items->count + ARRAY_LEN(asked), const char *);

	if (!at || !items->count) {
		w->bad = at ? w->bad : -ENOMEM;
		return;
	}
	memcpy(at, items->at, items->count * sizeof(*at));
	items->at = at;
	for (size_t i = 0; i < ARRAY_LEN(asked) && w->bad == 0; i++) {
		if (profile_allows(w->p, PROFILE_READ, asked[i]))
			continue;
		at[items->count++] = asked[i];
		w->bad = remark_add(w->notes, REMARK_NOTE, profile_list_key(PROFILE_READ),
				    "%s added: the C library asks for it when memory is taken and returned by load",
				    asked[i]);
	}
	profile_items_sort(items);
}

int profile_generalize(struct profile *p, struct remarks *notes)
{
	static const enum profile_list paths[] = {PROFILE_READ, PROFILE_WRITE, PROFILE_CREATE, PROFILE_EXECUTE};
	struct work w = {.p = p, .notes = notes};
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		generalize_paths(&w, paths[i]);
	/* What lies where names are made needs no crowd to become one pattern. */
	widen_made(&w);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		merge_crowds(&w, paths[i]);
		drop_covered(&p->lists[paths[i]]);
	}
	generalize_ports(&w);
	add_asked_by_library(&w);
	return w.bad < 0 ? w.bad : kin_add(p, notes);
}
