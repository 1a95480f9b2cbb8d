#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each of Falco's official rules: its behaviour is performed, and the rule fires; benign twins fire none. What cannot be
# performed here is listed with its reason in docs/coverage-falco.md.

load helper
load acts

SKEP=${SKEP:-$ROOT/build/bin/skep}
ACTS=$BATS_TEST_DIRNAME/../data/falco-acts
OFFICIAL=$BATS_TEST_DIRNAME/../data/falco-rules

skep() {
	timeout 100 "$SKEP" --root "$FILES/store" --state "$FILES/state" "$@" 3>&-
}

setup_file() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	export FILES=$BATS_FILE_TMPDIR
	local root=$FILES/root name
	mkdir -p "$root"/{bin,etc/apt/sources.list.d,tmp,root/.ssh,var/log,var/lib/rpm,usr/bin,usr/local/bin,srv,host/etc,lib,dev}
	gcc -std=gnu17 -D_GNU_SOURCE -O1 -static -o "$root/bin/walker" "$BATS_TEST_DIRNAME/act.c" 2>"$FILES/gcc.log"
	for name in bash mysqld nc find shred grep ssh crontab postgres curl ls apt nmap scp wget exe tar sshd python3 kubectl sudoedit pkexec \
		java base64 npm xmrig nginx httpd whoami useradd socat spare debugfs mount; do
		ln "$root/bin/walker" "$root/bin/$name"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www:/:/bin/sh\n' >"$root/etc/passwd"
	printf 'root:*:1:0:99999:7:::\n' >"$root/etc/shadow"
	for name in etc/hostname etc/profile root/.ssh/known_hosts root/.bash_history var/log/syslog tmp/plain srv/data host/etc/data lib/liblzma.so.5.6.1 \
		dev/vdz; do
		echo x >"$root/$name"
	done
	cp "$ACTS"/*.txt "$root/srv/"
	make_network
}

# watched COMMAND...: the alerts meanwhile; again when the machine was too busy to see everything.
watched() {
	local i
	for i in 1 2 3; do
		watched_once "$@"
		grep -q '"rule":"Events lost"' "$FILES/alerts" || return 0
		echo "events were lost, time $i"
	done
}

watched_once() {
	: >"$FILES/words" # the words of the watch before are not its own
	"$SKEP" --root "$FILES/store" --state "$FILES/state" watch --all -o jsonl --rules "$OFFICIAL/falco_rules.yaml" \
		--rules "$OFFICIAL/falco-incubating_rules.yaml" --rules "$OFFICIAL/falco-sandbox_rules.yaml" --rules "$ACTS/site.yaml" \
		>"$FILES/alerts" 2>"$FILES/words" 3>&- &
	local watch=$!
	eventually grep -q watching "$FILES/words" || cat "$FILES/words"
	"$@"
	# The reader may be behind on a busy machine: until nothing more comes for a second.
	local size=-1 now
	for _ in {1..20}; do
		now=$(stat -c %s "$FILES/alerts")
		[ "$now" != "$size" ] || break
		size=$now
		sleep 1
	done
	kill -INT "$watch"
	wait "$watch" || cat "$FILES/words"
}

in_container() {
	skep run --rm --name "acts-$1" --writable --network host --profile observe --tmpfs /dev/shm:exec,mode=1777 "rootfs:$FILES/root" /bin/walker drive "/srv/$1" \
		>"$FILES/$1.log" 2>&1 </dev/null || cat "$FILES/$1.log"
}

on_host() {
	chroot "$FILES/root" /bin/walker drive "/srv/$1" >"$FILES/$1.log" 2>&1 </dev/null || cat "$FILES/$1.log"
}

on_terminal() {
	command script -qec "exec $SKEP --root $FILES/store --state $FILES/state run --rm -t --no-watch rootfs:$FILES/root /bin/exe drive /srv/terminal.txt" \
		/dev/null </dev/null >"$FILES/$1.log" 2>&1 || cat "$FILES/$1.log"
}

# Every rule of FILE fired: those that did not are named.
all_fired() {
	cat "$FILES/$1.log"
	jq -r .rule "$FILES/alerts" | sort -u >"$FILES/fired"
	grep -v '^#' "$ACTS/$1" | cut -d'|' -f1 | sort -u >"$FILES/expected"
	comm -13 "$FILES/fired" "$FILES/expected" >"$FILES/silent"
	cat "$FILES/silent"
	[ ! -s "$FILES/silent" ]
}

@test "behaviours of a container" {
	watched in_container container.txt
	all_fired container.txt
}

@test "behaviours by relative names" {
	watched in_container relative.txt
	all_fired relative.txt
}

@test "behaviours of the host" {
	watched on_host host.txt
	all_fired host.txt
}

@test "behaviours on a terminal" {
	watched on_terminal terminal.txt
	all_fired terminal.txt
}

# Podman gives a privileged container what there is to give; Docker wants every capability, and root may have fewer here.
in_podman() {
	mount -t tmpfs none /run
	tar -C "$FILES/root" -c . >"$FILES/acts.tar"
	pod() {
		timeout 60 podman --root "$FILES/storage" --runroot "$FILES/runroot" --tmpdir "$FILES/tmp" --storage-driver overlay --runtime runc \
			--cgroup-manager cgroupfs --events-backend file "$@" 3>&-
	}
	pod import -q "$FILES/acts.tar" acts >/dev/null
	pod run --rm --privileged --name acts-privileged --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 -v /etc:/host/etc acts \
		/bin/walker drive "/srv/$1" >"$FILES/$1.log" 2>&1 </dev/null || cat "$FILES/$1.log"
	umount -l /run
}

@test "behaviours of a privileged container" {
	watched in_podman privileged.txt
	all_fired privileged.txt
}

@test "benign twins" {
	watched in_container benign.txt
	# The sensors see the whole machine: only what the twins' own container did.
	jq -r 'select(.skep.event["container.name"] == "acts-benign.txt" and .skep.event["proc.name"] != "skep") | select(.rule | test("Launch|Container Run as Root") | not) | "\(.rule): \(.output)"' "$FILES/alerts" >"$FILES/wrong"
	cat "$FILES/wrong"
	[ ! -s "$FILES/wrong" ]
}

@test "each rule is performed, or listed with its reason" {
	sed -n 's/^- rule: //p' "$OFFICIAL"/*.yaml | sort -u >"$FILES/rules"
	cat "$ACTS"/{container,host,terminal,privileged}.txt | grep -v '^#' | cut -d'|' -f1 | sort -u >"$FILES/performed"
	sed -n 's/^| \([^|]*[^ |]\) *| .*/\1/p' "$ROOT/docs/coverage-falco.md" | sort -u >"$FILES/listed"
	sort -u "$FILES/performed" "$FILES/listed" >"$FILES/known"
	comm -23 "$FILES/rules" "$FILES/known" >"$FILES/missing"
	cat "$FILES/missing"
	[ ! -s "$FILES/missing" ]
	[ "$(wc -l <"$FILES/rules")" -eq 93 ]
}

