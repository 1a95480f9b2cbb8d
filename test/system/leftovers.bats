#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Nothing stays behind: mounts, cgroups, namespaces, processes, descriptors and files are counted before and after.

load helper

# What a container could leave, one line each. Namespaces are those of living processes and of bound files.
count_all() {
	echo "mounts $(wc -l </proc/self/mountinfo)"
	echo "cgroups $(find /sys/fs/cgroup -mindepth 2 -type d -name "*$ID*" | wc -l)"
	echo "namespaces $(readlink /proc/[0-9]*/ns/* 2>/dev/null | sort -u | wc -l)"
	echo "processes $(find /proc -maxdepth 1 -name '[0-9]*' | while read -r p; do cat "$p/comm" 2>/dev/null; done | grep -c -e sleep -e skep-runtime -e true)"
	echo "state $(find "$STATE" -mindepth 1 -maxdepth 1 -not -name '.*' | wc -l)"
	echo "bundle $(find "$BUNDLE" | wc -l)"
}

setup_test() {
	config '.process.args = ["/bin/sleep", "100"]'
	# The first start may fill caches that stay.
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	runtime delete --force "$ID"
	BEFORE=$(count_all)
}

same_as_before() {
	local i
	for ((i = 0; i < 40; i++)); do
		AFTER=$(count_all)
		[ "$AFTER" = "$BEFORE" ] && return 0
		sleep 0.1
	done
	diff <(echo "$BEFORE") <(echo "$AFTER")
}

@test "1000 containers created, started and deleted one after the other" {
	export BATS_TEST_TIMEOUT=300
	for i in $(seq 1000); do
		"$RUNTIME" --root "$STATE" create --bundle "$BUNDLE" "$ID-$i" </dev/null >/dev/null 3>&-
		"$RUNTIME" --root "$STATE" start "$ID-$i" 3>&-
		"$RUNTIME" --root "$STATE" delete --force "$ID-$i" 3>&-
	done
	same_as_before
}

@test "100 containers at once" {
	# Not a bare wait: it would wait for what bats itself runs beside the test.
	for i in $(seq 100); do
		"$RUNTIME" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID-$i" </dev/null >/dev/null 2>>"$WORK/errors" 3>&- &
		started+=($!)
	done
	wait "${started[@]}" || true
	cat "$WORK/errors"
	[ "$(runtime list -q | wc -l)" -eq 100 ]
	[ "$(runtime list | grep -c running)" -eq 100 ]
	for i in $(seq 100); do
		"$RUNTIME" --root "$STATE" delete --force "$ID-$i" 3>&- &
		ended+=($!)
	done
	wait "${ended[@]}" || true
	same_as_before
}

@test "the runtime killed at 200 random moments, then delete --force" {
	for i in $(seq 200); do
		"$RUNTIME" --root "$STATE" run --detach --bundle "$BUNDLE" "$ID-$i" </dev/null >/dev/null 2>&1 3>&- &
		victim=$!
		sleep "0.0$(printf %03d $((RANDOM % 200)))"
		kill -9 $victim 2>/dev/null || true
		wait $victim 2>/dev/null || true
		"$RUNTIME" --root "$STATE" delete --force "$ID-$i" 3>&-
	done
	same_as_before
}

@test "create, start and delete killed at random moments, then delete --force" {
	for i in $(seq 60); do
		for command in create start delete; do
			arguments=()
			[ $command = create ] && arguments=(--bundle "$BUNDLE")
			[ $command = delete ] && arguments=(--force)
			"$RUNTIME" --root "$STATE" $command "${arguments[@]}" "$ID-$i" </dev/null >/dev/null 2>&1 3>&- &
			victim=$!
			if [ $((RANDOM % 3)) -eq 0 ]; then
				sleep "0.0$(printf %03d $((RANDOM % 100)))"
				kill -9 $victim 2>/dev/null || true
			fi
			wait $victim 2>/dev/null || true
		done
		"$RUNTIME" --root "$STATE" delete --force "$ID-$i" 3>&-
	done
	same_as_before
}

@test "starts that fail at every stage" {
	for filter in '.process.args = ["/no/such"]' '.process.cwd = "/proc/self/fd/9"' '.root.path = "nosuch"' \
		'.mounts += [{"destination": "/x", "type": "nosuch"}]' '.hooks = {"createRuntime": [{"path": "/bin/false"}]}' \
		'.hooks = {"createContainer": [{"path": "/bin/false"}]}' '.hooks = {"startContainer": [{"path": "/bin/false"}]}' \
		'.linux.resources.cpu = {"cpus": "999"}' '.linux.sysctl = {"kernel.nosuch": "1"}' \
		'.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 10, "hard": 99999999}]' \
		'.linux.seccomp = {"defaultAction": "SCMP_ACT_ERRNO"}' '.linux.devices = [{"path": "/dev/null/x", "type": "c", "major": 1, "minor": 3}]'; do
		cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
		config "$filter"
		for command in run create; do
			timeout 20 "$RUNTIME" --root "$STATE" $command --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- || true
			runtime delete --force "$ID"
		done
	done
	BEFORE=$(sed '/^bundle/d' <<<"$BEFORE")
	count_rest() { count_all | sed '/^bundle/d'; }
	rest() { [ "$(count_rest)" = "$BEFORE" ]; }
	eventually rest || { diff <(echo "$BEFORE") <(count_rest); false; }
}

@test "100 execs leave no process and no descriptor in the container" {
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	pid=$(pid_of)
	for _ in $(seq 100); do
		runtime exec "$ID" /bin/true </dev/null
	done
	[ "$(runtime ps --format json "$ID" | jq length)" -eq 1 ]
	[ "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" -eq 3 ]
}
