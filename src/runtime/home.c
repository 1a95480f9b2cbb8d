/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The home folder of the container's user, from the image's /etc/passwd: hostile text of at most PASSWD_MAX bytes, of
 * which anything unexpected is passed over. A user without an entry has "/".
 */
#include <fcntl.h>
#include <string.h>

#include "base/buf.h"
#include "base/path.h"
#include "base/str.h"
#include "process.h"

#define PASSWD_MAX (1u << 20)

/* name:password:uid:gid:gecos:home:shell */
static const char *home_of_line(char *line, uid_t uid)
{
	char *fields[6] = {NULL};
	uint64_t number;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		fields[i] = strsep(&line, ":");
		if (!fields[i])
			return NULL;
	}
	if (str_to_u64(fields[2], UINT32_MAX, &number) < 0 || number != uid)
		return NULL;
	return fields[5][0] == '/' ? fields[5] : NULL;
}

const char *process_home(uid_t uid, struct arena *arena)
{
	SCOPED(buf) struct buf text = BUF_INIT(PASSWD_MAX);
	char *rest;

	if (path_read_file(AT_FDCWD, "/etc/passwd", &text) < 0)
		return "/";
	rest = text.data;
	while (rest && *rest) {
		const char *home = home_of_line(strsep(&rest, "\n"), uid);
		if (home) {
			const char *copy = arena_str(arena, home);
			return copy ? copy : "/";
		}
	}
	return "/";
}
