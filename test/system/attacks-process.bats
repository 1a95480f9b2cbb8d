#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks on the processes that make, enter and signal a container.

load attacks

# The runtime under attack is a copy, so that an overwritten one is not the build's.
copy_of_runtime() {
	cp "$RUNTIME" "$WORK/runtime-copy"
	RUNTIME=$WORK/runtime-copy
	digest=$(sha256sum <"$RUNTIME")
}

untouched() {
	[ "$(sha256sum <"$WORK/runtime-copy")" = "$digest" ]
}

# The container's first process is $1, which is the runtime and waits for input; another one opens its program and
# writes to it as soon as it has ended.
attack_waiting_runtime() {
	mkfifo "$WORK/input"
	exec 8<>"$WORK/input"
	config --arg p "$1" '.linux.namespaces |= map(select(.type != "pid")) | .process.args = [$p, "update", "--resources", "-", "x"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" <"$WORK/input" >>"$WORK/log" 2>&1 8>&-
	runtime exec --detach "$ID" /bin/probe overwrite 1 >>"$WORK/log" 2>&1 </dev/null 8>&-
	sleep 0.3
	exec 8>&-
	sleep 1
	cat "$WORK/log"
	grep -q seen "$WORK/log"
}

@test "the runtime's binary cannot be overwritten through /proc/self/exe as the container's program" {
	copy_of_runtime
	strong_attacker
	attack_waiting_runtime /proc/self/exe
	untouched
	run ! grep -q overwritten "$WORK/log"
}

@test "the runtime's binary cannot be overwritten through /proc/PID/exe of an exec" {
	copy_of_runtime
	strong_attacker
	config '.process.args = ["/bin/probe", "overwrite", "6"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	for _ in $(seq 60); do
		timeout 20 "$RUNTIME" --root "$STATE" exec "$ID" /bin/true </dev/null >/dev/null 2>&1 3>&- || true
	done
	eventually is_status stopped || sleep 2
	untouched
	run ! grep -q overwritten "$WORK/log"
}

@test "the runtime's binary cannot be overwritten while the container starts" {
	copy_of_runtime
	strong_attacker
	start_sleeping
	first=$ID
	pid=$(pid_of)
	# A second container in the first one's pid namespace, watched from the first.
	nsenter -t "$pid" -p -m -- /bin/probe overwrite 5 >"$WORK/log-of-attack" 2>&1 3>&- &
	attacker=$!
	config --arg p "/proc/$pid/ns/pid" '.process.args = ["/bin/true"] | .linux.namespaces |= map(if .type == "pid" then .path = $p else . end)'
	for i in $(seq 30); do
		timeout 20 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID-$i" </dev/null >/dev/null 2>&1 3>&- || true
	done
	wait $attacker || true
	ID=$first
	untouched
	run ! grep -q overwritten "$WORK/log-of-attack"
}

@test "a working directory of /proc/self/fd/N does not lead to the host" {
	for n in $(seq 0 20); do
		config --arg d "/proc/self/fd/$n" '.process.cwd = $d | .process.args = ["/bin/sh", "-c", "ls ../../../../../../../../host-marker"]'
		run_container
		[[ "$status" -ne 0 ]] || { echo "cwd /proc/self/fd/$n led out: $output"; false; }
	done
}

@test "a working directory of an exec does not lead to the host" {
	start_sleeping
	for n in $(seq 0 20); do
		run timeout 20 "$RUNTIME" --root "$STATE" exec --cwd "/proc/self/fd/$n" "$ID" /bin/ls ../../../../../../../../host-marker </dev/null 3>&-
		[ "$status" -ne 0 ]
	done
}

@test "a working directory that is a link to /proc/self/fd/N does not lead to the host" {
	for n in $(seq 3 12); do
		rm -f "$BUNDLE/rootfs/work"
		ln -s "/proc/self/fd/$n" "$BUNDLE/rootfs/work"
		config '.process.cwd = "/work" | .process.args = ["/bin/sh", "-c", "ls ../../../../../../../../host-marker"]'
		run_container
		[ "$status" -ne 0 ]
	done
}

@test "no descriptor of the runtime reaches the container" {
	script 'for f in /proc/self/fd/*; do echo "${f##*/} $(readlink $f)"; done | sort -n'
	run bash -c "exec 7</ 9</etc; '$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" != *"$WORK"* ]]
	[ "$(grep -cE '^([4-9]|[1-9][0-9]+) ' <<<"$output")" -eq 0 ]
	start_sleeping
	run bash -c "exec 7</ 9</etc; '$RUNTIME' --root '$STATE' exec '$ID' /bin/sh -c 'ls /proc/self/fd | xargs' </dev/null"
	[[ "$output" =~ ^"0 1 2"( 3)?$ ]]
}

@test "nothing of the host is seen in the processes that enter the container" {
	strong_attacker
	config '.process.args = ["/bin/probe", "pry", "5"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	for _ in $(seq 60); do
		timeout 20 "$RUNTIME" --root "$STATE" exec "$ID" /bin/true </dev/null >/dev/null 2>&1 3>&- || true
	done
	eventually is_status stopped || sleep 2
	sort "$WORK/log" | uniq -c | sort -rn | head -n 8
	run ! grep -q "way out" "$WORK/log"
}

