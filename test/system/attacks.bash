# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
#
# What the tests of known attacks share. Each attack is harmless where it succeeds (it goes for files of the test, or for
# what is the test's own namespace), and is seen to succeed against a build without the defence it tests; see
# test/weakened.toml.

load helper

setup_test() {
	add_probe
	MARKER=/host-marker
	: >"$MARKER"
	mkdir "$WORK/outside"
	config '.root.readonly = false'
}

teardown_test() {
	rm -f "$MARKER"
}

# Everything that Docker gives, and tracing: an attacker with more than the usual.
strong_attacker() {
	config '.process.capabilities |= with_entries(.value = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
		"CAP_MKNOD", "CAP_NET_RAW", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"])'
}

outside_is_empty() {
	[ -z "$(find "$WORK/outside" -mindepth 1)" ] || { find "$WORK/outside"; return 1; }
}
