#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Seccomp of the runtime specification: every action, arguments, all call tables of the machine, the notify descriptor.

load helper

setup_test() {
	add_probe
}

seccomp() {
	config --argjson s "$1" '.linux.seccomp = $s'
}

@test "SCMP_ACT_ERRNO with its number" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getcwd"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
		{"names": ["sync"], "action": "SCMP_ACT_ERRNO"}]}'
	in_container 'probe call 79 0 0; probe call 162'
	[ "${lines[0]}" = ENOSPC ]
	[ "${lines[1]}" = EPERM ]
}

@test "defaultAction with defaultErrnoRet" {
	seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "syscalls": [{"names": ["getcwd"], "action": "SCMP_ACT_ERRNO", "errnoRet": 2}]}'
	run_container
	[ "$status" -ne 0 ]
}

@test "SCMP_ACT_KILL_PROCESS and SCMP_ACT_KILL_THREAD" {
	for action in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL SCMP_ACT_KILL_THREAD; do
		seccomp "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"sync\"], \"action\": \"$action\"}]}"
		in_container 'probe call 162; echo $?'
		[[ "$output" == *159* ]]
	done
}

@test "SCMP_ACT_TRAP, SCMP_ACT_LOG, SCMP_ACT_TRACE" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_TRAP"}]}'
	in_container 'probe call 162; echo $?'
	[[ "$output" == *159* ]]
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_LOG"}]}'
	in_container 'probe call 162'
	[ "$output" = "ok 0" ]
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_TRACE", "errnoRet": 5}]}'
	in_container 'probe call 162'
	[ "$output" = ENOSYS ]
}

@test "arguments: each comparison" {
	check() { # OPERATOR VALUE TWO ARGUMENT EXPECTED
		seccomp "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"getpriority\"], \"action\": \"SCMP_ACT_ERRNO\", \"errnoRet\": 7,
			\"args\": [{\"index\": 1, \"value\": $2, \"valueTwo\": $3, \"op\": \"$1\"}]}]}"
		in_container "probe call 140 0 $4"
		echo "$1 $2 $3 $4: $output, expected $5"
		if [ "$5" = hit ]; then [ "$output" = E2BIG ]; else [ "$output" != E2BIG ]; fi
	}
	check SCMP_CMP_EQ 1 0 1 hit
	check SCMP_CMP_EQ 1 0 2 miss
	check SCMP_CMP_NE 1 0 2 hit
	check SCMP_CMP_LT 5 0 4 hit
	check SCMP_CMP_LT 5 0 5 miss
	check SCMP_CMP_LE 5 0 5 hit
	check SCMP_CMP_GT 5 0 6 hit
	check SCMP_CMP_GE 5 0 5 hit
	check SCMP_CMP_MASKED_EQ 240 16 17 hit
	check SCMP_CMP_MASKED_EQ 240 16 33 miss
}

@test "several comparisons on one argument are alternatives, on different ones all must hold" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7,
		"args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 3, "op": "SCMP_CMP_EQ"}]}]}'
	in_container 'probe call 140 0 3; probe call 140 1 3; probe call 140 0 4'
	[ "${lines[0]}" = E2BIG ]
	[ "${lines[1]}" != E2BIG ]
	[ "${lines[2]}" != E2BIG ]
}

@test "unknown calls in the profile are skipped, an unknown action is refused" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["no_such_call", "sync"], "action": "SCMP_ACT_ERRNO"}]}'
	in_container 'probe call 162'
	[ "$output" = EPERM ]
	seccomp '{"defaultAction": "SCMP_ACT_NOSUCH"}'
	run_container
	[ "$status" -ne 0 ]
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NOSUCH"]}'
	run_container
	[ "$status" -ne 0 ]
}

@test "architectures: 32-bit calls are filtered too" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
		"syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7}]}'
	in_container 'probe call 39; probe call32 20; probe callx32 39'
	[ "${lines[0]}" = E2BIG ]
	[ "${lines[1]}" = E2BIG ]
	[ "${lines[2]}" = E2BIG ] || [ "${lines[2]}" = ENOSYS ]
}

