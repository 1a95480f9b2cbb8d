# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154,SC2034
#
# Six real programs as images, made from what Debian's packages installed, each with a way to load it, and each with a hole
# (door.c) through which a test attacks it as somebody does whose code runs in it.

ROOT=${SKEP_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && git rev-parse --show-toplevel)}
SKEP=${SKEP:-$ROOT/build/bin/skep}
# shellcheck source=test/system/image.bash
. "$ROOT/test/system/image.bash"
# shellcheck source=test/system/eventually.bash
. "$ROOT/test/system/eventually.bash"

PROGRAMS=${PROGRAMS:-httpd nginx redis postgres python node}
OUTSIDE=10.98.0.1 # what no program has to reach
EVENTUALLY_SECONDS=30

declare -gA PORT=([httpd]=8101 [nginx]=8102 [redis]=8103 [postgres]=8104 [python]=8105 [node]=8106)
# A folder that the program may write to, its configuration, and its user.
declare -gA FOLDER=([httpd]=/tmp [nginx]=/var/lib/nginx/body [redis]=/var/lib/redis [postgres]=/var/lib/postgresql/data [python]=/tmp [node]=/tmp)
declare -gA CONFIG=([httpd]=/etc/app/httpd.conf [nginx]=/etc/app/nginx.conf [redis]=/etc/app/redis.conf
	[postgres]=/etc/app/postgresql.conf [python]=/etc/app/app.ini [node]=/etc/app/app.json)
declare -gA REFUSED_ANYWAY=([python]=setgroups)
declare -gA RUN_AS=([httpd]=app [nginx]=root [redis]=app [postgres]=app [python]=app [node]=app)

# ---- roots ----

# installed ROOT PACKAGE...: what the packages installed, without their documents.
installed() {
	local root=$1
	shift
	dpkg -L "$@" | grep -vE '^/(\.|etc|usr|usr/(s?bin|lib|share))$|^/usr/share/(doc|man|lintian|locale|bug|perl5)(/|$)|/node_modules/|/tests?/|^/usr/include|llvmjit|/bitcode/' |
		while read -r path; do if [ -f "$path" ]; then echo ".$path"; fi; done |
		tar -C / -cf - --no-recursion -T - 2>/dev/null | tar -C "$root" -xf - --keep-directory-symlink
}

# with_libraries ROOT FILE...: the libraries that the loader would find for them.
with_libraries() {
	local root=$1 library
	shift
	for library in $(ldd "$@" 2>/dev/null | grep -o '/[^ :]*' | sort -u); do
		[ -e "$root$library" ] || install -D "$(readlink -f "$library")" "$root$library"
	done
}

# base_root ROOT: folders, users, a shell for attackers, and what they come for.
base_root() {
	mkdir -p "$1"/{usr/bin,usr/sbin,usr/lib,usr/lib64,proc,sys,dev,tmp,run,etc/app,etc/keys,srv,var/lib,var/log,home/app}
	chmod 1777 "$1/tmp"
	for link in bin sbin lib lib64; do ln -s "usr/$link" "$1/$link"; done
	cp /bin/busybox "$1/usr/bin/busybox"
	ln -s busybox "$1/usr/bin/sh"
	printf 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www:/srv:/bin/sh\napp:x:1000:1000:app:/home/app:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nwww-data:x:33:\nadm:x:4:\napp:x:1000:\n' >"$1/etc/group"
	echo secret >"$1/etc/keys/token"
	cc -std=gnu17 -O1 -shared -fPIC -o "$1/usr/lib/door.so" "$ROOT/test/system/door.c"
	for n in 1 2 3; do head -c "$((n * 3000))" /dev/urandom | base64 >"$1/srv/page$n"; done
}

root_httpd() {
	mkdir -p "$1/srv/cgi-bin"
	cc -std=gnu17 -O1 -static -DDOOR_CGI -o "$1/srv/cgi-bin/status" "$ROOT/test/system/door.c"
	# A file of its own: a program that is many is, when it may be run, each of them.
	cp /bin/busybox "$1/usr/bin/httpd"
	echo '.txt:text/plain' >"$1/etc/app/httpd.conf"
	COMMAND='"/usr/bin/httpd","-f","-p","8101","-h","/srv","-c","/etc/app/httpd.conf"'
}

