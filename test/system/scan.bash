# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# What the tests of scanning share: layouts of several layers with a history, and small questions about reports.

SKEP=${SKEP:-$BATS_TEST_DIRNAME/../../build/bin/skep}
FIXTURES=$BATS_TEST_DIRNAME/../../build/fixtures
DATA=$BATS_TEST_DIRNAME/../../../shared/data
bats_require_minimum_version 1.5.0

scan_setup() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/skep-scan.XXXXXX")
	cd "$WORK" || return 1
}

scan_teardown() {
	[ -n "${WORK:-}" ] && rm -rf "$WORK"
}

skep() { "$SKEP" --root "$WORK/store" --state "$WORK/state" "$@"; }

# put_blob FILE LAYOUT: moves the file to its digest and prints that.
put_blob() {
	local hex
	hex=$(sha256sum "$1" | cut -d' ' -f1)
	mv "$1" "$2/blobs/sha256/$hex"
	echo "$hex"
}

# make_image DIR CONFIG LAYER...: an OCI layout. Layers are folders (packed here), or files taken as they are; the members
# CONFIG go into the configuration.
make_image() {
	local dir=$1 members=$2 ids='' layers='' file hex plain media
	shift 2
	mkdir -p "$dir/blobs/sha256"
	for layer in "$@"; do
		file=$dir/layer
		if [ -d "$layer" ]; then tar -C "$layer" --sort=name --mtime=@0 -cf "$file" .; else cp "$layer" "$file"; fi
		media=application/vnd.oci.image.layer.v1.tar
		plain=$(sha256sum "$file" | cut -d' ' -f1)
		case $(head -c2 "$file" | od -An -tx1) in
		*"1f 8b"*) media+=+gzip plain=$(gzip -dc "$file" 2>/dev/null | sha256sum | cut -d' ' -f1) ;;
		*"28 b5"*) media+=+zstd plain=$(zstd -qdc "$file" 2>/dev/null | sha256sum | cut -d' ' -f1) ;;
		esac
		hex=$(put_blob "$file" "$dir")
		ids+="${ids:+,}\"sha256:$plain\""
		layers+="${layers:+,}{\"mediaType\":\"$media\",\"digest\":\"sha256:$hex\",\"size\":$(stat -c%s "$dir/blobs/sha256/$hex")}"
	done
	printf '{"os":"linux","architecture":"amd64",%s"rootfs":{"type":"layers","diff_ids":[%s]}}' "${members:+$members,}" "$ids" >"$dir/c"
	hex=$(put_blob "$dir/c" "$dir")
	printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:%s","size":%s},"layers":[%s]}' \
		"$hex" "$(stat -c%s "$dir/blobs/sha256/$hex")" "$layers" >"$dir/m"
	hex=$(put_blob "$dir/m" "$dir")
	printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:%s","size":%s}]}' \
		"$hex" "$(stat -c%s "$dir/blobs/sha256/$hex")" >"$dir/index.json"
	echo '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
}

# stanza NAME VERSION [FIELD...]: of dpkg's status.
stanza() {
	printf 'Package: %s\nStatus: install ok installed\nVersion: %s\nArchitecture: amd64\n' "$1" "$2"
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@"
	echo
}

# debian_root DIR: what tells a Debian 12.
debian_root() {
	mkdir -p "$1/etc" "$1/var/lib/dpkg/info"
	printf 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n' >"$1/etc/os-release"
}

# npm_package DIR NAME VERSION
npm_package() {
	mkdir -p "$1/node_modules/$2"
	printf '{"name":"%s","version":"%s","license":"MIT"}' "$2" "$3" >"$1/node_modules/$2/package.json"
}

# packages TARGET: "type name version" lines of a scan without judging.
packages() {
	skep scan --skip vulnerabilities -o json "$1" | jq -r '.packages[] | "\(.type) \(.name) \(.version)"'
}

# valid SCHEMA FILE: against a schema of the shared data, its references resolved beside it.
valid() {
	python3 - "$1" "$2" <<'PY'
import json, pathlib, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
store = {}
for other in pathlib.Path(sys.argv[1]).parent.glob("*.json"):
    text = json.load(open(other))
    for key in (text.get("$id"), text.get("id"), other.name, "http://cyclonedx.org/schema/" + other.name):
        if key:
            store[key] = text
base = schema.get("$id") or schema.get("id") or ""
kind = jsonschema.validators.validator_for(schema)
resolver = jsonschema.RefResolver(base, schema, store=store)
errors = list(kind(schema, resolver=resolver).iter_errors(json.load(open(sys.argv[2]))))
for e in errors[:5]:
    print(list(e.absolute_path), e.message[:200])
sys.exit(bool(errors))
PY
}
