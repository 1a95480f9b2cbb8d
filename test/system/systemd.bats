#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The systemd cgroup driver with a real systemd, as process 1 of namespaces of its own.

load helper

# start LAYOUT: the tests run the runtime inside of it, through a wrapper.
start() {
	[ -x /lib/systemd/systemd ] || skip "no systemd"
	[ -d /sys/fs/cgroup/unified ] || skip "systemd is started on hybrid hosts only"
	GROUP=skep-systemd-$ID
	"$BATS_TEST_DIRNAME/start-systemd" "$1" "$GROUP" </dev/null >"$WORK/systemd.log" 2>&1 3>&- &
	OUTER=$!
	eventually find_manager
	REAL=$RUNTIME
	# In a group beside systemd's own, as an engine's service would be.
	cat >"$WORK/runtime" <<-WRAPPER
		#!/bin/sh
		exec nsenter -t $MANAGER -m -p -C -u -i -- /bin/sh -c '
			hierarchies=/sys/fs/cgroup
			[ -e /sys/fs/cgroup/cgroup.procs ] || hierarchies=\$(awk "\\\$3 ~ /^cgroup/ && \\\$2 ~ /^.sys.fs.cgroup/ { print \\\$2 }" /proc/mounts)
			for h in \$hierarchies; do
				mkdir -p \$h/engine
				[ ! -e \$h/cpuset.cpus ] || cat \$h/cpuset.cpus >\$h/engine/cpuset.cpus
				[ ! -e \$h/cpuset.mems ] || cat \$h/cpuset.mems >\$h/engine/cpuset.mems
				echo \$\$ >\$h/engine/cgroup.procs
			done
			exec "$REAL" --systemd-cgroup "\$@"' sh "\$@"
	WRAPPER
	chmod 755 "$WORK/runtime"
	RUNTIME=$WORK/runtime
	eventually inside test -S /run/systemd/private
}

find_manager() {
	MANAGER=$(pgrep -x systemd -P "$(pgrep -f "unshare.*$GROUP --inside" | head -n 1)") || MANAGER=$(pgrep -x systemd -P "$OUTER")
	[ -n "$MANAGER" ]
}

inside() {
	nsenter -t "$MANAGER" -m -p -C -u -i -- "$@"
}

unit() {
	inside env SYSTEMCTL_FORCE_BUS=0 systemctl show -P "$2" "$1"
}

teardown_test() {
	[ -n "${MANAGER:-}" ] || return 0
	for id in $(runtime list -q 2>/dev/null); do
		runtime delete --force "$id" >/dev/null 2>&1 || true
	done
	RUNTIME=$REAL
	kill -9 "$MANAGER" 2>/dev/null || true
	wait "$OUTER" 2>/dev/null || true
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		find /sys/fs/cgroup -depth -type d -path "*/$GROUP*" -exec rmdir {} \; 2>/dev/null || true
		[ -n "$(find /sys/fs/cgroup -type d -name "$GROUP" -print -quit)" ] || break
		sleep 0.1
	done
}

# The specification's life of a container, in a scope.
live() {
	config --arg id "$ID" '.linux.cgroupsPath = "skep-test.slice:cell:" + $id
		| .annotations = {"org.systemd.property.Description": "'"'a cell'"'", "org.systemd.property.TimeoutStopUSec": "uint64 7000000"}'
	config '.process.args = ["/bin/sleep", "1000"]'
	create
	UNIT=cell-$ID.scope
	[ "$(unit "$UNIT" ActiveState)" = active ]
	[ "$(unit "$UNIT" Slice)" = skep-test.slice ]
	[ "$(unit "$UNIT" Delegate)" = yes ]
	[ "$(unit "$UNIT" Description)" = "a cell" ]
	[ "$(unit "$UNIT" TimeoutStopUSec)" = 7s ]
	[ "$(unit "$UNIT" ControlGroup)" = "/skep.slice/skep-test.slice/$UNIT" ]
	runtime start "$ID"
	[ "$(status_of)" = running ]
	# The container's process is the scope's only one.
	[ "$(inside cat "/sys/fs/cgroup/$1/skep.slice/skep-test.slice/$UNIT/cgroup.procs" | wc -l)" = 1 ]
	[ "$(runtime exec "$ID" /bin/echo entered </dev/null)" = entered ]
	runtime pause "$ID"
	[ "$(status_of)" = paused ]
	runtime resume "$ID"
	runtime kill "$ID" KILL
	eventually is_status stopped
	runtime delete "$ID"
	[ "$(unit "$UNIT" ActiveState)" = inactive ]
	[ -z "$(find /sys/fs/cgroup -type d -name "$UNIT")" ]
}

@test "a container is a scope: made, entered, paused, stopped, removed (cgroup v2)" {
	start v2
	live ""
}

@test "a container is a scope: made, entered, paused, stopped, removed (hybrid)" {
	start hybrid
	config '.linux.resources.memory.limit = 67108864'
	config '.linux.resources.pids.limit = 50'
	live systemd
}

