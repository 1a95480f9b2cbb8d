#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the score of an image decides about running it: policies refuse, warn, or ask for a stronger container.

load eventually
load image

setup_file() {
	[ "$(id -u)" -eq 0 ] || return 0
	ROOTFS=$BATS_FILE_TMPDIR/root
	export ROOTFS
	make_rootfs "$ROOTFS"
	make_layout "$BATS_FILE_TMPDIR/clean" "$ROOTFS" '{"Cmd":["/bin/true"],"User":"1000"}'
	mkdir -p "$ROOTFS/root/.aws"
	printf 'aws_access_key_id = AKIA%s\naws_secret_access_key = %s\n' Z7QPWM3XK5RT2VNB \
		"$(printf 'kQ9vR2mX%s' '7LpT4wZsN8yB3hJcD6fGaE1uVoKi5MqY')" >"$ROOTFS/root/.aws/credentials"
	make_layout "$BATS_FILE_TMPDIR/leaky" "$ROOTFS" '{"Cmd":["/bin/true"]}'
	chmod 755 "$BATS_FILE_TMPDIR"
	printf '{"id":"CVE-2020-1","modified":"2020-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}\n' \
		>"$BATS_FILE_TMPDIR/feed.jsonl"
}

setup() {
	image_setup
	skep image import -q "oci:$BATS_FILE_TMPDIR/clean" clean >/dev/null
	skep image import -q "oci:$BATS_FILE_TMPDIR/leaky" leaky >/dev/null
	skep db import -q "$BATS_FILE_TMPDIR/feed.jsonl"
}

teardown() {
	image_teardown
}

# policy FILE SPEC: SPEC in flow style.
policy() {
	printf 'apiVersion: skep/v1\nkind: AdmissionPolicy\nmetadata: {name: %s}\nspec: %s\n' "$(basename "$1" .yaml)" "$2" >"$1"
}

@test "without a score an image is refused, after a scan its score decides" {
	policy gate.yaml '{steps: [{score: 90, refuse: true}]}'
	run -125 skep run --rm --policy gate.yaml clean echo ran
	[[ $output == *"policy gate: the image has no score; skep scan gives"* ]]
	skep scan clean >/dev/null
	[ "$(skep run --rm --policy gate.yaml clean echo ran)" = ran ]
	skep scan leaky >/dev/null
	run -125 skep run --rm --policy gate.yaml leaky echo ran
	[[ $output == *"policy gate: the image's score is 9"*", and from 90 on it is refused; skep score says why"* ]]
	[ -z "$(skep ps -aq)" ]
	# Without a policy nothing is asked.
	[ "$(skep run --rm leaky echo ran)" = ran ]
}

@test "the score of an image that was scanned from a layout is its score in the store" {
	policy gate.yaml '{steps: [{score: 90, refuse: true}]}'
	skep score "oci:$BATS_FILE_TMPDIR/clean" >/dev/null
	[ "$(skep run --rm --policy gate.yaml clean echo ran)" = ran ]
	[ "$(skep run --rm --policy gate.yaml "oci:$BATS_FILE_TMPDIR/clean" echo ran)" = ran ]
}

@test "a scan that leaves something out gives no score; a root file system has none" {
	policy gate.yaml '{steps: [{score: 90, refuse: true}]}'
	skep scan --skip secrets leaky >/dev/null
	run -125 skep run --rm --policy gate.yaml leaky echo ran
	[[ $output == *"has no score"* ]]
	skep scan "$ROOTFS" >/dev/null
	run -125 skep run --rm --policy gate.yaml "rootfs:$ROOTFS" echo ran
	[[ $output == *"has no score"* ]]
	policy gate.yaml '{unscored: allow}'
	[ "$(skep run --rm --policy gate.yaml "rootfs:$ROOTFS" echo ran)" = ran ]
}

