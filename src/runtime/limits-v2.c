/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits on cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). The specification speaks v1; the conversions are the
 * ones that runc and systemd use, so that a container gets the same share under any of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/path.h"
#include "base/str.h"
#include "limits.h"

static int put(const struct kern_cgroup *c, const char *file, const char *text, struct err *e)
{
	int r = path_write_kernel(c->at[c->v2].fd, file, text);

	if (r == -ENOENT)
		return err_set(e, -EOPNOTSUPP, "linux.resources: this host's cgroup v2 has no %s", file);
	return r < 0 ? err_sys(e, r, "linux.resources: cannot write \"%.64s\" to %s", text, file) : 0;
}

static int put_u64(const struct kern_cgroup *c, const char *file, uint64_t value, struct err *e)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return put(c, file, text, e);
}

/* -1 is "max". */
static int put_i64(const struct kern_cgroup *c, const char *file, int64_t value, struct err *e)
{
	return value < 0 ? put(c, file, "max", e) : put_u64(c, file, (uint64_t)value, e);
}

static int apply_memory(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	struct opt_i64 limit = r->memory.limit, swap = r->memory.swap;
	int rc = 0;

	if (r->memory.kernel.value || r->memory.kernel_tcp.value || r->memory.swappiness.set ||
	    r->memory.disable_oom_killer)
		return err_set(e, -EOPNOTSUPP,
			       "linux.resources.memory: kernel, kernelTCP, swappiness and "
			       "disableOOMKiller do not exist in cgroup v2");
	if (r->memory.check_before_update && limit.value > 0)
		rc = limits_check_usage(c->at[c->v2].fd, "memory.current", limit.value, e);
	if (rc == 0 && limit.set && limit.value)
		rc = put_i64(c, "memory.max", limit.value, e);
	/* v1 counts memory and swap together, v2 swap alone. */
	if (rc == 0 && swap.set && swap.value > 0) {
		if (!limit.set || limit.value <= 0 || swap.value < limit.value)
			return err_set(e, -EINVAL, "linux.resources.memory.swap: needs a memory limit not above it");
		rc = put_i64(c, "memory.swap.max", swap.value - limit.value, e);
	} else if (rc == 0 && (swap.value < 0 || (limit.set && limit.value < 0))) {
		rc = put(c, "memory.swap.max", "max", e);
	}
	if (rc == 0 && r->memory.reservation.value)
		rc = put_i64(c, "memory.low", r->memory.reservation.value, e);
	return rc;
}

static int apply_cpu(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	char text[64];
	uint64_t shares = r->cpu.shares.value, period = r->cpu.period.value ? r->cpu.period.value : 100000;
	int rc = 0;

	if (r->cpu.realtime_period.value || r->cpu.realtime_runtime.value)
		return err_set(e, -EOPNOTSUPP, "linux.resources.cpu: realtime limits do not exist in cgroup v2");
	if (r->cpu.idle.set)
		rc = put_i64(c, "cpu.idle", r->cpu.idle.value, e);
	if (rc == 0 && shares) {
		shares = shares < 2 ? 2 : MIN_OF(shares, 262144u);
		rc = put_u64(c, "cpu.weight", 1 + (shares - 2) * 9999 / 262142, e);
	}
	if (rc == 0 && (r->cpu.quota.value || r->cpu.period.value)) {
		if (r->cpu.quota.value > 0)
			snprintf(text, sizeof(text), "%" PRId64 " %" PRIu64, r->cpu.quota.value, period);
		else
			snprintf(text, sizeof(text), "max %" PRIu64, period);
		rc = put(c, "cpu.max", text, e);
	}
	if (rc == 0 && r->cpu.burst.set)
		rc = put_u64(c, "cpu.max.burst", r->cpu.burst.value, e);
	if (rc == 0 && r->cpu.cpus && *r->cpu.cpus)
		rc = put(c, "cpuset.cpus", r->cpu.cpus, e);
	if (rc == 0 && r->cpu.mems && *r->cpu.mems)
		rc = put(c, "cpuset.mems", r->cpu.mems, e);
	return rc;
}

