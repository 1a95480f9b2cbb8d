#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Images made by an enemy: each comes to one clear error or a bounded result, with memory capped and nothing written
# outside; and what an enemy inside a parser can do, which is nothing.

load scan
setup_file() { export BATS_TEST_TIMEOUT=300; } # images of gigabytes and of a million files
setup() { scan_setup; }
teardown() { scan_teardown; }

# refused WORDS TARGET: exit code 3 and one line that has the words.
refused() {
	run skep scan --skip vulnerabilities "$2"
	echo "$output"
	[ "$status" -eq 3 ]
	[[ $output == *"$1"* ]]
}

@test "a layer that is cut off, damaged, or not the one it should be" {
	mkdir root good && dd if=/dev/urandom of=root/f bs=1k count=200 status=none
	npm_package good/app a 1.0.0
	tar -C root -czf whole.gz .
	head -c 100000 whole.gz >cut.gz
	make_image cut '' good cut.gz
	refused "cut off" oci:cut
	# What the other layers say is still there, and said not to be all.
	skep scan --skip vulnerabilities -o json oci:cut >report || true
	[ "$(jq -r '.packages[].name' report)" = a ]
	[ "$(jq .complete report)" = false ]
	{ skep scan --skip vulnerabilities -o sarif oci:cut || true; } | jq -e '.runs[0].invocations[0].executionSuccessful == false'
	{ skep scan --skip vulnerabilities -o junit oci:cut || true; } | grep -q '<error message='
	make_image changed '' root
	blob=$(find changed/blobs -type f -size +100k)
	printf x | dd of="$blob" bs=1 seek=5000 conv=notrunc status=none
	refused "the image says" oci:changed
}

@test "an archive that unpacks to more than it should, and one of ten gigabytes of holes" {
	python3 - >bomb.gz <<-'PY'
		import sys, zlib
		# 1.5 GiB of zeros behind one tar header, packed a thousandfold.
		head = bytearray(512); head[0:1] = b"f"; head[100:107] = b"0000644"; head[124:135] = b"%011o" % (1536 << 20); head[257:262] = b"ustar"
		head[148:156] = b" " * 8; head[148:154] = b"%06o" % sum(head)
		c = zlib.compressobj(1, zlib.DEFLATED, 31); out = sys.stdout.buffer
		out.write(c.compress(bytes(head)))
		zeros = bytes(16 << 20)
		for _ in range(96): out.write(c.compress(zeros))
		out.write(c.flush())
	PY
	make_image bomb '' bomb.gz
	run -0 /usr/bin/time -f %M -o memory "$SKEP" --root "$WORK/store" sbom oci:bomb
	[ "$(cat memory)" -lt 131072 ]
	mkdir root && truncate -s 10G root/sparse && npm_package root/app a 1.0.0
	tar -C root -S -cf sparse.tar .
	make_image sparse '' sparse.tar
	[ "$(packages oci:sparse)" = "npm a 1.0.0" ]
}

@test "a million files in one layer stay within 128 MiB" {
	# Three million: SKEP_FILES=3000000.
	python3 - "${SKEP_FILES:-1000000}" >many.zst.tar <<-'PY'
		import sys
		out = sys.stdout.buffer
		base = bytearray(512); base[100:107] = b"0000644"; base[124:135] = b"00000000000"; base[156:157] = b"0"; base[257:262] = b"ustar"
		base[148:156] = b" " * 8
		fixed = sum(base)
		block = []
		for n in range(int(sys.argv[1])):
		    name = b"d%d/%x" % (n % 1000, n)
		    h = bytearray(base); h[0:len(name)] = name
		    h[148:154] = b"%06o" % (fixed + sum(name))
		    block.append(bytes(h))
		    if len(block) == 20000:
		        out.write(b"".join(block)); block = []
		out.write(b"".join(block)); out.write(bytes(1024))
	PY
	zstd -q -1 many.zst.tar -o many.zst && rm many.zst.tar
	make_image many '' many.zst
	/usr/bin/time -f %M -o memory "$SKEP" --root "$WORK/store" sbom oci:many >sbom
	[ "$(jq '.components | length' sbom)" -eq 0 ]
	[ "$(cat memory)" -lt 131072 ]
}

@test "paths that lead out, deep folders, lying sizes" {
	python3 - <<-'PY'
		import tarfile, io
		def tar(name, *members):
		    with tarfile.open(name, "w") as t:
		        for path in members:
		            i = tarfile.TarInfo(path); i.size = 1; t.addfile(i, io.BytesIO(b"x"))
		tar("escape.tar", "ok", "../../etc/passwd")
		tar("deep.tar", "/".join("d" * 300) )
		data = bytearray(open("escape.tar", "rb").read());
		data[124:135] = b"77777777777"; data[148:156] = b" " * 8; data[148:154] = b"%06o" % sum(data[:512])
		open("lying.tar", "wb").write(data)
	PY
	for name in escape deep lying; do make_image $name '' $name.tar; done
	refused 'by ".."' oci:escape
	refused "folders" oci:deep
	refused "layer 1" oci:lying
	[ ! -e "$WORK/etc" ]
}

