#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real programs are observed at work; held to what was observed they do their work again: web servers.

# shellcheck disable=SC2034 # for programs.bash
PROGRAMS="httpd nginx"
load programs

@test "what was observed is held as it is written, on this host and without a word to accept less" {
	written_as_held
	jq -e '.spec.capabilities == ["CHOWN", "SETGID", "SETUID"] and .spec.users == ["0", "33"]' "$FILES/nginx.json"
	jq -e '.spec | has("capabilities") | not' "$FILES/httpd.json"
}

@test "held to it they do their work for a minute each, and nothing is refused" {
	all tried 60
}
