/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies found and read.
 */
#include "flow/admission.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/path.h"
#include "document.h"

void flow_policies_done(struct flow_policies *p)
{
	free(p->items);
	*p = (struct flow_policies){.items = NULL};
}

static int add_file(struct flow_policies *p, const char *path, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;

	if (p->count == FLOW_POLICIES_MAX)
		return err_set(e, -E2BIG, "more than %d policies", FLOW_POLICIES_MAX);
	int r = document_read(path, ADMISSION_BYTES_MAX, &doc, e);
	if (r == 0 && (r = admission_decode(doc, &p->items[p->count], e)) < 0)
		err_wrap(e, r, "%s", path);
	p->count += r == 0;
	return r;
}

static int is_policy(const struct dirent *entry)
{
	const char *name = entry->d_name;

	return name[0] != '.' &&
	       (str_ends_with(name, ".yaml") || str_ends_with(name, ".yml") || str_ends_with(name, ".json"));
}

static int add_folder(struct flow_policies *p, const char *path, struct err *e)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_policy, alphasort), r = 0;

	if (count < 0)
		return err_sys(e, -errno, "cannot read %s", path);
	for (int i = 0; i < count; i++) {
		scoped_free char *name = str_printf("%s/%s", path, entries[i]->d_name);
		if (r == 0)
			r = name ? add_file(p, name, e) : err_set(e, -ENOMEM, "out of memory");
		free(entries[i]);
	}
	free(entries);
	return r;
}

static int add_path(struct flow_policies *p, const char *path, struct err *e)
{
	scoped_fd int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return folder < 0 ? add_file(p, path, e) : add_folder(p, path, e);
}

int flow_policies_load(const struct strv *paths, struct flow_policies *ret, struct err *e)
{
	SCOPED(flow_policies) struct flow_policies p = {.items = calloc(FLOW_POLICIES_MAX, sizeof(*p.items))};
	scoped_fd int usual = open(FLOW_POLICY_FOLDER, O_PATH | O_CLOEXEC);
	int r = p.items ? 0 : err_set(e, -ENOMEM, "out of memory");

	if (r == 0 && usual < 0 && errno != ENOENT)
		r = err_sys(e, -errno, FLOW_POLICY_FOLDER);
	if (r == 0 && usual >= 0)
		r = add_folder(&p, FLOW_POLICY_FOLDER, e);
	for (size_t i = 0; r == 0 && i < paths->count; i++)
		r = add_path(&p, paths->items[i], e);
	if (r == 0) {
		*ret = p;
		p = (struct flow_policies){.items = NULL};
	}
	return r;
}
