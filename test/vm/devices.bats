#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Device rules where only a BPF program can hold them.

load guest

# The disk's node is made inside; what the rules do not allow is EPERM, whatever the node's mode says.
setup_topic() {
	read -r MAJOR MINOR < <(tr : ' ' </sys/block/vda/dev)
	export MAJOR MINOR
}

TRY='for mode in r w; do
	if [ $mode = r ]; then dd if=/dev/mine of=/dev/null bs=1 count=0 2>/tmp/why; else dd if=/dev/null of=/dev/mine bs=1 count=0 conv=notrunc 2>/tmp/why; fi &&
		echo opened || { grep -q "Operation not permitted" /tmp/why && echo EPERM || cat /tmp/why; }
done; echo x >/dev/null && head -c 1 /dev/zero >/dev/null && echo usual'

try_disk() {
	config --argjson major "$MAJOR" --argjson minor "$MINOR" \
		".linux.devices = [{\"path\": \"/dev/mine\", \"type\": \"b\", \"major\": \$major, \"minor\": \$minor, \"fileMode\": 438}]
		| .mounts += [{\"destination\": \"/tmp\", \"type\": \"tmpfs\", \"source\": \"tmpfs\"}] | $1"
	script "$TRY"
	run_container
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(xargs <<<"$output")" = "$2" ]
	cp "$ROOT/test/data/config-base.json" "$BUNDLE/config.json"
}

@test "a device that no rule allows is EPERM, and the usual ones work" {
	try_disk . "EPERM EPERM usual"
	try_disk 'del(.linux.resources)' "EPERM EPERM usual"
}

@test "a rule allows a device, for what it says" {
	try_disk '.linux.resources.devices += [{"allow": true, "type": "b", "major": $major, "minor": $minor, "access": "r"}]' "opened EPERM usual"
	try_disk '.linux.resources.devices += [{"allow": true, "type": "b", "major": $major, "access": "rw"}]' "opened opened usual"
	try_disk '.linux.resources.devices += [{"allow": true, "type": "c", "major": $major, "minor": $minor, "access": "rwm"}]' "EPERM EPERM usual"
}

@test "the last rule that fits counts" {
	try_disk '.linux.resources.devices += [{"allow": true, "access": "rwm"}, {"allow": false, "type": "b", "major": $major, "access": "w"}]' "opened EPERM usual"
}

@test "a container of skep run opens none of the host's devices" {
	run box --rm --profile docker --writable -- sh -c "mknod /tmp/disk b $MAJOR $MINOR && head -c 1 /tmp/disk"
	echo "$output"
	[ "$status" -ne 0 ]
	[[ "$output" == *"not permitted"* || "$output" == *"denied"* ]]
	run box --rm -- sh -c 'echo x >/dev/null && head -c 1 /dev/urandom >/dev/full; head -c 3 /dev/zero | wc -c'
	[[ "$output" == *3 ]]
}