root_nginx() {
	installed "$1" nginx nginx-common
	cp /etc/nginx/mime.types "$1/etc/app/"
	mkdir -p "$1/var/log/nginx" "$1/var/lib/nginx"
	cat >"$1/etc/app/nginx.conf" <<-'C'
		user www-data;
		worker_processes 2;
		daemon off;
		pid /run/nginx.pid;
		error_log /var/log/nginx/error.log;
		events { worker_connections 256; }
		http {
			include /etc/app/mime.types;
			access_log /var/log/nginx/access.log;
			sendfile on;
			keepalive_timeout 65;
			gzip on;
			server {
				listen 8102;
				root /srv;
				location /upload/ {
					client_body_in_file_only clean;
					client_body_buffer_size 1k;
					proxy_pass http://127.0.0.1:8102/;
				}
			}
		}
	C
	COMMAND='"/usr/sbin/nginx","-c","/etc/app/nginx.conf"'
}

root_redis() {
	installed "$1" redis-tools redis-server
	mkdir -p "$1/var/lib/redis"
	printf 'port 8103\nbind 127.0.0.1\ndir /var/lib/redis\nappendonly yes\nsave 3 100\ndaemonize no\n' >"$1/etc/app/redis.conf"
	COMMAND='"/usr/bin/redis-server","/etc/app/redis.conf"'
}

root_postgres() {
	installed "$1" postgresql-15 tzdata
	mkdir -p "$1/var/lib/postgresql"
	COMMAND='"/usr/lib/postgresql/15/bin/postgres","-D","/var/lib/postgresql/data","-c","config_file=/etc/app/postgresql.conf"'
}

