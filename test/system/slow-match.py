#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# usage: slow-match.py make COUNT SEED FEED...     writes packages of the feeds with versions around their bounds
#        slow-match.py check OURS FEED...          matches the packages in OURS anew and compares
# A second matcher, as slow and as plain as can be: it reads the OSV documents themselves, and the ecosystems' own tools
# compare the versions (judge-versions). Nothing of skep is in it. OURS is what match-list wrote, one line a package, with
# the package under "package"; feeds are .jsonl or .jsonl.zst files.
import collections
import importlib.machinery
import importlib.util
import json
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LOADER = importlib.machinery.SourceFileLoader("judge_versions", os.path.join(HERE, "judge-versions"))
SPEC = importlib.util.spec_from_loader("judge_versions", LOADER)
JUDGE = importlib.util.module_from_spec(SPEC)
sys.dont_write_bytecode = True
LOADER.exec_module(JUDGE)

ORDERS = {"Debian": "dpkg", "Alpine": "apk", "Red Hat": "rpm", "AlmaLinux": "rpm", "Rocky Linux": "rpm", "npm": "npm",
          "PyPI": "pep440", "Go": "go", "Maven": "maven", "RubyGems": "gem", "Packagist": "composer"}
TYPES = {"Debian": "deb", "Alpine": "apk", "Red Hat": "rpm", "AlmaLinux": "rpm", "Rocky Linux": "rpm", "npm": "npm",
         "PyPI": "pypi", "Go": "golang", "Maven": "maven", "RubyGems": "gem", "Packagist": "composer"}
IDS = {"Debian": "debian", "Alpine": "alpine", "Red Hat": "rhel", "AlmaLinux": "almalinux", "Rocky Linux": "rocky"}


def read(path):
    if path.endswith(".zst"):
        with subprocess.Popen(["zstd", "-dcq", path], stdout=subprocess.PIPE) as p:
            for line in p.stdout:
                yield json.loads(line)
    else:
        with open(path, encoding="utf-8") as f:
            for line in f:
                yield json.loads(line)


def base(ecosystem):
    return ecosystem.split(":")[0]


def spelling(ecosystem, name):
    if ecosystem == "PyPI":
        return re.sub(r"[-_.]+", "-", name).lower()
    return name.lower() if ecosystem == "Packagist" else name


def release_of(ecosystem):
    """"Debian:12" is release 12 of debian; of Red Hat only the products that os-release can mean."""
    if base(ecosystem) == "Red Hat":
        parts = ecosystem.split(":")
        return parts[2] if parts[1] == "enterprise_linux" and len(parts) > 2 else None
    return ecosystem.split(":")[1].lstrip("v") if ":" in ecosystem else None


class Feed:
    """Rows by (base ecosystem, release or None, name)."""

    def __init__(self, paths):
        self.rows = collections.defaultdict(list)
        for path in paths:
            for d in read(path):
                if not d.get("withdrawn"):
                    kept = {k: d.get(k) for k in ("id", "modified", "aliases", "related") if d.get(k)}
                    self.add(path, kept, d.get("affected", []))

    def add(self, path, d, affected):
        for a in affected:
            package = a.get("package")
            if not package or base(package["ecosystem"]) not in ORDERS:
                continue
            eco = package["ecosystem"]
            release = release_of(eco) if base(eco) in IDS else None
            if base(eco) in IDS and not release:
                continue
            self.rows[base(eco), release, spelling(base(eco), package["name"])].append((path, d, a))


def apk(pairs):
    """Debian has no apk: plain versions only, by hand."""
    def parts(v):
        m = re.fullmatch(r"((?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*)(?:-r(\d+))?", v)
        return ([int(x) for x in m[1].split(".")], int(m[2] or 0)) if m else None
    out = []
    for a, b in pairs:
        x, y = parts(a), parts(b)
        out.append("!" if not x or not y else "<" if x < y else ">" if x > y else "=")
    return out


class Compare:
    """Asked for all comparisons first, answered by one process, then asked again."""

    def __init__(self):
        self.known, self.wanted = {}, set()

    def __call__(self, order, a, b):
        if order == "npm" and re.fullmatch(r"\d+(\.\d+)?", b):
            b += ".0" * (2 - b.count("."))
        if order == "go":
            a, b = "v" + a, "v" + b
        key = (order, a, b)
        if key not in self.known:
            self.wanted.add(key)
            return "?"
        return self.known[key]

    def learn(self):
        by_order = collections.defaultdict(list)
        for order, a, b in sorted(self.wanted):
            by_order[order].append((a, b))
        self.wanted = set()
        for order, pairs in by_order.items():
            tool = apk if order == "apk" else JUDGE.TOOLS[order][0]
            for at in range(0, len(pairs), 500 if order == "maven" else 100000):
                some = pairs[at:at + (500 if order == "maven" else 100000)]
                for (a, b), sign in zip(some, tool(some)):
                    self.known[order, a, b] = sign


def in_range(compare, order, version, events):
    """(affected, lowest fix above) or None when something cannot be compared: all bounds that hold, the last one wins."""
    inside, fixed, at = False, [], []
    for event in events:
        for kind, bound in event.items():
            sign = ">" if bound == "0" else compare(order, version, bound)
            if sign in "!?":
                return None
            at.append((kind, bound, sign))
    below = [(k, b) for k, b, s in at if s in ">=" and not (k == "last_affected" and s == "=")]
    # The nearest bound at or below the version decides; at the same bound an introduction comes first.
    best = None
    for k, b in below:
        sign = ">" if best is None or best[1] == "0" else "<" if b == "0" else compare(order, b, best[1])
        if sign in "!?":
            return None
        if sign == ">" or (sign == "=" and best[0] == "introduced"):
            best = (k, b)
    inside = best is not None and best[0] == "introduced"
    for k, b, s in at:
        if k == "fixed" and s == "<":
            fixed.append(b)
    low = None
    for b in fixed:
        sign = "<" if low is None else compare(order, b, low)
        if sign in "!?":
            return None
        if sign == "<":
            low = b
    return inside, low


