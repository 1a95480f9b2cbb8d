#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The index brought up to date from signed mirrors: of every kind, cut and killed, and with everything that may not be taken.

load helper
PATH=$ROOT/build/bin:$PATH
FEEDS=$ROOT/test/data/osv
FILES=("$FEEDS/distributions.jsonl" "$FEEDS/language.jsonl" "$FEEDS/kev.json" "$FEEDS/epss.csv")

setup_file() {
	KEYS=$(mktemp -d "${TMPDIR:-/tmp}/skep-keys.XXXXXX")
	export KEYS
	cd "$KEYS" || return 1
	openssl genpkey -algorithm ed25519 -out db.key
	openssl pkey -in db.key -pubout -out db.pub
	openssl genpkey -algorithm ed25519 -out other.key
	openssl pkey -in other.key -pubout -out other.pub
	openssl ecparam -name prime256v1 -genkey -noout -out ec.key
	openssl pkey -in ec.key -pubout -out ec.pub
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
		-keyout tls.key -out tls.crt 2>/dev/null
	cat tls.key tls.crt >tls.pem
}
teardown_file() { rm -rf "$KEYS"; }

setup() {
	WORK=$BATS_TEST_TMPDIR
	STORE=$WORK/store
	MIRROR=$WORK/mirror
	INDEX=$STORE/db/vuln.skdb
	servers=()
	cd "$WORK" || return 1
}
teardown() {
	local pid
	for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
	true
}

db() { skep --root "$STORE" db "$@"; }
publish() { skep db publish "${FILES[@]}" --key "$KEYS/db.key" --to "$MIRROR" "$@"; }

