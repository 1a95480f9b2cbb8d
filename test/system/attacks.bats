#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Known attacks on container runtimes, performed. Each is harmless where it succeeds (it goes for files of the test, or
# for what is the test's own namespace), and each was seen to succeed against a peer or a weakened build; see
# test/weakened.

load helper

setup_test() {
	add_probe
	MARKER=/host-marker
	: >"$MARKER"
	mkdir "$WORK/outside"
	config '.root.readonly = false'
}

teardown_test() {
	rm -f "$MARKER"
}

# Everything that Docker gives, and tracing: an attacker with more than the usual.
strong_attacker() {
	config '.process.capabilities |= with_entries(.value = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
		"CAP_MKNOD", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"])'
}

# The runtime under attack is a copy, so that an overwritten one is not the build's.
copy_of_runtime() {
	cp "$RUNTIME" "$WORK/runtime-copy"
	RUNTIME=$WORK/runtime-copy
	digest=$(sha256sum <"$RUNTIME")
}

untouched() {
	[ "$(sha256sum <"$WORK/runtime-copy")" = "$digest" ]
}

outside_is_empty() {
	[ -z "$(find "$WORK/outside" -mindepth 1)" ] || { find "$WORK/outside"; return 1; }
}

@test "the runtime's binary cannot be overwritten through /proc/self/exe as the container's program" {
	copy_of_runtime
	strong_attacker
	config '.process.args = ["/proc/self/exe", "--version"]'
	run_container
	untouched
	start_sleeping
	for _ in $(seq 3); do
		timeout 20 "$RUNTIME" --root "$STATE" exec "$ID" /proc/self/exe --help </dev/null >/dev/null 2>&1 3>&- &
		runtime exec "$ID" /bin/probe overwrite 1 >>"$WORK/log" 2>&1 </dev/null || true
		wait $!
	done || true
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

@test "a masked path does not show what /dev/null points to" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	echo word >"$BUNDLE/rootfs/etc/word"
	mkdir -p "$BUNDLE/rootfs/dev"
	ln -sfn /etc/secret "$BUNDLE/rootfs/dev/null"
	config 'del(.linux.maskedPaths, .linux.readonlyPaths) | .linux.maskedPaths = ["/etc/word", "/proc/kcore", "/proc/keys"]
		| .mounts |= map(select(.destination | startswith("/dev") | not))'
	script 'cat /etc/word; echo changed >/etc/word; cat /proc/keys'
	run_container
	echo "$output"
	[[ "$output" != *secret* ]]
	[ "$(cat "$BUNDLE/rootfs/etc/secret")" = secret ]
}

@test "a /dev/null exchanged during the setup is not used for masking" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	echo word >"$BUNDLE/rootfs/etc/word"
	mkdir -p "$BUNDLE/rootfs/dev"
	mknod -m 666 "$BUNDLE/rootfs/dev/null" c 1 3
	ln -s /etc/secret "$BUNDLE/rootfs/dev/swap"
	config '.linux.maskedPaths = ["/etc/word"] | .mounts |= map(select(.destination | startswith("/dev") | not))'
	"$BUNDLE/rootfs/bin/probe" exchange "$BUNDLE/rootfs/dev/null" "$BUNDLE/rootfs/dev/swap" 6 3>&- &
	swapper=$!
	for _ in $(seq 40); do
		script 'cat /etc/word'
		run_container
		[[ "$output" != *secret* ]]
	done
	kill $swapper 2>/dev/null || true
}

@test "a /dev/console that is a link gives no way out and no foreign file" {
	"$BATS_TEST_DIRNAME/receive-terminal" "$WORK/console" "$WORK/typed" 3>&- &
	eventually test -S "$WORK/console"
	echo keep >"$WORK/outside-file"
	mkdir -p "$BUNDLE/rootfs/dev"
	ln -s "$WORK/outside-file" "$BUNDLE/rootfs/dev/console"
	config '.process.terminal = true | .process.args = ["/bin/sh", "-c", "echo written >/dev/console; echo from inside"]
		| .mounts |= map(select(.destination | startswith("/dev") | not))'
	runtime create --bundle "$BUNDLE" --console-socket "$WORK/console" "$ID" </dev/null >"$WORK/log" 2>&1 || true
	runtime start "$ID" >/dev/null 2>&1 || true
	sleep 0.3
	[ "$(cat "$WORK/outside-file")" = keep ]
}

