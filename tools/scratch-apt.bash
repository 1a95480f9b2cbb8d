# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# apt beside the machine's own: lists and packages of another suite in a folder, from the mirror that this machine's apt
# uses. Nothing of the machine is changed, and signatures are checked as always.

mirror_of_this_machine() {
	apt-get indextargets --format "\$(REPO_URI)" "Created-By: Packages" | grep -v -e security -e updates -e backports | head -n 1
}

# scratch_begin FOLDER SUITE: reads the suite's index into the folder.
scratch_begin() {
	scratch=$1
	rm -rf "$scratch"
	mkdir -p "$scratch/none" "$scratch/state/lists/partial" "$scratch/cache/archives/partial" "$scratch/debs"
	: >"$scratch/status"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror_of_this_machine) $2 main" >"$scratch/sources.list"
	scratch_apt apt-get -q update >"$scratch/log" 2>&1
}

scratch_apt() {
	local tool=$1
	shift
	"$tool" -o Dir::State="$scratch/state" -o Dir::State::status="$scratch/status" -o Dir::Cache="$scratch/cache" \
		-o Dir::Etc::sourcelist="$scratch/sources.list" -o Dir::Etc::sourceparts="$scratch/none" -o Dir::Etc::preferencesparts="$scratch/none" \
		-o Dir::Etc::preferences="$scratch/none" -o APT::Get::List-Cleanup=false -o APT::Sandbox::User=root -o Debug::NoLocking=1 \
		-o Acquire::Languages=none -o APT::Install-Recommends=false "$@"
}

# Packages to $scratch/debs.
scratch_download() {
	(cd "$scratch/debs" && scratch_apt apt-get -q download "$@" >>"$scratch/log" 2>&1)
}
