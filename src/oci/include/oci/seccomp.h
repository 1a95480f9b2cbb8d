/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.seccomp of the runtime specification (config-linux.md, "Seccomp"): names as numbers of this header, argument
 * rules as given. Memory belongs to the arena the specification was decoded into.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oci_seccomp_action {
	OCI_SECCOMP_KILL_THREAD, /* SCMP_ACT_KILL too */
	OCI_SECCOMP_KILL_PROCESS,
	OCI_SECCOMP_TRAP,
	OCI_SECCOMP_ERRNO,
	OCI_SECCOMP_TRACE,
	OCI_SECCOMP_ALLOW,
	OCI_SECCOMP_LOG,
	OCI_SECCOMP_NOTIFY,
};
enum oci_seccomp_op {
	OCI_SECCOMP_NE,
	OCI_SECCOMP_LT,
	OCI_SECCOMP_LE,
	OCI_SECCOMP_EQ,
	OCI_SECCOMP_GE,
	OCI_SECCOMP_GT,
	OCI_SECCOMP_MASKED_EQ,
};
enum oci_seccomp_flag {
	OCI_SECCOMP_FLAG_TSYNC = 1,
	OCI_SECCOMP_FLAG_LOG = 2,
	OCI_SECCOMP_FLAG_SPEC_ALLOW = 4,
	OCI_SECCOMP_FLAG_WAIT_KILLABLE_RECV = 8,
};

struct oci_seccomp_arg {
	uint32_t index; /* 0 to 5 */
	uint64_t value, value_two;
	int op; /* enum oci_seccomp_op */
};

struct oci_seccomp_rule {
	struct {
		char **at;
		size_t count;
	} names;
	int action; /* enum oci_seccomp_action */
	bool has_errno;
	uint32_t errno_ret;
	struct {
		struct oci_seccomp_arg *at;
		size_t count;
	} args;
};

struct oci_seccomp {
	int default_action; /* enum oci_seccomp_action */
	bool has_default_errno;
	uint32_t default_errno;
	unsigned flags; /* enum oci_seccomp_flag */
	char *listener_path, *listener_metadata;
	struct {
		char **at; /* SCMP_ARCH_* names */
		size_t count;
	} architectures;
	struct {
		struct oci_seccomp_rule *at;
		size_t count;
	} rules;
};

const char *oci_seccomp_action_name(enum oci_seccomp_action action);
