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

@test "a run is written down, and is allowed again to the last call" {
	skep profile observe --name web -o "$WORK/web.yaml" "rootfs:$WORK/root" -- /bin/work
	cat "$WORK/web.yaml"
	run -0 skep profile show "$WORK/web.yaml" -o json
	echo "$output" >"$WORK/web.json"
	has() { jq -e "$1" "$WORK/web.json" >/dev/null; }
	has '.metadata.name == "web"'
	has '.spec.programs | map(.path) | index("/bin/busybox")'
	has '.spec.files.read | index("/srv/page")'
	has '.spec.files.create | index("/tmp/counted") and index("/tmp/folder")'
	has '.spec.network.listen == ["tcp any 8080"]'
	has '.spec.network.connect == ["tcp 127.0.0.1 8080"]'
	has '.spec.syscalls | index("accept") and index("rename") and (index("pivot_root") | not) and (index("setns") | not)'
	has '(.spec.files.read // []) | index("/etc/secret") | not'
	[ -z "$(skep ps -aq)" ]

	# Twice the same, but for a call that a race needs or not: nothing of one run is in it.
	skep profile observe --name web -o "$WORK/again.yaml" "rootfs:$WORK/root" -- /bin/work
	skep profile diff "$WORK/web.yaml" "$WORK/again.yaml" --fail-on warning

	# Held to it, it does the same; addresses and single names in folders are held wider here, and that is said.
	skep run --rm --no-watch "rootfs:$WORK/root" /bin/work >"$WORK/free"
	run skep run --rm --no-watch --profile "$WORK/web.yaml" "rootfs:$WORK/root" /bin/work
	[ "$status" -eq 125 ]
	sed -i 's,mode: enforce,&\n  allowDegraded: true,' "$WORK/web.yaml"
	skep run --rm --no-watch --profile "$WORK/web.yaml" "rootfs:$WORK/root" /bin/work >"$WORK/held"
	cat "$WORK/held"
	cmp "$WORK/free" "$WORK/held"
	grep -q served "$WORK/held"
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
