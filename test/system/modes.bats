#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the guard holds: addresses by every way to them, programs that are none of the image's; and the modes, which change while a
# container runs. Whoever has no profile is not touched.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	FILES=$(mktemp -d /tmp/skep-modes.XXXXXX)
	export FILES
	make_root "$FILES/root"
	gcc -O1 -D_GNU_SOURCE -static -pthread -o "$FILES/root/bin/reach" "$BATS_TEST_DIRNAME/reach.c"
	gcc -O1 -D_GNU_SOURCE -static -o "$FILES/root/bin/forbidden" "$BATS_TEST_DIRNAME/forbidden.c"
	cp "$FILES/root/bin/reach" "$FILES/root/bin/whole"
}

teardown_file() {
	rm -rf "$FILES"
}

skep() {
	timeout -k 5 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

setup_test() {
	cat >"$WORK/net.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: net}
		spec:
		  mode: alert
		  modes: {network: enforce}
		  network:
		    connect: [tcp 127.0.0.0/8 8080, udp 127.0.0.1 8080, "tcp ::1 7000-7009"]
		    listen: [tcp 127.0.0.1 9000-9001, udp any 9000]
		    families: [inet, inet6, unix]
	Y
}

start() {
	skep run -d --no-watch --name "$1" --profile "$WORK/net.yaml" "${@:2}" "rootfs:$FILES/root" /bin/sleep 1000 >/dev/null
}

# What going there gives in the container NAME.
reach() {
	skep exec "$1" /bin/reach "${@:2}"
}

is() {
	local got
	got=$(reach held "${@:2}")
	echo "${*:2}: $got"
	[ "$got" = "$1" ]
}

@test "addresses are refused on every way to them, and only those" {
	with_io_uring "$WORK/net.yaml"
	start held
	is "done" tcp 127.0.0.1 8080
	is "done" tcp 127.9.9.9 8080
	is "done" udp 127.0.0.1 8080
	is "done" send 127.0.0.1 8080
	is "done" tcp ::1 7005
	is "done" tcp ::ffff:127.0.0.1 8080
	is "done" listen 127.0.0.1 9001
	is "done" receive 0.0.0.0 9000
	is "done" receive :: 9000
	for way in tcp udp send send-many fast-open io_uring race; do
		is EPERM "$way" 127.0.0.1 8081
	done
	is EPERM tcp 10.0.0.1 8080
	is EPERM tcp ::1 7010
	is EPERM tcp ::ffff:10.0.0.1 8080
	is EPERM udp 127.0.0.2 8080
	is EPERM send ::1 7000
	is EPERM listen 0.0.0.0 9000
	is EPERM listen 127.0.0.1 9002
	is EPERM listen :: 9000
	is EPERM receive 127.0.0.1 9001
	for way in mptcp sctp raw; do
		is EPERM "$way" 127.0.0.1 8080
	done
	# The neighbour is not held.
	skep run -d --no-watch --name free "rootfs:$FILES/root" /bin/sleep 1000
	for way in tcp udp send fast-open; do
		[ "$(reach free "$way" 127.0.0.1 8081)" = "done" ]
	done
	skep rm -f held free >/dev/null
}

@test "a socket that somebody else made is decided by who uses it" {
	mkdir "$WORK/shared"
	chmod 777 "$WORK/shared"
	# The volume is another's as well: what it has at that name is held by the name alone.
	sed -i -e 's,connect: \[,&unix /mnt/s\, ,' -e 's,  mode: alert,&\n  allowDegraded: true,' "$WORK/net.yaml"
	start held -v "$WORK/shared:/mnt"
	for address in "127.0.0.1 8081" "127.0.0.1 8080"; do
		rm -f "$WORK/shared/s"
		"$FILES/root/bin/reach" offer "$WORK/shared/s" 3>&- &
		eventually test -S "$WORK/shared/s"
		# shellcheck disable=SC2086
		got=$(skep exec -e OFFER=/mnt/s held /bin/reach taken $address)
		echo "$address: $got"
		[ "$got" = "$([ "$address" = "127.0.0.1 8080" ] && echo "done" || echo EPERM)" ]
		wait "$!"
	done
	skep rm -f held >/dev/null
}

@test "it holds when every process of skep is gone, and for those that come later" {
	start held
	monitor=$(jq .monitor "$WORK/store/containers/"*/state.json)
	kill -9 "$monitor"
	eventually test ! -e "/proc/$monitor"
	is EPERM tcp 127.0.0.1 8081
	is "done" tcp 127.0.0.1 8080
	skep rm -f held >/dev/null
}

@test "the mode changes while it runs, with a reason that is kept" {
	start held
	is EPERM tcp 10.1.1.1 80
	skep profile mode held network=alert --reason "ticket 4711"
	is ENETUNREACH tcp 10.1.1.1 80
	skep profile mode held network=enforce --reason "ticket 4711 is done"
	is EPERM tcp 10.1.1.1 80
	run skep profile status held -o json
	echo "$output"
	[ "$(jq -r '.parts[] | select(.part == "network") | .mode' <<<"$output")" = enforce ]
	[ "$(jq -r '[.denials[] | select(.what == "tcp 10.1.1.1 80" and .refused) | .count] | add' <<<"$output")" -eq 2 ]
	[ "$(jq -r '[.denials[] | select(.what == "tcp 10.1.1.1 80" and (.refused | not)) | .count] | add' <<<"$output")" -eq 1 ]
	[ "$(jq -r '.changes | map(.what + "|" + .reason) | join(",")' <<<"$output")" = "network: alert|ticket 4711,network: enforce|ticket 4711 is done" ]
	# What was set at the start stays: it says so instead of pretending.
	run skep profile mode held files=enforce --reason x
	[ "$status" -ne 0 ]
	[[ "$output" == *"set at its start"* ]]
	run skep profile mode held network=enforce
	[ "$status" -eq 2 ]
	skep rm -f held >/dev/null
}

@test "broken glass mends by itself, and so does a promotion with a date" {
	start held
	skep profile break-glass held --for 2s --reason "outage 815"
	is ENETUNREACH tcp 10.1.1.1 80
	eventually is EPERM tcp 10.1.1.1 80
	skep profile break-glass held --for 1h --reason "outage 816"
	is ENETUNREACH tcp 10.1.1.1 80
	[ "$(skep profile status held -o json | jq -r '.parts[] | select(.part == "network") | .relaxedUntil')" != null ]
	skep profile break-glass held --for 0s --reason "it is over"
	is EPERM tcp 10.1.1.1 80
	skep profile mode held network=enforce --after 2s --reason "trial"
	is ENETUNREACH tcp 10.1.1.1 80
	eventually is EPERM tcp 10.1.1.1 80
	run skep profile break-glass held --for 1h
	[ "$status" -eq 2 ]
	run skep profile break-glass held --for 300h --reason x
	[ "$status" -eq 2 ]
	skep rm -f held >/dev/null
}

@test "in the mode alert everything works, and what would be refused is told" {
	cat >"$WORK/small.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: small}
		spec:
		  programs: [{path: /bin/busybox}]
		  files: {read: [/etc/passwd]}
		  syscalls: [read, write]
	Y
	run skep run --no-watch --name tried --mode alert --profile "$WORK/small.yaml" "rootfs:$FILES/root" /bin/sh -c \
		'cat /etc/passwd /etc/group >/dev/null; echo x >/tmp/new; /bin/reach tcp 127.0.0.1 99; mkdir /tmp/folder'
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "done" ]
	run skep profile status tried -o json
	for row in 'files|read|/etc/group' 'files|create, remove or rename|/tmp/folder' 'files|write to|/tmp/new' 'programs|start|/bin/reach' \
		'network|connect to|tcp 127.0.0.1 99' 'syscalls|call|mkdir'; do
		jq -e --arg row "$row" '.denials | map(select(.refused | not) | .part + "|" + .verb + "|" + .what) | index($row)' <<<"$output" || { echo "$row"; echo "$output"; return 1; }
	done
	run ! grep -q /etc/passwd <<<"$output"
	run ! grep -q '"read",$' <<<"$output"
	skep rm tried >/dev/null
	# The same profile enforced refuses the first of it.
	run skep run --rm --no-watch --profile "$WORK/small.yaml" "rootfs:$FILES/root" /bin/sh -c true
	[ "$status" -ne 0 ]
}

