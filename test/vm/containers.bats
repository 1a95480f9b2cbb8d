#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Containers of `skep run` on kernels older than the one skep is built on: a whole life, images of many layers, a profile.

load ../system/image
load guest

setup_topic() {
	# An image of 18 layers, each with a file of its own and the latest in the same place.
	local i layout=$FILES/layout digests='' blobs=''
	mkdir -p "$layout/blobs/sha256" "$FILES/part"
	for ((i = 0; i < 18; i++)); do
		rm -rf "$FILES/part" && mkdir -p "$FILES/part/parts"
		[ $i -gt 0 ] || cp -a "$BUNDLE/rootfs/." "$FILES/part/"
		echo "$i" | tee "$FILES/part/parts/$i" >"$FILES/part/latest"
		tar -C "$FILES/part" -cf "$layout/layer" .
		size=$(stat -c %s "$layout/layer")
		hex=$(put_blob "$layout/layer" "$layout")
		digests="$digests${digests:+,}\"sha256:$hex\""
		blobs="$blobs${blobs:+,}{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:$hex\",\"size\":$size}"
	done
	printf '{"os":"linux","config":{"Cmd":["/bin/sh"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' "$digests" >"$layout/c"
	size=$(stat -c %s "$layout/c")
	hex=$(put_blob "$layout/c" "$layout")
	printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[%s]}' \
		"$hex" "$size" "$blobs" >"$layout/m"
	size=$(stat -c %s "$layout/m")
	hex=$(put_blob "$layout/m" "$layout")
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s}]}' "$hex" "$size" >"$layout/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
	skep image import -q "oci:$layout" many
}

@test "a life: run, ps, exec, logs, pause, stats, stop, rm" {
	id=$(skep run --no-watch -d --name web many sh -c 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 0.1; done')
	eventually test "$(skep logs web)" = up
	[[ "$(skep ps)" == *"${id:0:12}"*web* ]]
	[ "$(skep exec web cat /proc/self/cgroup)" = "0::/" ]
	run skep exec web sh -c 'exit 9'
	[ "$status" -eq 9 ]
	[[ "$(skep stats web)" == *web* ]]
	skep pause web
	[ "$(cat "$CGROUPS/skep/$id/cgroup.freeze")" = 1 ]
	skep unpause web
	skep stop -t 20 web
	[ "$(skep logs web | tail -n 1)" = bye ]
	[[ "$(skep ps -a)" == *"Exited (3)"* ]]
	skep rm web
	[ ! -e "$CGROUPS/skep/$id" ]
}

@test "18 layers are stacked in their order, with owners of the container's own" {
	run skep run --no-watch --rm many sh -c 'cat /latest; ls /parts | wc -l; stat -c %u /latest; head -n 1 /proc/self/uid_map'
	echo "$output"
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 17 ]
	[ "${lines[1]}" = 18 ]
	[ "${lines[2]}" = 0 ]
	[[ "${lines[3]}" =~ ^\ +0\ +[1-9][0-9]+ ]]
}

@test "nothing of its mounts is seen outside" {
	id=$(skep run --no-watch -d many sleep 1000)
	[ "$(wc -l </proc/self/mountinfo)" = "$MOUNTS_BEFORE" ]
	pid=$(skep inspect "$id" | jq '.[0].State.Pid')
	# Inside, a layer is nowhere but in the root.
	[ "$(grep -c ' / / ' "/proc/$pid/mountinfo")" = 1 ]
	run ! grep -q '/layers/' "/proc/$pid/mountinfo"
	skep rm -f "$id"
}

@test "files go into a stopped container and come out of it" {
	skep run --no-watch --name kept --writable many sh -c 'echo inside >/made'
	echo outside >"$WORK/file"
	skep cp "$WORK/file" kept:/given
	skep cp kept:/made "$WORK/made"
	skep cp kept:/given "$WORK/back"
	[ "$(cat "$WORK/made" "$WORK/back" | xargs)" = "inside outside" ]
	[ "$(wc -l </proc/self/mountinfo)" = "$MOUNTS_BEFORE" ]
	skep rm kept
}

@test "two at once, and their numbers differ" {
	a=$(skep run --no-watch -d many sleep 100)
	b=$(skep run --no-watch -d many sleep 100)
	[ "$(skep inspect "$a" | jq '.[0].HostUid')" != "$(skep inspect "$b" | jq '.[0].HostUid')" ]
	skep rm -f "$a" "$b"
}

@test "exit codes: the program's, 126, 127, and 128 + signal" {
	run box --rm -- sh -c 'exit 7'
	[ "$status" -eq 7 ]
	run box --rm -- /etc/passwd
	[ "$status" -eq 126 ]
	run -127 box --rm -- no-such-program
	run box --rm -- sh -c 'sleep 100 & kill -9 $!; wait $!; exit $?'
	[ "$status" -eq 137 ]
}

@test "what a profile asks and this kernel does not have is refused with its reason" {
	cat >"$WORK/profile.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: held}
		spec:
		  mode: enforce
		  programs: [{path: /bin/forbidden}]
		  files: {read: [/etc/**]}
		  network: {listen: [tcp any 8080], families: [inet]}
		  syscalls: [accept, arch_prctl, bind, brk, close, fstat, ioctl, listen, lseek, mmap, mprotect, munmap, newfstatat, openat, prlimit64, read, readlink,
		    rseq, rt_sigaction, rt_sigprocmask, set_robust_list, set_tid_address, socket, write]
		  users: [0]
	Y
	run box --rm --profile "$WORK/profile.yaml" -- /bin/forbidden read /etc/passwd
	echo "$output"
	if kernel_is 6.3; then
		[ "$output" = "done" ]
	else
		[ "$status" -eq 125 ]
		[[ "$output" == *"profile held cannot be held here"*"memory: this kernel has no PR_SET_MDWE, as Linux 6.3 has"* ]]
	fi
	sed -i 's,mode: enforce,&\n  allowDegraded: true,' "$WORK/profile.yaml"
	run box --rm --profile "$WORK/profile.yaml" -- /bin/forbidden read /etc/passwd
	echo "$output"
	[[ "$output" == *"done" ]]
	run box --rm --profile "$WORK/profile.yaml" -- /bin/forbidden read /bin/busybox
	echo "$output"
	[[ "$output" == *EACCES* ]]
	run box --rm --profile "$WORK/profile.yaml" -- /bin/forbidden run /bin/busybox
	[[ "$output" == *EACCES* || "$output" == *EPERM* ]]
}
