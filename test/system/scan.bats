#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is in an image: every transport, layers on top of each other, package lists as the package managers themselves
# have them, and reports in every form.

load scan
setup() { scan_setup; }
teardown() { scan_teardown; }

@test "a folder's packages are those of dpkg-query" {
	mkdir -p root/etc root/var/lib/dpkg
	cp /etc/os-release root/etc/
	cp /var/lib/dpkg/status root/var/lib/dpkg/
	cp -r /var/lib/dpkg/info root/var/lib/dpkg/
	packages root >ours
	dpkg-query -W -f '${db:Status-Status} deb ${Package} ${Version}\n' | sed -n 's/^installed //p' >theirs
	[ "$(wc -l <theirs)" -gt 50 ]
	diff <(sort ours) <(sort theirs)
}

@test "the same image by every transport has the same packages" {
	debian_root root
	stanza libssl3 3.0.9-1 'Source: openssl' >root/var/lib/dpkg/status
	npm_package root/app lodash 4.17.4
	make_image layout '' root
	skopeo copy -q oci:layout docker-archive:saved.tar:web:1
	skopeo copy -q oci:layout dir:dir
	tar -C layout -cf layout.tar .
	tar -C root -czf root.tar.gz .
	packages oci:layout >expected
	[ "$(cat expected)" = "$(printf 'deb libssl3 3.0.9-1\nnpm lodash 4.17.4')" ]
	for target in ./layout docker-archive:saved.tar dir:dir oci-archive:layout.tar \
		./layout.tar ./saved.tar ./root.tar.gz rootfs:root ./root; do
		echo "$target"
		packages "$target" | diff - expected
	done
	skep image import oci:layout web:1
	packages web:1 | diff - expected
}

@test "layers: what a later one hides is gone, and each thing knows its layer and step" {
	debian_root a
	{ stanza base 1 && stanza old 1; } >a/var/lib/dpkg/status
	npm_package a/app left 1.0.0
	npm_package a/app gone 1.0.0
	npm_package a/opt under 1.0.0
	mkdir -p b/var/lib/dpkg b/app/node_modules b/opt
	{ stanza base 1 && stanza old 2; } >b/var/lib/dpkg/status
	touch b/app/node_modules/.wh.gone
	touch b/opt/.wh..wh..opq
	npm_package b/app new 2.0.0
	make_image layout '"history":[{"created_by":"FROM base"},{"created_by":"ENV X=1","empty_layer":true},{"created_by":"RUN npm i new"}]' a b
	skep scan --skip vulnerabilities -o json oci:layout >report
	[ "$(jq -r '.packages[] | "\(.name) \(.version)"' report | sort | tr '\n' ,)" = "base 1,left 1.0.0,new 2.0.0,old 2," ]
	first=$(jq -r '.layers[0].digest' report)
	second=$(jq -r '.layers[1].digest' report)
	[ "$(jq -r '.packages[] | select(.name == "base").layer' report)" = "$first" ]
	[ "$(jq -r '.packages[] | select(.name == "old").layer' report)" = "$second" ]
	[ "$(jq -r '.packages[] | select(.name == "left").layer' report)" = "$first" ]
	[ "$(jq -r '.layers[1].createdBy' report)" = "RUN npm i new" ]
}

@test "what a package owns is not found a second time" {
	debian_root root
	stanza node-a 1 >root/var/lib/dpkg/status
	npm_package root/usr/share/nodejs a 1.0.0
	npm_package root/usr/share/nodejs b 1.0.0
	echo /usr/share/nodejs/node_modules/a/package.json >root/var/lib/dpkg/info/node-a.list
	mkdir -p root/usr/bin root/bin
	cp /bin/true root/usr/bin/owned
	cp /bin/true root/usr/bin/free
	echo /bin/owned >>root/var/lib/dpkg/info/node-a.list
	make_image layout '' root
	for target in ./root oci:layout; do
		skep scan --skip vulnerabilities -o json "$target" >report
		[ "$(jq -r '.packages[].name' report | sort | tr '\n' ,)" = "b,node-a," ]
		[ "$(jq -r '.programs[].path' report)" = usr/bin/free ]
		jq -e '.programs[0] | .pie and .nx and (.needed | contains("libc.so.6"))' report
	done
}

