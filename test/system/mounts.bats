#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What a container mounts, by kind and path: what the profile names is made, by a process of ours, and nothing else is, by whichever way it is
# asked for; the neighbour and the host see nothing of it.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	FILES=$(mktemp -d /tmp/skep-mounts.XXXXXX)
	export FILES
	make_root "$FILES/root"
	mkdir -p "$FILES/root"/srv/{allowed,other,many/deep} "$FILES/root/jail/srv/allowed" "$FILES/root/jail/proc"
	gcc -O1 -D_GNU_SOURCE -static -pthread -w -o "$FILES/root/bin/mounter" "$BATS_TEST_DIRNAME/mounter.c"
}

teardown_file() {
	rm -rf "$FILES"
}

setup_test() {
	cat >"$WORK/profile.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: mounts}
		spec:
		  mode: alert
		  modes: {syscalls: enforce, files: enforce, capabilities: enforce}
		  capabilities: [SYS_ADMIN, SYS_CHROOT]
		  namespaces: [user, mount]
		  files:
		    read: [/**]
		    write: [/dev/null]
		    create: [/tmp/**, /srv/**]
		  mounts: [tmpfs /srv/allowed, "tmpfs /srv/many/*", proc /srv/many/deep]
		  syscalls: [accept, arch_prctl, brk, chdir, chroot, clock_nanosleep, clone, close, dup, dup2, exit_group, fcntl, fsopen, fstat, futex, getcwd, getpid, getuid, gettid,
		    getrandom, ioctl, kill, lseek, mkdir, mmap, mount, move_mount, mprotect, mremap, munmap, nanosleep, newfstatat, open, openat, prctl, prlimit64, pread64, read, readlink,
		    rename, rseq, rt_sigaction, rt_sigprocmask, rt_sigreturn, set_robust_list, set_tid_address, setuid, stat, symlink, umount2, unlink, unshare, vfork, fork, wait4, write]
	Y
}

skep() {
	timeout -k 5 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

start() {
	skep run -d --no-watch --name "${1:-held}" --profile "$WORK/profile.yaml" "${@:2}" "rootfs:$FILES/root" /bin/sleep 1000 >/dev/null
}

# is RESULT WAY KIND PATH: what the container "held" gets of it.
is() {
	local got
	got=$(skep exec held /bin/mounter "${@:2}")
	echo "${*:2}: $got"
	[ "$got" = "$1" ]
}

mounted() {
	skep exec "${2:-held}" /bin/cat /proc/self/mountinfo | awk -v at="$1" '$5 == at { n++ } END { print n + 0 }'
}

@test "what the profile names is mounted, also under Landlock, and nothing else" {
	start
	# Not by what /proc shows of processes and descriptors: those are no names.
	for way in plain relative link dots; do
		is "done" "$way" tmpfs /srv/allowed
	done
	[ "$(mounted /srv/allowed)" = 4 ]
	is "done" plain tmpfs /srv/many/deep
	is ENOENT plain tmpfs /srv/many/none
	for way in plain relative link dots; do
		is EPERM "$way" tmpfs /srv/other
		is EPERM "$way" tmpfs /etc
		is EPERM "$way" proc /srv/allowed
	done
	for way in root descriptor; do
		for at in /srv/other /srv/allowed; do
			is ELOOP "$way" tmpfs "$at" || is ENOENT "$way" tmpfs "$at"
		done
	done
	for kind in overlay sysfs ramfs devpts ext4; do
		is EPERM plain "$kind" /srv/allowed
	done
	is EPERM plain tmpfs /
	is EPERM plain tmpfs /proc
	is EPERM bind none /srv/allowed
	is EPERM remount none /srv/allowed
	is ENOSYS pieces tmpfs /srv/allowed
	is EPERM jail tmpfs /srv/allowed
	run skep exec held /bin/mounter compat tmpfs /srv/allowed
	[ "$status" -eq 159 ]
	for at in /srv/other /etc / /proc /jail/srv/allowed; do
		echo "$at $(mounted "$at")"
	done
	[ "$(mounted /srv/other)" = 0 ]
	[ "$(mounted /etc)" = 0 ]
	[ "$(mounted /jail/srv/allowed)" = 0 ]
	run ! grep -q " /srv/allowed " /proc/self/mountinfo
	skep rm -f held >/dev/null
}

@test "it is the caller's, without devices, foreign privileges and programs" {
	start
	run skep profile status held
	[[ "$output" == *"mounts: a process that is asked"* ]]
	run skep exec held /bin/mounter look tmpfs /srv/allowed size=1m,mode=750
	echo "$output"
	[[ "${lines[0]}" == *nosuid*nodev*noexec* ]]
	[ "${lines[1]}" = "user 0 mode 750" ]
	[ "${lines[2]}" = "done" ]
	is EINVAL plain tmpfs /srv/allowed size=huge
	skep rm -f held >/dev/null
}

@test "only what was made is unmounted" {
	start
	is "done" both tmpfs /srv/allowed
	[ "$(mounted /srv/allowed)" = 0 ]
	for at in /proc /tmp /dev / /srv/allowed; do
		run skep exec held /bin/mounter unmount none "$at"
		echo "$at: $output"
		[ "$output" = EPERM ]
	done
	skep rm -f held >/dev/null
}

@test "a path that changes while it is asked for leads nowhere else" {
	sed -i 's,mounts: \[,&tmpfs /tmp/real\, ,' "$WORK/profile.yaml"
	start
	skep exec held /bin/mkdir -p /tmp/real
	is over race tmpfs /srv/other
	is over swap tmpfs /srv/other
	[ "$(mounted /srv/other)" = 0 ]
	skep rm -f held >/dev/null
}

@test "without the capability, from another user namespace, and without the process, it is refused" {
	mkdir "$WORK/shared"
	chmod 777 "$WORK/shared"
	sed -i 's,create: \[,&/mnt/**\, ,' "$WORK/profile.yaml"
	start held -v "$WORK/shared:/mnt"
	is EPERM namespaces tmpfs /srv/other
	monitor=$(jq .monitor "$WORK/store/containers/"*/state.json)
	broker=$(for pid in $(cat "/proc/$monitor/task/$monitor/children"); do grep -lx skep-mounts "/proc/$pid/comm"; done | tr -dc 0-9)
	# For one that runs already the call is not there; another one is not started without it.
	skep exec held /bin/sh -c 'sleep 3; /bin/mounter plain tmpfs /srv/allowed >/mnt/said' 3>&- &
	waiting=$!
	sleep 1
	kill -9 "$broker"
	eventually test ! -e "/proc/$broker"
	run skep exec held /bin/mounter plain tmpfs /srv/allowed
	echo "$output"
	[ "$status" -ne 0 ]
	wait "$waiting" || true
	[ "$(cat "$WORK/shared/said")" = ENOSYS ]
	skep rm -f held >/dev/null
	sed -i 's,SYS_ADMIN\, ,,' "$WORK/profile.yaml"
	start
	is EPERM plain tmpfs /srv/allowed
	is EPERM plain tmpfs /srv/other
	skep rm -f held >/dev/null
}

@test "no process where no mounts are named, and what cannot be told is said" {
	sed -i 's,  mounts: .*,  mounts: [overlay /srv/x],' "$WORK/profile.yaml"
	run start
	[ "$status" -ne 0 ]
	[[ "$output" == *"what a mount of this kind shows"* ]]
	sed -i '/  mounts: .*/d' "$WORK/profile.yaml"
	start
	monitor=$(jq .monitor "$WORK/store/containers/"*/state.json)
	for pid in $(cat "/proc/$monitor/task/$monitor/children"); do
		run ! grep -qx skep-mounts "/proc/$pid/comm"
	done
	is EPERM plain tmpfs /srv/allowed
	is ENOSYS pieces tmpfs /srv/allowed || is EPERM pieces tmpfs /srv/allowed
	skep rm -f held >/dev/null
}
