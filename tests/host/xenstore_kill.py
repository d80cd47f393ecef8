# SPDX-License-Identifier: BSD-2-Clause
"""A daemon is killed with SIGKILL under load, again and again.

After each restart what was acknowledged is there: each key has the value that
was acknowledged last, or one that was sent after it; the two keys of a
transaction have the same value, not older than the last that committed.

usage: xenstore_kill.py DAEMON DIR KILLS
"""
import os
import random

import xenstore_load as xs

CLIENTS = 20


def start(daemon, folder):
    return xs.serve(daemon, folder, "-D", "--journal-size", "65536")


def value_of(sock, path):
    kind, data = xs.ask(sock, xs.READ, path.encode() + b"\0")
    return None if kind == xs.ERROR else int(data)


def judge(what, got, sent, acked, key):
    """The books of @key go on from what is there, if that may be."""
    allowed = (sent[key][sent[key].index(acked[key]):] if acked.get(key)
               else sent[key] + [None])
    if got not in allowed:
        raise xs.Wrong(f"{what} {key}: {got}, acknowledged {acked.get(key)}")
    if got:
        sent[key], acked[key] = [got], got
    else:
        del sent[key]
        acked.pop(key, None)


def check(path, books):
    """All keys against the books."""
    sock = xs.connect(path)
    for name in list(books.sent):
        judge("key", value_of(sock, f"/load/{name[0]}/{name[1]}"),
              books.sent, books.acked, name)
    for number in list(books.tx_sent):
        left, right = (value_of(sock, f"/load/{number}/{side}")
                       for side in ("left", "right"))
        xs.expect(f"transactions of {number}", left, right)
        judge("transactions of", left, books.tx_sent, books.tx_acked, number)
    xs.check(sock)
    sock.close()


def main(daemon, folder, kills):
    books = xs.Books()
    path = folder + "/socket"
    pid = start(daemon, folder)
    # So many nodes that new journals are begun, and killed while they are.
    xs.fill(path, 1500, "x")
    for _ in range(int(kills)):
        load = xs.Load(path, CLIENTS, books)
        load.run_until(books.replies + random.randrange(50, 4000))
        os.kill(pid, 9)
        try:
            while True:
                load.turn(0.01)
        except xs.Lost:
            pass
        load.close()
        xs.kill(pid, 9)
        pid = start(daemon, folder)
        check(path, books)
    xs.kill(pid, 15)
    print(f"{kills} kills, {books.replies} replies, all there")


if __name__ == "__main__":
    xs.run(main)
