/* SPDX-License-Identifier: Apache-2.0 */
/* From the most that was used at once to limits that stop a bomb and not a busy day. */
#include "measure.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "profile.h"

enum { PIDS_MAX = 4096, LIMITS_TEXT_MAX = 8192, PROCESSES_LEAST = 16, PROCESSES_ROOM = 2, MEMORY_ROOM = 4 };
#define MEMORY_LEAST (128ull << 20)
#define MEMORY_STEP (16ull << 20)

/* The soft limit of "Max open files" in /proc/PID/limits (proc(5)); 0 when it cannot be read. */
static uint64_t files_of(pid_t pid)
{
	static const char head[] = "\nMax open files";
	SCOPED(buf) struct buf text = BUF_INIT(LIMITS_TEXT_MAX);
	char path[64], number[24];
	uint64_t limit = 0;

	snprintf(path, sizeof(path), "/proc/%d/limits", (int)pid);
	if (path_read_file(AT_FDCWD, path, &text) < 0)
		return 0;
	const char *at = strstr(buf_str(&text), head);
	if (!at)
		return 0;
	at += sizeof(head) - 1;
	at += strspn(at, " ");
	snprintf(number, sizeof(number), "%.*s", (int)strspn(at, "0123456789"), at);
	return str_to_u64(number, UINT64_MAX, &limit) < 0 ? 0 : limit;
}

void measure_files(struct flow_place *p, const struct flow_record *running, struct measured *m)
{
	static pid_t pids[PIDS_MAX];
	struct err ignored = {0};
	size_t count = 0;

	/* It may end at any time: what is gone is not counted. */
	if (flow_pids(p, running, pids, PIDS_MAX, &count, &ignored) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		uint64_t files = files_of(pids[i]);
		if (files > FLOW_FILES_AT_FIRST && files > m->files)
			m->files = files;
	}
}

static uint64_t at_least(uint64_t value, uint64_t least)
{
	return value > least ? value : least;
}

int measure_limits(const struct measured *m, struct profile_limits *ret, struct remarks *notes)
{
	int r = 0;

	if (m->processes) {
		ret->processes = at_least(PROCESSES_ROOM * m->processes, PROCESSES_LEAST);
		r = remark_add(notes, REMARK_NOTE, "limits",
			       "processes: %llu were there at once; %d times that, at least %d",
			       (unsigned long long)m->processes, PROCESSES_ROOM, PROCESSES_LEAST);
	}
	if (r == 0 && m->memory_bytes) {
		ret->memory_bytes = at_least(MEMORY_ROOM * m->memory_bytes, MEMORY_LEAST);
		ret->memory_bytes = (ret->memory_bytes + MEMORY_STEP - 1) / MEMORY_STEP * MEMORY_STEP;
		r = remark_add(
			notes, REMARK_NOTE, "limits",
			"memory: %llu KiB were used at once, cached files among it; %d times that, at least %llu MiB",
			(unsigned long long)(m->memory_bytes >> 10), MEMORY_ROOM, MEMORY_LEAST >> 20);
	}
	if (r == 0 && m->files) {
		ret->files = m->files;
		r = remark_add(notes, REMARK_NOTE, "limits", "files: as many as the program gave itself");
	}
	return r;
}