@test "a policy warns, chooses the profile, and refuses another one or a tier that is not there" {
	policy warn.yaml '{unscored: warn}'
	run --separate-stderr -0 skep run --rm --policy warn.yaml leaky echo ran
	[ "$output" = ran ]
	[ "${stderr:-}" = "skep: policy warn: the image has no score" ]
	skep scan leaky >/dev/null
	policy strict.yaml '{steps: [{score: 50, profile: docker}]}'
	[ "$(skep run --policy strict.yaml --name one leaky echo ran)" = ran ]
	[ "$(skep ps -a -o json | jq -r '.[] | select(.name == "one").profile')" = docker ]
	run -125 skep run --rm --policy strict.yaml --profile web leaky echo ran
	[[ $output == *"a policy asks for the profile docker, not web; leave --profile out"* ]]
	policy vm.yaml '{steps: [{score: 50, tier: microvm}]}'
	run -125 skep run --rm --policy vm.yaml leaky echo ran
	[[ $output == *"a policy asks for the tier microvm, which this build does not have"* ]]
}

@test "a score of old advisories is none, and a policy that is a mistake admits nothing" {
	policy week.yaml '{maxAgeDays: 7}'
	skep scan clean >/dev/null
	sed -i 's/"advisories":[0-9]*/"advisories":1600000000/' "$WORK"/store/scores/*
	run -125 skep run --rm --policy week.yaml clean echo ran
	[[ $output == *"policy week: the image's score is "*" days old, and at most 7 are allowed; "* ]]
	policy wrong.yaml '{maxAge: 7}'
	run -125 skep run --rm --policy wrong.yaml clean echo ran
	[[ $output == *'wrong.yaml: spec: "maxAge" is no member; there are unscored, maxAgeDays and steps'* ]]
	printf 'apiVersion: [\n' >wrong.yaml
	run -125 skep run --rm --policy wrong.yaml clean echo ran
	[[ $output == *"wrong.yaml:2:1: "* ]]
	run -125 skep run --rm --policy not-there.yaml clean echo ran
	[[ $output == *"cannot read not-there.yaml: No such file"* ]]
}

@test "policies of the host hold without being named, and one folder may hold several" {
	mkdir -p policies
	policy policies/a.yaml '{unscored: allow}'
	policy policies/b.yaml '{unscored: refuse}'
	run -125 skep run --rm --policy policies clean echo ran
	[[ $output == *"policy b: the image has no score"* ]]
	# shellcheck disable=SC2016 # the inner shell's
	run unshare --mount sh -c 'mkdir -p /etc/skep && mount -t tmpfs none /etc/skep && cp -r policies /etc/skep/policy.d && exec "$@"' - \
		"$SKEP" --root "$WORK/store" --state "$WORK/state" run --rm clean echo ran
	[ "$status" -eq 125 ]
	[[ $output == *"policy b: the image has no score"* ]]
}

@test "a folder without policies and a profile that is none are mistakes" {
	mkdir -p empty
	policy empty/p.policy '{unscored: allow}'
	run -125 skep run --rm --policy empty clean echo ran
	[[ $output == *"empty: no file *.yaml, *.yml or *.json in it"* ]]
	policy wrong.yaml '{unscored: allow, steps: [{score: 90, profile: stricct}]}'
	run -125 skep run --rm --policy wrong.yaml clean echo ran
	[[ $output == *'wrong.yaml: spec: steps: profile: "stricct" is none of strict'* ]]
}

@test "what could not be judged has no score" {
	policy gate.yaml '{steps: [{score: 90, refuse: true}]}'
	mkdir -p root/var/lib/dpkg
	cp -r "$ROOTFS/bin" root/
	printf 'Package: openssl\nStatus: install ok installed\nVersion: 1.0.1\n' >root/var/lib/dpkg/status
	make_layout unknown root '{"Cmd":["/bin/true"]}'
	run -0 skep scan oci:unknown
	[[ $output == *"the score is not kept for skep run: 1 packages could not be judged"* ]]
	run -125 skep run --rm --policy gate.yaml oci:unknown echo ran
	[[ $output == *"has no score"* ]]
}