@test "in the mode alert it is told while it runs" {
	sed -e 's,network: enforce,network: alert,' "$WORK/net.yaml" >"$WORK/alert.yaml"
	skep run -d --no-watch --name held --profile "$WORK/alert.yaml" "rootfs:$FILES/root" /bin/sh -c 'while :; do sleep 0.2; mkdir -p /tmp/x; done' >/dev/null
	told() { skep profile status held -o json | jq -e '.denials | map(.part + " " + .what) | index("syscalls mkdir") and index("files /tmp/x")'; }
	eventually told
	# What watches it goes with the monitor, whatever ends that, and what it knew is kept.
	monitor=$(jq .monitor "$WORK/store/containers/"*/state.json)
	watching=$(cat "/proc/$monitor/task/$monitor/children" | tr ' ' '\n' | while read -r pid; do grep -lx skep-alerting "/proc/$pid/comm"; done | tr -dc 0-9)
	[ -n "$watching" ]
	kill -9 "$monitor"
	eventually test ! -e "/proc/$watching"
	told
	skep rm -f held >/dev/null
}

@test "containers in the mode alert start side by side" {
	pids=()
	for _ in $(seq 12); do
		skep run --rm --no-watch --mode alert --profile "$WORK/net.yaml" "rootfs:$FILES/root" /bin/true &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
}

