#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Known vulnerabilities end to end: images with packages that are known to be bad are found, with the version that mends
# them; their mended twins are clean; and what people are told about it is the same in every form.

load scan

setup_file() {
	export INDEX_ROOT BATS_TEST_TIMEOUT=180
	INDEX_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/skep-index.XXXXXX")
	[ -d "$BATS_TEST_DIRNAME/../../../shared/data/osv" ] || skip "the advisories of shared/data are not beside this checkout"
	"$BATS_TEST_DIRNAME/../../build/bin/skep" --root "$INDEX_ROOT" db import "$BATS_TEST_DIRNAME"/../../../shared/data/{osv,kev} >/dev/null
}
teardown_file() { rm -rf "$INDEX_ROOT"; }
setup() { scan_setup; }
teardown() { scan_teardown; }

skep() { "$SKEP" --root "$INDEX_ROOT" --state "$WORK/state" "$@"; }

# findings TARGET ID: "package version fixed" of a vulnerability.
findings() {
	skep scan --skip secrets -o json "$1" | jq -r --arg id "$2" '.findings[] | select(.ids | index($id)) | "\(.package) \(.version) \(.fixed)"'
}

@test "lodash 4.17.4 is found as npm installed it, 4.17.21 is not" {
	cp -r "$FIXTURES/npm" app
	[ "$(findings ./app CVE-2019-10744)" = "lodash 4.17.4 4.17.12" ]
	[ "$(findings ./app CVE-2020-7598 | head -1)" = "minimist 1.2.0 1.2.3" ]
	npm_package twin lodash 4.17.21
	[ -z "$(findings ./twin CVE-2019-10744)" ]
	[ -z "$(findings ./twin CVE-2021-23337)" ]
}

@test "Django 3.2 is found as pip installed it" {
	mkdir -p py/usr/lib/python3
	cp -r "$FIXTURES/pip" py/usr/lib/python3/dist-packages
	[[ $(findings ./py CVE-2022-28346) == Django\ 3.2\ 3.2.13 ]]
	run -1 skep scan --fail-on critical --skip secrets ./py
}

# jar FILE VERSION: a log4j-core inside a war.
jar() {
	python3 - "$1" "$2" <<-'PY'
		import io, os, sys, zipfile
		inner = io.BytesIO()
		with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z:
		    z.writestr("META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties",
		               "version=%s\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n" % sys.argv[2])
		os.makedirs(os.path.dirname(sys.argv[1]), exist_ok=True)
		with zipfile.ZipFile(sys.argv[1], "w") as z:
		    z.writestr("WEB-INF/lib/log4j-core.jar", inner.getvalue())
	PY
}

