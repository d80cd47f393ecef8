#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ours beside Debian's Xen 4.17 beside the bare kernel, in one run.

Each system is booted twice under QEMU's emulator with one CPU: once counting
instructions (-icount, count.c), once at full speed for wall time. Programs and
init scripts execute marks; a row is the difference between two of them,
divided by how often the thing was done.

Writes build/bench.json, a list of {"row", "unit", "ours", "xen", "bare"}, and
prints it as a table. What could not be measured is null, with the reason on
standard error.
"""

import argparse
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("HOSPES_BUILD", os.path.join(TOP, "build"))
DEBS = os.environ.get("HOSPES_DEBS", os.path.join(BUILD, "debs"))
QEMU = os.path.join(TOP, "tests", "qemu")
WORK = os.path.join(BUILD, "bench")
MEMORY_MIB = 2048

# Marks: the boot ones are set by addresses and by init, the others by
# bench.c, 2n and 2n + 1 around job n.
ENTRY, FIRST, INIT, CREATE, GUEST_INIT, CREATE_RAW, GUEST_INIT_RAW = range(7)
JOBS = [
    ("getpid", 10, "getpid"),
    ("fork+exit", 11, "fork+exit"),
    ("fork+exec", 12, "fork+exec"),
    ("pipe ping-pong", 13, "pipe"),
    ("page fault", 14, "fault"),
    ("disk sequential read, 1 MiB", 15, "disk-read"),
    ("disk sequential write, 1 MiB", 16, "disk-write"),
    ("disk random read, 4 KiB", 17, "random-read"),
    ("disk random write, 4 KiB", 18, "random-write"),
    ("TCP guest to dom0, 1 MiB", 19, "tcp-send"),
    ("TCP dom0 to guest, 1 MiB", 20, "tcp-receive"),
]
BOOT_ROWS = [
    ("hypervisor entry to dom0's first instruction", ENTRY, FIRST),
    ("dom0's first instruction to /init", FIRST, INIT),
    ("create to the guest's /init", CREATE, GUEST_INIT),
    ("create to the guest's /init, unpacked kernel", CREATE_RAW,
     GUEST_INIT_RAW),
]
SYSTEMS = ["ours", "xen", "bare"]


def complain(text):
    print("bench: " + text, file=sys.stderr)


def call(*command):
    subprocess.run(command, check=True)


def build():
    """The programs, the plugin and the images."""
    os.makedirs(WORK, exist_ok=True)
    flags = ["-O2", "-Wall", "-Wextra", "-Werror"]
    call("gcc", *flags, "-static", "-o", WORK + "/bench", HERE + "/bench.c")
    call("gcc", *flags, "-fPIC", "-shared", "-o", WORK + "/count.so",
         HERE + "/count.c")
    call("gcc", *flags, "-D__XEN_TOOLS__", "-o", WORK + "/physinfo",
         HERE + "/physinfo.c", "-lxencall")
    overlay = WORK + "/overlay"
    for folder in ("jobs", "usr/bin"):
        os.makedirs(overlay + "/" + folder, exist_ok=True)
    call("install", WORK + "/bench", overlay + "/usr/bin/bench")
    call("install", HERE + "/guest", overlay + "/jobs/bench")
    call("install", HERE + "/bare", overlay + "/jobs/bare")
    call("install", HERE + "/dom0", overlay + "/jobs/dom0")
    call(TOP + "/tests/integration/image", "--out", WORK + "/dom0.cpio",
         "--overlay", overlay, "--guest-overlay", overlay,
         "--bin", WORK + "/physinfo:/usr/bin")
    call(QEMU + "/mkinitrd", "--preset", "bare", "--overlay", overlay,
         "--out", WORK + "/bare.cpio")


def readelf(*arguments):
    return subprocess.run(["readelf", "-W", *arguments], check=True,
                          capture_output=True, text=True).stdout


def elf_entry(path):
    return re.search(r"Entry point address:\s+(0x[0-9a-f]+)",
                     readelf("-h", path)).group(1)


def xen_note_entry(path):
    """The PV entry point: note type 1 of owner Xen, which readelf takes for
    a version."""
    match = re.search(r"Xen\s+0x00000008\s+NT_VERSION \(version\)"
                      r"\s+description data: ((?:[0-9a-f]{2} ?){8})",
                      readelf("-n", path))
    if not match:
        return None
    raw = bytes.fromhex(match.group(1).replace(" ", ""))
    return hex(int.from_bytes(raw, "little"))


def addresses(system):
    vmlinux = DEBS + "/vmlinux"
    if system == "bare":
        return [(elf_entry(vmlinux), FIRST)]
    image = {"ours": BUILD + "/hypervisor/hospes.elf", "xen": DEBS + "/xen"}
    entry = elf_entry(image[system])
    if system == "ours":
        # Linked high; entered at the address it is loaded at.
        entry = hex(int(entry, 16) & 0x3FFFFFFF)
    return [(entry, ENTRY),
            (xen_note_entry(vmlinux), FIRST)]


def boot(system, counting, timeout):
    """One boot; gives the marks and the lines that the jobs said."""
    name = "%s-%s" % (system, "count" if counting else "wall")
    marks = "%s/%s.marks" % (WORK, name)
    log = "%s/logs/bench-%s.log" % (BUILD, name)
    disk = WORK + "/scratch.img"
    call(QEMU + "/scratch", disk)
    plugin = "%s/count.so,out=%s,count=%s" % (
        WORK, marks, "on" if counting else "off")
    for vaddr, mark in addresses(system):
        if vaddr:
            plugin += ",at=%s:%d" % (vaddr, mark)
    hypervisor = "none" if system == "bare" else system
    job = "bare" if system == "bare" else "dom0"
    command = [
        QEMU + "/boot", "--hypervisor", hypervisor, "--smp", "1",
        "--mem", str(MEMORY_MIB), "--dom0-mem", "1024",
        "--initrd", "%s/%s.cpio" % (WORK, job), "--disk", disk,
        "--append", "nokaslr loglevel=4 job=%s tools=%s" % (job, system),
        "--log", log, "--timeout", str(timeout), "--qemu", "-plugin",
        "--qemu", plugin]
    if counting:
        command.append("--icount")
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode != 0:
        complain("%s: boot ended with %d\n%s" % (
            name, done.returncode, done.stderr))
    return read_marks(marks), read_lines(log)


def read_marks(path):
    marks = []
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            for line in file:
                words = line.split()
                if len(words) == 3:
                    marks.append([int(word) for word in words])
    return marks


def read_lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return [line.strip() for line in file if line.startswith("bench: ")]


def between(marks, first, last):
    """(instructions, ns) from the last FIRST before LAST; None if not seen."""
    begin = None
    for mark, count, time in marks:
        if mark == first:
            begin = (count, time)
        elif mark == last and begin:
            return count - begin[0], time - begin[1]
    return None


def repeats(lines, name):
    for line in lines:
        words = line.split()
        if len(words) == 3 and words[1] == name:
            return int(words[2])
    return None


def memory(lines):
    """What the hypervisor took for itself and for a domain, in KiB."""
    free = {}
    owned = {}
    for line in lines:
        match = re.match(r"bench: memory (\w+) free (\d+)", line)
        if match:
            free[match.group(1)] = int(match.group(2))
        match = re.match(r"bench: memory (\w+) domain (\d+) (\d+)", line)
        if match:
            owned.setdefault(match.group(1), {})[int(match.group(2))] = int(
                match.group(3))
    if "before" not in free or "paused" not in free:
        return None, None
    itself = MEMORY_MIB * 1024 - free["before"] - sum(
        owned["before"].values())
    domain = (free["before"] - free["paused"] -
              (sum(owned["paused"].values()) - sum(owned["before"].values())))
    return itself, domain


class Table:
    """The rows, in the order of their first mention."""

    def __init__(self):
        self.rows = {}

    def put(self, row, unit, system, value):
        entry = self.rows.setdefault((row, unit), dict.fromkeys(SYSTEMS))
        entry[system] = value

    def write(self, path):
        table = [{"row": row, "unit": unit, **values}
                 for (row, unit), values in self.rows.items()]
        with open(path, "w", encoding="ascii") as file:
            json.dump(table, file, indent=1)
            file.write("\n")

    def show(self):
        print("%-48s %-14s %14s %14s %14s %8s" % (
            "row", "unit", *SYSTEMS, "ours/xen"))
        for (row, unit), values in self.rows.items():
            cells = ["-" if values[system] is None else
                     "{:,}".format(values[system]) for system in SYSTEMS]
            ratio = "-"
            if values["ours"] is not None and values["xen"]:
                ratio = "%.2f" % (values["ours"] / values["xen"])
            print("%-48s %-14s %14s %14s %14s %8s" % (
                row, unit, *cells, ratio))


def measure(table, system, counting, timeout):
    marks, lines = boot(system, counting, timeout)
    unit, index = ("instructions", 0) if counting else ("us", 1)
    for row, first, last in BOOT_ROWS:
        value = None
        if system != "bare" or first == FIRST:
            span = between(marks, first, last)
            if span:
                value = span[index] if counting else span[1] // 1000
            else:
                complain("%s: %s (%s): its marks were not seen" % (
                    system, row, unit))
        table.put(row, unit, system, value)
    for row, job, name in JOBS:
        span = between(marks, 2 * job, 2 * job + 1)
        count = repeats(lines, name)
        value = None
        if span and count:
            value = (span[0] // count if counting else
                     round(span[1] / 1000 / count, 2))
        else:
            complain("%s: %s (%s): the job did not end" % (
                system, row, unit))
        table.put(row, unit, system, value)
    if counting:
        return
    itself, domain = (None, None) if system == "bare" else memory(lines)
    table.put("memory the hypervisor takes for itself", "KiB", system, itself)
    table.put("memory per domain beyond its own", "KiB", system, domain)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--systems", default=",".join(SYSTEMS))
    parser.add_argument("--only", choices=["count", "wall"])
    parser.add_argument("--timeout", type=int, default=600)
    parser.add_argument("--no-build", action="store_true")
    arguments = parser.parse_args()
    if not arguments.no_build:
        build()
    call(QEMU + "/scratch", WORK + "/scratch.img")
    for system in SYSTEMS:
        if system not in arguments.systems.split(","):
            complain(system + ": left out by --systems")
    table = Table()
    for counting in (True, False):
        if arguments.only == ("wall" if counting else "count"):
            continue
        for system in SYSTEMS:
            if system not in arguments.systems.split(","):
                continue
            if (system == "ours" and
                  not os.path.exists(BUILD + "/hypervisor/hospes")):
                complain("ours: the hypervisor is not built")
            else:
                measure(table, system, counting, arguments.timeout)
    table.write(BUILD + "/bench.json")
    table.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
