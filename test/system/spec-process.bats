#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The process part of the runtime specification (config.md, config-linux.md): each field is set and seen from inside.

load helper

@test "process.args, env and cwd" {
	config '.process.env = ["PATH=/bin", "GREETING=good day", "EMPTY="] | .process.cwd = "/tmp"'
	in_container 'pwd; echo "$GREETING"; env | sort'
	[ "${lines[0]}" = /tmp ]
	[ "${lines[1]}" = "good day" ]
	[[ "$output" == *"EMPTY="* ]]
}

@test "the host's environment does not leak" {
	export SKEP_TEST_SECRET=leak
	in_container env
	[[ "$output" != *leak* ]]
}

@test "HOME comes from the container's passwd file" {
	config '.process.user = {"uid": 1000, "gid": 1000}'
	in_container 'echo $HOME'
	[ "$output" = /tmp ]
}

@test "process.cwd that is missing is created" {
	config '.process.cwd = "/tmp/new/folder" | .root.readonly = false'
	in_container pwd
	[ "$output" = /tmp/new/folder ]
}

@test "process.cwd that is not absolute is refused" {
	config '.process.cwd = "tmp"'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *absolute* ]]
}

@test "process.user uid, gid, additionalGids, umask" {
	config '.process.user = {"uid": 1000, "gid": 1001, "additionalGids": [5, 6], "umask": 63}'
	in_container 'id -u; id -g; id -G; umask'
	[ "${lines[0]}" = 1000 ]
	[ "${lines[1]}" = 1001 ]
	[ "${lines[2]}" = "1001 5 6" ]
	[ "${lines[3]}" = 0077 ]
}

@test "supplementary groups of the caller are dropped" {
	script 'grep Groups /proc/self/status'
	run setpriv --groups 4,27 "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$status" -eq 0 ]
	[[ "$output" =~ ^Groups:[[:space:]]*0?[[:space:]]*$ ]]
}

@test "process.capabilities: each of the five sets" {
	config '.process.capabilities = {"bounding": ["CAP_KILL", "CAP_CHOWN", "CAP_SYS_CHROOT"], "permitted": ["CAP_KILL", "CAP_CHOWN"],
		"effective": ["CAP_KILL"], "inheritable": ["CAP_CHOWN"], "ambient": []} | .process.args = ["/bin/grep", "^Cap", "/proc/self/status"]
		| .process.user = {"uid": 1000, "gid": 1000}'
	run_container
	echo "$output"
	[ "$status" -eq 0 ]
	# After the exec of an ordinary user's program without ambient capabilities only these two sets remain.
	[[ "$output" == *"CapBnd:"$'\t'0000000000040021* ]]
	[[ "$output" == *"CapInh:"$'\t'0000000000000001* ]]
	[[ "$output" == *"CapEff:"$'\t'0000000000000000* ]]
}

@test "process.capabilities.ambient survives for an ordinary user" {
	config '.process.capabilities = {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"],
		"inheritable": ["CAP_KILL"], "ambient": ["CAP_KILL"]} | .process.user = {"uid": 1000, "gid": 1000}'
	in_container 'grep ^Cap /proc/self/status'
	[ "$(grep -c 0000000000000020 <<<"$output")" -eq 5 ]
}

@test "without capabilities there are none" {
	config 'del(.process.capabilities)'
	in_container 'grep ^Cap /proc/self/status'
	[ "$(grep -c 0000000000000000 <<<"$output")" -eq 5 ]
}

@test "process.rlimits" {
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
	in_container 'ulimit -Sn; ulimit -Hn; ulimit -c'
	[ "${lines[0]}" = 100 ]
	[ "${lines[1]}" = 200 ]
	[ "${lines[2]}" = 0 ]
}

@test "process.rlimits: an unknown or doubled type is refused" {
	config '.process.rlimits = [{"type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1}]'
	run_container
	[ "$status" -ne 0 ]
	config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 1}, {"type": "RLIMIT_NOFILE", "soft": 2, "hard": 2}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "process.noNewPrivileges" {
	in_container 'grep NoNewPrivs /proc/self/status'
	[[ "$output" == *1 ]]
	config '.process.noNewPrivileges = false'
	in_container 'grep NoNewPrivs /proc/self/status'
	[[ "$output" == *0 ]]
}

@test "process.oomScoreAdj" {
	config '.process.oomScoreAdj = 321'
	in_container 'cat /proc/self/oom_score_adj'
	[ "$output" = 321 ]
}

@test "process.scheduler" {
	add_probe
	config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 5}'
	in_container 'probe scheduler'
	[ "$output" = "policy=3 nice=5 priority=0 flags=0" ]
}

@test "process.scheduler with flags" {
	add_probe
	config '.process.scheduler = {"policy": "SCHED_OTHER", "nice": 3, "flags": ["SCHED_FLAG_RESET_ON_FORK"]} | .process.args = ["/bin/probe", "scheduler"]'
	run_container
	[ "$status" -eq 0 ]
	[ "$output" = "policy=0 nice=3 priority=0 flags=1" ]
}