@test "rpm: all three databases, as rpm itself lists them" {
	mkdir -p build
	cat >one.spec <<-'SPEC'
		Name: one
		Epoch: 2
		Version: 1.0~rc1
		Release: 3
		Summary: x
		License: MIT
		BuildArch: noarch
		%description
		x
		%install
		mkdir -p %{buildroot}/opt/one
		echo x >%{buildroot}/opt/one/file
		%files
		/opt/one/file
	SPEC
	sed 's/one/two/g; /Epoch/d; s/1.0~rc1/2.0/' one.spec >two.spec
	for s in one two; do rpmbuild -bb --quiet --define "_topdir $WORK/build" $s.spec; done
	mkdir -p sqlite/usr/lib/sysimage/rpm
	rpm() { command rpm --root "$WORK/sqlite" --define "_dbpath /usr/lib/sysimage/rpm" --define "_db_backend sqlite" "$@" 2>/dev/null; }
	rpm --nodeps --noscripts -i build/RPMS/noarch/*.rpm
	rpm -qa --qf 'rpm %{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' | sort >theirs
	[ "$(wc -l <theirs)" -eq 2 ]
	packages ./sqlite | sort | diff - theirs
	# Debian's rpm writes SQLite only: the other two are made of the same headers.
	python3 - sqlite/usr/lib/sysimage/rpm/rpmdb.sqlite <<-'PY'
		import os, sqlite3, struct, sys
		rows = list(sqlite3.connect(sys.argv[1]).execute("select hnum, blob from Packages"))
		with open("dump", "w") as f:
		    f.write("VERSION=3\nformat=bytevalue\ntype=hash\nh_nelem=2\ndb_pagesize=4096\nHEADER=END\n")
		    for n, blob in rows: f.write(" %s\n %s\n" % (n.to_bytes(4, "little").hex(), blob.hex()))
		    f.write("DATA=END\n")
		os.makedirs("ndb/var/lib/rpm")
		slots, blobs, at = b"", b"", 4096 // 16
		for n, blob in rows:
		    count = (16 + len(blob) + 12 + 15) // 16
		    slots += struct.pack("<4sIII", b"Slot", n, at, count)
		    body = struct.pack("<4sIII", b"BlbS", n, 0, len(blob)) + blob
		    blobs += body.ljust(count * 16 - 12, b"\0") + bytes(12); at += count
		head = struct.pack("<4sIIIIIII", b"RpmP", 0, 0, 1, 0, 0, 0, 0) + slots
		while len(head) < 4096: head += struct.pack("<4sIII", b"Slot", 0, 0, 0)
		open("ndb/var/lib/rpm/Packages.db", "wb").write(head + blobs)
	PY
	mkdir -p bdb/var/lib/rpm
	db5.3_load -f dump bdb/var/lib/rpm/Packages
	for form in ndb bdb; do packages ./$form | sort | diff - theirs; done
}

@test "npm and pip: what they installed themselves, as they list it" {
	cp -r "$FIXTURES/npm" app
	skep scan --skip vulnerabilities -o json ./app |
		jq -r '.packages[] | select(.type == "npm") | "\(.name) \(.version)"' | sort -u >ours
	jq -r '[.. | objects | select(.dependencies?) | .dependencies | to_entries[] | select(.value.version) | "\(.key) \(.value.version)"] | unique[]' \
		"$FIXTURES/npm.json" | sort -u | diff ours -
	[ "$(wc -l <ours)" -gt 40 ]
	mkdir -p py/usr/lib/python3
	cp -r "$FIXTURES/pip" py/usr/lib/python3/dist-packages
	jq -r '.[] | "pypi \(.name) \(.version)"' "$FIXTURES/pip.json" | sort -f >theirs
	packages ./py | sort -f | diff -i - theirs
}

@test "gems: what gem installed, as it lists it" {
	for name in alpha beta; do
		printf 'Gem::Specification.new do |s|\n s.name = "%s"\n s.version = "1.2.%d"\n s.summary = "x"\n s.authors = ["x"]\n s.licenses = ["MIT"]\nend\n' $name ${#name} >$name.gemspec
		gem build --silent $name.gemspec 2>/dev/null
	done
	gem install --silent --local --no-document --install-dir root/var/lib/gems/3.1.0 ./*.gem
	packages ./root | sort >ours
	local home=$WORK/root/var/lib/gems/3.1.0
	GEM_HOME=$home GEM_PATH=$home gem list --local 2>/dev/null |
		sed -n 's/^\(alpha\|beta\) (\(.*\))$/gem \1 \2/p' | sort | diff ours -
	[ "$(wc -l <ours)" -eq 2 ]
}

@test "programs: Go modules and Rust crates that they carry" {
	mkdir -p root/usr/local/bin
	cp "$FIXTURES/npm/node_modules/@esbuild/linux-x64/bin/esbuild" root/usr/local/bin/
	packages ./root >list
	grep -q '^golang stdlib 1\.' list
	grep -q '^golang github.com/evanw/esbuild' list
	grep -q '^golang golang.org/x/sys v0' list
	printf '{"packages":[{"name":"time","version":"0.1.43","source":"crates.io"}]}' | python3 -c 'import sys,zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()))' >crates
	objcopy --add-section .dep-v0=crates /bin/true root/usr/local/bin/rusty
	packages ./root | grep -qx 'cargo time 0.1.43'
}

@test "reports: SBOMs, SARIF and JUnit are valid, and the same image gives the same SBOM" {
	debian_root root
	stanza libssl3 3.0.9-1 'Source: openssl (3.0.9)' >root/var/lib/dpkg/status
	npm_package root/app lodash 4.17.4
	mkdir -p root/usr/bin
	cp /bin/true root/usr/bin/su
	chmod 4755 root/usr/bin/su
	make_image layout '"config":{"Env":["DB_PASSWORD=hunter2"],"ExposedPorts":{"22/tcp":{}}}' root
	skep sbom oci:layout >cdx.json
	valid "$DATA/schemas/cyclonedx/bom-1.6.schema.json" cdx.json
	skep sbom -o cyclonedx-1.7 oci:layout >cdx17.json
	valid "$DATA/schemas/cyclonedx/bom-1.7.schema.json" cdx17.json
	skep sbom -o spdx oci:layout >spdx.json
	valid "$DATA/schemas/spdx/spdx-2.3.schema.json" spdx.json
	skep scan --skip vulnerabilities -o sarif oci:layout >sarif.json
	valid "$DATA/schemas/sarif/sarif-schema-2.1.0.json" sarif.json
	jq -e '[.runs[0].results[].ruleId] | index("env-secret") and index("debug-port") and index("setuid")' sarif.json
	skep scan --skip vulnerabilities -o junit oci:layout | python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)'
	skep scan --skip vulnerabilities -o json oci:layout >report.json
	valid "$BATS_TEST_DIRNAME/../../docs/report.schema.json" report.json
	skep scan --skip vulnerabilities oci:layout >table
	grep -q 'DB_PASSWORD' table
	run ! grep -q hunter2 table report.json sarif.json
	jq 'del(.metadata.timestamp, .serialNumber)' cdx.json >a
	skep sbom --fresh oci:layout | jq 'del(.metadata.timestamp, .serialNumber)' | diff - a
}

@test "a layer is read once: the second scan takes it from the cache, a changed cache is not believed" {
	debian_root root
	stanza base 1 >root/var/lib/dpkg/status
	make_image layout '' root
	packages oci:layout >first
	[ "$(find store/scan -type f | wc -l)" -eq 1 ]
	cached=$(find store/scan -type f)
	[ "$(stat -c%a store/scan)" = 700 ]
	strace -f -o trace -e trace=execveat "$SKEP" --root "$WORK/store" --state "$WORK/state" sbom oci:layout >/dev/null
	[ "$(grep -c 'execveat.*scan' trace)" -eq 1 ] || [ "$(grep -c execveat trace)" -eq 1 ]
	truncate -s 60 "$cached"
	packages oci:layout | diff - first
	chmod 777 store/scan
	packages oci:layout | diff - first
}

@test "secrets: found with their line, in a layer that a later one removes as well, and never shown" {
	mkdir -p a/root/.aws b/root/.aws
	printf '[default]\naws_access_key_id = AKIAQ3EGRLXZBV2NTY7M\n' >a/root/.aws/credentials
	touch b/root/.aws/.wh.credentials
	make_image layout '"config":{"User":"app"}' a b
	run skep scan --skip vulnerabilities --fail-on critical oci:layout
	[ "$status" -eq 1 ]
	[[ $output == *"root/.aws/credentials:2"* ]]
	[[ $output != *Q3EGRLXZBV2NTY7M* ]]
	[[ $output == *"Score 9"* ]]
	run skep scan --skip vulnerabilities --skip secrets --fail-on critical oci:layout
	[ "$status" -eq 0 ]
}

@test "ignore files and baselines decide what fails" {
	mkdir -p root/app
	printf 'key = AKIAQ3EGRLXZBV2NTY7M\n' >root/app/config
	make_image layout '"config":{"User":"app"}' root
	printf 'ignore:\n  - id: aws-access-key-id\n    path: app/*\n    reason: revoked\n    until: 2999-01-01\n' >ignore.yaml
	run skep scan --skip vulnerabilities --fail-on high oci:layout
	[ "$status" -eq 1 ]
	run skep scan --skip vulnerabilities --fail-on high --ignore ignore.yaml oci:layout
	[ "$status" -eq 0 ]
	sed -i s/2999/2001/ ignore.yaml
	run skep scan --skip vulnerabilities --fail-on high --ignore ignore.yaml oci:layout
	[ "$status" -eq 1 ]
	[[ $output == *"past their day"* ]]
	sed -i '/reason/d' ignore.yaml
	run skep scan --skip vulnerabilities --ignore ignore.yaml oci:layout
	[ "$status" -eq 3 ]
	[[ $output == *"ignore[0]: reason is missing"* ]]
	skep scan --skip vulnerabilities -o json oci:layout >before.json
	run skep scan --skip vulnerabilities --fail-on high --new-since before.json oci:layout
	[ "$status" -eq 0 ]
	printf 'key = AKIAQ3EGRLXZBV2NTY7N\n' >root/app/other
	make_image layout2 '"config":{"User":"app"}' root
	run skep scan --skip vulnerabilities --fail-on high --new-since before.json oci:layout2
	[ "$status" -eq 1 ]
}

@test "wrong words and things that are not there are said in one sentence" {
	run skep scan --fail-on sometimes oci:layout
	[ "$status" -eq 2 ]
	run skep scan -o yaml oci:layout
	[ "$status" -eq 2 ]
	run skep scan --skip everything oci:layout
	[ "$status" -eq 2 ]
	run skep scan --skip vulnerabilities ./nowhere
	[ "$status" -eq 3 ]
	[[ $output == *"nowhere: No such file"* ]]
	mkdir -p root && make_image layout '' root
	run skep scan oci:layout
	[ "$status" -eq 3 ]
	[[ $output == *"skep db import"* ]]
}

@test "licences: what Debian's copyright files say, in SBOMs, and those that are forbidden" {
	debian_root root
	{ stanza a 1; echo; stanza b 1; echo; stanza none 1; } >root/var/lib/dpkg/status
	mkdir -p root/usr/share/doc/a root/usr/share/doc/none
	printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: Expat or AGPL-3+\n\nFiles: x\nLicense: mine\n' \
		>root/usr/share/doc/a/copyright
	ln -s a root/usr/share/doc/b
	echo 'as it is' >root/usr/share/doc/none/copyright
	make_image layout '' root
	for what in root oci:layout; do
		[ "$(skep sbom "$what" | jq -r '.components[] | select(.name == "b").licenses[0].license.name')" = "(MIT OR AGPL-3.0-or-later) AND mine" ]
		skep sbom -o spdx "$what" >spdx.json
		valid "$DATA/schemas/spdx/spdx-2.3.schema.json" spdx.json
		[ "$(jq -r '.packages[] | select(.name == "a").licenseDeclared' spdx.json)" = "(MIT OR AGPL-3.0-or-later) AND LicenseRef-mine" ]
		[ "$(jq -r '.packages[] | select(.name == "none").licenseDeclared' spdx.json)" = NOASSERTION ]
		[ "$(jq -r '.hasExtractedLicensingInfos[].extractedText' spdx.json)" = mine ]
		skep scan --skip vulnerabilities --fail-on high --forbid-licence 'AGPL-*' "$what"
		run -1 skep scan --skip vulnerabilities --fail-on high --forbid-licence 'AGPL-*' --forbid-licence mit "$what"
		[[ $output == *"forbidden-licence"* ]]
	done
}

@test "secrets: in variables, labels and steps of the build, by their place, and never shown" {
	mkdir -p a
	echo x >a/file
	make_image layout '"config":{"User":"app","Env":["PATH=/bin","WHERE=AKIAQ3EGRLXZBV2NTY7M"],"Labels":{"note":"AKIAQ3EGRLXZBV2NTY7N"},"Healthcheck":{"Test":["CMD","true"]}},"history":[{"created_by":"RUN aws configure set aws_access_key_id AKIAQ3EGRLXZBV2NTY7K"},{"created_by":"ENV WHERE=AKIAQ3EGRLXZBV2NTY7M","empty_layer":true}]' a
	run skep scan --skip vulnerabilities --fail-on critical oci:layout
	[ "$status" -eq 1 ]
	for form in table json sarif junit; do
		skep scan --skip vulnerabilities -o "$form" oci:layout >"out.$form"
		run ! grep -E 'Q3EGRLXZBV2NTY7' "out.$form"
	done
	jq -r '.issues[] | select(.kind == "secret") | .text' out.json | grep -o '^[^:]*' | sort >places
	printf 'ENV WHERE\nLABEL note\nstep 1 of the build\n' | diff - places
	jq -e '.layers[0].createdBy == "(not shown: there is a secret in it)"' out.json
	# A variable that a later step replaced is in the image for good.
	make_image gone '"config":{"User":"app","Env":["TOKEN="]},"history":[{"created_by":"ENV TOKEN=AKIAQ3EGRLXZBV2NTY7K","empty_layer":true},{"created_by":"ENV TOKEN=","empty_layer":true}]' a
	skep scan --skip vulnerabilities -o json oci:gone | jq -e '.issues[] | select(.kind == "secret").text | startswith("step 1 of the build")'
	# A configuration without secrets is clean.
	make_image clean '"config":{"User":"app","Env":["PATH=/bin"],"Healthcheck":{"Test":["CMD","true"]}}' a
	skep scan --skip vulnerabilities --fail-on low oci:clean
}

@test "secrets: rules of one's own in gitleaks' form, and what is wrong in them" {
	mkdir -p a
	echo 'badge = house-12345' >a/conf
	make_image layout '"config":{"User":"app","Env":["BADGE=house-54321"]}' a
	printf "[[rules]]\nid = 'badge'\ndescription = 'a badge of the house'\nregex = '''house-([0-9]{5})'''\nkeywords = ['house-']\n" >own.toml
	skep scan --skip vulnerabilities --fail-on critical oci:layout
	for what in ./a oci:layout; do
		run -1 skep scan --skip vulnerabilities --fail-on critical --secret-rules own.toml "$what"
		[[ $output == *"badge  [secret]"* && $output == *conf:1* ]]
	done
	[ "$(skep scan --skip vulnerabilities --secret-rules own.toml -o json oci:layout | jq '[.issues[] | select(.rule == "badge")] | length')" = 2 ]
	# What was found by these rules is not what is found without them.
	skep scan --skip vulnerabilities --fail-on critical oci:layout
	echo 'id = ' >>own.toml
	run -3 skep scan --skip vulnerabilities --secret-rules own.toml oci:layout
	[[ $output == *"own.toml: "*"line 6"* ]]
	run -3 skep scan --skip vulnerabilities --secret-rules no.toml oci:layout
	[[ $output == *"no.toml: No such file"* ]]
	[ ! -e "$DATA/gitleaks/gitleaks.toml" ] || skep scan --skip vulnerabilities --secret-rules "$DATA/gitleaks/gitleaks.toml" ./a
}
