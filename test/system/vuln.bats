#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The index of known vulnerabilities: made, kept, refused when damaged, and what it says of packages, also against
# another matcher that reads the feeds by itself.

load helper
PATH=$ROOT/build/bin:$PATH
FEEDS=$ROOT/test/data/osv
SHARED=$ROOT/../shared/data

setup_file() { export BATS_TEST_TIMEOUT=300; } # a second matcher, in Python, over all feeds

setup() {
	STORE=$BATS_TEST_TMPDIR/store
	MATCH=$ROOT/build/gcc/src/match-list
	INDEX=$STORE/db/vuln.skdb
}

teardown() { :; }

db() { skep --root "$STORE" db "$@"; }

# matches TYPE NAME VERSION [RELEASE JSON]: what is found, one line.
matches() {
	jq -cn --arg t "$1" --arg n "$2" --arg v "$3" --argjson r "${4:-null}" '{type: $t, name: $n, version: $v, release: $r}' |
		"$MATCH" "$INDEX"
}
found() { matches "$@" | jq -r '[.findings[] | "\(.id) \(.status) \(.severity) \(.fixed)"] | join("; ")'; }

bookworm='{"id":"debian","versionId":"12"}'

@test "an import shows its sources and counts, with what was left out" {
	run -0 db import "$FEEDS"
	[[ $output == *"distributions"*"osv"*"4 "* && $output == *"kev"* && $output == *"epss"* ]]
	run -0 db status -o json
	[ "$(jq -r '[.sources[].name] | sort | join(" ")' <<<"$output")" = "distributions epss kev language" ]
	[ "$(jq '.sources[] | select(.name == "language") | .documents, .withdrawn, .malicious' <<<"$output" | xargs)" = "6 1 1" ]
	[ "$(jq -r '.sources[] | select(.name == "kev") | .newest' <<<"$output")" = 2024-03-01T12:00:00Z ]
	run -0 db status
	[[ $output == *"2024-03-01"*"year"* ]]
}

@test "importing a source again replaces its rows and keeps the others" {
	db import -q "$FEEDS"
	sed 's/1.4.2/1.4.9/' "$FEEDS/language.jsonl" >"$BATS_TEST_TMPDIR/language.jsonl"
	db import -q "$BATS_TEST_TMPDIR/language.jsonl"
	[ "$(found npm left-shift 1.2.0)" = "CVE-2024-90001 fixable critical 1.4.9" ]
	[ "$(found deb shifty 1.2-1 "$bookworm")" = "CVE-2024-91001 fixable high 1.2-3+deb12u1" ]
	zstd -qc "$FEEDS/language.jsonl" | db import -q --source language -
	[ "$(found npm left-shift 1.2.0)" = "CVE-2024-90001 fixable critical 1.4.2" ]
	[ "$(db status -o json | jq '.sources | length')" = 4 ]
}