@test "a filter for one table does not leave the others open" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
		"syscalls": [{"names": ["getpid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 7}]}'
	script 'probe call 39; probe call32 20; echo "code $?"; probe callx32 39; echo "code $?"'
	run_container
	echo "$output"
	[ "${lines[0]}" = E2BIG ]
	[[ "$output" != *$'\nok'* ]]
}

@test "flags are accepted and unknown ones refused" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"]}'
	in_container 'grep Seccomp: /proc/self/status'
	[[ "$output" == *2 ]]
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_NOSUCH"]}'
	run_container
	[ "$status" -ne 0 ]
}

@test "Docker's default profile: an ordinary program runs, the dangerous calls do not" {
	config --slurpfile s "$ROOT/test/data/seccomp-docker.json" '.linux.seccomp = $s[0]'
	in_container 'ls / >/dev/null; probe call 246; probe call 323 0; probe call 250 0; probe call 175; probe call 165'
	for i in 0 1 2 3 4; do
		[ "${lines[$i]}" = EPERM ]
	done
}

@test "a profile works without no-new-privileges" {
	config '.process.noNewPrivileges = false'
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO"}]}'
	in_container 'probe call 162'
	[ "$output" = EPERM ]
}

@test "exec is filtered as well" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_ERRNO"}]}'
	start_sleeping
	run "$RUNTIME" --root "$STATE" exec "$ID" /bin/probe call 162 </dev/null 3>&-
	[ "$output" = EPERM ]
}

@test "listenerPath gets the notify descriptor with the state and metadata" {
	"$BATS_TEST_DIRNAME/receive-notify" "$WORK/listener" "$WORK/heard" 3>&- &
	eventually test -S "$WORK/listener"
	seccomp "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"$WORK/listener\", \"listenerMetadata\": \"words for the agent\",
		\"syscalls\": [{\"names\": [\"sync\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
	in_container 'probe call 162'
	[ "$output" = EXFULL ]
	[ "$(jq -r .metadata "$WORK/heard")" = "words for the agent" ]
	[ "$(jq -r '.fds[0]' "$WORK/heard")" = seccompFd ]
	[ "$(jq -r .state.id "$WORK/heard")" = "$ID" ]
	[ "$(jq -r .state.status "$WORK/heard")" = creating ]
	jq -e '.pid > 0 and .state.pid > 0' "$WORK/heard"
}

@test "an exec has a listener of its own, sent to the same agent" {
	"$BATS_TEST_DIRNAME/receive-notify" "$WORK/listener" "$WORK/heard" 2 3>&- &
	eventually test -S "$WORK/listener"
	seccomp "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"$WORK/listener\", \"listenerMetadata\": \"words\",
		\"syscalls\": [{\"names\": [\"sync\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}"
	start_sleeping
	run "$RUNTIME" --root "$STATE" exec --pid-file "$WORK/pid" "$ID" /bin/probe call 162 </dev/null 3>&-
	[ "$status" -eq 0 ]
	[ "$output" = EXFULL ]
	[ "$(jq -r .metadata "$WORK/heard-2")" = words ]
	[ "$(jq -r .state.status "$WORK/heard-2")" = running ]
	[ "$(jq -r .state.pid "$WORK/heard-2")" = "$(pid_of)" ]
	[ "$(jq -r .pid "$WORK/heard-2")" = "$(cat "$WORK/pid")" ]
	# Nobody there to ask: no process.
	run timeout 20 "$RUNTIME" --root "$STATE" exec "$ID" /bin/true </dev/null 3>&-
	[ "$status" -ne 0 ]
	[[ "$output" == *listenerPath* ]]
}

@test "SCMP_ACT_NOTIFY without a listener is refused" {
	seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["sync"], "action": "SCMP_ACT_NOTIFY"}]}'
	run_container
	[ "$status" -ne 0 ]
}
