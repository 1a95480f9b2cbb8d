/* SPDX-License-Identifier: Apache-2.0 */
/* Read once before the first instruction: what holds afterwards is that nobody may write them. */
#include "program-digest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/path.h"
#include "base/str.h"

enum { PIECE = 1 << 18 };

static int digest_file(int fd, struct digest *ret)
{
	SCOPED_PTR(digest_ctx) struct digest_ctx *c = NULL;
	scoped_free char *piece = malloc(PIECE);
	ssize_t n = 1;
	int r = piece ? digest_ctx_new("sha256", &c) : -ENOMEM;

	while (r == 0 && n > 0) {
		n = read(fd, piece, PIECE);
		r = n < 0 ? (errno == EINTR ? 0 : -errno) : digest_update(c, piece, (size_t)n);
		n = n < 0 ? 1 : n;
	}
	return r < 0 ? r : digest_final(c, ret);
}

static int check(const struct profile_program *program, int root, struct err *e)
{
	struct digest found;
	scoped_fd int fd = path_openat2(root, program->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0,
					RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	int r = fd < 0 ? fd : digest_file(fd, &found);
	if (r < 0)
		return err_sys(e, r, "program %s", program->path);
	return str_eq(found.text, program->digest)
		       ? 0
		       : err_set(e, -EPERM, "program %s is not the profile's: it is %s, expected %s", program->path,
				 found.text, program->digest);
}

int program_digests_check(const struct profile *p, int root, struct err *e)
{
	int r = 0;
	for (size_t i = 0; r == 0 && i < p->program_count; i++)
		if (p->programs[i].digest)
			r = check(&p->programs[i], root, e);
	return r;
}
