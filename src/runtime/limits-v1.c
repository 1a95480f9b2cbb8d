/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on cgroup v1 (Documentation/admin-guide/cgroup-v1/).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "limits.h"

/* Writes TEXT to FILE of the hierarchy with CONTROLLER. */
static int put(const struct kern_cgroup *c, const char *controller, const char *file, const char *text, struct err *e)
{
	int i = kern_cgroup_controller(c, controller);
	int r = i < 0 ? -EOPNOTSUPP : path_write_kernel(c->at[i].fd, file, text);

	if (i < 0)
		return err_set(e, r, "linux.resources: this host has no %s controller for %s", controller, file);
	return r < 0 ? err_sys(e, r, "linux.resources: cannot write \"%.64s\" to %s", text, file) : 0;
}

static int put_i64(const struct kern_cgroup *c, const char *controller, const char *file, struct opt_i64 v,
		   struct err *e)
{
	char text[24];

	if (!v.set)
		return 0;
	snprintf(text, sizeof(text), "%" PRId64, v.value);
	return put(c, controller, file, text, e);
}

static int put_u64(const struct kern_cgroup *c, const char *controller, const char *file, struct opt_u64 v,
		   struct err *e)
{
	return put_i64(c, controller, file, (struct opt_i64){v.set, (int64_t)v.value}, e);
}

/* Zero means "not set" in the engines' words. */
static struct opt_i64 nonzero(struct opt_i64 v)
{
	return v.value ? v : (struct opt_i64){0};
}

/* The limit must never be above the limit with swap, so which goes first depends on the direction of the change. */
static int put_memory_pair(const struct kern_cgroup *c, struct opt_i64 limit, struct opt_i64 swap, struct err *e)
{
	static const char limit_file[] = "memory.limit_in_bytes", swap_file[] = "memory.memsw.limit_in_bytes";
	int r;

	if (swap.set && limit.set) {
		r = put_i64(c, "memory", limit_file, limit, NULL);
		if (r == 0)
			return put_i64(c, "memory", swap_file, swap, e);
		r = put_i64(c, "memory", swap_file, swap, e);
		return r < 0 ? r : put_i64(c, "memory", limit_file, limit, e);
	}
	r = put_i64(c, "memory", limit_file, limit, e);
	return r < 0 ? r : put_i64(c, "memory", swap_file, swap, e);
}

static int apply_memory(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	struct opt_i64 limit = nonzero(r->memory.limit), swap = nonzero(r->memory.swap);

	/* No limit at all means none with swap either. */
	if (limit.set && limit.value == -1 && !swap.set && kern_cgroup_controller(c, "memory") >= 0 &&
	    put_i64(c, "memory", "memory.memsw.limit_in_bytes", limit, NULL) == 0)
		swap = (struct opt_i64){0};
	int memory = kern_cgroup_controller(c, "memory");
	int rc = r->memory.use_hierarchy ? put(c, "memory", "memory.use_hierarchy", "1", e) : 0;
	if (rc == 0 && r->memory.check_before_update && limit.value > 0 && memory >= 0)
		rc = limits_check_usage(c->at[memory].fd, "memory.usage_in_bytes", limit.value, e);
	if (rc == 0)
		rc = put_memory_pair(c, limit, swap, e);
	if (rc == 0)
		rc = put_i64(c, "memory", "memory.soft_limit_in_bytes", nonzero(r->memory.reservation), e);
	if (rc == 0)
		rc = put_i64(c, "memory", "memory.kmem.limit_in_bytes", nonzero(r->memory.kernel), e);
	if (rc == 0)
		rc = put_i64(c, "memory", "memory.kmem.tcp.limit_in_bytes", nonzero(r->memory.kernel_tcp), e);
	if (rc == 0)
		rc = put_u64(c, "memory", "memory.swappiness", r->memory.swappiness, e);
	if (rc == 0 && r->memory.disable_oom_killer)
		rc = put(c, "memory", "memory.oom_control", "1", e);
	return rc;
}

/* The runtime must never be above the period, so which goes first depends on the direction of the change. */
static int apply_realtime(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	struct opt_i64 runtime = nonzero(r->cpu.realtime_runtime);
	struct opt_u64 period = r->cpu.realtime_period.value ? r->cpu.realtime_period : (struct opt_u64){0};

	if (period.set && put_u64(c, "cpu", "cpu.rt_period_us", period, NULL) == 0)
		return put_i64(c, "cpu", "cpu.rt_runtime_us", runtime, e);
	int rc = put_i64(c, "cpu", "cpu.rt_runtime_us", runtime, e);
	return rc < 0 ? rc : put_u64(c, "cpu", "cpu.rt_period_us", period, e);
}

