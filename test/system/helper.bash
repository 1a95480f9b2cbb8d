# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2120,SC2154
#
# What every system test shares: a scratch folder, a busybox root, bundles made from test/data/config-base.json with jq,
# and a teardown that removes the test's containers and fails when anything of them is left on the host.
#
# SKEP_RUNTIME names another runtime to run the same tests against (a peer, or a weakened build that shows that a test
# can fail).

ROOT=${SKEP_ROOT:-$(cd "$BATS_TEST_DIRNAME" && git rev-parse --show-toplevel)}
RUNTIME=${SKEP_RUNTIME:-$ROOT/build/bin/skep-runtime}
bats_require_minimum_version 1.5.0
load "$(dirname "${BASH_SOURCE[0]}")/eventually"

# One scratch folder per test, open to other uids since containers with a user namespace walk through it.
setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	[ -x "$(command -v "$RUNTIME")" ] || skip "no $RUNTIME"
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/skep-test.XXXXXX")
	chmod 755 "$WORK"
	STATE=$WORK/state
	ID=${SKEP_TEST_PREFIX:-t}$$-$BATS_TEST_NUMBER
	BUNDLE=$WORK/bundle
	mkdir -p "$STATE"
	make_bundle "$BUNDLE"
	MOUNTS_BEFORE=$(wc -l </proc/self/mountinfo)
	if declare -F setup_test >/dev/null; then setup_test; fi
}

teardown() {
	[ -n "${WORK:-}" ] || return 0
	if declare -F teardown_test >/dev/null; then teardown_test; fi
	local id
	for id in $(runtime list -q 2>/dev/null); do
		runtime delete --force "$id" >/dev/null 2>&1 || true
	done
	no_leftovers
	rm -rf "$WORK"
}

# Nothing with the test's ids may stay: cgroups, mounts, state.
no_leftovers() {
	local left
	left=$(find /sys/fs/cgroup -mindepth 1 -type d -name "*$ID*" 2>/dev/null)
	[ -z "$left" ] || { echo "cgroups left: $left"; return 1; }
	[ "$(wc -l </proc/self/mountinfo)" -le "$MOUNTS_BEFORE" ] || { echo "mounts left:"; cat /proc/self/mountinfo; return 1; }
	left=$(find "$STATE" -mindepth 1 -maxdepth 1 -name "*$ID*")
	[ -z "$left" ] || { echo "state left: $left"; return 1; }
}

# make_root DIR: a busybox root with every applet.
make_root() {
	mkdir -p "$1"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,etc,root,mnt,var}
	chmod 1777 "$1/tmp"
	cp /bin/busybox "$1/bin/busybox"
	chroot "$1" /bin/busybox --install -s /bin
	printf 'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000:bob:/tmp:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nbob:x:1000:\nextra:x:1234:bob\n' >"$1/etc/group"
}

# The probe (probe.c), compiled once and put into the bundle's root.
add_probe() {
	local probe=$ROOT/build/test-probe source=$ROOT/test/system/probe.c
	if [ ! "$probe" -nt "$source" ]; then
		gcc -std=gnu17 -D_GNU_SOURCE -O1 -Wall -static -o "$probe.$$" "$source" && mv "$probe.$$" "$probe"
	fi
	cp "$probe" "$BUNDLE/rootfs/bin/probe"
}

make_bundle() {
	mkdir -p "$1"
	chmod 755 "$1"
	make_root "$1/rootfs"
	cp "$ROOT/test/data/config-base.json" "$1/config.json"
}

# config FILTER...: changes the bundle's configuration by a jq filter; further arguments go to jq first.
config() {
	jq "$@" "$BUNDLE/config.json" >"$BUNDLE/config.new" && mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# The container's program becomes a shell script.
script() {
	config --arg text "$1" '.process.args = ["/bin/sh", "-c", $text]'
}

# A behaviour profile that also names its calls: those of the profile strict, and io_uring, which that one refuses.
with_io_uring() {
	local calls
	calls=$(sed -n '/^const char \*const flow_syscalls/,/^};/s/^\t"\(.*\)",$/\1/p' "$ROOT/src/flow/profile.c" | paste -sd,)
	[[ "$calls" == *,io_uring_enter,* ]]
	sed -i 's/modes: {/modes: {syscalls: enforce, /' "$1"
	printf '  syscalls: [%s]\n' "$calls" >>"$1"
}

# Descriptor 3 belongs to bats; a container that kept it would keep bats waiting.
runtime() {
	"$RUNTIME" --root "$STATE" "$@" 3>&-
}

# Runs the bundle to its end; bats' $status and $output tell how.
run_container() {
	run timeout 30 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$@" "$ID" </dev/null 3>&-
}

# Runs SCRIPT in the container; fails with its output when it fails.
in_container() {
	script "$1"
	run_container
	echo "$output"
	[ "$status" -eq 0 ]
}

# A container that stays: its program sleeps.
start_sleeping() {
	config '.process.args = ["/bin/sleep", "1000"]'
	runtime run --detach --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$WORK/log" 2>&1 || { cat "$WORK/log"; return 1; }
}

create() {
	runtime create --bundle "$BUNDLE" "$@" "$ID" </dev/null >"$WORK/log" 2>&1 || { cat "$WORK/log"; return 1; }
}

status_of() {
	runtime state "${1:-$ID}" | jq -r .status
}

pid_of() {
	runtime state "${1:-$ID}" | jq -r .pid
}

is_status() {
	[ "$(status_of)" = "$1" ]
}

# The container's cgroup folder of a v1 controller (or "" for v2), found by its init process.
cgroup_of() {
	local line path
	line=$(grep -E "^[0-9]+:([a-z_=,]*,)?$1(,[a-z_=]*)?:" "/proc/$(pid_of)/cgroup" | head -n 1)
	path=${line#*:*:}
	if [ -z "$1" ]; then
		[ -d /sys/fs/cgroup/unified ] && echo "/sys/fs/cgroup/unified$path" || echo "/sys/fs/cgroup$path"
	elif [ -d "/sys/fs/cgroup/$1" ]; then
		echo "/sys/fs/cgroup/$1$path"
	else
		echo "/sys/fs/cgroup$path"
	fi
}
