/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups read from their folders, processes from the kernel's iterator: both as the records a watch would have seen. */
#include "present.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kern/cgroup.h"

enum { CGROUP_DEPTH_MAX = 32, CGROUPS_MAX = 100000 };

struct walk {
	sense_fn *each;
	void *ctx;
	uint32_t hierarchy;
	unsigned seen;
	char path[EVENT_PATH_MAX]; /* below the mount */
};

static int tell_cgroup(struct walk *w, ino_t id)
{
	_Alignas(8) char record[sizeof(struct event) + sizeof(struct event_param) + EVENT_PATH_MAX + 8];
	struct event *event = (void *)record;
	const char *path = w->path[0] ? w->path : "/";

	event_begin(event, WATCH_CGROUP_NEW);
	event->flags = EVENT_NO_RESULT;
	event->args[0] = id;
	event->args[1] = w->hierarchy;
	if (event_add(event, sizeof(record),
		      &(struct event_piece){EVENT_P_CGROUP, w->hierarchy, .bytes = path, .length = strlen(path) + 1}) <
	    0)
		return 0;
	return w->each(w->ctx, event);
}

/* A group that vanishes meanwhile is none. */
static int walk_cgroup(struct walk *w, int dir, unsigned depth)
{
	struct stat st;
	size_t length = strlen(w->path);
	struct dirent *entry;
	DIR *stream = fstat(dir, &st) == 0 ? fdopendir(dir) : NULL;
	if (!stream) {
		close(dir);
		return 0;
	}
	int r = ++w->seen <= CGROUPS_MAX ? tell_cgroup(w, st.st_ino) : 0;
	while (r >= 0 && depth < CGROUP_DEPTH_MAX && (entry = readdir(stream))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.' ||
		    length + strlen(entry->d_name) + 2 > sizeof(w->path))
			continue;
		int child = openat(dirfd(stream), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue;
		snprintf(w->path + length, sizeof(w->path) - length, "/%s", entry->d_name);
		r = walk_cgroup(w, child, depth + 1);
		w->path[length] = '\0';
	}
	closedir(stream);
	return r;
}

/* The number of the memory controller's hierarchy: 0 when it is the v2 one's. */
static uint32_t memory_hierarchy(void)
{
	char line[256];
	unsigned number = 0, found = 0;
	FILE *f = fopen("/proc/cgroups", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "memory %u", &number) == 1)
			found = number;
	if (f)
		fclose(f);
	return found;
}

int present_cgroups(sense_fn *each, void *ctx, struct err *e)
{
	struct kern_cgroup_layout layout;
	int r = kern_cgroup_detect(&layout, e);
	for (size_t i = 0; r >= 0 && i < layout.count; i++) {
		const struct kern_cgroup_hierarchy *h = &layout.at[i];
		struct walk w = {.each = each, .ctx = ctx};
		if (strcmp(h->name, "memory") == 0)
			w.hierarchy = memory_hierarchy();
		else if ((int)i != layout.v2)
			continue;
		int dir = open(h->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0)
			r = walk_cgroup(&w, dir, 0);
	}
	return r;
}

int present_processes(int fd, sense_fn *each, void *ctx, struct err *e)
{
	static const size_t room = 2 * EVENT_SIZE_MAX;
	char *buffer = aligned_alloc(8, room);
	size_t have = 0;
	int r = buffer ? 0 : err_set(e, -ENOMEM, "out of memory");

	while (r >= 0) {
		ssize_t n = read(fd, buffer + have, room - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = err_set(e, -errno, "the running processes cannot be listed: %s", strerror(errno));
		if (n <= 0)
			break;
		have += (size_t)n;
		size_t at = 0;
		while (r >= 0 && have - at >= sizeof(struct event)) {
			const struct event *event = (const void *)(buffer + at);
			if (event->size < sizeof(*event) || event->size > EVENT_SIZE_MAX || event->size % 8)
				r = err_set(e, -EPROTO,
					    "the kernel's list of processes cannot be read: a record of %u bytes",
					    event->size);
			else if (event->size > have - at)
				break;
			else {
				r = each(ctx, event);
				at += event->size;
			}
		}
		memmove(buffer, buffer + at, have - at);
		have -= at;
	}
	free(buffer);
	return r;
}
