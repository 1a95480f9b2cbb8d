/* SPDX-License-Identifier: Apache-2.0 */
/* Making values, and the questions that several fields ask about an event. */
#include "look.h"

#include <asm/unistd.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446
#endif

void *look_alloc(struct look *l, size_t size)
{
	size_t at = (l->used + 7) & ~(size_t)7;
	if (size > sizeof(l->memory) || at > sizeof(l->memory) - size)
		return NULL;
	l->used = at + size;
	return l->memory + at;
}

int look_text(struct rule_value *out, const char *text)
{
	if (!text)
		return 0;
	*out = rule_value_str(text, strlen(text));
	return 1;
}

int look_copy(struct look *l, struct rule_value *out, const char *text, size_t length)
{
	char *to = look_alloc(l, length + 1);
	if (!to)
		return 0;
	if (length)
		memcpy(to, text, length);
	to[length] = '\0';
	*out = rule_value_str(to, length);
	return 1;
}

int look_printf(struct look *l, struct rule_value *out, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return n < 0 ? 0 : look_copy(l, out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

int look_number(struct rule_value *out, int64_t number)
{
	*out = rule_value_number(number);
	return 1;
}

int look_bool(struct rule_value *out, bool flag)
{
	*out = rule_value_bool(flag);
	return 1;
}

int look_flags(struct look *l, struct rule_value *out, const struct look_flag *flags, uint64_t value, const char *none)
{
	char text[1024];
	size_t used = 0;
	for (; flags->name; flags++) {
		if ((value & flags->bits) != flags->bits || !flags->bits)
			continue;
		int n = snprintf(text + used, sizeof(text) - used, "%s%s", used ? "|" : "", flags->name);
		if (n < 0 || (size_t)n >= sizeof(text) - used)
			break;
		used += (size_t)n;
	}
	return used ? look_copy(l, out, text, used) : look_text(out, none);
}

/* "/a/b" + "../c" = "/a/c": what the kernel would have found without symbolic links. */
static const char *join(struct look *l, const char *base, const char *path)
{
	char text[2 * EVENT_PATH_MAX];
	size_t used = 0;
	const char *parts[2] = {path[0] == '/' ? "" : base, path};
	struct rule_value value;

	for (int i = 0; i < 2; i++)
		for (const char *at = parts[i]; *at;) {
			size_t n = strcspn(at, "/");
			if (n == 2 && at[0] == '.' && at[1] == '.')
				while (used && text[--used] != '/')
					;
			else if (n && !(n == 1 && at[0] == '.') && used + n + 2 < sizeof(text)) {
				text[used++] = '/';
				memcpy(text + used, at, n);
				used += n;
			}
			at += n;
			at += strspn(at, "/");
		}
	if (used == 0)
		text[used++] = '/';
	return look_copy(l, &value, text, used) ? value.str.at : NULL;
}

const char *look_joined(struct look *l, enum event_kind path, enum event_kind dir)
{
	char base[EVENT_PATH_MAX];
	const char *text = event_text(l->view, path);

	if (!text || !text[0])
		return NULL;
	if (text[0] != '/' && event_path(l->view, dir, 0, base, sizeof(base)) < 0) {
		const char *cwd = proc_folder(l->proc);
		if (!cwd)
			return NULL;
		snprintf(base, sizeof(base), "%s", cwd);
	}
	return join(l, text[0] == '/' ? "" : base, text);
}

const char *look_path(struct look *l, enum event_kind path, enum event_kind dir)
{
	char base[EVENT_PATH_MAX];
	struct rule_value value;
	/* Where the kernel went; a folder that was changed to is the present one. */
	enum event_kind found = path == EVENT_P_PATH2	       ? EVENT_P_FOUND2
				: l->event->type == __NR_chdir ? EVENT_P_CWD
							       : EVENT_P_FOUND;
	int n = event_path(l->view, found, 0, base, sizeof(base));
	if (n >= 0)
		return look_copy(l, &value, base, (size_t)n) ? value.str.at : NULL;
	/* Names of other things than files. */
	if (l->event->type == __NR_memfd_create || l->event->type == __NR_fsopen)
		return NULL;
	return look_joined(l, path, dir);
}

/* Namespaces and processes that are held open are the roots of file systems of their own, not the root folder. */
static int name_of_no_folder(const struct look *l, char *to, size_t size)
{
	const struct event_file *file = event_fixed(l->view, EVENT_P_FILE, sizeof(*file));
	if (!file || (file->magic != NSFS_MAGIC && file->magic != PID_FS_MAGIC))
		return 0;
	return snprintf(to, size, "%s:[%llu]", file->magic == NSFS_MAGIC ? "ns" : "pidfd",
			(unsigned long long)file->ino);
}

const char *look_file_path(struct look *l)
{
	char path[EVENT_PATH_MAX];
	struct rule_value value;
	int n = event_path(l->view, EVENT_P_FILE, sizeof(struct event_file), path, sizeof(path));
	if (n == 1)
		n = name_of_no_folder(l, path, sizeof(path)) ?: n;
	if (n >= 0)
		return look_copy(l, &value, path, (size_t)n) ? value.str.at : NULL;
	size_t length;
	const char *bytes = event_bytes(l->view, EVENT_P_FILE, &length);
	if (length > sizeof(struct event_file) && bytes[length - 1] == '\0') /* "memfd:x", "[eventfd]" */
		return bytes + sizeof(struct event_file);
	return NULL;
}

int64_t look_wall(const struct look *l, uint64_t time)
{
	return (int64_t)((uint64_t)l->boot + time);
}

bool look_opens(const struct look *l)
{
	switch (l->event->type) {
	case __NR_open:
	case __NR_openat:
	case __NR_openat2:
	case __NR_creat:
	case __NR_open_by_handle_at:
		return true;
	default:
		return false;
	}
}

bool look_failed(const struct look *l)
{
	return l->event->ret < 0 && !(l->event->flags & EVENT_NO_RESULT);
}

const char *look_errno_name(int64_t number)
{
	return number < 0 && number > -4096 ? strerrorname_np((int)-number) : NULL;
}