@test "a /dev/console link to a kernel file is not mounted over or written" {
	"$BATS_TEST_DIRNAME/receive-terminal" "$WORK/console" "$WORK/typed" 3>&- &
	eventually test -S "$WORK/console"
	mkdir -p "$BUNDLE/rootfs/dev"
	ln -s /proc/sys/kernel/core_pattern "$BUNDLE/rootfs/dev/console"
	config '.process.terminal = true | .process.args = ["/bin/sh", "-c", "grep core_pattern /proc/self/mountinfo && echo mounted; echo done"]
		| .mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.readonlyPaths = []'
	runtime create --bundle "$BUNDLE" --console-socket "$WORK/console" "$ID" </dev/null >"$WORK/log" 2>&1 || true
	runtime start "$ID" >/dev/null 2>&1 || true
	sleep 0.3
	run ! grep -q mounted "$WORK/typed"
}

@test "a /dev/pts that is a link leads nowhere" {
	mkdir -p "$BUNDLE/rootfs/dev"
	ln -s ../../../outside "$BUNDLE/rootfs/dev/pts"
	config '.mounts |= map(select(.destination != "/dev"))'
	run_container
	outside_is_empty
}

@test "a /dev that is a link leads nowhere" {
	rm -rf "$BUNDLE/rootfs/dev"
	for to in "$WORK/outside" ../../outside /../../../../outside; do
		ln -sfn "$to" "$BUNDLE/rootfs/dev"
		run_container
		outside_is_empty
		config '.mounts |= map(select(.destination != "/dev"))'
		run_container
		outside_is_empty
		cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
	done
}

@test "mount targets that are links stay inside the root" {
	ln -s "$WORK/outside" "$BUNDLE/rootfs/absolute"
	ln -s ../../../../../../../../"$WORK/outside" "$BUNDLE/rootfs/relative"
	for target in /absolute/x /relative/x /mnt/../../../outside/x; do
		config --arg t "$target" '.mounts[7] = {"destination": $t, "type": "tmpfs", "source": "tmpfs"}'
		run_container
		outside_is_empty
	done
}

@test "device nodes are not made through links" {
	ln -s "$WORK/outside" "$BUNDLE/rootfs/away"
	config '.linux.devices = [{"path": "/away/node", "type": "c", "major": 1, "minor": 5}, {"path": "/../../outside/node", "type": "c", "major": 1, "minor": 5}]'
	run_container
	outside_is_empty
}

@test "masked and read-only paths that are links stay inside" {
	echo keep >"$WORK/outside/file"
	ln -s "$WORK/outside/file" "$BUNDLE/rootfs/etc/away"
	config '.linux.maskedPaths += ["/etc/away"] | .linux.readonlyPaths += ["/etc/away"]'
	run_container
	[ "$(cat "$WORK/outside/file")" = keep ]
	echo still >"$WORK/outside/file"
}

@test "a working directory is not created through a link" {
	ln -s "$WORK/outside" "$BUNDLE/rootfs/away"
	config '.process.cwd = "/away/new"'
	run_container
	outside_is_empty
}

@test "a sysctl is not written where /proc is no procfs" {
	mkdir -p "$BUNDLE/rootfs/proc/sys/net/ipv4"
	ln -s ../../../../../../outside/target "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	echo keep >"$WORK/outside/target"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .mounts |= map(select(.destination != "/proc")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	run_container
	[ "$(cat "$WORK/outside/target")" = keep ]
	# An image's own file in place of the kernel's is no sysctl either.
	rm "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	echo keep >"$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	run_container
	[ "$(cat "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward")" = keep ]
}

@test "a sysctl does not go to another one through a mount over /proc" {
	# As in a mount race: the file that is named is bound to another kernel file.
	before=$(cat /proc/sys/kernel/shm_rmid_forced)
	config '.mounts += [{"destination": "/proc/sys/net", "type": "bind", "source": "/proc/sys/kernel", "options": ["bind", "rw"]}]
		| .linux.sysctl = {"net.shm_rmid_forced": "1"}'
	run_container
	[ "$(cat /proc/sys/kernel/shm_rmid_forced)" = "$before" ]
}

@test "a file system over /proc itself is refused" {
	for type in tmpfs bind; do
		config --arg t "$type" --arg w "$WORK/outside" '.mounts += [{"destination": "/proc", "type": $t, "source": $w, "options": [if $t == "bind" then "bind" else "rw" end]}]'
		run_container
		[ "$status" -ne 0 ]
		config '.mounts |= .[:-1]'
	done
	config '.mounts += [{"destination": "/proc/self/attr", "type": "tmpfs", "source": "tmpfs"}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "a mount target exchanged during the setup does not lead out" {
	mkdir -p "$BUNDLE/rootfs/race/a"
	ln -s "$WORK/outside" "$BUNDLE/rootfs/race/b"
	config '.mounts += [{"destination": "/race/a/inner", "type": "tmpfs", "source": "tmpfs"}]'
	"$BUNDLE/rootfs/bin/probe" exchange "$BUNDLE/rootfs/race/a" "$BUNDLE/rootfs/race/b" 6 3>&- &
	swapper=$!
	for _ in $(seq 60); do
		run_container
	done
	kill $swapper 2>/dev/null || true
	outside_is_empty
}

