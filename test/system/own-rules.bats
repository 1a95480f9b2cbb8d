#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# skep's own rules: for each, an act that fires it and a twin that does not (test/data/own-acts); and what machines do all
# day raises nothing.

load helper
load acts

setup() { :; }
teardown() { :; }

SKEP=${SKEP:-$ROOT/build/bin/skep}
ACTS=$BATS_TEST_DIRNAME/../data/own-acts
RULES=$ROOT/rules/skep.yaml

skep() {
	timeout 100 "$SKEP" --root "$FILES/store" --state "$FILES/state" "$@" 3>&-
}

make_acts_root() {
	local root=$FILES/root name
	mkdir -p "$root"/{bin,usr/bin,usr/lib,lib64,tmp,srv,data,backup,dev,proc,etc/{cron.d,sudoers.d,systemd/system,containers/systemd,kubernetes/manifests,pam.d,profile.d}} \
		"$root"/{root/.ssh,root/.aws,var/log,var/run/secrets/kubernetes.io/serviceaccount,var/lib/containers/storage/overlay-images,mnt/host/etc}
	gcc -std=gnu17 -D_GNU_SOURCE -O1 -static -o "$root/bin/walker" "$BATS_TEST_DIRNAME/act.c" 2>"$FILES/gcc.log"
	for name in bin/{busybox,nsenter,chroot,find,grep,nc,tar,base64,nmap,bash,cat,rm,mv,ln,dd,nginx,postgres,wget,curl,pkexec,sudo,sudoedit,su,useradd,sshd,ssh,python3,docker,dockerd,podman,kubectl,buildah,systemctl} \
		bin/{iptables,shred,restic,xmrig,honeygain,ping,spare} usr/bin/{dpkg,apt-get} lib64/ld-linux-x86-64.so.2; do
		ln "$root/bin/walker" "$root/$name"
	done
	printf 'root:x:0:0:root:/root:/bin/bash\nwww-data:x:33:33:www:/:/bin/bash\n' >"$root/etc/passwd"
	for name in etc/{shadow,shadow-,gshadow,group,hostname,crontab} root/.bash_history root/.ssh/id_rsa root/.aws/credentials var/log/{syslog,auth.log} \
		tmp/plain mnt/host/etc/shadow var/run/secrets/kubernetes.io/serviceaccount/token; do
		echo x >"$root/$name"
	done
	cp "$ACTS"/*.txt "$root/srv/"
}

in_container() { # NAME FILE
	skep run --rm --name "$1" --writable --network host --profile observe --tmpfs /dev/shm:exec,mode=1777 "rootfs:$FILES/root" /bin/walker drive "/srv/$2" \
		</dev/null >"$FILES/$1.log" 2>&1 || cat "$FILES/$1.log"
}

# As skep starts containers by default.
in_strict() { # NAME FILE
	skep run --rm --name "$1" "rootfs:$FILES/root" /bin/walker drive "/srv/$2" </dev/null >"$FILES/$1.log" 2>&1 || cat "$FILES/$1.log"
}

on_terminal() { # NAME COMMAND...
	local name=$1
	shift
	command script -qec "$SKEP --root $FILES/store --state $FILES/state $*" /dev/null </dev/null >"$FILES/$name.log" 2>&1 3>&- || cat "$FILES/$name.log"
}

pod() {
	timeout 60 podman --root "$FILES/storage" --runroot "$FILES/runroot" --tmpdir "$FILES/tmp" --storage-driver overlay --runtime "${ENGINE_RUNTIME:-runc}" \
		--cgroup-manager cgroupfs --events-backend file "$@" 3>&-
}

pod_run() {
	pod run --network none --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
}

in_podman() {
	local name
	mount -t tmpfs none /run
	tar -C "$FILES/root" -c . >"$FILES/acts.tar"
	pod import -q "$FILES/acts.tar" acts >/dev/null
	for name in privileged privileged-twins; do
		pod_run --rm --privileged --name "own-$name" acts /bin/walker drive "/srv/$name.txt" </dev/null >"$FILES/$name.log" 2>&1 || cat "$FILES/$name.log"
	done
	umount -l /run
}

# As on a host whose root is ours: away from the host's mounts a chroot alone would not hide where files are.
on_host() {
	unshare -m sh -c 'mount --make-rprivate / && mount --bind "$0" "$0" && cd "$0" && pivot_root . . && exec /bin/walker "$@"' \
		"$FILES/root" "$@"
}

perform_all() {
	in_container own-acts container.txt
	in_container own-twins twins.txt
	in_strict own-confined confined.txt
	on_terminal terminal run --rm -t --name own-terminal --no-watch "rootfs:$FILES/root" /bin/walker drive /srv/terminal.txt
	skep run -d --name own-exec "rootfs:$FILES/root" /bin/walker sleep:20 >/dev/null
	on_terminal exec exec -t own-exec /bin/bash
	on_terminal twin run --rm -t --name own-terminal-twin --no-watch "rootfs:$FILES/root" /bin/bash
	skep rm -f own-exec >/dev/null
	on_host drive /srv/host.txt </dev/null >"$FILES/host.log" 2>&1
	in_podman
}

# Every alert as "rule, container, command line", once for each process of its ancestry.
as_table() {
	jq -r '. as $a | (.skep.ancestry[].cmdline, "-") | "\($a.rule)\t\($a.skep.event["container.name"])\t\(.)"' "$FILES/alerts" | sort -u >"$FILES/table"
}

setup_file() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	export FILES=$BATS_FILE_TMPDIR/files
	mkdir "$FILES"
	mount -t tmpfs none "$FILES" # a container's upper layer may not lie in its lower one, which is the host's root below
	make_acts_root
	make_network
	seen_whole "$FILES/alerts" perform_all
	as_table
}

teardown_file() {
	umount -l "$FILES"
}

# watched FILE COMMAND...: its alerts by skep's own rules.
watched() {
	local watch alerts=$1
	shift
	: >"$FILES/words" # the words of the watch before are not its own
	"$SKEP" --root "$FILES/store" --state "$FILES/state" watch -o jsonl --rules "$RULES" >"$alerts" 2>"$FILES/words" 3>&- &
	watch=$!
	eventually grep -q watching "$FILES/words" || cat "$FILES/words"
	"$@"
	sleep 1
	kill -INT "$watch"
	wait "$watch" || cat "$FILES/words"
}

# The same, again when the machine was too busy to see everything.
seen_whole() {
	local i
	for i in 1 2 3; do
		watched "$@"
		grep -q '"rule":"Events lost"' "$1" || return 0
		echo "events were lost, time $i"
	done
	return 1
}

# lines FILE CONTAINER: what the table would have for each line of it.
lines() {
	grep -v '^#' "$ACTS/$1" | awk -F'|' -v container="$2" '{
		name = $2; sub(/.*\//, "", name); line = substr(name, 1, 15)
		for (i = 3; i <= NF; i++) line = line " " $i
		print $1 "\t" container "\t" line }' | sort -u
}

all_fired() { # FILE CONTAINER
	lines "$1" "$2" >"$FILES/expected"
	comm -13 "$FILES/table" "$FILES/expected" >"$FILES/silent"
	cat "$FILES/silent"
	[ ! -s "$FILES/silent" ]
}

@test "what a container does fires" { all_fired container.txt own-acts; }
@test "what a confined container tries fires" { all_fired confined.txt own-confined; }
@test "what a terminal does fires" { all_fired terminal.txt own-terminal; }
@test "what is put into a container fires" { all_fired exec.txt own-exec; }
@test "what the host does fires" { all_fired host.txt host; }
@test "what a privileged container does fires" { all_fired privileged.txt own-privileged; }

@test "no twin fires its rule" {
	{ lines twins.txt own-twins; lines privileged-twins.txt own-privileged-twins; } | sort -u >"$FILES/twins"
	comm -12 "$FILES/table" "$FILES/twins" >"$FILES/wrong"
	grep -P '\town-terminal-twin\t' "$FILES/table" >>"$FILES/wrong" || true
	cat "$FILES/wrong"
	[ ! -s "$FILES/wrong" ]
}

@test "every rule has an act and a twin" {
	sed -n 's/^- rule: //p' "$RULES" | sort -u >"$FILES/rules"
	cat "$ACTS"/{container,confined,terminal,exec,privileged,host}.txt | grep -v '^#' | cut -d'|' -f1 | sort -u >"$FILES/acts"
	grep -v '^#' "$ACTS/twins.txt" | cut -d'|' -f1 | sort -u >"$FILES/twins"
	diff "$FILES/rules" "$FILES/acts"
	diff "$FILES/rules" "$FILES/twins"
}

# --- noise ---

day_in_container() {
	skep run --rm --name own-day --writable --network host --profile observe -v "$BATS_TEST_DIRNAME/../data/own-noise:/opt/day:ro" rootfs:/ \
		/opt/day/day.sh /var/tmp/day </dev/null >"$FILES/day.log" 2>&1
}

day_in_podman() {
	local ENGINE_RUNTIME
	mount -t tmpfs none /run
	for ENGINE_RUNTIME in runc "$ROOT/build/bin/skep-runtime"; do
		pod_run --rm --name own-podman acts /bin/walker read:/etc/hostname
		pod_run -d --name own-podman-exec acts /bin/walker sleep:60 >/dev/null
		pod exec own-podman-exec /bin/walker read:/etc/hostname
		pod rm -f -t 0 own-podman-exec >/dev/null
	done
	umount -l /run
}

# Alerts from Warning upwards of what this file's processes did, on the host or in a container.
wrong_in() {
	jq -r --arg mine "$BATS_RUN_TMPDIR" 'select(.priority | IN("Warning", "Error", "Critical", "Alert", "Emergency"))
		| select((.skep.event["container.name"] // "" | test("^own-(day|podman)")) or any(.skep.ancestry[]; .cmdline // "" | contains($mine))) | "\(.priority) \(.output)"' "$1"
}

@test "a day's work raises nothing" {
	for program in dpkg-deb gcc python3 redis-server curl; do
		command -v "$program" >/dev/null || skip "no $program"
	done
	seen_whole "$FILES/noise" day_in_container
	cat "$FILES/day.log"
	[ "$(grep -cxE 'packages|compiler|python|database|web|shells' "$FILES/day.log")" -eq 6 ]
	grep -q '"Packages changed".*own-day' "$FILES/noise" # it was seen
	wrong_in "$FILES/noise" >"$FILES/wrong"
	cat "$FILES/wrong"
	[ ! -s "$FILES/wrong" ]
}

@test "containers of Podman start without a word" {
	seen_whole "$FILES/noise" day_in_podman
	wrong_in "$FILES/noise" >"$FILES/wrong"
	cat "$FILES/wrong"
	[ ! -s "$FILES/wrong" ]
}
