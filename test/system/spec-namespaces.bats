#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Namespaces, id mappings and time offsets of the runtime specification, seen from inside and from the host.

load helper

user_namespace() {
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = [{"containerID": 0, "hostID": 200000, "size": 65536}]'
}

@test "each namespace that is asked for is new, each other is the caller's" {
	for absent in none network ipc uts cgroup; do
		runtime delete --force "$ID"
		config --arg absent "$absent" '.process.args = ["/bin/sleep", "100"] | .linux.namespaces |= map(select(.type != $absent))
			| if $absent == "uts" then del(.hostname) else . end
			| if $absent == "network" then .mounts |= map(if .type == "sysfs" then {"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "ro"]} else . end) else . end'
		runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1 || { cat "$WORK/log"; false; }
		for pair in pid:pid network:net ipc:ipc uts:uts mount:mnt cgroup:cgroup; do
			inside=$(readlink "/proc/$(pid_of)/ns/${pair#*:}")
			outside=$(readlink "/proc/$$/ns/${pair#*:}")
			echo "$absent $pair $inside $outside"
			if [ "${pair%:*}" = "$absent" ]; then
				[ "$inside" = "$outside" ]
			else
				[ "$inside" != "$outside" ]
			fi
		done
		cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
	done
}

@test "a namespace is joined by its path" {
	unshare --net --uts --ipc sleep 100 3>&- &
	held=$!
	different() { [ "$(readlink /proc/$held/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; }
	eventually different
	config --arg net "/proc/$held/ns/net" --arg uts "/proc/$held/ns/uts" --arg ipc "/proc/$held/ns/ipc" \
		'.linux.namespaces |= map(if .type == "network" then .path = $net elif .type == "uts" then .path = $uts elif .type == "ipc" then .path = $ipc else . end)'
	in_container 'for n in net uts ipc; do readlink /proc/self/ns/$n; done'
	[ "${lines[0]}" = "$(readlink /proc/$held/ns/net)" ]
	[ "${lines[1]}" = "$(readlink /proc/$held/ns/uts)" ]
	[ "${lines[2]}" = "$(readlink /proc/$held/ns/ipc)" ]
	kill $held
}

@test "a pid namespace is joined by its path" {
	start_sleeping
	first=$ID
	path=/proc/$(pid_of)/ns/pid
	ID=$ID-second
	config --arg p "$path" '.linux.namespaces |= map(if .type == "pid" then .path = $p else . end)'
	in_container 'ps | grep -c "sleep 1000"; readlink /proc/self/ns/pid'
	ID=$first
	[ "${lines[1]}" = "$(readlink "$path")" ]
}

@test "a namespace path of another kind is refused" {
	config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/self/ns/uts" else . end)'
	run_container
	[ "$status" -ne 0 ]
	[ -n "$output" ]
}

@test "a namespace path that is no namespace is refused" {
	config '.linux.namespaces |= map(if .type == "network" then .path = "/etc/passwd" else . end)'
	run_container
	[ "$status" -ne 0 ]
}

@test "a doubled or unknown namespace is refused" {
	config '.linux.namespaces += [{"type": "pid"}]'
	run_container
	[ "$status" -ne 0 ]
	config '.linux.namespaces |= unique | .linux.namespaces += [{"type": "nosuch"}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "a user namespace maps ids as asked" {
	user_namespace
	in_container 'id -u; cat /proc/self/uid_map /proc/self/gid_map'
	[ "${lines[0]}" = 0 ]
	[[ "${lines[1]}" =~ 0\ +100000\ +65536 ]]
	[[ "${lines[2]}" =~ 0\ +200000\ +65536 ]]
}

@test "with a user namespace the process is nobody's on the host" {
	user_namespace
	start_sleeping
	[ "$(stat -c %u "/proc/$(pid_of)")" = 100000 ]
	[ "$(awk '/^Uid/ { print $2 }' "/proc/$(pid_of)/status")" = 100000 ]
}

@test "exec into a user namespace" {
	user_namespace
	start_sleeping
	run "$RUNTIME" --root "$STATE" exec "$ID" /bin/sh -c 'id -u; cat /proc/self/uid_map' </dev/null 3>&-
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 0 ]
	[[ "${lines[1]}" == *100000* ]]
}

@test "mappings without a user namespace are refused" {
	config '.linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "a user namespace without mappings is refused" {
	config '.linux.namespaces += [{"type": "user"}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "a user namespace is joined by its path" {
	user_namespace
	start_sleeping
	first=$ID
	pid=$(pid_of)
	ID=$ID-second
	config --arg p "/proc/$pid/ns/user" 'del(.linux.uidMappings, .linux.gidMappings)
		| .linux.namespaces |= map(if .type == "user" then .path = $p else . end)'
	in_container 'readlink /proc/self/ns/user; id -u'
	ID=$first
	[ "${lines[0]}" = "$(readlink "/proc/$pid/ns/user")" ]
	[ "${lines[1]}" = 0 ]
}

@test "a time namespace with offsets" {
	config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 1000000, "nanosecs": 0}, "monotonic": {"secs": 2000000}}'
	in_container 'cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets'
	[ "${lines[0]}" -gt 1000000 ]
	[[ "$output" =~ monotonic\ +2000000 ]]
	[[ "$output" =~ boottime\ +1000000 ]]
}

@test "time offsets without a time namespace are refused" {
	config '.linux.timeOffsets = {"boottime": {"secs": 1000}}'
	run_container
	[ "$status" -ne 0 ]
}

@test "loopback is up in a new network namespace" {
	in_container 'ip link show lo'
	[[ "$output" == *UP* ]]
}

@test "linux.netDevices moves a device in and renames it" {
	ip link add skep0 type veth peer name skep1 || skip "no veth here"
	config '.linux.netDevices = {"skep1": {"name": "inner0"}}'
	in_container 'ip link show inner0'
	run ip link show skep1
	[ "$status" -ne 0 ]
	ip link del skep0 2>/dev/null || true
}

@test "linux.netDevices: a device that is not there is refused" {
	config '.linux.netDevices = {"nosuch0": {}}'
	run_container
	[ "$status" -ne 0 ]
}

@test "rootless: an ordinary user runs a container" {
	user=nobody
	grep -q "^$user:" /etc/subuid || echo "$user:300000:65536" >>/etc/subuid
	grep -q "^$user:" /etc/subgid || echo "$user:300000:65536" >>/etc/subgid
	config --argjson uid "$(id -u $user)" --argjson gid "$(id -g $user)" '.linux.namespaces += [{"type": "user"}]
		| .linux.namespaces |= map(select(.type != "cgroup" and .type != "network"))
		| .linux.uidMappings = [{"containerID": 0, "hostID": $uid, "size": 1}]
		| .linux.gidMappings = [{"containerID": 0, "hostID": $gid, "size": 1}]
		| del(.linux.resources) | .mounts |= map(select(.type != "cgroup" and .type != "sysfs"))
		| .mounts |= map(if .options then .options |= map(select(startswith("gid=") | not)) else . end)'
	script 'id -u; cat /proc/self/uid_map'
	# The checkout may be in a folder that only root enters.
	cp "$RUNTIME" "$WORK/skep-runtime"
	chown -R $user "$WORK"
	run setpriv --reuid $user --regid "$(id -g $user)" --clear-groups env HOME="$WORK" XDG_RUNTIME_DIR="$WORK" \
		"$WORK/skep-runtime" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 0 ]
	[[ "${lines[1]}" == *"$(id -u $user)"* ]]
}
