#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which unix sockets a container connects and sends to, by their names: by every way to say one; and the neighbour is not touched.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	FILES=$(mktemp -d /tmp/skep-sockets.XXXXXX)
	export FILES
	make_root "$FILES/root"
	mkdir -p "$FILES/root/srv" "$FILES/root/run"
	gcc -O1 -D_GNU_SOURCE -static -pthread -w -o "$FILES/root/bin/name" "$BATS_TEST_DIRNAME/name.c"
}

teardown_file() {
	rm -rf "$FILES"
}

setup_test() {
	mkdir "$WORK/shared"
	chmod 777 "$WORK/shared"
	cat >"$WORK/profile.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: sockets}
		spec:
		  mode: alert
		  modes: {network: enforce, files: enforce}
		  files:
		    read: [/**]
		    write: [/run/**, /dev/null]
		    create: [/tmp/**]
		  network:
		    connect: [unix /srv/allowed, "unix /srv/many/*.sock", "unix @mine"]
		    listen: [unix /srv/own]
		    families: [unix]
	Y
	with_io_uring "$WORK/profile.yaml"
	# Who listens at each of them, on the host.
	mkdir -p "$WORK/shared/many/deep"
	chmod -R 777 "$WORK/shared"
	servers=()
	for socket in allowed other many/a.sock many/b.other many/deep/c.sock; do
		"$FILES/root/bin/name" listen "$WORK/shared/$socket" 3>&- &
		servers+=($!)
	done
	for socket in allowed other many/a.sock many/b.other many/deep/c.sock; do
		eventually test -S "$WORK/shared/$socket"
	done
}

teardown_test() {
	kill "${servers[@]}" 2>/dev/null || true
}

skep() {
	timeout -k 5 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

start() {
	skep run -d --no-watch --name "$1" -v "$WORK/shared:/srv" "${@:2}" "rootfs:$FILES/root" /bin/sleep 1000 >/dev/null
}

# is RESULT WAY NAME: what going there gives in the container "held".
is() {
	local got
	got=$(skep exec held /bin/name "${@:2}")
	echo "${*:2}: $got"
	[ "$got" = "$1" ]
}

@test "names that the profile does not have are refused, on every way to say them" {
	start held --profile "$WORK/profile.yaml"
	for way in stream datagram send send-many io_uring; do
		[ "$way" = stream ] || [ "$way" = io_uring ] || continue
		is "done" "$way" /srv/allowed
		is "done" "$way" /srv/many/a.sock
	done
	for way in stream datagram send send-many io_uring race; do
		is EPERM "$way" /srv/other
	done
	for name in /srv/many/b.other /srv/many/deep/c.sock /srv/./allowed /srv//allowed /srv/many/../other /srv/allowed/ \
		/proc/self/root/srv/allowed /proc/self/root/srv/other /proc/self/cwd/other ./other ../srv/allowed srv/allowed @other @mine2 /; do
		is EPERM stream "$name"
	done
	is ECONNREFUSED stream @mine
	# From within the folder, by a link, from another root, by a descriptor.
	is EPERM in-folder /srv/allowed
	is EPERM by-link /srv/other
	is EPERM by-descriptor /srv/other
	skep rm -f held >/dev/null
	start held
	for way in stream in-folder by-link by-descriptor; do
		is "done" "$way" /srv/other
	done
	skep rm -f held >/dev/null
}

@test "another root does not give a name another meaning" {
	sed -i -e 's,modes: .*,modes: {network: enforce},' -e 's,  mode: alert,&\n  allowDegraded: true,' -e 's,  network:,  capabilities: [SYS_CHROOT]\n&,' "$WORK/profile.yaml"
	mkdir -p "$WORK/shared/jail/srv"
	"$FILES/root/bin/name" listen "$WORK/shared/jail/srv/allowed" 3>&- &
	servers+=($!)
	eventually test -S "$WORK/shared/jail/srv/allowed"
	sed -i 's,mode: alert,&\n  modes: {network: enforce\, capabilities: enforce\, syscalls: enforce},;/^  modes: {network: enforce}$/d' "$WORK/profile.yaml"
	sed -i 's,^  network:,  syscalls: [chroot\, chdir\, socket\, connect\, read\, write\, brk\, mmap\, munmap\, mprotect\, arch_prctl\, set_tid_address\, set_robust_list\, rseq\, prlimit64\, readlink\, getrandom\, newfstatat\, fstat\, ioctl\, close\, exit_group\, nanosleep\, clock_nanosleep\, getuid\, setuid\, rt_sigaction\, prctl]\n&,' "$WORK/profile.yaml"
	start held --profile "$WORK/profile.yaml"
	is "done" stream /srv/allowed
	is EPERM jail /srv/allowed
	skep rm -f held >/dev/null
}

@test "where the container may put something in the way, it says so instead of holding the name" {
	sed -i 's,create: .*,create: [/srv/**],' "$WORK/profile.yaml"
	run start held --profile "$WORK/profile.yaml"
	[ "$status" -ne 0 ]
	[[ "$output" == *"another socket can be put there"* ]]
	sed -i -e 's,create: .*,create: [/run/**],' -e 's,unix /srv/allowed,unix /run/x,' "$WORK/profile.yaml"
	run start held --profile "$WORK/profile.yaml"
	[[ "$output" == *"another socket can be put there"* ]]
	run skep profile ladder "$WORK/profile.yaml"
	[[ "$output" == *"unix /run/x"* ]]
}

@test "the mode changes while it runs, what was refused is told, and a neighbour is not touched" {
	start held --profile "$WORK/profile.yaml"
	start free
	is EPERM stream /srv/other
	[ "$(skep exec free /bin/name stream /srv/other)" = "done" ]
	run skep profile status held -o json
	echo "$output"
	[ "$(jq -r '.denials[] | select(.what == "unix /srv/other" and .refused) | .part + " " + .verb' <<<"$output")" = "network connect to" ]
	[[ "$(jq -r '.parts[] | select(.part == "network") | .rung' <<<"$output")" == *"names of unix sockets"* ]]
	skep profile mode held network=alert --reason "ticket 2"
	is "done" stream /srv/other
	skep profile mode held network=enforce --reason "ticket 2 is done"
	is EPERM stream /srv/other
	kill -9 "$(jq .monitor "$WORK/store/containers/"*/state.json | head -n 1)"
	is EPERM stream /srv/other
	skep rm -f held free >/dev/null
}

@test "a socket that another container made is decided by who uses it" {
	start held --profile "$WORK/profile.yaml"
	"$FILES/root/bin/name" offer "$WORK/shared/many/gift.sock" 3>&- &
	servers+=($!)
	eventually test -S "$WORK/shared/many/gift.sock"
	is EPERM taken /srv/other
	skep rm -f held >/dev/null
}

@test "what was gone to and was not there is written down, so that it can be found missing again" {
	skep profile observe -o "$WORK/seen.yaml" -v "$WORK/shared:/srv" "rootfs:$FILES/root" -- /bin/sh -c '/bin/name stream /srv/nobody; /bin/name stream /srv/allowed'
	cat "$WORK/seen.yaml"
	skep run --rm --no-watch --profile "$WORK/seen.yaml" -v "$WORK/shared:/srv" "rootfs:$FILES/root" /bin/sh -c \
		'/bin/name stream /srv/nobody; /bin/name stream /srv/allowed; /bin/name stream /srv/other' >"$WORK/said" || true
	cat "$WORK/said"
	[ "$(tr '\n' ' ' <"$WORK/said")" = "ENOENT done EPERM " ]
}
