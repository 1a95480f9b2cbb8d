#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What engines and scripts that were written for runc rely on, beyond the words of the specification.

load helper

enter() {
	run timeout 30 "$RUNTIME" --root "$STATE" exec "$@" </dev/null 3>&-
	echo "$output"
}

# A line of text that is written in a terminal handed over through a console socket, as its reader gets it.
through_a_console() {
	python3 - "$WORK/console" <<-'PYTHON' &
		import socket, sys, array, os
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1)
		c, _ = s.accept()
		_, anc, _, _ = c.recvmsg(4096, socket.CMSG_LEN(4))
		fd = array.array("i", anc[0][2])[0]
		text = b""
		while not text.endswith(b"end\n"):
		    text += os.read(fd, 4096)
		open(sys.argv[1] + ".text", "wb").write(text)
	PYTHON
	local reader=$!
	eventually test -S "$WORK/console"
	"$@" --console-socket "$WORK/console" "$ID"
	wait "$reader"
}

run_detached() {
	runtime run --detach --bundle "$BUNDLE" "$@" </dev/null
}

@test "the terminal that is handed over adds no carriage return" {
	script 'echo one; echo end; sleep 1000'
	config '.process.terminal = true'
	through_a_console run_detached
	[ "$(od -An -c "$WORK/console.text" | tr -d ' ')" = 'one\nend\n' ]
}

@test "a container in a cgroup that is frozen is refused at once, and one below it" {
	local frozen=/skep-callers-$ID/frozen dir
	dir=/sys/fs/cgroup/freezer$frozen
	[ -d /sys/fs/cgroup/freezer ] || dir=/sys/fs/cgroup$frozen
	mkdir -p "$dir"
	if [ -e "$dir/freezer.state" ]; then echo FROZEN >"$dir/freezer.state"; else echo 1 >"$dir/cgroup.freeze"; fi
	for path in "$frozen" "$frozen/deep"; do
		config --arg path "$path" '.linux.cgroupsPath = $path'
		run_container
		[ "$status" -eq 1 ]
		[[ "$output" == *"cgroup unexpectedly frozen"* ]]
	done
	if [ -e "$dir/freezer.state" ]; then echo THAWED >"$dir/freezer.state"; fi
	find /sys/fs/cgroup -depth -type d -path "*/skep-callers-$ID*" -exec rmdir {} +
}

@test "options may stand behind the ID, but the program's own are left alone" {
	start_sleeping
	runtime update "$ID" --pids-limit 77
	[ "$(cat "$(cgroup_of pids)/pids.max")" = 77 ]
	runtime kill "$ID" CONT --all
	enter "$ID" /bin/echo --user -t
	[ "$output" = "--user -t" ]
	runtime delete "$ID" --force
}

@test "files that are named may be pipes" {
	start_sleeping
	enter --process <(jq '.process | .args = ["/bin/echo", "from a pipe"]' "$BUNDLE/config.json") "$ID"
	[ "$output" = "from a pipe" ]
	echo '{"pids": {"limit": 66}}' | runtime update --resources /dev/stdin "$ID"
	[ "$(cat "$(cgroup_of pids)/pids.max")" = 66 ]
}

@test "capabilities that are unknown or not to be had are warned about and left out" {
	config '.process.capabilities |= map_values(. + ["CAP_OF_TOMORROW"])
		| .process.capabilities.ambient = ["CAP_KILL"]'
	script 'grep -E "Cap(Eff|Amb)" /proc/self/status'
	run_container
	[ "$status" -eq 0 ]
	[[ "$output" == *level=warning*CAP_OF_TOMORROW* ]]
	[[ "$output" == *CapEff:*0000000020000420* ]]
	[[ "$output" == *CapAmb:*0000000000000000* ]]
}

@test "exec without --cap keeps the ambient set of the configuration" {
	config '.process.capabilities.inheritable = ["CAP_KILL"] | .process.capabilities.ambient = ["CAP_KILL"]
		| .process.user = {"uid": 1000, "gid": 1000}'
	start_sleeping
	enter "$ID" /bin/grep CapAmb /proc/self/status
	[[ "$output" == *0000000000000020 ]]
}

@test "what exec itself fails at ends with 255" {
	start_sleeping
	enter --process "$WORK/missing" "$ID"
	[ "$status" -eq 255 ]
	enter --pid-file "$WORK/no/such/folder" "$ID" /bin/true
	[ "$status" -eq 255 ]
	runtime pause "$ID"
	enter "$ID" /bin/true
	[ "$status" -eq 255 ]
	runtime resume "$ID"
	enter "$ID" /bin/sh -c 'exit 3'
	[ "$status" -eq 3 ]
}

