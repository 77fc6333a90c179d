"""Network namespaces for tests, and what runs in them.

Everything is named by the process that runs the test, so that tests may run
side by side, and goes away with close(). What waits, waits for an event: a
line that a program writes, or a message of the kernel's.
"""

import ctypes
import fcntl
import itertools
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Longer than anything here takes on a machine that is ten times as slow: what
# lasts as long has failed.
PATIENCE = 120
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS = 0x8913
SIOCGIFINDEX = 0x8933
IFF_RUNNING = 0x40


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


class Process:
    """A program whose lines are read as they come, by a thread, so that it
    never waits for us."""

    def __init__(self, command, **settings):
        self.command = command
        self.lines = []
        self.times = []  # when each of them came
        self.changed = threading.Condition()
        self.child = subprocess.Popen(
            command, stdin=settings.pop("stdin", subprocess.DEVNULL),
            stdout=subprocess.PIPE, text=True, errors="replace", bufsize=1,
            stderr=settings.pop("stderr", subprocess.STDOUT), **settings)
        self.pid = self.child.pid
        self.ended = False
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.child.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.times.append(time.monotonic())
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait_for(self, wanted, times=1, start=0, timeout=None):
        """Until WANTED, a text or a function, is true of TIMES lines from
        number START on; returns how many lines that took."""
        def good(line):
            return wanted in line if isinstance(wanted, str) else wanted(line)

        at, end = start, time.monotonic() + (timeout or PATIENCE)
        with self.changed:
            while True:
                while at < len(self.lines):
                    times -= bool(good(self.lines[at]))
                    at += 1
                    if times == 0:
                        return at
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    raise AssertionError(
                        f"{' '.join(map(str, self.command[4:]))}: "
                        f"{'it ended' if self.ended else 'nothing came'}, "
                        f"wanted {wanted!r}, have:\n" +
                        "\n".join(self.lines[-60:]))
                self.changed.wait(left)

    def stop(self, number=signal.SIGTERM):
        """Its exit status, all of its lines read."""
        if self.child.poll() is None:
            self.child.send_signal(number)
        try:
            status = self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise
        self.thread.join(PATIENCE)
        return status

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.thread.join(PATIENCE)
        self.child.stdout.close()


class Namespace:
    def __init__(self, name):
        self.name = name
        self.children = []
        self.sockets = []
        run("ip", "netns", "add", name)
        # Addresses are good at once, and only those that we give.
        self.run("sh", "-c", "for c in default all; do"
                 " echo 0 >/proc/sys/net/ipv6/conf/$c/accept_dad;"
                 " echo 1 >/proc/sys/net/ipv6/conf/$c/addr_gen_mode; done;"
                 " ip link set lo up")

    def command(self, *command):
        return ["ip", "netns", "exec", self.name, *command]

    def run(self, *command):
        run(*self.command(*command))

    def output(self, *command):
        return subprocess.run(self.command(*command), check=True, text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE).stdout

    def start(self, *command, ready, times=1, stream="stdout"):
        """Starts a server and waits until it has written READY."""
        child = subprocess.Popen(
            self.command(*command), stdin=subprocess.DEVNULL, text=True,
            errors="replace", bufsize=1,
            **{stream: subprocess.PIPE})
        self.children.append(child)
        seen = []
        for line in getattr(child, stream):
            seen.append(line)
            times -= ready in line
            if times == 0:
                return child
        raise AssertionError(f"{command[0]} ended: {''.join(seen)}")

    def serve(self, *command, ready, times=1, **settings):
        """The same with a Process, whose log may be of any length."""
        process = self.process(*command, **settings)
        process.wait_for(ready, times)
        return process

    def process(self, *command, **settings):
        process = Process(self.command(*command), **settings)
        self.children.append(process)
        return process

    def socket(self, *arguments):
        """A socket of this namespace, for the test itself to use."""
        made = []

        def make():
            # Of this thread alone, which ends here.
            handle = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(handle, CLONE_NEWNET) < 0:
                    raise OSError(ctypes.get_errno(), "setns")
                made.append(socket.socket(*arguments))
            except OSError as error:
                made.append(error)
            finally:
                os.close(handle)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        self.sockets.append(made[0])
        return made[0]

    def index(self, nic):
        """The number of a NIC."""
        asker = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        request = struct.pack("16s16x", nic.encode())
        index = struct.unpack("16xi12x", fcntl.ioctl(
            asker, SIOCGIFINDEX, request))[0]
        self.sockets.remove(asker)
        asker.close()
        return index

    def pids(self):
        """Of all that runs in here; only a test has started such."""
        out = subprocess.run(["ip", "netns", "pids", self.name], text=True,
                             check=True, stdout=subprocess.PIPE).stdout
        return [int(pid) for pid in out.split()]

    def wait_for_carrier(self, nic, there=True):
        """Until NIC has its carrier, or has lost it: a message of the kernel's
        comes with each change, and they are subscribed to before the first
        look."""
        events = self.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
        events.bind((0, 1))
        events.settimeout(PATIENCE)
        asker = self.socket(socket.AF_INET, socket.SOCK_DGRAM)
        request = struct.pack("16sH14x", nic.encode(), 0)
        while True:
            flags = struct.unpack(
                "16xH14x", fcntl.ioctl(asker, SIOCGIFFLAGS, request))[0]
            if bool(flags & IFF_RUNNING) == there:
                break
            events.recv(65536)
        for done in events, asker:
            self.sockets.remove(done)
            done.close()

    def close(self):
        for child in self.children:
            if isinstance(child, Process):
                child.close()
                continue
            child.kill()
            child.wait()
            for stream in (child.stdout, child.stderr):
                if stream:
                    stream.close()
        # what they left behind
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for made in self.sockets:
            made.close()
        run("ip", "netns", "del", self.name)


indices = itertools.count(1000)


def cable(left, right, name, twins=False):
    """A veth pair between two namespaces, both ends down. Of TWINS, which have
    the same number, the kernel tells changes of carrier once in a second."""
    index = next(indices)
    run("ip", "link", "add", name, "index", str(index), "netns", left.name,
        "type", "veth", "peer", "name", name,
        "index", str(index if twins else next(indices)), "netns", right.name)


def status_kb(pid, key):
    """A size out of /proc/PID/status."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{key}:\s+(\d+) kB", text, re.M)[1])
