#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""hl-console at a terminal that the test holds the other end of.

The real daemon of the store runs without domains and names the terminal. What
is typed up to Ctrl-] arrives there; what stands behind it in the same piece of
input is left for whoever reads next; what the guest has said by then is shown.

usage: console_attach.py [BUILD]; the last line is "N passed, N failed".
"""
import os
import pty
import select
import subprocess
import sys
import tempfile
import time
import tty

SECONDS = 60
ESCAPE = b"\x1d"
counts = {True: 0, False: 0}


def check(good, what):
    counts[bool(good)] += 1
    if not good:
        print("not ok", what)


def wait_for(path):
    end = time.monotonic() + SECONDS
    while not os.path.exists(path) and time.monotonic() < end:
        time.sleep(0.05)


def read_until(fd, size):
    got = b""
    while len(got) < size and select.select([fd], [], [], SECONDS)[0]:
        piece = os.read(fd, 4096)
        if not piece:
            break
        got += piece
    return got


def build_dir():
    if os.access("hospes-xenstored", os.X_OK):
        return os.getcwd()
    return os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build")


class World:
    """A store that says where the console of domain 5 is."""

    def __init__(self, build, rundir):
        self.build = build
        self.env = dict(os.environ, XENSTORED_PATH=rundir + "/socket",
                        LD_LIBRARY_PATH=build + "/.libs")
        self.daemon = subprocess.Popen(
            [build + "/hospes-xenstored", "-N", "-D", "--rundir", rundir,
             "-s", rundir + "/socket"])
        wait_for(rundir + "/socket")
        self.guest, self.terminal = pty.openpty()
        tty.setraw(self.terminal)
        subprocess.run(
            [self.program("xenstore-client"), "write",
             "/local/domain/5/console/tty", os.ttyname(self.terminal)],
            env=self.env, check=True)

    def program(self, name):
        inner = self.build + "/.libs/" + name
        return inner if os.access(inner, os.X_OK) else self.build + "/" + name

    def attach(self, stdin):
        return subprocess.Popen([self.program("hl-console"), "5"],
                                stdin=stdin, stdout=subprocess.PIPE,
                                env=self.env)

    def close(self):
        self.daemon.terminate()
        self.daemon.wait()


def test_behind_escape(world):
    read_end, write_end = os.pipe()
    os.write(write_end, b"typed" + ESCAPE + b"for the shell")
    os.close(write_end)
    console = world.attach(read_end)
    check(read_until(world.guest, 5) == b"typed", "what was typed before")
    check(console.wait(SECONDS) == 0, "detached")
    check(os.read(read_end, 100) == b"for the shell", "what was typed behind")
    os.close(read_end)


def test_said_before(world):
    read_end, write_end = os.pipe()
    os.write(write_end, ESCAPE)
    os.write(world.guest, b"last words " * 300)
    console = world.attach(read_end)
    out, _ = console.communicate(timeout=SECONDS)
    check(out == b"last words " * 300, "what was said: %d bytes" % len(out))
    os.close(write_end)
    os.close(read_end)


def test_much(world):
    text = bytes(range(32, 127)) * 50
    console = world.attach(subprocess.PIPE)
    console.stdin.write(text)
    console.stdin.flush()
    check(read_until(world.guest, len(text)) == text, "much is typed")
    console.stdin.write(ESCAPE)
    console.stdin.close()
    check(console.wait(SECONDS) == 0, "detached after much")
    console.stdout.close()


def main():
    with tempfile.TemporaryDirectory() as rundir:
        world = World(build_dir(), rundir)
        try:
            test_behind_escape(world)
            test_said_before(world)
            test_much(world)
        finally:
            world.close()
    print("%d passed, %d failed" % (counts[True], counts[False]))
    return 1 if counts[False] else 0


sys.exit(main())
