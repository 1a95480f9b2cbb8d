#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who starts which program, by BPF security hooks: refused with EPERM, scripts included; arguments, names of unix sockets and mounts as far as
# the kernel has what holds them.

load guest

setup_topic() {
	local root=$BUNDLE/rootfs
	mkdir -p "$root/opt" "$root/srv/allowed" "$root/srv/other"
	cp "$(program start)" "$root/opt/good"
	cp "$(program start)" "$root/opt/bad"
	cp "$(program start)" "$root/opt/target"
	cp "$(program name)" "$root/bin/name"
	cp "$(program mounter)" "$root/bin/mounter"
	printf '#!/opt/target\n' >"$root/opt/script"
	chmod 755 "$root/opt/script"
	cat >"$FILES/starts.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: starts}
		spec:
		  mode: alert
		  modes: {programs: enforce}
		  programs:
		    - path: /opt/good
		    - path: /opt/bad
		    - path: /opt/script
		      parents: [/opt/good]
		    - path: /opt/target
		      parents: [/opt/good]
		      arguments: ["/opt/target ok *", "/opt/target /opt/script ok"]
	Y
}

by() {
	run box --rm --profile "$FILES/starts.yaml" -- "$@"
	echo "$*: $output ($status)"
}

@test "a program is started by its parents alone, scripts included, and refused with EPERM" {
	for way in plain descriptor proc root link vfork thread; do
		by /opt/good "$way" /opt/target ok x
		[ "$output" = "ran ok x" ]
		by /opt/bad "$way" /opt/target ok x
		[[ "$output" == *": EPERM"* ]]
	done
	by /opt/good plain /opt/script ok
	[ "$output" = "ran /opt/script ok" ]
	by /opt/bad plain /opt/script ok
	[[ "$output" == *": EPERM"* ]]
}

@test "wrong arguments end the program before its first instruction, and the doctor has tried it" {
	by /opt/good plain /opt/target no x
	[ "$status" -eq 137 ]
	[[ "$output" != *ran* ]]
	by /opt/good race /opt/target
	[[ "$output" != *evil* ]]
	run skep doctor -o json
	for rung in parents arguments drift addresses mounts; do
		[ "$(jq --arg n "deny: $rung" 'map(select(.name == $n)) | .[0].works' <<<"$output")" = true ]
	done
	sockets=$(jq 'map(select(.name == "deny: unix sockets")) | .[0].works' <<<"$output")
	if kernel_is 6.7; then [ "$sockets" = true ]; else [ "$sockets" = false ]; fi
}

@test "names of unix sockets are held where the kernel can, and where it cannot it says so" {
	cat >"$FILES/sockets.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: sockets}
		spec:
		  mode: alert
		  modes: {network: enforce, files: enforce}
		  files: {read: [/**]}
		  network: {connect: [unix /srv/allowed/s], families: [unix]}
	Y
	run box --rm --profile "$FILES/sockets.yaml" -- /bin/name stream /srv/other/s
	echo "$output"
	if ! kernel_is 6.7; then
		[[ "$output" == *"cannot be held here"* ]]
		return
	fi
	[ "$output" = EPERM ]
	run box --rm --profile "$FILES/sockets.yaml" -- /bin/name stream /srv/allowed/s
	[ "$output" = ENOENT ]
}

@test "mounts by kind and path" {
	cat >"$FILES/mounts.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: mounts}
		spec:
		  mode: alert
		  modes: {syscalls: enforce, files: enforce, capabilities: enforce}
		  capabilities: [SYS_ADMIN]
		  files: {read: [/**]}
		  mounts: [tmpfs /srv/allowed]
		  syscalls: [arch_prctl, brk, close, exit_group, fcntl, fstat, futex, getrandom, ioctl, mmap, mount, mprotect, munmap, newfstatat, open, openat, prctl, prlimit64,
		    read, readlink, rseq, set_robust_list, set_tid_address, setuid, setgid, setgroups, stat, umount2, write]
	Y
	for row in "done plain tmpfs /srv/allowed" "done both tmpfs /srv/allowed" "EPERM plain tmpfs /srv/other" "EPERM plain proc /srv/allowed" \
		"EPERM bind none /srv/allowed" "EPERM unmount none /proc"; do
		# shellcheck disable=SC2086
		run box --rm --profile "$FILES/mounts.yaml" -- /bin/mounter ${row#* }
		echo "$row: $output"
		[ "$output" = "${row%% *}" ]
	done
}
