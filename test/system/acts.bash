# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests that perform acts share.

# A network of the test's own, with addresses that are not the loopback's.
make_network() {
	ip link add acts type veth peer name acts-end
	ip link set acts-end up
	ip addr add 10.99.0.1/24 dev acts
	ip addr add 169.254.169.254/32 dev acts
	ip link set acts up
	ip route add 203.0.113.0/24 dev acts
}
