#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Docker with skep-runtime added as a runtime.

load engine
bats_require_minimum_version 1.5.0

start_daemon() {
	dockerd --data-root "$ENGINE/data" --exec-root "$ENGINE/exec" -H "$DOCKER_HOST" -p "$ENGINE/docker.pid" \
		--add-runtime "skep=$RUNTIME" --default-runtime skep >>"$ENGINE/daemon.log" 2>&1 3>&- &
	echo $! >"$ENGINE/daemon.pid"
	eventually docker version
}

setup_file() {
	engine_setup dockerd docker
	export DOCKER_HOST=unix://$ENGINE/docker.sock
	start_daemon || { tail -n 20 "$ENGINE/daemon.log" >&2; return 1; }
	docker load -q -i "$ENGINE/cell.tar" >&2
}

setup() {
	NAME=d$$-$BATS_TEST_NUMBER
}

teardown() {
	docker rm -f "$NAME" >/dev/null 2>&1 || true
}

teardown_file() {
	[ -z "${ENGINE:-}" ] || [ ! -e "$ENGINE/daemon.pid" ] || {
		kill "$(cat "$ENGINE/daemon.pid")" || true
		eventually eval '! kill -0 $(cat "$ENGINE/daemon.pid")' || true
		umount -R "$ENGINE/data" 2>/dev/null || true
	}
}

start_detached() {
	timeout 60 docker run -d --name "$NAME" "$@" "$IMAGE" /bin/sh -c 'echo started; exec sleep 1000' >"$ENGINE/log" 2>&1 3>&- </dev/null ||
		{ cat "$ENGINE/log"; return 1; }
}

@test "docker knows the runtime and uses it" {
	[ "$(docker info --format '{{.DefaultRuntime}}')" = skep ]
}

@test "run gives output and exit code" {
	run timeout 60 docker run --rm --name "$NAME" --network none "$IMAGE" /bin/sh -c 'echo hello $FROM; exit 5' 3>&-
	echo "$output"
	[ "$status" -eq 5 ]
	[ "$output" = "hello image" ]
}

@test "exit codes of a missing and of a forbidden program" {
	run -127 timeout 60 docker run --rm --name "$NAME" --network none "$IMAGE" /no/such 3>&-
	echo "$output"
	run -126 timeout 60 docker run --rm --name "$NAME" --network none "$IMAGE" /etc/passwd 3>&-
	echo "$output"
}

@test "exec, logs, top, stop, rm" {
	start_detached --network none
	run timeout 30 docker exec "$NAME" /bin/sh -c 'echo inside; exit 6' 3>&-
	[ "$status" -eq 6 ]
	[ "$output" = inside ]
	[ "$(docker logs "$NAME")" = started ]
	run docker top "$NAME"
	[[ "$output" == *sleep* ]]
	docker stop -t 1 "$NAME"
	[ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = exited ]
	docker start "$NAME"
	[ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = running ]
	docker rm -f "$NAME"
}

@test "a terminal, also in an exec" {
	run in_terminal docker run --rm -t --network none "$IMAGE" /bin/sh -c "'test -t 1 && echo terminal'"
	[[ "$output" == *terminal* ]]
	start_detached --network none
	run in_terminal docker exec -t "$NAME" /bin/sh -c "'test -t 1 && echo terminal'"
	[[ "$output" == *terminal* ]]
}

@test "limits and their update" {
	start_detached --network none -m 64m --pids-limit 50 --cpus 0.5
	pid=$(docker inspect --format '{{.State.Pid}}' "$NAME")
	memory=/sys/fs/cgroup/memory$(awk -F: '$2 == "memory" { print $3 }' "/proc/$pid/cgroup")
	[ "$(cat "$memory/memory.limit_in_bytes")" = 67108864 ]
	docker update -m 128m --memory-swap 256m "$NAME"
	[ "$(cat "$memory/memory.limit_in_bytes")" = 134217728 ]
}

@test "a container that takes too much memory is reported as such" {
	timeout 60 docker run --name "$NAME" --network none -m 16m "$IMAGE" /bin/sh -c 'x=a; while :; do x=$x$x; done' >/dev/null 2>&1 3>&- || true
	[ "$(docker inspect --format '{{.State.ExitCode}}' "$NAME")" = 137 ]
}

@test "pause and unpause" {
	start_detached --network none
	docker pause "$NAME"
	[ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = paused ]
	docker unpause "$NAME"
	[ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = running ]
}

@test "read-only, no capabilities, no new privileges, user, volume" {
	mkdir -p "$ENGINE/volume"
	echo shared >"$ENGINE/volume/file"
	run timeout 60 docker run --rm --name "$NAME" --network none --read-only --cap-drop ALL --security-opt no-new-privileges --user bob \
		-v "$ENGINE/volume:/data:ro" "$IMAGE" /bin/sh -c 'cat /data/file; id -u; grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; touch /x 2>/dev/null || echo refused' 3>&-
	echo "$output"
	[ "${lines[0]}" = shared ]
	[ "${lines[1]}" = 1000 ]
	[[ "$output" == *0000000000000000*refused* ]]
}

@test "two containers on a bridge see each other by name" {
	docker network create "net-$NAME" >/dev/null
	start_detached --network "net-$NAME"
	run timeout 60 docker run --rm --network "net-$NAME" "$IMAGE" ping -c 1 -W 3 "$NAME" 3>&-
	docker rm -f "$NAME" >/dev/null
	docker network rm "net-$NAME" >/dev/null
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "stats and health" {
	start_detached --network none --health-cmd true --health-interval 1s
	run timeout 30 docker stats --no-stream "$NAME" 3>&-
	[[ "$output" == *"$NAME"* ]]
	healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$NAME")" = healthy ]; }
	eventually healthy
}

@test "a container restarts by its policy after a killed daemon" {
	start_detached --network none --restart always
	kill -9 "$(cat "$ENGINE/daemon.pid")"
	sleep 0.5
	rm -f "$ENGINE/docker.pid"
	start_daemon
	running() { [ "$(docker inspect --format '{{.State.Status}}' "$NAME")" = running ]; }
	eventually running
	run timeout 30 docker exec "$NAME" /bin/echo alive 3>&-
	[ "$output" = alive ]
}
