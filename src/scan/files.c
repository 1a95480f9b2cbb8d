/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permissions that give more than they look like, and tools that an intruder would like to find.
 */
#include "files.h"

#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

static bool in_program_folder(const char *path)
{
	static const char *const folders[] = {"bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/local/bin/"};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++)
		if (str_starts_with(path, folders[i]) && !strchr(path + strlen(folders[i]), '/'))
			return true;
	return false;
}

static const char *tool_kind(const char *base)
{
	static const struct {
		const char *name, *kind;
	} tools[] = {
		{"sh", "shell"},
		{"bash", "shell"},
		{"dash", "shell"},
		{"ash", "shell"},
		{"zsh", "shell"},
		{"busybox", "shell"},
		{"apt-get", "package-manager"},
		{"apk", "package-manager"},
		{"dnf", "package-manager"},
		{"yum", "package-manager"},
		{"microdnf", "package-manager"},
		{"pacman", "package-manager"},
		{"zypper", "package-manager"},
	};

	for (size_t i = 0; i < ARRAY_LEN(tools); i++)
		if (str_eq(base, tools[i].name))
			return tools[i].kind;
	return NULL;
}

void scan_look_at_link(struct scan_out *o, const char *path, const char *target)
{
	static const char *const places[] = {
		"var",
		"var/lib",
		"var/lib/dpkg",
		"var/lib/dpkg/status",
		"var/lib/dpkg/status.d",
		"lib/apk",
		"lib/apk/db",
		"lib/apk/db/installed",
		"usr/lib/apk",
		"usr/lib/apk/db",
		"var/lib/pacman",
		"var/lib/pacman/local",
		"usr/lib/sysimage",
		"usr/lib/sysimage/rpm",
		"var/lib/rpm",
	};

	/* Debian's packages of one source share a folder. */
	if (str_starts_with(path, "usr/share/doc/") && !strchr(path + strlen("usr/share/doc/"), '/') &&
	    !strchr(target, '/'))
		scan_remark(o, MODEL_REMARK_LICENCE, "link", SCAN_AT(path), "%s", target);
	/* Distributions have moved two of them, and left a link to where the other is looked for. */
	if (str_ends_with(target, "usr/lib/sysimage/rpm") || str_ends_with(target, "usr/lib/apk") ||
	    str_ends_with(target, "lib/sysimage/rpm") || str_ends_with(target, "usr/lib/apk/db"))
		return;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (str_eq(path, places[i]))
			scan_remark(o, MODEL_REMARK_UNREAD, MODEL_GAP_PACKAGES, SCAN_AT(path),
				    "a link where a package database belongs: what it leads to is not read");
}

void scan_look_at_entry(struct scan_out *o, const char *path, enum oci_tar_type type, uint32_t mode)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *tool = type != OCI_TAR_DIR && in_program_folder(path) ? tool_kind(base) : NULL;

	if (type == OCI_TAR_FILE && mode & S_IXUSR && mode & S_ISUID)
		scan_remark(o, MODEL_REMARK_FILE, "setuid", SCAN_AT(path), "runs as its owner (mode %04o)",
			    mode & 07777);
	if (type == OCI_TAR_FILE && mode & S_IXGRP && mode & S_ISGID)
		scan_remark(o, MODEL_REMARK_FILE, "setgid", SCAN_AT(path), "runs as its group (mode %04o)",
			    mode & 07777);
	if (type == OCI_TAR_FILE && mode & S_IWOTH)
		scan_remark(o, MODEL_REMARK_FILE, "world-writable", SCAN_AT(path), "anybody may write it (mode %04o)",
			    mode & 07777);
	if (type == OCI_TAR_DIR && mode & S_IWOTH && !(mode & S_ISVTX))
		scan_remark(o, MODEL_REMARK_FILE, "world-writable", SCAN_AT(path),
			    "anybody may replace what is in it (mode %04o, no sticky bit)", mode & 07777);
	if (tool)
		scan_remark(o, MODEL_REMARK_FILE, tool, SCAN_AT(path), "%s is in the image", base);
}
