#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks by a bundle's configuration and by what is written into the state.

load attacks

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
	namespaces_of_host='for n in user mnt net pid; do readlink /proc/self/ns/$n; done'
	not_of_host() {
		[ "$status" -eq 0 ] || return 0
		for n in mnt net pid "$@"; do
			[[ "$output" != *"$(readlink /proc/$$/ns/"$n")"* ]] || { echo "the host's $n namespace"; return 1; }
		done
	}
	# Where a length is kept in 16 bits, this one is none at all.
	for length in 65536 70000; do
		printf '/%.0s' $(seq $length) >"$WORK/long"
		config --rawfile p "$WORK/long" '.linux.namespaces |= map(if .type == "network" then .path = $p else . end)'
		script "$namespaces_of_host"
		run_container
		not_of_host
		cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
	done
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [range(5000) | {"containerID": ., "hostID": (100000 + .), "size": 1}]
		| .linux.gidMappings = .linux.uidMappings'
	script "$namespaces_of_host"
	run_container
	not_of_host user
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

# The configuration is refused, fast and within memory.
refused() {
	local start=$SECONDS
	run bash -c "ulimit -v 1000000; timeout 20 '$RUNTIME' --root '$STATE' run --bundle '$BUNDLE' '$ID' </dev/null"
	echo "$1: $status ${output:0:200}"
	[ "$status" -ne 0 ]
	[ "$status" -ne 124 ]
	[ "$status" -lt 128 ]
	[ $((SECONDS - start)) -lt 10 ]
}

# Puts the output of a Python expression in front of the members of a configuration that is otherwise good.
config_with() {
	python3 -c "print('{' + $1 + ',')" >"$WORK/text"
	sed -n '2,$p' "$BUNDLE/config.json" >>"$WORK/text"
	mv "$WORK/text" "$BUNDLE/config.json"
}

@test "huge configurations end in an error, fast and within memory" {
	config '.process.args = ["/bin/true"]'
	cp "$BUNDLE/config.json" "$WORK/good"
	config_with "'\"a\": \"' + 'a' * 50000000 + '\"'"
	refused "long text"
	cp "$WORK/good" "$BUNDLE/config.json"
	config_with "'\"a\": [' + '1,' * 10000000 + '1]'"
	refused "long list"
}

@test "deep configurations end in an error, fast and within memory" {
	config '.process.args = ["/bin/true"]'
	cp "$BUNDLE/config.json" "$WORK/good"
	config_with "'\"a\":' + '[' * 200000 + ']' * 200000"
	refused lists
	cp "$WORK/good" "$BUNDLE/config.json"
	config_with "'\"a\":' * 1 + '{\"a\":' * 200000 + '1' + '}' * 200000"
	refused objects
}

@test "configurations that are no files, endless or cyclic end in an error" {
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
				code=0
				timeout 10 "$RUNTIME" --root "$STATE" "$command" "$ID" "${arguments[@]}" </dev/null >/dev/null 2>&1 3>&- || code=$?
				# No timeout and no signal: it refuses by itself, exec with 255.
				[ "$code" -lt 124 ] || [ "$code" -eq 255 ]
			done
			kill -0 $victim
			cp -a "$WORK/saved/$file" "$STATE/$ID/$file" 2>/dev/null || { mkdir -p "$STATE/$ID"; cp -a "$WORK/saved/." "$STATE/$ID/"; }
		done
	done
	kill $victim
}

@test "a link in place of a container's folder is not followed out of --root" {
	ln -s "$WORK/outside" "$STATE/linked-$ID"
	echo keep >"$WORK/outside/file"
	timeout 10 "$RUNTIME" --root "$STATE" delete --force "linked-$ID" </dev/null >/dev/null 2>&1 3>&- || true
	[ "$(cat "$WORK/outside/file")" = keep ]
	rm -f "$STATE/linked-$ID"
}

@test "annotations are data: none adds a hook, a mount or a program" {
	printf '#!/bin/sh\n: >%s/outside/ran\n' "$WORK" >"$WORK/hook"
	chmod 755 "$WORK/hook"
	config --arg o "$WORK/hook" '.annotations = {"run.oci.hooks": $o, "run.oci.hooks.stderr": $o, "run.oci.handler": "krun", "run.oci.systemd.force_cgroup_v1": "/sys/fs/cgroup/systemd",
		"org.criu.config": $o, "io.kubernetes.cri.sandbox": "1", "run.oci.mount_context_type": "x", "run.oci.pidfd_receiver": $o}'
	run_container
	outside_is_empty
}

@test "a state that names folders outside the cgroups leads to none of them" {
	start_sleeping
	mkdir "$WORK/outside/group"
	for name in v2 pids; do
		jq --arg d "/sys/fs/cgroup/pids/../../../..$WORK/outside/group" --arg n "$name" '.cgroups[$n] = $d' "$STATE/$ID/state.json" >"$WORK/tampered"
		cp "$STATE/$ID/state.json" "$WORK/good"
		cp "$WORK/tampered" "$STATE/$ID/state.json"
		timeout 10 "$RUNTIME" --root "$STATE" delete --force "$ID" </dev/null >/dev/null 2>&1 3>&- || true
		[ -d "$WORK/outside/group" ]
		mkdir -p "$STATE/$ID"
		cp "$WORK/good" "$STATE/$ID/state.json"
	done
}
