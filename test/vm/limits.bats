#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Limits where cgroup v2 has all controllers: what linux.resources and the options of `skep run` become in its files, and that
# it holds.

load guest

DISK=$(cat /sys/block/vda/dev)

resources() {
	config --argjson r "$1" '.linux.resources += $r | .process.args = ["/bin/sleep", "1000"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1 || { cat "$WORK/log"; return 1; }
}

refused() {
	run resources "$1"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"$2"* ]]
	[ ! -e "$CGROUPS/$ID" ]
	cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
}

@test "memory, pids, cpu, cpuset, huge pages: linux.resources in the files of v2" {
	resources '{"memory": {"limit": 67108864, "swap": 100663296, "reservation": 33554432}, "pids": {"limit": 33},
		"cpu": {"shares": 1024, "quota": 50000, "period": 200000, "burst": 10000, "cpus": "0", "mems": "0"},
		"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	[ "$(of_group memory.max)" = 67108864 ]
	[ "$(of_group memory.swap.max)" = 33554432 ]
	[ "$(of_group memory.low)" = 33554432 ]
	[ "$(of_group pids.max)" = 33 ]
	[ "$(of_group cpu.weight)" = 39 ]
	[ "$(of_group cpu.max)" = "50000 200000" ]
	[ "$(of_group cpu.max.burst)" = 10000 ]
	[ "$(of_group cpuset.cpus)" = 0 ]
	[ "$(of_group cpuset.mems)" = 0 ]
	[ "$(of_group hugetlb.2MB.max)" = 4194304 ]
	[ "$(of_group cgroup.procs)" = "$(pid_of)" ]
}

@test "rates of a block device, and shares of it" {
	resources "$(printf '{"blockIO": {"throttleReadBpsDevice": [{"major": %d, "minor": %d, "rate": 1048576}],
		"throttleWriteIOPSDevice": [{"major": %d, "minor": %d, "rate": 77}], "weight": 300}}' ${DISK/:/ } ${DISK/:/ })"
	of_group io.max
	[ "$(of_group io.max)" = "$DISK rbps=1048576 wbps=max riops=max wiops=77" ]
	grep -q 'default 2930' "$CGROUPS/$ID/io.weight" || grep -q 'default 300' "$CGROUPS/$ID/io.bfq.weight"
}

@test "unified names files of v2 itself" {
	resources '{"unified": {"memory.high": "50331648", "memory.min": "1048576", "cgroup.max.depth": "7", "cpu.weight.nice": "5"}}'
	[ "$(of_group memory.high)" = 50331648 ]
	[ "$(of_group memory.min)" = 1048576 ]
	[ "$(of_group cgroup.max.depth)" = 7 ]
	[ "$(of_group cpu.weight.nice)" = 5 ]
}

@test "what v2 does not have is refused with its name, and nothing is left" {
	refused '{"memory": {"limit": 67108864, "swappiness": 10}}' "do not exist in cgroup v2"
	refused '{"cpu": {"realtimeRuntime": 1000}}' "realtime limits do not exist in cgroup v2"
	refused '{"network": {"classID": 1048577}}' "linux.resources.network does not exist in cgroup v2"
	refused '{"unified": {"../cgroup.max.depth": "7"}}' "unified"
	refused '{"unified": {"memory.nosuch": "7"}}' "memory.nosuch"
	refused '{"memory": {"limit": 67108864, "swap": 1048576}}' "swap"
}

@test "update changes them while the container runs" {
	start_sleeping
	[ "$(of_group memory.max)" = max ]
	runtime update --memory 67108864 --pids-limit 44 --cpu-quota 20000 --cpu-period 100000 --cpu-share 512 "$ID"
	[ "$(of_group memory.max)" = 67108864 ]
	[ "$(of_group pids.max)" = 44 ]
	[ "$(of_group cpu.max)" = "20000 100000" ]
	[ "$(of_group cpu.weight)" = 20 ]
	echo '{"unified": {"memory.high": "33554432"}}' | runtime update -r - "$ID"
	[ "$(of_group memory.high)" = 33554432 ]
	[ "$(of_group memory.max)" = 67108864 ]
}

@test "options of skep run" {
	id=$(box -d --memory 64m --pids 21 --cpus 1.5 --io 100 -- sleep 1000)
	group=skep/$id
	[ "$(of_group memory.max "$group")" = 67108864 ]
	[ "$(of_group pids.max "$group")" = 21 ]
	[ "$(of_group cpu.max "$group")" = "150000 100000" ]
	grep -q 'default 9' "$CGROUPS/$group/io.weight" || grep -q 'default 100' "$CGROUPS/$group/io.bfq.weight"
	skep rm -f "$id"
	[ ! -e "$CGROUPS/$group" ]
}

@test "who takes more memory ends with 137, and it is said why" {
	run box --name greedy --memory 16m -- probe memory 64
	[ "$status" -eq 137 ]
	[[ "$output" != *ok* ]]
	[ "$(skep inspect greedy | jq '.[0].State.OOMKilled')" = true ]
	[[ "$(skep ps -a)" == *"out of memory"* ]]
	run box --rm --memory 16m -- probe memory 4
	[ "$output" = ok ]
}

@test "the runtime tells of memory that ran out" {
	config '.linux.resources.memory = {"limit": 33554432} | .process.args = ["/bin/sh", "-c", "sleep 1; probe memory 64; sleep 1000"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	"$RUNTIME" --root "$STATE" events "$ID" >"$WORK/events" 2>&1 3>&- &
	events=$!
	eventually grep -q '"oom"' "$WORK/events"
	kill "$events"
	grep -q '"type": *"oom"' "$WORK/events"
}

@test "one process too many is EAGAIN" {
	run box --rm --pids 8 -- forbidden forks 20
	echo "$output"
	[[ "$output" == *EAGAIN* ]]
	run box --rm --pids 30 -- forbidden forks 20
	[ "$output" = "done" ]
}

@test "quota slows" {
	config '.linux.resources.cpu = {"quota": 10000, "period": 100000} |
		.process.args = ["/bin/sh", "-c", "until grep -q \"nr_throttled [1-9]\" /sys/fs/cgroup/cpu.stat; do :; done; echo throttled"]'
	run_container
	[ "$output" = throttled ]
}
