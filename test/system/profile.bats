#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Behaviour profiles for people: skep profile show, lint, diff.

ROOT=${SKEP_ROOT:-$(cd "$BATS_TEST_DIRNAME" && git rev-parse --show-toplevel)}
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	cat >one.yaml <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: web}
		spec:
		  mode: enforce
		  programs:
		    - path: /usr/sbin/nginx
		  files:
		    read: [/etc/nginx/**, /usr/share/nginx/**]
		    write: &logs [/var/log/nginx/*]
		    create: *logs
		  network:
		    listen: [tcp any 80]
		  syscalls: [read, write, openat]
		  users: [0, 33]
		  limits: {processes: 20, memory: 64m}
	Y
	sed -e 's,  - path: /usr/sbin/nginx,&\n    - path: /bin/sh,' -e 's/listen:.*/&\n    connect: [tcp 198.51.100.7 4444]/' one.yaml >two.yaml
}

skep() {
	timeout 20 "$ROOT/build/bin/skep" "$@"
}

@test "a profile is shown as a page, and as its canonical form" {
	run -0 skep profile show one.yaml
	[[ "${lines[0]}" == web ]]
	[[ "$output" == *"starts          /usr/sbin/nginx"* ]]
	[[ "$output" == *"at most         20 processes, 64 MiB"* ]]
	skep profile show one.yaml -o json >one.json
	[ "$(jq -r .spec.limits.memory one.json)" = 67108864 ]
	[ "$(jq -c .spec.users one.json)" = '["0","33"]' ]
	# Read again it is the same, byte by byte; so is the same profile in another order.
	skep profile show one.json -o json | cmp - one.json
	jq '.spec.syscalls |= reverse | {spec, metadata, kind, apiVersion}' one.json >other.json
	skep profile show other.json -o json | cmp - one.json
}

@test "the named profiles are explained" {
	for name in strict web docker observe; do
		run -0 skep profile show "$name"
		[[ "${lines[0]}" == "$name: for "* ]]
		[[ "$output" == *capabilities* ]]
		[[ "$output" == *NET_BIND_SERVICE* ]]
	done
	run -3 skep profile show nosuch
	[[ "$output" == *nosuch* ]]
}

@test "what is too wide is pointed at" {
	run -0 skep profile lint one.yaml
	[[ "${lines[0]}" == "warning: users: 0: root" ]]
	run -1 skep profile lint one.yaml --fail-on warning
	run -0 skep profile lint one.yaml --fail-on danger
	run -2 skep profile lint one.yaml --fail-on much
}

@test "a version that gained a reverse shell is told so in the first line" {
	run -0 skep profile diff one.yaml two.yaml
	echo "$output"
	[[ "${lines[0]}" == "danger: programs: gained what a reverse shell needs: it may start /bin/sh and connect to tcp 198.51.100.7 4444" ]]
	run -1 skep profile diff one.yaml two.yaml --fail-on danger
	run -0 skep profile diff two.yaml one.yaml --fail-on warning
	[[ "$output" == *"may no longer start /bin/sh"* ]]
	run -0 skep profile diff one.yaml one.yaml -o json
	[ "$output" = "[]" ]
}

@test "several are merged into one that allows what any does" {
	skep profile merge one.yaml two.yaml >three.yaml
	run -0 skep profile diff three.yaml two.yaml --fail-on note
	run -0 skep profile diff two.yaml three.yaml --fail-on note
	run -1 skep profile diff one.yaml three.yaml --fail-on danger
	skep profile merge two.yaml one.yaml -o json | cmp - <(skep profile show three.yaml -o json)
}

@test "mistakes are named with their place" {
	sed 's,/etc/nginx/\*\*,etc,' one.yaml >bad.yaml
	run -2 skep profile show bad.yaml
	[[ "$output" == *'bad.yaml: spec: files: read: [0]: "etc" is no absolute path'* ]]
	echo "a: [" >bad.yaml
	run -2 skep profile show ./bad.yaml
	[[ "$output" == *bad.yaml:*"not valid YAML"* ]]
	# A small file that means a huge document.
	{
		echo "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"
		for i in 1 2 3 4 5 6 7 8 9; do
			p=$((i - 1))
			echo "a$i: &a$i [*a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p, *a$p]"
		done
	} >bomb.yaml
	run -2 skep profile show bomb.yaml
	[[ "$output" == *"bomb.yaml: more than"* ]]
	printf -- '---\na: 1\n---\nb: 2\n' >several.yaml
	run -2 skep profile show several.yaml
	[[ "$output" == *several* ]]
}
