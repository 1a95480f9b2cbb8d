#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The named profiles for programs of common shapes: programs of the shape run under them, and what the shape has no need of is
# refused to whoever breaks into one. Under the default profile the same acts succeed.

bats_require_minimum_version 1.5.0
load programs

setup_file() {
	programs_setup_folder
	for name in nginx redis postgres; do
		make_program "$name"
	done
	make_rootfs "$FILES/job"
	gcc -O1 -D_GNU_SOURCE -static -o "$FILES/job/bin/forbidden" "$BATS_TEST_DIRNAME/forbidden.c"
}

teardown_file() {
	programs_teardown_file
}

# job PROFILE OPTION... -- COMMAND...: as root in a small image.
job() {
	local profile=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run skep run --rm --no-watch --profile "$profile" "${options[@]}" "rootfs:$FILES/job" "$@" </dev/null 3>&-
	echo "$profile: $*: $output ($status)"
}

# both PROFILE ACT...: done by default, refused under the profile.
both() {
	local profile=$1
	shift
	job strict --drift off --network host -- /bin/forbidden "$@"
	[ "$output" = "done" ]
	job "$profile" --network host -- /bin/forbidden "$@"
	[[ "$status" -ne 0 && ("$output" == *EACCES* || "$output" == *EPERM*) ]]
}

# through NAME ACT: in the program, held by the profile of its shape.
through() {
	said=$(attack "$1" "$2")
	echo "$1 $2: $said"
	[[ "$said" = EACCES || "$said" = EPERM ]]
}

@test "a web server needs no more than web: its logs and temporary files are memory, and it reaches nobody" {
	skep run -d --no-watch --name nginx --profile web --network host -v "$FILES/nginx/etc:/etc/app:ro,idmap" "oci:$FILES/nginx/image" >/dev/null </dev/null 3>&-
	eventually answers nginx
	for _ in 1 2 3; do
		once_nginx "$FILES/nginx/log"
	done
	skep exec nginx /bin/sh -c 'test -s /var/log/nginx/access.log' </dev/null 3>&-
	through nginx "connect:$OUTSIDE:4444"
	through nginx drop:/tmp
	through nginx load:/tmp
	through nginx append:/etc/app/nginx.conf || [ "$said" = EROFS ]
	answers nginx
	skep rm -f nginx >/dev/null
	for act in "connect $OUTSIDE 4444" "socket inet dgram" "socket netlink raw" "run-copy /bin/busybox /tmp/copy"; do
		# shellcheck disable=SC2086
		both web $act
	done
	for act in "socket inet stream" "socket unix stream" "listen 8080"; do
		# shellcheck disable=SC2086
		job web -- /bin/forbidden $act
		[ "$output" = "done" ]
	done
}

@test "databases need no more than database: data in a volume, much shared memory, and nobody reached" {
	for name in postgres redis; do
		started "$name" --profile database
		"once_$name" "$FILES/$name/log"
		"once_$name" "$FILES/$name/log"
		skep exec "$name" /bin/busybox df -m /dev/shm </dev/null 3>&- | grep -q ' 512 '
		through "$name" "connect:$OUTSIDE:4444"
		through "$name" "drop:${FOLDER[$name]}"
		through "$name" "load:${FOLDER[$name]}"
		answers "$name"
		skep rm -f "$name" >/dev/null
	done
	both database connect "$OUTSIDE" 4444
	# Many files may be open, and only for who asks for that.
	job database -- /bin/sh -c 'ulimit -n 16000 && ulimit -n'
	[ "$output" = 16000 ]
	job strict -- /bin/sh -c 'ulimit -n 16000'
	[ "$status" -ne 0 ]
}

@test "a job reads, computes, writes and ends; it serves nobody, has no network, and cannot grow without end" {
	mkdir "$FILES/out"
	echo 3 >"$FILES/out/in"
	job batch -v "$FILES/out:/data:idmap" -- /bin/sh -c 'echo $(($(cat /data/in) * 7)) >/data/result && sort /etc/passwd >/tmp/x && mv /tmp/x /data/sorted'
	[ "$status" -eq 0 ]
	[ "$(cat "$FILES/out/result")" = 21 ]
	job batch --network host -- /bin/true
	[ "$status" -ne 0 ]
	[[ "$output" == "skep: --network host: profile batch has no network; another one has" ]]
	for act in "listen 8080" "socket inet stream" "socket inet dgram" "run-copy /bin/busybox /tmp/copy"; do
		# shellcheck disable=SC2086
		job strict --drift off -- /bin/forbidden $act
		[ "$output" = "done" ]
		# shellcheck disable=SC2086
		job batch -- /bin/forbidden $act
		[[ "$status" -ne 0 && ("$output" == *EACCES* || "$output" == *EPERM*) ]]
	done
	job batch -v "$FILES/out:/data:idmap" -- /bin/sh -c 'cp /bin/busybox /data/busybox && /data/busybox true'
	[ "$status" -ne 0 ]
	job strict --drift off -v "$FILES/out:/data:idmap" -- /bin/sh -c 'cp /bin/busybox /data/busybox && /data/busybox true'
	[ "$status" -eq 0 ]
	job strict -- /bin/forbidden forks 400
	[ "$output" = "done" ]
	job batch -- /bin/forbidden forks 400
	[[ "$output" == *EAGAIN* ]]
}

@test "each is explained line by line, offered by the shells, and a name that is none is told the others" {
	for name in web database batch; do
		run -0 skep profile show "$name"
		[[ "${lines[0]}" == "$name: for "* ]]
		for head in files programs capabilities calls without network 'at most' 'shared memory' 'core dumps' reach; do
			grep -q "^$head " <<<"$output"
		done
	done
	skep completion bash >"$FILES/completion"
	bash -c ". '$FILES/completion'; COMP_WORDS=(skep profile show data); COMP_CWORD=3; _skep; echo \${COMPREPLY[*]}" | grep -qw database
	job webby -- /bin/true
	[[ "$status" -ne 0 && "$output" == *"web database batch"* ]]
}
