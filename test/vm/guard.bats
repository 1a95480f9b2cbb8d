#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The guard by BPF security hooks: what the container wrote, removed or holds in no file is refused with EPERM, by whichever way it is
# run, the dynamic loader's included; and addresses, as everywhere.

load guest

setup_topic() {
	cp "$(program reach)" "$BUNDLE/rootfs/bin/reach"
	cp "$(program reach)" "$BUNDLE/rootfs/bin/whole"
	cat >"$FILES/net.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: net}
		spec:
		  mode: alert
		  modes: {network: enforce}
		  network:
		    connect: [tcp 127.0.0.0/8 8080, "tcp ::1 7000-7009"]
		    listen: [udp any 9000]
		    families: [inet, inet6]
	Y
}

# drift ACT: in a container with a writable root, where what drift does would be told.
drift() {
	run box --rm --writable -- /bin/sh -c "$1"
	echo "$1: $output"
}

@test "programs that are not the image's are refused with EPERM, on every way to run them" {
	for act in "cp /bin/whole /bin/new && /bin/new" \
		"cat /bin/reach >/bin/whole; /bin/whole" \
		"chmod 755 /bin/whole; /bin/whole" \
		"ln -s /bin/copied /bin/lnk; cp /bin/whole /bin/copied; /bin/lnk" \
		"cp /bin/whole /bin/gone; exec 5</bin/gone; rm /bin/gone; /proc/self/fd/5" \
		"printf '#!/bin/sh\necho script\n' >/bin/script; chmod 755 /bin/script; /bin/script"; do
		drift "$act"
		[ "$status" -eq 126 ]
		[[ "$output" == *"Operation not permitted"* ]]
	done
	drift "forbidden run-memfd /bin/whole"
	[[ "$output" == *EPERM* ]]
	# What the loader does: open, and map as code.
	drift "cp /bin/whole /bin/new; forbidden map-code /bin/new"
	[[ "$output" == *"mmap: EPERM"* ]]
	drift "forbidden map-code /bin/whole; /bin/whole tcp 127.0.0.1 1"
	[ "$output" = "done"$'\n'"done" ]
}

@test "what is allowed to drift does, and it can be counted only" {
	run box --rm --writable --drift-allow /srv/plugins -- /bin/sh -c "mkdir -p /srv/plugins; cp /bin/reach /srv/plugins/a; /srv/plugins/a tcp 127.0.0.1 1"
	[ "$output" = "done" ]
	run box --name counted --profile docker -- /bin/sh -c "cp /bin/reach /bin/new && /bin/new tcp 127.0.0.1 1"
	[ "$output" = "done" ]
	[ "$(skep profile status counted -o json | jq -r '.denials[0] | .part + " " + .what + " " + (.refused | tostring)')" = "drift /bin/new (written by the container) false" ]
	skep rm counted
}

@test "a neighbour and the host are not touched, and it holds when skep's processes are gone" {
	box -d --name held --writable -- /bin/sh -c 'cp /bin/reach /bin/new; while :; do sleep 1; done'
	box -d --name free --writable --drift off -- /bin/sh -c 'cp /bin/reach /bin/new; while :; do sleep 1; done'
	cp "$(program reach)" "$WORK/fresh"
	[ "$("$WORK/fresh" tcp 127.0.0.1 1)" = "done" ]
	eventually skep exec held test -s /bin/new
	eventually skep exec free test -s /bin/new
	[ "$(skep exec free /bin/new tcp 127.0.0.1 1)" = "done" ]
	for state in "$FILES"/store/containers/*/state.json; do
		kill -9 "$(jq .monitor "$state")"
	done
	run skep exec held /bin/sh -c /bin/new
	[ "$status" -eq 126 ]
	run skep profile status held
	[[ "$output" == *"guard (BPF security hooks)"* ]]
	skep profile mode held drift=alert --reason "a plugin"
	[ "$(skep exec held /bin/new tcp 127.0.0.1 1)" = "done" ]
	skep rm -f held free
}

@test "addresses are held exactly on cgroup v2 alone" {
	box -d --name held --profile "$FILES/net.yaml" -- /bin/sleep 1000
	[ "$(skep exec held /bin/reach tcp 127.0.0.1 8080)" = "done" ]
	for way in "tcp 127.0.0.1 8081" "tcp 10.0.0.1 8080" "udp 127.0.0.1 8080" "send 127.0.0.1 8080" "fast-open 127.0.0.1 8081" "tcp ::1 7010" \
		"receive 127.0.0.1 9001"; do
		# shellcheck disable=SC2086
		got=$(skep exec held /bin/reach $way)
		echo "$way: $got"
		[ "$got" = EPERM ]
	done
	skep rm -f held
}
