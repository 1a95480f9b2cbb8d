/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rule files found and read.
 */
#include "flow/rules.h"

#include <fcntl.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/str.h"
#include "detect/schema.h"
#include "files-in.h"

struct files {
	struct rule_file *at;
	struct buf *texts; /* of the same number */
	size_t count, bytes;
	struct strv names;
};

static void files_done(struct files *f)
{
	for (size_t i = 0; i < f->count; i++)
		buf_done(&f->texts[i]);
	free(f->texts);
	free(f->at);
	strv_done(&f->names);
}
DEFINE_SCOPED(files)

static int add_file(const char *path, void *data, struct err *e)
{
	struct files *f = data;

	if (f->count == FLOW_RULE_FILES_MAX)
		return err_set(e, -E2BIG, "more than %d files of rules", FLOW_RULE_FILES_MAX);
	int r = strv_add(&f->names, path);
	if (r < 0)
		return err_set(e, r, "out of memory");
	struct buf *text = &f->texts[f->count];
	*text = BUF_INIT(FLOW_RULE_BYTES_MAX - f->bytes);
	r = path_read_file(AT_FDCWD, path, text);
	if (r < 0) {
		buf_done(text);
		return err_sys(e, r, "cannot read %s", path);
	}
	f->bytes += text->len;
	f->at[f->count] = (struct rule_file){.text = buf_str(text), .len = text->len};
	f->count++;
	return 0;
}

int flow_rules_load(const char *const *paths, size_t count, const struct rule_options *options,
		    struct rule_problems *problems, struct rule_set **ret, struct err *e)
{
	static const char *const endings[] = {".yaml", ".yml", NULL};
	SCOPED(files) struct files f = {.count = 0};

	f.at = calloc(FLOW_RULE_FILES_MAX, sizeof(*f.at));
	f.texts = calloc(FLOW_RULE_FILES_MAX, sizeof(*f.texts));
	if (!f.at || !f.texts)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		int r = files_in(paths[i], endings, add_file, &f, e);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < f.count; i++)
		f.at[i].name = f.names.items[i];
	int r = rule_load(&detect_schema, f.at, f.count, options, problems, ret);
	if (r == -EINVAL)
		return err_set(e, r, "%zu mistake%s in the rules", problems->errors, problems->errors == 1 ? "" : "s");
	return r < 0 ? err_sys(e, r, "cannot load the rules") : 0;
}
