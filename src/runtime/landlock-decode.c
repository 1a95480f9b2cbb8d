/* SPDX-License-Identifier: Apache-2.0 */
/* The annotation as a domain. */
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "landlock.h"

enum { PATH_BYTES_MAX = 4096 };

struct reading {
	struct arena *arena;
	struct landlock_domain *domain;
};

static int set_member(const char *key, const struct json *value, void *data, struct err *e)
{
	struct landlock_domain *d = data;
	int r = -EINVAL;

	if (str_eq(key, "handled_access_fs"))
		r = json_u64(value, &d->fs, e);
	else if (str_eq(key, "handled_access_net"))
		r = json_u64(value, &d->net, e);
	else if (str_eq(key, "scoped"))
		r = json_u64(value, &d->scoped, e);
	else if (str_eq(key, "best_effort"))
		r = json_bool(value, &d->best_effort, e);
	else if (str_eq(key, "rules"))
		return 0;
	else
		return err_set(e, r,
			       "\"%.64s\" is no member; there are handled_access_fs, handled_access_net, scoped, "
			       "best_effort and rules",
			       key);
	return r < 0 ? err_wrap(e, r, "%s", key) : 0;
}

static int check_key(const char *key, const struct json *value, void *data, struct err *e)
{
	static const char *const known[] = {"paths", "ports", "allowed_access", "optional", "itself"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (str_eq(key, known[i]))
			return 0;
	return err_set(e, -EINVAL,
		       "\"%.64s\" is no member of a rule; there are paths, ports, allowed_access, optional and itself",
		       key);
}

static int add_path(struct reading *r, struct landlock_rule rule, const struct json *value, struct err *e)
{
	const char *path;
	int bad = json_str(value, &path, e);

	if (bad < 0)
		return err_wrap(e, bad, "paths");
	if (path[0] != '/' || strlen(path) >= PATH_BYTES_MAX)
		return err_set(e, -EINVAL, "\"%.100s\" is not an absolute path of at most %d bytes", path,
			       PATH_BYTES_MAX - 1);
	const char *star = strchr(path, '*');
	if (star && strchr(star, '/'))
		return err_set(e, -EINVAL, "\"%.100s\": only the last name may be a pattern", path);
	rule.path = arena_str(r->arena, path);
	r->domain->rules[r->domain->count++] = rule;
	return rule.path ? 0 : err_set(e, -ENOMEM, "out of memory");
}

static int add_port(struct reading *r, struct landlock_rule rule, const struct json *value, struct err *e)
{
	int bad = json_u64(value, &rule.port, e);

	if (bad < 0)
		return err_wrap(e, bad, "ports");
	if (rule.port > UINT16_MAX)
		return err_set(e, -EINVAL, "%llu is not a port", (unsigned long long)rule.port);
	r->domain->rules[r->domain->count++] = rule;
	return 0;
}

static int add_each(struct reading *r, struct landlock_rule rule, const struct json *list, bool paths, struct err *e)
{
	int bad = 0;

	if (json_count(list) == 0)
		return err_set(e, -EINVAL, "%s is empty", paths ? "paths" : "ports");
	for (size_t i = 0; bad == 0 && i < json_count(list); i++) {
		if (r->domain->count == LANDLOCK_RULES_MAX)
			return err_set(e, -E2BIG, "more than %d paths and ports", LANDLOCK_RULES_MAX);
		bad = paths ? add_path(r, rule, json_at(list, i), e) : add_port(r, rule, json_at(list, i), e);
	}
	return bad;
}

static int add_rule(struct reading *r, const struct json *value, struct err *e)
{
	const struct landlock_domain *d = r->domain;
	struct landlock_rule rule = {.path = NULL};
	const struct json *paths = NULL, *ports = NULL;

	if (json_kind(value) != JSON_OBJECT)
		return err_set(e, -EINVAL, "a rule is an object");
	int bad = json_each(value, check_key, NULL, e);
	if (bad == 0)
		bad = json_get_u64(value, "allowed_access", &rule.allowed, e);
	if (bad == 0)
		bad = json_get_bool(value, "optional", &rule.optional, e);
	if (bad == 0)
		bad = json_get_bool(value, "itself", &rule.itself, e);
	if (bad == 0)
		bad = json_get_array(value, "paths", &paths, e);
	if (bad == 0)
		bad = json_get_array(value, "ports", &ports, e);
	if (bad < 0)
		return bad;
	if (!paths == !ports)
		return err_set(e, -EINVAL, "a rule has paths or ports, and not both");
	uint64_t handled = paths ? d->fs : d->net;
	if (!rule.allowed || rule.allowed & ~handled)
		return err_set(e, -EINVAL, "allowed_access %llu has rights that %s (%llu) has not, or none",
			       (unsigned long long)rule.allowed, paths ? "handled_access_fs" : "handled_access_net",
			       (unsigned long long)handled);
	return add_each(r, rule, paths ? paths : ports, paths, e);
}

/* All rights but running what is on a device; those to read and execute; and all that writing takes. */
#define WRITABLE                                                                                                       \
	"{\"paths\":[\"/dev\",\"/proc\",\"/tmp\",\"/run\",\"/var/tmp\"],\"allowed_access\":32766,\"optional\":true}"
#define READ_ONLY "\"handled_access_fs\":32767,\"rules\":[{\"paths\":[\"/\"],\"allowed_access\":13}," WRITABLE "]"

/* A domain by its name; what a kernel does not know of it is left out. */
static const char *find_named(const char *name, size_t len)
{
	static const struct {
		const char *name, *domain;
	} known[] = {
		{"read-only", "{\"best_effort\":true," READ_ONLY "}"},
		{"no-tcp", "{\"best_effort\":true,\"handled_access_net\":3}"},
		{"strict", "{\"best_effort\":true,\"handled_access_net\":3,\"scoped\":3," READ_ONLY "}"},
	};
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (strlen(known[i].name) == len && strncmp(known[i].name, name, len) == 0)
			return known[i].domain;
	return NULL;
}

int landlock_decode(const char *text, size_t len, struct arena *arena, struct landlock_domain *ret, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	const struct json *rules = NULL;
	const char *named = find_named(text, len);
	struct reading reading = {arena, ret};

	*ret = (struct landlock_domain){0};
	if (len && text[0] != '{' && text[0] != '[' && !named)
		return err_set(e, -EINVAL,
			       "\"%.*s\" is no domain; there are read-only, no-tcp and strict, or an object such as "
			       "{\"scoped\": 3}",
			       (int)MIN_OF(len, (size_t)60), text);
	int r = json_parse(named ? named : text, named ? strlen(named) : len, JSON_LIMITS_CONFIG, &doc, e);
	if (r == 0 && json_kind(doc) != JSON_OBJECT)
		r = err_set(e, -EINVAL, "expected an object such as {\"scoped\": 3}");
	if (r == 0)
		r = json_each(doc, set_member, ret, e);
	if (r == 0)
		r = json_get_array(doc, "rules", &rules, e);
	if (r < 0 || !rules)
		return r;
	ret->rules = ARENA_ARRAY(arena, LANDLOCK_RULES_MAX, struct landlock_rule);
	if (!ret->rules)
		return err_set(e, -ENOMEM, "out of memory");
	for (size_t i = 0; r == 0 && i < json_count(rules); i++) {
		r = add_rule(&reading, json_at(rules, i), e);
		if (r < 0)
			err_wrap(e, r, "rules[%zu]", i);
	}
	return r;
}

/* Which bits each version of the kernel's interface knows (landlock(7), "VERSIONS"). */
static uint64_t known_fs(long abi)
{
	static const unsigned bits[] = {0, 13, 14, 15, 15, 16};
	unsigned newest = ARRAY_LEN(bits) - 1;
	return (1ull << bits[abi < 0 ? 0 : MIN_OF((unsigned long)abi, newest)]) - 1;
}

static int fit_member(uint64_t *handled, uint64_t known, const struct landlock_domain *d, const char *name,
		      struct err *e)
{
	uint64_t unknown = *handled & ~known;

	*handled &= known;
	if (!unknown || d->best_effort)
		return 0;
	return err_set(e, -ENOTSUP, "%s: this kernel's Landlock does not know %#llx; take it out, or set best_effort",
		       name, (unsigned long long)unknown);
}

int landlock_fit(struct landlock_domain *d, long abi, struct err *e)
{
	size_t kept = 0;
	int r = fit_member(&d->fs, known_fs(abi), d, "handled_access_fs", e);

	if (r == 0)
		r = fit_member(&d->net, abi >= 4 ? 3 : 0, d, "handled_access_net", e);
	if (r == 0)
		r = fit_member(&d->scoped, abi >= 6 ? 3 : 0, d, "scoped", e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < d->count; i++) {
		struct landlock_rule rule = d->rules[i];
		rule.allowed &= rule.path ? d->fs : d->net;
		if (rule.allowed)
			d->rules[kept++] = rule;
	}
	d->count = kept;
	return 0;
}