static int apply_rates(const struct kern_cgroup *c, const char *key, const struct oci_block_rates *rates, struct err *e)
{
	for (size_t i = 0; i < rates->count; i++) {
		char text[96];
		snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %s=%" PRIu64, rates->at[i].major,
			 rates->at[i].minor, key, rates->at[i].rate);
		int rc = put(c, "io.max", text, e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int apply_block_io(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	uint64_t weight = r->block_io.weight.value;
	int rc = 0;

	if (r->block_io.leaf_weight.value)
		return err_set(e, -EOPNOTSUPP, "linux.resources.blockIO.leafWeight does not exist in cgroup v2");
	if (weight && put_u64(c, "io.bfq.weight", weight, NULL) < 0)
		rc = put_u64(c, "io.weight", weight < 10 ? 1 : 1 + (weight - 10) * 9999 / 990, e);
	for (size_t i = 0; rc == 0 && i < r->block_io.weight_device.count; i++) {
		const struct oci_block_weight *w = &r->block_io.weight_device.at[i];
		char text[80];
		if (w->leaf_weight.set)
			return err_set(e, -EOPNOTSUPP,
				       "linux.resources.blockIO.weightDevice: leafWeight does not exist in cgroup v2");
		snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %" PRIu64, w->major, w->minor, w->weight.value);
		rc = put(c, "io.bfq.weight", text, e);
	}
	if (rc == 0)
		rc = apply_rates(c, "rbps", &r->block_io.read_bps, e);
	if (rc == 0)
		rc = apply_rates(c, "wbps", &r->block_io.write_bps, e);
	if (rc == 0)
		rc = apply_rates(c, "riops", &r->block_io.read_iops, e);
	if (rc == 0)
		rc = apply_rates(c, "wiops", &r->block_io.write_iops, e);
	return rc;
}

static int apply_hugepages(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	char file[160];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->hugepages.count; i++) {
		snprintf(file, sizeof(file), "hugetlb.%s.max", r->hugepages.at[i].page_size);
		rc = put_u64(c, file, r->hugepages.at[i].limit, e);
	}
	return rc;
}

static int apply_rdma(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->rdma.count; i++) {
		const struct oci_rdma *d = &r->rdma.at[i];
		char text[256], handles[24] = "max", objects[24] = "max";
		if (d->handles.set)
			snprintf(handles, sizeof(handles), "%" PRIu64, d->handles.value);
		if (d->objects.set)
			snprintf(objects, sizeof(objects), "%" PRIu64, d->objects.value);
		snprintf(text, sizeof(text), "%.128s hca_handle=%s hca_object=%s", d->device, handles, objects);
		rc = put(c, "rdma.max", text, e);
	}
	return rc;
}

static int apply_unified(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	int rc = 0;

	/* Lines are written one by one: several devices may be in one value. */
	for (size_t i = 0; rc == 0 && i < r->unified.count; i++) {
		SCOPED(strv) struct strv lines = {0};
		if (strv_split(&lines, r->unified.at[i].value, '\n') < 0)
			return err_set(e, -ENOMEM, "out of memory");
		for (size_t j = 0; rc == 0 && j < lines.count; j++)
			if (*lines.items[j])
				rc = put(c, r->unified.at[i].key, lines.items[j], e);
	}
	return rc;
}

/* On a hybrid host the v2 tree has what v1 does not: huge pages, and what `unified` names. */
static int apply_beside_v1(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	int rc = kern_cgroup_controller(c, "hugetlb") < 0 ? apply_hugepages(c, r, e) : 0;

	if (rc == 0)
		rc = apply_rdma(c, r, e);
	return rc < 0 ? rc : apply_unified(c, r, e);
}

int limits_apply_v2(const struct kern_cgroup *c, const struct oci_resources *r, struct err *e)
{
	if (c->count > 1)
		return apply_beside_v1(c, r, e);
	int rc = apply_memory(c, r, e);
	if (rc == 0)
		rc = apply_cpu(c, r, e);
	if (rc == 0)
		rc = apply_block_io(c, r, e);
	/* 0 is a limit of one, and so of no process more. */
	if (rc == 0 && r->pids_limit.set)
		rc = put_i64(c, "pids.max", r->pids_limit.value ? r->pids_limit.value : 1, e);
	if (rc == 0 && (r->network.class_id.set || r->network.priorities.count))
		rc = err_set(e, -EOPNOTSUPP, "linux.resources.network does not exist in cgroup v2");
	if (rc == 0)
		rc = apply_hugepages(c, r, e);
	if (rc == 0)
		rc = apply_rdma(c, r, e);
	return rc < 0 ? rc : apply_unified(c, r, e);
}
