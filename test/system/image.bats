#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images as a user meets them: brought in from every place, listed, unpacked, written out, removed; and hostile ones.

SKEP=${SKEP:-$BATS_TEST_DIRNAME/../../build/bin/skep}
bats_require_minimum_version 1.5.0

setup() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/skep-image.XXXXXX")
	cd "$WORK" || return 1
	make_layout
}

teardown() {
	[ -n "${WORK:-}" ] && rm -rf "$WORK"
}

skep() { "$SKEP" --root "$WORK/store" "$@"; }

digest() { sha256sum "$1" | cut -d' ' -f1; }

# add_blob FILE: into the layout; prints its digest.
add_blob() {
	local d
	d=$(digest "$1")
	mkdir -p layout/blobs/sha256
	cp "$1" "layout/blobs/sha256/$d"
	echo "$d"
}

# finish_layout LAYER...: a layout of these tar files (packed ones by their suffix).
finish_layout() {
	local layers='' ids='' f d media plain
	for f in "$@"; do
		media=application/vnd.oci.image.layer.v1.tar
		plain=$f
		case $f in
		*.gz) media+=+gzip; plain=$WORK/plain; gzip -dc "$f" >"$plain" ;;
		*.zst) media+=+zstd; plain=$WORK/plain; zstd -qdcf "$f" >"$plain" ;;
		esac
		ids+="${ids:+,}\"sha256:$(digest "$plain")\""
		d=$(add_blob "$f")
		layers+="${layers:+,}{\"mediaType\":\"$media\",\"digest\":\"sha256:$d\",\"size\":$(stat -c%s "$f")}"
	done
	printf '{"architecture":"%s","os":"linux","config":{"Cmd":["/bin/sh"],"Env":["A=b"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
		"$(dpkg --print-architecture)" "$ids" >config
	d=$(add_blob config)
	printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[%s]}' \
		"$d" "$(stat -c%s config)" "$layers" >manifest
	d=$(add_blob manifest)
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s,"annotations":{"org.opencontainers.image.ref.name":"v1"}}]}' \
		"$d" "$(stat -c%s manifest)" >layout/index.json
	echo '{"imageLayoutVersion":"1.0.0"}' >layout/oci-layout
}

# Two layers: the second removes a file, replaces a folder, and leaves folders unsaid.
make_layout() {
	mkdir -p one/etc one/bin one/gone one/tmp two/etc two/tmp two/gone
	chmod 1777 one/tmp
	echo first >one/etc/conf
	echo kept >one/etc/kept
	echo old >one/gone/old
	cp /bin/busybox one/bin/busybox
	chmod 4755 one/bin/busybox
	ln one/bin/busybox one/bin/sh
	truncate -s 5M one/sparse
	ln -s etc/conf one/link
	echo second >two/etc/conf
	: >two/etc/.wh.kept
	: >two/gone/.wh..wh..opq
	echo new >two/gone/new
	echo t >two/tmp/t
	tar -C one --owner=7 --group=8 -S -cf one.tar .
	tar -C two --no-recursion -cf two.tar etc/conf etc/.wh.kept gone gone/.wh..wh..opq gone/new tmp/t
	finish_layout one.tar two.tar
}

check_tree() {
	[ "$(cat "$1/etc/conf")" = second ]
	[ ! -e "$1/etc/kept" ]
	[ ! -e "$1/gone/old" ]
	[ "$(cat "$1/gone/new")" = new ]
	[ "$(stat -c%a "$1/tmp")" = 1777 ]
	[ "$(stat -c%a:%u:%g:%h "$1/bin/sh")" = 4755:7:8:2 ]
	[ "$(stat -c%s "$1/sparse")" -eq 5242880 ]
	[ "$(stat -c%b "$1/sparse")" -lt 100 ]
	[ "$(readlink "$1/link")" = etc/conf ]
}

@test "an OCI layout is imported, listed, unpacked" {
	run skep image import oci:layout:v1 web:1
	[ "$status" -eq 0 ]
	[[ "$output" == "web:1  "*"2 layers, 2 new" ]]
	[ "$(skep image ls -o json | jq -r '.[0].names[0]')" = web:1 ]
	[ "$(skep image inspect web:1 | jq -r '.[0].Config.Cmd[0]')" = /bin/sh ]
	skep image unpack web:1 out
	check_tree out
}

@test "gzip and zstd layers give the same tree" {
	gzip one.tar
	zstd -q --rm two.tar
	rm -rf layout
	finish_layout one.tar.gz two.tar.zst
	skep image import oci:layout web:1
	skep image unpack web:1 out
	check_tree out
}

@test "archives of docker and OCI, packed or not, and dir are read" {
	skep image import oci:layout:v1 web:1
	skep image export web:1 oci-archive:web.tar:v1
	skep image rm web:1
	skep image import oci-archive:web.tar:v1 a:1
	skep image unpack a:1 out
	check_tree out
	gzip web.tar
	skep image import oci-archive:web.tar.gz a:2
	if command -v skopeo >/dev/null; then
		skopeo copy -q oci:layout:v1 docker-archive:saved.tar:team/web:3
		skep image import docker-archive:saved.tar team/web:3
		skep image unpack team/web:3 out3
		check_tree out3
		skopeo copy -q oci:layout:v1 dir:plain
		skep image import dir:plain d:1
		skep image unpack d:1 out4
		check_tree out4
	fi
}

@test "what is exported is what other tools read" {
	command -v skopeo >/dev/null || skip "no skopeo"
	skep image import oci:layout:v1 web:1
	skep image export web:1 oci:again:v2
	[ "$(skopeo inspect oci:again:v2 | jq '.Layers | length')" -eq 2 ]
}

