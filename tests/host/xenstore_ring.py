# SPDX-License-Identifier: BSD-2-Clause
"""A guest's ring over a live update and over SIGKILLs of the daemon.

The hypervisor is faked (xenstore_shim.c). The guest has half a request in the
ring, a watch and a transaction when the daemon changes under it. Then the
daemon is killed while it handles a ring full of requests, again and again:
each has one reply, in order, and the one that it gets when it runs once.

usage: xenstore_ring.py DAEMON DIR SHIM KILLS
"""
import os
import random
import signal
import time

import xenstore_load as xs
from xenstore_load import expect
from xenstore_peers import Ring, strings

DOMID = 7


def start(daemon, folder, shim):
    return xs.serve(daemon, folder, env=dict(
        os.environ, LD_PRELOAD=shim, SHIM_DIR=folder))


def message(kind, payload, tx=0, req=0):
    return xs.HEADER.pack(kind, req, tx, len(payload)) + payload


def receive(ring):
    kind, req, _, size = xs.HEADER.unpack(ring.receive(xs.HEADER.size))
    return kind, req, ring.receive(size)


def ask(ring, kind, payload, tx=0):
    ring.send(message(kind, payload, tx, 5))
    got, req, data = receive(ring)
    expect("request", req, 5)
    return got, data


class PatientRing(Ring):
    """The daemon may be gone when it is kicked."""

    def kick(self):
        try:
            super().kick()
        except OSError:
            pass


def burst(number):
    """
    Requests that answer otherwise when they run again, and their answers: a
    watch comes and goes, and a transaction ends.
    """
    token = strings("n", f"token{number}")
    rows = [(xs.TX_END, b"T\0", (xs.TX_END, b"OK\0"))]
    for _ in range(4):
        rows += [(xs.WATCH, token, (xs.WATCH, b"OK\0")),
                 (xs.WATCH, token, (xs.ERROR, b"EEXIST\0")),
                 (xs.UNWATCH, token, (xs.UNWATCH, b"OK\0"))]
    rows.append((xs.WRITE, b"n\0" + str(number).encode(),
                 (xs.WRITE, b"OK\0")))
    return rows


def answers(ring, count):
    """The next replies; events are not counted."""
    rows = []
    while len(rows) < count:
        kind, req, data = receive(ring)
        if kind != xs.WATCH_EVENT:
            rows.append((req, (kind, data)))
    return rows


def once(daemon, folder, shim, pid, kills):
    """Kill it while it handles a burst; all is answered, once."""
    ring = PatientRing(folder, DOMID)
    ring.set_wait(20)
    ran = 0
    for number in range(kills):
        ring.send(message(xs.TX_START, b"\0"))
        [(_, (kind, data))] = answers(ring, 1)
        expect("start", kind, xs.TX_START)
        tx = int(data.rstrip(b"\0"))
        rows = burst(number)
        ring.send(b"".join(
            message(kind, payload, 0 if i else tx, 1000 + i)
            for i, (kind, payload, _) in enumerate(rows)))
        end = time.perf_counter() + random.random() * 0.0004
        while time.perf_counter() < end:
            pass
        xs.kill(pid, signal.SIGKILL)
        pid = start(daemon, folder, shim)
        got = answers(ring, len(rows))
        if got[0] == (1000, (xs.ERROR, b"EAGAIN\0")):
            # It was not there yet, and a crash ends all views of the tree.
            got[0] = (1000, rows[0][2])
        else:
            ran += 1
        expect(f"burst {number}", got,
               [(1000 + i, row[2]) for i, row in enumerate(rows)])
        ring.send(message(xs.READ, b"n\0"))
        expect("its number", answers(ring, 1),
               [(0, (xs.READ, str(number).encode()))])
    xs.kill(pid, signal.SIGTERM)
    return ran


def main(daemon, folder, shim, kills):
    pid = start(daemon, folder, shim)
    sock = xs.connect(folder + "/socket")
    home = f"/local/domain/{DOMID}"
    xs.ask(sock, xs.WRITE, f"{home}/x\0one".encode())
    xs.ask(sock, 14, strings(home + "/x", f"n{DOMID}"))
    xs.ask(sock, 14, strings(home, f"n{DOMID}"))
    kind, data = xs.ask(sock, 8, strings(str(DOMID), "1", "7"))
    expect("introduced", (kind, data), (8, b"OK\0"))
    ring = Ring(folder, DOMID)
    expect("watch", ask(ring, xs.WATCH, strings("x", "token"))[1], b"OK\0")
    expect("first event", receive(ring)[2], strings("x", "token"))
    tx = int(ask(ring, xs.TX_START, b"\0")[1].rstrip(b"\0"))
    ask(ring, xs.WRITE, b"y\0in", tx)

    # Half a request before the update, half behind it.
    read = message(xs.READ, b"x\0", 0, 9)
    ring.send(read[:11])
    expect("update", xs.control(sock, "live-update", daemon), "OK")
    ring.send(read[11:])
    expect("over an update", receive(ring), (xs.READ, 9, b"one"))
    expect("commit", ask(ring, xs.TX_END, b"T\0", tx)[1], b"OK\0")
    xs.ask(sock, xs.WRITE, f"{home}/x\0two".encode())
    expect("event", receive(ring)[2], strings("x", "token"))
    expect("committed", xs.ask(sock, xs.READ, f"{home}/y\0".encode())[1],
           b"in")

    # The same over a kill; the transaction must be tried again.
    tx = int(ask(ring, xs.TX_START, b"\0")[1].rstrip(b"\0"))
    ask(ring, xs.WRITE, b"y\0lost", tx)
    ring.send(read[:11])
    xs.control(sock, "check")
    xs.kill(pid, signal.SIGKILL)
    pid = start(daemon, folder, shim)
    ring.send(read[11:])
    expect("wakes its watch", receive(ring)[2], strings("x", "token"))
    expect("over a kill", receive(ring), (xs.READ, 9, b"two"))
    expect("must try again", ask(ring, xs.TX_END, b"T\0", tx),
           (xs.ERROR, b"EAGAIN\0"))
    sock = xs.connect(folder + "/socket")
    xs.ask(sock, xs.WRITE, f"{home}/x\0three".encode())
    expect("event", receive(ring)[2], strings("x", "token"))
    expect("still in", ask(ring, xs.READ, b"y\0")[1], b"in")
    ran = once(daemon, folder, shim, pid, int(kills))
    print(f"a ring over an update and {1 + int(kills)} kills, "
          f"{ran} behind the effect of its requests")


if __name__ == "__main__":
    xs.run(main)
