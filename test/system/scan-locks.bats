#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Manifests and locks: what they list is found, and what was seen and could not be judged is said, with no score and exit
# code 3, never "0 packages".
#
# shellcheck disable=SC2154 # bats sets stderr

load scan

setup_file() {
	export INDEX_ROOT BATS_TEST_TIMEOUT=120
	INDEX_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/skep-index.XXXXXX")
	mkdir "$INDEX_ROOT/npm"
	cat >"$INDEX_ROOT/npm/a.json" <<-'JSON'
		{"schema_version":"1.6.0","id":"GHSA-aaaa-aaaa-aaaa","modified":"2026-01-01T00:00:00Z","published":"2026-01-01T00:00:00Z",
		 "aliases":["CVE-2026-0001"],"summary":"x","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
		 "affected":[{"package":{"ecosystem":"npm","name":"bad"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"fixed":"2.0.0"}]}]}]}
	JSON
	"$BATS_TEST_DIRNAME/../../build/bin/skep" --root "$INDEX_ROOT" db import "$INDEX_ROOT/npm" >/dev/null
}
teardown_file() { rm -rf "$INDEX_ROOT"; }
setup() { scan_setup; }
teardown() { scan_teardown; }

skep() { "$SKEP" --root "$INDEX_ROOT" --state "$WORK/state" "$@"; }

@test "a folder with a lock of any kind lists its packages" {
	mkdir app
	printf 'module x\nrequire example.com/a v1.0.0\n' >app/go.mod
	printf 'a.b:c:1.0=compile\n' >app/gradle.lockfile
	printf '%%{\n  "phoenix": {:hex, :phoenix, "1.4.0", "x"},\n}\n' >app/mix.lock
	printf '[[packages]]\nname = "django"\nversion = "3.2"\n' >app/pylock.toml
	skep sbom ./app | jq -r '.components[].purl' | sort >list
	diff list - <<-'EOF'
		pkg:golang/example.com/a@v1.0.0
		pkg:hex/phoenix@1.4.0
		pkg:maven/a.b/c@1.0
		pkg:pypi/django@3.2
	EOF
}

@test "a manifest with ranges is seen and not judged; its lock settles it" {
	mkdir app
	echo '{"dependencies":{"bad":"^1.0.0"}}' >app/package.json
	run -3 --separate-stderr skep scan ./app
	[[ $output == *"Seen, not judged"*"package.json"*"No score"* ]]
	[[ $output != *"Score 0"* ]]
	[[ $stderr == *"package.json"* ]]
	run -3 --separate-stderr skep scan -o json ./app
	jq -e '.complete == false and .score.value == null and .score.atLeast == 0' <<<"$output"
	echo "$output" >report
	valid "$BATS_TEST_DIRNAME/../../docs/report.schema.json" report
	echo '{"lockfileVersion":3,"packages":{"node_modules/bad":{"version":"1.0.0"}}}' >app/package-lock.json
	run -0 --separate-stderr skep scan ./app
	[[ $output == *"bad 1.0.0 -> 2.0.0"*"Score "* ]]
}

@test "a lock that is broken is seen and not judged" {
	mkdir app
	printf 'this is not yarn\n' >app/yarn.lock
	run -3 --separate-stderr skep scan ./app
	[[ $output == *"Seen, not judged"*"yarn.lock"*"No score"* ]]
	run -3 --separate-stderr skep score -o json ./app
	jq -e '.value == null' <<<"$output"
	run -3 --separate-stderr skep sbom ./app
}

@test "packages that the index has no feed for are seen and not judged" {
	mkdir app
	printf 'PODS:\n  - A (1.0)\n' >app/Podfile.lock
	run -3 --separate-stderr skep scan ./app
	[[ $output == *"1 cocoapods packages: the index has no feed for them"*"No score"* ]]
	run -3 --separate-stderr skep scan -o json ./app
	jq -e '.withoutFeed.cocoapods == 1 and .score.value == null' <<<"$output"
	run -0 skep sbom ./app
}

@test "what only development needs is marked, and left out by --no-dev" {
	mkdir app
	echo '{"lockfileVersion":3,"packages":{"node_modules/bad":{"version":"1.0.0","dev":true}}}' >app/package-lock.json
	run -1 skep scan --fail-on high ./app
	run -0 --separate-stderr skep scan --fail-on high --no-dev -o json ./app
	jq -e '.packages[0].dev and (.findings[0].ignored | contains("--no-dev"))' <<<"$output"
	skep sbom ./app | jq -e '.components[0].scope == "excluded"'
	skep sbom -o spdx ./app | jq -e '.relationships[] | select(.relationshipType == "DEV_DEPENDENCY_OF")'
	skep sbom ./app >bom.json
	run -0 skep scan --fail-on high --no-dev ./bom.json
}

# osv ID ECOSYSTEM NAME EVENTS: an advisory.
osv() {
	printf '{"schema_version":"1.6.0","id":"%s","modified":"2026-01-01T00:00:00Z","published":"2026-01-01T00:00:00Z","summary":"x","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],"affected":[{"package":{"ecosystem":"%s","name":"%s"},"ranges":[{"type":"ECOSYSTEM","events":%s}]}]}' "$@"
}

@test "the fix that is shown ends all findings of a package, the first step is on its own branch" {
	mkdir -p feed/PyPI app
	osv PYSEC-1 PyPI a '[{"introduced":"0"},{"fixed":"3.2.13"},{"introduced":"4.0"},{"fixed":"4.0.4"}]' >feed/PyPI/1.json
	osv PYSEC-2 PyPI a '[{"introduced":"0"},{"fixed":"4.2.1"}]' >feed/PyPI/2.json
	osv PYSEC-3 PyPI a '[{"introduced":"0"}]' >feed/PyPI/3.json
	"$SKEP" --root here db import feed/PyPI >/dev/null
	printf 'a==3.2\n' >app/requirements.txt
	"$SKEP" --root here scan ./app >table
	grep -q 'a 3.2 -> 4.2.1 (first step 3.2.13) (1 without a fix)' table
	"$SKEP" --root here scan -o json ./app >report
	jq -e '.packages[0] | .fixedIn == "4.2.1" and .firstStep == "3.2.13"' report
	jq -e '.findings[0] | has("epss") and .epss == null' report
	valid "$BATS_TEST_DIRNAME/../../docs/report.schema.json" report
}

@test "versions that the ecosystem's tool rejects are judged, or told as not comparable" {
	mkdir -p feed/PyPI app
	osv PYSEC-1 PyPI a '[{"introduced":"0"},{"fixed":"0.2"}]' >feed/PyPI/1.json
	"$SKEP" --root here db import feed/PyPI >/dev/null
	printf '[[package]]\nname = "a"\nversion = "0.1-bulbasaur"\n' >app/poetry.lock
	"$SKEP" --root here scan -o json ./app | jq -e '.findings[0] | .status == "fixable" and .fixed == "0.2"'
	printf '[[package]]\nname = "a"\nversion = "unknown"\n' >app/poetry.lock
	"$SKEP" --root here scan -o json ./app | jq -e '.findings[0] | .status == "undecided" and (.reason | contains("cannot be compared"))'
}