@test "the caller's CPU affinity is not the container's" {
	local all first
	all=$(sed -n 's/Cpus_allowed_list:\t//p' /proc/self/status)
	first=${all%%[-,]*}
	[ "$all" != "$first" ] || skip "this machine gives one CPU"
	script 'grep Cpus_allowed_list /proc/self/status'
	run taskset -c "$first" "$RUNTIME" --root "$STATE" run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[[ "$output" == *"	$all" ]]
	runtime delete --force "$ID" || true
	start_sleeping
	run taskset -c "$first" "$RUNTIME" --root "$STATE" exec "$ID" /bin/grep Cpus_allowed_list /proc/self/status </dev/null 3>&-
	[[ "$output" == *"	$all" ]]
}

@test "--debug tells what is done, as text and as JSON, to standard error or to --log" {
	run "$RUNTIME" --root "$STATE" --debug run --bundle "$BUNDLE" "$ID" </dev/null 3>&-
	[ "$status" -eq 0 ]
	[[ "$output" == *'level=debug msg='* ]]
	runtime --debug --log "$WORK/text" run --bundle "$BUNDLE" "$ID" </dev/null
	grep -q 'level=debug msg=' "$WORK/text"
	runtime --debug --log "$WORK/json" --log-format json run --bundle "$BUNDLE" "$ID" </dev/null
	jq -es 'all(.level and .msg and .time) and any(.level == "debug")' "$WORK/json"
	runtime --log "$WORK/quiet" run --bundle "$BUNDLE" "$ID" </dev/null
	[ ! -s "$WORK/quiet" ]
}

@test "HOME that is missing or empty comes from the container's passwd, the last of two counts" {
	script 'echo "$HOME"; echo "$TWICE"'
	config '.process.user = {"uid": 1000, "gid": 1000} | .process.env += ["HOME=", "TWICE=a", "TWICE=b"]'
	run_container
	[ "$output" = "$(printf '/tmp\nb')" ]
}

@test "a tmpfs without a mode has that of the folder it covers" {
	chmod 1751 "$BUNDLE/rootfs/mnt"
	config '.mounts += [{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs"},
		{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["mode=0700"]}]'
	in_container 'stat -c %a /mnt /tmp'
	[ "$output" = "$(printf '1751\n700')" ]
}

@test "a path that is masked twice is covered once" {
	config '.linux.maskedPaths = ["/proc/keys", "/proc/keys", "/proc/timer_list", "/proc/timer_list"]'
	in_container 'grep -c " /proc/keys " /proc/self/mountinfo'
	[ "$output" = 1 ]
}

@test "a startContainer hook without an environment has that of the process" {
	config --arg env "FOR_HOOK=seen" '.process.env += [$env] | .root.readonly = false
		| .hooks = {"startContainer": [{"path": "/bin/sh", "args": ["sh", "-c", "echo $FOR_HOOK >/tmp/hook"]}]}'
	in_container 'cat /tmp/hook'
	[ "$output" = seen ]
	config '.hooks.startContainer[0].env = ["PATH=/bin"]'
	in_container 'cat /tmp/hook'
	[ "$output" = "" ]
}

@test "list is sorted by ID, and a --root that is not there is an error" {
	local ids="$ID-b $ID-c $ID-a" id
	for id in $ids; do
		runtime create --bundle "$BUNDLE" "$id" </dev/null >/dev/null
	done
	[ "$(runtime list -q | tr '\n' ' ')" = "$ID-a $ID-b $ID-c " ]
	for id in $ids; do runtime delete --force "$id"; done
	run "$RUNTIME" --root "$WORK/missing" list
	[ "$status" -ne 0 ]
	[[ "$output" == *"$WORK/missing"* ]]
}

@test "a mount point behind a dangling link is made below the container's root" {
	ln -s /made/by/link "$BUNDLE/rootfs/dangling"
	ln -s ../../../../../../../../../../made/file "$BUNDLE/rootfs/file-link"
	config --arg d "$WORK" '.mounts += [
		{"destination": "/dangling/here", "type": "tmpfs", "source": "tmpfs"},
		{"destination": "/file-link", "type": "bind", "source": "/etc/hostname", "options": ["bind", "ro"]}]'
	in_container 'grep -c -E " /made/(by/link/here|file) " /proc/self/mountinfo'
	[ "$output" = 2 ]
	[ -d "$BUNDLE/rootfs/made/by/link/here" ]
	[ -f "$BUNDLE/rootfs/made/file" ]
	[ ! -e /made ]
}