@test "limits reach systemd and the kernel, and changes too" {
	start hybrid
	config --arg id "$ID" '.linux.cgroupsPath = ":cell:" + $id | .linux.resources.memory.limit = 67108864 | .linux.resources.cpu = {"shares": 512, "quota": 50000, "period": 100000}'
	start_sleeping
	UNIT=cell-$ID.scope
	[ "$(unit "$UNIT" Slice)" = system.slice ]
	[ "$(unit "$UNIT" MemoryLimit)" = 67108864 ]
	[ "$(unit "$UNIT" CPUShares)" = 512 ]
	[ "$(unit "$UNIT" CPUQuotaPerSecUSec)" = 500ms ]
	dir=system.slice/$UNIT
	[ "$(inside cat "/sys/fs/cgroup/memory/$dir/memory.limit_in_bytes")" = 67108864 ]
	runtime update --memory 83886080 --pids-limit 33 "$ID"
	[ "$(unit "$UNIT" MemoryLimit)" = 83886080 ]
	[ "$(unit "$UNIT" TasksMax)" = 33 ]
	[ "$(inside cat "/sys/fs/cgroup/memory/$dir/memory.limit_in_bytes")" = 83886080 ]
	# What systemd does not know stays over its reload: the device rules.
	inside env SYSTEMCTL_FORCE_BUS=0 systemctl daemon-reload
	[ "$(inside cat "/sys/fs/cgroup/memory/$dir/memory.limit_in_bytes")" = 83886080 ]
	run ! inside grep -q '^a ' "/sys/fs/cgroup/devices/$dir/devices.list"
	[ "$(unit "$UNIT" DevicePolicy)" = strict ]
	[ "$(runtime exec "$ID" /bin/sh -c 'echo x >/dev/null && head -c 1 /dev/zero | wc -c' </dev/null)" = 1 ]
}

@test "the driver goes through a bus daemon where there is no other way" {
	start v2
	command -v dbus-daemon >/dev/null || skip "no dbus-daemon"
	for unit in dbus.socket dbus.service; do
		inside systemctl --job-mode=ignore-dependencies start "$unit"
	done
	inside mv /run/systemd/private /run/systemd/private-hidden
	start_sleeping
	[ "$(status_of)" = running ]
	[ -n "$(find /sys/fs/cgroup -type d -name "skep-$ID.scope")" ]
	runtime delete --force "$ID"
	[ -z "$(find /sys/fs/cgroup -type d -name "skep-$ID.scope")" ]
}

@test "systemd may end a container" {
	start v2
	start_sleeping
	[ "$(unit "skep-$ID.scope" ActiveState)" = active ]
	inside env SYSTEMCTL_FORCE_BUS=0 systemctl kill --signal=KILL "skep-$ID.scope"
	eventually is_status stopped
	runtime delete "$ID"
}

@test "a start that fails leaves no scope" {
	start v2
	config '.process.args = ["/no/such/program"]'
	run "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$status" -ne 0 ]
	[ "$(unit "skep-$ID.scope" ActiveState)" = inactive ]
	[ -z "$(find /sys/fs/cgroup -type d -name "skep-$ID.scope")" ]
}

@test "a runtime killed between scope and container leaves nothing that delete --force does not find" {
	start v2
	config '.hooks.createRuntime = [{"path": "/bin/sleep", "args": ["sleep", "1000"]}]'
	"$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1 3>&- &
	creator=$!
	is_active() { [ "$(unit "skep-$ID.scope" ActiveState)" = active ]; }
	eventually is_active
	sleep 0.2
	# The wrapper's nsenter waits for the runtime, which is its child.
	for pid in $(pgrep -f "$REAL --systemd-cgroup .*create"); do
		kill -9 "$pid" 2>/dev/null || true
	done
	wait $creator || true
	runtime delete --force "$ID"
	is_gone() { [ "$(unit "skep-$ID.scope" ActiveState)" = inactive ]; }
	eventually is_gone
}

@test "paths and annotations that systemd does not know are refused with the reason" {
	start v2
	for path in /plain a:b x.slice:p:a/b nosuffix:p:n; do
		config --arg p "$path" '.linux.cgroupsPath = $p'
		run_container
		[ "$status" -ne 0 ]
		[[ "$output" == *cgroupsPath* ]]
	done
	config 'del(.linux.cgroupsPath) | .annotations = {"org.systemd.property.TimeoutStopUSec": "soon"}'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *TimeoutStopUSec* ]]
	config '.annotations = {"org.systemd.property.NoSuchProperty": "true"}'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *NoSuchProperty* ]]
}

@test "without systemd the driver says so" {
	run "$RUNTIME" --systemd-cgroup --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$status" -ne 0 ] || [ -S /run/systemd/private ]
	[ "$status" -eq 0 ] || [[ "$output" == *systemd* ]]
}