@test "equal layers are stored once, and leave with their last image" {
	skep image import oci:layout:v1 web:1
	skep image import oci:layout:v1 web:2
	[ "$(find store/layers -mindepth 1 -maxdepth 1 | wc -l)" -eq 2 ]
	[ "$(skep image rm web:1)" = "untagged web:1" ]
	skep image unpack web:2 out
	check_tree out
	[ "$(skep image rm web:2)" = "deleted web:2" ]
	[ -z "$(find store/layers store/blobs -mindepth 1)" ]
}

@test "a damaged blob is refused and nothing is stored" {
	f=$(find layout/blobs -size +500k)
	printf x | dd of="$f" bs=1 seek=2000 conv=notrunc status=none
	run skep image import oci:layout:v1 web:1
	[ "$status" -eq 3 ]
	[[ "$output" == *"damaged"* ]]
	[ -z "$(ls store/blobs)" ]
	[ -z "$(ls store/tmp)" ]
}

@test "a layer whose content is not what the configuration says is refused" {
	sed -i 's/"diff_ids":\["sha256:..../"diff_ids":["sha256:0000/' config
	rm -rf layout
	cp config saved
	finish_layout one.tar two.tar
	d=$(add_blob saved)
	old=$(jq -r .config.digest manifest)
	sed -i "s/$old/sha256:$d/; s/\"size\":$(stat -c%s config)}/\"size\":$(stat -c%s saved)}/" manifest
	m=$(add_blob manifest)
	jq --arg d "sha256:$m" '.manifests[0].digest = $d' layout/index.json >i && mv i layout/index.json
	run skep image import oci:layout:v1 web:1
	[ "$status" -eq 3 ]
	[[ "$output" == *"the image says"* ]]
	[ -z "$(ls store/layers)" ]
}

# hostile NAME: python writes entries with one call per entry, add(name, type, link, data).
hostile() {
	python3 - "$1" <<-PY
		import io, sys, tarfile
		t = tarfile.open("evil.tar", "w", format=tarfile.PAX_FORMAT)
		def add(name, kind=tarfile.REGTYPE, link="", data=b"evil", **extra):
		    i = tarfile.TarInfo(name); i.type = kind; i.linkname = link
		    i.size = len(data) if kind == tarfile.REGTYPE else 0
		    for k, v in extra.items(): setattr(i, k, v)
		    t.addfile(i, io.BytesIO(data) if i.size else None)
		S, H, D, C = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE
		out = "$WORK/outside"
		{
		    "dotdot": lambda: add("../../../outside"),
		    "absolute": lambda: add(out),
		    "link": lambda: (add("l", S, "$WORK"), add("l/outside")),
		    "hardlink": lambda: (add("h", H, "../../../../../../etc/shadow"),),
		    "whiteout": lambda: add(".wh..."),
		    "device": lambda: (add("sda", C, devmajor=8, devminor=0, mode=0o666),),
		    "redirect": lambda: add("d", D, pax_headers={"SCHILY.xattr.trusted.overlay.redirect": "/etc"}),
		    "proc": lambda: (add("p", S, "/proc/1/root"), add("p$WORK/outside")),
		}[sys.argv[1]]()
		t.close()
	PY
	rm -rf layout
	finish_layout evil.tar
}

@test "hostile layers write nothing outside" {
	for attack in dotdot absolute link hardlink whiteout device redirect proc; do
		hostile "$attack"
		run skep image import oci:layout "evil:$attack"
		case $attack in
		dotdot | hardlink | whiteout) [ "$status" -eq 3 ] ;;
		*) [ "$status" -eq 0 ] ;;
		esac
		[ ! -e outside ]
		[ -z "$(find store -type b -o -type c ! -path '*/layers/*')" ]
		[ -z "$(find store -type c | while read -r f; do stat -c%t:%T "$f"; done | grep -v '^0:0$')" ]
		if [ "$attack" = redirect ]; then
			[ -z "$(getfattr -m trusted.overlay.redirect -d store/layers/*/d 2>/dev/null)" ]
		fi
	done
}

@test "a bomb ends in one error" {
	head -c 3G /dev/zero | zstd -q >bomb.zst
	printf 'x' >x
	tar -cf small.tar x
	finish_layout small.tar
	# The bomb stands where the layer was; its size and digest are honest, its content is not a layer worth unpacking.
	d=$(add_blob bomb.zst)
	jq --arg d "sha256:$d" --argjson s "$(stat -c%s bomb.zst)" '.layers = [{mediaType: "application/vnd.oci.image.layer.v1.tar+zstd", digest: $d, size: $s}]' manifest >m
	mv m manifest
	d=$(add_blob manifest)
	jq --arg d "sha256:$d" --argjson s "$(stat -c%s manifest)" '.manifests[0].digest = $d | .manifests[0].size = $s' layout/index.json >i
	mv i layout/index.json
	run timeout 60 "$SKEP" --root store image import oci:layout bomb:1
	[ "$status" -eq 3 ]
	[[ "$output" == *bomb* ]]
	[ -z "$(ls store/tmp)" ]
}

@test "killed imports leave nothing behind" {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		skep image import -q oci:layout:v1 web:1 >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((RANDOM % 40 + 10))"
		kill -9 $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
	done
	skep image import oci:layout:v1 web:1
	[ -z "$(ls store/tmp)" ]
	skep image unpack web:1 out
	check_tree out
}

@test "mistakes on the line are usage errors" {
	run skep image import
	[ "$status" -eq 2 ]
	run skep image import web
	[ "$status" -eq 2 ]
	run skep image frobnicate
	[ "$status" -eq 2 ]
	run skep image ls --nope
	[ "$status" -eq 2 ]
	run skep image inspect absent
	[ "$status" -eq 3 ]
	run skep image ls --help
	[ "$status" -eq 0 ]
}