@test "a mount's source that an earlier mount provides is found" {
	mkdir "$WORK/volume" "$WORK/volume/sub"
	echo text >"$WORK/volume/sub/file"
	config --arg d "$WORK/volume" --arg root "$BUNDLE/rootfs" '.mounts += [
		{"destination": "/mnt", "type": "bind", "source": $d, "options": ["bind"]},
		{"destination": "/var", "type": "bind", "source": ($root + "/mnt/sub"), "options": ["bind"]}]'
	in_container 'cat /var/file'
	[ "$output" = text ]
}

@test "a limit of no processes is one of the first process alone" {
	config '.linux.resources.pids = {"limit": 0}'
	start_sleeping
	[ "$(cat "$(cgroup_of pids)/pids.max")" = 1 ]
}

@test "update takes realtime runtime and period in the order the kernel wants" {
	[ -e /sys/fs/cgroup/cpu/cpu.rt_period_us ] || skip "no realtime groups in this kernel"
	start_sleeping
	runtime update --cpu-rt-period 900000 --cpu-rt-runtime 600000 "$ID"
	runtime update --cpu-rt-period 300000 --cpu-rt-runtime 100000 "$ID"
	[ "$(cat "$(cgroup_of cpu)/cpu.rt_runtime_us")" = 100000 ]
}

@test "update changes the device rules where v1 holds them" {
	[ -d /sys/fs/cgroup/devices ] || skip "the rules of this test are v1's"
	config '.linux.resources.devices = [{"allow": false, "access": "rwm"}]'
	start_sleeping
	run ! grep -q "c 10:229 " "$(cgroup_of devices)/devices.list"
	runtime update -r - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]}'
	grep -q "c 10:229 rw$" "$(cgroup_of devices)/devices.list"
}

@test "KILL ends every process of a container in the host's pid namespace" {
	config '.linux.namespaces |= map(select(.type != "pid"))'
	script 'sleep 54321 & sleep 54321 & wait'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null
	local procs
	procs=$(cgroup_of pids)/cgroup.procs
	three() { [ "$(wc -l <"$procs")" -eq 3 ]; }
	eventually three
	local pids
	pids=$(cat "$procs")
	runtime kill "$ID" KILL
	for pid in $pids; do
		ended() { [ ! -d "/proc/$pid" ] || grep -q '^State:.*Z' "/proc/$pid/status"; }
		eventually ended
	done
}

@test "a created container has none of the caller's descriptors" {
	exec 7<"$BUNDLE/config.json"
	create
	exec 7<&-
	run ls -l "/proc/$(pid_of)/fd"
	[[ "$output" != *config.json* ]]
	runtime start "$ID"
}

@test "--pidfd-socket hands the process over at create" {
	python3 - "$WORK/pidfd" <<-'PYTHON' &
		import socket, sys, array, signal
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(1)
		c, _ = s.accept()
		_, anc, _, _ = c.recvmsg(4096, socket.CMSG_LEN(4))
		fd = array.array("i", anc[0][2])[0]
		open(sys.argv[1] + ".got", "w").close()
		c.recv(1)
		signal.pidfd_send_signal(fd, signal.SIGKILL)
	PYTHON
	local reader=$!
	eventually test -S "$WORK/pidfd"
	create --pidfd-socket "$WORK/pidfd"
	wait "$reader"
	eventually is_status stopped
}

@test "a filter that asks an agent about write is refused with its reason" {
	config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/run/no-agent",
		"syscalls": [{"names": ["write"], "action": "SCMP_ACT_NOTIFY"}]}'
	run_container
	[ "$status" -eq 1 ]
	[[ "$output" == *"SCMP_ACT_NOTIFY cannot be used for the write syscall"* ]]
	config '.linux.seccomp.syscalls[0].names = ["chmod"]'
	run_container
	[ "$status" -eq 1 ]
	[[ "$output" == *"failed to connect with seccomp agent"* ]]
}

@test "a container without a mount namespace runs in its root, and what needs one is refused" {
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | .root.readonly = false
		| del(.linux.maskedPaths, .linux.readonlyPaths)'
	in_container 'ls -d /bin/busybox; readlink /proc/self/ns/mnt || echo no proc'
	[ "$output" = "$(printf '/bin/busybox\nno proc')" ]
	config '.linux.maskedPaths = ["/proc/kcore"]'
	run_container
	[ "$status" -eq 1 ]
	[[ "$output" == *"mount namespace"* ]]
}

