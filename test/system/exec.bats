#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A further process in a running container.

load helper

setup_test() {
	start_sleeping
}

enter() {
	run timeout 30 "$RUNTIME" --root "$STATE" exec "$@" </dev/null 3>&-
	echo "$output"
}

@test "exec gives output and exit code" {
	enter "$ID" /bin/sh -c 'echo inside; exit 9'
	[ "$status" -eq 9 ]
	[ "$output" = inside ]
}

@test "exec sees the container's namespaces, root and name" {
	enter "$ID" /bin/sh -c 'hostname; for n in pid net mnt ipc uts; do readlink /proc/self/ns/$n; done'
	[ "${lines[0]}" = cell ]
	for i in 1 2 3 4 5; do
		name=$(echo pid net mnt ipc uts | cut -d' ' -f$i)
		[ "${lines[$i]}" = "$(readlink "/proc/$(pid_of)/ns/$name")" ]
	done
}

@test "exec --cwd --env --user --additional-gids" {
	enter --cwd /tmp --env A=one --env B=two --user 1000:1001 --additional-gids 7 --additional-gids 8 "$ID" \
		/bin/sh -c 'pwd; echo $A $B; id -u; id -g; id -G; echo $HOME'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = /tmp ]
	[ "${lines[1]}" = "one two" ]
	[ "${lines[2]}" = 1000 ]
	[ "${lines[3]}" = 1001 ]
	[[ "${lines[4]}" == *7*8* ]]
}

@test "exec --cap adds a capability" {
	enter "$ID" /bin/sh -c 'grep CapEff /proc/self/status'
	[[ "$output" == *0000000020000420 ]]
	enter --cap CAP_SYS_NICE "$ID" /bin/sh -c 'grep CapEff /proc/self/status'
	[[ "$output" == *0000000020800420 ]]
}

@test "exec takes on no-new-privileges and the seccomp filter" {
	enter "$ID" /bin/sh -c 'grep NoNewPrivs /proc/self/status'
	[[ "$output" == *1 ]]
}

@test "exec --process reads the process from a file" {
	jq '.process | .args = ["/bin/sh", "-c", "echo $FROM; pwd"] | .env += ["FROM=file"] | .cwd = "/tmp"' \
		"$BUNDLE/config.json" >"$WORK/process.json"
	enter --process "$WORK/process.json" "$ID"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = file ]
	[ "${lines[1]}" = /tmp ]
}

@test "exec --detach --pid-file returns while the process runs" {
	runtime exec --detach --pid-file "$WORK/pid" "$ID" /bin/sleep 777 </dev/null >"$WORK/log" 2>&1
	[ "$(tr '\0' ' ' <"/proc/$(cat "$WORK/pid")/cmdline")" = "/bin/sleep 777 " ]
	runtime ps --format json "$ID" | jq -e --argjson pid "$(cat "$WORK/pid")" 'index($pid) != null'
}

@test "exec --tty --console-socket gives a terminal" {
	"$BATS_TEST_DIRNAME/receive-terminal" "$WORK/console" "$WORK/typed" 3>&- &
	eventually test -S "$WORK/console"
	runtime exec --tty --detach --console-socket "$WORK/console" "$ID" /bin/sh -c 'test -t 1 && echo terminal; tty' \
		</dev/null >"$WORK/log" 2>&1
	eventually grep -q terminal "$WORK/typed"
	grep -q /dev/pts "$WORK/typed"
}

@test "exec of a missing program is named" {
	enter "$ID" /no/such
	[ "$status" -ne 0 ]
	[[ "$output" == *"/no/such"* ]]
}

@test "exec into a stopped container is refused" {
	runtime kill "$ID" KILL
	eventually is_status stopped
	enter "$ID" /bin/true
	[ "$status" -ne 0 ]
	[[ "$output" == *"stopped"* || "$output" == *"not running"* ]]
}

@test "exec --ignore-paused enters a paused container" {
	runtime pause "$ID"
	"$RUNTIME" --root "$STATE" exec --ignore-paused --detach "$ID" /bin/sleep 5 </dev/null >"$WORK/log" 2>&1 3>&- &
	child=$!
	sleep 0.5
	runtime resume "$ID"
	wait $child
	[ "$(runtime ps --format json "$ID" | jq length)" -eq 2 ]
}

@test "exec joins the container's cgroups" {
	runtime exec --detach --pid-file "$WORK/pid" "$ID" /bin/sleep 777 </dev/null >"$WORK/log" 2>&1
	[ "$(grep -E ':(pids|memory|):' "/proc/$(cat "$WORK/pid")/cgroup")" = "$(grep -E ':(pids|memory|):' "/proc/$(pid_of)/cgroup")" ]
}

@test "exec --cgroup joins a group below the container's" {
	[ -d /sys/fs/cgroup/pids ] || skip "the groups of this test are v1's"
	mkdir "$(cgroup_of pids)/inner"
	runtime exec --cgroup pids:inner --detach --pid-file "$WORK/pid" "$ID" /bin/sleep 777 </dev/null >"$WORK/log" 2>&1
	[[ "$(grep ':pids:' "/proc/$(cat "$WORK/pid")/cgroup")" == */inner ]]
	[ "$(grep ':memory:' "/proc/$(cat "$WORK/pid")/cgroup")" = "$(grep ':memory:' "/proc/$(pid_of)/cgroup")" ]
	for path in nosuch pids:nosuch pids:.. pids:../.. nosuch:inner; do
		run "$RUNTIME" --root "$STATE" exec --cgroup "$path" "$ID" /bin/true </dev/null 3>&-
		[ "$status" -ne 0 ]
		[[ "$output" == *--cgroup* ]]
	done
	runtime exec --cgroup / "$ID" /bin/true </dev/null
}

@test "a hundred execs in a row" {
	for _ in $(seq 100); do
		runtime exec "$ID" /bin/true </dev/null
	done
}