@test "single documents, zip archives and folders of documents give what the lines give" {
	local dir=$BATS_TEST_TMPDIR/npm
	mkdir -p "$dir/sub"
	split -l 1 --additional-suffix=.json "$FEEDS/language.jsonl" "$dir/sub/doc-"
	db import -q "$dir"
	[ "$(found npm left-shift 1.2.0)" = "CVE-2024-90001 fixable critical 1.4.2" ]
	(cd "$dir" && python3 -c 'import glob, sys, zipfile
with zipfile.ZipFile("all.zip", "w", zipfile.ZIP_DEFLATED) as z: [z.write(f, f.split("/")[-1]) for f in glob.glob("sub/*.json")]')
	rm -r "$dir/sub" "$STORE"
	db import -q "$dir/all.zip"
	[ "$(db status -o json | jq -r '.sources[0].name, .sources[0].documents' | xargs)" = "npm 6" ]
	python3 -m json.tool "$FEEDS/kev.json" | gzip >"$BATS_TEST_TMPDIR/k.json.gz"
	db import -q "$BATS_TEST_TMPDIR/k.json.gz"
	[ "$(db status -o json | jq -r '[.sources[].name] | join(" ")')" = "kev npm" ]
}

@test "a cut, broken or empty source leaves the index as it was, with one clear error" {
	db import -q "$FEEDS"
	local before bad
	before=$(sha256sum "$INDEX")
	zstd -qc "$FEEDS/language.jsonl" | head -c 600 >"$BATS_TEST_TMPDIR/cut.jsonl.zst"
	gzip -c "$FEEDS/language.jsonl" | head -c 600 >"$BATS_TEST_TMPDIR/cut.jsonl.gz"
	printf 'PK\3\4 and nothing' >"$BATS_TEST_TMPDIR/cut.zip"
	printf 'not json\n' >"$BATS_TEST_TMPDIR/none.jsonl"
	printf '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[' >"$BATS_TEST_TMPDIR/deep.json"
	: >"$BATS_TEST_TMPDIR/empty.json"
	for bad in cut.jsonl.zst cut.jsonl.gz cut.zip none.jsonl deep.json empty.json; do
		run -3 db import "$BATS_TEST_TMPDIR/$bad"
		[[ $output == "skep: "*"$bad"* ]]
		[ "$(wc -l <<<"$output")" -eq 1 ]
	done
	[ "$(sha256sum "$INDEX")" = "$before" ]
	# One broken line among good ones is left out and said.
	{ cat "$FEEDS/language.jsonl"; echo '{"id":7}'; } >"$BATS_TEST_TMPDIR/most.jsonl"
	run -0 db import "$BATS_TEST_TMPDIR/most.jsonl"
	[[ $output == *"most: 1 documents were left out"*"most.jsonl:8"* ]]
}

@test "a damaged index is refused at every place, never a crash" {
	db import -q "$FEEDS"
	local size at
	size=$(stat -c %s "$INDEX")
	for at in 0 9 12 20 40 70 200 $((size / 2)) $((size - 1)); do
		cp "$INDEX" "$BATS_TEST_TMPDIR/good"
		printf '\377' | dd of="$INDEX" bs=1 seek="$at" conv=notrunc status=none
		run -3 db status
		[[ $output == *"import again"* || $output == *"no index"* ]]
		cp "$BATS_TEST_TMPDIR/good" "$INDEX"
	done
	for at in 0 10 63 64 $((size / 2)) $((size - 1)); do
		truncate -s "$at" "$INDEX"
		run -3 db status
		cp "$BATS_TEST_TMPDIR/good" "$INDEX"
	done
	db status
}

@test "a killed import leaves the old index, and two at once are kept apart" {
	db import -q "$FEEDS/kev.json"
	mkfifo "$BATS_TEST_TMPDIR/feed.jsonl"
	skep --root "$STORE" db import -q - <"$BATS_TEST_TMPDIR/feed.jsonl" &
	local pid=$!
	exec 9>"$BATS_TEST_TMPDIR/feed.jsonl"
	head -1 "$FEEDS/language.jsonl" >&9
	eventually_locked
	run -3 db import "$FEEDS/epss.csv"
	[[ $output == *"another import is running"* ]]
	kill -KILL "$pid"
	wait "$pid" || true
	exec 9>&-
	[ "$(db status -o json | jq -r '[.sources[].name] | join(" ")')" = kev ]
	db import -q "$FEEDS/epss.csv"
	[ "$(find "$STORE/db" -type f | wc -l)" -eq 2 ]
}

eventually_locked() {
	for _ in $(seq 100); do
		flock -n "$STORE/db/lock" true 2>/dev/null || return 0
		sleep 0.05
	done
	return 1
}

@test "languages: several ranges, spellings, lists, aliases, malware, Go's own library" {
	db import -q "$FEEDS"
	[ "$(found npm left-shift 0.9.0)" = "" ]
	[ "$(found npm left-shift 1.4.2)" = "" ]
	[ "$(found npm left-shift 2.0.5)" = "CVE-2024-90001 fixable critical 2.1.0" ]
	# Two documents of one CVE are one finding; a row without a fix leaves none.
	[ "$(found pypi left_shift-py 1.0)" = "CVE-2024-90002 no-fix medium null" ]
	[ "$(found pypi left.shift.py 2.1)" = "CVE-2024-90002 fixable medium 2.2" ]
	[ "$(found npm evil-shift 9.9.9)" = "MAL-2024-0001 no-fix critical null" ]
	[ "$(found npm evil-shift 9.9.8)" = "" ]
	[ "$(found golang stdlib go1.21.4)" = "CVE-2024-90004 fixable unknown 1.21.5" ]
	[ "$(found golang stdlib go1.20.12)" = "" ]
	[ "$(found maven org.example:left 2.14.1)" = "GHSA-aaaa-bbbb-0005 fixable unknown 2.15.0" ]
	[ "$(found golang stdlib '(devel)')" = "CVE-2024-90004 undecided unknown null" ]
}

@test "distributions: the release's own feed, sources, bundles, modules, and states that are said" {
	db import -q "$FEEDS"
	# The DSA whose CVE has a row of its own is a name of that finding; the other stands for its CVEs.
	[ "$(matches deb shifty 1.2-1 "$bookworm" | jq -c '.findings[0] | [.ids, .kev, .epss]')" = \
		'[["CVE-2024-91001","DSA-9001-1"],true,430]' ]
	[ "$(found deb other 1:9 "$bookworm")" = "DSA-9002-1 fixable unknown 2:3.0-1" ]
	[ "$(found deb shifty 1.2-3+deb12u1 "$bookworm")" = "" ]
	[ "$(found deb shifty 1.1-1 '{"id":"debian","versionId":"11"}')" = "CVE-2024-91001 no-fix negligible null" ]
	[ "$(found apk shifty 1.2-r3 '{"id":"alpine","versionId":"3.20.3"}')" = "CVE-2024-91001 fixable unknown 1.2-r4" ]
	[ "$(found rpm shifty-libs 1:2.0-3.el9 '{"id":"rhel","versionId":"9.4"}')" = "CVE-2024-91004 fixable high 1:2.0-4.el9_3" ]
	[ "$(found rpm shifty-libs 1:2.0-3.el8 '{"id":"rhel","versionId":"8.9"}')" = "" ]
	# A package of a language's manager is not judged by the distribution, and the other way round.
	[ "$(found deb left-shift 1.2.0 "$bookworm")" = "" ]
	state() { matches deb shifty 1 "$1" | jq -r '"\(.release) \(.judged)"'; }
	[ "$(state null)" = "none false" ]
	[ "$(state '{"id":"templeos","versionId":"5"}')" = "unknown false" ]
	[ "$(state '{"id":"debian","versionId":"13"}')" = "no-feed false" ]
	[ "$(state '{"id":"debian","versionId":"8"}')" = "end-of-life false" ]
	[ "$(state '{"id":"arch"}')" = "rolling false" ]
	[ "$(state "$bookworm")" = "known true" ]
}

@test "releases of Debian and Ubuntu end when distro-info-data says" {
	local days=0 version end
	db import -q "$FEEDS"
	# What is released after this skep is not in it, and counts as known.
	ends() { matches deb shifty 1 "{\"id\":\"$1\",\"versionId\":\"$2\"}" | jq -r '.ends | strftime("%Y-%m-%d")'; }
	# Debian: the end of long-term support, which its feed is written until; Ubuntu: the end of ordinary support.
	while IFS=, read -r version _ _ _ _ _ end _; do
		[ -n "$end" ] && [ "${version%.*}" -ge 7 ] || continue
		[[ $(ends debian "$version") == @("$end"|1970-01-01) ]] || { echo "Debian $version: $end"; return 1; }
		days=$((days + 1))
	done < <(tail -n +2 /usr/share/distro-info/debian.csv)
	[ "$(ends debian 12)" = 2028-06-30 ]
	while IFS=, read -r version _ _ _ _ end _; do
		version=${version%% *}
		[ "${version%.*}" -ge 14 ] || continue
		[[ $(ends ubuntu "$version") == @("$end"|1970-01-01) ]] || { echo "Ubuntu $version: $end"; return 1; }
		days=$((days + 1))
	done < <(tail -n +2 /usr/share/distro-info/ubuntu.csv)
	[ "$days" -ge 30 ]
}

@test "the worker that reads a feed cannot do anything else" {
	# A feed is opened by the caller; the worker has no file, no network and few calls.
	run -0 strace -f -qq -e trace=openat,socket,connect,execve,clone,clone3 -o "$BATS_TEST_TMPDIR/trace" \
		skep --root "$STORE" db import -q "$FEEDS/language.jsonl"
	local worker
	worker=$(awk '/--worker/ && /execve/ { print $1; exit }' "$BATS_TEST_TMPDIR/trace")
	run ! grep -E "^$worker (socket|connect|openat)\(" <(sed -n "/^$worker execve/,\$p" "$BATS_TEST_TMPDIR/trace" | tail -n +2)
}

@test "every match of generated packages equals another matcher's, from the feeds at hand" {
	local feeds=("$FEEDS"/distributions.jsonl "$FEEDS"/language.jsonl) count=20
	if [ -d "$SHARED/osv" ]; then
		feeds=("$SHARED"/osv/{AlmaLinux,Alpine,Debian,Go,Maven,Packagist,PyPI,RedHat,RockyLinux,RubyGems,npm}.jsonl.zst)
		count=60
	fi
	db import -q "${feeds[@]}"
	python3 -B "$ROOT/test/system/slow-match.py" make "$count" "$RANDOM" "${feeds[@]}" >"$BATS_TEST_TMPDIR/packages"
	"$MATCH" "$INDEX" <"$BATS_TEST_TMPDIR/packages" >"$BATS_TEST_TMPDIR/ours"
	run python3 -B "$ROOT/test/system/slow-match.py" check "$BATS_TEST_TMPDIR/ours" "${feeds[@]}"
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
}

@test "all feeds at hand: the index is small, and quick to ask" {
	[ -d "$SHARED/osv" ] || skip "no ../shared/data"
	db import -q "$SHARED/osv" "$SHARED/kev"
	[ "$(stat -c %s "$INDEX")" -lt $((64 << 20)) ]
	[ "$(found npm lodash 4.17.4 | grep -c CVE-2019-10744)" -eq 1 ]
	[[ $(found maven org.apache.logging.log4j:log4j-core 2.14.1) == *"CVE-2021-44228 fixable critical 2.15.0"* ]]
	[[ $(found npm lodash 4.17.21) != *CVE-2019-10744* ]]
}

@test "statements about findings (VEX) are written by the schema" {
	local schema=$SHARED/schemas/openvex/openvex_json_schema.json
	"$ROOT/build/gcc/src/test-vuln-vex" print >"$BATS_TEST_TMPDIR/vex.json"
	[ "$(jq '.statements | length' "$BATS_TEST_TMPDIR/vex.json")" = 4 ]
	[ -f "$schema" ] || skip "no ../shared/data"
	/usr/bin/python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' "$BATS_TEST_TMPDIR/vex.json" "$schema"
}

@test "sources at an address: file and HTTP, and one that is not there" {
	local port
	python3 -c 'import functools, http.server, sys
s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1]))
print(s.server_port, flush=True); s.serve_forever()' "$FEEDS" >"$BATS_TEST_TMPDIR/port" 2>/dev/null 3>&- &
	local server=$!
	for _ in $(seq 100); do [ -s "$BATS_TEST_TMPDIR/port" ] && break; sleep 0.05; done
	port=$(cat "$BATS_TEST_TMPDIR/port")
	db import -q "http://127.0.0.1:$port/language.jsonl" "file://$FEEDS/kev.json"
	run -3 db import "http://127.0.0.1:$port/nothing.jsonl"
	kill "$server"
	[[ $output == *"404"* ]]
	[ "$(db status -o json | jq -r '[.sources[].name] | join(" ")')" = "kev language" ]
}
