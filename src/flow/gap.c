/* SPDX-License-Identifier: Apache-2.0 */
/* Marks of watches, and the keeper of their counters. */
#include "gap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "priv/channel.h"
#include "priv/worker.h"

enum { KEEP = 1, KEPT = 2, END = 3, KEEPER_LATE_MS = 2000, SETTLE_MS = 50, SETTLE_LOOKS = 40, STATE_MAX = 4000 };

#define MARK_MAGIC 0x3150414750454b53ull /* "SKEPGAP1" */

/* Mapped by the watch and by its keeper: it is written by stores alone, so what was written stays when the writer is killed. */
struct mark {
	uint64_t magic;
	int64_t seen_at; /* wall clock, ns: when the watch was last known to live */
	uint32_t pid;
	uint32_t kept;	/* it has a keeper */
	uint32_t ended; /* the keeper has written the rest */
	uint32_t unused;
	int64_t ended_at;
	uint64_t seen[WATCH_TYPES], told[WATCH_TYPES]; /* by the watch: dealt with, and told to be lost */
	uint64_t sent[WATCH_TYPES], lost[WATCH_TYPES]; /* by the kernel, at the end */
};

struct gap {
	int folder, fd; /* FD: the mark, locked while this watch lives */
	char name[48];
	struct mark *mark;
	int keeper; /* the channel to it; -1: none */
};

static struct mark *map(int fd)
{
	struct mark *m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return m == MAP_FAILED ? NULL : m;
}

/* ---- those of others ---- */

/* The keeper writes a moment after the watch is gone. */
static void wait_for_keeper(const struct mark *m)
{
	for (int ms = 0; m->kept && !__atomic_load_n(&m->ended, __ATOMIC_ACQUIRE) && ms < KEEPER_LATE_MS;
	     ms += SETTLE_MS)
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * CLOCK_NS_PER_MS}, NULL);
}

static int tell_mark(const struct mark *m, int (*each)(void *ctx, const struct flow_loss *loss), void *ctx)
{
	uint64_t by_type[WATCH_TYPES] = {0};
	struct flow_loss loss = {.by_type = by_type, .killed = (pid_t)m->pid, .until = clock_wall()};
	wait_for_keeper(m);
	loss.counted = m->ended;
	loss.from = m->ended ? m->ended_at : m->seen_at;
	for (int i = 0; m->ended && i < WATCH_TYPES; i++) {
		uint64_t known = m->seen[i] + m->told[i], all = m->sent[i] + m->lost[i];
		by_type[i] = all > known ? all - known : 0;
		loss.lost += by_type[i];
	}
	return each ? each(ctx, &loss) : 0;
}

/* A mark that can be locked has lost its watch. */
static int look_at(int folder, const char *name, int (*each)(void *ctx, const struct flow_loss *loss), void *ctx)
{
	struct stat st;
	int r = 0;
	scoped_fd int fd = openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	struct mark *m = st.st_size == sizeof(*m) ? map(fd) : NULL;
	if (m && m->magic == MARK_MAGIC)
		r = tell_mark(m, each, ctx);
	if (m)
		munmap(m, sizeof(*m));
	unlinkat(folder, name, 0);
	return r;
}

static int look_at_all(int folder, int (*each)(void *ctx, const struct flow_loss *loss), void *ctx)
{
	int r = 0, copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		close_keep_errno(copy);
		return 0;
	}
	for (struct dirent *d; r >= 0 && (d = readdir(dir));)
		if (strncmp(d->d_name, "watch-", 6) == 0)
			r = look_at(folder, d->d_name, each, ctx);
	closedir(dir);
	return r;
}

/* ---- our own ---- */

static int make_mark(struct gap *g)
{
	snprintf(g->name, sizeof(g->name), "watch-%d-%lld", (int)getpid(), (long long)clock_boot());
	g->fd = openat(g->folder, g->name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (g->fd < 0 || flock(g->fd, LOCK_EX | LOCK_NB) < 0 || ftruncate(g->fd, sizeof(*g->mark)) < 0)
		return -errno;
	g->mark = map(g->fd);
	if (!g->mark)
		return -errno;
	g->mark->pid = (uint32_t)getpid();
	g->mark->seen_at = clock_wall();
	g->mark->magic = MARK_MAGIC;
	return 0;
}

/* Hands the keeper what it needs, and waits until it has it. */
static int tell_keeper(struct gap *g, const int *fds, size_t count, struct err *e)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	if (!m)
		return err_set(e, -ENOMEM, "out of memory");
	int r = priv_send(g->keeper, KEEP, NULL, 0, fds, count);
	if (r == 0 && (priv_recv(g->keeper, m) != 1 || m->type != KEPT))
		r = -EPROTO;
	return r < 0 ? err_sys(e, r, "the keeper of the counters") : 0;
}

