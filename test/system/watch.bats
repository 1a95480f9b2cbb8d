#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Events and alerts of real tasks: skep events, watch, record, replay.

load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	WORK=$(mktemp -d /tmp/skep-watch.XXXXXX)
	mkdir -p "$WORK/root/bin" "$WORK/root/etc" "$WORK/root/tmp"
	cp /bin/busybox "$WORK/root/bin/busybox"
	chroot "$WORK/root" /bin/busybox --install -s /bin
	printf 'root:x:0:0:root:/root:/bin/sh\n' >"$WORK/root/etc/passwd"
	printf 'root:*:1:0:99999:7:::\n' >"$WORK/root/etc/shadow"
	WATCH=
}

teardown() {
	[ -z "$WATCH" ] || kill "$WATCH" 2>/dev/null || true
	[ -d "$WORK/store" ] && for c in $(skep ps -aq); do skep rm -f "$c" >/dev/null 2>&1 || true; done
	rm -rf "$WORK"
}

skep() {
	timeout 60 "$SKEP" --root "$WORK/store" --state "$WORK/state" "$@" 3>&-
}

# Starts a watch in the background and waits until it sees everything.
start_watch() {
	: >"$WORK/err" # the words of the watch before are not its own
	"$SKEP" --root "$WORK/store" --state "$WORK/state" "$@" >"$WORK/out" 2>"$WORK/err" 3>&- &
	WATCH=$!
	eventually grep -q watching "$WORK/err"
}

end_watch() {
	sleep 0.2
	kill -INT "$WATCH"
	wait "$WATCH" || { cat "$WORK/err"; return 1; }
	WATCH=
}

rules() {
	cat >"$WORK/rules.yaml"
}

in_box() {
	skep run --rm "rootfs:$WORK/root" /bin/sh -c "$1"
}

@test "events of a container, as JSON" {
	skep run -d --name box "rootfs:$WORK/root" /bin/sh -c 'while true; do /bin/cat /etc/shadow; /bin/sleep 0.2; done' >/dev/null
	skep events --container box -t openat -t openat2 -t open --for 2s -o jsonl >"$WORK/out"
	run jq -r 'select(."fd.name" == "/etc/shadow") | [."evt.type", ."proc.name", ."container.name", ."container.id"] | join(" ")' "$WORK/out"
	echo "$output"
	[[ "${lines[0]}" == open*\ cat\ box\ * ]]
	id=$(skep ps -q)
	[[ "${lines[0]}" == *" ${id:0:12}" ]]
	[ "$(jq -r 'select(."container.name" != "box")' "$WORK/out" | wc -l)" -eq 0 ]
}

@test "a table for people, and counts" {
	run skep events -t execve --for 500ms --stats
	[ "$status" -eq 0 ]
	[[ "$output" == *SEEN*LOST* ]]
}

@test "only the types that were asked for are printed" {
	skep events -t unlinkat -t unlink --for 2s -o jsonl >"$WORK/out" &
	local watch=$!
	sleep 1
	(cd / && cd "$WORK" && /bin/true && touch gone && rm gone)
	wait "$watch"
	[ "$(jq -r '."evt.type"' "$WORK/out" | grep -c unlink)" -ge 1 ]
	[ "$(jq -r '."evt.type"' "$WORK/out" | grep -vc unlink)" -eq 0 ]
}

@test "a user that was made while watching has its name" {
	rules <<-'Y'
		- rule: Marked
		  desc: d
		  condition: evt.type in (unlink, unlinkat) and fs.path.name endswith /by-someone-new
		  output: "user=%user.name"
		  priority: NOTICE
	Y
	mount --bind /etc/passwd /etc/passwd
	start_watch watch --rules "$WORK/rules.yaml"
	{ cat /etc/passwd; echo 'newcomer:x:54321:54321::/:/bin/sh'; } >"$WORK/passwd"
	mount --bind "$WORK/passwd" /etc/passwd
	mkdir "$WORK/own"
	touch "$WORK/own/by-someone-new"
	chown -R 54321 "$WORK/own"
	chmod 755 "$WORK"
	setpriv --reuid 54321 --regid 54321 --clear-groups /bin/rm "$WORK/own/by-someone-new"
	end_watch
	cat "$WORK/out"
	grep -q 'user=newcomer' "$WORK/out"
	umount /etc/passwd /etc/passwd
}

