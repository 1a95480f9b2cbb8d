#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container's life through the commands of the runtime, as an engine or a person calls them.

load helper

@test "run gives the program's output and exit code" {
	script 'echo hello; exit 7'
	run_container
	[ "$status" -eq 7 ]
	[ "$output" = hello ]
}

@test "run gives 128 + signal when the program dies of one" {
	script 'kill -9 $$'
	run_container
	# Process 1 of a pid namespace ignores its own SIGKILL, so the shell's child stands in.
	script 'sh -c "kill -9 \$\$"; exit $?'
	runtime delete --force "$ID" || true
	run_container
	[ "$status" -eq 137 ]
}

@test "run passes stdin through" {
	config '.process.args = ["/bin/cat"]'
	run bash -c "echo from outside | '$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' '$ID' 3>&-"
	[ "$status" -eq 0 ]
	[ "$output" = "from outside" ]
}

@test "create, state, start, kill, delete" {
	config '.process.args = ["/bin/sleep", "1000"] | .annotations = {"com.example.key": "value"}'
	create --pid-file "$WORK/pid"
	[ "$(status_of)" = created ]
	[ "$(cat "$WORK/pid")" = "$(pid_of)" ]
	[ "$(runtime state "$ID" | jq -r .id)" = "$ID" ]
	[ "$(runtime state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
	[ "$(runtime state "$ID" | jq -r '.annotations["com.example.key"]')" = value ]
	[[ "$(runtime state "$ID" | jq -r .ociVersion)" =~ ^1\. ]]
	runtime start "$ID"
	[ "$(status_of)" = running ]
	[ "$(tr '\0' ' ' <"/proc/$(pid_of)/cmdline")" = "/bin/sleep 1000 " ]
	run ! runtime delete "$ID"
	runtime kill "$ID" KILL
	eventually is_status stopped
	[ "$(runtime state "$ID" | jq .pid)" = 0 ]
	runtime delete "$ID"
	run runtime state "$ID"
	[ "$status" -ne 0 ]
	[[ "$output" == *"does not exist"* ]]
}

@test "annotations are in the state" {
	config '.annotations = {"org.example.key": "a value", "other": ""}'
	create
	[ "$(runtime state "$ID" | jq -c .annotations)" = '{"org.example.key":"a value","other":""}' ]
}

@test "the program starts at start and not before" {
	config --arg d "$WORK" '.mounts += [{"destination": "/mnt", "type": "bind", "source": $d, "options": ["bind", "rw"]}]'
	script 'touch /mnt/started; sleep 1000'
	create
	sleep 0.2
	[ ! -e "$WORK/started" ]
	runtime start "$ID"
	eventually test -e "$WORK/started"
}

@test "a second start is refused" {
	start_sleeping
	run runtime start "$ID"
	[ "$status" -ne 0 ]
	[[ "$output" == *"cannot start"* ]]
}

@test "an id in use is refused and the container keeps running" {
	start_sleeping
	run "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$status" -ne 0 ]
	[[ "$output" == *exist* ]]
	is_status running
}

@test "ids that are paths, empty or strange are refused" {
	for bad in ../x . .. a/b "" 'a b' $'a\nb' "$(printf 'a%.0s' {1..2000})"; do
		run "$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$bad" </dev/null 3>&-
		echo "$bad: $output"
		[ "$status" -ne 0 ]
	done
	[ -z "$(ls "$STATE")" ]
}

@test "an unknown container is a clear error for every command" {
	for command in state start kill delete pause resume ps "exec" update; do
		arguments=()
		[ "$command" = "exec" ] && arguments=(/bin/true)
		[ "$command" = kill ] && arguments=(TERM)
		run "$RUNTIME" --root "$STATE" "$command" "$ID" "${arguments[@]}" </dev/null 3>&-
		echo "$command: $output"
		[ "$status" -ne 0 ]
		[[ "$output" == *"does not exist"* ]]
	done
}

@test "delete --force is harmless when the container is gone" {
	runtime delete --force "$ID"
}

