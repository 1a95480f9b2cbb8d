#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Known ways around detection: each act is done in a container and is detected by skep's own rules.

load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	export FILES=$BATS_FILE_TMPDIR
	gcc -std=gnu17 -D_GNU_SOURCE -O1 -Wall -static -pthread -o "$FILES/bypass" "$BATS_TEST_DIRNAME/bypass.c"
	mkdir -p "$FILES/root/bin" "$FILES/root/etc" "$FILES/root/tmp"
	cp "$FILES/bypass" "$FILES/root/bin/bypass"
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$FILES/root/etc/passwd"
	printf 'root:*:1:0:99999:7:::\n' >"$FILES/root/etc/shadow"
	echo box >"$FILES/root/etc/hostname"
	umoci init --layout "$FILES/layout" >/dev/null
	umoci new --image "$FILES/layout:latest" >/dev/null
	umoci insert --image "$FILES/layout:latest" "$FILES/root" / >/dev/null
	timeout 60 "$SKEP" --root "$FILES/store" --state "$FILES/state" image import "oci:$FILES/layout:latest" bypass
}

# act NAME: does it in a container of its own, with as few walls around it as skep has: detection is what is tested.
act() {
	run timeout 60 "$SKEP" --root "$FILES/store" --state "$FILES/state" run --rm --watch --writable --profile observe --name box bypass \
		/bin/bypass "$1" 3>&-
	echo "$output"
}

secret_read_by() {
	act "$1"
	[[ "$output" == *"done"* ]]
	[[ "$output" == *"Secret file"*"${2:-/etc/shadow}"*container=box* ]]
}

@test "a benign twin is not detected" {
	act again
	[ "$output" = "done" ]
}

@test "a symbolic link" { secret_read_by symlink; }
@test "a link to the folder" { secret_read_by folder-link; }
@test "dots in the path" { secret_read_by dots; }
@test "a relative path" { secret_read_by relative; }
@test "/proc/self/root" { secret_read_by proc-root; }
@test "a descriptor of the folder" { secret_read_by folder-fd; }
@test "another root" { secret_read_by chroot; }
@test "a hard link" { secret_read_by hard-link; }
@test "another name" { secret_read_by rename; }
@test "another name, through links to the folder" { secret_read_by linked-rename; }
@test "a second name, through /proc/self/root" { secret_read_by root-link; }
@test "a 32-bit call" {
	act 32-bit # seccomp ends it in every profile; that it was tried is an alert all the same
	[[ "$output" == *"Secret file read"*/etc/shadow*container=box* ]]
}
@test "io_uring" { secret_read_by io-uring; }
@test "io_uring, through a link to the folder" { secret_read_by linked-uring; }
@test "a descriptor that is passed on" { secret_read_by passed-fd; }

@test "another process name: the alert names the program that runs" {
	secret_read_by name-change
	[[ "$output" == *program=/bin/bypass* ]]
}

@test "an argument that changes during the call: every real read is an alert, and nothing else" {
	act race
	got=$(sed -n 's/^got \([0-9]*\).*/\1/p' <<<"$output")
	alerts=$(grep -c 'Secret file read' <<<"$output")
	echo "got $got, alerts $alerts"
	[ "$got" -gt 0 ]
	[ "$alerts" -eq "$got" ]
}

@test "a program from memory" {
	act memfd
	[[ "$output" == *"Program from memory"*container=box* ]]
}

@test "a program that the container wrote" {
	act written
	[[ "$output" == *"Program that is not of the image"*container=box* ]]
}
