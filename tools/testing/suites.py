# SPDX-License-Identifier: Apache-2.0
"""One suite each: runs a command with its output in a log, counts what passed, failed and was skipped, shows what failed."""
import json
import os
import re
import resource
import signal
import subprocess
import threading
import time

TEST_SECONDS = 120       # one system test; more is a hang
BATS_SECONDS = 600       # one file of them; more is a hang
LONG_BATS_SECONDS = 3600
FILE_SECONDS_MAX = 90    # one file of system tests on a machine that does nothing else
SLOWEST_SHOWN = 15
OTHER_WORK_MAX = 0.1     # of the processors' time; above it times say nothing


class Tally:
    """Results of all suites. Several threads add to it; each suite's lines are printed in one piece."""

    def __init__(self):
        self.passed = self.failed = 0
        self.skips = []
        self.files = []  # (seconds, suite) of bats files
        self.lock = threading.Lock()

    def add(self, suite, passed, failed, skips=(), seconds=0.0, said=""):
        with self.lock:
            self.passed += passed
            self.failed += failed
            self.skips += [f"{suite}: {reason}" for reason in skips]
            print(f"{said}== {suite}: {passed} passed, {failed} failed, {len(skips)} skipped ({seconds:.0f} s)", flush=True)

    def add_file(self, suite, seconds):
        with self.lock:
            self.files.append((seconds, suite))


class Machine:
    """The children that run now, so that they can be ended, and how busy the machine was with other work."""

    def __init__(self):
        self.children = set()
        self.lock = threading.Lock()
        self.ending = False
        self.busy, self.all = self.jiffies()
        self.start = time.monotonic()

    @staticmethod
    def jiffies():
        with open("/proc/stat", encoding="ascii") as f:
            fields = list(map(int, f.readline().split()[1:9]))
        idle = fields[3] + fields[4]
        return sum(fields) - idle, sum(fields)

    def other_work(self):
        """The part of the processors' time that somebody else used since the start, 0 to 1."""
        busy, whole = self.jiffies()
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        ours = sum(u.ru_utime + u.ru_stime for u in used) * os.sysconf("SC_CLK_TCK")
        return max(0.0, busy - self.busy - ours) / max(1, whole - self.all)

    def end_children(self):
        with self.lock:
            self.ending = True
            for child in self.children:
                os.killpg(child.pid, signal.SIGKILL)  # its own session: only what that suite started

    def run(self, command, seconds, log, **options):
        """The exit code, or None when it took longer."""
        with open(log, "wb") as out, self.lock:
            if self.ending:
                return None
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                     start_new_session=True, **options)
            self.children.add(child)
        code = None
        try:
            code = child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        with self.lock:
            self.children.discard(child)
        return code


def tail(text, lines=60):
    return "".join(f"  {line}\n" for line in text.splitlines()[-lines:])


def tap(text):
    """(passed, failed, [reason of each skip])"""
    passed, failed, skips = 0, 0, []
    for line in text.splitlines():
        skip = re.match(r"ok \d+ (.*?) # skip ?(.*)", line)
        if skip:
            skips.append(f"{skip[1]}: {skip[2] or 'no reason given'}")
        elif line.startswith("ok "):
            passed += 1
        elif line.startswith("not ok "):
            failed += 1
    return passed, failed, skips


def skipped_cases(program, text):
    """What cmocka skipped inside a program that passed: each case prints "skipped: REASON" before."""
    cases = {}
    for reason, case in re.findall(r"^(?:skipped: (.*)\n)?\[  SKIPPED \] (\w+)$", text, re.M):
        cases.setdefault(case, reason or "no reason given")
    return [f"{program}: {case}: {reason}" for case, reason in cases.items()]