@test "who may not watch is told so" {
	cp "$SKEP" "$WORK/skep"
	chmod 755 "$WORK"
	run timeout 10 setpriv --reuid 65534 --regid 65534 --clear-groups "$WORK/skep" --root "$WORK/none" --state "$WORK/none" watch --for 1s
	[ "$status" -eq 3 ]
	[[ "$output" == *"run it as root"* ]]
}

@test "nobody watches by no rules" {
	mkdir "$WORK/empty"
	run skep watch --rules "$WORK/empty" --for 1s
	[ "$status" -eq 2 ]
	[[ "$output" == *"no rule is switched on"* ]]
}

@test "an unknown type is named" {
	run skep events -t opeenat --for 1s
	[ "$status" -eq 2 ]
	[[ "$output" == *opeenat* ]]
	run skep events --for ten
	[ "$status" -eq 2 ]
}

@test "a rule fires in a container, with its name, image, user and reasons" {
	rules <<-'Y'
		- rule: Shadow read
		  desc: d
		  condition: evt.type in (open, openat, openat2) and evt.is_open_read=true and fd.name=/etc/shadow and container.id != host
		  output: "%proc.name read %fd.name in %container.name as %user.name (%container.image.repository)"
		  priority: CRITICAL
		  tags: [T1003.008, test]
	Y
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl
	skep run --rm --name box "rootfs:$WORK/root" /bin/cat /etc/shadow >/dev/null
	end_watch
	cat "$WORK/out"
	[ "$(jq -r .rule "$WORK/out")" = "Shadow read" ]
	[ "$(jq -r .priority "$WORK/out")" = Critical ]
	[ "$(jq -r .source "$WORK/out")" = syscall ]
	[ "$(jq -r .hostname "$WORK/out")" = "$(hostname)" ]
	[ "$(jq -r '.tags | join(",")' "$WORK/out")" = T1003.008,test ]
	[[ "$(jq -r .output "$WORK/out")" == "cat read /etc/shadow in box as root (rootfs"* ]]
	[ "$(jq -r '.output_fields["fd.name"]' "$WORK/out")" = /etc/shadow ]
	[ "$(jq -r '.skep.techniques[0]' "$WORK/out")" = T1003.008 ]
	[ "$(jq -r '.skep.ancestry[0].name' "$WORK/out")" = cat ]
	[ "$(jq -r '.skep.because["fd.name"]' "$WORK/out")" = /etc/shadow ]
	[ "$(jq -r '.skep.line' "$WORK/out")" = 1 ]
}

@test "nothing of a container is seen as the host's, from its first program on" {
	rules <<-'Y'
		- rule: On the host
		  desc: d
		  condition: evt.type in (execve, execveat) and proc.name=busybox-marker
		  output: "%container.id %container.name"
		  priority: INFO
	Y
	cp "$WORK/root/bin/busybox" "$WORK/root/bin/busybox-marker"
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl
	for i in 1 2 3 4 5; do skep run --rm --name "box$i" "rootfs:$WORK/root" /bin/busybox-marker true || true; done
	end_watch
	[ "$(wc -l <"$WORK/out")" -eq 5 ]
	[ "$(jq -r '.output_fields["container.name"]' "$WORK/out" | sort | tr '\n' ' ')" = "box1 box2 box3 box4 box5 " ]
}

