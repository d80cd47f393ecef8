# SPDX-License-Identifier: BSD-2-Clause
"""Many clients of a xenstore daemon at once, from one thread.

Each client has a folder of its own and keeps several requests in flight. What
comes back is checked as it comes: replies in the order of the requests, what
is read is what was written last, events for each write, transactions that
nobody disturbs commit. Each knows what was acknowledged.

And what the tests that drive it share: starting and ending a daemon, requests
one by one, how a test ends.
"""
import os
import random
import selectors
import socket
import struct
import subprocess
import sys
import time

(DIRECTORY, READ, GET_PERMS, WATCH, UNWATCH, TX_START, TX_END) = range(1, 8)
WRITE, MKDIR, RM = 11, 12, 13
WATCH_EVENT, ERROR = 15, 16
CONTROL = 0
HEADER = struct.Struct("<IIII")
KEYS = 8
WINDOW = 6


class Lost(Exception):
    """The daemon went away."""


class Wrong(Exception):
    """The daemon said something that it must not."""


def connect(path):
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    return s


class Client:
    """One connection; @number names its folder."""

    def __init__(self, path, number, books, watching):
        self.sock = connect(path)
        self.sock.setblocking(False)
        self.number = number
        self.books = books
        self.out = b""
        self.buf = b""
        self.req_id = random.randrange(1 << 30)
        self.expected = []  # (req_id, tx, check)
        self.replies = 0
        self.events = 0
        self.events_due = 0
        self.tx = None
        self.tx_wait = False
        self.stopping = False
        self.watching = watching
        if watching:
            self.events_due = 1
            self.send(WATCH, f"/load/{number}\0token{number}\0".encode(),
                      0, self.check_ok)

    def fileno(self):
        return self.sock.fileno()

    def send(self, kind, payload, tx, check):
        self.req_id = (self.req_id + 1) & 0xffffffff
        self.expected.append((self.req_id, tx, check))
        self.out += HEADER.pack(kind, self.req_id, tx, len(payload)) + payload

    def wrong(self, text):
        raise Wrong(f"client {self.number}, reply {self.replies}: {text}")

    def check_ok(self, kind, data):
        if kind == ERROR:
            self.wrong(f"refused: {data}")

    def write(self, key, tx):
        books = self.books
        n = books.next_value()
        name = (self.number, key)
        path = f"/load/{self.number}/{key}"
        if not tx:
            books.sent.setdefault(name, []).append(n)

        def acknowledged(kind, data):
            self.check_ok(kind, data)
            if not tx:
                books.acked[name] = n
        self.send(WRITE, f"{path}\0{n}".encode(), tx, acknowledged)
        if not tx:
            self.events_due += 1
        return n

    def read(self, key):
        books = self.books
        sent = books.sent.get((self.number, key))
        want = str(sent[-1]).encode() if sent else None

        def check(kind, data):
            if want is not None and data != want:
                self.wrong(f"key {key} is {data}, not {want}")
        self.send(READ, f"/load/{self.number}/{key}\0".encode(), 0, check)

    def begin(self):
        """A transaction that writes one number to two keys of its own."""
        self.tx_wait = True

        def started(kind, data):
            self.check_ok(kind, data)
            self.tx = int(data.rstrip(b"\0"))
        self.send(TX_START, b"\0", 0, started)

    def finish(self):
        tx, self.tx = self.tx, None
        books = self.books
        n = books.next_value()
        for key in ("left", "right"):
            self.send(WRITE, f"/load/{self.number}/{key}\0{n}".encode(), tx,
                      self.check_ok)
        books.tx_sent.setdefault(self.number, []).append(n)

        def committed(kind, data):
            self.check_ok(kind, data)
            self.tx_wait = False
            self.events_due += 2
            books.tx_acked[self.number] = n
        self.send(TX_END, b"T\0", tx, committed)

    def fill(self):
        """Keep the window full."""
        while len(self.expected) < WINDOW and not self.stopping:
            what = random.randrange(10)
            key = random.randrange(KEYS)
            if self.tx is not None:
                self.finish()
            elif what == 0 and not self.tx_wait:
                self.begin()
            elif what < 6:
                self.write(key, 0)
            else:
                self.read(key)

    def push(self):
        while self.out:
            try:
                # Now and then a message is cut in two.
                most = random.choice((7, 20, 4096, 4096))
                n = self.sock.send(self.out[:most])
            except BlockingIOError:
                return
            except OSError as e:
                raise Lost() from e
            self.out = self.out[n:]
            if random.randrange(4) == 0:
                return

    def pull(self):
        try:
            data = self.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError as e:
            raise Lost() from e
        if not data:
            raise Lost()
        self.buf += data
        while len(self.buf) >= HEADER.size:
            kind, req, tx, size = HEADER.unpack_from(self.buf)
            if size > 4096:
                self.wrong(f"a message of {size} bytes")
            if len(self.buf) < HEADER.size + size:
                return
            body = self.buf[HEADER.size:HEADER.size + size]
            self.buf = self.buf[HEADER.size + size:]
            self.take(kind, req, tx, body)

    def take(self, kind, req, tx, body):
        if kind == WATCH_EVENT:
            token = f"token{self.number}".encode()
            if body.split(b"\0")[1] != token:
                self.wrong(f"an event of somebody else: {body}")
            self.events += 1
            return
        if not self.expected:
            self.wrong(f"a reply to nothing: {req}")
        want, want_tx, check = self.expected.pop(0)
        if (req, tx) != (want, want_tx):
            self.wrong(f"reply {req}/{tx} for {want}/{want_tx}")
        self.replies += 1
        self.books.replies += 1
        check(kind, body)