@test "a mount namespace is joined by its path" {
	config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | .root.readonly = false
		| del(.linux.maskedPaths, .linux.readonlyPaths)'
	unshare --mount --propagation private sleep 1000 3>&- &
	local holder=$!
	differs() { [ "$(readlink "/proc/$holder/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]; }
	eventually differs
	config --arg path "/proc/$holder/ns/mnt" '.linux.namespaces += [{"type": "mount", "path": $path}]
		| .process.args = ["/bin/sleep", "1000"]'
	runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null
	[ "$(readlink "/proc/$(pid_of)/ns/mnt")" = "$(readlink "/proc/$holder/ns/mnt")" ]
	kill "$holder"
}

@test "a working directory that is not there is made" {
	config '.process.cwd = "/var/not/there" | .root.readonly = false'
	in_container 'pwd'
	[ "$output" = /var/not/there ]
}

@test "a device that the image has is kept when it is the right one, its owner and mode are exact" {
	mknod -m 600 "$BUNDLE/rootfs/mnt/right" c 1 3
	mknod -m 600 "$BUNDLE/rootfs/mnt/wrong" c 1 5
	config '.root.readonly = false | .linux.devices = [
		{"type": "c", "path": "/mnt/right", "major": 1, "minor": 3, "fileMode": 438, "uid": 7, "gid": 8},
		{"type": "c", "path": "/dev/slash/", "major": 1, "minor": 5, "fileMode": 146, "uid": 1, "gid": 2}]'
	in_container 'stat -c "%t:%T %a %u %g" /mnt/right /dev/slash'
	[ "$output" = "$(printf '1:3 666 7 8\n1:5 222 1 2')" ]
	config '.linux.devices[0].path = "/mnt/wrong"'
	run_container
	[ "$status" -eq 1 ]
	[[ "$output" == *"/mnt/wrong"* ]]
}

@test "--preserve-fds passes what is open" {
	script 'cat <&4'
	echo kept >"$WORK/kept"
	run bash -c "exec 3</dev/null 4<'$WORK/kept'; '$RUNTIME' --root '$STATE' run --preserve-fds 2 --bundle '$BUNDLE' '$ID' </dev/null"
	[ "$output" = kept ]
}

@test "a domain name that is given twice is refused" {
	config '.domainname = "a.example" | .linux.sysctl = {"kernel.domainname": "b.example"}'
	run_container
	[ "$status" -eq 1 ]
	[[ "$output" == *kernel.domainname* ]]
}

@test "scheduler and I/O priority are set though the container has no privilege for them" {
	# On cgroup v1 a group gets none of it unless told.
	config '.linux.resources.cpu = {"realtimePeriod": 1000000, "realtimeRuntime": 10000}
		| .process.scheduler = {"policy": "SCHED_FIFO", "priority": 7, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}
		| .process.ioPriority = {"class": "IOPRIO_CLASS_RT", "priority": 3}
		| .process.user = {"uid": 1000, "gid": 1000} | .process.capabilities = {}'
	start_sleeping
	[[ "$(chrt -p "$(pid_of)")" == *SCHED_FIFO*"priority: 7" ]]
	[ "$(ionice -p "$(pid_of)")" = "realtime: prio 3" ]
}

@test "exec --no-new-privs holds where the container has none" {
	config '.process.noNewPrivileges = false'
	start_sleeping
	enter --no-new-privs "$ID" /bin/grep NoNewPrivs /proc/self/status
	[[ "$output" == *1 ]]
}

@test "createContainer hooks see the container's mounts where its root is" {
	config --arg log "$WORK/seen" --arg root "$BUNDLE/rootfs" '.hooks = {"createContainer": [{"path": "/bin/sh",
		"args": ["sh", "-c", "grep -c \" $1\" /proc/self/mountinfo >$0", $log, $root]}]}'
	run_container
	[ "$status" -eq 0 ]
	[ "$(cat "$WORK/seen")" -ge 5 ]
}

@test "the words that callers look for" {
	start_sleeping
	runtime kill "$ID" KILL
	eventually is_status stopped
	run runtime kill "$ID" KILL
	[[ "$output" == *"container not running"* ]]
	runtime delete "$ID"
	config '.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "banana"}'
	run_container
	[[ "$output" == *"invalid memory policy"* ]]
	rmdir "$BUNDLE/rootfs/proc"
	ln -s /tmp "$BUNDLE/rootfs/proc"
	config 'del(.linux.memoryPolicy)'
	run_container
	[[ "$output" == *"must be mounted on ordinary directory"* ]]
}
