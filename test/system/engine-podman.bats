#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Podman with skep-runtime, as root and as an ordinary user.

load engine

# Root without CAP_SYS_RESOURCE cannot raise limits, so Podman is told to ask for those there are.
LIMITS=(--ulimit "nofile=1024:1024" --ulimit "nproc=1024:1024")

pod() {
	timeout 60 podman --root "$ENGINE/storage" --runroot "$ENGINE/runroot" --tmpdir "$ENGINE/tmp" --runtime skep-runtime \
		--cgroup-manager cgroupfs --events-backend file --storage-driver "$DRIVER" "$@" 3>&-
}

setup_file() {
	engine_setup podman conmon
	export DRIVER=overlay CONTAINERS_CONF=$ENGINE/containers.conf
	cat >"$CONTAINERS_CONF" <<-TOML
		[engine]
		runtime_supports_json = ["skep-runtime"]
		runtime_supports_nocgroup = ["skep-runtime"]
		[engine.runtimes]
		skep-runtime = ["$RUNTIME"]
	TOML
	pod load -q -i "$ENGINE/cell.tar" >&2
}

setup() {
	NAME=p$$-$BATS_TEST_NUMBER
}

teardown() {
	pod rm -f -t 0 "$NAME" >/dev/null 2>&1 || true
}

start_detached() {
	pod run -d --name "$NAME" "${LIMITS[@]}" --network none "$@" "$IMAGE" /bin/sh -c 'echo started; exec sleep 1000' >"$ENGINE/log" 2>&1 </dev/null ||
		{ cat "$ENGINE/log"; return 1; }
}

@test "run gives output and exit code" {
	run pod run --rm --name "$NAME" "${LIMITS[@]}" --network none "$IMAGE" /bin/sh -c 'echo hello $FROM; exit 5'
	echo "$output"
	[ "$status" -eq 5 ]
	[ "$output" = "hello image" ]
}

@test "exec, logs, top, stop, rm" {
	start_detached
	run pod exec "$NAME" /bin/sh -c 'echo inside; exit 6'
	[ "$status" -eq 6 ]
	[ "$output" = inside ]
	[ "$(pod logs "$NAME")" = started ]
	run pod top "$NAME"
	[[ "$output" == *sleep* ]]
	pod stop -t 1 "$NAME"
	[ "$(pod inspect --format '{{.State.Status}}' "$NAME")" = exited ]
	pod rm "$NAME"
}

@test "a terminal" {
	run in_terminal "podman --root $ENGINE/storage --runroot $ENGINE/runroot --tmpdir $ENGINE/tmp --runtime skep-runtime --cgroup-manager cgroupfs --events-backend file --storage-driver $DRIVER run --rm -t ${LIMITS[*]} --network none $IMAGE /bin/sh -c 'test -t 1 && echo terminal'"
	[[ "$output" == *terminal* ]]
}

@test "limits" {
	start_detached -m 64m --pids-limit 50 --cpus 0.5
	pid=$(pod inspect --format '{{.State.Pid}}' "$NAME")
	memory=$(awk -F: '$2 == "memory" { print $3 }' "/proc/$pid/cgroup")
	pids=$(awk -F: '$2 == "pids" { print $3 }' "/proc/$pid/cgroup")
	[ "$(cat "/sys/fs/cgroup/memory$memory/memory.limit_in_bytes")" = 67108864 ]
	[ "$(cat "/sys/fs/cgroup/pids$pids/pids.max")" = 50 ]
}

@test "pause, unpause and stats" {
	start_detached
	pod pause "$NAME"
	[ "$(pod inspect --format '{{.State.Status}}' "$NAME")" = paused ]
	pod unpause "$NAME"
	run pod stats --no-stream "$NAME"
	[ "$status" -eq 0 ]
}

@test "a user namespace" {
	run pod run --rm --name "$NAME" "${LIMITS[@]}" --network none --uidmap 0:100000:65536 "$IMAGE" /bin/sh -c 'cat /proc/self/uid_map; id -u'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == *100000* ]]
	[ "${lines[1]}" = 0 ]
}

@test "a bridge network" {
	run pod run --rm --name "$NAME" "${LIMITS[@]}" --network podman "$IMAGE" /bin/sh -c 'ip addr show eth0 | grep "inet "'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *inet* ]]
}

@test "read-only, volumes and users" {
	mkdir -p "$ENGINE/volume"
	echo shared >"$ENGINE/volume/file"
	run pod run --rm --name "$NAME" "${LIMITS[@]}" --network none --read-only --user bob -v "$ENGINE/volume:/data:ro" "$IMAGE" \
		/bin/sh -c 'cat /data/file; id -u; touch /x 2>/dev/null || echo refused'
	[ "${lines[0]}" = shared ]
	[ "${lines[1]}" = 1000 ]
	[ "${lines[2]}" = refused ]
}

@test "rootless: an ordinary user runs a container" {
	user=nobody
	home=$(mktemp -d "${TMPDIR:-/tmp}/skep-test.XXXXXX")
	grep -q "^$user:" /etc/subuid || echo "$user:300000:65536" >>/etc/subuid
	grep -q "^$user:" /etc/subgid || echo "$user:300000:65536" >>/etc/subgid
	mkdir -p "$home/run"
	# The checkout may be in a folder that only root enters.
	cp "$RUNTIME" "$home/skep-runtime"
	cp "$ENGINE/cell.tar" "$home/"
	sed "s|$RUNTIME|$home/skep-runtime|" "$CONTAINERS_CONF" >"$home/containers.conf"
	chown -R "$user" "$home"
	rootless() {
		setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups env -i PATH="$PATH" HOME="$home" XDG_RUNTIME_DIR="$home/run" \
			CONTAINERS_CONF="$home/containers.conf" timeout 60 podman --runtime skep-runtime --cgroup-manager cgroupfs --events-backend file --storage-driver vfs "$@" 3>&-
	}
	cd "$home"
	rootless load -q -i "$home/cell.tar"
	for choice in enabled disabled; do
		run rootless run --rm --cgroups=$choice --network none "${LIMITS[@]}" "$IMAGE" /bin/sh -c 'id -u; echo hello; exit 4'
		echo "$choice: $output"
		[ "$status" -eq 4 ]
		[[ "$output" == *hello* ]]
	done
	cd /
	rm -rf "$home" 2>/dev/null || true
}