class Suites:
    """Each verb runs one suite, adds it to the tally and returns whether it passed."""

    def __init__(self, root, tally):
        self.root, self.tally, self.machine = root, tally, Machine()
        self.build_dir = f"{root}/build"
        os.makedirs(f"{self.build_dir}/logs", exist_ok=True)

    def run(self, suite, command, seconds, **options):
        """(exit code or None when it took too long, output, seconds)"""
        log, start = f"{self.build_dir}/logs/{suite.replace(' ', '-').replace('/', '-')}.log", time.monotonic()
        code = self.machine.run(command, seconds, log, cwd=self.root, **options)
        with open(log, "rb") as f:
            return code, f.read().decode(errors="replace"), time.monotonic() - start

    def counted(self, suite, command, seconds):
        """A program whose last line is "N passed, N failed"."""
        code, text, took = self.run(suite, command, seconds)
        found = re.findall(r"^(\d+) passed, (\d+) failed", text, re.M)
        passed, failed = map(int, found[-1]) if found else (0, 1)
        if code != 0:
            failed = max(failed, 1)
        self.tally.add(suite, passed, failed, seconds=took, said=tail(text) if code != 0 else "")
        return code == 0

    def single(self, suite, command, seconds):
        code, text, took = self.run(suite, command, seconds)
        self.tally.add(suite, int(code == 0), int(code != 0), seconds=took, said=tail(text) if code != 0 else "")
        return code == 0

    def build(self, kind):
        command = f"tools/configure {kind} && ninja -C build/{kind} --quiet"
        if kind == "gcc":
            command += " && tools/dev-build"
        return self.single(f"build {kind}", ["sh", "-c", command], 1800)

    def unit(self, kind):
        suite, log = f"unit {kind}", f"{self.build_dir}/{kind}/meson-logs/testlog.json"
        if os.path.exists(log):
            os.unlink(log)
        environment = dict(os.environ, ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1",
                           UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1", MALLOC_PERTURB_="165")
        code, text, took = self.run(suite, ["meson", "test", "-C", f"build/{kind}", "--no-rebuild", "--print-errorlogs"], 1800,
                                    env=environment)
        passed, failed, skips = 0, 0, []
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as f:
                for line in f:
                    entry = json.loads(line)
                    if entry["result"] == "SKIP":
                        skips.append(f"{entry['name']}: {(entry.get('stdout') or 'no reason given').strip()[-200:]}")
                    elif entry["result"] in ("OK", "EXPECTEDFAIL"):
                        passed += 1
                        skips += skipped_cases(entry["name"], entry.get("stdout", ""))
                    else:
                        failed += 1
        if code != 0 or not passed:
            failed = max(failed, 1)
        self.tally.add(suite, passed, failed, skips, took, tail(text, 120) if failed else "")
        return not failed

    def bats(self, path, seconds):
        suite = os.path.relpath(path, f"{self.root}/test")[:-len(".bats")]
        environment = dict(os.environ, SKEP_ROOT=self.root, BATS_TEST_TIMEOUT=str(TEST_SECONDS if seconds == BATS_SECONDS else seconds),
                           PATH=f"{self.build_dir}/bin:{os.environ.get('PATH', '/usr/sbin:/usr/bin')}:/usr/sbin:/sbin")
        code, text, took = self.run(suite, ["test/system/enter", "bats", "--formatter", "tap", path], seconds, env=environment)
        passed, failed, skips = tap(text)
        said = ""
        if code != 0:
            failed = max(failed, 1)
            said = tail(text, 120) + (f"  (stopped after {seconds} s)\n" if code is None else "")
        self.tally.add(suite, passed, failed, skips, took, said)
        if seconds == BATS_SECONDS:
            self.tally.add_file(suite, took)
        return not failed

    def vm_kernel(self, text):
        """What one machine said: its release in the first line, then its files (tools/test-vm). One that did not end has failed."""
        release = ".".join(text.split(".")[:2])
        for name, said, code, seconds in re.findall(r"^# file (\S+)\n(.*?)(?:^# end \S+ (\d+) (\d+)$|\Z)", text, re.M | re.S):
            passed, failed, skips = tap(said)
            if code != "0":
                failed = max(failed, 1)
            self.tally.add(f"{name} on {release}", passed, failed, skips, float(seconds or 0), tail(said, 120) if failed else "")

    def vm(self, names, seconds):
        before = self.tally.failed
        code, text, took = self.run("vm", ["tools/test-vm", *names], seconds)
        start, *kernels = re.split(r"^# kernel ", text, flags=re.M)
        for kernel in kernels:
            self.vm_kernel(kernel)
        absent = [f"the package index has no {package}" for package in re.findall(r"^# absent (\S+)$", start, re.M)]
        broken = code != 0 and self.tally.failed == before
        said = "\n".join(line for line in text.splitlines() if line.startswith(("# died", "# console"))) or start
        self.tally.add("vm", 0, int(broken), absent, took, tail(said) if code != 0 else "")
        return code == 0

    def judge_times(self):
        """Prints the slowest files, and counts those that are too slow as failed where the times say something."""
        if len(self.tally.files) < SLOWEST_SHOWN:
            return
        print("slowest files: " + ", ".join(f"{name} {took:.0f} s" for took, name in sorted(self.tally.files, reverse=True)[:SLOWEST_SHOWN]))
        slow = [(took, name) for took, name in self.tally.files if took > FILE_SECONDS_MAX]
        other = self.machine.other_work()
        if slow and other > OTHER_WORK_MAX:
            print(f"files above {FILE_SECONDS_MAX} s are not refused: other work used {other:.0%} of the processors")
            return
        for took, name in slow:
            self.tally.add(f"time of {name}", 0, 1, seconds=took, said=f"  {name} takes more than {FILE_SECONDS_MAX} s: split it\n")
