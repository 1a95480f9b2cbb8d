#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks by the files of an image and by whoever changes them meanwhile.

load attacks

@test "a masked path does not show what /dev/null points to" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	echo word >"$BUNDLE/rootfs/etc/word"
	mkdir -p "$BUNDLE/rootfs/dev"
	ln -sfn /etc/secret "$BUNDLE/rootfs/dev/null"
	config 'del(.linux.maskedPaths, .linux.readonlyPaths) | .linux.maskedPaths = ["/etc/word", "/proc/kcore", "/proc/keys"]
		| .mounts |= map(select(.destination | startswith("/dev") | not))'
	script 'cat /etc/word; echo changed >/etc/word; cat /proc/keys'
	run_container
	echo "$output"
	[[ "$output" != *secret* ]]
	[ "$(cat "$BUNDLE/rootfs/etc/secret")" = secret ]
}

@test "a /dev/null exchanged during the setup is not used for masking" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	echo word >"$BUNDLE/rootfs/etc/word"
	mkdir -p "$BUNDLE/rootfs/dev"
	mknod -m 666 "$BUNDLE/rootfs/dev/null" c 1 3
	ln -s /etc/secret "$BUNDLE/rootfs/dev/swap"
	config '.linux.maskedPaths = ["/etc/word"] | .mounts |= map(select(.destination | startswith("/dev") | not))'
	"$BUNDLE/rootfs/bin/probe" exchange "$BUNDLE/rootfs/dev/null" "$BUNDLE/rootfs/dev/swap" 6 3>&- &
	swapper=$!
	for _ in $(seq 40); do
		script 'cat /etc/word'
		run_container
		[[ "$output" != *secret* ]]
	done
	kill $swapper 2>/dev/null || true
}

# A container with a terminal whose image has made /dev/console a link to $1.
run_with_console() {
	"$BATS_TEST_DIRNAME/receive-terminal" "$WORK/console" "$WORK/typed" 3>&- &
	eventually test -S "$WORK/console"
	mkdir -p "$BUNDLE/rootfs/dev"
	ln -s "$1" "$BUNDLE/rootfs/dev/console"
	config '.process.terminal = true | .process.args = ["/bin/sh", "-c", "grep core_pattern /proc/self/mountinfo && echo mounted; echo written >/dev/console"]
		| .mounts |= map(select((.destination | startswith("/dev") | not) or .destination == "/dev/pts")) | .linux.readonlyPaths = []'
	mkdir -p "$BUNDLE/rootfs/dev/pts"
	runtime create --bundle "$BUNDLE" --console-socket "$WORK/console" "$ID" </dev/null >"$WORK/log" 2>&1 || true
	runtime start "$ID" >/dev/null 2>&1 || true
	sleep 0.3
	cat "$WORK/log" "$WORK/typed" || true
}

@test "a /dev/console that is a link gives no way out and no foreign file" {
	run_with_console "$WORK/outside/new"
	outside_is_empty
}

@test "a /dev/console link to a kernel file is not mounted over or written" {
	run_with_console /proc/sys/kernel/core_pattern
	run ! grep -q mounted "$WORK/typed"
	[ "$(cat /proc/sys/kernel/core_pattern)" != written ]
}

@test "a /dev/pts that is a link leads nowhere" {
	mkdir -p "$BUNDLE/rootfs/dev"
	config '.mounts |= map(select(.destination != "/dev"))'
	ln -s ../../../outside "$BUNDLE/rootfs/dev/pts"
	run_container
	outside_is_empty
	# To the kernel's settings: the terminals' file system would cover them.
	ln -sfn ../proc/sys "$BUNDLE/rootfs/dev/pts"
	script 'ls /proc/sys; echo ran'
	run_container
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" != *ptmx* ]]
}

@test "a /dev that is a link leads nowhere" {
	rm -rf "$BUNDLE/rootfs/dev"
	for to in "$WORK/outside" ../../outside /../../../../outside; do
		ln -sfn "$to" "$BUNDLE/rootfs/dev"
		run_container
		outside_is_empty
		config '.mounts |= map(select(.destination != "/dev"))'
		run_container
		outside_is_empty
		cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
	done
}

