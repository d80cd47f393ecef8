#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every pairing of daemon, library and clients, ours and Debian's.

usage: xenstore_pairs.py BUILD-DIRECTORY ROOT-OF-DEBIAN'S-PACKAGES

Three daemons (ours, Debian's C xenstored and oxenstored, each with
xenstore_shim.c preloaded) times four ways to ask them (Debian's clients or
ours, with Debian's libxenstore or ours). Each pairing starts with a fresh
daemon and runs the same commands; what they print, the errors among it, and
their exit codes must be those of Debian's clients and library at Debian's C
xenstored, except where KNOWN says why a daemon differs.

The same for xenstore_abi.c, compiled against Debian's headers and library
(without domains at oxenstored: the shim does not know how it maps rings). And
both libraries export the same symbols with the same versions. The asynchronous
library and what the toolstack makes of it work at each daemon.

The last line is "N passed, N failed".
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from xenstore_servers import Daemon, build_shim

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD, ROOT = (os.path.abspath(path) for path in sys.argv[1:3])
XEN_BIN = ROOT + "/usr/lib/xen-4.17/bin"
THEIR_LIB = ROOT + "/usr/lib/x86_64-linux-gnu"
OUR_LIB = BUILD + "/.libs:" + THEIR_LIB
LIBS = {"theirs": THEIR_LIB, "ours": OUR_LIB}
REFERENCE = ("cxenstored", "theirs", "theirs")

LONG = "0123456789" * 30
# A client and its arguments, one case a line; what is in the store is left to
# the next one. "&" is a watch that runs while the next commands do.
CASES = [
    # In the order of names, so that it does not matter by what daemons list.
    ["write", "/p/a", "value"],
    ["write", "/p/b", "one", "/p/c", "two"],
    ["write", "/p/deep/er/est/node", "1"],
    ["write", "/p/empty", ""],
    ["write", "/p/escape", "\\q\\x\\9\\400\\x4\\7\\xfF1\\x+1\\8"],
    ["write", "/p/escape-end", "\\"], ["write", "/p/escape-x", "\\x"],
    ["write", "/p/long", LONG],
    ["write", "/p/odd", "a\\tb\\\\c\\x41\\102\\n\\r"],
    ["write", "-R", "/p/raw", "a\\tb"],
    ["write", "-s", "/p/s", "x"],
    ["write", "/p/utf", "gr\xfc\xdfe"],
    ["write", "rel", "x"],
    ["write", "/p/a"], ["write"], ["write", "/p/a", "x", "/p/b"],
    ["write", "", "x"], ["write", "/bad//path", "x"],
    ["write", "/bad/", "x"], ["write", "/p/sp ace", "x"],
    ["write", "-z", "/p/z", "x"], ["write", "-p", "/p/p", "x"],
    ["read", "/p/escape-end"], ["read", "/p/escape-x"],
    ["read", "/p/a"], ["read", "/p/a", "/p/b", "/p/empty"],
    ["read", "-p", "/p/a", "/p/b"], ["read", "/p/odd"],
    ["read", "/p/escape"], ["read", "/p/utf"],
    ["read", "-R", "/p/odd"], ["read", "-R", "-p", "/p/odd"],
    ["read", "/p/raw"], ["read", "/p/long"], ["read", "rel"],
    ["read", "-s", "/p/a"], ["read", "/nope"], ["read", "/p/a", "/nope"],
    ["read", "/a//b"], ["read", ""], ["read"], ["read", "-h"],
    ["read", "-z", "/p/a"], ["read", "--foo", "/p/a"], ["read", "-f", "/p/a"],
    ["read", "-t", "/p/a"], ["read", "-n", "1", "/p/a"], ["read", "-r", "/p"],
    ["read", "/p/a", "-p", "/p/b"], ["read", "--", "-p"],
    ["list", "/p"], ["list", "-p", "/p"], ["list", "-p", "/p/"],
    ["list", "-p", "/p", "/p/deep"], ["list", "/p/a"], ["list", "/nope"],
    ["list", "/p", "/nope"], ["list", ""], ["list"], ["list", "-h"],
    ["list", "-s", "/p/deep"], ["list", "-R", "/p"],
    ["exists", "/p/a"], ["exists", "/p", "/p/a"], ["exists", "/nope"],
    ["exists", "/p", "/nope"], ["exists", "-p", "/p"], ["exists"],
    ["exists", "-s", "/p"], ["exists", "//"], ["exists", "-h"],
    ["ls", "/p"], ["ls", "-f", "/p"], ["ls", "-p", "/p"],
    ["ls", "-f", "-p", "/p"], ["ls", "-fp", "/p/deep"], ["ls", "/p/"],
    ["ls", "-s", "/p/deep"], ["ls", "/p/deep", "/p/deep/er"],
    ["ls", "/nope"], ["ls", "nope"], ["ls", "/p", "/nope"], ["ls", ""],
    ["ls", "-h"], ["ls", "-R", "/p/deep"], ["ls", "/p//"],
    ["chmod", "/p/a", "r3"], ["chmod", "/p/a", "n3", "r0", "w1", "b2"],
    ["chmod", "-r", "/p/deep", "n5", "r6"], ["ls", "-p", "/p/deep"],
    ["chmod", "-u", "/p/deep/er/est", "n7"], ["ls", "-p", "/p"],
    ["chmod", "-u", "-r", "/p/deep/er", "b0"], ["ls", "-fp", "/p"],
    ["chmod", "/p/a", "x"], ["chmod", "/p/a", "r0", "q1"],
    ["chmod", "/p/a"], ["chmod", "/nope", "n0"], ["chmod"],
    ["chmod", "-r", "/nope", "n0"], ["chmod", "-u", "/nope/x", "n0"],
    ["chmod", "-h"], ["chmod", "/p/a", "n0", "r"], ["chmod", "-s", "/p", "n0"],
    ["chmod", "/p/a", ""], ["chmod", "-p", "/p/a", "n0"],
    ["ls", "-p", "/p"], ["chmod", "/p/a", "r1x", "w 2", "b"],
    ["chmod", "/p/a", "n1", "r2", "r3", "r4", "r5"], ["ls", "-p", "/p"],
    ["rm", "/p/c"], ["rm", "/p/c"], ["rm", "/p/a", "/p/b"],
    ["rm", "/nope/x"], ["rm"], ["rm", "-h"], ["rm", "a//b"],
    ["rm", "-s", "/p/s"], ["rm", "-p", "/p/x"],
    ["write", "/t/x/y/z", "1", "/t/v", "2"], ["rm", "-t", "/t/x/y/z"],
    ["ls", "/t"], ["rm", "-t", "/t/v"], ["exists", "/t"],
    ["write", "/t/full", "1", "/t/full/x", "2"], ["rm", "-t", "/t/full/x"],
    ["ls", "/t"], ["rm", "-t", "/nope/x"], ["rm", "-t", "/t", "/p/utf"],
    ["watch", "-n", "1", "/p"], ["watch", "-n", "2", "/p", "/p/deep"],
    ["watch", "-n", "0", "/p"], ["watch", "-n", "x", "/p"], ["watch"],
    ["watch", "-h"], ["watch", "-n", "1", "//p"], ["watch", "-n"],
    ["watch", "-n", "1", "/p", "/p"], ["watch", "-s", "-n", "1", "/p"],
    ["watch", "-n", "1", "@introduceDomain"], ["watch", "-n", "1", "rel"],
    ["watch", "-n", "1", "-p", "/p"],
    ["&", "watch", "-n", "4", "/w"],
    ["write", "/w/1", "a", "/w/2", "b"], ["rm", "/w"],
    ["wait"],
    ["", "read", "/p/odd"], ["", "read"], ["", "foo"], ["", "-h"], [""],
    ["", "ls", "-h"], ["", "write", "/p/n", "v"], ["", "exists", "/p/n"],
    ["", "list", "/nope"], ["", "read", "-z", "/p/n"],
    ["read", "--prefix", "/p/n"], ["read", "--raw", "/p/n"],
    ["ls", "--flat", "/p/deep"], ["chmod", "--recurse", "/p/deep", "n1"],
    ["chmod", "--upto", "/p/deep/er", "n2"], ["read", "--help"],
    ["rm", "--tidy", "/p/n"], ["watch", "--number", "1", "/p"],
    ["watch", "--number=1", "/p"], ["read", "--socket", "/p/odd"],
    ["read", "--pre", "/p/odd"], ["ls", "-fp", "/p"], ["rm", "/"],
]
# Of xenstore-control: its own words at each daemon.
CONTROL = [
    [], ["check"], ["print", "x"], ["print"], ["help"], ["nonsense"],
    ["nonsense", "with", "arguments"], ["quota"], ["log", "perhaps"],
    ["log", "on"], ["live-update"], ["live-update", "-t"],
    ["live-update", "-F", "-c"], ["live-update", "-t", "1"],
    ["live-update", "/nonexistent"],
    ["live-update", "-c", "-x", "-F", "-t", "1", "/nonexistent/"],
]
# Without a daemon.
ALONE = [["read", "/a"], ["write", "/a", "b"], ["ls"], ["watch", "/a"],
         ["control", "check"], ["control"], ["read"], ["", "rm", "/a"]]
# What is not as the reference has it, by "daemon: case" or "abi: line", with
# the reason.
KNOWN = {
    "oxenstored: rm /": "it removes the root's children",
    "abi: 100000000": "the root is above every path, as the header says; "
                      "Debian's library has only itself below it",
}


class Asker:
    """Clients of one kind with one library at one daemon."""

    def __init__(self, socket, clients, library):
        self.clients = clients
        self.env = {"PATH": os.environ["PATH"], "XENSTORED_PATH": socket,
                    "LD_LIBRARY_PATH": LIBS[library]}
        self.watch = None

    def start(self, verb, args):
        name = f"xenstore-{verb}" if verb else "xenstore"
        if self.clients == "ours":
            program = BUILD + "/.libs/xenstore-client"
        elif verb == "control":
            program = f"{XEN_BIN}/{name}"
        else:
            program = f"{ROOT}/usr/bin/{name}"
        return subprocess.Popen(
            [name.encode()] + [arg.encode("latin-1") for arg in args],
            executable=program, env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    @staticmethod
    def finish(process):
        try:
            out, err = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            return "does not end", out, err
        return process.returncode, out, err

    def wait_for_watch(self):
        """Until it has told of its first event."""
        line = self.watch.stdout.readline()
        assert line, self.watch.stderr.read()
        return line

    def ask(self, case):
        if case[0] == "&":
            self.watch = self.start(case[1], case[2:])
            return self.wait_for_watch()
        if case[0] == "wait":
            return self.finish(self.watch)
        return self.finish(self.start(case[0], case[1:]))


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, good, text):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print("not ok: " + text)


def is_known(where, name):
    return f"{where}: {name}" in KNOWN


def same_folder(answer, folder):
    """What a daemon says of its own folder does not count."""
    if isinstance(answer, bytes):
        return answer
    return (answer[0],) + tuple(text.replace(folder.encode(), b"DIR")
                                for text in answer[1:])


def run_cases(daemon_name, clients, library, shim, cases=CASES):
    daemon = Daemon(daemon_name, BUILD, ROOT, shim)
    try:
        asker = Asker(daemon.socket, clients, library)
        answers = [asker.ask(case) for case in cases]
        return [same_folder(answer, daemon.folder) for answer in answers]
    finally:
        daemon.stop()


def run_abi(daemon_name, library, shim, program):
    daemon = Daemon(daemon_name, BUILD, ROOT, shim)
    try:
        done = subprocess.run(
            [program] + ["domains"] * (daemon_name != "oxenstored"),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            check=False,
            env={"XENSTORED_PATH": daemon.socket,
                 "LD_LIBRARY_PATH": LIBS[library]})
        return done.stdout.decode("latin-1").splitlines() + [
            f"exit code {done.returncode}"]
    finally:
        daemon.stop()


def pairings():
    for daemon in ("cxenstored", "oxenstored", "ours"):
        for clients in ("theirs", "ours"):
            for library in ("theirs", "ours"):
                yield daemon, clients, library


def compare_clients(count, shim):
    wanted = run_cases(*REFERENCE, shim)
    for pairing in pairings():
        if pairing == REFERENCE:
            continue
        title = "{} daemon, {} clients, {} library".format(*pairing)
        try:
            got = run_cases(*pairing, shim)
        except OSError as error:
            count.check(False, f"{title}: {error}")
            continue
        for case, want, have in zip(CASES, wanted, got):
            name = " ".join(case)
            count.check(want == have or is_known(pairing[0], name),
                        f"{title}: {name}: {have}, not {want}")


def compare_control(count, shim):
    cases = [["control"] + case for case in CONTROL]
    for daemon in ("cxenstored", "oxenstored", "ours"):
        wanted = run_cases(daemon, "theirs", "theirs", shim, cases)
        got = run_cases(daemon, "ours", "ours", shim, cases)
        for case, want, have in zip(CONTROL, wanted, got):
            count.check(want == have, f"control at {daemon}: "
                        f"{' '.join(case)}: {have}, not {want}")


def check_programs(count, shim):
    """The asynchronous library and the toolstack's batches at each daemon."""
    for name in ("cxenstored", "oxenstored", "ours"):
        other = name == "oxenstored"
        for command in (["xenstore_async"] + ["large"] * (not other),
                        ["xenstore_batch"] + ["merges"] * other):
            program = f"{BUILD}/tests/host/{command[0]}"
            title = f"{command[0]} at {name}"
            if not os.path.exists(program):
                count.check(False, f"{title}: not built")
                continue
            daemon = Daemon(name, BUILD, ROOT, shim)
            done = subprocess.run(
                [program] + command[1:], stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=120, check=False,
                env={"PATH": os.environ["PATH"],
                     "XENSTORED_PATH": daemon.socket})
            daemon.stop()
            count.check(done.returncode == 0, f"{title}: {done.stdout}")


def compare_live_update(count, shim):
    """Either xenstore-control brings our daemon to another binary."""
    daemon = BUILD + "/hospes-xenstored"
    cases = [["write", "/kept", "1"], ["control", "live-update", daemon],
             ["read", "/kept"],
             ["control", "live-update", "-F", "-t", "9", daemon],
             ["control", "check"]]
    theirs, ours = (run_cases("ours", who, who, shim, cases)
                    for who in ("theirs", "ours"))
    for case, want, have in zip(cases, theirs, ours):
        count.check(want == have and want[0] == 0, f"{' '.join(case)}: {have}, "
                    f"and Debian's client {want}")


def compare_alone(count):
    askers = [Asker("/nonexistent/socket", who, who)
              for who in ("theirs", "ours")]
    for case in ALONE:
        want, have = (asker.ask(case) for asker in askers)
        count.check(want == have, f"without daemon: {' '.join(case)}: {have}, "
                    f"not {want}")


def compare_abi(count, shim, program):
    for daemon in ("cxenstored", "oxenstored", "ours"):
        theirs = run_abi(daemon, "theirs", shim, program)
        ours = run_abi(daemon, "ours", shim, program)
        count.check(len(ours) == len(theirs) and len(ours) > 100,
                    f"abi at {daemon}: {len(ours)} lines, {len(theirs)}")
        for want, have, line in zip(theirs, ours, range(9999)):
            count.check(want == have or is_known("abi", want),
                        f"abi at {daemon}, line {line}: {have}, not {want}")


def symbols(path):
    text = subprocess.run(["nm", "-D", "--defined-only", path], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    return {tuple(line.split()[1:]) for line in text.splitlines()}


def soname(path):
    text = subprocess.run(["readelf", "-d", path], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    return re.search(r"SONAME.*\[(.*)\]", text)[1]


def compare_symbols(count):
    theirs = THEIR_LIB + "/libxenstore.so.4"
    ours = BUILD + "/.libs/libxenstore.so.4"
    want, have = symbols(theirs), symbols(ours)
    count.check(len(want) > 30, "symbols of Debian's library")
    for symbol in sorted(want | have):
        count.check(symbol in want and symbol in have,
                    f"symbol {symbol} is only in "
                    f"{'theirs' if symbol in want else 'ours'}")
    count.check(soname(theirs) == soname(ours), "soname")


def main():
    work = tempfile.mkdtemp(prefix="xs-pairs-")
    count = Count()
    flags = ["cc", "-std=gnu11", "-O1", "-D_GNU_SOURCE"]
    try:
        shim, program = build_shim(work + "/shim.so"), work + "/abi"
        subprocess.run(flags + ["-o", program, HERE + "/xenstore_abi.c",
                                THEIR_LIB + "/libxenstore.so.4",
                                THEIR_LIB + "/libxentoolcore.so.1"],
                       check=True)
        compare_symbols(count)
        compare_abi(count, shim, program)
        compare_clients(count, shim)
        compare_control(count, shim)
        check_programs(count, shim)
        compare_live_update(count, shim)
        compare_alone(count)
    finally:
        shutil.rmtree(work)
    print(f"{count.passed} passed, {count.failed} failed")
    return count.failed > 0


sys.exit(main())
