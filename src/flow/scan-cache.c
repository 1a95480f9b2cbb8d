/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file a layer, put there in one step. Its time is when it was last used. Who may write the folder may decide what a
 * scan finds, so it is the owner's alone, as the store is; one that anybody else owns or may write is not used.
 */
#include "scan-cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/path.h"
#include "base/str.h"
#include "model/part.h"
#include "own-folder.h"

#define FILES_MAX 65536

static int file_name(const struct scan_cache_key *key, char *name, size_t len)
{
	struct digest layer, rules;

	if (digest_parse(key->layer, &layer) < 0 || (*key->rules && digest_parse(key->rules, &rules) < 0))
		return -EINVAL;
	int n = snprintf(name, len, "%s-%s-%d-%x%s%.64s", digest_hex(&layer), SKEP_VERSION, MODEL_PART_VERSION,
			 key->flags, *key->rules ? "-" : "", *key->rules ? digest_hex(&rules) : "");
	return (size_t)n < len ? 0 : -ENAMETOOLONG;
}

int scan_cache_open(const char *root, const struct scan_cache_key *key)
{
	char name[NAME_MAX];
	scoped_fd int folder = own_folder_open(root, "scan", false);

	if (folder < 0 || file_name(key, name, sizeof(name)) < 0)
		return -1;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		ignore(utimensat(folder, name, NULL, AT_SYMLINK_NOFOLLOW)); /* only the order of eviction suffers */
	return fd;
}

struct kept {
	struct timespec used;
	uint64_t bytes;
	char name[NAME_MAX + 1];
};

static int compare_kept(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	return x->used.tv_nsec < y->used.tv_nsec ? 1 : x->used.tv_nsec > y->used.tv_nsec ? -1 : 0;
}

/* Removes what is beyond the limit, the least used first. */
static void evict(int folder)
{
	scoped_free struct kept *list = NULL;
	size_t count = 0, room = 0;
	uint64_t bytes = 0;
	const struct dirent *d;
	DIR *dir = fdopendir(dup(folder));

	while (dir && count < FILES_MAX && (d = readdir(dir))) {
		struct stat st;
		if (*d->d_name == '.' || fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (count == room) {
			struct kept *more = reallocarray(list, room ? room * 2 : 64, sizeof(*list));
			if (!more)
				break;
			list = more;
			room = room ? room * 2 : 64;
		}
		list[count] = (struct kept){.used = st.st_mtim, .bytes = (uint64_t)st.st_size};
		snprintf(list[count++].name, sizeof(list->name), "%s", d->d_name);
		bytes += (uint64_t)st.st_size;
	}
	if (dir)
		closedir(dir);
	if (bytes <= SCAN_CACHE_BYTES_MAX)
		return;
	qsort(list, count, sizeof(*list), compare_kept);
	while (count && bytes > SCAN_CACHE_BYTES_MAX) {
		bytes -= list[--count].bytes;
		unlinkat(folder, list[count].name, 0);
	}
}

void scan_cache_keep(const char *root, const struct scan_cache_key *key, int fd)
{
	char name[NAME_MAX];
	scoped_fd int folder = own_folder_open(root, "scan", true);
	struct stat st;
	off_t at = 0;

	if (folder < 0 || file_name(key, name, sizeof(name)) < 0 || fstat(fd, &st) < 0)
		return;
	/* Without a name until it is whole: whoever is killed leaves nothing. */
	scoped_fd int out = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	while (out >= 0 && at < st.st_size)
		if (sendfile(out, fd, &at, (size_t)(st.st_size - at)) <= 0)
			break;
	if (out < 0 || at != st.st_size)
		return;
	unlinkat(folder, name, 0);
	ignore(linkat(AT_FDCWD, fd_path_of(out).text, folder, name,
		      AT_SYMLINK_FOLLOW)); /* it is read again next time */
	evict(folder);
}