@test "mount targets that are links stay inside the root" {
	ln -s "$WORK/outside" "$BUNDLE/rootfs/absolute"
	ln -s ../../../../../../../../"$WORK/outside" "$BUNDLE/rootfs/relative"
	for target in /absolute/x /relative/x /mnt/../../../outside/x; do
		config --arg t "$target" '.mounts[7] = {"destination": $t, "type": "tmpfs", "source": "tmpfs"}'
		run_container
		outside_is_empty
	done
}

@test "device nodes are not made through links" {
	ln -s "$WORK/outside" "$BUNDLE/rootfs/away"
	config '.linux.devices = [{"path": "/away/node", "type": "c", "major": 1, "minor": 5}, {"path": "/../../outside/node", "type": "c", "major": 1, "minor": 5}]'
	run_container
	outside_is_empty
}

@test "masked and read-only paths that are links stay inside" {
	echo keep >"$WORK/outside/file"
	ln -s "$WORK/outside/file" "$BUNDLE/rootfs/etc/away"
	mkdir -p "$BUNDLE/rootfs/$WORK/outside"
	echo secret >"$BUNDLE/rootfs/$WORK/outside/file"
	config '.linux.maskedPaths += ["/etc/away"] | .linux.readonlyPaths += ["/etc/away"]'
	script 'cat /etc/away; echo changed >/etc/away; true'
	run_container
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" != *secret* ]]
	[ "$(cat "$WORK/outside/file")" = keep ]
	echo still >"$WORK/outside/file"
}

@test "a working directory is not created through a link" {
	ln -s "$WORK/outside" "$BUNDLE/rootfs/away"
	config '.process.cwd = "/away/new"'
	run_container
	outside_is_empty
}

@test "a sysctl is not written where /proc is no procfs" {
	mkdir -p "$BUNDLE/rootfs/proc/sys/net/ipv4"
	ln -s ../../../../../../outside/target "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	echo keep >"$WORK/outside/target"
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .mounts |= map(select(.destination != "/proc")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
	run_container
	[ "$(cat "$WORK/outside/target")" = keep ]
	# An image's own file in place of the kernel's is no sysctl either.
	rm "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	echo keep >"$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward"
	run_container
	[ "$(cat "$BUNDLE/rootfs/proc/sys/net/ipv4/ip_forward")" = keep ]
}

@test "a sysctl does not go to another one through a mount over /proc" {
	# As in a mount race: the file that is named is bound to another kernel file. This one only limits messages.
	file=/proc/sys/kernel/printk_ratelimit_burst
	before=$(cat "$file")
	config '.mounts += [{"destination": "/proc/sys/net", "type": "bind", "source": "/proc/sys/kernel", "options": ["bind", "rw"]}]
		| .linux.sysctl = {"net.printk_ratelimit_burst": "11"}'
	run_container
	after=$(cat "$file")
	echo "$before" >"$file"
	[ "$after" = "$before" ]
}

@test "a file system over /proc itself is refused" {
	for type in tmpfs bind; do
		config --arg t "$type" --arg w "$WORK/outside" '.mounts += [{"destination": "/proc", "type": $t, "source": $w, "options": [if $t == "bind" then "bind" else "rw" end]}]'
		run_container
		[ "$status" -ne 0 ]
		config '.mounts |= .[:-1]'
	done
	config '.mounts += [{"destination": "/proc/self/attr", "type": "tmpfs", "source": "tmpfs"}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "a mount target exchanged during the setup does not lead out" {
	mkdir -p "$BUNDLE/rootfs/race/a"
	ln -s "$WORK/outside" "$BUNDLE/rootfs/race/b"
	config '.mounts += [{"destination": "/race/a/inner", "type": "tmpfs", "source": "tmpfs"}]'
	"$BUNDLE/rootfs/bin/probe" exchange "$BUNDLE/rootfs/race/a" "$BUNDLE/rootfs/race/b" 6 3>&- &
	swapper=$!
	for _ in $(seq 60); do
		run_container
	done
	kill $swapper 2>/dev/null || true
	outside_is_empty
}
