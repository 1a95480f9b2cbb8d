#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Names of hosts in a profile: what a name server says of them is what may be reached, also when it changes its mind; and nothing else is.

bats_require_minimum_version 1.5.0
load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}

setup_file() {
	FILES=$(mktemp -d /tmp/skep-hosts.XXXXXX)
	export FILES
	make_root "$FILES/root"
	gcc -O1 -D_GNU_SOURCE -static -pthread -o "$FILES/root/bin/reach" "$BATS_TEST_DIRNAME/reach.c"
	local last
	for last in 1 2 3; do
		ip address add "10.99.0.$last/32" dev lo
	done
	ip address add fd99::1/128 dev lo nodad
	echo "nameserver 10.99.0.3" >"$FILES/resolv.conf"
	mount --bind "$FILES/resolv.conf" /etc/resolv.conf
}

teardown_file() {
	umount /etc/resolv.conf
	rm -rf "$FILES"
}

setup_test() {
	names "10.99.0.1 db.skep.test" "fd99::1 db.skep.test" "10.99.0.2 other.skep.test"
	dnsmasq --keep-in-foreground --no-resolv --no-hosts --local=/skep.test/ --conf-file=/dev/null --pid-file= --listen-address=10.99.0.3 --bind-interfaces \
		--addn-hosts="$WORK/names" --local-ttl=1 --user=root --no-poll 3>&- >/dev/null 2>&1 &
	server=$!
	eventually answers
	cat >"$WORK/profile.yaml" <<-'Y'
		apiVersion: skep/v1
		kind: BehaviourProfile
		metadata: {name: hosts}
		spec:
		  mode: alert
		  modes: {network: enforce}
		  network:
		    connect: [tcp db.skep.test 5432, udp localhost 99]
		    families: [inet, inet6]
	Y
	with_io_uring "$WORK/profile.yaml"
}

teardown_test() {
	kill "$server" 2>/dev/null || true
	wait "$server" 2>/dev/null || true
}

names() {
	printf '%s\n' "$@" >"$WORK/names"
	[ -z "${server:-}" ] || kill -HUP "$server"
}

answers() {
	busybox nslookup db.skep.test 10.99.0.3 >/dev/null 2>&1
}

skep() {
	timeout -k 5 60 "$SKEP" --root "$WORK/store" --state "$WORK/place" "$@" 3>&- </dev/null
}

start() {
	skep run -d --no-watch --network host --name "$1" "${@:2}" "rootfs:$FILES/root" /bin/sleep 1000 >/dev/null
}

is() {
	local got
	got=$(skep exec held /bin/reach "${@:2}")
	echo "${*:2}: $got"
	[ "$got" = "$1" ]
}

@test "a name is its addresses, and nothing else" {
	start held --profile "$WORK/profile.yaml"
	start free
	is "done" tcp 10.99.0.1 5432
	is "done" tcp fd99::1 5432
	is "done" udp 127.0.0.1 99
	for where in "tcp 10.99.0.1 5433" "tcp 10.99.0.2 5432" "udp 10.99.0.1 5432" "tcp 127.0.0.1 5432" "tcp fd99::2 5432" "send 10.99.0.2 99" "fast-open 10.99.0.2 5432" \
		"io_uring 10.99.0.2 5432"; do
		# shellcheck disable=SC2086
		is EPERM $where
	done
	[ "$(skep exec free /bin/reach tcp 10.99.0.2 5432)" = "done" ]
	run skep profile ladder "$WORK/profile.yaml"
	[[ "$output" != *db.skep.test* ]]
	skep rm -f held free >/dev/null
}

@test "an address that the name gets is reached, the one that it had is refused, and modes stay" {
	start held --profile "$WORK/profile.yaml"
	is EPERM tcp 10.99.0.2 5432
	names "10.99.0.2 db.skep.test"
	eventually is "done" tcp 10.99.0.2 5432
	SECONDS=0
	until is EPERM tcp 10.99.0.1 5432; do
		[ "$SECONDS" -lt 30 ]
		sleep 1
	done
	is "done" tcp 10.99.0.2 5432
	skep profile mode held network=alert --reason "a trial"
	names "10.99.0.1 db.skep.test"
	sleep 7
	is "done" tcp 10.99.0.2 9
	skep profile mode held network=enforce --reason "the trial is over"
	is EPERM tcp 10.99.0.2 9
	is "done" tcp 10.99.0.1 5432
	skep rm -f held >/dev/null
}

@test "what was known last stays when nobody tells, or nobody asks" {
	start held --profile "$WORK/profile.yaml"
	monitor=$(jq .monitor "$WORK/store/containers/"*/state.json)
	looking=$(for pid in $(cat "/proc/$monitor/task/$monitor/children"); do grep -lx skep-names "/proc/$pid/comm"; done | tr -dc 0-9)
	[ -n "$looking" ]
	kill "$server"
	wait "$server" || true
	sleep 7
	is "done" tcp 10.99.0.1 5432
	is EPERM tcp 10.99.0.2 5432
	kill -9 "$monitor"
	eventually test ! -e "/proc/$looking"
	is "done" tcp 10.99.0.1 5432
	is EPERM tcp 10.99.0.2 5432
	skep rm -f held >/dev/null
}

@test "a name that cannot be looked up is an error at the start" {
	sed -i 's,db.skep.test,gone.skep.test,' "$WORK/profile.yaml"
	run start held --profile "$WORK/profile.yaml"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"gone.skep.test: it has no address"* ]]
	kill "$server"
	wait "$server" || true
	skep rm held >/dev/null
	run start held --profile "$WORK/profile.yaml"
	echo "$output"
	[ "$status" -eq 125 ]
	[[ "$output" == *"gone.skep.test: no name server of /etc/resolv.conf could tell its address"* ]]
	# To look only, no name is needed.
	skep rm held >/dev/null
	sed -i 's,network: enforce,network: alert,' "$WORK/profile.yaml"
	start held --profile "$WORK/profile.yaml"
	is "done" tcp 10.99.0.1 5432
	skep rm -f held >/dev/null
}
