# SPDX-License-Identifier: BSD-2-Clause
"""A guest's ring over a live update and over a SIGKILL of the daemon.

The hypervisor is faked (xenstore_shim.c). The guest has half a request in the
ring, a watch and a transaction when the daemon changes under it.

usage: xenstore_ring.py DAEMON DIR SHIM
"""
import os
import signal
import subprocess
import sys

import xenstore_load as xs
from xenstore_peers import Ring, strings

DOMID = 7


def start(daemon, folder, shim):
    env = dict(os.environ, LD_PRELOAD=shim, SHIM_DIR=folder)
    subprocess.run([daemon, "--rundir", folder, "-s", folder + "/socket",
                    "-F", folder + "/pid"], check=True, env=env)
    with open(folder + "/pid", encoding="ascii") as f:
        return int(f.read())


def message(kind, payload, tx=0, req=0):
    return xs.HEADER.pack(kind, req, tx, len(payload)) + payload


def receive(ring):
    kind, req, _, size = xs.HEADER.unpack(ring.receive(xs.HEADER.size))
    return kind, req, ring.receive(size)


def expect(what, got, wanted):
    if got != wanted:
        raise xs.Wrong(f"{what}: {got}, not {wanted}")


def ask(ring, kind, payload, tx=0):
    ring.send(message(kind, payload, tx, 5))
    got, req, data = receive(ring)
    expect("request", req, 5)
    return got, data


def main(daemon, folder, shim):
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
    os.kill(pid, signal.SIGKILL)
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
    os.kill(pid, signal.SIGTERM)
    print("a ring over an update and a kill")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (xs.Wrong, TimeoutError) as e:
        sys.exit(f"not ok: {e!r}")
