#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The machine is what the other files take it for, and `skep doctor` says the truth about it.

load guest

probes() {
	skep doctor -o json >"$WORK/doctor"
	jq -r '.[] | [.name, (.works | tostring), .detail] | join("\t")' "$WORK/doctor"
}

# says NAME WORKS DETAIL
says() {
	grep -q "^$1"$'\t'"$2"$'\t'"$3" "$WORK/probes" || {
		echo "not so: $*"
		grep "^$1" "$WORK/probes"
		return 1
	}
}

@test "cgroup v2 is all there is, with its controllers" {
	[ "$(stat -f -c %T "$CGROUPS")" = cgroup2fs ]
	[ "$(cat /proc/self/cgroup)" = "0::/" ]
	for controller in cpuset cpu io memory hugetlb pids; do
		grep -qw "$controller" "$CGROUPS/cgroup.controllers"
	done
	run ! grep -q " cgroup " /proc/self/mounts
}

@test "doctor tells what works here, and why what does not" {
	probes >"$WORK/probes"
	cat "$WORK/probes"
	says kernel true "$(uname -r)"
	for name in namespaces "time namespace" "user namespaces" "idmapped mounts" overlayfs pidfd "seccomp filter" "seccomp notify" "bpf tracing" "bpf devices" \
		"bpf lsm" fanotify "deny: files" "deny: calls" "deny: privileges" "deny: addresses"; do
		says "$name" true ""
	done
	says "deny: drift" true "BPF refused it"
	says cgroups true "v2, 1 hierarch"
	says kvm false ""
	if kernel_is 6.12; then
		says landlock true "ABI 6"
		says "deny: ports" true ""
		says "deny: write-execute" true ""
		says "deny: memfd" true ""
	else
		says landlock true "ABI 2"
		says "deny: ports" false "needs Linux 6.7"
		says "deny: write-execute" false "needs Linux 6.3"
		says "deny: memfd" false "needs Linux 6.3"
	fi
}
