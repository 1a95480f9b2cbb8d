/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the lookup of users in an image's passwd and group: the input is "USER\0PASSWD\0GROUP". What comes out must
 * lie in the container's range.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/path.h"
#include "flow/container.h"
#include "user.h"

static struct flow_lowers lowers;
static int etc = -1;
static char root[] = "/tmp/skep-fuzz-user-XXXXXX";

static void remove_root(void)
{
	ignore(path_remove_tree(AT_FDCWD, root)); /* a scratch folder */
}

static int open_root(void)
{
	if (etc >= 0)
		return 0;
	if (!mkdtemp(root) || atexit(remove_root) != 0)
		return -1;
	lowers.fds[0] = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	lowers.count = 1;
	if (mkdirat(lowers.fds[0], "etc", 0755) < 0)
		return -1;
	etc = openat(lowers.fds[0], "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return etc < 0 ? -1 : 0;
}

/* The part up to the next NUL. */
static size_t part(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);

	return end ? (size_t)(end - data) : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[300];
	struct flow_user user;
	struct err e = {0};
	size_t n = part(data, size);

	if (n >= sizeof(name) || open_root() < 0)
		return 0;
	memcpy(name, data, n);
	name[n] = '\0';
	data += MIN_OF(n + 1, size);
	size -= MIN_OF(n + 1, size);
	n = part(data, size);
	if (path_write_file(etc, "passwd", data, n, 0644, false) < 0)
		return 0;
	data += MIN_OF(n + 1, size);
	size -= MIN_OF(n + 1, size);
	if (path_write_file(etc, "group", data, size, 0644, false) < 0 ||
	    flow_user_resolve(&lowers, name, &user, &e) < 0)
		return 0;
	if (user.uid >= FLOW_RANGE_SIZE || user.gid >= FLOW_RANGE_SIZE || user.group_count > FLOW_GROUPS_MAX ||
	    !memchr(user.home, 0, sizeof(user.home)))
		abort();
	return 0;
}
