# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Waiting for what takes a moment, with an end.

# eventually COMMAND...: until it succeeds, at most $EVENTUALLY_SECONDS (5).
eventually() {
	local i
	for ((i = 0; i < ${EVENTUALLY_SECONDS:-5} * 20; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	echo "never true: $*"
	return 1
}
