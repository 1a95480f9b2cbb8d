#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Attacks by the author of an image, and by who owns a volume, on `skep run`.

load image

setup_file() {
	[ "$(id -u)" -eq 0 ] || return 0
	ROOTFS=$BATS_FILE_TMPDIR/root
	export ROOTFS
	make_rootfs "$ROOTFS"
	chmod 755 "$BATS_FILE_TMPDIR"
}

setup() {
	image_setup
	chmod 755 "$WORK"
	mkdir outside
	: >/host-marker
}

teardown() {
	rm -f /host-marker
	image_teardown
}

# image CONFIG [ANNOTATIONS]: a new image "img" of the root.
image() {
	rm -rf layout
	make_layout layout "$ROOTFS" "$@"
	skep image import -q oci:layout img >/dev/null
}

@test "hooks named by an image's labels, annotations or environment are not run" {
	printf '#!/bin/sh\n: >%s/outside/ran\n' "$WORK" >hook
	chmod 755 hook
	hooks="{\"createRuntime\":[{\"path\":\"$WORK/hook\"}],\"prestart\":[{\"path\":\"$WORK/hook\"}]}"
	names=$(jq -n --arg h "$WORK/hook" --arg j "$hooks" '{"run.oci.hooks": $h, "run.oci.hooks.stdout": $h, "org.opencontainers.runtime.hooks": $j, "io.podman.annotations.hooks": $j, "hooks": $j}')
	image "$(jq -n --argjson n "$names" --argjson h "$hooks" --arg p "$WORK/hook" '{"Cmd": ["/bin/true"], "Labels": $n, "Env": ["OCI_HOOKS=\($p)", "LD_PRELOAD=\($p)"],
		"Hooks": $h, "hooks": $h, "OnBuild": ["RUN \($p)"], "Healthcheck": {"Test": ["CMD-SHELL", $p]}, "Shell": [$p], "Volumes": {($p): {}}}')" "$names"
	skep run --rm img
	[ -z "$(ls outside)" ]
}

@test "a WORKDIR of an image does not lead to the host" {
	# Even where everybody may pass through the folders of the state.
	mkdir -p state/runtime
	chmod 711 state state/runtime
	for n in $(seq 3 40); do
		image "{\"WorkingDir\":\"/proc/self/fd/$n\"}"
		if skep run --rm --writable img ls ../../../../../../../../../../host-marker; then
			echo "descriptor $n led out"
			false
		fi
	done
}

@test "a USER of an image that overflows or is no number is nobody else" {
	printf 'root:x:0:0:root:/root:/bin/sh\nwrap:x:4294967296:0::/:/bin/sh\nminus:x:-1:0::/:/bin/sh\nempty:x:::/:/bin/sh\n' >"$ROOTFS/etc/passwd"
	for user in 4294967296 18446744073709551616 65536 -1 0x0 ' 0' '0 ' 00000000000000000000000065536 wrap minus empty root:4294967296 nobodyhere; do
		image "$(jq -n --arg u "$user" '{"User": $u}')"
		run skep run --rm img id
		echo "'$user': $output"
		[ "$status" -eq 125 ]
	done
}

@test "an image whose /etc/passwd is a link names no user of the host" {
	# In the network's words a name is "the host's": a folder beside the layer, as the store has it.
	root=$WORK/linked
	cp -a "$ROOTFS" "$root"
	echo 'hostonly:x:0:0::/:/bin/sh' >"$WORK/outside/passwd"
	for to in "$WORK/outside/passwd" "../../../../../../../../..$WORK/outside/passwd"; do
		ln -sfn "$to" "$root/etc/passwd"
		rm -rf layout
		make_layout layout "$root" '{"User":"hostonly"}'
		skep image import -q oci:layout img >/dev/null
		run skep run --rm img id
		echo "$output"
		[ "$status" -eq 125 ]
	done
}

@test "a volume's source exchanged after it was named is not followed" {
	[ -x "$BATS_TEST_DIRNAME/../../build/test-probe" ] || gcc -std=gnu17 -D_GNU_SOURCE -O1 -static -o "$BATS_TEST_DIRNAME/../../build/test-probe" "$BATS_TEST_DIRNAME/probe.c"
	image '{}'
	mkdir -p shared/volume
	echo mine >shared/volume/file
	echo secret >outside/file
	chmod 755 outside shared shared/volume
	ln -s "$WORK/outside" shared/link
	"$BATS_TEST_DIRNAME/../../build/test-probe" exchange shared/volume shared/link 8 3>&- &
	swapper=$!
	for i in $(seq 25); do
		run skep run --name "v$i" -v "$WORK/shared/volume:/mnt:ro" img cat /mnt/file
		# What was named is what is written down; it must be what was mounted.
		named=$(jq -r '.mounts[] | select(.destination == "/mnt").source' store/containers/*/bundle/config.json)
		skep rm "v$i" >/dev/null
		echo "$named: $status $output"
		[ "$named" != "$WORK/shared/volume" ] || [ "$output" != secret ] || false
		[ "$named" != "$WORK/outside" ] || [ "$output" != mine ] || false
	done
	kill $swapper 2>/dev/null || true
}
