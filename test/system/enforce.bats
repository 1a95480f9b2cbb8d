#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A container is held to a behaviour profile from its first instruction on: what the profile does not allow is refused, by which
# way ever it is tried, and what it allows works.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	FILES=$(mktemp -d /tmp/skep-enforce.XXXXXX)
	export FILES
	make_root "$FILES/root"
	mkdir -p "$FILES/root/srv/data" "$FILES/root/opt"
	echo secret >"$FILES/root/etc/secret"
	echo served >"$FILES/root/srv/data/page"
	gcc -O1 -D_GNU_SOURCE -static -o "$FILES/root/opt/forbidden" "$BATS_TEST_DIRNAME/forbidden.c"
	cp "$FILES/root/opt/forbidden" "$FILES/root/opt/other"
}

teardown_file() {
	rm -rf "$FILES"
}

setup_test() {
	cat >"$WORK/profile.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: held}
		spec:
		  mode: enforce
		  programs:
		    - path: /opt/forbidden
		  files:
		    read: [/srv/data/**, /dev/null, /proc/**]
		    write: [/tmp/**, /dev/null]
		    create: [/tmp/**]
		  network:
		    listen: [tcp any 8080]
		    families: [inet]
		  syscalls: [accept, arch_prctl, bind, brk, clone, close, connect, dup, dup2, fcntl, fstat, futex, getpid, gettid, getuid, ioctl, link, listen, lseek, memfd_create, mkdir,
		    mmap, mount, mprotect, mremap, munmap, newfstatat, open, openat, prctl, prlimit64, pread64, ptrace, read, readlink, rename, rseq, rt_sigaction,
		    rt_sigprocmask, sched_yield, sendto, set_robust_list, set_tid_address, setuid, socket, symlink, tgkill, unlink, unshare, wait4, write]
		  users: [0]
		  limits: {processes: 8, memory: 64m, files: 64}
	Y
}

skep() {
	timeout 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

held() {
	run skep run --rm --no-watch --profile "$WORK/profile.yaml" "rootfs:$FILES/root" /opt/forbidden "$@"
	echo "$*: $output ($status)"
}

@test "doctor names the rungs, each tried by a refusal" {
	run skep doctor -o json
	for rung in files ports calls write-execute memfd privileges mounts addresses "unix sockets" drift parents arguments; do
		[ "$(jq --arg n "deny: $rung" 'map(select(.name == $n)) | .[0].works' <<<"$output")" = true ]
	done
}

@test "what the profile allows works" {
	for act in "read /srv/data/page" "list /srv/data" "create /tmp/file" "listen 8080" "socket inet stream" "fork" "memfd-noexec" "write /dev/null" "run /opt/forbidden"; do
		# shellcheck disable=SC2086
		held $act
		[ "$status" -eq 0 ]
		[ "$output" = "done" ]
	done
}

@test "files that it does not name are refused, on every way to them" {
	for act in "read /etc/secret" "read /proc/self/root/etc/secret" "read /srv/data/../../etc/secret" "list /etc" "create /srv/data/new" "create /opt/new" \
		"link /etc/secret /tmp/s" "rename /etc/secret /tmp/s" "follow /etc/secret /tmp/s" "write /srv/data/page" "io_uring /etc/secret" "handle /etc/secret" "compat-open /etc/secret"; do
		# shellcheck disable=SC2086
		held $act
		[ "$status" -ne 0 ]
		# A call of the 32-bit kind ends the process: 159 is SIGSYS.
		[[ "$status" -eq 159 || "$output" == *EACCES* || "$output" == *EPERM* || "$output" == *EXDEV* || "$output" == *EROFS* ]]
	done
	# They are what they say: without the profile they are done.
	for act in "read /etc/secret" "read /proc/self/root/etc/secret" "follow /etc/secret /tmp/s"; do
		# shellcheck disable=SC2086
		run skep run --rm --no-watch "rootfs:$FILES/root" /opt/forbidden $act
		[ "$output" = "done" ]
	done
}

@test "programs that it does not name are refused, on every way to run them" {
	for act in "run /opt/other" "run /bin/busybox" "run-at /opt/other" "run-copy /opt/other /tmp/copy" "run-memfd /opt/forbidden" "run-link /opt/other /tmp/l"; do
		# shellcheck disable=SC2086
		held $act
		[ "$status" -ne 0 ]
		[[ "$output" == *EACCES* || "$output" == *EPERM* ]]
	done
	run skep run --rm --no-watch "rootfs:$FILES/root" /opt/forbidden run /opt/other
	[ "$output" = "done" ]
}

@test "ports, families, namespaces, tracing and memory that it does not name are refused" {
	for act in "listen 8081" "connect 127.0.0.1 8080" "socket unix stream" "socket inet dgram" "socket netlink raw" "socket packet raw" "unshare user" "unshare mount" \
		"clone user" "trace" "mount /tmp" "write-execute" "protect-execute" "memfd-execute" "setuid 1000" "keyring"; do
		# shellcheck disable=SC2086
		held $act
		[ "$status" -ne 0 ]
		[[ "$output" == *EACCES* || "$output" == *EPERM* || "$output" == *ENOSYS* ]]
	done
	for act in "listen 8081" "socket unix stream" "write-execute" "memfd-execute" "setuid 1000"; do
		# shellcheck disable=SC2086
		run skep run --rm --no-watch "rootfs:$FILES/root" /opt/forbidden $act
		echo "$act: $output"
		[ "$output" = "done" ]
	done
}

@test "users and kinds of namespaces are told apart" {
	sed -i -e 's,users: \[0\],users: [0\, 33],' -e 's,  users:,  capabilities: [SETUID]\n  namespaces: [user]\n&,' -e 's,setuid,setuid\, setresuid,' "$WORK/profile.yaml"
	for act in "setuid 33" "setuid 0" "unshare user" "clone user"; do
		# shellcheck disable=SC2086
		held $act
		[ "$output" = "done" ]
	done
	for act in "setuid 34" "setresuid -1 -1 34" "unshare mount" "unshare pid" "clone network"; do
		# shellcheck disable=SC2086
		held $act
		[[ "$output" == *EPERM* ]]
	done
}

@test "a program with a digest is that file" {
	digest=$(sha256sum <"$FILES/root/opt/forbidden")
	sed -i "s,path: /opt/forbidden,&\n      digest: sha256:${digest%% *}," "$WORK/profile.yaml"
	held nothing
	[ "$output" = "done" ]
	sed -i -E 's,(digest: sha256:.*)..$,\100,' "$WORK/profile.yaml"
	held nothing
	[ "$status" -eq 125 ]
	[[ "$output" == *"program /opt/forbidden is not the profile's"* ]]
}

@test "a folder, a pattern and a socket are no more than they say" {
	sed -i -e 's,read: .*,read: [/srv/data\, /opt/*\, /tmp/**],' -e 's,families: \[inet\],families: [inet\, unix],' -e 's,    listen: .*,    listen: [tcp any 8080\, unix /run/here/s],' "$WORK/profile.yaml"
	mkdir -p "$FILES/root/opt/folder"
	echo secret >"$FILES/root/opt/folder/inside"
	for act in "list /srv/data" "read /opt/other" "listen-unix /run/here/s"; do
		run skep run --rm --no-watch --tmpfs /run/here --profile "$WORK/profile.yaml" "rootfs:$FILES/root" /opt/forbidden $act
		echo "$act: $output"
		[ "$output" = "done" ]
	done
	for act in "read /srv/data/page" "read /opt/folder/inside" "listen-unix /tmp/s"; do
		held $act
		[[ "$output" == *EACCES* ]]
	done
	rm -r "$FILES/root/opt/folder"
}

@test "code that the container wrote is not mapped either, and whoever may become users becomes those of the profile" {
	sed -i -e 's,read: \[,&/tmp/**\, ,' -e 's,users: \[0\],users: [0\, 33]\n  capabilities: [SETUID],' -e 's,setuid\,,setuid\, setresuid\, geteuid\,,' "$WORK/profile.yaml"
	held map-made /tmp/code
	[[ "$output" == *EPERM* || "$output" == *EACCES* ]]
	run skep run --rm --no-watch --drift off "rootfs:$FILES/root" /opt/forbidden map-made /tmp/code
	[ "$output" = "done" ]
	for act in "setuid 33" "setuid 0" "setresuid 33 33 33" "setresuid -1 33 0"; do
		held $act
		[ "$output" = "done" ]
	done
	for act in "setuid 1000" "setresuid 1000 1000 1000" "setresuid -1 1000 -1" "setresuid 33 33 1000"; do
		held $act
		[[ "$output" == *EPERM* ]]
		run skep run --rm --no-watch "rootfs:$FILES/root" /opt/forbidden $act
		[ "$output" = "done" ]
	done
}

@test "limits hold" {
	held forks 20
	[[ "$output" == *EAGAIN* ]]
	held opens 100
	[[ "$output" == *EMFILE* ]]
}

@test "a process of exec is held as well" {
	skep run -d --no-watch --name held --profile "$WORK/profile.yaml" "rootfs:$FILES/root" /opt/forbidden wait
	run skep exec held /opt/forbidden read /etc/secret
	echo "$output"
	[[ "$output" == *EACCES* ]]
	run skep exec held /opt/forbidden write-execute
	[[ "$output" == *EACCES* || "$output" == *EPERM* ]]
	run skep exec held /opt/forbidden read /srv/data/page
	[ "$output" = "done" ]
	skep rm -f held >/dev/null
}

@test "it holds when every process of skep is gone" {
	mkdir "$WORK/shared"
	chmod 777 "$WORK/shared"
	skep run -d --no-watch --name alone --profile "$WORK/profile.yaml" -v "$WORK/shared:/tmp" "rootfs:$FILES/root" /opt/forbidden after /tmp/go read /etc/secret
	id=$(skep ps -q)
	monitor=$(jq .monitor "$WORK/store/containers/"*/state.json)
	[ "$monitor" -gt 1 ]
	kill -9 "$monitor"
	eventually test ! -e "/proc/$monitor"
	(umask 0 && touch "$WORK/shared/go")
	eventually test -s "$WORK/shared/go.result"
	cat "$WORK/shared/go.result"
	grep -q EACCES "$WORK/shared/go.result"
	skep rm -f "$id" >/dev/null
}

@test "what this host cannot hold is refused with its reason, or accepted by a word" {
	sed -i 's,families: \[inet\],&\n    connect: ["tcp *.example.com 443"],' "$WORK/profile.yaml"
	held read /srv/data/page
	[ "$status" -eq 125 ]
	[[ "$output" == *"profile held cannot be held here"*"network.connect: tcp *.example.com 443"* ]]
	run skep profile ladder "$WORK/profile.yaml" --fail-on warning
	[ "$status" -eq 1 ]
	[[ "$output" == *"names are not looked up: held by its port, for any address"* ]]
	sed -i 's,mode: enforce,&\n  allowDegraded: true,' "$WORK/profile.yaml"
	held read /srv/data/page
	[ "$output" = "done" ]
	sed -i -e 's,users: \[0\],users: [33],' "$WORK/profile.yaml"
	held read /srv/data/page
	[[ "$output" == *"user 0 is not one of its users"* ]]
}
