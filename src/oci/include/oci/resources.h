/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources of the runtime specification (config-linux.md, "Control groups"): the limits of a container, in the
 * specification's units. Memory belongs to the arena they were decoded into.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct opt_i64 {
	bool set;
	int64_t value;
};
struct opt_u64 {
	bool set;
	uint64_t value;
};

struct oci_device_rule {
	bool allow;
	char type;		     /* a, b or c */
	struct opt_i64 major, minor; /* unset or -1: any */
	bool read, write, mknod;
};

struct oci_block_weight {
	int64_t major, minor;
	struct opt_u64 weight, leaf_weight;
};
struct oci_block_rate {
	int64_t major, minor;
	uint64_t rate;
};
struct oci_block_rates {
	struct oci_block_rate *at;
	size_t count;
};

struct oci_hugepage_limit {
	char *page_size; /* as in the file names: 2MB, 1GB */
	uint64_t limit;
};
struct oci_rdma {
	char *device;
	struct opt_u64 handles, objects;
};
struct oci_network_priority {
	char *name;
	uint32_t priority;
};
struct oci_unified {
	char *key, *value;
};

struct oci_resources {
	struct {
		struct oci_device_rule *at;
		size_t count;
	} devices;
	struct {
		struct opt_i64 limit, reservation, swap, kernel, kernel_tcp;
		struct opt_u64 swappiness;
		bool disable_oom_killer, use_hierarchy, check_before_update;
	} memory;
	struct {
		struct opt_u64 shares, period, burst, realtime_period;
		struct opt_i64 quota, realtime_runtime, idle;
		char *cpus, *mems;
	} cpu;
	struct opt_i64 pids_limit;
	struct {
		struct opt_u64 weight, leaf_weight;
		struct {
			struct oci_block_weight *at;
			size_t count;
		} weight_device;
		struct oci_block_rates read_bps, write_bps, read_iops, write_iops;
	} block_io;
	struct {
		struct oci_hugepage_limit *at;
		size_t count;
	} hugepages;
	struct {
		struct opt_u64 class_id;
		struct {
			struct oci_network_priority *at;
			size_t count;
		} priorities;
	} network;
	struct {
		struct oci_rdma *at;
		size_t count;
	} rdma;
	struct {
		struct oci_unified *at;
		size_t count;
	} unified;
};
