/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources of the runtime configuration (config-linux.md, "Control groups").
 */
#include <string.h>

#include "base/str.h"
#include "decode.h"
#include "oci/spec.h"
#include "spec-parts.h"

#define RES(member) offsetof(struct oci_resources, member)

static int decode_device_type(const struct decode *d, const struct json *v, void *out)
{
	const char *s = NULL;
	int r = json_str(v, &s, d->e);

	if (r < 0)
		return r;
	if (!s[0])
		s = "a";
	if (s[1] || !strchr("abcu", s[0]))
		return err_set(d->e, -EINVAL, "unknown device type \"%.16s\"; a, b or c", s);
	*(char *)out = s[0] == 'u' ? 'c' : s[0];
	return 0;
}

static int decode_access(const struct decode *d, const struct json *v, void *out)
{
	struct oci_device_rule *rule = out;
	const char *s = NULL;
	int r = json_str(v, &s, d->e);

	if (r < 0)
		return r;
	if (s[strspn(s, "rwm")])
		return err_set(d->e, -EINVAL, "unknown access in \"%.16s\"; letters of rwm", s);
	rule->read = strchr(s, 'r') != NULL;
	rule->write = strchr(s, 'w') != NULL;
	rule->mknod = strchr(s, 'm') != NULL;
	return 0;
}

static const struct decode_field device_rule_fields[] = {
	{"allow", offsetof(struct oci_device_rule, allow), decode_bool, true},
	{"type", offsetof(struct oci_device_rule, type), decode_device_type},
	{"major", offsetof(struct oci_device_rule, major), decode_opt_i64},
	{"minor", offsetof(struct oci_device_rule, minor), decode_opt_i64},
	{"access", 0, decode_access},
	{NULL},
};

static const struct decode_field memory_fields[] = {
	{"limit", RES(memory.limit), decode_opt_i64},
	{"reservation", RES(memory.reservation), decode_opt_i64},
	{"swap", RES(memory.swap), decode_opt_i64},
	{"kernel", RES(memory.kernel), decode_opt_i64},
	{"kernelTCP", RES(memory.kernel_tcp), decode_opt_i64},
	{"swappiness", RES(memory.swappiness), decode_opt_u64},
	{"disableOOMKiller", RES(memory.disable_oom_killer), decode_bool},
	{"useHierarchy", RES(memory.use_hierarchy), decode_bool},
	{"checkBeforeUpdate", RES(memory.check_before_update), decode_bool},
	{NULL},
};

static const struct decode_field cpu_fields[] = {
	{"shares", RES(cpu.shares), decode_opt_u64},
	{"quota", RES(cpu.quota), decode_opt_i64},
	{"period", RES(cpu.period), decode_opt_u64},
	{"burst", RES(cpu.burst), decode_opt_u64},
	{"realtimeRuntime", RES(cpu.realtime_runtime), decode_opt_i64},
	{"realtimePeriod", RES(cpu.realtime_period), decode_opt_u64},
	{"cpus", RES(cpu.cpus), decode_str},
	{"mems", RES(cpu.mems), decode_str},
	{"idle", RES(cpu.idle), decode_opt_i64},
	{NULL},
};

static const struct decode_field pids_fields[] = {
	{"limit", RES(pids_limit), decode_opt_i64},
	{NULL},
};

static const struct decode_field weight_fields[] = {
	{"major", offsetof(struct oci_block_weight, major), decode_i64, true},
	{"minor", offsetof(struct oci_block_weight, minor), decode_i64, true},
	{"weight", offsetof(struct oci_block_weight, weight), decode_opt_u16},
	{"leafWeight", offsetof(struct oci_block_weight, leaf_weight), decode_opt_u16},
	{NULL},
};
static const struct decode_field rate_fields[] = {
	{"major", offsetof(struct oci_block_rate, major), decode_i64, true},
	{"minor", offsetof(struct oci_block_rate, minor), decode_i64, true},
	{"rate", offsetof(struct oci_block_rate, rate), decode_u64, true},
	{NULL},
};
#define RATES(key, member)                                                                                             \
	{                                                                                                              \
		key, RES(block_io.member), .fields = rate_fields, .item = sizeof(struct oci_block_rate)                \
	}
static const struct decode_field block_io_fields[] = {
	{"weight", RES(block_io.weight), decode_opt_u16},
	{"leafWeight", RES(block_io.leaf_weight), decode_opt_u16},
	{"weightDevice", RES(block_io.weight_device), .fields = weight_fields, .item = sizeof(struct oci_block_weight)},
	RATES("throttleReadBpsDevice", read_bps),
	RATES("throttleWriteBpsDevice", write_bps),
	RATES("throttleReadIOPSDevice", read_iops),
	RATES("throttleWriteIOPSDevice", write_iops),
	{NULL},
};

