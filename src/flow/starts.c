/* SPDX-License-Identifier: Apache-2.0 */
/* From patterns of paths to inodes. */
#include "starts.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/str.h"

enum { FOLDERS_DEEP = 32, NAMES_MAX = 100000 };

/* Which items a start is of, for words. */
struct starts_planning {
	const struct profile *p;
	int root;
	enum guard_rung rung;
	struct guard_starts *s;
	const struct profile_program *of[GUARD_STARTS_MAX];
	uint32_t parents, patterns, names;
	struct err *e;
};

/* What is being looked for: files of a program, or of its parents. */
struct search {
	struct starts_planning *g;
	const char *pattern;
	int (*found)(struct search *s, const char *path, const struct stat *st);
	const struct profile_program *program;
	struct guard_start start;
	size_t count;
};

bool starts_are_told(const struct profile *p)
{
	for (size_t i = 0; i < p->program_count; i++)
		if (p->programs[i].parents.count || p->programs[i].arguments.count)
			return true;
	return false;
}

/* ---- files by pattern ---- */

static int open_inside(const struct starts_planning *g, const char *path, uint64_t flags)
{
	return path_openat2(g->root, path, flags | O_CLOEXEC, 0, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/* Links lead to what they mean; what cannot be executed is no program. */
static int look_at(struct search *s, const char *path)
{
	struct stat st;
	scoped_fd int fd = open_inside(s->g, path, O_PATH);

	if (fd == -ENOMEM || (fd >= 0 && fstat(fd, &st) < 0))
		return err_sys(s->g->e, fd < 0 ? fd : -errno, "program %s", path);
	if (fd < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return 0;
	s->count++;
	return s->found(s, path, &st);
}

static int search_folder(struct search *s, const char *folder, int depth);

static int search_entry(struct search *s, const char *folder, const struct dirent *ent, int depth)
{
	char path[PROFILE_TEXT_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", str_eq(folder, "/") ? "" : folder, ent->d_name);

	if (++s->g->names > NAMES_MAX)
		return err_set(s->g->e, -E2BIG, "program %s: more than %d files to look at", s->pattern, NAMES_MAX);
	if (n >= (int)sizeof(path))
		return 0;
	int r = profile_path_matches(s->pattern, path) ? look_at(s, path) : 0;
	return r == 0 && ent->d_type == DT_DIR ? search_folder(s, path, depth + 1) : r;
}

static int search_folder(struct search *s, const char *folder, int depth)
{
	struct dirent *ent;
	int fd = depth < FOLDERS_DEEP ? open_inside(s->g, folder, O_RDONLY | O_DIRECTORY) : -ELOOP;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int r = 0;

	if (!d) {
		close_keep_errno(fd);
		return 0;
	}
	while (r == 0 && (ent = readdir(d)))
		if (!str_eq(ent->d_name, ".") && !str_eq(ent->d_name, ".."))
			r = search_entry(s, folder, ent, depth);
	closedir(d);
	return r;
}

static int search_for(struct search *s)
{
	char folder[PROFILE_TEXT_MAX];
	const char *star = strchr(s->pattern, '*');
	size_t len = star ? (size_t)(star - s->pattern) : 0;

	if (!star)
		return look_at(s, s->pattern);
	while (len > 1 && s->pattern[len - 1] != '/')
		len--;
	snprintf(folder, sizeof(folder), "%.*s", (int)(len > 1 ? len - 1 : len), s->pattern);
	return search_folder(s, folder, 0);
}

/* ---- one program ---- */

static int add_parent(struct search *s, const char *path, const struct stat *st)
{
	struct guard_starts *to = s->g->s;

	for (uint32_t i = s->start.parent_first; i < s->g->parents; i++)
		if (to->parents[i] == st->st_ino)
			return 0;
	if (s->g->parents == GUARD_PARENTS_MAX)
		return err_set(s->g->e, -E2BIG, "program %s: the guard takes at most %d parents of all programs",
			       s->program->path, GUARD_PARENTS_MAX);
	to->parents[s->g->parents++] = st->st_ino;
	return 0;
}

static int add_parents(struct search *s)
{
	const struct profile_program *program = s->program;
	int r = 0;

	s->start.parent_first = (uint16_t)s->g->parents;
	for (size_t i = 0; r == 0 && i < program->parents.count; i++) {
		struct search parents = *s;
		parents.pattern = program->parents.at[i];
		parents.found = add_parent;
		r = search_for(&parents);
	}
	s->start.parent_end = (uint16_t)s->g->parents;
	s->start.flags |= program->parents.count ? GUARD_HAS_PARENTS : 0;
	return r;
}

static int add_patterns(struct search *s)
{
	const struct profile_program *program = s->program;

	s->start.pattern_first = (uint16_t)s->g->patterns;
	for (size_t i = 0; i < program->arguments.count; i++) {
		if (s->g->patterns == GUARD_PATTERNS_MAX)
			return err_set(s->g->e, -E2BIG,
				       "program %s: the guard takes at most %d patterns of arguments of all programs",
				       program->path, GUARD_PATTERNS_MAX);
		if (guard_pattern(program->arguments.at[i], true, &s->g->s->patterns[s->g->patterns++]) < 0)
			return err_set(s->g->e, -E2BIG, "program %s: arguments \"%.40s...\" are longer than %d letters",
				       program->path, program->arguments.at[i], GUARD_PATTERN_MAX);
	}
	s->start.pattern_end = (uint16_t)s->g->patterns;
	s->start.flags |= program->arguments.count ? GUARD_HAS_ARGUMENTS : 0;
	return 0;
}

static bool read_head(int fd, Elf64_Ehdr *ret)
{
	return fd >= 0 && read(fd, ret, sizeof(*ret)) == sizeof(*ret) && memcmp(ret->e_ident, ELFMAG, SELFMAG) == 0;
}

/* Whether the kernel hands the file to another program: a script, or what is of another machine. */
static bool is_interpreted(const struct starts_planning *g, const char *path)
{
	Elf64_Ehdr own, head;
	scoped_fd int fd = open_inside(g, path, O_RDONLY | O_NONBLOCK);
	scoped_fd int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	/* The kind of machine is at the same place in files of 32 bits, which this one runs by itself. */
	return !read_head(fd, &head) ||
	       !(head.e_machine == EM_386 || (read_head(self, &own) && head.e_machine == own.e_machine));
}

/* Its arguments are those of its interpreter; and where no security hook is, the interpreter is all that is seen. */
static int check_interpreted(const struct search *s, const char *path)
{
	const struct profile_program *program = s->program;

	if (!s->start.flags || s->g->p->allow_degraded || !is_interpreted(s->g, path))
		return 0;
	if (program->arguments.count)
		return err_set(s->g->e, -EPERM,
			       "program %s: it is a script, whose arguments are its interpreter's: name them there "
			       "(\"sh %s **\")",
			       path, path);
	return s->g->rung == GUARD_RUNG_REFUSE
		       ? 0
		       : err_set(s->g->e, -EPERM,
				 "program %s: it is a script, whose parents are not held by this kernel: name its "
				 "interpreter's parents and arguments",
				 path);
}

static int add_start(struct search *s, const char *path, const struct stat *st)
{
	struct guard_starts *to = s->g->s;

	for (uint32_t i = to->start_count; i > 0 && s->g->of[i - 1] == s->program; i--)
		if (to->starts[i - 1].inode == st->st_ino)
			return 0;
	int r = check_interpreted(s, path);
	if (r < 0)
		return r;
	if (to->start_count == GUARD_STARTS_MAX)
		return err_set(s->g->e, -E2BIG,
			       "program %s: with parents or arguments of some programs, the guard takes at most %d "
			       "files of programs",
			       path, GUARD_STARTS_MAX);
	s->start.inode = st->st_ino;
	s->g->of[to->start_count] = s->program;
	to->starts[to->start_count++] = s->start;
	return 0;
}

static int add_program(struct starts_planning *g, const struct profile_program *program)
{
	struct search s = {.g = g, .program = program, .pattern = program->path, .found = add_start};
	int r = add_parents(&s);

	if (r == 0)
		r = add_patterns(&s);
	if (r == 0)
		r = search_for(&s);
	if (r < 0 || s.count || !s.start.flags || g->p->allow_degraded)
		return r;
	return err_set(g->e, -EPERM,
		       "program %s: it is not in the image, and its parents and arguments are held only of what is",
		       program->path);
}

/* Who may start a file with any arguments needs no other way to start it: the one that says more would mean nothing. */
static int check_twins(const struct starts_planning *g)
{
	for (uint32_t i = 0; i < g->s->start_count; i++)
		for (uint32_t k = 0; g->s->starts[i].flags && k < g->s->start_count; k++)
			if (!g->s->starts[k].flags && g->s->starts[i].inode == g->s->starts[k].inode)
				return err_set(
					g->e, -EPERM,
					"program %s: its parents and arguments mean nothing, since %s is the same file "
					"and names none",
					g->of[i]->path, g->of[k]->path);
	return 0;
}

int starts_plan(const struct profile *p, int root, enum guard_rung rung, struct guard_starts *ret, struct err *e)
{
	struct starts_planning g = {.p = p, .root = root, .rung = rung, .s = ret, .e = e};
	int r = 0;

	*ret = (struct guard_starts){.start_count = 0};
	for (size_t i = 0; r == 0 && i < p->program_count; i++)
		r = add_program(&g, &p->programs[i]);
	return r == 0 && !p->allow_degraded ? check_twins(&g) : r;
}