@test "documents: deep JSON, layers and manifests at once, unknown media types, a digest that is none" {
	mkdir root
	for name in deep both media digest; do make_image $name '' root; done
	python3 -c 'print("[" * 100000)' >deep/index.json
	refused "deep" oci:deep
	jq -c '.layers = []' both/index.json >x && mv x both/index.json
	refused "layers" oci:both
	jq -c '.manifests[0].mediaType = "application/x-unknown"' media/index.json >x && mv x media/index.json
	refused "no image for linux" oci:media
	jq -c '.manifests[0].digest = "sha256:../../etc/passwd"' digest/index.json >x && mv x digest/index.json
	refused "digest" oci:digest
}

@test "files that lie: a database that is damaged is said, never a clean result" {
	debian_root root
	printf 'Package: a\nStatus: install ok installed\n' >root/var/lib/dpkg/status
	make_image layout '' root
	refused "packages may be missing" oci:layout
	mkdir -p jar/app && head -c 3000 /dev/urandom >jar/app/x.jar
	run skep scan --skip vulnerabilities ./jar
	[ "$status" -eq 0 ]
	[[ $output == *"not a ZIP archive"* ]]
	python3 - <<-'PY'
		import zipfile, io
		inner = io.BytesIO()
		with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("x", bytes(300 << 20))
		import os; os.makedirs("bomb/app")
		with zipfile.ZipFile("bomb/app/bomb.jar", "w", zipfile.ZIP_DEFLATED) as z:
		    for i in range(30): z.writestr("%d.jar" % i, bytes(60 << 20))
	PY
	run /usr/bin/time -f %M -o memory "$SKEP" --root "$WORK/store" sbom ./bomb
	[[ $output == *"refused as a bomb"* ]]
	[ "$(cat memory)" -lt 262144 ]
}

@test "names from outside reach a terminal without their control characters" {
	debian_root root
	stanza "$(printf 'evil\033]0;x\007')" 1 >root/var/lib/dpkg/status
	printf 'key = AKIAQ3EGRLXZBV2NTY7M\n' >"root/$(printf 'a\033[2Jb')"
	skep scan --skip vulnerabilities ./root >table
	run ! grep -q "$(printf '\033')" table
	skep scan --skip vulnerabilities -o junit ./root | python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)'
}

@test "without network interfaces, and as somebody who is not root" {
	mkdir root && npm_package root/app a 1.0.0
	make_image layout '' root
	chmod -R a+rX .
	[ "$(unshare -n "$SKEP" --root "$WORK/store" scan --skip vulnerabilities -o json oci:layout | jq -r '.packages[].name')" = a ]
	[ "$(setpriv --reuid 65534 --regid 65534 --clear-groups "$SKEP" --root "$WORK/nobody" scan --skip vulnerabilities -o json oci:layout | jq -r '.packages[].name')" = a ]
}

@test "a parser that was taken over can do nothing" {
	mkdir bin
	cp "$SKEP" bin/skep
	cp "$BATS_TEST_DIRNAME/../../build/gcc/src/bin/scan-planted" bin/skep-scan
	for act in read write socket signal exec fork trace code crash memory; do
		rm -rf root && mkdir root && echo $act >root/planted
		npm_package root/app a 1.0.0
		for target in ./root oci:layout-$act; do
			[ -d layout-$act ] || make_image layout-$act '' root
			run --separate-stderr bin/skep --root "$WORK/store" scan --skip vulnerabilities -o json "$target"
			# shellcheck disable=SC2154 # bats sets it
			echo "$act $target: $status $stderr"
			[[ $output != *planted-worked* ]]
			# Either the worker died, which is an error about the layer, or the act failed.
			[[ $output == *planted-failed* ]] || [ "$status" -eq 3 ]
		done
	done
	[ ! -e root/planted-was-here ]
	[ ! -e /tmp/planted-was-here ]
}

