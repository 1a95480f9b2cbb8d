#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits and cgroup paths of the runtime specification: what is written into the kernel, and that it holds.

load helper

# value CONTROLLER V1-FILE [V2-FILE]: of the running container, whichever version the controller lives in.
value() {
	local dir
	dir=$(cgroup_of "$1")
	if [ -e "$dir/$2" ]; then
		cat "$dir/$2"
	else
		cat "$(cgroup_of "")/${3:-$2}"
	fi
}

resources() {
	config --argjson r "$1" '.linux.resources += $r'
}

@test "memory.limit kills what takes more" {
	add_probe
	resources '{"memory": {"limit": 33554432}}'
	script 'probe memory 64; echo "code $?"'
	run_container
	[[ "$output" != *ok* ]]
	[ "$status" -eq 137 ] || [[ "$output" == *"code 137"* ]]
	script 'probe memory 8'
	run_container
	[ "$output" = ok ]
}

@test "memory: limit, reservation, swap, swappiness, disableOOMKiller" {
	resources '{"memory": {"limit": 67108864, "reservation": 33554432, "swappiness": 10, "disableOOMKiller": true}}'
	start_sleeping
	[ "$(value memory memory.limit_in_bytes memory.max)" = 67108864 ]
	[ "$(value memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
	if [ -e "$(cgroup_of memory)/memory.swappiness" ]; then
		[ "$(value memory memory.swappiness)" = 10 ]
		[[ "$(value memory memory.oom_control)" == "oom_kill_disable 1"* ]]
	fi
}

@test "pids.limit stops a fork bomb" {
	add_probe
	resources '{"pids": {"limit": 10}}'
	in_container 'probe fork 50'
	made=${output#made }
	[ "$made" -lt 10 ]
}

@test "cpu: shares, quota, period, cpus, mems" {
	resources '{"cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0", "mems": "0"}}'
	start_sleeping
	if [ -e "$(cgroup_of cpu)/cpu.shares" ]; then
		[ "$(value cpu cpu.shares)" = 512 ]
		[ "$(value cpu cpu.cfs_quota_us)" = 50000 ]
		[ "$(value cpu cpu.cfs_period_us)" = 100000 ]
	else
		[ "$(value cpu cpu.max)" = "50000 100000" ]
	fi
	[ "$(value cpuset cpuset.cpus)" = 0 ]
	[ "$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$(pid_of)/status")" = 0 ]
}

@test "cpu.quota slows a spinning process" {
	resources '{"cpu": {"quota": 20000, "period": 100000}}'
	script 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; grep -s nr_throttled /sys/fs/cgroup/cpu/cpu.stat /sys/fs/cgroup/cpu.stat; true'
	run_container
	[ "$status" -eq 0 ]
	[[ "$output" =~ nr_throttled\ [1-9] ]]
}

@test "cpu.burst and idle where the kernel has them" {
	[ -e /sys/fs/cgroup/cpu/cpu.cfs_burst_us ] || [ -e "$(find /sys/fs/cgroup -name cpu.cfs_burst_us -print -quit)" ] || skip "the kernel has no burst"
	resources '{"cpu": {"quota": 50000, "period": 100000, "burst": 20000}}'
	start_sleeping
	[ "$(value cpu cpu.cfs_burst_us cpu.max.burst)" = 20000 ]
}

@test "an impossible limit is an error and leaves nothing" {
	resources '{"cpu": {"cpus": "4000-4001"}}'
	run_container
	[ "$status" -ne 0 ]
	[ -n "$output" ]
	[ -z "$(ls "$STATE")" ]
}

@test "blockIO throttling" {
	[ -d /sys/fs/cgroup/blkio ] || skip "no v1 blkio"
	device=$(awk '$5 == "/" { print $3 }' /proc/self/mountinfo | head -n 1)
	device=$(lsblk -ndo MAJ:MIN "$(df --output=source / | tail -n 1)" 2>/dev/null | tr -d ' ' || echo "$device")
	rate() { jq -n --argjson r "$1" --arg d "$device" '[{"major": ($d | split(":")[0] | tonumber), "minor": ($d | split(":")[1] | tonumber), "rate": $r}]'; }
	resources "{\"blockIO\": {\"throttleReadBpsDevice\": $(rate 1048576), \"throttleWriteBpsDevice\": $(rate 2097152),
		\"throttleReadIOPSDevice\": $(rate 66), \"throttleWriteIOPSDevice\": $(rate 77)}}"
	start_sleeping
	[[ "$(value blkio blkio.throttle.read_bps_device)" == "$device 1048576" ]]
	[[ "$(value blkio blkio.throttle.write_bps_device)" == "$device 2097152" ]]
	[[ "$(value blkio blkio.throttle.read_iops_device)" == "$device 66" ]]
	[[ "$(value blkio blkio.throttle.write_iops_device)" == "$device 77" ]]
}

@test "hugepageLimits" {
	[ -e "$(find /sys/fs/cgroup -name 'hugetlb.2MB.max' -print -quit)" ] || grep -q hugetlb /sys/fs/cgroup/unified/cgroup.controllers || skip "no hugetlb controller"
	resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	start_sleeping
	[ "$(cat "$(cgroup_of "")/hugetlb.2MB.max")" = 4194304 ]
}

@test "unified keys on v2" {
	resources '{"unified": {"cgroup.max.depth": "7"}}'
	start_sleeping
	[ "$(cat "$(cgroup_of "")/cgroup.max.depth")" = 7 ]
}

@test "unified keys that are paths are refused" {
	for key in ../cgroup.max.depth /etc/passwd a/b nosuch.key; do
		config --arg k "$key" '.linux.resources.unified = {($k): "7"}'
		run_container
		[ "$status" -ne 0 ]
	done
}

@test "device rules: what is not allowed cannot be opened" {
	add_probe
	config '.process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities.effective += ["CAP_MKNOD"]
		| .process.capabilities.permitted += ["CAP_MKNOD"]'
	mkdir -p "$WORK/dev"
	script 'mknod /dev/shm/kmsg c 1 11 2>&1; mknod /dev/mine c 1 11 && (head -c 1 /dev/mine >/dev/null 2>&1 && echo read || echo refused); echo x >/dev/null && echo null'
	run_container
	[[ "$output" != *read* ]]
	[[ "$output" == *null* ]]
}

@test "device rules: what is allowed can be opened" {
	config '.linux.devices = [{"path": "/dev/mine", "type": "c", "major": 10, "minor": 229, "fileMode": 438}]'
	in_container 'dd if=/dev/mine of=/dev/null bs=1 count=0 2>/dev/null && echo opened || echo refused'
	[ "$output" = refused ]
	resources '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]}'
	in_container 'dd if=/dev/mine of=/dev/null bs=1 count=0 2>/dev/null && echo opened || echo refused; dd if=/dev/null of=/dev/mine count=0 conv=notrunc 2>/dev/null && echo opened || echo refused'
	[ "${lines[0]}" = opened ]
	[ "${lines[1]}" = refused ]
}

@test "device rules are an allow list and no deny list: without any rule only the defaults open" {
	config 'del(.linux.resources) | .linux.devices = [{"path": "/dev/mine", "type": "c", "major": 10, "minor": 229, "fileMode": 438}]'
	in_container 'dd if=/dev/mine of=/dev/null bs=1 count=0 2>/dev/null && echo opened || echo refused; echo x >/dev/null && echo null'
	[[ "$output" == *null* ]]
}

@test "linux.cgroupsPath, absolute" {
	config --arg p "/skep-test-$ID/inner" '.linux.cgroupsPath = $p'
	start_sleeping
	grep -q ":pids:.*/skep-test-$ID/inner$" "/proc/$(pid_of)/cgroup" || grep -q "^0::.*/skep-test-$ID/inner$" "/proc/$(pid_of)/cgroup"
	runtime delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -type d -path "*skep-test-$ID/inner")" ]
	find /sys/fs/cgroup -depth -type d -name "skep-test-$ID" -exec rmdir {} \; || true
}

@test "linux.cgroupsPath cannot climb out" {
	config '.linux.cgroupsPath = "/../../../../tmp/escape"'
	run_container
	[ ! -e /tmp/escape ]
	find /sys/fs/cgroup -depth -type d -name escape -exec rmdir {} \; || true
	find /sys/fs/cgroup -depth -type d -path "*/tmp" -exec rmdir {} \; || true
}

@test "a v2 cgroup names the container also on hybrid hosts" {
	[ -d /sys/fs/cgroup/unified ] || skip "not a hybrid host"
	start_sleeping
	path=$(awk -F: '$1 == 0 { print $3 }' "/proc/$(pid_of)/cgroup")
	[ "$path" != / ]
}

@test "linux.intelRdt is an error where the host has none" {
	[ ! -d /sys/fs/resctrl/info ] || skip "the host has resctrl"
	for member in '"closID": "x"' '"l3CacheSchema": "L3:0=f"' '"memBwSchema": "MB:0=50"' '"schemata": ["L3:0=f"]' '"enableMonitoring": true'; do
		config --argjson m "{$member}" '.linux.intelRdt = $m'
		run_container
		[ "$status" -ne 0 ]
		[[ "$output" == *[Rr][Dd][Tt]* || "$output" == *resctrl* ]]
	done
}

# honoured_or_refused RESOURCES CONTROLLER FILE VALUE: where the kernel has FILE it says VALUE; elsewhere there is an error.
honoured_or_refused() {
	cp "$BUNDLE/config.json" "$WORK/before"
	config --argjson r "$1" '.linux.resources += $r'
	if [ -n "$(find "/sys/fs/cgroup/$2" -maxdepth 2 -name "$3" -print -quit 2>/dev/null)" ]; then
		start_sleeping
		[[ "$(value "$2" "$3")" == *"$4"* ]]
		runtime delete --force "$ID"
	else
		run_container
		echo "$output"
		[ "$status" -ne 0 ]
		[[ "$output" == *linux.resources* ]]
	fi
	cp "$WORK/before" "$BUNDLE/config.json"
}

@test "blockIO weights, honoured or refused" {
	honoured_or_refused '{"blockIO": {"weight": 300}}' blkio blkio.bfq.weight 300
	honoured_or_refused '{"blockIO": {"leafWeight": 300}}' blkio blkio.leaf_weight 300
	# Where the kernel has the file, it takes devices whose scheduler knows weights.
	resources '{"blockIO": {"weightDevice": [{"major": 254, "minor": 0, "weight": 300}]}}'
	if start_sleeping; then
		[[ "$(value blkio blkio.bfq.weight_device)" == *"254:0 300"* ]]
		runtime delete --force "$ID"
	else
		grep -q weight_device "$WORK/log"
	fi
	cp "$WORK/before" "$BUNDLE/config.json"
	honoured_or_refused '{"blockIO": {"weightDevice": [{"major": 254, "minor": 0, "leafWeight": 300}]}}' blkio blkio.leaf_weight_device 300
	honoured_or_refused '{"blockIO": {"weight": 65535}}' blkio no-such-file ""
}

@test "network classID and priorities, honoured or refused" {
	honoured_or_refused '{"network": {"classID": 1048577}}' net_cls net_cls.classid 1048577
	honoured_or_refused '{"network": {"priorities": [{"name": "lo", "priority": 5}]}}' net_prio net_prio.ifpriomap "lo 5"
}

@test "rdma hcaHandles and hcaObjects, honoured or refused" {
	honoured_or_refused '{"rdma": {"mlx5_1": {"hcaHandles": 3, "hcaObjects": 1000}}}' rdma rdma.max "hca_handle=3 hca_object=1000"
}

@test "memory: swap, useHierarchy, kernel and kernelTCP, honoured or refused" {
	honoured_or_refused '{"memory": {"limit": 67108864, "swap": 134217728}}' memory memory.memsw.limit_in_bytes 134217728
	honoured_or_refused '{"memory": {"useHierarchy": true}}' memory memory.use_hierarchy 1
	honoured_or_refused '{"memory": {"kernelTCP": 33554432}}' memory memory.kmem.tcp.limit_in_bytes 33554432
	# Kernels since 5.16 have the file for the kernel's memory, and take nothing.
	resources '{"memory": {"kernel": 33554432}}'
	run_container
	[ "$status" -ne 0 ] || [ -e /sys/fs/cgroup/memory/memory.kmem.limit_in_bytes ]
}

@test "memory.checkBeforeUpdate refuses a limit below the present usage" {
	add_probe
	[ -d /sys/fs/cgroup/memory ] || [ -e /sys/fs/cgroup/memory.current ] || skip "no memory controller"
	script 'head -c 30000000 /dev/zero >/dev/shm/full; sleep 1000'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	filled() { runtime exec "$ID" /bin/sh -c '[ "$(stat -c %s /dev/shm/full)" = 30000000 ]'; }
	eventually filled
	run "$RUNTIME" --root "$STATE" update --resources - "$ID" <<<'{"memory": {"limit": 8388608, "checkBeforeUpdate": true}}' 3>&-
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *usage* ]]
	runtime update --resources - "$ID" <<<'{"memory": {"limit": 83886080, "checkBeforeUpdate": true}}'
	[ "$(value memory memory.limit_in_bytes memory.max)" = 83886080 ]
}