@test "a container that is made is an event, once" {
	rules <<-'Y'
		- rule: Made
		  desc: d
		  condition: evt.type=container
		  output: "%container.name %container.image.repository %container.type"
		  priority: INFO
	Y
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl
	skep run --rm --name made-one "rootfs:$WORK/root" /bin/true
	skep run --rm --name made-two "rootfs:$WORK/root" /bin/true
	end_watch
	jq -r .output "$WORK/out"
	[ "$(jq -r 'select(.output_fields["container.name"] | startswith("made-")) | .output_fields["container.name"]' "$WORK/out" | tr '\n' ' ')" = "made-one made-two " ]
}

@test "a recording is replayed with the same alerts" {
	rules <<-'Y'
		- rule: Marked
		  desc: d
		  condition: evt.type in (unlink, unlinkat) and fs.path.name endswith /marked
		  output: "%proc.name %fs.path.name %proc.pname"
		  priority: NOTICE
	Y
	start_watch record -o "$WORK/rec" --rules "$WORK/rules.yaml"
	touch "$WORK/marked"
	rm "$WORK/marked"
	end_watch
	skep replay "$WORK/rec" --rules "$WORK/rules.yaml" -o jsonl >"$WORK/first"
	skep replay "$WORK/rec" --rules "$WORK/rules.yaml" -o jsonl >"$WORK/second"
	cmp "$WORK/first" "$WORK/second"
	[[ "$(jq -r .output "$WORK/first")" == "rm $WORK/marked "* ]]
	head -c 100 "$WORK/rec" >"$WORK/cut"
	run skep replay "$WORK/cut" --rules "$WORK/rules.yaml"
	[ "$status" -eq 3 ]
	[[ "$output" == *"$WORK/cut"* ]]
}

