#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Which program starts which, and with which arguments: what the profile does not allow is refused, or killed before its first
# instruction, by whichever way it is tried; and the neighbour is not touched.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}
LOADER=/lib64/ld-linux-x86-64.so.2

setup_file() {
	FILES=$(mktemp -d /tmp/skep-starts.XXXXXX)
	export FILES
	make_root "$FILES/root"
	mkdir -p "$FILES/root"/{opt,lib64}
	gcc -O1 -D_GNU_SOURCE -static -pthread -w -o "$FILES/root/opt/good" "$BATS_TEST_DIRNAME/start.c"
	cp "$FILES/root/opt/good" "$FILES/root/opt/bad"
	gcc -O1 -D_GNU_SOURCE -pthread -w -o "$FILES/root/opt/target" "$BATS_TEST_DIRNAME/start.c"
	cp -L "$LOADER" "$FILES/root$LOADER"
	mkdir -p "$FILES/root/lib/x86_64-linux-gnu"
	cp -L /lib/x86_64-linux-gnu/libc.so.6 "$FILES/root/lib/x86_64-linux-gnu/"
	printf '#!/opt/target\n' >"$FILES/root/opt/script"
	chmod 755 "$FILES/root/opt/script"
}

teardown_file() {
	rm -rf "$FILES"
}

