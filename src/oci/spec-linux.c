/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The linux object of the runtime configuration (config-linux.md).
 */
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/personality.h>

#include "base/str.h"
#include "decode.h"
#include "oci/spec.h"
#include "spec-parts.h"

#define LINUX(member) offsetof(struct oci_linux, member)

const struct decode_field oci_id_mapping_fields[] = {
	{"containerID", offsetof(struct oci_id_mapping, container_id), decode_u32, true},
	{"hostID", offsetof(struct oci_id_mapping, host_id), decode_u32, true},
	{"size", offsetof(struct oci_id_mapping, size), decode_u32, true},
	{NULL},
};

static int decode_namespace_type(const struct decode *d, const struct json *v, void *out)
{
	const char *names[OCI_NS_COUNT];

	for (int i = 0; i < OCI_NS_COUNT; i++)
		names[i] = oci_namespace_name((enum oci_namespace_type)i);
	return decode_name(d, v, names, OCI_NS_COUNT, out);
}

static const struct decode_field namespace_fields[] = {
	{"type", offsetof(struct oci_namespace, type), decode_namespace_type, true},
	{"path", offsetof(struct oci_namespace, path), decode_str},
	{NULL},
};

static int decode_node_type(const struct decode *d, const struct json *v, void *out)
{
	const char *s = NULL;
	int r = json_str(v, &s, d->e);

	if (r < 0)
		return r;
	if (!s[0] || s[1] || !strchr("bcup", s[0]))
		return err_set(d->e, -EINVAL, "unknown device type \"%.16s\"; b, c, u or p", s);
	*(char *)out = s[0] == 'u' ? 'c' : s[0];
	return 0;
}

#define DEVICE(member) offsetof(struct oci_device, member)
static const struct decode_field device_fields[] = {
	{"type", DEVICE(type), decode_node_type, true},
	{"path", DEVICE(path), decode_str, true},
	{"major", DEVICE(major), decode_i64},
	{"minor", DEVICE(minor), decode_i64},
	{"fileMode", DEVICE(file_mode), decode_opt_u64},
	{"uid", DEVICE(uid), decode_opt_u32},
	{"gid", DEVICE(gid), decode_opt_u32},
	{NULL},
};

/* netDevices: host name -> {"name": name inside}. */
static int add_net_device(const char *key, const struct json *value, void *data, struct err *e)
{
	void *const *pair = data;
	const struct decode *d = pair[0];
	struct oci_pairs *devices = pair[1];
	struct oci_pair *device = &devices->at[devices->count++];
	const char *name = NULL;
	int r = json_kind(value) != JSON_OBJECT ? err_set(e, -EINVAL, "expected an object")
						: json_get_str(value, "name", &name, e);

	if (r < 0)
		return err_wrap(e, r, "%.64s", key);
	device->key = arena_str(d->arena, key);
	device->value = arena_str(d->arena, name);
	return arena_failed(d->arena) ? err_set(e, -ENOMEM, "out of memory") : 0;
}

static int decode_net_devices(const struct decode *d, const struct json *v, void *out)
{
	struct oci_pairs *devices = out;
	void *pair[] = {(void *)(uintptr_t)d, devices};

	if (json_kind(v) != JSON_OBJECT)
		return err_set(d->e, -EINVAL, "expected an object");
	devices->at = ARENA_ARRAY(d->arena, json_count(v), struct oci_pair);
	if (!devices->at && json_count(v))
		return err_set(d->e, -ENOMEM, "out of memory");
	return json_each(v, add_net_device, pair, d->e);
}

#define RDT(member) offsetof(struct oci_intel_rdt, member)
static const struct decode_field rdt_fields[] = {
	{"closID", RDT(clos_id), decode_str},
	{"l3CacheSchema", RDT(l3_cache_schema), decode_str},
	{"memBwSchema", RDT(mem_bw_schema), decode_str},
	{"schemata", RDT(schemata), decode_strs},
	{"enableMonitoring", RDT(enable_monitoring), decode_bool},
	{"enableCMT", RDT(enable_monitoring), decode_bool},
	{"enableMBM", RDT(enable_monitoring), decode_bool},
	{NULL},
};

static int decode_policy_mode(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {
		[MPOL_DEFAULT] = "MPOL_DEFAULT",
		[MPOL_PREFERRED] = "MPOL_PREFERRED",
		[MPOL_BIND] = "MPOL_BIND",
		[MPOL_INTERLEAVE] = "MPOL_INTERLEAVE",
		[MPOL_LOCAL] = "MPOL_LOCAL",
		[MPOL_PREFERRED_MANY] = "MPOL_PREFERRED_MANY",
		[MPOL_PREFERRED_MANY + 1] = "MPOL_WEIGHTED_INTERLEAVE", /* Linux 6.9 */
	};
	return decode_name(d, v, names, ARRAY_LEN(names), out);
}

static int decode_policy_flags(const struct decode *d, const struct json *v, void *out)
{
	static const char *const names[] = {"MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"};
	static const unsigned flags[] = {MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES};
	uint64_t bits = 0;
	int r = decode_name_bits(d, v, names, ARRAY_LEN(names), &bits);

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		*(unsigned *)out |= bits >> i & 1 ? flags[i] : 0;
	return r;
}

