#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What machines do all day, in a container whose root is the host's: packages, a compiler, Python, a database, shells. A word after the
# script's name is the folder to work in; each step says its name when it has worked.
set -eu
mkdir -p "$1"
cd "$1"

# A package with all that maintainers' scripts do: an account, a timed job, a service, a program, a library, a log of its own.
mkdir -p pkg/DEBIAN pkg/usr/bin pkg/usr/lib pkg/etc/cron.daily pkg/lib/systemd/system pkg/etc/sudoers.d
printf 'Package: daily\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: d\n' >pkg/DEBIAN/control
cat >pkg/DEBIAN/postinst <<-'P'
	#!/bin/sh
	set -e
	useradd --system --no-create-home daily-user
	groupadd daily-group
	chmod 4755 /usr/bin/daily
	update-alternatives --install /usr/bin/daily-link daily-link /usr/bin/daily 10
	ln -sf daily /usr/bin/daily-too
	/usr/bin/daily >/dev/null
	ldconfig
P
chmod 755 pkg/DEBIAN/postinst
cp /bin/true pkg/usr/bin/daily
cp /bin/true pkg/usr/lib/libdaily.so.1
printf '#!/bin/sh\n' >pkg/etc/cron.daily/daily
printf '[Service]\nExecStart=/usr/bin/daily\n' >pkg/lib/systemd/system/daily.service
printf 'daily-user ALL=(ALL) NOPASSWD: /bin/true\n' >pkg/etc/sudoers.d/daily
dpkg-deb -b pkg daily.deb >/dev/null
dpkg -i daily.deb >/dev/null
dpkg -r daily >/dev/null
dpkg -P daily >/dev/null
echo packages

printf 'int main(void) { return 0; }\n' >a.c
for i in 1 2 3; do gcc -O2 -c -o "a$i.o" a.c; done
gcc -shared -fPIC -o liba.so a.c
ar cr a.a a1.o
gcc -o a a1.o
rm -f ./*.o
echo compiler

python3 -m venv --without-pip venv
venv/bin/python -c 'import json, ssl, subprocess, tempfile; subprocess.run(["id"], stdout=subprocess.DEVNULL); tempfile.TemporaryFile().close()'
echo python

redis-server --port 6399 --daemonize yes --dir "$1" --pidfile "$1/redis.pid" --logfile "$1/redis.log" >/dev/null
i=0
until redis-cli -p 6399 ping >/dev/null 2>&1 || [ $i -gt 50 ]; do i=$((i + 1)); sleep 0.1; done
for i in 1 2 3 4 5; do redis-cli -p 6399 set "key$i" value >/dev/null; done
redis-cli -p 6399 shutdown >/dev/null 2>&1 || true
echo database

python3 -m http.server --bind 127.0.0.1 8099 >web.log 2>&1 &
web=$!
i=0
until curl -s -o page http://127.0.0.1:8099/ || [ $i -gt 50 ]; do i=$((i + 1)); sleep 0.1; done
for i in $(seq 40); do curl -s -o page http://127.0.0.1:8099/; done
kill $web
echo web

for i in 1 2 3 4 5 6 7 8 9 10; do
	echo "$i" >file
	sed -i s/1/2/ file
	grep -c 2 file >/dev/null || true
	tar -cf all.tar file
	find . -name file -print | sort | head -n 1 >/dev/null
done
mkdir many
for i in $(seq 200); do : >"many/$i"; done
rm -r many
ps aux >/dev/null
id >/dev/null
getent group root >/dev/null
cat /etc/passwd /etc/os-release /proc/self/status >/dev/null
su -s /bin/sh nobody -c 'exit 0'
echo shells
