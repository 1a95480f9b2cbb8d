# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# What the tests with real engines share: an image in a docker archive, a private /run and scratch space for the
# daemon, and waiting for it. Each engine is started by its test, in the namespaces of test/system/enter, and ended with
# them.

ROOT=${SKEP_ROOT:-$(cd "$BATS_TEST_DIRNAME" && git rev-parse --show-toplevel)}
RUNTIME=${SKEP_RUNTIME:-$ROOT/build/bin/skep-runtime}
IMAGE=localhost/cell:latest
EVENTUALLY_SECONDS=20
load eventually

# engine_setup PROGRAM...: skips the file without root, the runtime or the programs; makes the image.
engine_setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	[ -x "$RUNTIME" ] || skip "no $RUNTIME"
	[ -n "${SKEP_INSIDE:-}" ] || skip "engines change the network: run by test/system/enter"
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "no $program"
	done
	mount -t tmpfs none /run
	export ENGINE=$BATS_FILE_TMPDIR
	make_archive
}

make_archive() {
	local root=$ENGINE/root
	mkdir -p "$root"/{bin,etc,tmp,root,home}
	chmod 1777 "$root/tmp"
	cp /bin/busybox "$root/bin/busybox"
	chroot "$root" /bin/busybox --install -s /bin
	printf 'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1000:bob:/home:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:x:0:\nbob:x:1000:\n' >"$root/etc/group"
	umoci init --layout "$ENGINE/layout" >/dev/null
	umoci new --image "$ENGINE/layout:latest" >/dev/null
	umoci insert --image "$ENGINE/layout:latest" "$root" / >/dev/null
	umoci config --image "$ENGINE/layout:latest" --config.cmd /bin/sh --config.env PATH=/bin --config.env FROM=image >/dev/null
	skopeo copy --quiet --insecure-policy "oci:$ENGINE/layout:latest" "docker-archive:$ENGINE/cell.tar:$IMAGE"
	rm -rf "$root" "$ENGINE/layout"
}

# In the foreground of a terminal of its own: a shell or timeout(1) between would make it a background group, which the
# kernel stops when it sets the terminal.
in_terminal() {
	timeout --kill-after=5 60 script -qec "exec timeout --foreground 40 $*" /dev/null </dev/null
}

# A containerd of the test's own: its configuration, below $ENGINE, without the part that only Kubernetes asks.
containerd_config() {
	cat >"$ENGINE/config.toml" <<-TOML
		version = 2
		root = "$ENGINE/data"
		state = "$ENGINE/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$ENGINE/containerd.sock"
		[ttrpc]
		  address = "$ENGINE/containerd.sock.ttrpc"
	TOML
}