@test "delete --force ends a running container" {
	start_sleeping
	pid=$(pid_of)
	runtime delete --force "$ID"
	[ ! -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status"
	[ -z "$(ls "$STATE")" ]
}

@test "delete --force ends a created container" {
	create
	runtime delete --force "$ID"
	[ -z "$(ls "$STATE")" ]
}

@test "kill takes names, SIG names and numbers, and refuses others" {
	script 'trap "exit 11" USR1; trap "exit 12" USR2; trap "exit 13" TERM; while :; do sleep 0.05; done'
	for signal in USR1 SIGUSR2 15; do
		runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
		sleep 0.3
		runtime kill "$ID" "$signal"
		eventually is_status stopped
		runtime delete "$ID"
	done
	start_sleeping
	run ! runtime kill "$ID" NOSUCH
	run ! runtime kill "$ID" 999
}

@test "kill of a stopped container says so" {
	config '.process.args = ["/bin/true"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	eventually is_status stopped
	run runtime kill "$ID" KILL
	[ "$status" -ne 0 ]
	[[ "$output" == *"container not running"* || "$output" == *"not running"* ]]
}

@test "kill --all reaches every process" {
	script 'sleep 1000 & sleep 1000 & trap "" TERM; while :; do sleep 0.1; done'
	config '.linux.namespaces |= map(select(.type != "pid"))'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	pid=$(pid_of)
	sleep 0.3
	[ "$(pgrep -P "$pid" | wc -l)" -ge 2 ]
	runtime kill --all "$ID" KILL
	eventually is_status stopped
	run pgrep -P "$pid"
	[ -z "$output" ]
}

@test "list shows containers as a table, as JSON, and as ids" {
	start_sleeping
	run runtime list
	[[ "${lines[0]}" =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
	[[ "${lines[1]}" =~ ^$ID\ +$(pid_of)\ +running\ +$BUNDLE\ + ]]
	[ "$(runtime list -q)" = "$ID" ]
	[ "$(runtime list --format json | jq -r '.[0].id')" = "$ID" ]
	[ "$(runtime list --format json | jq -r '.[0].status')" = running ]
	[ "$(runtime list -f json | jq -r '.[0].owner')" = root ]
}

@test "list of nothing" {
	run runtime list
	[ "$status" -eq 0 ]
	[ "$(runtime list -q)" = "" ]
	[ "$(runtime list --format json)" = null ] || [ "$(runtime list --format json)" = "[]" ]
}

@test "ps shows the container's processes only" {
	start_sleeping
	runtime exec --detach "$ID" /bin/sleep 2000 >"$WORK/log" 2>&1 </dev/null
	[ "$(runtime ps --format json "$ID" | jq length)" -eq 2 ]
	runtime ps --format json "$ID" | jq -e --argjson pid "$(pid_of)" 'index($pid) != null'
	run runtime ps "$ID"
	[[ "${lines[0]}" == *PID* ]]
	[ "${#lines[@]}" -eq 3 ]
	[[ "$output" == *"sleep 2000"* ]]
}

@test "pause stops and resume continues" {
	script 'i=0; while :; do i=$((i+1)); echo $i >/dev/shm/count; done'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	runtime pause "$ID"
	[ "$(status_of)" = paused ]
	count() { cat "/proc/$(pid_of)/root/dev/shm/count"; }
	first=$(count)
	sleep 0.3
	[ "$(count)" = "$first" ]
	run runtime exec "$ID" /bin/true
	[ "$status" -ne 0 ]
	[[ "$output" == *paused* ]]
	runtime resume "$ID"
	[ "$(status_of)" = running ]
	changed() { [ "$(count)" != "$first" ]; }
	eventually changed
}

@test "a paused container can be killed and deleted" {
	start_sleeping
	runtime pause "$ID"
	runtime delete --force "$ID"
	[ -z "$(ls "$STATE")" ]
}

@test "events --stats reports the container's resources" {
	start_sleeping
	run runtime events --stats "$ID"
	[ "$status" -eq 0 ]
	[ "$(jq -r .type <<<"$output")" = stats ]
	[ "$(jq -r .id <<<"$output")" = "$ID" ]
	jq -e '.data.pids.current >= 1' <<<"$output"
	jq -e '.data.memory.usage.usage > 0' <<<"$output"
	jq -e '.data.cpu.usage.total > 0' <<<"$output"
}

@test "events --stats counts block I/O, huge pages and network devices" {
	config --arg s "$WORK" '.mounts += [{"destination": "/mnt", "type": "bind", "source": $s, "options": ["bind"]}]'
	# With other work on the disk the kernel writes it for another group now and then: again, until it is counted.
	script 'while sleep 0.1; do dd if=/dev/zero of=/mnt/written bs=1M count=4 conv=fsync 2>/dev/null; done & ping -c 2 127.0.0.1 >/dev/null 2>&1; echo done >/mnt/done; sleep 1000'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	eventually test -e "$WORK/done"
	writes_counted() {
		runtime events --stats "$ID" | jq -e '[.data.blkio.ioServiceBytesRecursive[]? | select(.op == "Write").value] | add >= 4194304'
	}
	[ ! -d /sys/fs/cgroup/blkio ] || eventually writes_counted
	output=$(runtime events --stats "$ID")
	echo "$output"
	if [ -d /sys/fs/cgroup/blkio ]; then
		jq -e '[.data.blkio.ioServicedRecursive[] | select(.op == "Write").value] | add > 0' <<<"$output"
	fi
	if [ -n "$(find /sys/fs/cgroup -name 'hugetlb.2MB.*' -print -quit)" ]; then
		jq -e '.data.hugetlb["2MB"].usage == 0' <<<"$output"
	fi
	jq -e '.data.network_interfaces[] | select(.Name == "lo") | .RxBytes >= 0 and .TxPackets >= 0' <<<"$output"
	runtime delete --force "$ID"
	# The host's devices are no container's.
	config '.linux.namespaces |= map(select(.type != "network"))'
	start_sleeping
	jq -e '.data.network_interfaces == null' <<<"$(runtime events --stats "$ID")"
}

@test "update changes limits of a running container" {
	start_sleeping
	runtime update --memory 67108864 --pids-limit 33 --cpu-quota 20000 --cpu-period 100000 "$ID"
	[ "$(cat "$(cgroup_of memory)/memory.limit_in_bytes" 2>/dev/null || cat "$(cgroup_of "")/memory.max")" = 67108864 ]
	[ "$(cat "$(cgroup_of pids)/pids.max")" = 33 ]
	[ "$(cat "$(cgroup_of cpu)/cpu.cfs_quota_us" 2>/dev/null || cut -d' ' -f1 "$(cgroup_of "")/cpu.max")" = 20000 ]
	echo '{"memory": {"limit": 134217728}}' >"$WORK/resources.json"
	runtime update --resources "$WORK/resources.json" "$ID"
	[ "$(cat "$(cgroup_of memory)/memory.limit_in_bytes" 2>/dev/null || cat "$(cgroup_of "")/memory.max")" = 134217728 ]
}

@test "update reads resources from stdin" {
	start_sleeping
	echo '{"pids": {"limit": 44}}' | runtime update -r - "$ID"
	[ "$(cat "$(cgroup_of pids)/pids.max")" = 44 ]
}

@test "spec writes a configuration that runs" {
	mkdir "$WORK/fresh"
	mv "$BUNDLE/rootfs" "$WORK/fresh/rootfs"
	runtime spec --bundle "$WORK/fresh"
	run ! runtime spec --bundle "$WORK/fresh"
	BUNDLE=$WORK/fresh
	config '.process.terminal = false | .process.args = ["/bin/hostname"] | del(.process.rlimits)'
	run_container
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "$(jq -r .hostname "$BUNDLE/config.json")" ]
}

@test "spec --rootless writes a user namespace" {
	mkdir "$WORK/fresh"
	(cd "$WORK/fresh" && runtime spec --rootless)
	jq -e '.linux.namespaces | map(.type) | index("user") != null' "$WORK/fresh/config.json"
	jq -e '.linux.uidMappings[0].containerID == 0' "$WORK/fresh/config.json"
}

@test "features tells what the runtime knows" {
	run runtime features
	[ "$status" -eq 0 ]
	jq -e '.ociVersionMin and .ociVersionMax' <<<"$output"
	jq -e '.hooks | index("createRuntime") != null' <<<"$output"
	jq -e '.mountOptions | index("ro") != null' <<<"$output"
	jq -e '.linux.namespaces | index("user") != null' <<<"$output"
	jq -e '.linux.capabilities | index("CAP_SYS_ADMIN") != null' <<<"$output"
	jq -e '.linux.cgroup.v2 == true and .linux.cgroup.v1 == true' <<<"$output"
	jq -e '.linux.seccomp.enabled == true' <<<"$output"
}

@test "--version and --help" {
	run "$RUNTIME" --version
	[ "$status" -eq 0 ]
	[[ "$output" == *"spec: 1."* ]]
	run "$RUNTIME" --help
	[ "$status" -eq 0 ]
	for command in create start state kill delete run "exec" ps list pause resume update events spec features; do
		[[ "$output" == *"$command"* ]]
	done
}

@test "an unknown command or option is a usage error" {
	run ! "$RUNTIME" nosuch
	run ! "$RUNTIME" --nosuch list
	run ! "$RUNTIME" --root "$STATE" run --nosuch "$ID"
}

@test "errors go to --log as JSON lines" {
	run "$RUNTIME" --root "$STATE" --log "$WORK/errors.json" --log-format json start "$ID"
	[ "$status" -ne 0 ]
	tail -n 1 "$WORK/errors.json" | jq -e '.level == "error" and (.msg | test("does not exist")) and (.time | test("^20"))'
}

@test "a missing program is named and leaves nothing" {
	config '.process.args = ["/no/such/program"]'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *"/no/such/program"* ]]
	[[ "$output" == *"no such file or directory"* || "$output" == *"No such file or directory"* ]]
	[ -z "$(ls "$STATE")" ]
}