# What skep does between "run" and the end, on the host and for a container, in every way that there is.
skep_at_work() {
	umoci init --layout "$FILES/layout" >/dev/null
	umoci new --image "$FILES/layout:latest" >/dev/null
	umoci insert --image "$FILES/layout:latest" "$FILES/root" / >/dev/null
	skep image import "oci:$FILES/layout:latest" quiet >/dev/null
	skep run --rm --name quiet-1 quiet /bin/walker
	skep run --rm --name quiet-2 --writable --profile docker --memory 64m --tmpfs /x -v "$FILES/layout:/mnt" "rootfs:$FILES/root" /bin/walker
	skep run -d --name quiet-3 --network host --profile observe quiet /bin/walker sleep:20 >/dev/null
	skep exec quiet-3 /bin/walker
	command script -qec "$SKEP --root $FILES/store --state $FILES/state run --rm -t --no-watch --name quiet-4 quiet /bin/bash" /dev/null </dev/null >/dev/null 3>&-
	skep rm -f quiet-3 >/dev/null
}

@test "what skep does is no alert with rules/falco-skep.yaml, and a shell on its terminal is one" {
	printf -- '- list: skep_programs\n  items: [%s]\n' "$SKEP" >"$FILES/site.yaml"
	# Nothing of skep's is loaded into the kernel yet, as after a boot: the first container loads it.
	mount -t bpf none /sys/fs/bpf
	: >"$FILES/words"
	"$SKEP" --root "$FILES/store" --state "$FILES/state" watch --all -o jsonl --rules "$OFFICIAL/falco_rules.yaml" --rules "$OFFICIAL/falco-incubating_rules.yaml" \
		--rules "$OFFICIAL/falco-sandbox_rules.yaml" --rules "$ROOT/rules/falco-skep.yaml" --rules "$FILES/site.yaml" >"$FILES/alerts" 2>"$FILES/words" 3>&- &
	local watch=$!
	eventually grep -q watching "$FILES/words"
	skep_at_work
	sleep 0.3
	kill -INT "$watch"
	wait "$watch"
	jq -r --arg mine "$SKEP" 'select((.skep.event["container.name"] // "" | startswith("quiet-")) or any(.skep.ancestry[]; .exepath == $mine)) | "\(.rule): \(.output)"' \
		"$FILES/alerts" >"$FILES/mine"
	cat "$FILES/mine"
	grep -q '^Terminal shell in container: ' "$FILES/mine"
	# Who runs what as which user is the containers' own matter.
	! grep -vE '^(Terminal shell in container|Container Run as Root User|Launch Disallowed Container): ' "$FILES/mine"
}

@test "rules/falco-skep.yaml goes with each of the official files" {
	for name in falco_rules falco-incubating_rules falco-sandbox_rules; do
		skep policy check "$OFFICIAL/$name.yaml" "$ROOT/rules/falco-skep.yaml"
	done
}