@test "user values of an exec that overflow or are no numbers are refused" {
	start_sleeping
	for value in -1 4294967296 4294967295 1000:-1 1000:4294967296 0x0 ' 0' '' : 0: :0 18446744073709551616 '1000 ' $'0\n'; do
		run timeout 20 "$RUNTIME" --root "$STATE" exec --user="$value" "$ID" /bin/id </dev/null 3>&-
		[[ "$output" != *uid=0* ]] || [ "$value" = "" ] || [ "$value" = 0: ] || { echo "'$value' became root"; false; }
	done
}

@test "inheritable and ambient capabilities are empty, also in an exec with --cap" {
	start_sleeping
	run "$RUNTIME" --root "$STATE" exec --cap CAP_NET_RAW "$ID" /bin/grep -E 'CapInh|CapAmb' /proc/self/status </dev/null 3>&-
	[ "$(grep -c 0000000000000000 <<<"$output")" -eq 2 ]
	# Nor are those of the caller handed on.
	script 'grep -E "CapInh|CapAmb" /proc/self/status'
	runtime delete --force "$ID"
	run setpriv --inh-caps +net_raw --ambient-caps +net_raw "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$(grep -c 0000000000000000 <<<"$output")" -eq 2 ]
}

@test "the seccomp filter is not skipped by 32-bit or x32 calls" {
	config --slurpfile s "$ROOT/test/data/seccomp-docker.json" '.linux.seccomp = ($s[0] | .architectures = ["SCMP_ARCH_X86_64"])'
	script 'probe call 165; probe call32 21; probe callx32 165; true'
	run_container
	[ "${lines[0]}" = EPERM ]
	[[ "$output" != *ok* && "$output" != *EFAULT* ]]
}

@test "an image whose programs are links to the runtime does not change it" {
	copy_of_runtime
	strong_attacker
	ln -sf /proc/self/exe "$BUNDLE/rootfs/bin/entry"
	printf '#!/proc/self/exe\n' >"$BUNDLE/rootfs/bin/script"
	chmod 755 "$BUNDLE/rootfs/bin/script"
	for program in /bin/entry /bin/script; do
		config --arg p "$program" '.process.args = [$p, "--version"]'
		run_container
		untouched
	done
	attack_waiting_runtime /bin/entry
	untouched
}

@test "a state whose pid is another's kills nobody" {
	start_sleeping
	# Processes are told apart by their start, which the kernel gives in hundredths of a second.
	sleep 0.1
	sleep 500 3>&- &
	victim=$!
	pid=$(pid_of)
	find "$STATE/$ID" -type f -size +0 -exec sed -i "s/\b$pid\b/$victim/g" {} +
	timeout 10 "$RUNTIME" --root "$STATE" "kill" "$ID" KILL </dev/null >/dev/null 2>&1 3>&- || true
	kill -0 $victim
	timeout 10 "$RUNTIME" --root "$STATE" delete --force "$ID" </dev/null >/dev/null 2>&1 3>&- || true
	kill -0 $victim
	kill -9 "$pid" $victim 2>/dev/null || true
}

# Kills the container's first process and starts a victim until it has the same pid.
reuse_pid() {
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "the kernel has no ns_last_pid"
	pid=$(pid_of)
	kill -9 "$pid"
	eventually is_status stopped
	gone() { [ ! -e "/proc/$pid" ]; }
	eventually gone
	victim=
	for _ in $(seq 500); do
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 500 3>&- &
		victim=$!
		[ "$victim" = "$pid" ] && return 0
		kill $victim
	done
	echo "the pid could not be had again"
	return 1
}

@test "a reused pid is not taken for the container" {
	start_sleeping
	reuse_pid
	[ "$(status_of)" = stopped ]
	runtime kill "$ID" KILL >/dev/null 2>&1 || true
	kill -0 "$victim"
	runtime delete --force "$ID"
	kill -0 "$victim"
	kill "$victim"
}

@test "an exec does not enter what took the place of the container's first process" {
	start_sleeping
	reuse_pid
	# The victim is a process of the host: who enters it is there.
	run timeout 10 "$RUNTIME" --root "$STATE" exec "$ID" /bin/ls /host-marker </dev/null 3>&-
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" != */host-marker ]]
	runtime delete --force "$ID"
	kill -0 "$victim"
	kill "$victim"
}

@test "a security label goes to the kernel or nowhere" {
	# The image has a file where the kernel's would be; a label written there would be silently missing.
	mkdir -p "$BUNDLE/rootfs/proc/thread-self/attr/apparmor"
	echo keep >"$BUNDLE/rootfs/proc/thread-self/attr/exec"
	echo keep >"$BUNDLE/rootfs/proc/thread-self/attr/apparmor/exec"
	config '.mounts |= map(select(.destination != "/proc")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	start_sleeping
	for option in --process-label --apparmor; do
		run timeout 20 "$RUNTIME" --root "$STATE" exec "$option" some-label "$ID" /bin/true </dev/null 3>&-
		[ "$status" -ne 0 ]
	done
	[ "$(cat "$BUNDLE/rootfs/proc/thread-self/attr/exec" "$BUNDLE/rootfs/proc/thread-self/attr/apparmor/exec" | sort -u)" = keep ]
}
