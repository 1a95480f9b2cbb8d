#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container does is written down as a profile, and a container held to that profile does it again.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_test() {
	make_root "$WORK/root"
	mkdir -p "$WORK/root/srv"
	echo served >"$WORK/root/srv/page"
	echo secret >"$WORK/root/etc/secret"
	cat >"$WORK/root/bin/work" <<-'S'
		#!/bin/sh
		httpd -p 8080 -h /srv
		for i in 1 2 3; do
			wget -q -O- http://127.0.0.1:8080/page
			echo "$i" >/tmp/count && mv /tmp/count /tmp/counted && cat /tmp/counted && rm /tmp/counted
		done
		mkdir /tmp/folder && rmdir /tmp/folder
	S
	chmod 755 "$WORK/root/bin/work"
}

skep() {
	timeout 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

@test "what cannot be held as it was seen is accepted with its reason, and is held as far as it goes" {
	gcc -O1 -D_GNU_SOURCE -static -o "$WORK/root/bin/name" "$BATS_TEST_DIRNAME/name.c"
	cat >"$WORK/root/bin/server" <<-'S'
		#!/bin/sh
		name listen /tmp/own.sock &
		until [ -S /tmp/own.sock ]; do usleep 10000; done
		ln -s own.sock /tmp/other && rm /tmp/other
		name stream /tmp/own.sock
		kill $!
	S
	chmod 755 "$WORK/root/bin/server"
	skep profile observe --name own -o "$WORK/own.yaml" "rootfs:$WORK/root" -- /bin/server 2>"$WORK/said"
	cat "$WORK/own.yaml" "$WORK/said"
	grep -q '^  allowDegraded: true$' "$WORK/own.yaml"
	grep -q '^  # allowDegraded: network.connect' "$WORK/own.yaml"
	# Where a link leads is not made with it.
	run ! grep -q ' /own.sock' "$WORK/own.yaml"
	grep -q 'held wider than it was seen: network.connect.*unix /tmp/own.sock' "$WORK/said"
	run -0 skep run --rm --no-watch --profile "$WORK/own.yaml" "rootfs:$WORK/root" /bin/server
	[ "$output" = "done" ]
	run ! skep run --rm --no-watch --profile "$WORK/own.yaml" "rootfs:$WORK/root" /bin/cat /etc/secret
}

@test "a run is written down, and is allowed again to the last call" {
	skep profile observe --name web -o "$WORK/web.yaml" "rootfs:$WORK/root" -- /bin/work
	cat "$WORK/web.yaml"
	run -0 skep profile show "$WORK/web.yaml" -o json
	echo "$output" >"$WORK/web.json"
	has() { jq -e "$1" "$WORK/web.json" >/dev/null; }
	has '.metadata.name == "web"'
	has '.spec.programs | map(.path) | index("/bin/busybox")'
	has '.spec.files.read | index("/srv/page")'
	has '.spec.files.create == ["/tmp/**"]'
	grep -q '# files.create: 3 names became /tmp/\*\*: names are made and removed in folders' "$WORK/web.yaml"
	has '.spec.network.listen == ["tcp any 8080"]'
	has '.spec.network.connect == ["tcp 127.0.0.1 8080"]'
	has '.spec.syscalls | index("accept") and index("rename") and (index("pivot_root") | not) and (index("setns") | not)'
	has '(.spec.files.read // []) | index("/etc/secret") | not'
	# What depends on timing comes along with its reason; what reaches further does not.
	has '.spec.syscalls | index("futex") and index("restart_syscall") and (index("ptrace") | not) and (index("setuid") | not)'
	has '.spec.limits.processes >= 16 and .spec.limits.memory > 0'
	has '.spec | has("capabilities") | not'
	[ -z "$(skep ps -aq)" ]

	# Twice the same, but for a call that a race needs or not: nothing of one run is in it.
	skep profile observe --name web -o "$WORK/again.yaml" "rootfs:$WORK/root" -- /bin/work
	skep profile diff "$WORK/web.yaml" "$WORK/again.yaml" --fail-on warning

	# Held to it, it does the same.
	skep run --rm --no-watch "rootfs:$WORK/root" /bin/work >"$WORK/free"
	skep run --rm --no-watch --profile "$WORK/web.yaml" "rootfs:$WORK/root" /bin/work >"$WORK/held"
	cat "$WORK/held"
	cmp "$WORK/free" "$WORK/held"
	grep -q served "$WORK/held"
}

@test "capabilities are those that were asked for and were there, memory and files those that were used" {
	gcc -O1 -D_GNU_SOURCE -static -o "$WORK/root/bin/forbidden" "$BATS_TEST_DIRNAME/forbidden.c"
	cat >"$WORK/root/bin/work" <<-'S'
		#!/bin/sh
		chown 5:5 /tmp && ls /srv >/dev/null && forbidden write-execute && forbidden memfd-execute
		ulimit -n 2000 && sleep 0.6
	S
	skep profile observe --name acts -o "$WORK/acts.yaml" "rootfs:$WORK/root" -- /bin/work
	skep profile show "$WORK/acts.yaml" -o json >"$WORK/acts.json"
	jq -c '.spec | [.capabilities, .memory, .limits.files]' "$WORK/acts.json"
	[ "$(jq -c '.spec | [.capabilities, .memory, .limits.files]' "$WORK/acts.json")" = '[["CHOWN"],["memfd-execute","write-execute"],2000]' ]
	# A folder that was listed is listed, and what lies in it stays closed.
	jq -e '.spec.files.read | index("/srv") and (index("/srv/**") | not)' "$WORK/acts.json"
	run -0 skep profile try "$WORK/acts.yaml" "rootfs:$WORK/root" -- /bin/work
	[ -z "$output" ]
	# Setuid that needs no capability is none: an ordinary user becomes itself.
	printf '#!/bin/sh\nforbidden setuid 1000\n' >"$WORK/root/bin/work"
	skep profile observe --name bob -u 1000 -o "$WORK/bob.yaml" "rootfs:$WORK/root" -- /bin/work
	skep profile show "$WORK/bob.yaml" -o json | jq -e '.spec | has("capabilities") | not'
}

@test "two that are observed at once have nothing of each other" {
	skep profile observe --name one -o "$WORK/one.yaml" "rootfs:$WORK/root" -- /bin/sh -c 'sleep 2; umask 7' &
	local one=$!
	skep profile observe --name two -o "$WORK/two.yaml" "rootfs:$WORK/root" -- /bin/sh -c 'for i in 1 2 3 4 5 6 7 8; do sync; sleep 0.3; done'
	wait "$one"
	grep -q -- '- umask$' "$WORK/one.yaml"
	grep -q -- '- sync$' "$WORK/two.yaml"
	run -1 grep -- '- sync$' "$WORK/one.yaml"
	run -1 grep -- '- umask$' "$WORK/two.yaml"
}

@test "a trial lists what is refused, with the file where there is one" {
	skep profile observe --name web -o "$WORK/web.yaml" "rootfs:$WORK/root" -- /bin/sh -c 'cat /srv/page; echo a >/tmp/b'
	run -0 skep profile try "$WORK/web.yaml" "rootfs:$WORK/root" -- /bin/sh -c 'cat /srv/page; echo a >/tmp/b'
	[ -z "$output" ]
	run -1 --separate-stderr skep profile try "$WORK/web.yaml" "rootfs:$WORK/root" -- /bin/sh -c 'cat /etc/secret; sync; echo a >/tmp/b'
	echo "$output"
	[ "$output" = $'openat /etc/secret\nsync' ]
	[ -z "$(skep ps -aq)" ]
	run -2 skep profile try nosuch "rootfs:$WORK/root" -- /bin/true
	[[ "$output" == *"web database batch"* ]]
}

@test "a dynamic program's loader and libraries are in it" {
	for file in /usr/bin/od $(ldd /usr/bin/od | grep -o '/[^ ]*'); do
		mkdir -p "$WORK/root$(dirname "$file")"
		cp -L "$file" "$WORK/root$file"
	done
	skep profile observe --name od -o "$WORK/od.yaml" "rootfs:$WORK/root" -- /usr/bin/od -c /srv/page
	grep -q 'ld-linux' "$WORK/od.yaml"
	sed -i 's,mode: enforce,&\n  allowDegraded: true,' "$WORK/od.yaml"
	run -0 skep run --rm --no-watch --profile "$WORK/od.yaml" "rootfs:$WORK/root" /usr/bin/od -c /srv/page
	[[ "$output" == *"s   e   r   v   e   d"* ]]
	run skep run --rm --no-watch --profile "$WORK/od.yaml" "rootfs:$WORK/root" /usr/bin/od -c /etc/secret
	[[ "$output" == *"ermission denied"* ]]
}

@test "what it did not do is refused when it is held" {
	skep profile observe --name web -o "$WORK/web.yaml" "rootfs:$WORK/root" -- /bin/work
	sed -i 's,mode: enforce,&\n  allowDegraded: true,' "$WORK/web.yaml"
	for act in 'cat /etc/secret' 'echo x >/srv/page' 'nc 127.0.0.1 9' 'nc -l -p 9000' 'cp /bin/busybox /tmp/x && /tmp/x true' 'mount -t tmpfs x /tmp' 'chmod 777 /tmp' 'ln -s a /tmp/b'; do
		run skep run --rm --no-watch --profile "$WORK/web.yaml" "rootfs:$WORK/root" /bin/sh -c "timeout 5 $act && echo WORKED"
		echo "$act: $output"
		[[ "$output" != *WORKED* ]]
	done
}

@test "a version that gained something is told so by what was observed" {
	skep profile observe --name one -o "$WORK/one.yaml" "rootfs:$WORK/root" -- /bin/work
	echo 'nc -w 1 10.1.2.3 4444 2>/dev/null; cat /etc/secret' >>"$WORK/root/bin/work"
	skep profile observe --name two -o "$WORK/two.yaml" "rootfs:$WORK/root" -- /bin/work || true
	run -0 skep profile diff "$WORK/one.yaml" "$WORK/two.yaml"
	echo "$output"
	[[ "$output" == *"may now read /etc/secret"* ]]
}

@test "a container that does not end is stopped after its time" {
	run skep profile observe --for 1s --name long "rootfs:$WORK/root" -- /bin/sh -c 'trap "exit 0" TERM; while true; do cat /srv/page; sleep 0.1; done'
	[ "$status" -eq 0 ]
	[[ "$output" == */srv/page* ]]
	[ -z "$(skep ps -aq)" ]
	run skep profile observe --name none "rootfs:$WORK/root" -- /bin/nosuch
	[ "$status" -ne 0 ]
	[[ "$output" == *nosuch* ]]
	[ -z "$(skep ps -aq)" ]
}
