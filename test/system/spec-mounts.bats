#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Root, mounts, devices, masked and read-only paths of the runtime specification.

load helper

# Options of the mount on PATH (first argument), from inside.
mount_options() {
	awk -v p="$1" '$2 == p { o = $4 } END { print o }' <<<"$output"
}

add_mount() {
	config --argjson m "$1" '.mounts += [$m]'
}

@test "root.readonly" {
	in_container 'touch /x 2>/dev/null && echo written || echo refused'
	[ "$output" = refused ]
	config '.root.readonly = false'
	in_container 'touch /x && echo written'
	[ "$output" = written ]
	[ -e "$BUNDLE/rootfs/x" ]
}

@test "root.path may be absolute" {
	mv "$BUNDLE/rootfs" "$WORK/elsewhere"
	config --arg p "$WORK/elsewhere" '.root.path = $p'
	in_container 'echo fine'
}

@test "a missing root is refused" {
	config '.root.path = "nosuch"'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == *nosuch* ]]
}

@test "the host's file system is gone" {
	in_container 'cat /proc/mounts; ls /; ls -d /proc/self/root/..'
	[[ "$output" != *"$WORK"* ]] || { ! grep -q "^[^ ]* $WORK" <<<"$output"; }
}

@test "bind mounts, read-only and writable" {
	mkdir "$WORK/shared"
	echo content >"$WORK/shared/file"
	add_mount "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/shared\", \"options\": [\"bind\", \"ro\"]}"
	in_container 'cat /mnt/file; echo x 2>/dev/null >/mnt/new && echo written || echo refused'
	[ "${lines[0]}" = content ]
	[ "${lines[1]}" = refused ]
	config '.mounts[-1].options = ["rbind", "rw"]'
	in_container 'echo x >/mnt/new'
	[ "$(cat "$WORK/shared/new")" = x ]
}

@test "a bind mount of a file onto a missing file" {
	echo single >"$WORK/file"
	config '.root.readonly = false'
	add_mount "{\"destination\": \"/etc/single\", \"type\": \"bind\", \"source\": \"$WORK/file\", \"options\": [\"bind\"]}"
	in_container 'cat /etc/single'
	[ "$output" = single ]
}

@test "a relative mount source is relative to the bundle" {
	mkdir "$BUNDLE/part"
	echo beside >"$BUNDLE/part/file"
	add_mount '{"destination": "/mnt", "type": "bind", "source": "part", "options": ["bind"]}'
	in_container 'cat /mnt/file'
	[ "$output" = beside ]
}

@test "mount flags: nosuid nodev noexec noatime nodiratime relatime strictatime sync dirsync nosymfollow" {
	add_mount '{"destination": "/mnt", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "noexec", "noatime", "nodiratime", "nosymfollow", "size=1m", "mode=700", "uid=5"]}'
	in_container 'cat /proc/mounts; stat -c "%a %u" /mnt'
	options=,$(mount_options /mnt),
	for flag in rw nosuid nodev noexec noatime nodiratime nosymfollow size=1024k mode=700 uid=5; do
		[[ "$options" == *",$flag,"* ]] || { echo "no $flag in $options"; false; }
	done
	[ "${lines[-1]}" = "700 5" ]
	config '.mounts[-1].options = ["strictatime", "sync", "dirsync", "ro"]'
	in_container 'cat /proc/mounts'
	options=,$(mount_options /mnt),
	for flag in ro sync dirsync; do
		[[ "$options" == *",$flag,"* ]]
	done
	[[ "$options" != *relatime* ]]
}

@test "bind mount flags hold: a bind becomes read-only and noexec" {
	mkdir "$WORK/shared"
	cp /bin/busybox "$WORK/shared/true"
	add_mount "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/shared\", \"options\": [\"bind\", \"ro\", \"noexec\", \"nosuid\", \"nodev\"]}"
	in_container '/mnt/true 2>/dev/null && echo ran || echo refused; cat /proc/mounts'
	[ "${lines[0]}" = refused ]
	[[ ",$(mount_options /mnt)," == *,ro,*nosuid,*nodev,*noexec,* ]]
}

@test "recursive read-only: rro reaches mounts below" {
	mkdir -p "$WORK/shared/below"
	mount -t tmpfs none "$WORK/shared/below"
	add_mount "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/shared\", \"options\": [\"rbind\", \"rro\"]}"
	in_container 'touch /mnt/below/x 2>/dev/null && echo written || echo refused'
	first=$output
	config '.mounts[-1].options = ["rbind", "ro"]'
	in_container 'touch /mnt/below/x 2>/dev/null && echo written || echo refused'
	umount "$WORK/shared/below"
	[ "$first" = refused ]
	[ "$output" = written ]
}

@test "the other recursive options: rnosuid rnodev rnoexec rnoatime" {
	mkdir -p "$WORK/shared/below"
	mount -t tmpfs none "$WORK/shared/below"
	add_mount "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/shared\", \"options\": [\"rbind\", \"rnosuid\", \"rnodev\", \"rnoexec\", \"rnoatime\"]}"
	in_container 'cat /proc/mounts'
	umount "$WORK/shared/below"
	for flag in nosuid nodev noexec noatime; do
		[[ ",$(mount_options /mnt/below)," == *",$flag,"* ]]
	done
}