@test "cpu: realtimePeriod, realtimeRuntime and idle, honoured or refused" {
	honoured_or_refused '{"cpu": {"realtimePeriod": 500000}}' cpu cpu.rt_period_us 500000
	honoured_or_refused '{"cpu": {"realtimePeriod": 500000, "realtimeRuntime": 1000}}' cpu cpu.rt_runtime_us 1000
	honoured_or_refused '{"cpu": {"idle": 1}}' cpu cpu.idle 1
}

@test "device rules on cgroup v2" {
	# As where v2 is all there is; which controllers it has does not matter here.
	printf '#!/bin/sh\nexec unshare --mount --propagation private sh -c '"'"'mount -t cgroup2 none /sys/fs/cgroup && exec %s "$@"'"'"' sh "$@"\n' "$RUNTIME" >"$WORK/runtime"
	chmod 755 "$WORK/runtime"
	RUNTIME=$WORK/runtime
	config 'del(.linux.resources) | .linux.devices = [{"path": "/dev/mine", "type": "c", "major": 10, "minor": 229, "fileMode": 438}]'
	try='dd if=/dev/mine of=/dev/null bs=1 count=0 2>/dev/null && echo opened || echo refused; dd if=/dev/null of=/dev/mine count=0 conv=notrunc 2>/dev/null && echo opened || echo refused; echo x >/dev/null && echo null'
	in_container "$try"
	[ "$(xargs <<<"$output")" = "refused refused null" ]
	resources '{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]}'
	in_container "$try"
	[ "$(xargs <<<"$output")" = "opened refused null" ]
	config '.linux.resources.devices = [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}, {"allow": false, "type": "c", "major": 10, "access": "w"}]'
	in_container "$try"
	[ "$(xargs <<<"$output")" = "opened refused null" ]
	config '.linux.resources.devices = [{"allow": false, "access": "rwm"}, {"allow": true, "access": "rwm"}]'
	in_container "$try"
	[ "$(xargs <<<"$output")" = "opened opened null" ]
}
