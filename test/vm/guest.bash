# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2119
#
# What the tests inside the test machines share. A new file test/vm/TOPIC.bats is found by itself; it starts with
#
#     load guest
#
# and has what test/system/helper.bash gives (config, script, runtime, run_container, in_container, start_sleeping, cgroup_of)
# with one busybox root for the whole file, /bin/probe and /bin/forbidden in it, and `skep` with a store of the file's own.
# Every test/vm/*.c, and what tools/vm-disk names of test/system, is compiled, statically, before the machine starts: program NAME
# is where. The machine has cgroup v2 alone, BPF among its security modules, bash, coreutils and jq (a third of a second each time), no compiler
# and no network but the loopback. The tests run on several kernels: kernel_is 6.7 asks for at least that one. One file in a
# hurry: tools/test-vm TOPIC, and SKEP_VM_KERNELS=linux-image-cloud-amd64 for one kernel; a file of test/system: system/NAME.

load ../system/helper

FILES=$BATS_FILE_TMPDIR
BUNDLE=$FILES/bundle
CGROUPS=/sys/fs/cgroup

# As helper.bash has it, without the third of a second that jq takes.
pid_of() {
	local pid
	read -r pid _ <"$STATE/${1:-$ID}/process" && echo "$pid"
}

program() {
	echo "$ROOT/build/test-$1"
}

kernel_is() {
	[ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

setup_file() {
	chmod 755 "$BATS_RUN_TMPDIR" "$FILES"
	make_bundle "$BUNDLE"
	local name
	for name in probe forbidden; do
		cp "$(program $name)" "$BUNDLE/rootfs/bin/$name"
	done
	if declare -F setup_topic >/dev/null; then setup_topic; fi
}

setup() {
	WORK=$BATS_TEST_TMPDIR
	STATE=$WORK/state
	ID=vm-$(basename "$BATS_TEST_FILENAME" .bats)-$BATS_TEST_NUMBER
	mkdir -p "$STATE"
	chmod 755 "$WORK"
	cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
	MOUNTS_BEFORE=$(wc -l </proc/self/mountinfo)
}

teardown() {
	local id
	for id in "$STATE"/"$ID"*; do
		[ ! -e "$id" ] || runtime delete --force "${id##*/}" >/dev/null 2>&1 || true
	done
	no_leftovers
	[ ! -d "$FILES/store/containers" ] || [ -z "$(ls "$FILES/store/containers")" ] || ended_by_force
}

ended_by_force() {
	for id in "$FILES"/store/containers/*; do
		skep rm -f "${id##*/}" >/dev/null 2>&1 || true
	done
	[ -z "$(find "$CGROUPS" -path "$CGROUPS/skep/*" -type d)" ]
}

skep() {
	timeout 60 "$ROOT/build/bin/skep" --root "$FILES/store" --state "$FILES/state" "$@" 3>&-
}

# box OPTIONS... -- COMMAND...: skep run of the file's root, without a watch.
box() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	skep run --no-watch "${options[@]}" "rootfs:$BUNDLE/rootfs" "$@"
}

# of_group FILE [ID]: what the container's cgroup has in FILE.
of_group() {
	cat "$CGROUPS/${2:-$ID}/$1"
}