@test "process.ioPriority" {
	add_probe
	config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
	in_container 'probe io-priority'
	[ "$output" = "ok $(((2 << 13) | 6))" ]
}

@test "process.execCPUAffinity of an exec" {
	[ "$(nproc)" -gt 1 ] || skip "one processor only"
	add_probe
	start_sleeping
	jq '.process | .args = ["/bin/probe", "affinity"] | .execCPUAffinity = {"initial": "0-1", "final": "1"}' \
		"$BUNDLE/config.json" >"$WORK/process.json"
	run "$RUNTIME" --root "$STATE" exec --process "$WORK/process.json" "$ID" </dev/null 3>&-
	[ "$status" -eq 0 ]
	[ "$output" = "1 " ]
}

@test "hostname and domainname" {
	config '.hostname = "host-of-test" | .domainname = "domain-of-test"'
	in_container 'hostname; cat /proc/sys/kernel/domainname'
	[ "${lines[0]}" = host-of-test ]
	[ "${lines[1]}" = domain-of-test ]
}

@test "hostname without a uts namespace is refused" {
	config '.linux.namespaces |= map(select(.type != "uts"))'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *[Uu][Tt][Ss]* ]]
	[ "$(hostname)" != cell ]
}

@test "linux.personality" {
	add_probe
	config '.linux.personality = {"domain": "LINUX32"}'
	in_container 'probe personality; uname -m'
	[ "${lines[0]}" = "ok 8" ]
	[ "${lines[1]}" = i686 ]
	# The specification defines no flag yet.
	config '.linux.personality.flags = ["SOME_FLAG"]'
	run_container
	[ "$status" -ne 0 ]
}

@test "linux.memoryPolicy" {
	add_probe
	config '.linux.memoryPolicy = {"mode": "MPOL_PREFERRED", "nodes": "0"}'
	in_container 'probe memory-policy'
	[ "$output" = "mode=1 nodes=1" ]
	config '.linux.memoryPolicy.flags = ["MPOL_F_STATIC_NODES"]'
	in_container 'probe memory-policy'
	[ "$output" = "mode=$((1 | 1 << 15)) nodes=1" ]
}

@test "a session keyring of its own, unless --no-new-keyring" {
	add_probe
	config '.process.args = ["/bin/probe", "keyring"]'
	run_container
	[ "$status" -eq 0 ]
	own=$output
	run_container
	[ "$output" != "$own" ]
	run_container --no-new-keyring
	[ "$status" -eq 0 ]
}

@test "process.user.username is for other systems and ignored" {
	config '.process.user.username = "bob"'
	in_container 'id -u'
	[ "$output" = 0 ]
}

@test "process.apparmorProfile is refused where the host has no AppArmor" {
	[ ! -e /sys/kernel/security/apparmor ] || skip "the host has AppArmor"
	config '.process.apparmorProfile = "nosuch"'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *[Aa]pp[Aa]rmor* ]]
}

@test "process.selinuxLabel is refused where the host has no SELinux" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "the host has SELinux"
	config '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *[Ss][Ee][Ll]inux* ]]
}

@test "the environment is not cut and keeps its order for doubles" {
	long=$(printf 'x%.0s' {1..60000})
	config --arg v "$long" '.process.env += ["LONG=" + $v, "TWICE=1", "TWICE=2"]'
	in_container 'echo ${#LONG} $TWICE'
	[ "$output" = "60000 2" ]
}

@test "process.terminal with consoleSize" {
	KEEP_SIZE=1 "$BATS_TEST_DIRNAME/receive-terminal" "$WORK/console" "$WORK/typed" 3>&- &
	eventually test -S "$WORK/console"
	config '.process.terminal = true | .process.consoleSize = {"height": 33, "width": 111}'
	script 'stty size; tty; echo end'
	create --console-socket "$WORK/console"
	runtime start "$ID"
	eventually grep -q end "$WORK/typed"
	grep -q "33 111" "$WORK/typed"
	grep -q /dev/ "$WORK/typed"
}

@test "process.scheduler with a deadline" {
	add_probe
	config '.process.scheduler = {"policy": "SCHED_DEADLINE", "runtime": 1000000, "deadline": 20000000, "period": 20000000} | .process.args = ["/bin/probe", "scheduler"]'
	run_container
	echo "$output"
	# The kernel has no such processes in groups with processors of their own, or without the time to give.
	if [ "$status" -eq 0 ]; then
		[[ "$output" == "policy=6 "* ]]
	else
		[[ "$output" == *process.scheduler* ]]
	fi
}

@test "process.commandLine is for other systems and ignored" {
	config '.process.commandLine = "no such program"'
	in_container 'echo ran'
	[ "$output" = ran ]
}

@test "linux.mountLabel is refused where the host has no SELinux" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "the host has SELinux"
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *[Ss][Ee][Ll]inux* ]]
}

