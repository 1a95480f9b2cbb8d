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
	run -0 skep policy check "$rules"/falco_rules.yaml "$rules"/falco-incubating_rules.yaml "$rules"/falco-sandbox_rules.yaml
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