static int apply_cpu(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	int rc = 0;

	if (r->cpu.shares.value)
		rc = put_u64(c, "cpu", "cpu.shares", r->cpu.shares, e);
	if (rc == 0)
		rc = apply_realtime(c, r, e);
	/* A shorter period with the old, larger quota is refused: then the quota goes first. */
	if (rc == 0 && r->cpu.period.value && put_u64(c, "cpu", "cpu.cfs_period_us", r->cpu.period, NULL) < 0) {
		rc = put_i64(c, "cpu", "cpu.cfs_quota_us", nonzero(r->cpu.quota), e);
		if (rc == 0)
			rc = put_u64(c, "cpu", "cpu.cfs_period_us", r->cpu.period, e);
	}
	if (rc == 0)
		rc = put_i64(c, "cpu", "cpu.cfs_quota_us", nonzero(r->cpu.quota), e);
	if (rc == 0)
		rc = put_u64(c, "cpu", "cpu.cfs_burst_us", r->cpu.burst, e);
	if (rc == 0)
		rc = put_i64(c, "cpu", "cpu.idle", r->cpu.idle, e);
	if (rc == 0 && r->cpu.cpus && *r->cpu.cpus)
		rc = put(c, "cpuset", "cpuset.cpus", r->cpu.cpus, e);
	if (rc == 0 && r->cpu.mems && *r->cpu.mems)
		rc = put(c, "cpuset", "cpuset.mems", r->cpu.mems, e);
	return rc;
}

static int apply_rates(const struct kern_cgroup *c, const char *file, const struct oci_block_rates *rates,
		       struct err *e)
{
	for (size_t i = 0; i < rates->count; i++) {
		char text[80];
		snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %" PRIu64, rates->at[i].major, rates->at[i].minor,
			 rates->at[i].rate);
		int rc = put(c, "blkio", file, text, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int apply_block_io(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	int rc = 0;

	/* Which of the two files there is depends on the scheduler the kernel has. */
	if (r->block_io.weight.value && put_u64(c, "blkio", "blkio.bfq.weight", r->block_io.weight, NULL) < 0)
		rc = put_u64(c, "blkio", "blkio.weight", r->block_io.weight, e);
	if (rc == 0 && r->block_io.leaf_weight.value)
		rc = put_u64(c, "blkio", "blkio.leaf_weight", r->block_io.leaf_weight, e);
	for (size_t i = 0; rc == 0 && i < r->block_io.weight_device.count; i++) {
		const struct oci_block_weight *w = &r->block_io.weight_device.at[i];
		char text[80];
		snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %" PRIu64, w->major, w->minor, w->weight.value);
		if (w->weight.set)
			rc = put(c, "blkio", "blkio.bfq.weight_device", text, e);
		if (rc == -ENOENT)
			rc = put(c, "blkio", "blkio.weight_device", text, e);
		snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %" PRIu64, w->major, w->minor,
			 w->leaf_weight.value);
		if (rc == 0 && w->leaf_weight.set)
			rc = put(c, "blkio", "blkio.leaf_weight_device", text, e);
	}
	if (rc == 0)
		rc = apply_rates(c, "blkio.throttle.read_bps_device", &r->block_io.read_bps, e);
	if (rc == 0)
		rc = apply_rates(c, "blkio.throttle.write_bps_device", &r->block_io.write_bps, e);
	if (rc == 0)
		rc = apply_rates(c, "blkio.throttle.read_iops_device", &r->block_io.read_iops, e);
	if (rc == 0)
		rc = apply_rates(c, "blkio.throttle.write_iops_device", &r->block_io.write_iops, e);
	return rc;
}

static int apply_rest(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	char file[160], text[256];
	int rc = 0;

	if (r->pids_limit.set) {
		/* 0 is a limit of one, and so of no process more. */
		snprintf(text, sizeof(text), "%" PRId64, r->pids_limit.value ? r->pids_limit.value : 1);
		rc = put(c, "pids", "pids.max", r->pids_limit.value < 0 ? "max" : text, e);
	}
	for (size_t i = 0; rc == 0 && i < r->hugepages.count; i++) {
		if (kern_cgroup_controller(c, "hugetlb") < 0)
			break; /* the v2 tree may have it */
		snprintf(file, sizeof(file), "hugetlb.%s.limit_in_bytes", r->hugepages.at[i].page_size);
		rc = put_u64(c, "hugetlb", file, (struct opt_u64){true, r->hugepages.at[i].limit}, e);
	}
	if (rc == 0)
		rc = put_u64(c, "net_cls", "net_cls.classid", r->network.class_id, e);
	for (size_t i = 0; rc == 0 && i < r->network.priorities.count; i++) {
		snprintf(text, sizeof(text), "%.200s %u", r->network.priorities.at[i].name,
			 r->network.priorities.at[i].priority);
		rc = put(c, "net_prio", "net_prio.ifpriomap", text, e);
	}
	return rc;
}

int limits_apply_v1(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	int rc = apply_memory(c, r, e);

	if (rc == 0)
		rc = apply_cpu(c, r, e);
	if (rc == 0)
		rc = apply_block_io(c, r, e);
	return rc < 0 ? rc : apply_rest(c, r, e);
}
