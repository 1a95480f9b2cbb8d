/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders of containers below the store, and claims in them. A claim whose container does not exist was left by a
 * crash; it may be taken over once it is old enough not to belong to a creation under way.
 */
#include "place.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/path.h"

/* Above what useradd gives to people's subordinate ids (100000 + 65536 each), below 2^31. */
#define RANGE_BASE 0x20000000u
#define RANGE_COUNT 20000u
#define CLAIM_OLD_S 600

static int open_folder(int root, const char *name, int *ret, struct err *e)
{
	if (mkdirat(root, name, 0700) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "making %s", name);
	*ret = openat(root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret < 0 ? err_sys(e, -errno, "opening %s", name) : 0;
}

int flow_place_open(struct flow_place *p, struct err *e)
{
	int r = oci_store_open(p->root, &p->store, e);

	if (r == 0)
		r = open_folder(oci_store_fd(p->store), "containers", &p->containers, e);
	if (r == 0)
		r = open_folder(oci_store_fd(p->store), "names", &p->names, e);
	if (r == 0)
		r = open_folder(oci_store_fd(p->store), "ranges", &p->ranges, e);
	return r < 0 ? err_wrap(e, r, "%s", p->root) : 0;
}

void flow_place_done(struct flow_place *p)
{
	close_keep_errno(p->containers);
	close_keep_errno(p->names);
	close_keep_errno(p->ranges);
	oci_store_free(p->store);
	*p = FLOW_PLACE_INIT(p->root, p->state);
}

int flow_container_dir(const struct flow_place *p, const char *id, struct err *e)
{
	int fd = openat(p->containers, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? err_sys(e, -errno, "container %.12s", id) : fd;
}

int place_runtime_root(const struct flow_place *p, char *path, size_t len, struct err *e)
{
	int n = snprintf(path, len, "%s/runtime", p->state);

	if (n < 0 || (size_t)n >= len)
		return err_set(e, -ENAMETOOLONG, "%s: path too long", p->state);
	int r = path_mkdirs(path, 0700);
	return r < 0 ? err_sys(e, r, "making %s", path) : 0;
}

static bool is_stale(struct flow_place *p, int dir, const char *name)
{
	SCOPED(buf) struct buf id = BUF_INIT(FLOW_ID_MAX);
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || time(NULL) - st.st_mtime < CLAIM_OLD_S ||
	    path_read_file(dir, name, &id) < 0 || !id.len)
		return false;
	return fstatat(p->containers, buf_str(&id), &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

/* 0, or -EEXIST. */
static int claim(struct flow_place *p, int dir, const char *name, const char *id)
{
	for (int tries = 0; tries < 2; tries++) {
		scoped_fd int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd_write_all(fd, id, strlen(id));
		if (errno != EEXIST)
			return -errno;
		if (!is_stale(p, dir, name) || unlinkat(dir, name, 0) < 0)
			break;
	}
	return -EEXIST;
}

int place_claim_name(struct flow_place *p, const char *name, const char *id, struct err *e)
{
	int r = claim(p, p->names, name, id);

	if (r == -EEXIST)
		return err_set(
			e, r, "the name %s is taken by another container; remove it with skep rm %s, or choose another",
			name, name);
	return r < 0 ? err_sys(e, r, "claiming the name %s", name) : 0;
}

int place_claim_range(struct flow_place *p, const char *id, uint32_t *ret, struct err *e)
{
	unsigned long start = strtoul((char[]){id[0], id[1], id[2], id[3], id[4], '\0'}, NULL, 16);
	char name[16];

	for (uint32_t i = 0; i < RANGE_COUNT; i++) {
		uint32_t n = (uint32_t)(start + i) % RANGE_COUNT;
		snprintf(name, sizeof(name), "%u", n);
		int r = claim(p, p->ranges, name, id);
		if (r == 0)
			*ret = RANGE_BASE + n * FLOW_RANGE_SIZE;
		if (r != -EEXIST)
			return r < 0 ? err_sys(e, r, "claiming a range of users") : 0;
	}
	return err_set(e, -ENOSPC, "all %u ranges of users are taken; remove containers with skep rm", RANGE_COUNT);
}

/* Only what still belongs to the container: a stale claim may have been taken over. */
static void release(int dir, const char *name, const char *id)
{
	SCOPED(buf) struct buf owner = BUF_INIT(FLOW_ID_MAX);

	if (name[0] && path_read_file(dir, name, &owner) == 0 && str_eq(buf_str(&owner), id))
		unlinkat(dir, name, 0);
}

void place_release(struct flow_place *p, const struct flow_record *r)
{
	char range[16];

	snprintf(range, sizeof(range), "%u", (r->range - RANGE_BASE) / FLOW_RANGE_SIZE);
	release(p->names, r->name, r->id);
	if (r->range)
		release(p->ranges, range, r->id);
}

int place_lowers(struct flow_place *p, const struct flow_record *r, struct flow_lowers *l, struct err *e)
{
	SCOPED(oci_image) struct oci_image image = {0};

	if (r->rootfs) {
		l->fds[0] = open(r->rootfs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		l->count = l->fds[0] >= 0;
		return l->count ? 0 : err_sys(e, -errno, "%s", r->rootfs);
	}
	int bad = oci_store_find(p->store, r->image_id, &image, e);
	return bad < 0 ? bad : flow_lowers_open(p->store, &image, l, e);
}