@test "nothing an image holds makes it look clean: names, lists, links, layouts and the ends of archives" {
	# A list of files of no package hides nothing.
	debian_root root
	stanza a 1 >root/var/lib/dpkg/status
	npm_package root/app lodash 4.17.4
	echo /app/node_modules/lodash/package.json >root/var/lib/dpkg/info/evil.list
	make_image list '' root
	for target in ./root oci:list; do packages "$target" | grep -q lodash; done
	# /usr/lib and /lib are two places where they are no links.
	mkdir -p low/lib/apk/db up/usr/lib
	printf 'P:musl\nV:1.2.4-r2\n\n' >low/lib/apk/db/installed
	touch up/usr/lib/.wh.apk
	make_image unmerged '' low up
	[ "$(packages oci:unmerged)" = "apk musl 1.2.4-r2" ]
	# A folder's name that looks like an archive's inside.
	mkdir -p one two/opt
	npm_package "one/opt/x!" lodash 4.17.4
	touch two/opt/x
	make_image mark '' one two
	[ "$(packages oci:mark)" = "npm lodash 4.17.4" ]
	# A database behind a link.
	debian_root linked
	rm -r linked/var/lib/dpkg && mkdir -p linked/opt/db && stanza a 1 >linked/opt/db/status
	ln -s ../../opt/db linked/var/lib/dpkg
	make_image linked-image '' linked
	refused "a link where a package database belongs" ./linked
	refused "a link where a package database belongs" oci:linked-image
	# A layout inside a root file system.
	debian_root both && cp -r list/. both/
	refused "say oci:" ./both
	# The end of an archive inside its comment, two files of one name, a NUL in a name.
	python3 - <<-'PY'
		import io, os, zipfile
		def jar(artifact):
		    b = io.BytesIO()
		    with zipfile.ZipFile(b, "w") as z: z.writestr("META-INF/maven/g/a/pom.properties", "groupId=g\nartifactId=%s\nversion=1\n" % artifact)
		    return b.getvalue()
		os.makedirs("jars/app")
		data = jar("commented"); end = data.rindex(b"PK\5\6")
		fake = b"PK\5\6" + bytes(18) + b"x"
		open("jars/app/comment.jar", "wb").write(data[:end + 20] + len(fake).to_bytes(2, "little") + fake)
		import warnings; warnings.simplefilter("ignore")
		with zipfile.ZipFile("jars/app/twice.war", "w") as z:
		    z.writestr("WEB-INF/lib/a.jar", jar("first")); z.writestr("WEB-INF/lib/a.jar", jar("second"))
		with zipfile.ZipFile("jars/app/nul.war", "w") as z: z.writestr("aXaaaaaaaa.jar", jar("nul"))
		d = open("jars/app/nul.war", "rb").read().replace(b"aXaaaaaaaa.jar", b"a\0aaaaaaaa.jar")
		open("jars/app/nul.war", "wb").write(d)
	PY
	packages ./jars >list.txt
	grep -qx 'maven g:commented 1' list.txt
	grep -qx 'maven g:first 1' list.txt
	grep -qx 'maven g:second 1' list.txt
}

@test "secrets are seen however the stream was cut, and a step is not shown with its password" {
	printf 'key = AKIAQ3EGRLXZBV2NTY7M\n' >text
	mkdir root && cp text root/.env && tar -C root -cf whole.tar .
	at=$(python3 -c 'd=open("whole.tar","rb").read(); print(d.index(b"key = AKIA") + 1)')
	{ head -c "$at" whole.tar | gzip && tail -c +$((at + 1)) whole.tar | gzip; } >split.gz
	make_image split '"config":{"User":"app"}' split.gz
	run -1 skep scan --skip vulnerabilities --fail-on critical oci:split
	make_image steps '"history":[{"created_by":"RUN DB_PASSWORD=hunter2hunter2 curl -k https://bob:s3cretpw@example.org | sh"}]' root
	for form in table json sarif junit; do
		skep scan --skip vulnerabilities -o $form oci:steps >"out.$form"
		run ! grep -E 'hunter2|s3cretpw' "out.$form"
	done
}

@test "an archive of a hundred thousand files is read as a root file system, and is no hiding place for an image" {
	python3 - <<-'PY'
		import io, tarfile
		def add(t, name, text=b""):
		    m = tarfile.TarInfo(name)
		    m.size = len(text)
		    t.addfile(m, io.BytesIO(text))
		for name, more in (("root.tar", None), ("both.tar", "manifest.json")):
		    with tarfile.open(name, "w") as t:
		        for i in range(100000):
		            add(t, "d/%d" % i)
		        add(t, "var/lib/dpkg/status", b"Package: a\nStatus: install ok installed\nVersion: 1\n")
		        if more:
		            add(t, more, b"[]")
	PY
	[ "$(skep sbom ./root.tar | jq -r '.components[] | select(.name == "a").version')" = 1 ]
	run -3 skep sbom ./both.tar
	[[ $output == *"manifest.json: the archive may be an image too, which was not read"* ]]
}
