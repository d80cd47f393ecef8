#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The XenStore table: ours beside Debian's C xenstored and oxenstored, and
beside the limit, a server that only echoes.

All run on this Linux with a faked hypervisor (tests/host/xenstore_shim.c).
For each row all four are started afresh and prepared; then they take turns, a
few short runs each, and the median of the runs counts. "cpu" is what the
daemon itself used for one operation, in microseconds: it says more than the
rate where the machine is busy with other things.

The rows go to build/bench.json as "xenstore.NAME", in place of those that
were there. What cannot be measured is null, with the reason on standard error.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
BUILD = os.environ.get("HOSPES_BUILD", os.path.join(TOP, "build"))
DEBS = os.environ.get("HOSPES_DEBS", os.path.join(BUILD, "debs"))
ROOT = DEBS + "/root"
XEN_BIN = ROOT + "/usr/lib/xen-4.17/bin"
XEN_LIB = ROOT + "/usr/lib/x86_64-linux-gnu"
WORK = os.path.join(BUILD, "bench", "xenstore")
SERVERS = ["ours", "cxenstored", "oxenstored", "limit"]
DAEMONS = SERVERS[:3]
MISSING = [] if os.path.exists(XEN_BIN + "/xenstored") else SERVERS[1:3]
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
# What the echo server cannot stand for.
NO_LIMIT = {"directory-10000.list"}


def complain(text):
    print("xenstore bench: " + text, file=sys.stderr)


def build():
    os.makedirs(WORK, exist_ok=True)
    flags = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-Wall", "-Wextra",
             "-Werror", "-I" + TOP]
    for name, sources in (("client", ("main.c", "link.c", "script.c")),
                          ("echo", ("echo.c",))):
        subprocess.run(["gcc", *flags, "-o", f"{WORK}/{name}"] +
                       [f"{HERE}/{source}" for source in sources], check=True)
    subprocess.run(["gcc", *flags, "-shared", "-fPIC", "-o",
                    WORK + "/shim.so",
                    TOP + "/tests/host/xenstore_shim.c"], check=True)


class Server:
    """One daemon, with a folder of its own; ended by stop()."""

    def __init__(self, name):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix=f"xs-{name}-")
        self.socket = self.folder + "/socket"
        self.write("xsd_port", "5")
        self.write("xsd_kva", "\0" * 4096)
        self.log = open(self.folder + "/log", "wb")
        command, environ = getattr(self, "run_" + name)()
        self.process = subprocess.Popen(
            command, env={**os.environ, **environ}, stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        self.wait()

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def faked(self, **more):
        return {"SHIM_DIR": self.folder, "LD_PRELOAD": WORK + "/shim.so",
                **more}

    def run_ours(self):
        return ([BUILD + "/hospes-xenstored", "-N", "--rundir", self.folder,
                 "-s", self.socket], self.faked())

    def run_cxenstored(self):
        return ([XEN_BIN + "/xenstored", "-N", "--internal-db"],
                self.faked(LD_LIBRARY_PATH=XEN_LIB,
                           XENSTORED_RUNDIR=self.folder,
                           XENSTORED_PATH=self.socket))

    def run_oxenstored(self):
        with open(ROOT + "/etc/xen/oxenstored.conf",
                  encoding="ascii") as file:
            text = re.sub(r"(?m)^(pid-file|xenstored-(kva|port|log-file)) .*",
                          "", file.read())
        for key, name in (("pid-file", "pid"), ("xenstored-kva", "xsd_kva"),
                          ("xenstored-port", "xsd_port"),
                          ("xenstored-log-file", "log.txt")):
            text += f"{key} = {self.folder}/{name}\n"
        self.write("conf", text)
        return ([XEN_BIN + "/oxenstored", "--no-fork", "--no-access-log",
                 "--config-file", self.folder + "/conf"],
                self.faked(LD_LIBRARY_PATH=XEN_LIB))

    def run_limit(self):
        return [WORK + "/echo", self.socket], {}

    def wait(self):
        for _ in range(200):
            if os.path.exists(self.socket):
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise OSError(f"{self.name} does not serve")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

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
        entry["goal"] = goal(values, wanted, higher)
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
        before, _ = server.memory()
        client = Client(server, job)
        after, peak = server.memory()
        return after - before, peak
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


def goal(values, wanted, higher):
    """How much of the goal is reached: 1 is just reached. None: no anchor."""
    anchor = None
    if wanted < 1:
        anchor = values.get("limit")
    else:
        theirs = [values[name] for name in DAEMONS[1:] if name in values]
        if theirs:
            anchor = max(theirs) if higher else min(theirs)
    ours = values.get("ours")
    if not anchor or not ours:
        return None
    ratio = ours / anchor if higher else anchor / ours
    return round(ratio / wanted, 2)


def show(entry):
    cells = [f"{entry[name]:,}" if entry[name] is not None else "-"
             for name in SERVERS]
    cpu = " ".join(str(entry["cpu"].get(name, "-")) for name in SERVERS
                   ) if "cpu" in entry else ""
    reached = "-" if entry["goal"] is None else entry["goal"]
    print("%-36s %-6s %11s %11s %11s %11s %6s  %s" % (
        entry["row"][len("xenstore."):], entry["unit"], *cells, reached, cpu),
        flush=True)


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
        complain(f"no {XEN_BIN}/xenstored (tests/qemu/fetch brings it); "
                 "ours and the limit alone")
    if hard < 2100:
        complain(f"{soft} files at most: rows of 1000 clients may fail")
    build()
    table = Table(options)
    print("%-36s %-6s %11s %11s %11s %11s %6s  %s" % (
        "row", "unit", *SERVERS, "goal", "daemon's CPU us/op, same order"))
    table.rates()
    table.latencies()
    table.memory()
    store(table.rows, BUILD + "/bench.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
