#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# A watch under load keeps to its memory, counts what it loses, and still sees what matters at the end.

load helper

SKEP=${SKEP:-$ROOT/build/bin/skep}
MEMORY_MAX=131072 # KiB

setup_test() {
	STORM=$ROOT/build/test-storm
	if [ ! "$STORM" -nt "$ROOT/test/system/storm.c" ]; then
		gcc -std=gnu17 -D_GNU_SOURCE -O2 -Wall -static -o "$STORM.$$" "$ROOT/test/system/storm.c" && mv "$STORM.$$" "$STORM"
	fi
	WATCH=""
}

teardown_test() {
	[ -z "$WATCH" ] || kill "$WATCH" 2>/dev/null || true
	# Those that a test which failed left, and the folder of all.
	find /sys/fs/cgroup -mindepth 2 -depth -type d -path "*/$ID-load*" -exec rmdir {} \; 2>/dev/null || true
}

# Falco's rules, and one that tells the end.
start_watch() {
	cat >"$WORK/rules.yaml" <<-'Y'
		- rule: The end
		  desc: d
		  condition: evt.type in (unlink, unlinkat) and fs.path.name endswith /the-end
		  output: "%proc.name %fs.path.name"
		  priority: NOTICE
	Y
	local options=(--rules "$WORK/rules.yaml") file
	for file in falco_rules falco-incubating_rules falco-sandbox_rules; do
		options=(--rules "$ROOT/test/data/falco-rules/$file.yaml" "${options[@]}")
	done
	"$SKEP" --root "$WORK/store" --state "$WORK/skep" watch "${options[@]}" -o jsonl --stats >"$WORK/out" 2>"$WORK/err" 3>&- &
	WATCH=$!
	eventually grep -q watching "$WORK/err"
}

# The watch still sees; then it ends, and never had more memory than it may.
end_watch() {
	touch "$WORK/the-end"
	rm "$WORK/the-end"
	told() { grep -q '"The end"' "$WORK/out"; }
	eventually told
	most=$(awk '/^VmHWM/ { print $2 }' "/proc/$WATCH/status")
	kill -INT "$WATCH"
	wait "$WATCH" || { cat "$WORK/err"; return 1; }
	WATCH=""
	tail -n 4 "$WORK/err"
	echo "at most $most KiB"
	[ "$most" -le "$MEMORY_MAX" ]
}

# Seen and lost of a type together.
told_of() {
	awk -v type="$1" '$1 == type { print $2 + $3 }' "$WORK/err"
}

# Those of the test are forgotten; other tests may have some.
few_known() {
	known=$(sed -n 's/.* and \([0-9]*\) containers known.*/\1/p' "$WORK/err")
	echo "$known containers known"
	[ "$known" -le 60 ]
}

@test "a fork storm: double forks and long lines" {
	start_watch
	made=$(timeout 30 "$STORM" forks 40000)
	end_watch
	echo "made $made, told of $(told_of fork)"
	[ "$made" -ge 4000 ]
	[ "$(told_of fork)" -ge "$made" ]
	[ "$(told_of exit)" -ge "$made" ]
}

@test "thousands of programs with long arguments stay" {
	start_watch
	"$STORM" holds 8000 >"$WORK/held" 3>&- &
	local storm=$!
	held() { [ -s "$WORK/held" ]; }
	eventually held
	[ "$(cat "$WORK/held")" -eq 8000 ]
	sleep 0.5
	kill "$storm"
	wait "$storm" || true
	end_watch
	[ "$(told_of execve)" -ge 8000 ]
}

@test "a flood of one call on every processor is counted to the last" {
	"$SKEP" --root "$WORK/store" --state "$WORK/skep" events -t creat --stats -o jsonl >"$WORK/out" 2>"$WORK/err" 3>&- &
	WATCH=$!
	attached() { bpftool prog show | grep -q 'name on_call'; }
	eventually attached
	sleep 1
	made=$(timeout 30 "$STORM" creats 400000)
	# What is in the ring when a watch is told to end is not shown any more.
	shown() { grep -c '"evt.type":"creat"' "$WORK/out"; }
	settled() { local before; before=$(shown); sleep 0.5; [ "$(shown)" -eq "$before" ]; }
	EVENTUALLY_SECONDS=20 eventually settled
	kill -INT "$WATCH"
	wait "$WATCH" || { cat "$WORK/err"; return 1; }
	WATCH=""
	cat "$WORK/err"
	read -r _ seen lost <<<"$(grep '^creat ' "$WORK/err")"
	echo "made $made, seen $seen, lost $lost, shown $(shown)"
	[ $((seen + lost)) -eq "$made" ]
	[ "$(shown)" -eq "$seen" ]
}

@test "a flood of opens under rules" {
	start_watch
	made=$(timeout 30 "$STORM" creats 1000000)
	end_watch
	[ "$(told_of creat)" -eq "$made" ]
}

@test "1,000 containers that are over at once" {
	start_watch
	config '.process.args = ["/bin/true"] | .linux.cgroupsPath = "/@TEST@/docker-@ID@.scope"'
	SECONDS=0
	boxes() {
		local i id text
		text=$(sed "s/@TEST@/$ID-load/" "$BUNDLE/config.json")
		for ((i = $1; i < 1000 && SECONDS < 35; i += 2)); do
			printf -v id '%064x' "$((BASHPID * 1000 + i))"
			echo "${text/@ID@/$id}" >"$WORK/bundle$1/config.json"
			timeout 20 "$RUNTIME" --root "$STATE" run --bundle "$WORK/bundle$1" "$ID-$i" </dev/null >/dev/null 2>>"$WORK/log" || echo "$i" >>"$WORK/failed"
			echo >>"$WORK/made$1"
		done 3>&-
	}
	cp -r "$BUNDLE" "$WORK/bundle0"
	cp -r "$BUNDLE" "$WORK/bundle1"
	boxes 0 &
	local other=$!
	boxes 1
	wait "$other"
	[ ! -e "$WORK/failed" ] || { cat "$WORK/log"; return 1; }
	end_watch
	made=$(cat "$WORK"/made? | wc -l)
	echo "$made containers"
	[ "$made" -ge 100 ] # as many as there was time for
	[ "$(told_of cgroup-new)" -ge $((2 * made)) ]
	few_known
}

@test "a container that makes thousands of cgroups and processes" {
	start_watch
	local parent=/sys/fs/cgroup
	[ ! -d "$parent/unified" ] || parent=$parent/unified
	local group
	group=$parent/$ID-load/docker-$(printf '%064x' "$BASHPID").scope
	mkdir -p "$group"
	made=$(timeout 30 "$STORM" groups 3000 "$group")
	echo "made $made"
	[ "$made" -ge 300 ]
	bash -c "echo \$\$ >$group/cgroup.procs; exec $STORM forks 20000" 3>&-
	rmdir "$group"
	end_watch
	[ "$(told_of cgroup-new)" -gt "$made" ]
	[ "$(told_of fork)" -ge "$made" ]
	few_known
}
