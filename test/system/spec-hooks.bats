#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Hooks of the runtime specification: where and when each kind runs, what it gets, and what its failure does.

load helper

setup_test() {
	cat >"$WORK/hook" <<-'HOOK'
		#!/bin/sh
		# usage: hook LOG NAME
		state=$(cat)
		echo "$2 $(readlink /proc/self/ns/mnt) $(readlink /proc/self/ns/net) $state" >>"$1"
	HOOK
	chmod 755 "$WORK/hook"
	cp "$WORK/hook" "$BUNDLE/rootfs/hook"
	: >"$WORK/log-of-hooks"
	chmod 666 "$WORK/log-of-hooks"
	config --arg w "$WORK" '.mounts += [{"destination": "/mnt", "type": "bind", "source": $w, "options": ["bind", "rw"]}]'
}

# hook KIND: adds one of KIND that logs its name; those inside the container use its paths.
hook() {
	local program=$WORK/hook log=$WORK/log-of-hooks
	if [ "$1" = startContainer ]; then
		program=/hook log=/mnt/log-of-hooks
	fi
	config --arg k "$1" --arg p "$program" --arg l "$log" '.hooks[$k] += [{"path": $p, "args": ["hook", $l, $k]}]'
}

heard() {
	awk '{ print $1 }' "$WORK/log-of-hooks" | xargs
}

state_heard() {
	awk -v k="$1" '$1 == k { sub(/^[^{]*/, ""); print }' "$WORK/log-of-hooks"
}

@test "every kind of hook runs, in order, with the state on stdin" {
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook $kind
	done
	script 'echo "program - - {}" >>/mnt/log-of-hooks; sleep 0.2'
	runtime create --bundle "$BUNDLE" "$ID" </dev/null >"$WORK/log" 2>&1 || { cat "$WORK/log"; false; }
	[ "$(heard)" = "prestart createRuntime createContainer" ]
	runtime start "$ID"
	eventually is_status stopped
	runtime delete "$ID"
	order=$(heard)
	[[ "$order" == "prestart createRuntime createContainer startContainer "* ]]
	[[ "$order" == *program*poststop ]]
	[[ "$order" == *poststart* ]]
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		state_heard $kind | jq -e --arg id "$ID" --arg b "$BUNDLE" '.id == $id and .bundle == $b and (.ociVersion | length > 0)'
	done
	[ "$(state_heard createRuntime | jq -r .status)" = creating ]
	[ "$(state_heard startContainer | jq -r .status)" = created ]
	[ "$(state_heard poststart | jq -r .status)" = running ]
	[ "$(state_heard poststop | jq -r .status)" = stopped ]
	state_heard createRuntime | jq -e '.pid > 0'
}

@test "hooks run in the namespaces that are laid down for them" {
	for kind in createRuntime createContainer startContainer poststart poststop; do
		hook $kind
	done
	script 'readlink /proc/self/ns/net >/mnt/inside; sleep 0.2'
	run_container
	[ "$status" -eq 0 ]
	host="$(readlink /proc/$$/ns/mnt) $(readlink /proc/$$/ns/net)"
	for kind in createRuntime poststart poststop; do
		[[ "$(grep "^$kind " "$WORK/log-of-hooks")" == "$kind $host "* ]]
	done
	for kind in createContainer startContainer; do
		[[ "$(grep "^$kind " "$WORK/log-of-hooks")" == *"$(cat "$WORK/inside")"* ]]
		[[ "$(grep "^$kind " "$WORK/log-of-hooks")" != *"$(readlink /proc/$$/ns/mnt)"* ]]
	done
}

@test "several hooks of a kind run in their order, with env and args" {
	cat >"$WORK/words" <<-'HOOK'
		#!/bin/sh
		echo "$0 $* $WORD $HOME" >>"$OUT"
	HOOK
	chmod 755 "$WORK/words"
	config --arg p "$WORK/words" --arg o "OUT=$WORK/out" '.hooks.createRuntime = [{"path": $p, "args": ["first", "a", "b"], "env": [$o, "WORD=one"]},
		{"path": $p, "args": ["second"], "env": [$o, "WORD=two"]}]'
	in_container true
	[ "$(head -n 1 "$WORK/out" | sed 's/ $//')" = "$WORK/words a b one" ]
	[[ "$(tail -n 1 "$WORK/out")" == *two* ]]
}

@test "a failing hook before the start stops the container" {
	for kind in prestart createRuntime createContainer startContainer; do
		program=/bin/false
		config --arg k "$kind" --arg p "$program" '.hooks = {($k): [{"path": $p}]} | .process.args = ["/bin/touch", "/mnt/ran"]'
		run_container
		echo "$kind: $output"
		[ "$status" -ne 0 ]
		[ ! -e "$WORK/ran" ]
		[ -z "$(ls "$STATE")" ]
	done
}

@test "a failing poststart hook deletes the container, and poststop hooks run" {
	config --arg log "$WORK/after" '.process.args = ["/bin/sleep", "300"]
		| .hooks = {"poststart": [{"path": "/bin/false"}], "poststop": [
			{"path": "/bin/false"}, {"path": "/bin/sh", "args": ["sh", "-c", "cat >$0", $log]}]}'
	runtime create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 3>&-
	run runtime start "$ID"
	[ "$status" -ne 0 ]
	[[ "$output" == *poststart* ]]
	run runtime state "$ID"
	[ "$status" -ne 0 ]
	[ "$(jq -r .status "$WORK/after")" = stopped ]
}

@test "a failing poststop hook does not keep the container" {
	config '.hooks = {"poststop": [{"path": "/bin/false"}]}'
	in_container 'echo ran'
	[[ "$output" == *ran* ]]
}

@test "a hook that takes too long is killed" {
	config '.hooks = {"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "54321"], "timeout": 1}]}'
	start=$SECONDS
	run_container
	[ "$status" -ne 0 ]
	[ $((SECONDS - start)) -lt 10 ]
	! pgrep -f "^sleep 54321$"
}

@test "a hook's path must be absolute" {
	config '.hooks = {"createRuntime": [{"path": "true"}]}'
	run_container
	[ "$status" -ne 0 ]
}

@test "a missing hook is named" {
	config '.hooks = {"createRuntime": [{"path": "/no/such/hook"}]}'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == */no/such/hook* ]]
}

@test "poststop runs at delete --force as well" {
	hook poststop
	start_sleeping
	runtime delete --force "$ID"
	[ "$(heard)" = poststop ]
}
