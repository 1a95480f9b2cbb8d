/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime configuration of a container: config.json of OCI runtime-spec 1.3.0 (config.md, config-linux.md) as
 * plain structures. Decoding checks kinds, ranges, required members and names; what a host can honour is the
 * runtime's question. Unknown members are ignored, as the specification asks; strings with NUL inside are refused.
 *
 * All memory belongs to the spec's arena and dies with it. An absent string is NULL, an absent list is empty, an
 * absent number has set == false.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "oci/resources.h"
#include "oci/seccomp.h"

#define OCI_SPEC_VERSION "1.3.0"
#define OCI_SPEC_ARENA_MAX (32u << 20)

struct oci_strs {
	char **at; /* NULL-terminated when count > 0 */
	size_t count;
};

struct oci_id_mapping {
	uint32_t container_id, host_id, size;
};

struct oci_id_mappings {
	struct oci_id_mapping *at;
	size_t count;
};

struct oci_mount {
	char *destination, *type, *source;
	struct oci_strs options;
	struct oci_id_mappings uid_mappings, gid_mappings;
};

enum oci_namespace_type {
	OCI_NS_PID,
	OCI_NS_NETWORK,
	OCI_NS_MOUNT,
	OCI_NS_IPC,
	OCI_NS_UTS,
	OCI_NS_USER,
	OCI_NS_CGROUP,
	OCI_NS_TIME,
	OCI_NS_COUNT,
};
const char *oci_namespace_name(enum oci_namespace_type type);

struct oci_namespace {
	int type;   /* enum oci_namespace_type */
	char *path; /* NULL: a new one */
};

struct oci_hook {
	char *path;
	struct oci_strs args, env;
	struct opt_i64 timeout; /* seconds */
};
struct oci_hooks {
	struct oci_hook *at;
	size_t count;
};
enum oci_hook_kind {
	OCI_HOOK_PRESTART,
	OCI_HOOK_CREATE_RUNTIME,
	OCI_HOOK_CREATE_CONTAINER,
	OCI_HOOK_START_CONTAINER,
	OCI_HOOK_POSTSTART,
	OCI_HOOK_POSTSTOP,
	OCI_HOOK_COUNT,
};
const char *oci_hook_name(enum oci_hook_kind kind);

struct oci_rlimit {
	int resource; /* RLIMIT_* */
	uint64_t soft, hard;
};

struct oci_scheduler {
	int policy; /* SCHED_*, -1 when the member is absent */
	int64_t nice, priority;
	uint64_t flags;			    /* SCHED_FLAG_* of linux/sched.h */
	uint64_t runtime, deadline, period; /* nanoseconds */
};

/* Capabilities as bit sets by number (linux/capability.h). */
struct oci_capabilities {
	bool set; /* the member was there */
	uint64_t bounding, effective, inheritable, permitted, ambient;
	struct oci_strs unknown; /* names this program does not know, for a warning */
};

struct oci_process {
	bool terminal;
	uint64_t console_width, console_height; /* 0: unset */
	char *cwd;
	struct oci_strs env, args;
	uint32_t uid, gid;
	struct opt_u64 umask;
	struct {
		uint32_t *at;
		size_t count;
	} additional_gids;
	struct oci_capabilities capabilities;
	struct {
		struct oci_rlimit *at;
		size_t count;
	} rlimits;
	bool no_new_privileges;
	char *apparmor_profile, *selinux_label;
	struct opt_i64 oom_score_adj;
	struct oci_scheduler scheduler;
	int io_class; /* IOPRIO_CLASS_*, 0 unset */
	int64_t io_priority;
	char *cpus_initial, *cpus_final; /* execCPUAffinity */
};

struct oci_device {
	char type; /* b c p; u is c */
	char *path;
	int64_t major, minor;
	struct opt_u64 file_mode, uid, gid;
};

struct oci_pair {
	char *key, *value;
};
struct oci_pairs {
	struct oci_pair *at;
	size_t count;
};

struct oci_time_offset {
	bool set;
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_intel_rdt {
	char *clos_id, *l3_cache_schema, *mem_bw_schema;
	struct oci_strs schemata;
	bool enable_monitoring;
};

struct oci_memory_policy {
	int mode;	/* MPOL_*, -1 when the member is absent */
	unsigned flags; /* MPOL_F_* */
	char *nodes;
};

struct oci_linux {
	struct {
		struct oci_namespace *at;
		size_t count;
	} namespaces;
	struct oci_id_mappings uid_mappings, gid_mappings;
	struct {
		struct oci_device *at;
		size_t count;
	} devices;
	struct oci_pairs net_devices; /* value: the new name, or NULL */
	char *cgroups_path;
	struct oci_resources resources;
	struct oci_seccomp *seccomp; /* NULL: none */
	struct oci_pairs sysctl;
	char *rootfs_propagation, *mount_label;
	struct oci_strs masked_paths, readonly_paths;
	struct oci_intel_rdt *intel_rdt; /* NULL: none */
	struct oci_memory_policy memory_policy;
	struct opt_u64 personality; /* PER_LINUX or PER_LINUX32 */
	struct oci_time_offset boottime, monotonic;
};

struct oci_spec {
	struct arena arena;
	char *oci_version;
	char *root_path;
	bool root_readonly;
	char *hostname, *domainname;
	struct {
		struct oci_mount *at;
		size_t count;
	} mounts;
	bool has_process;
	struct oci_process process;
	struct oci_hooks hooks[OCI_HOOK_COUNT];
	struct oci_pairs annotations;
	struct oci_linux linux_;
};

/*
 * Decodes the text of a config.json. On success *ret_spec owns its memory; release with oci_spec_done(). -EINVAL,
 * -ERANGE, -E2BIG or -ENOMEM with words that name the member. Pure.
 */
int oci_spec_decode(const char *text, size_t len, struct oci_spec *ret_spec, struct err *e) must_check;
void oci_spec_done(struct oci_spec *spec);
DEFINE_SCOPED(oci_spec)

/* A process.json, as `exec --process` takes it, or one member of another document, into memory of ARENA. */
int oci_process_decode(const char *text, size_t len, struct arena *arena, struct oci_process *ret,
		       struct err *e) must_check;
/* The resources object that `update --resources` takes. */
int oci_resources_decode(const char *text, size_t len, struct arena *arena, struct oci_resources *ret,
			 struct err *e) must_check;

/* The namespace entry of a type, or NULL. */
const struct oci_namespace *oci_spec_namespace(const struct oci_spec *spec, enum oci_namespace_type type);
/* The value of an annotation, or NULL. */
const char *oci_spec_annotation(const struct oci_spec *spec, const char *key);

/* Capability numbers and names, "CAP_CHOWN" (case ignored, the prefix too); -EINVAL for an unknown name. */
int oci_capability_from(const char *name, int *ret_number) must_check;
const char *oci_capability_name(int number); /* NULL past the last known one */
/* RLIMIT_* by name; -EINVAL for an unknown one. */
int oci_rlimit_from(const char *name, int *ret_resource) must_check;
