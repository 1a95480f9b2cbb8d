#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# skep run and the commands around it, on real containers: what a user sees, and what a container cannot do.

load eventually
load image

setup_file() {
	[ "$(id -u)" -eq 0 ] || return 0
	ROOTFS=$BATS_FILE_TMPDIR/root
	export ROOTFS
	make_rootfs "$ROOTFS"
	make_layout "$BATS_FILE_TMPDIR/layout" "$ROOTFS" \
		'{"Cmd":["/bin/sh","-c","echo default"],"Env":["FROM=image"],"WorkingDir":"/root","StopSignal":"SIGUSR1"}'
	chmod 755 "$BATS_FILE_TMPDIR"
}

setup() {
	image_setup
	skep image import -q "oci:$BATS_FILE_TMPDIR/layout" img >/dev/null
}

teardown() {
	image_teardown
}

@test "output, errors and the exit code come through" {
	run --separate-stderr skep run --rm img sh -c 'echo out; echo err >&2; exit 7'
	[ "$status" -eq 7 ]
	[ "$output" = out ]
	[ "${stderr:-}" = err ]
}

@test "docker's exit codes: 125, 126, 127, 128 + signal" {
	run skep run --rm no-such-image
	[ "$status" -eq 125 ]
	run skep run --rm --nope img
	[ "$status" -eq 125 ]
	run skep run --rm img /bin/noexec
	[ "$status" -eq 126 ]
	run -127 skep run --rm img no-such-program
	[ "$status" -eq 127 ]
	run skep run --rm img sh -c 'sleep 100 & kill -9 $!; wait $!; exit $?'
	[ "$status" -eq 137 ]
}

@test "the image decides what the user does not: command, environment, folder" {
	[ "$(skep run --rm img)" = default ]
	[ "$(skep run --rm img sh -c 'echo $FROM $PWD $HOME $HOSTNAME' | cut -d' ' -f1-3)" = "image /root /root" ]
	[ "$(skep run --rm -e FROM=user -w /tmp -u app --hostname box img sh -c 'echo $FROM $PWD $HOME $(hostname) $(id -u):$(id -g) $(id -G)')" = "user /tmp /home/app box 1000:1000 1000 1234" ]
	[ "$(FROM=caller SECRET=x skep run --rm img env | grep -c 'caller\|SECRET')" = 0 ]
}

@test "users that are not there or do not fit are refused" {
	for user in nobodyhere bad 65536 4294967295 99999999999999999999 -1 app:nogroup; do
		run skep run --rm -u "$user" img id
		[ "$status" -eq 125 ]
	done
}

@test "input reaches the program and ends" {
	[ "$(echo hello | skep run --rm -i img cat)" = hello ]
	[ "$(head -c 3000000 /dev/zero | skep run --rm -i img sh -c 'wc -c')" = 3000000 ]
	# Without -i there is none.
	[ -z "$(echo hello | skep run --rm img cat)" ]
}

@test "a program that writes more than it reads does not hang" {
	[ "$(head -c 2000000 /dev/zero | timeout 20 "$SKEP" --root store --state state run --rm -i img cat | wc -c)" = 2000000 ]
}

@test "a terminal of its own, never the caller's" {
	out=$(script -qec "$SKEP --root $WORK/store --state $WORK/state run --rm -it img sh -c 'tty; test -t 0 && echo yes; stty size'" /dev/null </dev/null | tr -d '\r')
	[[ "$out" == *"/dev/pts/0"* || "$out" == */dev/console* ]]
	[[ "$out" == *yes* ]]
	! skep run --rm -i img test -t 0
}

@test "strict by default" {
	run skep run --rm img sh -c 'echo x >/etc/new'
	[ "$status" -ne 0 ]
	skep run --rm img sh -c 'echo x >/tmp/new && echo x >/run/new'
	[ "$(skep run --rm img sh -c 'ls /sys/class/net')" = lo ]
	run skep run --rm img mount -t tmpfs none /mnt
	[ "$status" -ne 0 ]
	run skep run --rm img sh -c 'mknod /tmp/mem c 1 1'
	[ "$status" -ne 0 ]
	[ "$(skep run --rm img grep -c . /proc/self/uid_map)" = 1 ]
	[ "$(skep run --rm img cat /proc/self/uid_map | awk '{print ($2 > 500000000)}')" = 1 ]
	[ "$(skep run --rm img awk '/^NoNewPrivs|^Seccomp:/ {print $2}' /proc/self/status | tr '\n' ' ')" = "1 2 " ]
	[ "$(skep run --rm img awk '/^CapBnd/ {print $2}' /proc/self/status)" = 00000000000004eb ]
	[ "$(skep run --rm img sh -c 'ls /proc/self/fd | wc -l')" -le 4 ]
	[ "$(skep run --rm img sh -c 'ps | grep -c .')" -le 6 ]
	run skep run --rm img sh -c 'unshare -U true'
	[ "$status" -ne 0 ]
}

