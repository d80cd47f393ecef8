#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The XenStore table: ours beside Debian's C xenstored and oxenstored, and
beside the limit, a server that only echoes.

All run on this Linux with a faked hypervisor (tests/host/xenstore_shim.c).
For each row all four are started afresh and prepared; then they take turns, a
few short runs each, and the median of the runs counts. "cpu" is what the
daemon itself used for one operation, in microseconds: it says more than the
rate where the machine is busy with other things.

"goal" is how much of the wanted factor is reached, ours and the limit's own: a
row whose limit is below 1 cannot be reached with one receive and one send for
each request.

Memory is what a daemon that had just started takes more, private now and of
all at its highest: the rest is mostly pages of libc that all programs share.

The rows go to build/bench.json as "xenstore.NAME", in place of those that
were there. What cannot be measured is null, with the reason on standard error.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, TOP + "/tests/host")
from xenstore_servers import Daemon, build_shim  # noqa: E402

BUILD = os.environ.get("HOSPES_BUILD", os.path.join(TOP, "build"))
DEBS = os.environ.get("HOSPES_DEBS", os.path.join(BUILD, "debs"))
THEIRS = DEBS + "/root/usr/lib/xen-4.17/bin/xenstored"
WORK = os.path.join(BUILD, "bench", "xenstore")
SERVERS = ["ours", "cxenstored", "oxenstored", "limit"]
DAEMONS = SERVERS[:3]
MISSING = [] if os.path.exists(THEIRS) else SERVERS[1:3]
CLIENT = ["main", "prepare", "play", "jobs", "link", "script"]
PIPE = "slots 64"
BURST = "slots 8 burst 1"

# (row, job and words of the client, unit, factor that is wanted).
# "rate": at least FACTOR of the limit where FACTOR < 1, else at least FACTOR
# times the better of Debian's two.
RATES = [
    ("read", "read", 0.9),
    ("write", "write", 0.9),
    ("mkdir", "mkdir", 0.9),
    ("get-perms", "perms", 0.9),
    ("transaction", "txn", 0.9),
]
for name, job, pipe in (("read", "read", PIPE), ("write", "write", PIPE),
                        ("txn-disjoint", "disjoint", BURST),
                        ("txn-conflict", "conflict", BURST)):
    RATES.append((name + ".pipelined", job + " " + pipe, 3))
    for count in (8, 100, 1000):
        RATES.append((f"{name}.{count}-clients", f"{job} links {count}", 3))
        if name in ("read", "write"):
            RATES.append((f"{name}.{count}-clients-pipelined",
                          f"{job} links {count} slots 16", 3))
RATES += [
    ("read.beside-1000-idle", "read idle 1000", 3),
    ("watch.one-of-10000", "events watches 10000", 3),
    ("directory-10000.list", "list children 10000 slots 8", 3),
    ("directory-10000.write", "big-write children 10000 slots 64", 3),
    ("directory-10000.create-remove", "big-new children 10000 slots 64", 3),
    ("connects", "connect", 3),
    ("guest-starts", "guest most 1000", 3),
    ("guest-starts.pipelined", "guest most 1000 " + BURST, 3),
]
LATENCIES = [
    ("watch-latency", "watch watches 1"),
    ("watch-latency.10000-watches", "watch watches 10000"),
]
MEMORY = [
    ("memory.100000-nodes", "none nodes 100000"),
    ("memory.1000-idle-clients", "none idle 1000"),
]
FORMAT = "%-36s %-6s %11s %11s %11s %11s %6s %7s  %s"
# What the echo server cannot stand for.
NO_LIMIT = {"directory-10000.list"}


def complain(text):
    print("xenstore bench: " + text, file=sys.stderr)


def build():
    os.makedirs(WORK, exist_ok=True)
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
             "-Werror", "-I" + TOP]
    for name, sources in (("client", CLIENT), ("echo", ["echo"])):
        subprocess.run(["gcc", *flags, "-o", f"{WORK}/{name}"] +
                       [f"{HERE}/{source}.c" for source in sources],
                       check=True)
    build_shim(WORK + "/shim.so")


class Server(Daemon):
    """One daemon, or the limit."""

    def __init__(self, name):
        super().__init__(name, BUILD, DEBS + "/root", WORK + "/shim.so")

    def limit(self):
        return [WORK + "/echo", self.socket], {}

    def cpu_ns(self):
        with open(f"/proc/{self.process.pid}/schedstat",
                  encoding="ascii") as file:
            return int(file.read().split()[0])

    def memory(self):
        """(anonymous and private now, peak of the whole) in KiB."""
        values = {}
        for name in ("smaps_rollup", "status"):
            with open(f"/proc/{self.process.pid}/{name}",
                      encoding="ascii") as file:
                for line in file:
                    words = line.split()
                    if len(words) == 3 and words[2] == "kB":
                        values[words[0]] = int(words[1])
        return values["Pss_Anon:"], values["VmHWM:"]