/* It starts before the sensors do: they have nothing to say of it. */
static int start_keeper(struct gap *g, struct err *e)
{
	/* A lock belongs to what was opened once: the keeper's own opening does not hold ours. */
	scoped_fd int mark = openat(g->folder, g->name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (mark < 0)
		return err_sys(e, -errno, "%s", g->name);
	int r = priv_detached_start("keeper", &g->keeper, e);
	return r < 0 ? r : tell_keeper(g, &mark, 1, e);
}

int gap_begin(struct gap **ret, const char *state, int (*each)(void *ctx, const struct flow_loss *loss), void *ctx,
	      struct err *e)
{
	char path[STATE_MAX + 16];
	struct gap *g = malloc(sizeof(*g));
	*ret = NULL;
	if (!g)
		return err_set(e, -ENOMEM, "out of memory");
	*g = (struct gap){.folder = -1, .fd = -1, .keeper = -1};
	snprintf(path, sizeof(path), "%.*s/watches", STATE_MAX, state);
	int r = path_mkdirs(path, 0700);
	g->folder = r < 0 ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (r == 0 && g->folder < 0)
		r = -errno;
	/* One at a time: a mark between its making and its locking looks like one whose watch is dead. */
	scoped_fd int lock = r < 0 ? -1 : openat(g->folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (r == 0 && (lock < 0 || flock(lock, LOCK_EX) < 0))
		r = -errno;
	if (r < 0)
		err_sys(e, r, "%s", path);
	if (r == 0)
		r = look_at_all(g->folder, each, ctx);
	if (r >= 0 && (r = make_mark(g)) < 0)
		err_sys(e, r, "%s/%s", path, g->name);
	if (r >= 0)
		r = start_keeper(g, e);
	if (r < 0) {
		gap_end(g);
		return r;
	}
	*ret = g;
	return 0;
}

int gap_keep(struct gap *g, const struct sense *s, struct err *e)
{
	const int counters = sense_counters(s);
	return tell_keeper(g, &counters, 1, e);
}

void gap_note(struct gap *g, const uint64_t seen[WATCH_TYPES], const uint64_t lost[WATCH_TYPES])
{
	memcpy(g->mark->seen, seen, sizeof(g->mark->seen));
	memcpy(g->mark->told, lost, sizeof(g->mark->told));
	g->mark->seen_at = clock_wall();
}

void gap_end(struct gap *g)
{
	if (!g)
		return;
	if (g->keeper >= 0)
		ignore(priv_send(g->keeper, END, NULL, 0, NULL, 0));
	close_keep_errno(g->keeper);
	if (g->fd >= 0)
		unlinkat(g->folder, g->name, 0);
	if (g->mark)
		munmap(g->mark, sizeof(*g->mark));
	close_keep_errno(g->fd);
	close_keep_errno(g->folder);
	free(g);
}

/* ---- the keeper ---- */

/* The sensors of a killed process go a moment after it: the counters are read until they stay. */
static void read_counters(int counters, struct mark *m)
{
	static struct sense_count counts[WATCH_TYPES];
	uint64_t before = UINT64_MAX;
	m->ended_at = clock_wall();
	for (int look = 0; look < SETTLE_LOOKS; look++) {
		uint64_t all = 0;
		if (sense_read_counters(counters, counts) < 0)
			return;
		for (int i = 0; i < WATCH_TYPES; i++)
			all += counts[i].sent + counts[i].lost;
		if (all == before)
			break;
		before = all;
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_MS * CLOCK_NS_PER_MS}, NULL);
	}
	for (int i = 0; i < WATCH_TYPES; i++) {
		m->sent[i] = counts[i].sent;
		m->lost[i] = counts[i].lost;
	}
	__atomic_store_n(&m->ended, 1, __ATOMIC_RELEASE);
}

/* The next thing that the watch hands over; -1: it is gone, or done. */
static int receive(int channel, struct priv_message *m)
{
	int r = priv_recv(channel, m);
	if (r == 1 && m->type == KEEP && m->fd_count == 1 && priv_send(channel, KEPT, NULL, 0, NULL, 0) == 0) {
		m->fd_count = 0;
		return m->fds[0];
	}
	return -1;
}

int gap_keeper(int channel)
{
	scoped_free struct priv_message *m = malloc(sizeof(*m));
	int fd = m ? receive(channel, m) : -1;
	struct mark *mark = fd < 0 ? NULL : map(fd);
	int counters = mark ? receive(channel, m) : -1;
	if (counters < 0)
		return 1;
	mark->kept = 1;
	if (priv_recv(channel, m) != 1)
		read_counters(counters, mark);
	return 0;
}
