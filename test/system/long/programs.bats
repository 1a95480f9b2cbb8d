#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# As test/system/programs.bats, for ten minutes each.

load ../programs

setup_file() {
	programs_setup_file
	export BATS_TEST_TIMEOUT=1500
}

teardown_file() {
	programs_teardown_file
}

@test "held to what was observed they do their work for ten minutes each, and nothing is refused" {
	all tried 600
}