class Client:
    def __init__(self, server, job):
        words = job.split()
        if server.name == "limit":
            # It has no watches, and answers all that it gets.
            words = [w for i, w in enumerate(words) if w != "watches" and
                     words[i - 1] != "watches"]
        self.server = server
        self.process = subprocess.Popen(
            [WORK + "/client", server.socket, *words], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.line()

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            raise OSError(f"the client of {self.server.name} ended")
        return line

    def run(self, ms):
        before = self.server.cpu_ns()
        self.process.stdin.write(f"run {ms}\n")
        self.process.stdin.flush()
        result = json.loads(self.line())
        result["cpu"] = self.server.cpu_ns() - before
        return result

    def stop(self):
        self.process.kill()
        self.process.wait()


class Table:
    def __init__(self, options):
        self.options = options
        self.rows = []

    def wants(self, row):
        return re.search(self.options.only, row)

    def add(self, row, unit, values, wanted, higher, **more):
        entry = {"row": "xenstore." + row, "unit": unit,
                 **{name: values.get(name) for name in SERVERS}, **more}
        entry["goal"] = goal("ours", values, wanted, higher)
        entry["limit_goal"] = goal("limit", values, wanted, higher)
        self.rows.append(entry)
        show(entry)

    def runs(self, row, job):
        """Results of all runs of all servers, which take turns."""
        results = {name: [] for name in SERVERS}
        pairs = []
        try:
            for name in SERVERS:
                if name in MISSING or (name == "limit" and row in NO_LIMIT):
                    continue
                try:
                    server = Server(name)
                    pairs.append([server, None])
                    pairs[-1][1] = Client(server, job)
                except OSError as error:
                    complain(f"{row}: {error}")
            for _ in range(self.options.rounds):
                for server, client in pairs:
                    self.one_run(row, server, client, results)
        finally:
            for server, client in pairs:
                if client:
                    client.stop()
                server.stop()
        return results

    def one_run(self, row, server, client, results):
        if not client:
            return
        try:
            results[server.name].append(client.run(self.options.ms))
        except OSError as error:
            complain(f"{row}: {error}")

    def rates(self):
        for row, job, wanted in RATES:
            if not self.wants(row):
                continue
            results = self.runs(row, job)
            self.add(row, "ops/s",
                     median(results, lambda r: r["ops"] * 1e9 / r["ns"]),
                     wanted, True,
                     cpu=median(results, lambda r: r["cpu"] / 1000 /
                                max(r["ops"], 1), 3))

    def latencies(self):
        for row, job in LATENCIES:
            if not self.wants(row):
                continue
            results = self.runs(row, job)
            for key, name in (("p50", "median"), ("p99", "p99")):
                self.add(f"{row}.{name}", "us",
                         median(results, lambda r, k=key: r[k] / 1000, 2),
                         0.9, False)

    def memory(self):
        for row, job in MEMORY:
            if not self.wants(row):
                continue
            grown, peak = {}, {}
            for name in DAEMONS:
                if name in MISSING:
                    continue
                try:
                    grown[name], peak[name] = memory_of(name, job)
                except OSError as error:
                    complain(f"{row}: {error}")
            self.add(row, "KiB", grown, 2, False)
            self.add(row + ".peak", "KiB", peak, 2, False)


def memory_of(name, job):
    server = Server(name)
    client = None
    try:
        before = server.memory()
        client = Client(server, job)
        return [now - then for now, then in zip(server.memory(), before)]
    finally:
        if client:
            client.stop()
        server.stop()


def median(results, value, digits=0):
    """Of each server that has results, by its name."""
    medians = {}
    for name, runs in results.items():
        if runs and any(run["ops"] for run in runs):
            medians[name] = round(statistics.median(map(value, runs)),
                                  digits or None)
    return medians


def goal(who, values, wanted, higher):
    """How much of it WHO reaches: 1 is just reached. None: no anchor."""
    anchor = None
    if wanted < 1:
        anchor = values.get("limit")
    else:
        theirs = [values[name] for name in DAEMONS[1:] if name in values]
        if theirs:
            anchor = max(theirs) if higher else min(theirs)
    reached = values.get(who)
    if not anchor or not reached:
        return None
    ratio = reached / anchor if higher else anchor / reached
    return round(ratio / wanted, 2)


def show(entry):
    cells = [f"{entry[name]:,}" if entry[name] is not None else "-"
             for name in SERVERS]
    cpu = " ".join(str(entry["cpu"].get(name, "-")) for name in SERVERS
                   ) if "cpu" in entry else ""
    goals = ["-" if entry[key] is None else entry[key]
             for key in ("goal", "limit_goal")]
    print(FORMAT % (entry["row"][len("xenstore."):], entry["unit"], *cells,
                    *goals, cpu), flush=True)


def summary(rows):
    """How many rows reach their goal, and which do not and could."""
    judged = [row for row in rows if row["goal"] is not None]
    missed = [row for row in judged if row["goal"] < 1]
    beyond = [row for row in missed if (row["limit_goal"] or 1) < 1]
    print(f"{len(judged) - len(missed)} of {len(judged)} rows reach their "
          f"goal; of {len(beyond)} others the limit is below it")
    for row in missed:
        if row not in beyond:
            print(f"{row['row']}: {row['goal']}")


def store(rows, path):
    """Put the rows in the table in place of those of the same name."""
    table = []
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            table = json.load(file)
    new = {row["row"] for row in rows}
    table = [row for row in table if row["row"] not in new] + rows
    with open(path, "w", encoding="ascii") as file:
        json.dump(table, file, indent=1)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default="", help="a pattern of row names")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ms", type=int, default=150, help="of one run")
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if MISSING:
        complain(f"no {THEIRS} (tests/qemu/fetch brings it); "
                 "ours and the limit alone")
    if hard < 2100:
        complain(f"{soft} files at most: rows of 1000 clients may fail")
    build()
    table = Table(options)
    print(FORMAT % ("row", "unit", *SERVERS, "goal", "limit's",
                    "daemon's CPU us/op, same order"))
    table.rates()
    table.latencies()
    table.memory()
    summary(table.rows)
    store(table.rows, BUILD + "/bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