@test "what was planted in a package that people trust is malware: xz 5.6.1" {
	mkdir feed
	cat >feed/xz.json <<-'J'
		{"id": "DEBIAN-CVE-2024-3094", "upstream": ["CVE-2024-3094"], "modified": "2026-01-01T00:00:00Z",
		 "details": "Malicious code was discovered in the upstream tarballs of xz, starting with version 5.6.0.",
		 "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H"}],
		 "affected": [{"package": {"ecosystem": "Debian:13", "name": "xz-utils"},
		  "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "5.5.1alpha-0.1"}, {"fixed": "5.6.1+really5.4.5-1"}]}]}]}
	J
	"$SKEP" --root "$WORK/store" db import ./feed >/dev/null
	debian_root ./root
	sed -i -e 's/12/13/' -e 's/bookworm/trixie/' root/etc/os-release
	stanza liblzma5 5.6.1-1 "Source: xz-utils" >root/var/lib/dpkg/status
	"$SKEP" --root "$WORK/store" scan -o json ./root >report
	jq -e '.findings[0] | .malicious and (.ids | index("CVE-2024-3094"))' report
	[ "$(jq .score.value report)" -ge 90 ]
	stanza liblzma5 5.6.1+really5.4.5-1 "Source: xz-utils" >root/var/lib/dpkg/status
	"$SKEP" --root "$WORK/store" scan -o json ./root | jq -e '.findings == []'
}

@test "log4j in a jar inside a war is found and known to be exploited; the mended one is not found" {
	jar bad/opt/app.war 2.14.1
	[ "$(findings ./bad CVE-2021-44228)" = "org.apache.logging.log4j:log4j-core 2.14.1 2.15.0" ]
	skep scan -o json ./bad | jq -e '.findings[] | select(.id == "CVE-2021-44228") | .kev.added and (.path | endswith("app.war!/WEB-INF/lib/log4j-core.jar"))'
	[ "$(skep score -o json ./bad | jq .value)" -ge 30 ]
	jar good/opt/app.war 2.25.0
	[ -z "$(findings ./good CVE-2021-44228)" ]
	skep explain CVE-2021-44228 ./bad >why
	grep -q 'Maven' why
	grep -q '2.14.1 is before' why
	skep explain CVE-2021-44228 ./good | grep -q 'not-affected'
}

@test "a Go program's own version and modules are judged" {
	mkdir -p root/usr/local/bin
	cp "$FIXTURES/npm/node_modules/@esbuild/linux-x64/bin/esbuild" root/usr/local/bin/
	skep scan --skip secrets -o json ./root | jq -e '[.findings[] | select(.package == "stdlib")] | length > 10'
}

@test "Debian: the distribution's own fix counts, by source package; a mended twin is clean" {
	for n in old new; do debian_root $n; done
	# CVE-2022-4450 of openssl was mended in bookworm by 3.0.8-1.
	{ stanza libssl3 3.0.7-1 'Source: openssl' && stanza openssl 3.0.7-1; } >old/var/lib/dpkg/status
	{ stanza libssl3 3.0.8-1 'Source: openssl' && stanza openssl 3.0.8-1; } >new/var/lib/dpkg/status
	[ "$(findings ./old CVE-2022-4450 | sort | tr '\n' ,)" = "libssl3 3.0.7-1 3.0.8-1,openssl 3.0.7-1 3.0.8-1," ]
	[ -z "$(findings ./new CVE-2022-4450)" ]
}

@test "a release that nobody knows is said, never silence" {
	debian_root root
	stanza a 1 >root/var/lib/dpkg/status
	printf 'ID=nonesuch\nVERSION_ID=7\n' >root/etc/os-release
	skep scan ./root >table
	grep -q '^Release: ' table
	grep -q 'could not be judged' table
	debian_root end
	stanza a 1 >end/var/lib/dpkg/status
	printf 'ID=debian\nVERSION_ID="9"\n' >end/etc/os-release
	skep scan -o json ./end | jq -e '.release.state != "known"'
}

@test "an SBOM read back gives the same findings" {
	debian_root root
	stanza libssl3 3.0.7-1 'Source: openssl' >root/var/lib/dpkg/status
	npm_package root/app lodash 4.17.4
	jar root/opt/app.war 2.14.1
	skep scan -o json --skip secrets --skip files ./root | jq -S '[.findings[] | {id, package, version, fixed}] | sort' >direct
	[ "$(jq length direct)" -gt 10 ]
	for form in cyclonedx cyclonedx-1.7 spdx; do
		skep sbom -o $form ./root >sbom.json
		skep scan -o json ./sbom.json | jq -S '[.findings[] | {id, package, version, fixed}] | sort' | diff - direct
	done
	printf '{"bomFormat":"CycloneDX","components":[{"name":"x"' >cut.json
	run -3 skep scan ./cut.json
	[[ $output == *"cut.json"* ]]
	{ printf '{"bomFormat":"CycloneDX","components":["' && head -c 1073741824 /dev/zero | tr '\0' a; } >huge.json
	run -3 /usr/bin/time -f %M -o memory "$SKEP" --root "$INDEX_ROOT" scan ./huge.json
	[[ $output == *"MiB"* ]]
	[ "$(tail -1 memory)" -lt 131072 ]
}

@test "statements (VEX) take findings back, and findings are written as one" {
	jar bad/opt/app.war 2.14.1
	skep scan -o openvex ./bad >findings.json
	valid "$DATA/schemas/openvex/openvex_json_schema.json" findings.json
	jq -n '{"@context":"https://openvex.dev/ns/v0.2.0","@id":"urn:x","author":"me","timestamp":"2026-01-01T00:00:00Z","version":1,
		"statements":[{"vulnerability":{"name":"CVE-2021-44228"},"status":"not_affected","justification":"vulnerable_code_not_in_execute_path",
		"products":[{"@id":"pkg:maven/org.apache.logging.log4j/log4j-core"}]}]}' >vex.json
	skep scan -o json --vex vex.json ./bad | jq -e '.findings[] | select(.id == "CVE-2021-44228").ignored | length > 0'
	skep scan --vex vex.json ./bad >table
	grep -q '1 ignored' table
	echo '{}' >none.json
	run -3 skep scan --vex none.json ./bad
	[[ $output == *none.json* ]]
	skep scan -o cyclonedx ./bad >bom.json
	valid "$DATA/schemas/cyclonedx/bom-1.6.schema.json" bom.json
	[ "$(jq '.vulnerabilities | length' bom.json)" -gt 3 ]
}