@test "two containers never share a user" {
	a=$(skep run -d img sleep 100)
	b=$(skep run -d img sleep 100)
	[ "$(skep inspect "$a" | jq '.[0].HostUid')" != "$(skep inspect "$b" | jq '.[0].HostUid')" ]
	[ "$(stat -c%u "/proc/$(skep inspect "$a" | jq '.[0].State.Pid')")" = "$(skep inspect "$a" | jq '.[0].HostUid')" ]
}

@test "what is permitted by option is permitted" {
	skep run --rm --writable img sh -c 'echo x >/etc/new'
	skep run --rm --tmpfs /mnt:size=1m img sh -c 'echo x >/mnt/new'
	[ "$(skep run --rm --network host img sh -c 'ls /sys/class/net' | tr '\n' ' ')" = "$(ls /sys/class/net | tr '\n' ' ')" ]
	[ "$(skep run --rm --profile docker img awk '/^CapBnd/ {print $2}' /proc/self/status)" = 00000000a80425fb ]
	run skep run --rm --profile nope img true
	[ "$status" -eq 125 ]
}

@test "volumes: read-only, mapped, and their mistakes" {
	mkdir data
	echo there >data/file
	[ "$(skep run --rm -v "$WORK/data:/data:ro" img cat /data/file)" = there ]
	run skep run --rm -v "$WORK/data:/data:ro" img sh -c 'echo x >/data/file'
	[ "$status" -ne 0 ]
	skep run --rm -v "$WORK/data:/data:idmap" img sh -c 'echo mine >/data/new'
	[ "$(stat -c%u data/new)" = 0 ]
	run skep run --rm -v "$WORK/absent:/data" img true
	[ "$status" -eq 125 ]
	run skep run --rm -v relative:/data img true
	[ "$status" -eq 125 ]
	run skep run --rm -v "$WORK/data:/data:what" img true
	[ "$status" -eq 125 ]
}

@test "limits hold" {
	run skep run --name big --memory 16m img sh -c 'head -c 64m /dev/zero | tail -c 64m | wc -c'
	[ "$(skep inspect big | jq '.[0].State.OOMKilled')" = true ]
	[[ "$(skep ps -a)" == *"out of memory"* ]]
	run skep run --rm --pids 8 img sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done'
	[[ "$output" == *"can't fork"* ]]
	run skep run --rm --memory 1k img true
	[ "$status" -eq 125 ]
	run skep run --rm --cpus none img true
	[ "$status" -eq 125 ]
}

@test "a life in the background: ps, logs, exec, top, stats, stop, rm" {
	id=$(skep run -d --name web img sh -c 'trap "echo bye; exit 3" USR1; echo up; while :; do sleep 0.1; done')
	[ "${#id}" -eq 64 ]
	[[ "$(skep ps)" == *"${id:0:12}"*web* ]]
	eventually sh -c "'$SKEP' --root '$WORK/store' --state '$WORK/state' logs web | grep -qx up"
	[ "$(skep exec web cat /proc/1/comm)" = sh ]
	[ "$(skep exec -e A=b -u 5 -w /tmp "${id:0:6}" sh -c 'echo $A $(id -u) $PWD')" = "b 5 /tmp" ]
	[ "$(echo in | skep exec -i web cat)" = in ]
	run skep exec web sh -c 'exit 9'
	[ "$status" -eq 9 ]
	run -127 skep exec web no-such-program
	[ "$status" -eq 127 ]
	[[ "$(skep top web)" == *sleep* ]]
	[[ "$(skep stats web)" == *web* ]]
	run skep rm web
	[ "$status" -eq 3 ]
	[ "$(skep stop -t 5 web)" = web ]
	[ "$(skep inspect web | jq '.[0].State.ExitCode')" = 3 ]
	[ "$(skep logs web | tail -1)" = bye ]
	[[ "$(skep ps -a)" == *"Exited (3)"* ]]
	skep rm web
	run skep logs web
	[ "$status" -eq 3 ]
}

