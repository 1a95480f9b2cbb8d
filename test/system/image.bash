# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of `skep run` share: a small root, an OCI layout made from it by hand (so that a test can write into it
# what no tool would), and a store of the test's own that must be clean when the test ends.

SKEP=${SKEP:-$BATS_TEST_DIRNAME/../../build/bin/skep}
bats_require_minimum_version 1.5.0

skep() { "$SKEP" --root "$WORK/store" --state "$WORK/state" "$@"; }

# make_rootfs DIR: busybox with every applet, and some users.
make_rootfs() {
	mkdir -p "$1"/{bin,proc,sys,dev,tmp,run,etc,root,home/app,mnt}
	chmod 1777 "$1/tmp"
	cp /bin/busybox "$1/bin/busybox"
	chroot "$1" /bin/busybox --install -s /bin
	printf 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\nbad:x:99999999999:0::/:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\napp:x:1000:\nextra:x:1234:app\n' >"$1/etc/group"
	echo x >"$1/bin/noexec"
}

# put_blob FILE LAYOUT: moves the file to its digest and prints that.
put_blob() {
	local hex
	hex=$(sha256sum "$1" | cut -d' ' -f1)
	mv "$1" "$2/blobs/sha256/$hex"
	echo "$hex"
}

# make_layout DIR ROOT CONFIG [ANNOTATIONS]: an OCI layout of ROOT as one layer with the members CONFIG of its
# configuration; ANNOTATIONS go to the manifest and to the index.
make_layout() {
	local blobs=$1/blobs/sha256 layer config manifest annotations=${4:-{\}}
	mkdir -p "$blobs"
	tar -C "$2" -cf "$1/layer" .
	layer=$(put_blob "$1/layer" "$1")
	printf '{"os":"linux","config":%s,"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$3" "$layer" >"$1/c"
	config=$(put_blob "$1/c" "$1")
	printf '{"schemaVersion":2,"annotations":%s,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"sha256:%s","size":%s}]}' \
		"$annotations" "$config" "$(stat -c%s "$blobs/$config")" "$layer" "$(stat -c%s "$blobs/$layer")" >"$1/m"
	manifest=$(put_blob "$1/m" "$1")
	printf '{"schemaVersion":2,"annotations":%s,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","annotations":%s,"digest":"sha256:%s","size":%s}]}' \
		"$annotations" "$annotations" "$manifest" "$(stat -c%s "$blobs/$manifest")" >"$1/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$1/oci-layout"
}

image_setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/skep-run.XXXXXX")
	cd "$WORK" || return 1
	MOUNTS=$(wc -l </proc/self/mountinfo)
}

image_teardown() {
	[ -n "${WORK:-}" ] || return 0
	local ids
	mapfile -t ids < <(skep ps -aq)
	[ "${#ids[@]}" -eq 0 ] || skep rm -f "${ids[@]}" >/dev/null
	nothing_left
	cd /
	rm -rf "$WORK"
}

# Containers leave nothing: mounts, cgroups, state, names, ranges, pins, processes.
nothing_left() {
	[ "$(wc -l </proc/self/mountinfo)" -le "$MOUNTS" ]
	[ -z "$(find store/containers store/names store/ranges store/pins store/tmp -mindepth 1 2>/dev/null)" ]
	[ -z "$(find state/runtime -mindepth 1 -maxdepth 1 ! -name '.*' 2>/dev/null)" ]
}
