#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The table of docs/profiles.md, tried call by call and socket by socket in a container of each named profile.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_test() {
	gcc -O1 -D_GNU_SOURCE -static -o "$BUNDLE/rootfs/bin/calls" "$BATS_TEST_DIRNAME/calls.c"
	mkdir -p "$BUNDLE/rootfs/run" "$BUNDLE"/rootfs/var/{log,tmp,cache,lib/nginx}
}

# "NAME yes|no" for each name of the table, from the column of PROFILE.
expected() {
	python3 - "$ROOT/docs/profiles.md" "$1" <<-'PYTHON'
		import re, sys
		rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in open(sys.argv[1])
		        if line.startswith(("| | | strict", "| calls |", "| sockets |"))]
		column = rows[0].index(sys.argv[2])
		for row in rows[1:]:
		    for name in re.findall(r"`([^`]+)`", row[1]):
		        print(name, row[column])
	PYTHON
}

as_written() {
	expected "$1" | sort >"$WORK/expected"
	[ "$(wc -l <"$WORK/expected")" -ge 120 ]
	# shellcheck disable=SC2046 # one word each
	timeout -k 5 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" run --rm --no-watch --profile "$1" \
		"rootfs:$BUNDLE/rootfs" /bin/calls $(cut -d' ' -f1 "$WORK/expected") </dev/null 3>&- | sort >"$WORK/found"
	diff "$WORK/expected" "$WORK/found"
}

@test "strict" { as_written strict; }
@test "web" { as_written web; }
@test "database" { as_written database; }
@test "batch" { as_written batch; }
@test "docker" { as_written docker; }
@test "observe" { as_written observe; }

@test "the host's command line is masked" {
	run timeout 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" run --rm --no-watch "rootfs:$BUNDLE/rootfs" \
		/bin/cat /proc/cmdline </dev/null 3>&-
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}