@test "stop kills what does not listen" {
	skep run -d --name deaf img sh -c 'trap "" USR1 TERM; while :; do sleep 0.1; done' >/dev/null
	skep stop -t 1 deaf
	[ "$(skep inspect deaf | jq '.[0].State.ExitCode')" = 137 ]
}

@test "wait gives the exit code" {
	skep run -d --name w img sh -c 'sleep 0.3; exit 5' >/dev/null
	[ "$(skep wait w)" = 5 ]
	[ "$(skep wait w)" = 5 ]
}

@test "pause and unpause" {
	skep run -d --name p img sh -c 'while :; do echo x; sleep 0.05; done' >/dev/null
	skep pause p
	sleep 0.2
	before=$(skep logs p | wc -l)
	sleep 0.4
	[ "$(skep logs p | wc -l)" -eq "$before" ]
	[[ "$(skep ps)" == *Paused* ]]
	run skep exec p true
	[ "$status" -eq 125 ]
	skep unpause p
	sleep 0.4
	[ "$(skep logs p | wc -l)" -gt "$before" ]
	skep pause p
	skep rm -f p
}

@test "names are unique, ids may be short, mistakes are said" {
	skep run --name one img true
	run skep run --name one img true
	[ "$status" -eq 125 ]
	[[ "$output" == *taken* ]]
	run skep run --name 'bad name' img true
	[ "$status" -eq 125 ]
	skep rm one
	skep run --name one img true
	[[ "$(skep run -d img true | xargs "$SKEP" --root store --state state inspect | jq -r '.[0].Name')" =~ ^[a-z]+_[a-z]+$ ]]
	run skep stop nothing
	[ "$status" -eq 3 ]
}

@test "cp and diff, running and stopped" {
	skep run -d --name c --writable img sh -c 'echo made >/etc/made; rm /etc/group; chown 1000 /etc/made; sleep 100' >/dev/null
	eventually skep exec c test -e /etc/made
	diff=$(skep diff c)
	[[ "$diff" == *"A /etc/made"* ]]
	[[ "$diff" == *"D /etc/group"* ]]
	[[ "$diff" == *"C /etc"* ]]
	skep cp c:/etc/made out
	[ "$(cat out)" = made ]
	[ "$(stat -c%u out)" = 1000 ]
	mkdir -p tree/sub
	echo deep >tree/sub/file
	skep cp tree c:/mnt
	[ "$(skep exec c sh -c 'cat /mnt/tree/sub/file; stat -c%u /mnt/tree/sub/file' | tr '\n' ' ')" = "deep 0 " ]
	# A link inside the container stays inside.
	skep exec c ln -s /etc/passwd /mnt/link
	skep exec c ln -s / /mnt/up
	skep cp c:/mnt/up/../../../etc/made out2
	[ "$(cat out2)" = made ]
	skep kill c
	skep wait c
	skep cp c:/etc/made out3
	[ "$(cat out3)" = made ]
	echo again >new
	skep cp new c:/etc/
	skep cp c:/etc/new back
	[ "$(cat back)" = again ]
}

@test "logs: tail, times, streams, follow, rotation" {
	skep run --name l img sh -c 'for i in 1 2 3 4 5; do echo line $i; done; echo e >&2; printf partial'
	[ "$(skep logs --tail 2 l 2>/dev/null)" = partial ]
	[ "$(skep logs l 2>&1 >/dev/null)" = e ]
	[[ "$(skep logs -t -n 1 l)" =~ ^20[0-9-]+T.*Z\ partial ]]
	skep run -d --name f img sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done' >/dev/null
	[ "$(timeout 10 "$SKEP" --root store --state state logs -f f | tr -d '\n')" = 12345 ]
	skep run --name big img sh -c 'yes 0123456789012345678901234567890123456789 | head -c 25000000' >/dev/null
	[ "$(find store/containers -path "*$(skep inspect big | jq -r '.[0].Id')*" -name 'log*' | wc -l)" -eq 3 ]
	[ "$(du -cb store/containers/"$(skep inspect big | jq -r '.[0].Id')"/log* | tail -1 | cut -f1)" -le 31457280 ]
}