@test "a volume's source exchanged during the setup gives one of the two or an error" {
	mkdir "$WORK/volume" "$WORK/volume/a"
	echo file >"$WORK/volume/b"
	config --arg s "$WORK/volume/a" '.mounts += [{"destination": "/volume", "type": "bind", "source": $s, "options": ["bind", "ro"]}]'
	"$BUNDLE/rootfs/bin/probe" exchange "$WORK/volume/a" "$WORK/volume/b" 4 3>&- &
	swapper=$!
	script 'touch /volume/x 2>/dev/null && echo written; echo y 2>/dev/null >/volume && echo written; grep -c " /volume " /proc/mounts'
	for _ in $(seq 30); do
		run_container
		[[ "$output" != *written* ]]
		[ "$status" -ne 0 ] || [[ "$output" == *1* ]]
	done
	kill $swapper 2>/dev/null || true
}

@test "user fields that overflow or are no numbers are refused" {
	for field in uid gid; do
		for value in -1 4294967295 4294967296 18446744073709551616 1.5 '"0"' '"root"' '[0]' true 1e30; do
			config --argjson v "$value" --arg f "$field" '.process.user = {"uid": 1000, "gid": 1000} | .process.user[$f] = $v'
			# jq keeps large numbers only as text, so they are put in by hand.
			sed -i "s/\"$field\": [0-9.e+-]*\(,\|\$\)/\"$field\": $value\1/" "$BUNDLE/config.json"
			script_output=$(timeout 20 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 2>&1 3>&-) && {
				echo "$field $value was accepted: $script_output"
				false
			}
			cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
		done
	done
	config '.process.user.additionalGids = [-1]'
	run_container
	[ "$status" -ne 0 ]
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

@test "the cgroup release agent is out of reach and cgroups are read-only" {
	strong_attacker
	in_container 'find /sys/fs/cgroup -name release_agent | wc -l; mkdir /mnt/c; mount -t cgroup -o memory none /mnt/c 2>/dev/null && echo mounted
		for d in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $d/new 2>/dev/null && ls $d/new | grep -q . && echo "made in $d"; done
		for f in $(find /sys/fs/cgroup -name cgroup.procs -o -name notify_on_release -o -name memory.limit_in_bytes | head -n 20); do echo 1 2>/dev/null >$f && echo "wrote $f"; done; true'
	[ "${lines[0]}" = 0 ]
	[[ "$output" != *mounted* && "$output" != *"made in"* && "$output" != *wrote* ]]
}

@test "a writable cgroup mount shows the container's own groups only" {
	config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
	in_container 'find /sys/fs/cgroup -name release_agent | wc -l; cat /sys/fs/cgroup/pids/cgroup.procs /sys/fs/cgroup/cgroup.procs 2>/dev/null | grep -c .'
	[ "${lines[0]}" = 0 ]
	[ "${lines[1]}" -le 5 ]
}

@test "over-long fields do not inject namespaces or mappings" {
	long=$(printf '/%.0s' {1..70000})
	config --arg p "$long" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
	run_container
	[ "$status" -ne 0 ]
	cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [range(5000) | {"containerID": ., "hostID": (100000 + .), "size": 1}]
		| .linux.gidMappings = .linux.uidMappings'
	script 'for n in user mnt net pid; do readlink /proc/self/ns/$n; done'
	run_container
	if [ "$status" -eq 0 ]; then
		for n in user mnt net pid; do
			[[ "$output" != *"$(readlink /proc/$$/ns/$n)"* ]]
		done
	fi
}

@test "an allow list of devices is no deny list" {
	strong_attacker
	config '.linux.resources.devices = [{"allow": true, "type": "c", "major": 1, "minor": 5, "access": "rwm"}]'
	in_container 'mknod /dev/away c 10 229 2>/dev/null; dd if=/dev/away of=/dev/null count=0 2>/dev/null && echo opened || echo refused'
	[ "$output" = refused ]
	config 'del(.linux.resources.devices)'
	in_container 'mknod /dev/away c 10 229 2>/dev/null; dd if=/dev/away of=/dev/null count=0 2>/dev/null && echo opened || echo refused'
	[ "$output" = refused ]
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
}

@test "huge, deep and endless configurations end in an error, fast and within memory" {
	refused() {
		local start=$SECONDS
		run bash -c "ulimit -v 1000000; timeout 20 '$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null"
		echo "$1: $status ${output:0:200}"
		[ "$status" -ne 0 ]
		[ "$status" -ne 124 ]
		[ "$status" -lt 128 ]
		[ $((SECONDS - start)) -lt 10 ]
	}
	python3 -c "print('['*200000 + ']'*200000)" >"$BUNDLE/config.json"
	refused deep
	python3 -c "print('{\"a\":'*200000 + '1' + '}'*200000)" >"$BUNDLE/config.json"
	refused "deep objects"
	python3 -c "print('{\"ociVersion\":\"' + 'a'*50000000 + '\"}')" >"$BUNDLE/config.json"
	refused long
	rm "$BUNDLE/config.json"
	mkfifo "$BUNDLE/config.json"
	refused fifo
	ln -sf /dev/zero "$BUNDLE/config.json"
	refused endless
	ln -sf config.json "$BUNDLE/config.json"
	refused cyclic
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	refused folder
}

@test "a tampered state is refused and leads to no other file or process" {
	start_sleeping
	sleep 500 3>&- &
	victim=$!
	cp -a "$STATE/$ID" "$WORK/saved"
	mapfile -t files < <(find "$WORK/saved" -type f -size +0 -printf '%f\n')
	for content in '' '{' '[]' 'null' "{\"id\": \"../../outside\", \"pid\": $victim}" "$(printf 'x%.0s' {1..100000})"; do
		for file in "${files[@]}"; do
			printf '%s' "$content" >"$STATE/$ID/$file"
			for command in state "kill" ps pause update events "exec" delete; do
				arguments=()
				[ "$command" = "kill" ] && arguments=(KILL)
				[ "$command" = "exec" ] && arguments=(/bin/true)
				[ "$command" = events ] && arguments=(--stats)
				timeout 10 "$RUNTIME" --root "$STATE" "$command" "$ID" "${arguments[@]}" </dev/null >/dev/null 2>&1 3>&- || [ $? -lt 124 ]
			done
			kill -0 $victim
			cp -a "$WORK/saved/$file" "$STATE/$ID/$file" 2>/dev/null || { mkdir -p "$STATE/$ID"; cp -a "$WORK/saved/." "$STATE/$ID/"; }
		done
	done
	kill $victim
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

@test "a reused pid is not taken for the container" {
	[ -w /proc/sys/kernel/ns_last_pid ] || skip "the kernel has no ns_last_pid"
	start_sleeping
	pid=$(pid_of)
	kill -9 "$pid"
	eventually is_status stopped
	gone() { [ ! -e "/proc/$pid" ]; }
	eventually gone || skip "the dead process is not collected here"
	victim=
	for _ in $(seq 200); do
		echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
		sleep 500 3>&- &
		victim=$!
		[ "$victim" = "$pid" ] && break
		kill $victim
	done
	[ "$victim" = "$pid" ] || skip "the pid could not be had again"
	[ "$(status_of)" = stopped ]
	runtime kill "$ID" KILL >/dev/null 2>&1 || true
	kill -0 "$victim"
	run timeout 10 "$RUNTIME" --root "$STATE" exec "$ID" /bin/true </dev/null 3>&-
	[ "$status" -ne 0 ]
	runtime delete --force "$ID"
	kill -0 "$victim"
	kill "$victim"
}

@test "state and bundle of another user's making are not followed out of --root" {
	ln -s "$WORK/outside" "$STATE/linked-$ID"
	echo keep >"$WORK/outside/file"
	timeout 10 "$RUNTIME" --root "$STATE" delete --force "linked-$ID" </dev/null >/dev/null 2>&1 3>&- || true
	[ "$(cat "$WORK/outside/file")" = keep ]
	rm -f "$STATE/linked-$ID"
}

@test "annotations are data: none adds a hook, a mount or a program" {
	config --arg o "$WORK/outside/hook-ran" '.annotations = {"run.oci.hooks": $o, "run.oci.handler": "krun", "run.oci.systemd.force_cgroup_v1": "/sys/fs/cgroup/systemd",
		"org.criu.config": $o, "io.kubernetes.cri.sandbox": "1", "run.oci.mount_context_type": "x", "run.oci.pidfd_receiver": $o}'
	run_container
	outside_is_empty
}