# landlock JSON SCRIPT: runs the script in a container with this annotation.
landlock() {
	config ".annotations = {\"org.skep.landlock\": $(jq -nc --arg a "$1" '$a')} | .process.noNewPrivileges = true
		| .root.readonly = false | .process.args = [\"/bin/sh\", \"-c\", $(jq -nc --arg a "$2" '$a')]"
	run_container
}

@test "annotation org.skep.landlock: files that no rule allows are refused, on every way to them" {
	# 1 execute, 2 write, 4 read, 8 list; 256 make a file, 32 remove one; 4096 make a link, 8192 move between folders
	all='{"handled_access_fs": 16383, "rules": [{"paths": ["/bin", "/usr"], "allowed_access": 13}, {"paths": ["/tmp"], "allowed_access": 302},
		{"paths": ["/proc", "/dev"], "allowed_access": 14}, {"paths": ["/nowhere"], "allowed_access": 4, "optional": true}]}'
	landlock "$all" 'echo a >/tmp/a && cat /tmp/a && rm /tmp/a && ls /bin >/dev/null && echo fine'
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *fine* ]]
	for act in 'cat /etc/passwd' 'ls /etc' 'echo x >/etc/new' 'cat /proc/self/root/etc/passwd' 'cat /tmp/../etc/passwd' 'ln -s /etc/passwd /tmp/l; cat /tmp/l' \
		'ln /etc/passwd /tmp/l' 'mv /etc/passwd /tmp/p' 'echo x >/bin/new' 'rm /etc/passwd' 'cp /bin/busybox /tmp/b && chmod +x /tmp/b && /tmp/b true' 'mkdir /tmp/d'; do
		landlock "$all" "$act && echo DONE"
		echo "$act: $output"
		[[ "$output" != *DONE* ]]
		[[ "$output" == *"ermission denied"* ]] || [[ "$output" == *"nvalid cross-device"* ]] || [[ "$output" == *"ross-device link"* ]]
	done
	# Without the annotation they work: the acts themselves are sound.
	config 'del(.annotations) | .process.args = ["/bin/sh", "-c", "cat /etc/passwd >/dev/null && mkdir /tmp/d && echo DONE"]'
	run_container
	[[ "$output" == *DONE* ]]
}

@test "annotation org.skep.landlock: ports that no rule allows are refused" {
	net='{"handled_access_net": 3, "rules": [{"ports": [8080], "allowed_access": 1}]}'
	landlock "$net" 'timeout 1 nc -l -p 8080; [ $? -eq 124 ] || [ $? -eq 143 ]; echo first; timeout 1 nc -l -p 8081; echo second $?'
	echo "$output"
	[[ "$output" != *"first"*"second 143"* ]]
	[[ "$output" == *ermission* ]]
	landlock "$net" 'ifconfig lo 127.0.0.1 2>/dev/null; nc 127.0.0.1 8080 </dev/null; echo ended'
	[[ "$output" == *ermission* ]]
}

@test "annotation org.skep.landlock: a domain by its name" {
	landlock read-only 'echo a >/tmp/a && cat /tmp/a && echo fine; echo b >/etc/b; rm /etc/passwd; ls /etc/passwd; exit 0'
	[[ "$output" == *fine* && "$output" == *"/etc/b: Permission denied"* && "${lines[-1]}" == /etc/passwd ]]
	landlock no-tcp 'echo b >/etc/b && nc -l -p 8080'
	[[ "$output" == *"nc: bind: Permission denied"* ]]
	landlock strict 'echo b >/etc/b; nc -l -p 8080'
	[[ "$output" == *"/etc/b: Permission denied"*"nc: bind: Permission denied"* ]]
	landlock loose true
	[ "$status" -ne 0 ]
	[[ "$output" == *"read-only, no-tcp and strict"* ]]
}

@test "annotation org.skep.landlock: a process of exec has the same rules" {
	config '.annotations = {"org.skep.landlock": "{\"handled_access_fs\": 12, \"scoped\": 3, \"rules\": [{\"paths\": [\"/bin\", \"/proc\", \"/dev\"], \"allowed_access\": 12}]}"}
		| .process.noNewPrivileges = true'
	start_sleeping
	run runtime exec "$ID" /bin/cat /etc/passwd
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"ermission denied"* ]]
	# It is in a domain of its own and may still signal the container's processes.
	run runtime exec "$ID" /bin/kill -0 1
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "annotation org.skep.landlock: honoured or refused by name" {
	config '.annotations = {"org.skep.landlock": "{\"scoped\": 3}"} | .process.noNewPrivileges = true | .process.args = ["/bin/true"]'
	run_container
	[ "$status" -eq 0 ]
	config '.process.noNewPrivileges = false'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *noNewPrivileges* ]]
	config '.annotations = {"org.skep.landlock": "{\"rules\": [{}]}"} | .process.noNewPrivileges = true'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *org.skep.landlock*rules* ]]
	config '.annotations = {"org.skep.landlock": "{\"handled_access_fs\": 4, \"rules\": [{\"paths\": [\"/not/there\"], \"allowed_access\": 4}]}"} | .process.noNewPrivileges = true'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *org.skep.landlock*/not/there* ]]
	config '.annotations = {"org.skep.landlock": "{\"scoped\": 8}"}'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *org.skep.landlock*8* ]]
}