@test "inspect --why explains, and checks what it claims" {
	skep run -d --name y img sleep 100 >/dev/null
	out=$(skep inspect --why y)
	[[ "$out" == *"read-only root"*yes* ]]
	[[ "$out" != *" NO "* ]]
	skep run -d --name z --writable img sleep 100 >/dev/null
	[[ "$(skep inspect --why z)" == *permitted* ]]
}

@test "rootfs: runs a folder, and does not change it" {
	before=$(find "$ROOTFS" -printf '%p %u %T@\n' | sort | sha256sum)
	[ "$(skep run --rm --writable "rootfs:$ROOTFS" sh -c 'echo x >/new; echo ok')" = ok ]
	[ "$(find "$ROOTFS" -printf '%p %u %T@\n' | sort | sha256sum)" = "$before" ]
}

@test "oci: runs without an import by hand" {
	[ "$(skep run --rm "oci:$BATS_FILE_TMPDIR/layout" echo direct)" = direct ]
}

@test "an image in use is not removed" {
	skep run -d --name u img sleep 100 >/dev/null
	run skep image rm img
	[ "$status" -eq 3 ]
	skep rm -f u
	skep image rm img
}

@test "kill -9 of the monitor: seen, usable, removable" {
	skep run -d --name k img sleep 100 >/dev/null
	monitor=$(jq .monitor store/containers/*/state.json)
	kill -9 "$monitor"
	sleep 0.1
	[[ "$(skep ps)" == *"monitor lost"* ]]
	[ "$(skep exec k echo still)" = still ]
	skep stop -t 1 k
	[[ "$(skep ps -a)" == *Exited* ]]
	skep rm k
}

@test "kill -9 of monitor and container: the next ps repairs" {
	skep run -d --name k img sleep 100 >/dev/null
	pid=$(jq .pid store/containers/*/state.json)
	kill -9 "$(jq .monitor store/containers/*/state.json)"
	kill -9 "$pid"
	eventually sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status"
	[[ "$(skep ps -a)" == *"Exited (137)"* ]]
	[[ "$(skep inspect k | jq -r '.[0].State.Error')" == *monitor* ]]
	skep rm k
}

@test "kill -9 of the command leaves the container alone" {
	skep run --name k img sleep 100 &
	pid=$!
	eventually sh -c "'$SKEP' --root store --state state ps | grep -q k"
	child=$(pgrep -P $pid -x skep || echo $pid)
	kill -9 "$child"
	wait $pid || true
	sleep 0.2
	[[ "$(skep ps)" == *" k"* ]]
	skep rm -f k
}

@test "signals to the command reach the container" {
	"$SKEP" --root store --state state run --name s img sh -c 'trap "exit 42" TERM; echo ready; while :; do sleep 0.1; done' >out &
	pid=$!
	eventually grep -q ready out
	kill -TERM $pid
	code=0
	wait $pid || code=$?
	[ "$code" -eq 42 ]
}

@test "who does not listen to TERM ends at the second one, or with the command that passed one on" {
	for options in "" "-t"; do
		# shellcheck disable=SC2086
		"$SKEP" --root store --state state run --name s --rm $options img sleep 1000 </dev/null >out &
		pid=$!
		is_up() { [[ "$(skep ps)" == *" s"* ]]; }
		eventually is_up
		kill -TERM $pid
		sleep 0.2
		is_up
		kill -TERM $pid
		code=0
		wait $pid || code=$?
		[ "$code" -eq 137 ]
		# As timeout -k does.
		# shellcheck disable=SC2086
		code=0
		timeout -k 0.3 0.5 "$SKEP" --root store --state state run --name s --rm $options img sleep 1000 </dev/null >out || code=$?
		[ "$code" -eq 137 ]
		is_down() { [ -z "$(skep ps -aq)" ]; }
		eventually is_down
	done
	nothing_left
}

@test "many at once" {
	# Not a bare wait: it would wait for what bats itself runs beside the test.
	for i in $(seq 12); do
		skep run --rm img echo "$i" >"out$i" &
		started+=($!)
	done
	wait "${started[@]}"
	[ "$(cat out? out?? | sort -n | tr '\n' ' ')" = "1 2 3 4 5 6 7 8 9 10 11 12 " ]
}

@test "deep folders made by a container do not stop its removal" {
	skep run --name deep --writable img sh -c 'cd /tmp; i=0; while [ $i -lt 1500 ]; do mkdir d && cd d || break; i=$((i+1)); done; pwd | wc -c'
	skep rm deep
}