@test "tmpcopyup copies what the image has there" {
	mkdir "$BUNDLE/rootfs/var/data"
	echo kept >"$BUNDLE/rootfs/var/data/file"
	ln -s file "$BUNDLE/rootfs/var/data/link"
	chmod 750 "$BUNDLE/rootfs/var/data"
	add_mount '{"destination": "/var/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup"]}'
	in_container 'cat /var/data/link; echo more >/var/data/new && echo written; stat -c %a /var/data'
	[ "${lines[0]}" = kept ]
	[ "${lines[1]}" = written ]
	[ ! -e "$BUNDLE/rootfs/var/data/new" ]
}

@test "an idmapped mount shows other owners" {
	mkdir "$WORK/shared"
	touch "$WORK/shared/file"
	chown 1000:1000 "$WORK/shared/file"
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	add_mount "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/shared\", \"options\": [\"rbind\", \"idmap\"],
		\"uidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]}"
	in_container 'stat -c "%u %g" /mnt/file'
	[ "$output" = "1000 1000" ]
	config 'del(.mounts[-1].uidMappings, .mounts[-1].gidMappings) | .mounts[-1].options = ["rbind"]'
	in_container 'stat -c "%u %g" /mnt/file'
	[ "$output" = "65534 65534" ]
}

@test "ridmap reaches mounts below" {
	mkdir -p "$WORK/shared/below"
	mount -t tmpfs none "$WORK/shared/below"
	touch "$WORK/shared/below/file"
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	add_mount "{\"destination\": \"/mnt\", \"type\": \"bind\", \"source\": \"$WORK/shared\", \"options\": [\"rbind\", \"ridmap\"],
		\"uidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}], \"gidMappings\": [{\"containerID\": 0, \"hostID\": 100000, \"size\": 65536}]}"
	script 'stat -c %u /mnt/below/file'
	run_container
	umount "$WORK/shared/below"
	[ "$status" -eq 0 ]
	[ "$output" = 0 ]
}

@test "an unknown file system is a clear error" {
	add_mount '{"destination": "/mnt", "type": "nosuchfs", "source": "none"}'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == */mnt* ]]
}

@test "a missing bind source is a clear error" {
	add_mount '{"destination": "/mnt", "type": "bind", "source": "/no/such/source", "options": ["bind"]}'
	run_container
	[ "$status" -ne 0 ]
	[[ "$output" == */no/such/source* ]]
}

@test "propagation of a mount: private, slave, shared, unbindable" {
	mkdir "$WORK/shared"
	mount --bind "$WORK/shared" "$WORK/shared"
	mount --make-shared "$WORK/shared"
	for kind in rprivate rslave rshared unbindable; do
		config --arg s "$WORK/shared" --arg k "$kind" '.mounts = (.mounts | map(select(.destination != "/mnt")))
			+ [{"destination": "/mnt", "type": "bind", "source": $s, "options": ["bind", $k]}]'
		in_container 'grep " /mnt " /proc/self/mountinfo'
		case $kind in
		rprivate) [[ "$output" != *shared:* && "$output" != *master:* ]] ;;
		rslave) [[ "$output" == *master:* ]] ;;
		rshared) [[ "$output" == *shared:* ]] ;;
		unbindable) [[ "$output" == *unbindable* ]] ;;
		esac
	done
	umount "$WORK/shared"
}

@test "linux.rootfsPropagation" {
	for kind in private slave shared unbindable; do
		config --arg k "$kind" '.linux.rootfsPropagation = $k'
		in_container 'grep " / / \| / " /proc/self/mountinfo | head -n 1'
		case $kind in
		shared) [[ "$output" == *shared:* ]] ;;
		private) [[ "$output" != *shared:* ]] ;;
		esac
	done
}

@test "the default devices are there and work" {
	in_container 'for d in null zero full random urandom tty; do stat -c "%n %t:%T %a" /dev/$d; done; head -c 4 /dev/zero | wc -c
		echo x >/dev/null && echo null; readlink /dev/fd /dev/stdin /dev/stdout /dev/stderr /dev/core /dev/ptmx || for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done'
	[ "${lines[0]}" = "/dev/null 1:3 666" ]
	[ "${lines[5]}" = "/dev/tty 5:0 666" ]
	[[ "$output" == *$'4\nnull'* ]]
	[[ "$output" == */proc/self/fd* ]]
	[[ "$output" == *pts/ptmx* ]]
}

@test "linux.devices makes a node with owner and mode" {
	config '.linux.devices = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 5, "fileMode": 420, "uid": 3, "gid": 4}]
		| .linux.resources.devices += [{"allow": true, "type": "c", "major": 1, "minor": 5, "access": "rwm"}]'
	in_container 'stat -c "%F %t:%T %a %u %g" /dev/mine; head -c 3 /dev/mine | wc -c'
	[ "${lines[0]}" = "character special file 1:5 644 3 4" ]
	[ "${lines[1]}" = 3 ]
}

