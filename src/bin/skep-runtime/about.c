/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features and spec: what this runtime can, and a configuration to start from.
 */
#include <fcntl.h>

#include "base/path.h"
#include "command.h"

#define OUTPUT_MAX (1u << 20)

int command_features(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_MAX);
	int at = 0;
	int r = command_words("features", NULL, argv, &at, e);

	if (r == 0)
		r = container_features_json(&b, e);
	return r ? r : command_print(&b, e);
}

int command_spec(const struct settings *s, char **argv, struct err *e)
{
	SCOPED(buf) struct buf b = BUF_INIT(OUTPUT_MAX);
	const char *bundle = ".";
	bool rootless = false;
	const struct option table[] = {
		{"bundle", 'b', OPTION_TEXT, &bundle, "folder to write config.json into"},
		{"rootless", 0, OPTION_FLAG, &rootless, "for a caller who is not root"},
		{NULL},
	};
	int at = 0;
	int r = command_words("spec", table, argv, &at, e);

	if (r == 0)
		r = container_spec_json(rootless, &b);
	if (r)
		return r;
	buf_add_char(&b, '\n');
	scoped_fd int dir = open(bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_sys(e, -errno, "cannot open the bundle %s", bundle);
	scoped_fd int fd = openat(dir, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno == EEXIST ? err_set(e, -EEXIST, "file config.json exists. Remove it first")
				       : err_sys(e, -errno, "cannot write %s/config.json", bundle);
	r = fd_write_all(fd, buf_str(&b), b.len);
	return r < 0 ? err_sys(e, r, "cannot write %s/config.json", bundle) : 0;
}
