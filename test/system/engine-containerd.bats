#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# containerd with skep-runtime in runc's place.

load engine

start_daemon() {
	containerd -c "$ENGINE/config.toml" >>"$ENGINE/daemon.log" 2>&1 3>&- &
	echo $! >"$ENGINE/daemon.pid"
	eventually ctr version
}

setup_file() {
	engine_setup containerd ctr
	export CONTAINERD_ADDRESS=$ENGINE/containerd.sock
	containerd_config
	start_daemon
	ctr images import "$ENGINE/cell.tar" >/dev/null
}

setup() {
	ID=c$$-$BATS_TEST_NUMBER
}

teardown() {
	ctr tasks kill --signal KILL "$ID" >/dev/null 2>&1 || true
	eventually eval '! ctr tasks ls -q | grep -qx $ID || ctr tasks rm -f $ID' || true
	ctr containers rm "$ID" >/dev/null 2>&1 || true
}

run_ctr() {
	run timeout 40 ctr run --runc-binary "$RUNTIME" "$@" </dev/null 3>&-
	echo "$output"
}

start_detached() {
	timeout 40 ctr run --detach --runc-binary "$RUNTIME" "$@" "$IMAGE" "$ID" /bin/sleep 1000 </dev/null >"$ENGINE/log" 2>&1 3>&- ||
		{ cat "$ENGINE/log"; return 1; }
}

task_status() {
	ctr tasks ls | awk -v id="$ID" '$1 == id { print $3 }'
}

@test "run gives output and exit code" {
	run_ctr --rm "$IMAGE" "$ID" /bin/sh -c 'echo hello $FROM; exit 5'
	[ "$output" = "hello image" ]
	[ "$status" -eq 5 ]
}

@test "exec" {
	start_detached
	run timeout 20 ctr tasks exec --exec-id e1 "$ID" /bin/sh -c 'echo inside; exit 6' </dev/null 3>&-
	[ "$output" = inside ]
	[ "$status" -eq 6 ]
}

@test "a terminal" {
	run in_terminal ctr run --rm --tty --runc-binary "$RUNTIME" "$IMAGE" "$ID" /bin/sh -c "'tty; test -t 1 && echo terminal'"
	[[ "$output" == *terminal* ]]
	[[ "$output" == */dev/pts/0* ]]
}

@test "pause and resume" {
	start_detached
	ctr tasks pause "$ID"
	[ "$(task_status)" = PAUSED ]
	ctr tasks resume "$ID"
	[ "$(task_status)" = RUNNING ]
}

@test "metrics and processes" {
	start_detached
	run ctr tasks metrics "$ID"
	[ "$status" -eq 0 ]
	run ctr tasks ps "$ID"
	[ "${#lines[@]}" -ge 2 ]
}

@test "a memory limit" {
	start_detached --memory-limit 67108864
	pid=$(ctr tasks ls | awk -v id="$ID" '$1 == id { print $2 }')
	path=$(awk -F: '$2 == "memory" { print $3 }' "/proc/$pid/cgroup")
	[ "$(cat "/sys/fs/cgroup/memory$path/memory.limit_in_bytes")" = 67108864 ]
}

@test "the default seccomp profile" {
	run_ctr --rm --seccomp "$IMAGE" "$ID" /bin/sh -c 'grep Seccomp: /proc/self/status; unshare -m true 2>&1 || echo refused'
	[[ "$output" == *2*refused* ]]
}

@test "kill and wait give the signal" {
	start_detached
	ctr tasks kill --signal TERM "$ID"
	ctr tasks kill --signal KILL "$ID"
	stopped() { [ "$(task_status)" = STOPPED ]; }
	eventually stopped
}

@test "containers outlive a killed daemon" {
	start_detached
	kill -9 "$(cat "$ENGINE/daemon.pid")"
	sleep 0.3
	start_daemon
	[ "$(task_status)" = RUNNING ]
	run timeout 20 ctr tasks exec --exec-id e2 "$ID" /bin/echo alive </dev/null 3>&-
	[ "$output" = alive ]
}

@test "as a configured runtime" {
	# The shim takes its binary from the options of the runtime, as a configuration file gives them.
	mkdir -p "$ENGINE/bin"
	ln -sf "$RUNTIME" "$ENGINE/bin/runc"
	kill "$(cat "$ENGINE/daemon.pid")"
	sleep 0.5
	PATH=$ENGINE/bin:$PATH start_daemon
	run timeout 40 ctr run --rm --runtime io.containerd.runc.v2 "$IMAGE" "$ID" /bin/echo configured </dev/null 3>&-
	[ "$output" = configured ]
}

@test "no shim, mount or cgroup stays behind" {
	for id in $(ctr tasks ls -q); do ctr tasks rm -f "$id" || true; done
	run pgrep -f containerd-shim
	gone() { ! pgrep -f containerd-shim; }
	eventually gone
	[ -z "$(find /sys/fs/cgroup -type d -name "c$$-*")" ]
}
