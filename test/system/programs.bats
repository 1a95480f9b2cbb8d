#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real programs are observed at work; held to what was observed they do their work again.

load programs

setup_file() {
	programs_setup_file
	# Six programs at work on few processors.
	export BATS_TEST_TIMEOUT=400
}

teardown_file() {
	programs_teardown_file
}

@test "what was observed is held as it is written, on this host and without a word to accept less" {
	for name in $PROGRAMS; do
		run -0 skep profile ladder "$FILES/$name.yaml" --fail-on note
		echo "$name: $output"
		run -1 grep allowDegraded "$FILES/$name.yaml"
		# No shell, nothing outside, and a reason for whatever is wider than what was seen.
		skep profile show "$FILES/$name.yaml" -o json >"$FILES/$name.json"
		jq -e '.spec.programs | map(.path | test("/(sh|bash|busybox)$")) | any | not' "$FILES/$name.json"
		# But for a socket of the C library's that is not there.
		jq -e '.spec.network.connect // [] | map(select(. != "unix /var/run/nscd/socket")) == []' "$FILES/$name.json"
		jq -e '.spec.limits | .processes and .memory' "$FILES/$name.json"
		[ "$(jq '[.spec.files[][]? | select(contains("*"))] | length' "$FILES/$name.json")" -le "$(grep -c '^  # files' "$FILES/$name.yaml")" ]
	done
	jq -e '.spec.capabilities == ["CHOWN", "SETGID", "SETUID"] and .spec.users == ["0", "33"]' "$FILES/nginx.json"
	jq -e '.spec.memory == ["write-execute"]' "$FILES/node.json"
	for name in httpd redis postgres python node; do
		jq -e '.spec | has("capabilities") | not' "$FILES/$name.json"
	done
}

@test "held to it they do their work for a minute each, and nothing is refused" {
	all tried 60
}