static const struct decode_field hugepage_fields[] = {
	{"pageSize", offsetof(struct oci_hugepage_limit, page_size), decode_str, true},
	{"limit", offsetof(struct oci_hugepage_limit, limit), decode_u64, true},
	{NULL},
};

static const struct decode_field priority_fields[] = {
	{"name", offsetof(struct oci_network_priority, name), decode_str, true},
	{"priority", offsetof(struct oci_network_priority, priority), decode_u32, true},
	{NULL},
};
static const struct decode_field network_fields[] = {
	{"classID", RES(network.class_id), decode_opt_u32},
	{"priorities", RES(network.priorities), .fields = priority_fields, .item = sizeof(struct oci_network_priority)},
	{NULL},
};

struct rdma_list {
	struct oci_rdma *at;
	size_t count;
	const struct decode *d;
};

static const struct decode_field rdma_fields[] = {
	{"hcaHandles", offsetof(struct oci_rdma, handles), decode_opt_u32},
	{"hcaObjects", offsetof(struct oci_rdma, objects), decode_opt_u32},
	{NULL},
};

static int add_rdma(const char *key, const struct json *value, void *data, struct err *e)
{
	struct rdma_list *list = data;
	struct oci_rdma *entry = &list->at[list->count++];

	entry->device = arena_str(list->d->arena, key);
	if (!entry->device)
		return err_set(e, -ENOMEM, "out of memory");
	int r = decode_fields(list->d, value, rdma_fields, entry);
	return r < 0 ? err_wrap(e, r, "%.64s", key) : 0;
}

static int decode_rdma(const struct decode *d, const struct json *v, void *out)
{
	struct rdma_list list = {.d = d};

	if (json_kind(v) != JSON_OBJECT)
		return err_set(d->e, -EINVAL, "expected an object");
	list.at = ARENA_ARRAY(d->arena, json_count(v), struct oci_rdma);
	if (!list.at)
		return json_count(v) ? err_set(d->e, -ENOMEM, "out of memory") : 0;
	int r = json_each(v, add_rdma, &list, d->e);
	if (r == 0)
		memcpy(out, &list, sizeof(list.at) + sizeof(list.count));
	return r;
}

static const struct decode_field resources_fields[] = {
	{"devices", RES(devices), .fields = device_rule_fields, .item = sizeof(struct oci_device_rule)},
	{"memory", 0, .fields = memory_fields},
	{"cpu", 0, .fields = cpu_fields},
	{"pids", 0, .fields = pids_fields},
	{"blockIO", 0, .fields = block_io_fields},
	{"hugepageLimits", RES(hugepages), .fields = hugepage_fields, .item = sizeof(struct oci_hugepage_limit)},
	{"network", 0, .fields = network_fields},
	{"rdma", RES(rdma), decode_rdma},
	{"unified", RES(unified), decode_pairs},
	{NULL},
};

/* Becomes part of a file name below the cgroup. */
static bool is_file_name(const char *s)
{
	return s[0] && s[0] != '.' && !strchr(s, '/') && strlen(s) < 128;
}

/* "2MB": as the specification and the kernel's files write it (config-linux.md, "Huge page limits"). */
static bool is_page_size(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits > 0 && digits < 10 && s[0] != '0' && strchr("KMG", s[digits]) && s[digits] &&
	       s[digits + 1] == 'B' && !s[digits + 2];
}

static int check_resources(const struct decode *d, const struct oci_resources *res)
{
	for (size_t i = 0; i < res->unified.count; i++)
		if (!is_file_name(res->unified.at[i].key))
			return err_set(d->e, -EINVAL, "unified: \"%.64s\" is not a cgroup file name",
				       res->unified.at[i].key);
	for (size_t i = 0; i < res->hugepages.count; i++)
		if (!is_page_size(res->hugepages.at[i].page_size))
			return err_set(d->e, -EINVAL, "hugepageLimits[%zu].pageSize: expected <number><K|M|G>B, as 2MB",
				       i);
	for (size_t i = 0; i < res->devices.count; i++) {
		struct oci_device_rule *rule = &res->devices.at[i];
		if (!rule->type)
			rule->type = 'a';
		/* No access string means every access, as the kernel reads "a". */
		if (!rule->read && !rule->write && !rule->mknod)
			rule->read = rule->write = rule->mknod = true;
	}
	return 0;
}

int oci_decode_resources(const struct decode *d, const struct json *v, void *out)
{
	int r = decode_fields(d, v, resources_fields, out);
	return r < 0 ? r : check_resources(d, out);
}