def judge_row(compare, order, is_os, version, a):
    ranges = [r for r in a.get("ranges", []) if r["type"] != "GIT"]
    verdicts = []
    for r in ranges:
        if order == "rpm" and any((".module" in version) != (".module" in e.get("fixed", version)) for e in r["events"]):
            verdicts.append((False, None))
            continue
        verdicts.append(in_range(compare, order, version, r["events"]))
    if None in verdicts:
        return None
    if any(v[0] for v in verdicts):
        hit = [v for v in verdicts if v[0]]
        return True, (None if any(v[1] is None for v in hit) else [v[1] for v in hit])
    if not (is_os and ranges):
        for listed in a.get("versions", []):
            if listed == version or compare(order, version, listed) == "=":
                return True, None
            if compare(order, version, listed) == "?":
                return None
    return False, None


def judge(compare, feed, p):
    """Affected documents of a package: id -> fixes or None; and whether something could not be decided."""
    eco, release = p["eco"], p.get("versionId")
    rows = feed.rows[eco, release, spelling(eco, p["name"])]
    by_id = collections.defaultdict(list)
    for path, d, a in rows:
        by_id[d["id"]].append((d["modified"], path, d, a))
    affected, open_ = {}, False
    for id_, all_ in by_id.items():
        newest = max(m for m, *_ in all_)
        first = next(path for m, path, *_ in all_ if m == newest)
        for m, path, d, a in all_:
            if m != newest or path != first:
                continue
            verdict = judge_row(compare, ORDERS[eco], eco in IDS, p["version"], a)
            if verdict is None:
                open_ = True
            elif verdict[0]:
                fixes = affected.get(id_, [])
                affected[id_] = None if verdict[1] is None or fixes is None else fixes + verdict[1]
    for id_ in list(affected):
        d = by_id[id_][0][2]
        cves = [c for c in d.get("related", []) if c.startswith("CVE-")]
        if not id_.startswith("CVE-") and not d.get("aliases") and cves and all(c in by_id for c in cves):
            del affected[id_]
    return affected, open_, set(by_id)


def make(count, seed, paths):
    r = random.Random(seed)
    feed = Feed(paths)
    by_base = collections.defaultdict(list)
    for key in sorted(feed.rows, key=str):
        by_base[key[0]].append(key)
    for eco, keys in sorted(by_base.items()):
        for _ in range(count):
            _, release, name = r.choice(keys)
            _, _, a = r.choice(feed.rows[eco, release, name])
            bounds = [b for x in a.get("ranges", []) if x["type"] != "GIT" for e in x["events"] for b in e.values() if b != "0"]
            bounds += r.sample(a.get("versions", []), min(2, len(a.get("versions", []))))
            bound = r.choice(bounds or ["1.0.0"])
            version = r.choice([bound, bound, bound + ".1", bound + "-1", re.sub(r"\d+", lambda m: str(max(int(m[0]) - 1, 0)), bound, 1),
                                re.sub(r"(\d+)(?!.*\d)", lambda m: str(max(int(m[0]) - 1, 0)), bound, 1), "0.0.1", "99.0.0"])
            p = {"type": TYPES[eco], "name": name, "version": version, "eco": eco}
            if release:
                p["versionId"] = release
                p["release"] = {"id": IDS[eco], "versionId": release}
            print(json.dumps(p))


def differences(found, affected, documents):
    in_findings = {i for f in found for i in f["ids"]}
    for id_ in affected:
        if id_ not in in_findings:
            yield f"{id_} is missing"
    for f in found:
        hits = [i for i in f["ids"] if i in affected]
        if not hits:
            yield f"{f['id']} is too many ({f['row']}: {f['reason']}); documents {sorted(documents & set(f['ids']))}"
            continue
        fixes = [affected[i] for i in hits]
        want = None if None in fixes else {x for some in fixes for x in some}
        if (f["fixed"] is None) != (want is None) or (want and f["fixed"] not in want):
            yield f"{f['id']}: fixed in {f['fixed']}, not {want}"


def check(ours, paths):
    feed, compare = Feed(paths), Compare()
    lines = [json.loads(line) for line in open(ours, encoding="utf-8")]
    for _ in range(6):
        for line in lines:
            judge(compare, feed, line["package"])
        if not compare.wanted:
            break
        compare.learn()
    counts = collections.Counter()
    for line in lines:
        p = line["package"]
        affected, open_, documents = judge(compare, feed, p)
        found = [f for f in line["findings"] if f["status"] in ("fixable", "no-fix")]
        counts["packages"] += 1
        if open_:
            counts["undecided"] += 1
            continue
        counts["found"] += len(found)
        counts["affected"] += bool(affected)
        for words in differences(found, affected, documents):
            counts["differ"] += 1
            if counts["differ"] <= 20:
                print(f"{p['eco']}:{p.get('versionId', '')} {p['name']} {p['version']}: {words}")
    print(f"{counts['packages']} packages, {counts['affected']} affected, {counts['found']} findings, "
          f"{counts['undecided']} not comparable, {counts['differ']} differences")
    return 1 if counts["differ"] or not counts["affected"] else 0


if sys.argv[1] == "make":
    sys.exit(make(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]))
try:
    sys.exit(check(sys.argv[2], sys.argv[3:]))
except JUDGE.Missing as missing:
    print(missing)
    sys.exit(77)
