/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies found and read.
 */
#include "flow/admission.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/path.h"
#include "document.h"
#include "files-in.h"
#include "flow/behaviour.h"
#include "profile.h"

void flow_policies_done(struct flow_policies *p)
{
	free(p->items);
	*p = (struct flow_policies){.items = NULL};
}

static int check_profiles(const struct admission_policy *p, const char *path, struct err *e)
{
	for (size_t i = 0; i < p->step_count; i++)
		if (p->steps[i].profile[0] && !flow_profile_find(p->steps[i].profile))
			return err_set(e, -EINVAL, "%s: spec: steps: profile: \"%s\" is none of " FLOW_PROFILE_NAMES,
				       path, p->steps[i].profile);
	return 0;
}

static int add_file(const char *path, void *data, struct err *e)
{
	struct flow_policies *p = data;
	SCOPED_PTR(json) struct json *doc = NULL;

	if (p->count == FLOW_POLICIES_MAX)
		return err_set(e, -E2BIG, "more than %d policies", FLOW_POLICIES_MAX);
	int r = document_read(path, ADMISSION_BYTES_MAX, &doc, e);
	if (r == 0 && (r = admission_decode(doc, &p->items[p->count], e)) < 0)
		err_wrap(e, r, "%s", path);
	if (r == 0)
		r = check_profiles(&p->items[p->count], path, e);
	p->count += r == 0;
	return r;
}

int flow_policies_load(const struct strv *paths, struct flow_policies *ret, struct err *e)
{
	static const char *const endings[] = {".yaml", ".yml", ".json", NULL};
	SCOPED(flow_policies) struct flow_policies p = {.items = calloc(FLOW_POLICIES_MAX, sizeof(*p.items))};
	scoped_fd int usual = open(FLOW_POLICY_FOLDER, O_PATH | O_CLOEXEC);
	int r = p.items ? 0 : err_set(e, -ENOMEM, "out of memory");

	if (r == 0 && usual < 0 && errno != ENOENT)
		r = err_sys(e, -errno, FLOW_POLICY_FOLDER);
	if (r == 0 && usual >= 0)
		r = files_in(FLOW_POLICY_FOLDER, endings, add_file, &p, e);
	for (size_t i = 0; r >= 0 && i < paths->count; i++) {
		r = files_in(paths->items[i], endings, add_file, &p, e);
		if (r == 0)
			r = err_set(e, -ENOENT, "%s: no file *.yaml, *.yml or *.json in it", paths->items[i]);
	}
	if (r < 0)
		return r;
	*ret = p;
	p = (struct flow_policies){.items = NULL};
	return 0;
}
