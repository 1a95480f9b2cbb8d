#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The life of a container's cgroup on v2: where it is, what is seen of it inside, pause, kill, statistics, and that it goes.

load guest

in_group() {
	cat "$CGROUPS/$ID/cgroup.procs"
}

@test "a container sees its own cgroup as the root, read-only" {
	in_container 'cat /proc/self/cgroup; cat /sys/fs/cgroup/pids.max; grep -c " /sys/fs/cgroup " /proc/self/mounts; mkdir /sys/fs/cgroup/more 2>/dev/null || echo refused'
	[ "${lines[0]}" = "0::/" ]
	[ "${lines[1]}" = max ]
	[ "${lines[2]}" = 1 ]
	[ "${lines[3]}" = refused ]
	[ ! -e "$CGROUPS/$ID" ]
}

@test "without a cgroup namespace it sees where it is" {
	config '.linux.namespaces |= map(select(.type != "cgroup"))'
	in_container 'cat /proc/self/cgroup'
	[ "$output" = "0::/$ID" ]
}

@test "pause freezes the group, resume lets it go" {
	script 'i=0; while :; do i=$((i+1)); echo $i >/dev/shm/count; done'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	pid=$(pid_of)
	eventually test -s "/proc/$pid/root/dev/shm/count"
	runtime pause "$ID"
	grep -qx 'frozen 1' "$CGROUPS/$ID/cgroup.events"
	[ "$(of_group cgroup.freeze)" = 1 ]
	[ "$(status_of)" = paused ]
	before=$(cat "/proc/$pid/root/dev/shm/count")
	sleep 0.5
	[ "$(cat "/proc/$pid/root/dev/shm/count")" = "$before" ]
	runtime resume "$ID"
	grep -qx 'frozen 0' "$CGROUPS/$ID/cgroup.events"
	counts() { [ "$(cat "/proc/$pid/root/dev/shm/count")" != "$before" ]; }
	eventually counts
	# A paused one goes as well.
	runtime pause "$ID"
	runtime delete --force "$ID"
	[ ! -e "$CGROUPS/$ID" ]
	[ ! -e "/proc/$pid" ]
}

@test "statistics come from v2's files" {
	resources='{"memory": {"limit": 67108864}, "pids": {"limit": 33}}'
	config --argjson r "$resources" '.linux.resources += $r | .process.args = ["/bin/sh", "-c", "head -c 8000000 /dev/zero >/dev/shm/full; sleep 1000"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	filled() { [ "$(awk '$1 == "shmem" { print ($2 >= 8000000) }' "$CGROUPS/$ID/memory.stat")" = 1 ]; }
	eventually filled
	runtime events --stats "$ID" >"$WORK/stats"
	cat "$WORK/stats"
	jq -e '.data | .memory.usage.limit == 67108864 and .memory.usage.usage > 8000000 and .memory.raw.shmem >= 8000000 and .pids.limit == 33 and
		.pids.current >= 1 and .cpu.usage.total > 0 and (.cpu.usage.kernel + .cpu.usage.user) <= .cpu.usage.total * 1.1' "$WORK/stats"
}

@test "kill and delete reach what left its parents, and its children's groups go too" {
	# No pid namespace: the end of the first process ends nobody else. The group is writable: it may make groups in it.
	config '.linux.namespaces |= map(select(.type != "pid")) | (.mounts[] | select(.type == "cgroup").options) -= ["ro"]'
	script 'mkdir -p /sys/fs/cgroup/a/b; (setsid sh -c "echo \$\$ >/sys/fs/cgroup/a/b/cgroup.procs; exec sleep 1000" &); sleep 1000 & sleep 1000'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	inside() { grep -q . "$CGROUPS/$ID/a/b/cgroup.procs"; }
	eventually inside
	mapfile -t pids < <(in_group && cat "$CGROUPS/$ID/a/b/cgroup.procs")
	[ "${#pids[@]}" -ge 3 ]
	runtime delete --force "$ID"
	[ ! -e "$CGROUPS/$ID" ]
	for pid in "${pids[@]}"; do
		[ ! -e "/proc/$pid" ]
	done
}

@test "kill --all" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	script '(setsid sleep 1000 &); sleep 1000 & sleep 1000'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1
	three() { [ "$(in_group | wc -l)" -ge 3 ]; }
	eventually three
	runtime kill --all "$ID" KILL
	empty() { grep -qx 'populated 0' "$CGROUPS/$ID/cgroup.events"; }
	eventually empty
	runtime delete "$ID"
	[ ! -e "$CGROUPS/$ID" ]
}

@test "exec joins the group" {
	start_sleeping
	runtime exec --detach "$ID" /bin/sleep 500
	two() { [ "$(in_group | wc -l)" = 2 ]; }
	eventually two
	[ "$(runtime exec "$ID" /bin/cat /proc/self/cgroup)" = "0::/" ]
}

@test "started in a group with processes of its own, as on a desktop or under systemd" {
	mkdir -p "$CGROUPS/user.slice/session.scope"
	config '.process.args = ["/bin/sleep", "1000"]'
	sh -c 'echo $$ >/sys/fs/cgroup/user.slice/session.scope/cgroup.procs; exec "$@"' sh \
		"$RUNTIME" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1 3>&- || { cat "$WORK/log"; false; }
	group=$(sed -n 's/^0:://p' "/proc/$(pid_of)/cgroup")
	echo "$group"
	[[ "$group" != /user.slice/session.scope/* ]]
	grep -qw memory "$CGROUPS$group/cgroup.controllers"
	runtime update --memory 67108864 "$ID"
	[ "$(cat "$CGROUPS$group/memory.max")" = 67108864 ]
	runtime delete --force "$ID"
	[ ! -e "$CGROUPS$group" ]
	rmdir "$CGROUPS/user.slice/session.scope" "$CGROUPS/user.slice"
}

@test "linux.cgroupsPath: where it says, with the controllers on the way" {
	config --arg p "/$ID/inner/most" '.linux.cgroupsPath = $p | .linux.resources.pids = {"limit": 9}'
	start_sleeping
	grep -qx "0::/$ID/inner/most" "/proc/$(pid_of)/cgroup"
	[ "$(cat "$CGROUPS/$ID/inner/most/pids.max")" = 9 ]
	runtime delete --force "$ID"
	[ ! -e "$CGROUPS/$ID/inner/most" ]
	rmdir "$CGROUPS/$ID/inner" "$CGROUPS/$ID"
}

@test "a start that fails leaves no group" {
	config '.process.args = ["/no/such"]'
	run_container
	[ "$status" -ne 0 ]
	[ ! -e "$CGROUPS/$ID" ]
}
