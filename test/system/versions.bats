#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The order of versions against each ecosystem's own tool, on generated pairs: half of them the same in every run. NuGet
# and apk have no tool in Debian; src/vuln/test-version.c holds tables from their documentation instead.

load helper

setup() { :; }

teardown() { :; }

judge() {
	local program=$ROOT/build/gcc/src/test-vuln-version
	[ -x "$program" ] || skip "no $program"
	run "$ROOT/test/system/judge-versions" "$1" "$program"
	echo "$output"
	[ "$status" -ne 77 ] || skip "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"1000 pairs"*" 0 differ" ]]
}

@test "dpkg" { judge dpkg; }
@test "rpm" { judge rpm; }
@test "pacman" { judge alpm; }
@test "npm" { judge npm; }
@test "semver, strictly, as Cargo has it" { judge cargo; }
@test "Go modules" { judge go; }
@test "Python" { judge pep440; }
@test "Maven" { judge maven; }
@test "RubyGems" { judge gem; }
@test "Composer" { judge composer; }
