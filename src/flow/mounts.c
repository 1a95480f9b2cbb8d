/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked for at all, and what a profile says of it. */
#include "mounts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/str.h"
#include "hold.h"

enum { OLD_MAGIC = 0xc0ed, OLD_MAGIC_SHIFT = 16 };

bool mounts_is_kind(const char *kind)
{
	static const char *const kinds[] = {"tmpfs", "ramfs", "proc", "sysfs", "mqueue", "devpts"};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(kind, kinds[i]))
			return true;
	return false;
}

bool mounts_are_told(const struct profile *p)
{
	return p->lists[PROFILE_MOUNTS].count && p->modes[PROFILE_CALLS] == PROFILE_ENFORCE &&
	       profile_allows(p, PROFILE_SYSCALLS, "mount");
}

int mounts_check(const struct mount_request *q)
{
	const uint64_t plain = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_SYNCHRONOUS | MS_DIRSYNC | MS_NOATIME |
			       MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME | MS_LAZYTIME | MS_SILENT;
	uint64_t flags = q->flags;

	if (q->unmount)
		return flags & ~(uint64_t)(MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW) ? -EPERM : 0;
	if (flags >> OLD_MAGIC_SHIFT == OLD_MAGIC)
		flags &= (1u << OLD_MAGIC_SHIFT) - 1;
	return (flags & ~plain) || !mounts_is_kind(q->kind) ? -EPERM : 0;
}

bool mounts_allow(const struct profile *p, const char *kind, const char *path)
{
	char item[PATH_MAX + 80];
	int n = snprintf(item, sizeof(item), "%s %s", kind, path);
	return n < (int)sizeof(item) && path[0] == '/' && profile_allows(p, PROFILE_MOUNTS, item);
}

uint64_t mounts_flags(const struct profile *p, const char *path, uint64_t asked)
{
	uint64_t flags = asked >> OLD_MAGIC_SHIFT == OLD_MAGIC ? asked & ((1u << OLD_MAGIC_SHIFT) - 1) : asked;
	return flags | MS_NOSUID | MS_NODEV | (hold_runs_below(p, path) ? 0 : MS_NOEXEC);
}
