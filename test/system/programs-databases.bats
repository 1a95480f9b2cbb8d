#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real programs are observed at work; held to what was observed they do their work again: databases.

# shellcheck disable=SC2034 # for programs.bash
PROGRAMS="redis postgres"
load programs

@test "what was observed is held as it is written, on this host and without a word to accept less" {
	written_as_held
	for name in $PROGRAMS; do
		jq -e '.spec | has("capabilities") | not' "$FILES/$name.json"
	done
}

@test "held to it they do their work for a minute each, and nothing is refused" {
	all tried 60
}
