#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The sensors on kernels older than the one skep is built on: what a container executes and opens is seen and judged.

load guest

RULES='
- rule: Ran
  desc: d
  condition: evt.type in (execve, execveat) and proc.name=cat and container.id != host
  output: "%proc.cmdline in %container.name"
  priority: INFO
- rule: Read
  desc: d
  condition: evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.name=/etc/passwd and container.id != host
  output: "%proc.name read %fd.name in %container.name"
  priority: CRITICAL
'

setup_topic() {
	printf '%s' "$RULES" >"$FILES/rules.yaml"
}

@test "watch sees programs and files of a container, by its name" {
	"$ROOT/build/bin/skep" --root "$FILES/store" --state "$FILES/state" watch --rules "$FILES/rules.yaml" -o jsonl >"$WORK/out" 2>"$WORK/err" 3>&- &
	watch=$!
	eventually grep -q watching "$WORK/err" || { cat "$WORK/err"; false; }
	box --rm --name seen -- cat /etc/passwd >/dev/null
	both() { [ "$(wc -l <"$WORK/out")" -ge 2 ]; }
	eventually both || { cat "$WORK/err"; false; }
	kill -INT "$watch"
	wait "$watch"
	cat "$WORK/out" "$WORK/err"
	jq -r .output "$WORK/out" >"$WORK/said"
	grep -qx 'cat /etc/passwd in seen' "$WORK/said"
	grep -qx 'cat read /etc/passwd in seen' "$WORK/said"
	[ "$(grep -c . "$WORK/said")" = 2 ]
}

@test "run --watch tells what its container does" {
	run skep run --rm --watch --rules "$FILES/rules.yaml" --name told "rootfs:$BUNDLE/rootfs" cat /etc/passwd
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"cat read /etc/passwd in told"* ]]
}

@test "our own rules load and fire, on what io_uring opens too" {
	cp "$(program bypass)" "$BUNDLE/rootfs/bin/bypass"
	echo 'root:*:1:0:99999:7:::' >"$BUNDLE/rootfs/etc/shadow"
	run skep run --rm --watch --name ruled --writable --profile observe "rootfs:$BUNDLE/rootfs" sh -c 'bypass io-uring; cp /bin/busybox /tmp/dropped && /tmp/dropped true'
	echo "$output"
	[[ "$output" == *"Secret file"*/etc/shadow*container=ruled* ]]
	[[ "$output" == *dropped*container=ruled* ]]
}

@test "events counts what was seen, and nothing is lost" {
	(while :; do cat /etc/passwd; sleep 0.5; done >/dev/null 3>&-) &
	busy=$!
	skep events -t execve -t openat --for 1s --stats >"$WORK/counts" 2>&1
	kill "$busy"
	tail -n 6 "$WORK/counts"
	[ "$(awk '$1 == "execve" && NF == 3 { print ($2 > 0 && $3 == 0) }' "$WORK/counts")" = 1 ]
	[ "$(awk '$1 == "openat" && NF == 3 { print ($2 > 0 && $3 == 0) }' "$WORK/counts")" = 1 ]
}