@test "linux.devices: a fifo" {
	config '.linux.devices = [{"path": "/dev/pipe", "type": "p", "fileMode": 384}]'
	in_container 'stat -c "%F %a" /dev/pipe'
	[ "$output" = "fifo 600" ]
}

@test "linux.devices: an unknown type is refused" {
	config '.linux.devices = [{"path": "/dev/x", "type": "z", "major": 1, "minor": 5}]'
	run_container
	[ "$status" -ne 0 ]
}

@test "with a user namespace the default devices are the host's" {
	config '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}]
		| .linux.gidMappings = .linux.uidMappings'
	in_container 'for d in null zero full random urandom tty; do test -c /dev/$d || echo "no $d"; done; echo x >/dev/null && head -c 1 /dev/urandom | wc -c'
	[ "$output" = 1 ]
}

@test "linux.maskedPaths hides files and folders" {
	mkdir "$BUNDLE/rootfs/etc/secret"
	echo hidden >"$BUNDLE/rootfs/etc/secret/file"
	echo hidden >"$BUNDLE/rootfs/etc/word"
	config '.linux.maskedPaths += ["/etc/secret", "/etc/word", "/etc/not/there"]'
	in_container 'ls /etc/secret | wc -l; wc -c </etc/word; touch /etc/secret/x 2>/dev/null && echo written || echo refused; test -s /proc/kcore && echo shown || echo hidden'
	[ "${lines[0]}" = 0 ]
	[ "${lines[1]}" = 0 ]
	[ "${lines[2]}" = refused ]
	[ "${lines[3]}" = hidden ]
}

@test "linux.readonlyPaths" {
	config '.root.readonly = false | .linux.readonlyPaths += ["/etc", "/not/there"]'
	in_container 'touch /etc/x 2>/dev/null && echo written || echo refused; echo 1 2>/dev/null >/proc/sys/kernel/hostname && echo written || echo refused; touch /var/x && echo written'
	[ "${lines[0]}" = refused ]
	[ "${lines[1]}" = refused ]
	[ "${lines[2]}" = written ]
}

@test "linux.sysctl" {
	config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4321", "net.ipv4.ping_group_range": "0 7"}'
	in_container 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax'
	[ "${lines[0]}" = 1 ]
	[ "${lines[1]}" = 4321 ]
}

@test "linux.sysctl: what is the host's is refused" {
	before=$(cat /proc/sys/kernel/panic /proc/sys/vm/swappiness)
	for key in kernel.panic vm.swappiness kernel.core_pattern "net/../kernel/panic" "kernel/../vm/swappiness"; do
		config --arg k "$key" '.linux.sysctl = {($k): "77"}'
		run_container
		[ "$status" -ne 0 ]
	done
	[ "$(cat /proc/sys/kernel/panic /proc/sys/vm/swappiness)" = "$before" ]
}

@test "linux.sysctl of a namespace that is shared with the host is refused" {
	config '.linux.namespaces |= map(select(.type != "ipc")) | .linux.sysctl = {"kernel.msgmax": "4321"}'
	before=$(cat /proc/sys/kernel/msgmax)
	run_container
	[ "$status" -ne 0 ]
	[ "$(cat /proc/sys/kernel/msgmax)" = "$before" ]
}

@test "/dev/pts, /dev/shm and /dev/mqueue are the container's own" {
	in_container 'echo x >/dev/shm/x; ls /dev/shm /dev/pts; stat -fc %T /dev/mqueue; stat -c %a /dev/shm'
	[[ "$output" == *x* ]]
	[ ! -e /dev/shm/x ]
}

@test "the cgroup mount shows the container's own groups" {
	in_container 'ls -d /sys/fs/cgroup; cat /proc/self/cgroup; for d in /sys/fs/cgroup/pids /sys/fs/cgroup/memory /sys/fs/cgroup/unified; do if mkdir $d/x 2>/dev/null; then echo written; else echo refused; fi; done'
	[[ "$output" == *refused* && "$output" != *written* ]]
	[[ "$output" == *":/"* ]]
	[[ "$output" != *"$ID"* ]]
}

@test "a bind source that is exchanged meanwhile gives one of the two or an error" {
	mkdir "$WORK/volume" "$WORK/volume/a"
	echo file >"$WORK/volume/b"
	config --arg s "$WORK/volume/a" '.mounts += [{"destination": "/volume", "type": "bind", "source": $s, "options": ["bind", "ro"]}]'
	add_probe
	"$BUNDLE/rootfs/bin/probe" exchange "$WORK/volume/a" "$WORK/volume/b" 4 3>&- &
	swapper=$!
	script 'touch /volume/x 2>/dev/null && echo written; echo y 2>/dev/null >/volume && echo written; grep -c " /volume " /proc/mounts'
	for _ in $(seq 30); do
		run_container
		[[ "$output" != *written* ]]
		[ "$status" -ne 0 ] || [[ "$output" == *1* ]]
	done
	kill $swapper 2>/dev/null || true
}