@test "a program that may not be executed is named" {
	echo text >"$BUNDLE/rootfs/text"
	config '.process.args = ["/text"]'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *[Pp]"ermission denied"* ]]
}

@test "broken configurations are refused with the reason" {
	for broken in '{' '[]' '{"ociVersion": "1.0.0"}' 'null' ''; do
		printf '%s' "$broken" >"$BUNDLE/config.json"
		run_container
		echo "$broken: $output"
		[ "$status" -ne 0 ]
		[ -n "$output" ]
	done
	[ -z "$(ls "$STATE")" ]
}

@test "--preserve-fds passes descriptors and nothing else" {
	script 'cat <&3; ls /proc/self/fd | wc -l'
	run bash -c "'$RUNTIME' --root '$STATE' run --preserve-fds 1 --bundle '$BUNDLE' '$ID' 3< <(echo third) 4</etc/passwd 5</etc/passwd"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = third ]
	# 0, 1, 2, 3, and the one that ls reads the folder with.
	[ "${lines[1]}" -eq 5 ]
}

@test "a terminal arrives on the console socket" {
	"$BATS_TEST_DIRNAME/receive-terminal" "$WORK/console" "$WORK/typed" 'exit 3
' 3>&- &
	eventually test -S "$WORK/console"
	config '.process.terminal = true | .process.args = ["/bin/sh", "-c", "tty; stty size; test -t 0 && echo yes; read x; echo $x"]'
	create --console-socket "$WORK/console"
	runtime start "$ID"
	eventually is_status stopped
	eventually grep -q yes "$WORK/typed"
	grep -q /dev/pts/0 "$WORK/typed"
	grep -q "exit 3" "$WORK/typed"
}

@test "a terminal without a console socket is refused when detached" {
	config '.process.terminal = true'
	run "$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$status" -ne 0 ]
	[ -z "$(ls "$STATE")" ]
}

@test "run --keep leaves the stopped container" {
	config '.process.args = ["/bin/true"]'
	run_container --keep
	[ "$status" -eq 0 ]
	[ "$(status_of)" = stopped ]
	runtime delete "$ID"
}

@test "state of a container whose runtime folder is another's is not seen" {
	start_sleeping
	run "$RUNTIME" --root "$WORK/other" state "$ID"
	[ "$status" -ne 0 ]
}