class Books:
    """What all clients sent, and what was acknowledged."""

    def __init__(self):
        self.value = 0
        self.replies = 0
        self.sent = {}
        self.acked = {}
        self.tx_sent = {}
        self.tx_acked = {}

    def next_value(self):
        self.value += 1
        return self.value


class Load:
    """@count clients at work on one socket."""

    def __init__(self, path, count, books, watching=False):
        self.selector = selectors.DefaultSelector()
        self.books = books
        sock = connect(path)
        for i in range(count):
            ask(sock, MKDIR, f"/load/{i}\0".encode())
        sock.close()
        self.clients = [Client(path, i, books, watching)
                        for i in range(count)]
        for c in self.clients:
            self.selector.register(c, selectors.EVENT_READ)

    def turn(self, timeout=0.0):
        """One round: everybody sends, whoever has replies takes them."""
        for c in self.clients:
            c.fill()
            c.push()
        for key, _ in self.selector.select(timeout):
            key.fileobj.pull()

    def run_until(self, replies):
        idle = 0
        while self.books.replies < replies:
            before = self.books.replies
            self.turn(0.01 if idle > 100 else 0.0)
            idle = idle + 1 if self.books.replies == before else 0
            if idle > 2000:
                raise Wrong("no replies come: " + ", ".join(
                    f"{c.number}: {len(c.expected)}"
                    for c in self.clients if c.expected))

    def finish(self):
        """No new requests; all replies and events that are due arrive."""
        for c in self.clients:
            c.stopping = True
        turns = 0
        while any(c.expected or c.out or c.events < c.events_due * c.watching
                  for c in self.clients):
            self.turn(0.01)
            turns += 1
            if turns > 3000:
                raise Wrong("replies or events are missing: " + ", ".join(
                    f"{c.number}: {len(c.expected)} replies, "
                    f"{c.events} of {c.events_due} events"
                    for c in self.clients
                    if c.expected or c.events < c.events_due * c.watching))
        for c in self.clients:
            if c.watching and c.events != c.events_due:
                c.wrong(f"{c.events} events, {c.events_due} are due")

    def close(self):
        for c in self.clients:
            self.selector.unregister(c)
            c.sock.close()
        self.selector.close()


def ask(sock, kind, payload, tx=0):
    """One request on a blocking socket; kind and data of the reply."""
    sock.sendall(HEADER.pack(kind, 7, tx, len(payload)) + payload)

    def exactly(n):
        data = b""
        while len(data) < n:
            part = sock.recv(n - len(data))
            if not part:
                raise Lost()
            data += part
        return data
    got, req, _, size = HEADER.unpack(exactly(HEADER.size))
    data = exactly(size)
    if req != 7:
        raise Wrong(f"reply {req}")
    return got, data


def expect(what, got, wanted):
    if got != wanted:
        raise Wrong(f"{what}: {got}, not {wanted}")


def serve(daemon, folder, *options, env=None):
    """Start one; it has forked and serves when its number is returned."""
    subprocess.run([daemon, "--rundir", folder, "-s", folder + "/socket",
                    "-F", folder + "/pid", *options], check=True, env=env)
    with open(folder + "/pid", encoding="ascii") as f:
        return int(f.read())


def kill(pid, signal):
    """End it, and wait until it is gone with its socket and its locks."""
    os.kill(pid, signal)
    while True:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii") as f:
                if f.read().rpartition(")")[2].split()[0] == "Z":
                    return  # somebody else is to look after it
        except OSError:
            return
        time.sleep(0.001)


def fill(path, count, value):
    """Many nodes."""
    sock = connect(path)
    for i in range(count):
        ask(sock, WRITE, f"/many/{i}\0{value}".encode())
    sock.close()


def check(sock):
    """The daemon finds nothing wrong with itself."""
    text = control(sock, "check")
    if not text.startswith("OK"):
        raise Wrong(text)


def run(main):
    """The whole of a test, with the words of the command line."""
    random.seed(20261121)
    try:
        main(*sys.argv[1:])
    except (Wrong, Lost, TimeoutError) as e:
        sys.exit(f"not ok: {e!r}")


def control(sock, *words):
    """A control command; its text, or an exception."""
    payload = b"".join(w.encode() + b"\0" for w in words)
    kind, data = ask(sock, CONTROL, payload)
    if kind == ERROR:
        raise Wrong(f"{words}: {data}")
    return data.rstrip(b"\0").decode()
