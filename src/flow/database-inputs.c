/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an import reads: paths become open files with the names of their sources. No byte of them is read here.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "flow/database.h"

#define FOLDERS_MAX 16 /* one inside the other */

void flow_db_inputs_done(struct flow_db_inputs *in)
{
	for (size_t i = 0; i < in->count; i++)
		close_keep_errno(in->items[i].fd);
	free(in->items);
	*in = (struct flow_db_inputs){0};
}

static int add(struct flow_db_inputs *in, int fd, bool is_folder, const char *source, const char *words, struct err *e)
{
	struct stat st;

	if (in->count == FLOW_DB_SOURCES_MAX) {
		close_keep_errno(fd);
		return err_set(e, -E2BIG, "more than %d sources at once", FLOW_DB_SOURCES_MAX);
	}
	struct flow_db_input *grown = reallocarray(in->items, in->count + 1, sizeof(*grown));
	if (!grown) {
		close_keep_errno(fd);
		return err_sys(e, -ENOMEM, "%s", words);
	}
	in->items = grown;
	struct flow_db_input *item = &in->items[in->count++];
	*item = (struct flow_db_input){.fd = fd, .is_folder = is_folder};
	snprintf(item->source, sizeof(item->source), "%s", source);
	snprintf(item->words, sizeof(item->words), "%s", words);
	str_plain(item->words, strlen(item->words));
	for (char *c = item->source; *c; c++)
		if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
		      strchr("._- ", *c)))
			*c = '_';
	if (fstat(fd, &st) == 0)
		item->bytes = (uint64_t)st.st_size;
	return 0;
}

/* "osv/Debian.jsonl.zst" is Debian, "npm/all.zip" is npm. */
static void source_name(const char *path, char ret[VULN_NAME_MAX])
{
	static const char *const suffixes[] = {".zst", ".gz", ".jsonl", ".json", ".csv", ".zip"};
	char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s", path);
	text[strcspn(text, "?#")] = '\0';
	for (size_t len = strlen(text); len > 1 && text[len - 1] == '/'; len--)
		text[len - 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (str_ends_with(text, suffixes[i]) && strlen(text) > strlen(suffixes[i]))
			text[strlen(text) - strlen(suffixes[i])] = '\0';
	char *slash = strrchr(text, '/');
	if (slash && slash > text && str_eq(slash + 1, "all")) {
		*slash = '\0';
		slash = strrchr(text, '/');
	}
	const char *base = slash ? slash + 1 : text;
	snprintf(ret, VULN_NAME_MAX, "%.*s", VULN_NAME_MAX - 1, *base ? base : "folder");
}

static bool is_feed(const char *name)
{
	static const char *const suffixes[] = {".jsonl", ".zst", ".gz", ".zip", ".csv"};

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
		if (str_ends_with(name, suffixes[i]))
			return true;
	return false;
}

struct walk {
	struct flow_db_inputs *in;
	const char *source;
	bool has_documents;
};

static int walk_folder(struct walk *w, int dirfd, const char *path, unsigned depth, struct err *e);

static int visit(struct walk *w, int dirfd, const char *name, const char *path, unsigned depth, struct err *e)
{
	char inner[PATH_MAX], source[VULN_NAME_MAX];
	struct stat st;

	if (snprintf(inner, sizeof(inner), "%s/%s", path, name) >= (int)sizeof(inner))
		return err_set(e, -ENAMETOOLONG, "%.64s: the name is too long", name);
	scoped_fd int fd = path_openat2(dirfd, name, O_RDONLY | O_NONBLOCK, 0, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	if (fd == -ELOOP)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, fd < 0 ? fd : -errno, "%s", inner);
	if (S_ISDIR(st.st_mode))
		return walk_folder(w, fd, inner, depth + 1, e);
	w->has_documents |= S_ISREG(st.st_mode) && str_ends_with(name, ".json");
	if (!S_ISREG(st.st_mode) || !is_feed(name))
		return 0;
	source_name(inner, source);
	return add(w->in, take_fd(&fd), false, w->source ? w->source : source, inner, e);
}

static int walk_folder(struct walk *w, int dirfd, const char *path, unsigned depth, struct err *e)
{
	struct dirent *entry;
	int r = 0;

	if (depth > FOLDERS_MAX)
		return err_set(e, -ELOOP, "%s: more than %d folders one inside the other", path, FOLDERS_MAX);
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = err_sys(e, -errno, "%s", path);
		close_keep_errno(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(d)))
		if (entry->d_name[0] != '.')
			r = visit(w, dirfd, entry->d_name, path, depth, e);
	if (r == 0 && errno)
		r = err_sys(e, -errno, "%s", path);
	closedir(d);
	return r;
}

int flow_db_add_fd(struct flow_db_inputs *in, int fd, const char *name, const char *source, struct err *e)
{
	char own[VULN_NAME_MAX];

	source_name(name, own);
	return add(in, fd, false, source ? source : own, name, e);
}

int flow_db_add_path(struct flow_db_inputs *in, const char *path, const char *source, struct err *e)
{
	struct walk w = {in, source, false};
	char own[VULN_NAME_MAX], real[PATH_MAX];
	struct stat st;
	size_t before = in->count;
	bool is_stdin = str_eq(path, "-");

	scoped_fd int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", is_stdin ? "the standard input" : path);
	if (!S_ISDIR(st.st_mode))
		return flow_db_add_fd(in, take_fd(&fd), is_stdin ? "stdin" : path, source, e);
	/* "." has no name of its own. */
	source_name(fd_real_path(fd, real, sizeof(real)) == 0 ? real : path, own);
	int r = walk_folder(&w, fd, path, 0, e);
	if (r == 0 && w.has_documents)
		r = add(in, take_fd(&fd), true, source ? source : own, path, e);
	if (r == 0 && in->count == before)
		r = err_set(e, -ENOENT, "%s: no .json, .jsonl, .csv or .zip files in it (packed by zst or gz or not)",
			    path);
	return r;
}
