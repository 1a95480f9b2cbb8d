#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Real programs, held to what was observed of them, are broken into: whoever does gets nowhere.

load programs

@test "a call that is missing is noticed" {
	# What the others are measured with can fail: without a call it needs, redis is refused it, and says so in the list.
	cp "$FILES/redis.yaml" "$FILES/whole.yaml"
	sed -i -e '/^    - fdatasync$/d' -e '/^    - fsync$/d' "$FILES/redis.yaml"
	run tried redis 1
	echo "$output"
	mv "$FILES/whole.yaml" "$FILES/redis.yaml"
	[ "$status" -ne 0 ]
	skep stop -t 5 redis
	eventually grep -E '^(fsync|fdatasync)' "$FILES/redis/refused"
}

@test "whoever breaks in runs no shell and nothing brought along, reads no key, reaches nobody, and changes no configuration" {
	# By default what a container wrote is not run: that is refused without any profile.
	all broken_into 'done' --drift off
	all held_and_broken_into
}