@test "programs that the container wrote, changed or holds in no file do not run" {
	for act in "cp /bin/whole /bin/new && /bin/new" \
		"cat /bin/reach >/bin/whole; /bin/whole" \
		"chmod 755 /bin/whole; /bin/whole" \
		"ln -s /bin/copied /bin/lnk; cp /bin/whole /bin/copied; /bin/lnk" \
		"mv /bin/whole /bin/moved; cp /bin/moved /bin/whole; /bin/whole" \
		"forbidden run-memfd /bin/whole" \
		"cp /bin/whole /bin/gone; exec 5</bin/gone; rm /bin/gone; /proc/self/fd/5"; do
		run --separate-stderr skep run --rm --no-watch --writable "rootfs:$FILES/root" /bin/sh -c "$act; echo \$?"
		echo "$act: $output"
		[ "${lines[-1]}" = 137 ] || [ "${lines[-1]}" = 126 ]
		[[ "$output" != *"done"* ]]
	done
	# What the image has runs, also by another name, and everything does when it is asked for.
	run skep run --rm --no-watch --writable "rootfs:$FILES/root" /bin/whole tcp 127.0.0.1 1
	[ "$output" = "done" ]
	run skep run --rm --no-watch --writable --drift off "rootfs:$FILES/root" /bin/sh -c "cp /bin/reach /bin/new && /bin/new tcp 127.0.0.1 1"
	[ "$output" = "done" ]
	run skep run --rm --no-watch --writable --drift-allow /srv/plugins --drift-allow /bin/one "rootfs:$FILES/root" /bin/sh -c \
		"mkdir -p /srv/plugins/deep /srv/pluginsx; for to in plugins/a plugins/deep/b pluginsx/c plugins; do cp /bin/reach /srv/\$to; /srv/\$to tcp 127.0.0.1 1 || echo \$to no; done;
		cp /bin/reach /bin/one; /bin/one tcp 127.0.0.1 1; cp /bin/reach /bin/ones; /bin/ones tcp 127.0.0.1 1 || echo ones no"
	echo "$output"
	[ "$(grep -c '^done' <<<"$output")" = 3 ]
	[[ "$output" == *"pluginsx/c no"*"ones no"* ]]
	run skep run --rm --drift-allow relative "rootfs:$FILES/root" true
	[ "$status" -eq 125 ]
	[[ "$output" == *"--drift-allow relative: expected an absolute path"* ]]
	run skep run --no-watch --name counted --profile docker "rootfs:$FILES/root" /bin/sh -c "cp /bin/reach /bin/new && /bin/new tcp 127.0.0.1 1"
	[ "$output" = "done" ]
	[ "$(skep profile status counted -o json | jq -r '.denials[0] | .part + " " + .what + " " + (.refused | tostring)')" = "drift /bin/new (written by the container) false" ]
	skep rm counted >/dev/null
}

@test "where the root is read-only, a program that lies in no file does not run either" {
	run skep run --rm --no-watch "rootfs:$FILES/root" /bin/sh -c "forbidden run-memfd /bin/whole; echo \$?"
	[[ "$output" == *137* ]]
	run skep run --rm --no-watch --drift off "rootfs:$FILES/root" /bin/forbidden run-memfd /bin/whole
	[ "$output" = "done" ]
}

@test "where the root is read-only, nothing that can be written can be run" {
	mkdir "$WORK/shared"
	chmod 777 "$WORK/shared"
	for folder in /tmp /run /dev /dev/shm /mnt /srv; do
		run skep run --rm --no-watch -v "$WORK/shared:/mnt" --tmpfs /srv "rootfs:$FILES/root" /bin/sh -c "cp /bin/reach $folder/x && $folder/x tcp 127.0.0.1 1"
		echo "$folder: $output"
		[ "$status" -eq 126 ]
	done
	run skep run --rm --no-watch -v "$WORK/shared:/mnt:exec" "rootfs:$FILES/root" /bin/sh -c "cp /bin/reach /mnt/y && /mnt/y tcp 127.0.0.1 1"
	[ "$output" = "done" ]
	run skep run --rm --no-watch --tmpfs /srv:exec "rootfs:$FILES/root" /bin/sh -c "cp /bin/reach /srv/x && /srv/x tcp 127.0.0.1 1"
	[ "$output" = "done" ]
	# What the operator gives read-only is the operator's.
	run skep run --rm --no-watch -v "$WORK/shared:/mnt:ro" "rootfs:$FILES/root" /mnt/y tcp 127.0.0.1 1
	[ "$output" = "done" ]
}
