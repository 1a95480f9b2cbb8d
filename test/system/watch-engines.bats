#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers of Docker, Podman and containerd, run by their usual runtimes, are told by name and image in alerts.

load engine

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	engine_setup podman conmon containerd ctr dockerd docker runc
	export CONTAINERD_ADDRESS=$ENGINE/containerd.sock DOCKER_HOST=unix://$ENGINE/docker.sock
	cat >"$ENGINE/rules.yaml" <<-'Y'
		- rule: Passwd read
		  desc: d
		  condition: evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.name=/etc/passwd and container.id != host and proc.is_runtime=false
		  output: "%container.type %container.name %container.image.repository %container.image.tag %user.name %container.privileged"
		  priority: WARNING
	Y
}

setup() {
	: >"$ENGINE/words" # the words of the watch before are not its own
	"$SKEP" --root "$ENGINE/store" --state "$ENGINE/state-skep" watch --rules "$ENGINE/rules.yaml" >"$ENGINE/alerts" 2>"$ENGINE/words" 3>&- &
	WATCH=$!
	eventually grep -q watching "$ENGINE/words"
}

teardown() {
	kill "$WATCH" 2>/dev/null || true
}

alerts() {
	sleep 0.5
	kill -INT "$WATCH"
	wait "$WATCH" || cat "$ENGINE/words"
	cat "$ENGINE/alerts"
}

READ='sleep 0.5; /bin/busybox cat /etc/passwd; sleep 0.3'

@test "a container of Podman" {
	timeout 60 podman --root "$ENGINE/storage" --runroot "$ENGINE/runroot" --tmpdir "$ENGINE/tmp" --storage-driver overlay load -q -i "$ENGINE/cell.tar"
	timeout 60 podman --root "$ENGINE/storage" --runroot "$ENGINE/runroot" --tmpdir "$ENGINE/tmp" --storage-driver overlay --runtime runc \
		--cgroup-manager cgroupfs --events-backend file run --rm --name watched-pod --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
		--network none "$IMAGE" /bin/sh -c "$READ" >/dev/null </dev/null 3>&-
	run alerts
	echo "$output"
	[[ "$output" == *"podman watched-pod localhost/cell latest root false"* ]]
}

@test "a container of Docker" {
	dockerd -H "$DOCKER_HOST" --data-root "$ENGINE/docker" --exec-root "$ENGINE/docker-run" --pidfile "$ENGINE/docker.pid" \
		--bridge none --iptables=false >"$ENGINE/docker.log" 2>&1 3>&- &
	daemon=$!
	eventually docker version
	docker load -q -i "$ENGINE/cell.tar"
	timeout 60 docker run --rm --name watched-docker --network none "$IMAGE" /bin/sh -c "$READ" >/dev/null </dev/null
	run alerts
	echo "$output"
	kill "$daemon"
	[[ "$output" == *"docker watched-docker localhost/cell latest root false"* ]]
}

@test "a container of containerd" {
	containerd_config
	containerd -c "$ENGINE/config.toml" >"$ENGINE/daemon.log" 2>&1 3>&- &
	daemon=$!
	eventually ctr version
	ctr images import "$ENGINE/cell.tar" >/dev/null
	timeout 60 ctr run --rm "$IMAGE" watched-ctr /bin/sh -c "$READ" >/dev/null </dev/null 3>&-
	run alerts
	echo "$output"
	kill "$daemon"
	[[ "$output" == *"containerd watched-ctr localhost/cell latest root"* ]]
}
