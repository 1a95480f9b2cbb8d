/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime configuration as a whole: its platform-independent part (config.md) and the doors of its pieces.
 */
#include "oci/spec.h"

#include <string.h>

#include "base/str.h"
#include "decode.h"
#include "spec-parts.h"

#define SPEC(member) offsetof(struct oci_spec, member)

static const struct decode_field root_fields[] = {
	{"path", SPEC(root_path), decode_str, true},
	{"readonly", SPEC(root_readonly), decode_bool},
	{NULL},
};

#define MOUNT(member) offsetof(struct oci_mount, member)
#define MAPPINGS .fields = oci_id_mapping_fields, .item = sizeof(struct oci_id_mapping)
static const struct decode_field mount_fields[] = {
	{"destination", MOUNT(destination), decode_str, true},
	{"type", MOUNT(type), decode_str},
	{"source", MOUNT(source), decode_str},
	{"options", MOUNT(options), decode_strs},
	{"uidMappings", MOUNT(uid_mappings), MAPPINGS},
	{"gidMappings", MOUNT(gid_mappings), MAPPINGS},
	{NULL},
};

#define HOOK(member) offsetof(struct oci_hook, member)
static const struct decode_field hook_fields[] = {
	{"path", HOOK(path), decode_str, true},
	{"args", HOOK(args), decode_strs},
	{"env", HOOK(env), decode_strs},
	{"timeout", HOOK(timeout), decode_opt_i64},
	{NULL},
};

static int decode_hooks(const struct decode *d, const struct json *v, void *out)
{
	struct decode_field fields[OCI_HOOK_COUNT + 1] = {0};
	struct oci_hooks *hooks = out;

	for (int kind = 0; kind < OCI_HOOK_COUNT; kind++)
		fields[kind] = (struct decode_field){.key = oci_hook_name((enum oci_hook_kind)kind),
						     .offset = (size_t)kind * sizeof(*hooks),
						     .fields = hook_fields,
						     .item = sizeof(struct oci_hook)};
	int r = decode_fields(d, v, fields, hooks);
	for (int kind = 0; r == 0 && kind < OCI_HOOK_COUNT; kind++) {
		for (size_t i = 0; i < hooks[kind].count; i++) {
			const struct oci_hook *hook = &hooks[kind].at[i];
			if (hook->path[0] != '/')
				return err_set(d->e, -EINVAL, "%s[%zu].path: must be absolute", fields[kind].key, i);
			if (hook->timeout.set && hook->timeout.value <= 0)
				return err_set(d->e, -ERANGE, "%s[%zu].timeout: must be over 0", fields[kind].key, i);
		}
	}
	return r;
}

static int decode_process_member(const struct decode *d, const struct json *v, void *out)
{
	struct oci_spec *spec = out;
	spec->has_process = true;
	return oci_decode_process(d, v, &spec->process);
}

static const struct decode_field spec_fields[] = {
	{"ociVersion", SPEC(oci_version), decode_str, true},
	{"root", 0, .fields = root_fields},
	{"process", 0, decode_process_member},
	{"hostname", SPEC(hostname), decode_str},
	{"domainname", SPEC(domainname), decode_str},
	{"mounts", SPEC(mounts), .fields = mount_fields, .item = sizeof(struct oci_mount)},
	{"hooks", SPEC(hooks), decode_hooks},
	{"annotations", SPEC(annotations), decode_pairs},
	{"linux", SPEC(linux_), oci_decode_linux},
	{NULL},
};

/* Accepts 1.x.y with an optional pre-release: what semantic versioning says this program understands. */
static int check_version(const struct oci_spec *spec, struct err *e)
{
	const char *v = spec->oci_version;

	if (strncmp(v, "1.", 2) == 0 && v[2] >= '0' && v[2] <= '9')
		return 0;
	return err_set(e, -EINVAL, "ociVersion: \"%.32s\" is not supported; skep implements " OCI_SPEC_VERSION, v);
}

static int check_spec(const struct oci_spec *spec, struct err *e)
{
	for (size_t i = 0; i < spec->mounts.count; i++) {
		const struct oci_mount *m = &spec->mounts.at[i];
		if (!m->destination[0])
			return err_set(e, -EINVAL, "mounts[%zu].destination: must not be empty", i);
		if (!m->uid_mappings.count != !m->gid_mappings.count)
			return err_set(e, -EINVAL, "mounts[%zu]: uidMappings and gidMappings go together", i);
	}
	for (size_t i = 0; i < spec->annotations.count; i++)
		if (!spec->annotations.at[i].key[0])
			return err_set(e, -EINVAL, "annotations: a key must not be empty");
	return check_version(spec, e);
}

int oci_spec_decode(const char *text, size_t len, struct oci_spec *ret_spec, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	SCOPED(oci_spec) struct oci_spec spec = {.arena = ARENA_INIT(OCI_SPEC_ARENA_MAX)};
	struct decode d = {.arena = &spec.arena, .e = e};

	spec.process.scheduler.policy = -1;
	spec.linux_.memory_policy.mode = -1;
	int r = json_parse(text, len, JSON_LIMITS_CONFIG, &doc, e);
	if (r == 0)
		r = decode_fields(&d, doc, spec_fields, &spec);
	if (r == 0)
		r = check_spec(&spec, e);
	if (r < 0)
		return r;
	*ret_spec = spec;
	spec.arena = ARENA_INIT(0);
	return 0;
}

void oci_spec_done(struct oci_spec *spec)
{
	arena_done(&spec->arena);
}

static int decode_alone(const char *text, size_t len, struct arena *arena, decode_fn *fn, void *out, struct err *e)
{
	SCOPED_PTR(json) struct json *doc = NULL;
	struct decode d = {.arena = arena, .e = e};
	int r = json_parse(text, len, JSON_LIMITS_CONFIG, &doc, e);
	return r < 0 ? r : fn(&d, doc, out);
}

int oci_process_decode(const char *text, size_t len, struct arena *arena, struct oci_process *ret, struct err *e)
{
	struct oci_process process = {0};
	int r = decode_alone(text, len, arena, oci_decode_process, &process, e);
	if (r == 0)
		*ret = process;
	return r;
}

int oci_resources_decode(const char *text, size_t len, struct arena *arena, struct oci_resources *ret, struct err *e)
{
	struct oci_resources resources = {0};
	int r = decode_alone(text, len, arena, oci_decode_resources, &resources, e);
	if (r == 0)
		*ret = resources;
	return r;
}

const struct oci_namespace *oci_spec_namespace(const struct oci_spec *spec, enum oci_namespace_type type)
{
	for (size_t i = 0; i < spec->linux_.namespaces.count; i++)
		if (spec->linux_.namespaces.at[i].type == (int)type)
			return &spec->linux_.namespaces.at[i];
	return NULL;
}

const char *oci_spec_annotation(const struct oci_spec *spec, const char *key)
{
	for (size_t i = 0; i < spec->annotations.count; i++)
		if (str_eq(spec->annotations.at[i].key, key))
			return spec->annotations.at[i].value;
	return NULL;
}
