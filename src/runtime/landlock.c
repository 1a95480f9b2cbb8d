/* SPDX-License-Identifier: Apache-2.0 */
/* Scopes only: a process of another domain is not asked or signalled, also where namespaces are shared with the host. */
#include "landlock.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/json.h"

enum { SCOPES_KNOWN = 3, ABI_OF_SCOPES = 6, ASK_VERSION = 1 /* LANDLOCK_CREATE_RULESET_VERSION */ };

/* struct landlock_ruleset_attr of ABI 6, which is newer than Debian 12's headers. */
struct ruleset {
	uint64_t fs, net, scoped;
};

static int only_scoped(const char *key, const struct json *value, void *data, struct err *e)
{
	return strcmp(key, "scoped") == 0
		       ? 0
		       : err_set(e, -EINVAL, "\"%s\" is not supported yet; this skep-runtime knows \"scoped\"", key);
}

/* *RET is 0 without the annotation. */
static int scopes(const struct oci_spec *spec, uint64_t *ret, struct err *e)
{
	*ret = 0;
	for (size_t i = 0; i < spec->annotations.count; i++) {
		const char *text = spec->annotations.at[i].value;
		if (strcmp(spec->annotations.at[i].key, LANDLOCK_ANNOTATION) != 0)
			continue;
		SCOPED_PTR(json) struct json *doc = NULL;
		int r = json_parse(text, strlen(text), JSON_LIMITS_CONFIG, &doc, e);
		if (r == 0 && json_kind(doc) != JSON_OBJECT)
			r = err_set(e, -EINVAL, "expected an object such as {\"scoped\": 3}");
		if (r == 0)
			r = json_each(doc, only_scoped, NULL, e);
		if (r == 0)
			r = json_get_u64(doc, "scoped", ret, e);
		if (r == 0 && *ret & ~(uint64_t)SCOPES_KNOWN)
			r = err_set(e, -EINVAL, "scoped: %llu has bits that no scope has", (unsigned long long)*ret);
		if (r < 0)
			return err_wrap(e, r, "annotation " LANDLOCK_ANNOTATION);
	}
	return 0;
}

int landlock_check(const struct oci_spec *spec, struct err *e)
{
	uint64_t scoped;
	int r = scopes(spec, &scoped, e);
	if (r < 0 || !scoped)
		return r;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION) < ABI_OF_SCOPES)
		return err_set(e, -ENOTSUP,
			       "annotation " LANDLOCK_ANNOTATION
			       ": this kernel's Landlock has no scopes (they came with Linux 6.12)");
	if (!spec->process.no_new_privileges)
		return err_set(e, -EINVAL, "annotation " LANDLOCK_ANNOTATION ": needs process.noNewPrivileges");
	return 0;
}

int landlock_apply(const struct launch *l, struct err *e)
{
	struct ruleset attr = {0};
	int r = scopes(l->spec, &attr.scoped, e);
	if (r < 0 || !attr.scoped)
		return r;
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return err_sys(e, -errno, "cannot make a Landlock ruleset");
	r = syscall(SYS_landlock_restrict_self, ruleset, 0) < 0 ? -errno : 0;
	close(ruleset);
	return r < 0 ? err_sys(e, r, "cannot enter the Landlock domain") : 0;
}