@test "doctor tries things, completion is a script" {
	[ "$(skep doctor -o json | jq 'map(select(.name == "overlayfs")) | .[0].works')" = true ]
	[[ "$(skep doctor)" == *landlock* ]]
	skep completion bash | bash -n
	bash -c "source <('$SKEP' completion bash); COMP_WORDS=(skep image i); COMP_CWORD=2; _skep; echo \${COMPREPLY[*]}" | grep -q 'import inspect'
}

@test "killed at any moment, a container is found, repaired and removed" {
	local i pid
	for i in $(seq 30); do
		setsid "$SKEP" --root store --state state run --name "n$((i % 5))" img sleep 0.05 >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((RANDOM % 9))"
		for victim in $(jq -r 'select(.status == "running") | .monitor' store/containers/*/state.json 2>/dev/null) $pid; do
			[ $((RANDOM % 2)) = 1 ] || kill -9 "$victim" 2>/dev/null || true
		done
		wait $pid || true
		[ $((i % 5)) = 0 ] || continue
		mapfile -t ids < <(skep ps -aq)
		[ "${#ids[@]}" -eq 0 ] || skep rm -f "${ids[@]}"
	done
	# What was killed before it had a container leaves at most a claim, which ages out.
	mapfile -t ids < <(skep ps -aq)
	[ "${#ids[@]}" -eq 0 ] || skep rm -f "${ids[@]}"
	rm -f store/names/* store/ranges/* store/pins/*
}

@test "a container that was to be removed is, though its monitor was killed" {
	skep run -d --rm --name gone img sleep 100 >/dev/null
	pid=$(jq .pid store/containers/*/state.json)
	kill -9 "$(jq .monitor store/containers/*/state.json)"
	kill -9 "$pid"
	eventually sh -c "! kill -0 $pid 2>/dev/null || grep -q '^State:.Z' /proc/$pid/status"
	none_listed() { [ -z "$(skep ps -aq)" ]; }
	eventually none_listed
	nothing_left
}

@test "completion knows bash, zsh and fish, and prints the manual page" {
	for shell in bash zsh fish; do
		skep completion "$shell" >"$WORK/completion.$shell"
		# Every command and every option is there.
		for word in run image policy unpack memory; do
			grep -q "$word" "$WORK/completion.$shell"
		done
	done
	bash -n "$WORK/completion.bash"
	zsh -n "$WORK/completion.zsh"
	fish --no-execute "$WORK/completion.fish"
	fish -c "source $WORK/completion.fish; complete -C 'skep image '" >"$WORK/offered"
	grep -q "^unpack" "$WORK/offered"
	fish -c "source $WORK/completion.fish; complete -C 'skep run --mem'" | grep -q -- --memory
	skep completion man >"$WORK/skep.1"
	mandoc -Tlint -Werror "$WORK/skep.1"
	mandoc -Tutf8 "$WORK/skep.1" | sed 's/.\x08//g' >"$WORK/page"
	grep -q -- --memory "$WORK/page"
	grep -q "image unpack" "$WORK/page"
	run skep completion tcsh
	[ "$status" -eq 2 ]
}

@test "strict: a socket of the host without a file is out of reach, also in the host's network" {
	python3 - <<-'P' 3>&- &
		import socket, time
		s = socket.socket(socket.AF_UNIX)
		s.bind("\0skep-test-abstract")
		s.listen()
		time.sleep(20)
	P
	server=$!
	eventually grep -q @skep-test-abstract /proc/net/unix
	gcc -static -o "$WORK/connect" -x c - <<-'C'
		#include <errno.h>
		#include <stdio.h>
		#include <string.h>
		#include <sys/socket.h>
		#include <sys/un.h>
		int main(void)
		{
			struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "\0skep-test-abstract"};
			int s = socket(AF_UNIX, SOCK_STREAM, 0);
			int r = connect(s, (void *)&to, sizeof(sa_family_t) + 1 + strlen("skep-test-abstract"));
			puts(r == 0 ? "connected" : strerror(errno));
			return 0;
		}
	C
	[ "$(skep run --rm --network host -v "$WORK/connect:/connect:ro" img /connect)" = "Operation not permitted" ]
	[ "$(skep run --rm --network host --profile docker -v "$WORK/connect:/connect:ro" img /connect)" = connected ]
	kill "$server"
}
