#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rules checked, explained and tried on written events.

load helper
PATH=$ROOT/build/bin:$PATH

rules=$ROOT/test/data/falco-rules

setup() {
	cat >"$BATS_TEST_TMPDIR/trace" <<'END'
{"evt.num":7,"evt.time":1,"evt.type":"openat","proc.name":"cat","fd.name":"/etc/shadow","evt.is_open_read":true,"fd.typechar":"f","fd.num":3}
{"evt.num":8,"evt.type":"openat","proc.name":"cat","fd.name":"/etc/hosts","evt.is_open_read":true,"fd.typechar":"f","fd.num":3}
{"evt.num":9,"evt.type":"execve","proc.name":"bash","proc.tty":34816,"container.id":"0123456789ab"}
END
}

@test "the official rules load unchanged, alone and together" {
	local file
	for file in falco_rules falco-incubating_rules falco-sandbox_rules; do
		skep policy check "$rules/$file.yaml"
	done
	run -0 --separate-stderr skep policy check "$rules"/falco_rules.yaml "$rules"/falco-incubating_rules.yaml "$rules"/falco-sandbox_rules.yaml
	[[ $output == "93 rules, "*" no mistakes" ]]
}

@test "every mistake of a file is shown at its place" {
	cat >"$BATS_TEST_TMPDIR/bad.yaml" <<'END'
- rule: a
  desc: d
  output: o %proc.nmae
  priority: LOUD
  condition: >
    evt.type = opne
    and proc.cmdlin contains x
END
	run -2 skep policy check "$BATS_TEST_TMPDIR/bad.yaml"
	[[ $output == *"bad.yaml:3:11: error: unknown field 'proc.nmae'; did you mean 'proc.name'?"* ]]
	[[ $output == *"bad.yaml:4:13: error: expected a priority"* ]]
	run -0 bash -c 'sed s/LOUD/INFO/ "$1/bad.yaml" >"$1/bad2.yaml"' - "$BATS_TEST_TMPDIR"
	run -2 skep policy check "$BATS_TEST_TMPDIR/bad2.yaml"
	[[ $output == *"bad2.yaml:6:16: error: unknown event type 'opne'; did you mean 'open'?"* ]]
	[[ $output == *"bad2.yaml:7:9: error: unknown field 'proc.cmdlin'; did you mean 'proc.cmdline'?"* ]]
}

@test "rules of newer engines and of other sources load, and what is left out or never seen is said" {
	cat >"$BATS_TEST_TMPDIR/newer.yaml" <<'END'
- required_plugin_versions:
    - {name: k8saudit, version: 0.7.0}
- macro: audited
  condition: ka.verb = create
- rule: k8s
  desc: d
  source: k8s_audit
  condition: audited
  output: o
  priority: INFO
- rule: seldom
  desc: d
  condition: >
    evt.type in (pread, pwrite, prlimit, stat64, useradded, fchmodat2) and proc.aargs contains x and evt.around[1404996934793590564] = 1000 and
    fdlist.names exists and k8s.pod.label.app = web and proc.name startswith anyof (a, b) and getopt(proc.args, "e:")[e] exists
  output: "%k8s.pod.uid %k8s.pod.ip"
  priority: INFO
- rule: seldom
  capture: true
  override: {capture: replace}
END
	run -0 skep policy check "$BATS_TEST_TMPDIR/newer.yaml"
	[[ $output == *"there is no plugin 'k8saudit'"* ]]
	[[ $output == *"this rule is left out: there are only events of the source 'syscall'"* ]]
	[[ $output == *"unknown field 'ka.verb' in a macro that no rule uses"* ]]
	[[ $output == *"events of the type 'useradded' are never seen"* ]]
	[[ $output == *"fdlist.names is never present"* ]]
	[[ $output != *"'fchmodat2'"* ]]
	[[ $output == *"1 rules, 1 of them switched on"* ]]
}

@test "with --skip-broken the rest is loaded, and each rule that is not is named" {
	cat >"$BATS_TEST_TMPDIR/broken.yaml" <<'END'
- macro: bad
  condition: no.such.field = 1
- rule: one
  desc: d
  condition: evt.type=open and not bad
  output: o
  priority: INFO
- rule: two
  desc: d
  condition: evt.type=open and not bad
  output: o
  priority: INFO
- rule: whole
  desc: d
  condition: evt.type=open
  output: o
  priority: INFO
END
	run -2 skep policy check "$BATS_TEST_TMPDIR/broken.yaml"
	run -0 skep policy check --skip-broken "$BATS_TEST_TMPDIR/broken.yaml"
	[[ $output == *"rule 'one' is left out: unknown field 'no.such.field'"* ]]
	[[ $output == *"rule 'two' is left out: a macro that cannot be used"* ]]
	[[ $output == *"3 rules, 1 of them switched on"* ]]
}

@test "a trace is judged line by line" {
	run -0 --separate-stderr skep policy test --rules "$rules/falco_rules.yaml" --events "$BATS_TEST_TMPDIR/trace" -o jsonl
	[ "${#lines[@]}" -eq 2 ]
	[ "$(jq -r '"\(.line) \(.rule)"' <<<"${lines[0]}")" = "1 Read sensitive file untrusted" ]
	[ "$(jq -r '"\(.line) \(.rule)"' <<<"${lines[1]}")" = "3 Terminal shell in container" ]
	[[ $(jq -r .output <<<"${lines[0]}") == *" file=/etc/shadow gparent=<NA> "* ]]
}

@test "a rule is explained" {
	run -0 skep policy explain "Terminal shell in container" --rules "$rules/falco_rules.yaml"
	[[ $output == *"events: execve execveat"* ]]
	[[ $output == *"and proc.name in (ash, bash, csh, ksh, sh, tcsh, zsh, dash)"* ]]
	run -2 skep policy explain "No such rule" --rules "$rules/falco_rules.yaml"
}

@test "10,000 generated events are judged as the slow evaluator judges them" {
	local files=("$rules"/falco_rules.yaml "$rules"/falco-incubating_rules.yaml "$rules"/falco-sandbox_rules.yaml)
	cd "$BATS_TEST_TMPDIR"
	"$ROOT/test/system/judge-slowly" make 1 10000 "${files[@]}" >events
	"$ROOT/test/system/judge-slowly" judge events "${files[@]}" >slow
	skep policy test --rules "${files[@]}" --events events -o jsonl | jq -c '{line, rule}' >fast
	[ "$(wc -l <slow)" -gt 5000 ]
	cmp slow fast
}