#define POLICY(member) offsetof(struct oci_memory_policy, member)
static const struct decode_field memory_policy_fields[] = {
	{"mode", POLICY(mode), decode_policy_mode, true},
	{"flags", POLICY(flags), decode_policy_flags},
	{"nodes", POLICY(nodes), decode_str},
	{NULL},
};

static int decode_personality(const struct decode *d, const struct json *v, void *out)
{
	const char *domain = NULL;
	const struct json *flags = NULL;
	int r = json_get_str(v, "domain", &domain, d->e);

	if (r == 0)
		r = json_get_array(v, "flags", &flags, d->e);
	if (r < 0)
		return r;
	if (json_count(flags) > 0)
		return err_set(d->e, -EINVAL, "flags: the specification defines none");
	if (str_eq(domain, "LINUX"))
		*(struct opt_u64 *)out = (struct opt_u64){true, PER_LINUX};
	else if (str_eq(domain, "LINUX32"))
		*(struct opt_u64 *)out = (struct opt_u64){true, PER_LINUX32};
	else
		return err_set(d->e, -EINVAL, "domain: must be LINUX or LINUX32");
	return 0;
}

static int decode_offset(const struct decode *d, const struct json *v, void *out)
{
	static const struct decode_field fields[] = {
		{"secs", offsetof(struct oci_time_offset, secs), decode_i64},
		{"nanosecs", offsetof(struct oci_time_offset, nanosecs), decode_u32},
		{NULL},
	};
	struct oci_time_offset *offset = out;
	offset->set = true;
	int r = decode_fields(d, v, fields, out);
	if (r == 0 && offset->nanosecs > 999999999)
		return err_set(d->e, -ERANGE, "nanosecs: over 999999999");
	return r;
}

static const struct decode_field offset_fields[] = {
	{"boottime", LINUX(boottime), decode_offset},
	{"monotonic", LINUX(monotonic), decode_offset},
	{NULL},
};

static int decode_seccomp_object(const struct decode *d, const struct json *v, void *out)
{
	struct oci_seccomp *s = ARENA_NEW(d->arena, struct oci_seccomp);
	if (!s)
		return err_set(d->e, -ENOMEM, "out of memory");
	memcpy(out, &s, sizeof(s));
	return oci_decode_seccomp(d, v, s);
}

#define MAPPINGS .fields = oci_id_mapping_fields, .item = sizeof(struct oci_id_mapping)
static const struct decode_field linux_fields[] = {
	{"namespaces", LINUX(namespaces), .fields = namespace_fields, .item = sizeof(struct oci_namespace)},
	{"uidMappings", LINUX(uid_mappings), MAPPINGS},
	{"gidMappings", LINUX(gid_mappings), MAPPINGS},
	{"devices", LINUX(devices), .fields = device_fields, .item = sizeof(struct oci_device)},
	{"netDevices", LINUX(net_devices), decode_net_devices},
	{"cgroupsPath", LINUX(cgroups_path), decode_str},
	{"resources", LINUX(resources), oci_decode_resources},
	{"seccomp", LINUX(seccomp), decode_seccomp_object},
	{"sysctl", LINUX(sysctl), decode_pairs},
	{"rootfsPropagation", LINUX(rootfs_propagation), decode_str},
	{"mountLabel", LINUX(mount_label), decode_str},
	{"maskedPaths", LINUX(masked_paths), decode_strs},
	{"readonlyPaths", LINUX(readonly_paths), decode_strs},
	{"intelRdt", LINUX(intel_rdt), .fields = rdt_fields, .pointer = sizeof(struct oci_intel_rdt)},
	{"memoryPolicy", LINUX(memory_policy), .fields = memory_policy_fields},
	{"personality", LINUX(personality), decode_personality},
	{"timeOffsets", 0, .fields = offset_fields},
	{NULL},
};

static int check_namespaces(const struct decode *d, const struct oci_linux *l)
{
	unsigned seen = 0;

	for (size_t i = 0; i < l->namespaces.count; i++) {
		const struct oci_namespace *ns = &l->namespaces.at[i];
		if (seen & 1u << ns->type)
			return err_set(d->e, -EINVAL, "namespaces[%zu]: a second %s namespace", i,
				       oci_namespace_name((enum oci_namespace_type)ns->type));
		seen |= 1u << ns->type;
		/* An empty path is what some generators write for "a new one". */
		if (ns->path && !ns->path[0])
			l->namespaces.at[i].path = NULL;
		else if (ns->path && ns->path[0] != '/')
			return err_set(d->e, -EINVAL, "namespaces[%zu].path: must be absolute", i);
	}
	return 0;
}

int oci_decode_linux(const struct decode *d, const struct json *v, void *out)
{
	struct oci_linux *l = out;
	l->memory_policy.mode = -1;
	int r = decode_fields(d, v, linux_fields, l);

	if (r < 0)
		return r;
	for (size_t i = 0; i < l->devices.count; i++) {
		if (l->devices.at[i].path[0] != '/')
			return err_set(d->e, -EINVAL, "devices[%zu].path: must be absolute", i);
		if (l->devices.at[i].file_mode.value > 07777)
			return err_set(d->e, -ERANGE, "devices[%zu].fileMode: over 07777", i);
	}
	return check_namespaces(d, l);
}