# config ADDRESS [LINE...]: a document with one mirror; lines go below spec.
config() {
	printf 'apiVersion: skep/v1\nkind: DatabaseMirrors\nmetadata:\n  name: main\nspec:\n  keys: [%s/db.pub]\n' "$KEYS" >db.yaml
	[ $# -eq 1 ] || printf '  %s\n' "${@:2}" >>db.yaml
	printf '  mirrors:\n    - name: office\n      address: %s\n' "$1" >>db.yaml
}
update() { db update --config "${CONFIG:-db.yaml}" "$@"; }
sources() { db status -o json | jq -r '[.sources[].name] | join(" ")'; }

# serve FOLDER [OPTION...]: sets PORT and SERVER; its log is LOG.
serve() {
	LOG=$WORK/log-${#servers[@]}
	: >"$LOG"
	python3 -B "$ROOT/test/system/mirror-server.py" "$1" "$LOG" "${@:2}" >"$LOG.port" 2>"$LOG.err" 3>&- &
	SERVER=$!
	servers+=("$SERVER")
	eventually test -s "$LOG.port"
	PORT=$(cat "$LOG.port")
}

# A large source: lines of documents that are read quickly.
large() {
	python3 - "$1" <<-'PY'
		import json, random, sys
		random.seed(7)
		with open(sys.argv[1], "w") as f:
		    for i in range(4000):
		        print(json.dumps({"id": f"CVE-2030-{i:05}", "modified": "2026-01-01T00:00:00Z",
		                          "details": "%0400x" % random.getrandbits(1600),
		                          "affected": [{"package": {"ecosystem": "npm", "name": f"p{i}"},
		                                        "versions": ["1.0.0"]}]}), file=f)
	PY
}

# sign: the list anew, after a change by hand.
sign() { openssl pkeyutl -sign -rawin -inkey "${1:-$KEYS/db.key}" -in "$MIRROR/skep-db.json" | base64 -w0 >"$MIRROR/skep-db.json.sig"; }
# change FILTER: the list by jq, signed again.
change() {
	jq "$1" "$MIRROR/skep-db.json" >changed
	mv changed "$MIRROR/skep-db.json"
	sign
}

# refused WORDS: exit code 5, words, and the index is as before.
refused() {
	local before
	before=$(cat "$INDEX" 2>/dev/null | sha256sum)
	run -5 update
	[[ $output == *"$1"* ]]
	[ "$(cat "$INDEX" 2>/dev/null | sha256sum)" = "$before" ]
}

@test "a published folder is taken, and the second time nothing is" {
	publish
	config "$MIRROR"
	run -0 update --check
	[[ $output == *"4 of 4 sources are new"*"kev"*"new"* ]]
	[ ! -e "$STORE" ]
	run -0 update
	[[ $output == *"mirror office answered"*"SOURCE"* ]]
	[ "$(sources)" = "distributions epss kev language" ]
	local before
	before=$(stat -c '%i %Y' "$INDEX")
	run -0 update
	[[ $output == *"all 4 sources are up to date"* && $output != *SOURCE* ]]
	[ "$(stat -c '%i %Y' "$INDEX")" = "$before" ]
	[ "$(find "$STORE/db" -type f -printf '%f\n' | sort | xargs)" = "lock mirrors.json update.lock vuln.skdb" ]
	run -0 update --check
	[[ $output == *"up to date"* ]]
	run -0 --separate-stderr update -q
	[ -z "$output$stderr" ]
}

@test "only what changed is fetched again, and what was imported by hand since" {
	cp "${FILES[@]}" .
	FILES=(distributions.jsonl language.jsonl kev.json epss.csv)
	publish
	serve "$MIRROR"
	config "http://127.0.0.1:$PORT"
	update -q
	[ "$(grep -c ' /files/' "$LOG")" -eq 4 ]
	sed -i 's/1.4.2/1.4.9/' language.jsonl
	publish
	: >"$LOG"
	run -0 update
	[[ $output == *"1 of 4 sources are new"* ]]
	[ "$(grep -c ' /files/' "$LOG")" -eq 1 ]
	sleep 1
	db import -q "$FEEDS/language.jsonl"
	run -0 update --check
	[[ $output == *"1 of 4 sources are new"* ]]
	rm "$INDEX"
	update -q
	[ "$(sources)" = "distributions epss kev language" ]
}

@test "signatures of openssl (Ed25519, ECDSA) and of skep count, each by its key" {
	publish
	sign
	config "$MIRROR"
	update -q
	openssl dgst -sha256 -sign "$KEYS/ec.key" "$MIRROR/skep-db.json" | base64 >"$MIRROR/skep-db.json.sig"
	rm -r "$STORE"
	refused "none of the 1 keys"
	sed -i "s,db.pub,ec.pub," db.yaml
	update -q
	publish --key "$KEYS/ec.key"
	update -q
	base64 -d <"$MIRROR/skep-db.json.sig" >raw
	openssl dgst -sha256 -verify "$KEYS/ec.pub" -signature raw "$MIRROR/skep-db.json"
	# Any one of several keys counts.
	sed -i "s,\[.*,[$KEYS/other.pub\, $KEYS/db.pub]," db.yaml
	publish
	update -q
}

@test "without a signature of a key that is configured nothing is taken" {
	publish
	config "$MIRROR"
	update -q
	publish
	sign "$KEYS/other.key"
	refused "none of the 1 keys"
	publish
	jq '.serial += 1' "$MIRROR/skep-db.json" >changed && mv changed "$MIRROR/skep-db.json"
	refused "none of the 1 keys"
	echo rubbish >"$MIRROR/skep-db.json.sig"
	refused "none of the 1 keys"
	head -c 5000 /dev/zero >"$MIRROR/skep-db.json.sig"
	run -3 update
	rm "$MIRROR/skep-db.json.sig"
	run -3 update
	[[ $output == *"skep-db.json.sig"*"No such file"* ]]
	# A list that is not signed is not even read.
	echo '[[[[' >"$MIRROR/skep-db.json"
	echo AAAA >"$MIRROR/skep-db.json.sig"
	refused "none of the 1 keys"
}

@test "an older list is refused, and another one of the same serial" {
	publish
	config "$MIRROR"
	cp -r "$MIRROR" old
	sleep 1
	publish
	update -q
	mv "$MIRROR" new
	cp -r old "$MIRROR"
	refused "an old list is not taken"
	rm -r "$MIRROR"
	cp -r new "$MIRROR"
	change '.files |= .[1:]'
	refused "of the same serial"
	change '.serial += 1'
	update -q
	echo '{' >"$STORE/db/mirrors.json"
	run -3 update
	[[ $output == *"mirrors.json"*"damaged"* ]]
}

@test "a list that is expired or older than maxAgeDays is refused, unless it is asked for" {
	publish
	config "$MIRROR"
	change '.created = "2026-01-01T00:00:00Z" | .expires = "2026-01-08T00:00:00Z"'
	refused "has expired"
	update -q --allow-expired
	publish
	change ".created = \"$(date -u -d '-5 days' +%FT%TZ)\""
	config "$MIRROR" "maxAgeDays: 3"
	refused "is 5 days old and maxAgeDays is 3"
	config "$MIRROR" "maxAgeDays: 6"
	update -q
}

@test "what a signed list may not say" {
	publish
	config "$MIRROR"
	cp -r "$MIRROR" good
	local filter
	for filter in '.files[0].path = "../../../etc/passwd"' '.files[0].path = "/etc/passwd"' '.files[0].path = "files/../../x"' \
		'.files[0].bytes = 9000000000000' '.files[0].sha256 = "00"' '.files += .files' '.schema = "skep/db/v9"' '.files = []'; do
		change "$filter"
		run -3 update
		[[ $output == *"mirror office: skep-db.json: "* ]]
		rm -r "$MIRROR" && cp -r good "$MIRROR"
	done
	[ ! -e "$INDEX" ]
	head -c 2000000 /dev/zero >"$MIRROR/skep-db.json"
	run -3 update
	[[ $output == *"too large"* ]]
}

@test "a file that is not the listed one is refused, wherever it lies" {
	publish
	serve "$MIRROR"
	local file size
	file=$(echo "$MIRROR"/files/*)
	file=${file%% *}
	size=$(stat -c %s "$file")
	for address in "$MIRROR" "http://127.0.0.1:$PORT"; do
		config "$address"
		printf X | dd of="$file" bs=1 conv=notrunc status=none
		refused "its digest differs"
		echo more >>"$file"
		refused "is not the file that the signed list names"
		truncate -s $((size - 1)) "$file"
		run ! update
		[ ! -e "$INDEX" ]
		truncate -s "$size" "$file"
	done
	# Half of another file that is there already does no harm.
	rm -r "$MIRROR"
	publish
	config "http://127.0.0.1:$PORT"
	mkdir -p "$STORE/db/incoming"
	printf X >"$STORE/db/incoming/${file##*/}"
	head -c 100000 /dev/zero >"$STORE/db/incoming/litter"
	update -q
	[ ! -e "$STORE/db/incoming" ]
}

@test "links in a mirror's folder lead nowhere" {
	publish
	config "$MIRROR"
	local file
	file=$(echo "$MIRROR"/files/*)
	file=${file%% *}
	cp "$file" secret
	ln -sf "$WORK/secret" "$file"
	run -3 update
	[ ! -e "$INDEX" ]
}

@test "HTTP: a cut download goes on where it was, within a run and in the next" {
	large big.jsonl
	FILES=(big.jsonl)
	publish
	local size
	size=$(stat -c %s big.jsonl)
	serve "$MIRROR" cut=$((size / 3))
	config "http://127.0.0.1:$PORT"
	update -q
	grep ' /files/' "$LOG" >asked
	[ "$(head -1 asked | cut -d' ' -f3)" = - ]
	[ "$(sed 1d asked | grep -c 'bytes=[1-9]')" -eq $(($(wc -l <asked) - 1)) ]
	[ "$(wc -l <asked)" -ge 3 ]
	[ "$(awk '{ n += $5 } END { print n }' asked)" -eq "$size" ]
	# The server goes away in the middle; another run, another server.
	rm -r "$STORE"
	serve "$MIRROR" slow=$((size / 3))
	config "http://127.0.0.1:$PORT"
	update -q 2>err &
	local pid=$!
	eventually partial
	kill "$SERVER"
	local code=0
	wait "$pid" || code=$?
	[ "$code" -eq 3 ]
	grep -q 'mirror office: http' err
	local have
	have=$(stat -c %s "$STORE"/db/incoming/*)
	[ "$have" -gt 0 ] && [ "$have" -lt "$size" ]
	serve "$MIRROR"
	config "http://127.0.0.1:$PORT"
	update -q
	grep -q "bytes=$have- 206 $((size - have))" "$LOG"
	[ "$(sources)" = big ]
}
partial() { [ "$(cat "$STORE"/db/incoming/* 2>/dev/null | wc -c)" -gt 0 ]; }

@test "HTTP: a server without ranges sends it all again" {
	large big.jsonl
	FILES=(big.jsonl)
	publish
	serve "$MIRROR" ranges=no
	config "http://127.0.0.1:$PORT"
	mkdir -p "$STORE/db/incoming"
	head -c 5000 big.jsonl >"$STORE/db/incoming/$(sha256sum big.jsonl | cut -d' ' -f1)"
	update -q
	[ "$(sources)" = big ]
	[ "$(grep -c 'bytes=5000-' "$LOG")" -eq 1 ]
}

@test "killed at any moment: the old index, no litter, and the next run goes on" {
	db import -q "$FEEDS/kev.json"
	large big.jsonl
	FILES=(big.jsonl "$FEEDS/language.jsonl")
	publish
	serve "$MIRROR" slow=8000000
	config "http://127.0.0.1:$PORT"
	local at pid
	for at in 0.02 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.5; do
		skep --root "$STORE" db update -q --config db.yaml 2>/dev/null &
		pid=$!
		sleep "$at"
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" || true
		[[ $(sources) == "kev" || $(sources) == "big kev language" ]]
		[ "$(cat "$STORE"/db/incoming/* 2>/dev/null | wc -c)" -le "$(cat big.jsonl "$FEEDS/language.jsonl" | wc -c)" ]
	done
	update -q
	[ "$(sources)" = "big kev language" ]
	[ "$(find "$STORE/db" -type f -printf '%f\n' | sort | xargs)" = "lock mirrors.json update.lock vuln.skdb" ]
}

@test "two updates at once are kept apart" {
	large big.jsonl
	FILES=(big.jsonl)
	publish
	serve "$MIRROR" slow=2000000
	config "http://127.0.0.1:$PORT"
	update -q &
	local pid=$!
	eventually partial
	run -3 update
	[[ $output == *"another update is running; wait for its end"* ]]
	wait "$pid"
	[ "$(sources)" = big ]
}

@test "several mirrors: the next one is asked, and it is said" {
	publish
	cp -r "$MIRROR" stale
	sleep 1
	publish
	config "http://127.0.0.1:1"
	printf '    - name: second\n      address: %s\n    - name: third\n      address: %s\n' "$WORK/nothing" "$MIRROR" >>db.yaml
	run -0 update
	[[ $output == *"mirror office: http://127.0.0.1:1/"*"trying the next one"*"mirror second: "*"mirror third answered"* ]]
	# One that lags behind is passed over as well.
	config "$WORK/stale"
	printf '    - name: second\n      address: %s\n' "$MIRROR" >>db.yaml
	run -0 update
	[[ $output == *"an old list is not taken; trying the next one"*"up to date"* ]]
	config "$WORK/stale"
	printf '    - name: second\n      address: http://127.0.0.1:1\n' >>db.yaml
	run -5 update
	[ "$(sources)" = "distributions epss kev language" ]
}

@test "only some sources" {
	publish
	config "$MIRROR" "sources: [language, kev]"
	update -q
	[ "$(sources)" = "kev language" ]
	config "$MIRROR" "sources: [language, Alpine]"
	run -3 update
	[[ $output == *'no source "Alpine"'* ]]
}

@test "TLS: by the authority that is named, and by no other" {
	publish
	serve "$MIRROR" tls="$KEYS/tls.pem"
	config "https://127.0.0.1:$PORT"
	run -3 update
	[[ $output == *"certificate"* ]]
	printf '      ca: %s/tls.crt\n' "$KEYS" >>db.yaml
	update -q
	[ "$(sources)" = "distributions epss kev language" ]
	# Plain HTTP to another host has to be said.
	config "http://mirror.example.org/"
	run -3 update
	[[ $output == *"db.yaml:8:7: spec.mirrors[0]"*"insecure: true"* || $output == *"spec.mirrors[0]: HTTP without TLS"* ]]
}

@test "mistakes in the document are shown by line and column" {
	publish
	run -3 db update --config "$WORK/none.yaml"
	[[ $output == *"no mirrors are configured"*"none.yaml"* ]]
	config "$MIRROR" "key: x"
	run -3 update
	[[ $output == *"db.yaml:7:3: spec.key: \"key\" is no member here; there are keys, sources, maxAgeDays, mirrors"* ]]
	config "ftp://x"
	run -3 update
	[[ $output == *"db.yaml:9:7: spec.mirrors[0].address: \"ftp://x\" is no address"* ]]
	config "$MIRROR"
	sed -i 's/db.pub/none.pub/' db.yaml
	run -3 update
	[[ $output == *"the key $KEYS/none.pub"*"No such file"* ]]
	cp "$KEYS/db.pub" near.pub
	sed -i 's,keys:.*,keys: [near.pub],' db.yaml
	mkdir -p elsewhere
	cd elsewhere
	CONFIG=../db.yaml update -q
	cd ..
	echo '{"apiVersion": "skep/v1"' >db.yaml
	run -3 update
	[[ $output == *"db.yaml:"* ]]
}

@test "publishing: what cannot be published is said, old files are swept, serials grow" {
	cp "$FEEDS/language.jsonl" a.jsonl
	FILES=(a.jsonl)
	publish --serial 7
	[ "$(jq .serial "$MIRROR/skep-db.json")" = 7 ]
	publish
	publish
	echo '{"id":"CVE-2031-1","modified":"2026-01-01T00:00:00Z"}' >>a.jsonl
	publish
	[ "$(find "$MIRROR/files" -type f | wc -l)" -eq 2 ]
	publish
	[ "$(find "$MIRROR/files" -type f | wc -l)" -eq 1 ]
	mkdir docs && cp "$FEEDS/kev.json" docs/
	run -3 skep db publish docs --key "$KEYS/db.key" --to "$MIRROR"
	[[ $output == *"pack them"* ]]
	run -3 skep db publish a.jsonl a.jsonl --key "$KEYS/db.key" --to "$MIRROR"
	[[ $output == *"another source"* ]]
	: >empty.jsonl
	run -3 skep db publish empty.jsonl --key "$KEYS/db.key" --to "$MIRROR"
	[[ $output == *"empty"* ]]
	run -3 skep db publish a.jsonl --key "$KEYS/db.pub" --to "$MIRROR"
	[[ $output == *"no private key"* ]]
	openssl pkcs8 -topk8 -in "$KEYS/db.key" -passout pass:x -out locked.key
	run -3 skep db publish a.jsonl --key locked.key --to "$MIRROR"
	[[ $output == *"is encrypted"* ]]
	run -2 skep db publish a.jsonl --to "$MIRROR"
	run -2 skep db publish a.jsonl --key "$KEYS/db.key" --to "$MIRROR" --expires soon
	[ "$(find "$MIRROR" -name '.*' -type f | wc -l)" -eq 0 ]
}

@test "OCI layout: published, taken, other tags stay" {
	MIRROR=oci:$WORK/layout:db publish
	MIRROR=oci:$WORK/layout:other publish
	[ "$(jq '.manifests | length' layout/index.json)" = 2 ]
	skopeo inspect --raw "oci:$WORK/layout:db" | jq -e '.artifactType == "application/vnd.skep.db.v1" and (.layers | length == 6)'
	config "oci:$WORK/layout:db"
	update -q
	[ "$(sources)" = "distributions epss kev language" ]
	config "oci:$WORK/layout:none"
	run -3 update
	[[ $output == *"no image tagged none"* ]]
	echo '{"manifests":[[[' >layout/index.json
	config "oci:$WORK/layout:db"
	run -3 update
	[[ $output == *"index"* ]]
}

# registry [LINE...]: Debian's, with what is added to its configuration; sets PORT.
registry() {
	PORT=$((20000 + RANDOM % 10000))
	printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s/registry}}\nhttp: {addr: "127.0.0.1:%s"}\n' "$WORK" "$PORT" >registry.yml
	printf '%s\n' "$@" >>registry.yml
	docker-registry serve registry.yml >registry.log 2>&1 3>&- &
	servers+=("$!")
	eventually answers "http://127.0.0.1:$PORT/v2/"
}
answers() { curl -s -o /dev/null "$1"; }

@test "a registry: skopeo brings the layout there, skep takes it from there" {
	large big.jsonl
	FILES+=(big.jsonl)
	MIRROR=oci:$WORK/layout:db publish
	registry
	skopeo copy -q --preserve-digests --dest-tls-verify=false "oci:$WORK/layout:db" "docker://127.0.0.1:$PORT/skep/db:latest"
	config "oci://127.0.0.1:$PORT/skep/db"
	run -0 update
	[[ $output == *"5 of 5 sources are new"* ]]
	run -0 update
	[[ $output == *"all 5 sources are up to date"* ]]
	# A blob that was begun is gone on with.
	rm -r "$STORE"
	mkdir -p "$STORE/db/incoming"
	head -c 70000 big.jsonl >"$STORE/db/incoming/$(sha256sum big.jsonl | cut -d' ' -f1)"
	update -q
	config "oci://127.0.0.1:$PORT/skep/db:none"
	run -3 update
	[[ $output == *"404"* ]]
}

@test "a registry that wants a token gets an anonymous one" {
	MIRROR=oci:$WORK/layout:db publish
	registry
	skopeo copy -q --preserve-digests --dest-tls-verify=false "oci:$WORK/layout:db" "docker://127.0.0.1:$PORT/skep/db:v1"
	serve "$WORK" token="$KEYS/tls.pem"
	local realm="http://127.0.0.1:$PORT/token"
	registry "auth: {token: {realm: \"$realm\", service: registry, issuer: test, rootcertbundle: $KEYS/tls.crt}}"
	[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PORT/v2/skep/db/manifests/v1")" = 401 ]
	config "oci://127.0.0.1:$PORT/skep/db:v1"
	update -q
	[ "$(sources)" = "distributions epss kev language" ]
	[[ $(head -1 "$LOG") == "GET /token?service=registry&scope=repository%3Askep%2Fdb%3Apull - 200 "* ]]
	# Whoever gives no token gets nothing asked a second time.
	kill "${servers[1]}"
	rm -r "$STORE"
	run -3 update
	[[ $output == *"no token from"* ]]
}

@test "what a registry says is read as an enemy's words" {
	mkdir -p "web/v2/skep/db/manifests"
	serve "$WORK/web"
	config "oci://127.0.0.1:$PORT/skep/db:v1"
	local text
	for text in '{}' '[' '{"schemaVersion":2,"config":{},"layers":[]}' "$(printf '[%.0s' $(seq 2000))" \
		"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a\",\"digest\":\"sha256:$(printf a | sha256sum | cut -c1-64)\",\"size\":1},\"layers\":[]}"; do
		echo "$text" >web/v2/skep/db/manifests/v1
		run -3 update
		[[ $output == *"mirror office: "* ]]
	done
	head -c 5000000 /dev/zero >web/v2/skep/db/manifests/v1
	run -3 update
	[[ $output == *"larger than"* ]]
}

@test "skep-fetch holds to few files and nobody's rights, and ends with whoever wanted the bytes" {
	large big.jsonl
	FILES=(big.jsonl)
	publish
	serve "$MIRROR" slow=1000000
	config "http://127.0.0.1:$PORT"
	skep --root "$STORE" db update -q --config db.yaml 2>/dev/null &
	local pid=$! fetch
	eventually partial
	fetch=$(pgrep -P "$pid" -f skep-fetch)
	[ "$(awk '/^Uid:/ { print $2, $3 }' "/proc/$fetch/status")" = "65534 65534" ]
	[ "$(awk '/^(CapPrm|CapEff|CapBnd|NoNewPrivs):/ { print $2 }' "/proc/$fetch/status" | xargs)" = \
		"0000000000000000 0000000000000000 0000000000000000 1" ]
	kill -KILL "$pid"
	wait "$pid" || true
	eventually test ! -e "/proc/$fetch"
}

@test "a scan fetches nothing, and says how old the data is" {
	publish
	change ".created = \"$(date -u -d '-9 days' +%FT%TZ)\" | .expires = \"$(date -u -d '+9 days' +%FT%TZ)\""
	config "$MIRROR"
	update -q
	mkdir root
	run -0 --separate-stderr skep --root "$STORE" scan -o json ./root
	[[ $stderr == *"9 days old, over the limit of 7; skep db update"* ]]
	[ "$(jq -c '[.data.ageDays, .data.stale]' <<<"$output")" = "[9,true]" ]
	run -0 --separate-stderr skep --root "$STORE" scan --max-age 10 -o json ./root
	[ -z "$stderr" ]
	[ "$(jq -c .data.stale <<<"$output")" = false ]
	run -5 skep --root "$STORE" scan --max-age 3 ./root
	[[ $output == *"9 days old, over the limit of 3"* ]]
	run -2 skep --root "$STORE" scan --max-age soon ./root
	# Nothing new to take makes it younger all the same.
	change ".serial += 1 | .created = \"$(date -u +%FT%TZ)\""
	run -0 update
	[[ $output == *"up to date"* ]]
	run -0 skep --root "$STORE" scan --max-age 3 ./root
}
