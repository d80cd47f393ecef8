# SPDX-License-Identifier: BSD-2-Clause
"""Live updates under load: no reply and no event is lost, repeated or late.

A hundred clients with requests, halves of requests, watches and transactions
in flight, and one that asks for the updates, to two copies of the binary in
turn. Then updates that must be refused, under the same load.

usage: xenstore_update.py DAEMON DIR UPDATES
"""
import os
import random
import select
import shutil

import xenstore_load as xs
from xenstore_load import expect

CLIENTS = 100

# With which no new binary could go on, and what is said of each.
ARGUMENTS = [
    ("-D --bogus", "--bogus"),
    ("-D extra", "unexpected argument"),
    ("-D -Q nodes=x", "nodes"),
    ("-D " + "-v " * 70, "Argument list too long"),
    ("-N", "-D must be given as it was"),
]


class Updater:
    """Asks for an update while the load goes on."""

    def __init__(self, path, load):
        self.sock = xs.connect(path)
        self.load = load

    def command(self, *words):
        """The text of the answer; requests behind it wait their turn."""
        payload = b"".join(w.encode() + b"\0" for w in words)
        message = xs.HEADER.pack(xs.CONTROL, 1, 0, len(payload)) + payload
        read = b"/many/7\0"
        behind = xs.HEADER.pack(xs.READ, 2, 0, len(read)) + read
        self.sock.sendall(message + behind)
        first, second = self.reply(), self.reply()
        if (first[1], second[1]) != (1, 2) or second[3] != b"v":
            raise xs.Wrong(f"{words}: {first}, {second}")
        return first[3].rstrip(b"\0").decode()

    def reply(self):
        def exactly(n):
            data = b""
            while len(data) < n:
                while not select.select([self.sock], [], [], 0)[0]:
                    self.load.turn()
                part = self.sock.recv(n - len(data))
                if not part:
                    raise xs.Lost()
                data += part
            return data
        head = xs.HEADER.unpack(exactly(xs.HEADER.size))
        return head[:3] + (exactly(head[3]),)


def update(updater, pid, binary):
    # Debian's client says it in two commands, ours in one.
    if random.randrange(2):
        expect("-f", updater.command("live-update", "-f", binary), "OK")
        words = ("-s", "-t", "30", "-F")
    else:
        words = ("-t", "30", binary)
    expect("update", updater.command("live-update", *words), "OK")
    expect("binary", os.readlink(f"/proc/{pid}/exe"), binary)


def refused(updater, pid, folder, running):
    """What is no new binary changes nothing."""
    nothing = folder + "/nothing"
    text = updater.command("live-update", nothing)
    expect("no file", text, f"{nothing}: No such file or directory")
    with open(nothing, "w", encoding="ascii") as f:
        f.write("neither program nor script")
    os.chmod(nothing, 0o700)
    text = updater.command("live-update", nothing)
    expect("no program", text,
           "the new binary cannot be asked: Exec format error")
    text = updater.command("live-update", "/bin/false")
    expect("not ours", text, "the check ended with status 1")
    # One that says nothing has not understood, however it ends.
    text = updater.command("live-update", "/bin/true")
    expect("not ours either", text, "the check ended with status 0")
    with open(nothing, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nexec sleep 1000\n")
    text = updater.command("live-update", "-t", "0", nothing)
    expect("late", text, "the new binary took too long (-t)")
    # Its arguments are judged, too; a new name does not inherit them.
    for words, why in ARGUMENTS:
        updater.command("live-update", "-c", words)
        text = updater.command("live-update", running)
        if why not in text:
            raise xs.Wrong(f"{words}: {text}")
    updater.command("live-update", "-f", running)
    updater.command("live-update", "-c", "--bogus")
    expect("anew", updater.command("live-update", "-f", running), "OK")
    expect("without them", updater.command("live-update", "-s"), "OK")
    # It passes the check, and is no program when its turn comes.
    with open(nothing, "w", encoding="ascii") as f:
        f.write(f"#!/bin/sh\nchmod 600 {nothing}\n"
                "echo this state can be gone on with >&2\n")
    text = updater.command("live-update", nothing)
    expect("gone", text, "the new binary cannot be started: Permission denied")
    expect("abort", updater.command("live-update", "-a"), "OK")
    expect("no name", updater.command("live-update", "-s"),
           "no file was named")
    expect("binary", os.readlink(f"/proc/{pid}/exe"), running)


def log_to(path, name):
    """Level and file of the log; how many updates it tells of is returned."""
    sock = xs.connect(path)
    expect("log", xs.control(sock, "log", "2"), "OK")
    expect("logfile", xs.control(sock, "logfile", name), "OK")
    sock.close()

    def updates():
        with open(name, encoding="ascii") as f:
            return sum("live update done" in line for line in f)
    return updates


def main(daemon, folder, updates):
    path = folder + "/socket"
    copies = [f"{folder}/daemon-{i}" for i in range(2)]
    for copy in copies:
        shutil.copy(daemon, copy)
    pid = xs.serve(copies[0], folder, "-D")
    try:
        books = xs.Books()
        xs.fill(path, 2000, "v")
        log = log_to(path, folder + "/log")
        load = xs.Load(path, CLIENTS, books, watching=True)
        updater = Updater(path, load)
        for i in range(int(updates)):
            load.run_until(books.replies + random.randrange(500, 1500))
            update(updater, pid, copies[(i + 1) % 2])
        expect("log", log(), int(updates))
        refused(updater, pid, folder, copies[int(updates) % 2])
        load.run_until(books.replies + 2000)
        load.finish()
        xs.check(xs.connect(path))
        with open(folder + "/pid", encoding="ascii") as f:
            expect("pid", int(f.read()), pid)
    finally:
        xs.kill(pid, 15)
    print(f"{updates} updates, {books.replies} replies, "
          f"{sum(c.events for c in load.clients)} events, none lost")


if __name__ == "__main__":
    xs.run(main)