setup_test() {
	cat >"$WORK/profile.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: starts}
		spec:
		  mode: alert
		  modes: {programs: enforce}
		  programs:
		    - path: /opt/good
		    - path: /opt/bad
		    - path: /opt/target
		      parents: [/opt/good]
		  files:
		    execute: [/lib64/ld-linux-x86-64.so.2]
		    read: [/**]
	Y
}

skep() {
	timeout -k 5 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

# by PROGRAM WAY...: what a container says whose first program is PROGRAM.
by() {
	run skep run --rm --no-watch --profile "$WORK/profile.yaml" "rootfs:$FILES/root" "$@"
	local words="$*"
	echo "${words:0:80}: ${output:0:200} ($status)"
}

refused() {
	[[ "$status" -eq 137 || "$output" == *": EPERM"* || "$output" == *": EACCES"* ]]
	[[ "$output" != *ran* ]]
}

with_arguments() {
	sed -i -E "s;(parents|arguments): .*;arguments: $1;" "$WORK/profile.yaml"
}

@test "a program is started by its parents alone, by whichever way" {
	for way in plain descriptor path-descriptor proc root relative link vfork thread; do
		by /opt/good "$way" /opt/target ok
		[ "$output" = "ran ok" ]
		by /opt/bad "$way" /opt/target ok
		refused
	done
	# The call of 32 bits ends the process.
	by /opt/bad compat /opt/target ok
	[ "$status" -eq 159 ]
	# Who is started from outside has no parent: what skep run starts first, as what skep exec does.
	by /opt/target ok
	[ "$output" = "ran ok" ]
}

@test "neither the dynamic loader nor a script is a way around" {
	by /opt/bad plain "$LOADER" /opt/target ok
	refused
	by /opt/good plain "$LOADER" /opt/target ok
	refused
	sed -i 's,path: /opt/bad,&\n    - path: /opt/script,' "$WORK/profile.yaml"
	by /opt/good plain /opt/script ok
	[ "$output" = "ran /opt/script ok" ]
	by /opt/bad plain /opt/script ok
	refused
}

@test "the parent is the program that asks, whoever its own parent was" {
	sed -i -e 's,parents: .*,parents: [/opt/bad],' "$WORK/profile.yaml"
	by /opt/good plain /opt/bad plain /opt/target ok
	[ "$output" = "ran ok" ]
	by /opt/bad plain /opt/good plain /opt/target ok
	refused
}

@test "no process passes for another program" {
	sed -i -e 's,modes: .*,modes: {programs: enforce\, syscalls: enforce},' -e 's,^  files:,  syscalls: [prctl\, unshare\, read\, write\, open\, openat\, brk\, mmap\, munmap\, mprotect\, arch_prctl\, set_tid_address\, set_robust_list\, rseq\, prlimit64\, readlink\, getrandom\, newfstatat\, fstat\, ioctl\, close\, exit_group\, access\, pread64\, dup2\, dup]\n  namespaces: [user]\n&,' "$WORK/profile.yaml"
	by /opt/bad forged /opt/target
	[[ "$output" == *"prctl: EPERM"* ]]
	by /opt/bad forged-high /opt/target
	[[ "$output" == *"prctl: EPERM"* ]]
	# They are what they say.
	sed -i -e 's,      parents: .*,,' "$WORK/profile.yaml"
	by /opt/bad forged /opt/target
	[[ "$output" == *forged* ]]
}

@test "arguments are what the program gets, and nobody changes them in between" {
	with_arguments '["/opt/target ok *", "target"]'
	for way in plain descriptor path-descriptor proc root relative link vfork thread; do
		by /opt/bad "$way" /opt/target ok "two words"
		[ "$output" = "ran ok two words" ]
		by /opt/bad "$way" /opt/target no x
		[ "$status" -eq 137 ]
		[[ "$output" != *ran* ]]
	done
	for words in "ok" "ok x y" ""; do
		# shellcheck disable=SC2086
		by /opt/bad plain /opt/target $words
		[ "$status" -eq 137 ]
		[[ "$output" != *ran* ]]
	done
	# From outside as well: it is the program that has arguments, not the caller.
	by /opt/target bad
	[ "$status" -ne 0 ]
	[[ "$output" != *ran* ]]
}

@test "a thread that changes an argument during the call gains nothing" {
	with_arguments '["target ok fine"]'
	by /opt/good race /opt/target
	[[ "$output" == *over* ]]
	[[ "$output" == *"ran ok fine"* ]]
	[[ "$output" != *evil* ]]
}

@test "long arguments are refused unless the pattern takes all" {
	with_arguments '["* ok *"]'
	by /opt/good plain /opt/target ok "$(head -c 3000 /dev/zero | tr '\0' x)"
	[[ "$output" == "ran ok xxx"* ]]
	by /opt/good plain /opt/target ok "$(head -c 5000 /dev/zero | tr '\0' x)"
	[ "$status" -eq 137 ]
	with_arguments '["* ok **"]'
	by /opt/good plain /opt/target ok "$(head -c 100000 /dev/zero | tr '\0' x)"
	[[ "$output" == "ran ok xxx"* ]]
}

@test "the mode changes while it runs, the denials are told, and a neighbour is not touched" {
	sed -i 's,- path: /opt/bad,&\n    - path: /bin/busybox,' "$WORK/profile.yaml"
	skep run -d --no-watch --name held --profile "$WORK/profile.yaml" "rootfs:$FILES/root" /bin/sleep 1000 >/dev/null
	skep run -d --no-watch --name free "rootfs:$FILES/root" /bin/sleep 1000 >/dev/null
	[ "$(skep exec held /opt/good plain /opt/target ok)" = "ran ok" ]
	run skep exec held /opt/bad plain /opt/target ok
	refused
	[ "$(skep exec free /opt/bad plain /opt/target ok)" = "ran ok" ]
	run skep profile status held
	echo "$output"
	[[ "$output" == *starts*guard* ]]
	[[ "$output" == *"started by another than its parents"* ]]
	skep profile mode held starts=alert --reason "ticket 1"
	[ "$(skep exec held /opt/bad plain /opt/target ok)" = "ran ok" ]
	skep profile mode held starts=enforce --reason "ticket 1 done"
	run skep exec held /opt/bad plain /opt/target ok
	refused
	# Nobody of skep has to live for it.
	for state in "$WORK/store/containers/"*/state.json; do
		kill -9 "$(jq .monitor "$state")"
	done
	run skep exec held /opt/bad plain /opt/target ok
	refused
	skep rm -f held free >/dev/null
}

@test "what cannot be held as it is written is said at the start" {
	sed -i 's,path: /opt/bad,&\n    - path: /opt/t*,' "$WORK/profile.yaml"
	by /opt/good plain /opt/target ok
	[ "$status" -eq 125 ]
	[[ "$output" == *"/opt/t* is the same file"* ]]
	sed -i 's,path: /opt/t\*,path: /opt/none\n      arguments: [x],' "$WORK/profile.yaml"
	by /opt/good plain /opt/target ok
	[ "$status" -eq 125 ]
	[[ "$output" == *"/opt/none: it is not in the image"* ]]
}
