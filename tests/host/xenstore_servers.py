# SPDX-License-Identifier: BSD-2-Clause
"""XenStore daemons on this Linux: ours and Debian's C xenstored and
oxenstored, with the hypervisor faked by xenstore_shim.c."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def build_shim(path):
    subprocess.run(["gcc", "-std=gnu11", "-O1", "-D_GNU_SOURCE", "-shared",
                    "-fPIC", "-o", path, HERE + "/xenstore_shim.c"],
                   check=True)
    return path


class Daemon:
    """A daemon with a folder of its own, ended by stop(). Its name is that of
    the method that says how it is run; ROOT is Debian's packages, unpacked."""

    def __init__(self, name, build, root, shim):
        self.name = name
        self.build = build
        self.root = root
        self.folder = tempfile.mkdtemp(prefix=f"xs-{name}-")
        self.socket = self.folder + "/socket"
        self.write("xsd_port", "5")
        self.write("xsd_kva", "\0" * 4096)
        self.log = open(self.folder + "/log", "wb")
        command, more = getattr(self, name)()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log,
            env={"PATH": os.environ["PATH"], "SHIM_DIR": self.folder,
                 "LD_PRELOAD": shim, **more})
        for _ in range(500):
            if self.answers():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise OSError(f"{name} does not serve")

    def answers(self):
        """The file of a socket is there before anybody listens."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.socket) == 0

    def write(self, name, text):
        with open(f"{self.folder}/{name}", "w", encoding="ascii") as file:
            file.write(text)

    def theirs(self, program, *args, **more):
        return ([f"{self.root}/usr/lib/xen-4.17/bin/{program}", *args],
                {"LD_LIBRARY_PATH": self.root + "/usr/lib/x86_64-linux-gnu",
                 **more})

    def ours(self):
        return [self.build + "/hospes-xenstored", "-N", "--rundir",
                self.folder, "-s", self.socket], {}

    def cxenstored(self):
        return self.theirs("xenstored", "-N", "--internal-db",
                           XENSTORED_RUNDIR=self.folder,
                           XENSTORED_PATH=self.socket)

    def oxenstored(self):
        with open(self.root + "/etc/xen/oxenstored.conf",
                  encoding="ascii") as file:
            text = re.sub(r"(?m)^(pid-file|xenstored-(kva|port|log-file)) .*",
                          "", file.read())
        for key, name in (("pid-file", "pid"), ("xenstored-kva", "xsd_kva"),
                          ("xenstored-port", "xsd_port"),
                          ("xenstored-log-file", "log.txt")):
            text += f"{key} = {self.folder}/{name}\n"
        self.write("conf", text)
        return self.theirs("oxenstored", "--no-fork", "--no-access-log",
                           "--config-file", self.folder + "/conf")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