root_python() {
	installed "$1" python3.11-minimal libpython3.11-minimal libpython3.11-stdlib python3-minimal gunicorn python3-gunicorn \
		python3-pkg-resources python3-setuptools
	ln -sf python3.11 "$1/usr/bin/python3"
	mkdir -p "$1/srv/app"
	cat >"$1/srv/app/service.py" <<-'P'
		import configparser, hashlib, json, os, sqlite3, tempfile

		settings = configparser.ConfigParser()
		settings.read("/etc/app/app.ini")

		def application(environ, start_response):
		    path = "/srv/" + os.path.basename(environ["PATH_INFO"] or "page1")
		    if environ["REQUEST_METHOD"] == "POST":
		        with tempfile.TemporaryFile() as copy:
		            copy.write(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
		            body = str(copy.tell()).encode()
		    elif os.path.exists(path):
		        with open(path, "rb") as f:
		            body = f.read()
		    else:
		        db = sqlite3.connect(":memory:")
		        db.execute("create table t(n)")
		        db.executemany("insert into t values(?)", [(n,) for n in range(50)])
		        body = json.dumps({"sum": db.execute("select sum(n) from t").fetchone()[0],
		                           "digest": hashlib.sha256(path.encode()).hexdigest()}).encode()
		    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
		    return [body]
	P
	printf '[service]\nname = pages\n' >"$1/etc/app/app.ini"
	COMMAND='"/usr/bin/python3","/usr/bin/gunicorn","-b","127.0.0.1:8105","--keep-alive","75","--timeout","120","-w","2","--threads","2","--chdir","/srv/app","service:application"'
}

root_node() {
	installed "$1" nodejs
	mkdir -p "$1/srv/app"
	cat >"$1/srv/app/service.js" <<-'J'
		const http = require("http"), fs = require("fs"), crypto = require("crypto"), path = require("path"), zlib = require("zlib");
		const settings = JSON.parse(fs.readFileSync("/etc/app/app.json"));
		const server = http.createServer((request, response) => {
			const name = path.join("/srv", path.basename(request.url));
			if (request.method === "POST") {
				const copy = path.join("/tmp", "upload-" + crypto.randomBytes(6).toString("hex"));
				const file = fs.createWriteStream(copy);
				request.pipe(file).on("finish", () => fs.unlink(copy, () => response.end("kept")));
			} else if (request.url === "/digest") {
				crypto.pbkdf2("password", "salt", 200, 32, "sha256", (bad, key) => response.end(key.toString("hex")));
			} else {
				fs.readFile(name, (bad, data) => bad ? response.writeHead(404).end() : zlib.gzip(data, (e, z) => response.end(z)));
			}
		});
		// A connection that waits longer than a client rests would be a failed request of a busy machine, not of the program.
		server.keepAliveTimeout = 75000;
		server.listen(settings.port, "127.0.0.1");
		process.on("SIGTERM", () => process.exit(0));
	J
	echo '{"port": 8106}' >"$1/etc/app/app.json"
	COMMAND='"/usr/bin/node","/srv/app/service.js"'
}

# make_program NAME: its image below $FILES/NAME, and the folders that it is run with.
make_program() {
	local at=$FILES/$1 root=$FILES/$1/root env='[]'
	mkdir -p "$root"
	base_root "$root"
	"root_$1" "$root"
	[ "$1" = httpd ] || env='["LD_PRELOAD=/usr/lib/door.so"]'
	mapfile -t files < <(find "$root/usr" -type f \( -perm -u+x -o -name '*.so*' \))
	with_libraries "$root" "${files[@]}"
	mv "$root/etc/app" "$at/etc"
	mkdir -p "$root/etc/app" "$at/data"
	chown -R 1000:1000 "$at/etc" "$at/data"
	[ "$1" != nginx ] || chown -R 0:0 "$at/etc" "$at/data"
	[ "$1" = postgres ] || chmod a+w "$at/etc"/*
	make_layout "$at/image" "$root" "{\"Cmd\":[$COMMAND],\"User\":\"${RUN_AS[$1]}\",\"Env\":$env}"
	rm -rf "$root"
	options_of "$1"
	if [ "$1" = postgres ]; then
		skep run --rm --no-watch "${OPTIONS[@]}" -e LD_PRELOAD= "oci:$at/image" /usr/lib/postgresql/15/bin/initdb -D "${FOLDER[$1]}" -A trust >"$at/initdb" 2>&1 </dev/null || { cat "$at/initdb"; return 1; }
		mv "$at/data"/{postgresql,pg_hba,pg_ident}.conf "$at/etc/"
		printf "hba_file = '/etc/app/pg_hba.conf'\nident_file = '/etc/app/pg_ident.conf'\n" >>"$at/etc/postgresql.conf"
		printf 'port = 8104\nlisten_addresses = %s\njit = off\nunix_socket_directories = %s\nmax_wal_size = 64MB\ncheckpoint_timeout = 30s\n' "'127.0.0.1'" "'/run/postgresql'" >>"$at/etc/postgresql.conf"
		chmod a+rw "$at/etc"/*
	fi
}

# options_of NAME: OPTIONS, with which it is run, held or not.
options_of() {
	OPTIONS=(--network host -v "$FILES/$1/etc:/etc/app:idmap")
	case $1 in
	nginx) OPTIONS+=(-v "$FILES/$1/data:/var/log/nginx:idmap" --tmpfs /var/lib/nginx) ;;
	redis) OPTIONS+=(-v "$FILES/$1/data:/var/lib/redis:idmap") ;;
	postgres) OPTIONS+=(-v "$FILES/$1/data:/var/lib/postgresql/data:idmap" --tmpfs /run/postgresql:mode=1777) ;;
	esac
}

# ---- load ----

# Every request has to succeed: ab counts what failed and what was no 2xx.
requests() {
	local log=$1 text
	shift
	text=$(ab -q -r -l "$@" 2>&1) || { echo "$text" >>"$log"; return 1; }
	if grep -E 'Failed requests: +[1-9]|Non-2xx|Write errors: +[1-9]' <<<"$text" || ! grep -qE 'Complete requests: +[1-9]' <<<"$text"; then
		echo "$text" >>"$log"
		return 1
	fi
	grep -E 'Complete requests' <<<"$text" >>"$log"
}

load_web() {
	local base=http://127.0.0.1:${PORT[$1]} log=$2 page
	shift 2
	for page in page1 page3; do
		requests "$log" -n 200 -c 4 "$base/$page" || return 1
		requests "$log" -k -n 300 -c 4 "$base/$page" || return 1
	done
	for page in "$@"; do
		requests "$log" -n 40 -c 4 "$base/$page" || return 1
	done
}

upload() {
	head -c 20000 /dev/zero >"$FILES/$1/upload"
	requests "$2" -n 40 -c 4 -p "$FILES/$1/upload" -T text/plain "http://127.0.0.1:${PORT[$1]}/$3"
}

# once_NAME LOG: a few seconds of its work; fails when anything fails.
once_httpd() { load_web httpd "$1" cgi-bin/status; }
once_nginx() { load_web nginx "$1"; }
once_python() { load_web python "$1" sum && upload python "$1" upload; }
once_node() { load_web node "$1" digest && upload node "$1" upload; }

once_redis() {
	redis-benchmark -q -p "${PORT[redis]}" -n 2000 -c 10 -t ping,set,get,incr,lpush,lpop,sadd,hset,zadd,mset >"$FILES/redis/out" 2>&1 &&
		! grep -iE 'error|refused|denied' "$FILES/redis/out" &&
		redis-cli -p "${PORT[redis]}" bgsave >/dev/null &&
		redis-cli -p "${PORT[redis]}" bgrewriteaof >/dev/null &&
		redis-cli -p "${PORT[redis]}" ping >>"$1"
}

# pgbench NAME of the client package; what it is called through picks a cluster of the host.
pg() { local tool=$1; shift; PGOPTIONS='' "/usr/lib/postgresql/15/bin/$tool" -h 127.0.0.1 -p "${PORT[postgres]}" -U app "$@"; }

once_postgres() {
	[ -e "$FILES/postgres/filled" ] || { pg pgbench -i -q -s 1 postgres >"$FILES/postgres/out" 2>&1 && touch "$FILES/postgres/filled"; } || return 1
	pg pgbench -c 4 -j 2 -T 2 -r postgres >"$FILES/postgres/out" 2>&1 && grep 'number of failed transactions: 0 ' "$FILES/postgres/out" >>"$1" &&
		pg psql -q -v ON_ERROR_STOP=1 -c 'create table sums as select a.bid, count(*) from pgbench_accounts a join pgbench_history h on a.aid = h.aid group by a.bid order by 2' \
			-c checkpoint -c 'vacuum analyze' -c 'drop table sums' postgres >>"$1" 2>&1
}

# answers NAME: it serves.
answers() {
	case $1 in
	redis) [ "$(redis-cli -p "${PORT[redis]}" ping 2>/dev/null)" = PONG ] ;;
	postgres) pg pg_isready -q ;;
	*) curl -sf -o /dev/null "http://127.0.0.1:${PORT[$1]}/page1" ;;
	esac
}

# ---- runs ----

# A place outside that takes connections. Its network is the test's.
make_outside() {
	ip link add outside type veth peer name outside-end
	ip link set outside-end up
	ip addr add "$OUTSIDE/24" dev outside
	ip link set outside up
	/usr/bin/python3 -c "
import socket
s = socket.create_server(('$OUTSIDE', 4444))
while True:
    s.accept()[0].close()" 3>&- </dev/null >/dev/null 2>&1 &
	LISTENER=$!
}

programs_setup_folder() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	FILES=$(mktemp -d /tmp/skep-programs.XXXXXX)
	WORK=$FILES/work
	mkdir "$WORK"
	chmod 755 "$FILES" "$WORK"
	make_outside
	export FILES WORK LISTENER
}

programs_setup_file() {
	programs_setup_folder
	for name in $PROGRAMS; do
		make_program "$name"
	done
	all observed
}

programs_teardown_file() {
	[ -n "${FILES:-}" ] || return 0
	local ids
	mapfile -t ids < <(skep ps -aq)
	[ "${#ids[@]}" -eq 0 ] || skep rm -f "${ids[@]}" >/dev/null
	kill "$LISTENER" 2>/dev/null || true
	ip link del outside 2>/dev/null || true
	rm -rf "$FILES"
}

# A file with another time defines its own behind `load`.
setup_file() {
	programs_setup_file
	# Several programs at work on few processors.
	export BATS_TEST_TIMEOUT=400
}

teardown_file() {
	programs_teardown_file
}

# all FUNCTION [ARGUMENT...]: for all programs at the same time; fails with the words of those that failed.
all() {
	local name pids=() bad=0
	for name in $PROGRAMS; do
		(set -e; "$1" "$name" "${@:2}") >"$FILES/$name/said" 2>&1 3>&- </dev/null &
		pids+=($!)
	done
	for name in $PROGRAMS; do
		if ! wait "${pids[0]}"; then
			echo "$1 $name failed:"
			cat "$FILES/$name/said"
			bad=1
		fi
		pids=("${pids[@]:1}")
	done
	return "$bad"
}

# Each was written down as it can be held here, without what a program of its kind does not do.
written_as_held() {
	local name
	for name in $PROGRAMS; do
		run -0 skep profile ladder "$FILES/$name.yaml" --fail-on note
		echo "$name: $output"
		run -1 grep allowDegraded "$FILES/$name.yaml"
		# No shell, nothing outside, and a reason for whatever is wider than what was seen.
		skep profile show "$FILES/$name.yaml" -o json >"$FILES/$name.json"
		jq -e '.spec.programs | map(.path | test("/(sh|bash|busybox)$")) | any | not' "$FILES/$name.json"
		# But for a socket of the C library's that is not there.
		jq -e '.spec.network.connect // [] | map(select(. != "unix /var/run/nscd/socket")) == []' "$FILES/$name.json"
		jq -e '.spec.limits | .processes and .memory' "$FILES/$name.json"
		[ "$(jq '[.spec.files[][]? | select(contains("*"))] | length' "$FILES/$name.json")" -le "$(grep -c '^  # files' "$FILES/$name.yaml")" ]
	done
}

# loaded NAME SECONDS: until the time is over, at least twice; every request has to succeed.
loaded() {
	local end=$((SECONDS + $2)) rounds=0
	while [ "$SECONDS" -lt "$end" ] || [ "$rounds" -lt 2 ]; do
		"once_$1" "$FILES/$1/log" || { echo "round $rounds failed"; tail -n 20 "$FILES/$1/log" "$FILES/$1/out" 2>/dev/null; return 1; }
		rounds=$((rounds + 1))
	done
	echo "$rounds rounds"
}

# observed NAME: what it does at work becomes $FILES/NAME.yaml.
observed() {
	options_of "$1"
	skep profile observe --name "$1" -o "$FILES/$1.yaml" "${OPTIONS[@]}" "oci:$FILES/$1/image" &
	local running=$!
	eventually answers "$1"
	loaded "$1" 5
	skep stop -t 5 "$1"
	wait "$running"
}

# tried NAME SECONDS: held to its profile it does its work, and nothing is refused to it.
tried() {
	options_of "$1"
	skep profile try --name "$1" "${OPTIONS[@]}" "$FILES/$1.yaml" "oci:$FILES/$1/image" >"$FILES/$1/refused" 2>"$FILES/$1/words" &
	local running=$!
	eventually answers "$1" || { skep logs "$1"; return 1; }
	loaded "$1" "$2" || { skep logs "$1" | tail -n 20; return 1; }
	answers "$1"
	skep stop -t 5 "$1"
	wait "$running" || true
	cat "$FILES/$1/words"
	# The test's gunicorn asks for groups, which no user may who is not root: it is refused without a profile as well.
	if grep -vx "${REFUSED_ANYWAY[$1]:-none}" "$FILES/$1/refused"; then return 1; fi
}

# started NAME [OPTION...]: runs in the background under the name.
started() {
	options_of "$1"
	skep run -d --no-watch --name "$1" "${@:2}" "${OPTIONS[@]}" "oci:$FILES/$1/image" 3>&- </dev/null >/dev/null
	eventually answers "$1"
}

# attack NAME ACT: through the hole; prints what the door says. A connection that a busy machine lost is tried again: no answer is none.
attack() {
	local said=
	for _ in 1 2 3; do
		said=$(knock "$@")
		[ -z "$said" ] || break
	done
	echo "$said"
}

knock() {
	# shellcheck disable=SC2016
	timeout 10 bash -c 'exec 5<>"/dev/tcp/127.0.0.1/$1" && printf "GET /cgi-bin/status?door:%s HTTP/1.0\r\n\r\n" "$2" >&5 &&
		timeout 8 grep -aoE -m 1 "^(door: )?(done|unknown|failed|E[A-Z0-9]+)\$" <&5' - "${PORT[$1]}" "$2" 2>&1 | sed 's/^door: //'
}

# broken_into NAME WORD [OPTION...]: every act, done by its process, ends with WORD (a pattern); then it still serves.
broken_into() {
	local name=$1 word=$2 act said
	started "$name" "${@:3}"
	for act in shell "drop:${FOLDER[$name]}" "load:${FOLDER[$name]}" read:/etc/keys/token "connect:$OUTSIDE:4444" "append:${CONFIG[$name]}"; do
		said=$(attack "$name" "$act")
		echo "$act: $said"
		[[ "$said" =~ ^($word)$ ]] || return 1
	done
	"once_$name" "$FILES/$name/log" || return 1
	answers "$name" || return 1
	skep rm -f "$name"
}

held_and_broken_into() {
	broken_into "$1" 'EACCES|EPERM' --profile "$FILES/$1.yaml"
}