@test "rules that are wrong are all named, with their place" {
	rules <<-'Y'
		- rule: One
		  desc: d
		  condition: proc.nmae = x
		  output: o
		  priority: INFO
		- rule: Two
		  desc: d
		  condition: evt.type = openat and (
		  output: o
		  priority: INFO
	Y
	run skep watch --rules "$WORK/rules.yaml"
	[ "$status" -eq 2 ]
	[[ "$output" == *rules.yaml:3:*proc.nmae*proc.name* ]]
	[[ "$output" =~ rules.yaml:[89]: ]]
}

@test "a stopped reader counts what it missed, exactly" {
	rules <<-'Y'
		- rule: Never
		  desc: d
		  condition: evt.type in (openat, open) and proc.name=no-such-program
		  output: o
		  priority: INFO
	Y
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl --stats
	kill -STOP "$WATCH"
	python3 - <<-'P'
		import os
		for i in range(300000):
		    os.close(os.open("/etc/hostname", os.O_RDONLY))
	P
	kill -CONT "$WATCH"
	sleep 1.5
	end_watch
	lost=$(jq -s 'map(select(.rule == "Events lost") | .output_fields.lost) | add' "$WORK/out")
	read -r _ seen missed <<<"$(grep '^openat ' "$WORK/err")"
	echo "lost $lost, seen $seen, missed $missed"
	[ "$lost" -gt 0 ]
	[ $((seen + missed)) -ge 300000 ]
	all=$(awk '$1 == "all" { print $3 }' "$WORK/err")
	[ "$lost" -eq "$all" ]
}

@test "a killed watch leaves no program behind, and the next one works" {
	before=$(bpftool prog show | grep -c 'name on_call' || true)
	rules <<-'Y'
		- rule: Any
		  desc: d
		  condition: evt.type=execve
		  output: o
		  priority: INFO
	Y
	start_watch watch --rules "$WORK/rules.yaml"
	kill -9 "$WATCH"
	wait "$WATCH" || true
	WATCH=
	gone() { [ "$(bpftool prog show | grep -c 'name on_call')" -eq "$before" ]; }
	eventually gone
	start_watch watch --rules "$WORK/rules.yaml"
	end_watch
}

@test "skep run shows the alerts of its container" {
	run skep run --rm --watch --name box "rootfs:$WORK/root" /bin/cat /etc/shadow
	[ "$status" -eq 0 ]
	[[ "$output" == *"Warning Secret file read | file=/etc/shadow"*container=box* ]]
	run skep run --rm --name box "rootfs:$WORK/root" /bin/cat /etc/shadow
	[[ "$output" != *Warning* ]]
	run skep run --rm --watch --name box "rootfs:$WORK/root" /bin/true
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "what repeats is folded for people, and is whole in JSON" {
	rules <<-'Y'
		- rule: Marked
		  desc: d
		  condition: evt.type in (unlink, unlinkat) and fs.path.name endswith /marked
		  output: "%proc.name removed %fs.path.name"
		  priority: NOTICE
	Y
	start_watch record -o "$WORK/rec" --rules "$WORK/rules.yaml"
	for i in 1 2 3; do touch "$WORK/marked"; rm "$WORK/marked"; done
	end_watch
	run skep replay "$WORK/rec" --rules "$WORK/rules.yaml"
	[ "${#lines[@]}" -eq 2 ]
	[[ "${lines[1]}" == *"again 2 times: Notice rm removed $WORK/marked" ]]
	run skep replay "$WORK/rec" --rules "$WORK/rules.yaml" --fold 0
	[ "${#lines[@]}" -eq 3 ]
	[ "$(skep replay "$WORK/rec" --rules "$WORK/rules.yaml" -o jsonl | wc -l)" -eq 3 ]
}

@test "several threads tell the same alerts in the same order as one, counting rules too" {
	rules <<-'Y'
		- rule: Opened
		  desc: d
		  condition: evt.type in (open, openat) and fd.name startswith /etc
		  output: "%evt.num %proc.name %proc.pid %fd.name %proc.pname %proc.cwd %container.name"
		  priority: INFO
		- rule: Seven
		  desc: d
		  condition: evt.type in (open, openat) and fd.name=/etc/group
		  count: {by: proc.name, within: 10s, at_least: 7}
		  output: "%evt.num %proc.name"
		  priority: INFO
		- rule: In order
		  desc: d
		  sequence:
		    by: proc.name
		    within: 10s
		    steps:
		      - evt.type in (open, openat) and fd.name=/etc/passwd
		      - evt.type in (open, openat) and fd.name=/etc/group
		  output: "%evt.num %proc.name"
		  priority: INFO
	Y
	start_watch record -o "$WORK/rec" --rules "$WORK/rules.yaml"
	python3 -c 'import os
for i in range(20000): os.close(os.open("/etc/hostname", os.O_RDONLY))' 3>&- &
	local opener=$!
	for i in $(seq 60); do (cd /usr && cat /etc/passwd /etc/group /etc/hostname >/dev/null); done
	in_box 'for i in 1 2 3 4 5 6 7 8; do cat /etc/passwd /etc/group; done 2>/dev/null'  >/dev/null || true
	wait "$opener"
	end_watch
	for threads in 1 2 3 5; do
		skep replay "$WORK/rec" --rules "$WORK/rules.yaml" -o jsonl --threads "$threads" >"$WORK/with-$threads"
		cmp "$WORK/with-1" "$WORK/with-$threads"
	done
	for rule in Opened Seven "In order"; do grep -q "\"rule\":\"$rule\"" "$WORK/with-1"; done
	[ "$(wc -l <"$WORK/with-1")" -gt 20000 ]
	run skep replay "$WORK/rec" --threads 0
	[ "$status" -eq 2 ]
}

@test "rules are read again on SIGHUP, and no event is missed meanwhile" {
	body() {
		cat >"$WORK/rules.yaml" <<-Y
			- rule: $1
			  desc: d
			  condition: evt.type=symlink and evt.arg.linkpath=$WORK/there $2
			  output: "%evt.type"
			  priority: INFO
		Y
	}
	body First ""
	touch "$WORK/there"
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl --stats
	python3 -c '
import os, sys
for i in range(60000):
    try: os.symlink("x", sys.argv[1])
    except FileExistsError: pass' "$WORK/there" &
	load=$!
	eventually grep -q '"rule":"First"' "$WORK/out"
	for n in 1 2 3 4; do
		body "Next $n" "or (evt.type=rmdir and evt.arg.path=$WORK/new)"
		kill -HUP "$WATCH"
		again() { [ "$(grep -c 'read again' "$WORK/err")" -eq "$n" ]; }
		eventually again
	done
	wait "$load"
	echo "- rule: broken" >"$WORK/rules.yaml"
	kill -HUP "$WATCH"
	eventually grep -q 'stay as they were' "$WORK/err"
	: >"$WORK/rules.yaml"
	kill -HUP "$WATCH"
	eventually grep -q 'no rule is switched on' "$WORK/err"
	mkdir "$WORK/new"
	rmdir "$WORK/new"
	end_watch
	lost=$(awk '$1 == "symlink" { print $3 }' "$WORK/err")
	told=$(grep -c '"output":"symlink"' "$WORK/out")
	echo "told $told, lost $lost"
	[ $((told + lost)) -eq 60000 ]
	[ "$lost" -eq 0 ]
	[ "$(jq -r 'select(.output == "rmdir") | .rule' "$WORK/out")" = "Next 4" ]
}

@test "what a killed watch had not dealt with is told by the next one, exactly" {
	rules <<-Y
		- rule: Linked
		  desc: d
		  condition: evt.type=symlink and evt.arg.linkpath=$WORK/there
		  output: "%evt.type"
		  priority: INFO
	Y
	touch "$WORK/there"
	load() {
		python3 -c '
import os, sys
for i in range(int(sys.argv[2])):
    try: os.symlink("x", sys.argv[1])
    except FileExistsError: pass' "$WORK/there" "$1"
	}
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl
	load 3000
	seen() { [ "$(wc -l <"$WORK/out")" -eq 3000 ]; }
	eventually seen
	kill -STOP "$WATCH"
	load 200000
	kill -9 "$WATCH"
	wait "$WATCH" || true
	sleep 1
	start_watch watch --rules "$WORK/rules.yaml" -o jsonl
	end_watch
	jq -c 'select(.rule == "Events lost")' "$WORK/out"
	[ "$(jq 'select(.rule == "Events lost") | .output_fields.by_type.symlink' "$WORK/out")" -eq 200000 ]
	[ "$(jq 'select(.rule == "Events lost") | .output_fields.until - .output_fields.from >= 900000000' "$WORK/out")" = true ]
	# Told once; nothing is left.
	start_watch watch --rules "$WORK/rules.yaml"
	end_watch
	[ ! -s "$WORK/out" ]
	[ "$(ls "$WORK/state/watches")" = lock ]
}

@test "a watch that is killed with its keeper says that nobody counted" {
	rules <<-'Y'
		- rule: Any
		  desc: d
		  condition: evt.type=userfaultfd
		  output: o
		  priority: INFO
	Y
	start_watch watch --rules "$WORK/rules.yaml"
	keeper=
	for p in $(pgrep -x skep); do tr '\0' ' ' <"/proc/$p/cmdline" | grep -q -- '--worker keeper' && [ "$(awk '{print $22}' "/proc/$p/stat")" -ge "$(awk '{print $22}' "/proc/$WATCH/stat")" ] && keeper=$p; done
	kill -STOP "$keeper"
	kill -9 "$WATCH"
	kill -9 "$keeper"
	wait "$WATCH" || true
	start_watch watch --rules "$WORK/rules.yaml"
	end_watch
	cat "$WORK/out"
	grep -q "nobody can say how many" "$WORK/out"
}
