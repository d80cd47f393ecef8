# SPDX-License-Identifier: BSD-2-Clause
"""A daemon is killed with SIGKILL under load, again and again.

After each restart what was acknowledged is there: each key has the value that
was acknowledged last, or one that was sent after it; the two keys of a
transaction have the same value, not older than the last that committed.

usage: xenstore_kill.py DAEMON DIR KILLS
"""
import os
import random
import subprocess
import sys

import xenstore_load as xs

CLIENTS = 20


def start(daemon, folder):
    """Returns when the daemon serves: it has forked and its parent ended."""
    subprocess.run([daemon, "-D", "--rundir", folder,
                    "-s", folder + "/socket", "-F", folder + "/pid",
                    "--journal-size", "65536"],
                   check=True)
    with open(folder + "/pid", encoding="ascii") as f:
        return int(f.read())


def value_of(sock, path):
    kind, data = xs.ask(sock, xs.READ, path.encode() + b"\0")
    return None if kind == xs.ERROR else int(data)


def check(path, books):
    """All keys against the books; the books then go on from what is there."""
    sock = xs.connect(path)
    for name, sent in books.sent.items():
        got = value_of(sock, f"/load/{name[0]}/{name[1]}")
        acked = books.acked.get(name)
        allowed = sent[sent.index(acked):] if acked else sent + [None]
        if got not in allowed:
            raise xs.Wrong(f"{name}: {got}, acknowledged {acked}")
        books.sent[name] = [got] if got else []
        books.acked[name] = got
    for number, sent in books.tx_sent.items():
        left, right = (value_of(sock, f"/load/{number}/{side}")
                       for side in ("left", "right"))
        acked = books.tx_acked.get(number)
        allowed = sent[sent.index(acked):] if acked else sent + [None]
        if left != right or left not in allowed:
            raise xs.Wrong(f"transactions of {number}: {left} and {right}, "
                           f"acknowledged {acked}")
        books.tx_sent[number] = [left] if left else []
        books.tx_acked[number] = left
    books.sent = {k: v for k, v in books.sent.items() if v}
    books.acked = {k: v for k, v in books.acked.items() if v}
    books.tx_sent = {k: v for k, v in books.tx_sent.items() if v}
    books.tx_acked = {k: v for k, v in books.tx_acked.items() if v}
    text = xs.control(sock, "check")
    if not text.startswith("OK"):
        raise xs.Wrong(text)
    sock.close()


def main(daemon, folder, kills):
    books = xs.Books()
    path = folder + "/socket"
    pid = start(daemon, folder)
    # So many nodes that new journals are begun, and killed while they are.
    sock = xs.connect(path)
    for i in range(1500):
        xs.ask(sock, xs.WRITE, f"/many/{i}\0x".encode())
    sock.close()
    for kill in range(kills):
        load = xs.Load(path, CLIENTS, books)
        load.run_until(books.replies + random.randrange(50, 4000))
        os.kill(pid, 9)
        try:
            while True:
                load.turn(0.01)
        except xs.Lost:
            pass
        load.close()
        pid = start(daemon, folder)
        check(path, books)
    os.kill(pid, 15)
    print(f"{kills} kills, {books.replies} replies, all there")


if __name__ == "__main__":
    random.seed(20261121)
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    except (xs.Wrong, xs.Lost) as e:
        sys.exit(f"not ok: {e!r}")
