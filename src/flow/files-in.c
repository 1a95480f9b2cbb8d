/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted, so that what depends on the order is the same each time. */
#include "files-in.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/str.h"

static bool is_one(const char *name, const char *const *endings)
{
	if (*name == '.')
		return false;
	for (; *endings; endings++)
		if (str_ends_with(name, *endings))
			return true;
	return false;
}

int files_in(const char *path, const char *const *endings, files_in_fn *fn, void *data, struct err *e)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, NULL, alphasort), found = 0, r = count < 0 ? -errno : 0;

	if (r == -ENOTDIR) {
		r = fn(path, data, e);
		return r < 0 ? r : 1;
	}
	if (r < 0)
		return err_sys(e, r, "cannot read %s", path);
	for (int i = 0; i < count; i++) {
		if (r >= 0 && is_one(entries[i]->d_name, endings)) {
			scoped_free char *name = str_printf("%s/%s", path, entries[i]->d_name);
			r = name ? fn(name, data, e) : err_set(e, -ENOMEM, "out of memory");
			found++;
		}
		free(entries[i]);
	}
	free(entries);
	return r < 0 ? r : found;
}
