#!/usr/bin/env python3
"""How long a DHCP client takes to a configured address, and how large it is.

usage: tests/bench/dhcp.py ARCH [RUNS]

On one veth pair between two network namespaces, with one dnsmasq that answers
at once: each client in turn, from exec to the kernel's message that the
address is there. Then what all of its processes have in memory, once it has
bound and stays: resident pages, and of these the ones it shares with nobody;
and the most that each ever had, after 100,000 replies from a thousand servers
came to it. Prints minimum, median and maximum, and the ratios of the medians.
The server has no rapid commit (RFC 4039); once more with it for phase-net and
udhcpc. Needs root. Peers that are not installed are left out.

Last it says whether the goal is met: a tenth of udhcpc's time at most, and
less than 1 MB resident at any time; ends with 1 if not.
"""

import os
import pathlib
import select
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/net"))

import servers  # noqa: E402
from dhcp_wire import OFFER, SERVER_ID, Wire, ip  # noqa: E402
from namespaces import PATIENCE, status_kb  # noqa: E402

NIC = servers.NIC
ARCH = os.uname().machine
RTM_NEWADDR, RTMGRP_IPV4_IFADDR = 20, 0x10
NETWORK = bytes([10, 96, 0])
FLOOD = 100_000
GOAL_RATIO, GOAL_KB = 0.1, 1024
PRIVATE = """
mount --bind "$0/etc" /etc && mount -t tmpfs run /run &&
mount --bind "$0/var" /var/lib && mount --bind /dev/null /dev/kmsg &&
exec "$@"
"""
# Of /etc; the rest is not there.
KEPT = ("dhcp", "udhcpc", "dhcpcd.conf", "group", "ld.so.cache", "machine-id",
        "nsswitch.conf", "passwd")
# As small as a script can be that does its part.
SCRIPT = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router" dev "$interface"
for i in $dns; do echo "nameserver $i"; done >/etc/resolv.conf
"""


def commands(directory, init):
    """Of each client: to be measured, and to stay."""
    script = directory / "udhcpc.script"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    ours = directory / "phase-net"
    ours.symlink_to(init)
    if servers.mode() == "child":
        child = [str(ours), "--child", "--log", "warning"]
        yield "phase-net", child, child
    else:
        run = [str(ours), "--interface", NIC, "--log", "warning"]
        yield "phase-net", run + ["--once"], run
    if shutil.which("udhcpc"):
        run = ["udhcpc", "-f", "-i", NIC, "-s", str(script)]
        yield "udhcpc", run + ["-q", "-n"], run
        # the packet's own script
        if os.path.exists("/etc/udhcpc/default.script"):
            default = ["udhcpc", "-f", "-i", NIC, "-s",
                       "/etc/udhcpc/default.script"]
            yield "udhcpc (Debian's script)", default + ["-q", "-n"], default
    if shutil.which("dhclient"):
        run = ["dhclient", "-4", "-v"]
        yield "dhclient", run + ["-1", NIC], run + ["-d", NIC]
    if shutil.which("dhcpcd"):
        run = ["dhcpcd", "-4"]
        yield "dhcpcd", run + ["-1", "-w", NIC], run + ["-B", NIC]
        # which probes first whether the address is in use
        run += ["--noarp"]
        yield "dhcpcd --noarp", run + ["-1", "-w", NIC], run + ["-B", NIC]


class Bench:
    def __init__(self, lab, directory, *options):
        self.lab = lab
        self.directory = directory
        self.count = 0
        self.lab.dnsmasq(f"--dhcp-option=6,{servers.SERVER4}", *options)
        self.events = self.lab.client.socket(
            socket.AF_NETLINK, socket.SOCK_RAW, 0)
        self.events.bind((0, RTMGRP_IPV4_IFADDR))

    def place(self):
        """Files of a client's own: no lease of an earlier run helps it."""
        self.count += 1
        place = self.directory / f"run{self.count}"
        for name in "var", "var/dhcp", "var/dhcpcd":
            (place / name).mkdir(parents=True)
        (place / "etc").mkdir()
        for name in KEPT:
            path = pathlib.Path("/etc", name)
            if path.is_dir():
                shutil.copytree(path, place / "etc" / name)
            elif path.exists():
                shutil.copy(path, place / "etc" / name)
        (place / "etc/resolv.conf").touch()
        return place

    def clean(self):
        for pid in self.lab.client.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.lab.client.run("ip", "addr", "flush", "dev", NIC)
        self.lab.client.run("ip", "link", "set", NIC, "mtu", "1500")
        while select.select([self.events], [], [], 0.05)[0]:
            self.events.recv(65536)

    def wait(self):
        """Until there is an address of the server's."""
        while True:
            if not select.select([self.events], [], [], PATIENCE)[0]:
                raise AssertionError("no address came")
            data = self.events.recv(65536)
            if (struct.unpack_from("=IH", data)[1] == RTM_NEWADDR and
                    NETWORK in data):
                return

    def start(self, command):
        """The clock starts when the program does: what makes its place takes
        a byte first, and replaces itself."""
        waiting, go = os.pipe()
        child = subprocess.Popen(
            self.lab.client.command(
                "unshare", "-m", "sh", "-c", PRIVATE, str(self.place()),
                sys.executable, "-S", "-c",
                "import os, sys; print('x', flush=True);"
                f" os.read({waiting}, 1); os.close({waiting});"
                " os.execvp(sys.argv[1], sys.argv[1:])", *command),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, pass_fds=[waiting])
        assert child.stdout.readline() == b"x\n"
        os.close(waiting)
        started = time.perf_counter()
        os.write(go, b"x")
        os.close(go)
        return child, started

    def finish(self, child):
        child.stdin.close()
        self.clean()
        child.wait()
        child.stdout.close()

    def milliseconds(self, command):
        child, started = self.start(command)
        self.wait()
        took = (time.perf_counter() - started) * 1000
        self.finish(child)
        return took

    def flood(self, request):
        """What REQUEST's client need not believe, but has to read."""
        server = self.lab.play()
        server.socket.setblocking(True)
        frames = [server.frame(server.message(
            request, OFFER, {SERVER_ID: ip(f"10.96.{n // 250}.{n % 250 + 2}")},
            yiaddr=f"10.96.0.{n % 100 + 100}"), request, broadcast=True)
            for n in range(1000)]
        for n in range(FLOOD):
            server.socket.send(frames[n % len(frames)])
        # Whoever reads it has done so when nothing is spent any more.
        before = None
        while (now := self.spent()) != before:
            before = now
            time.sleep(0.3)

    def spent(self):
        """Ticks of CPU of all processes."""
        total = 0
        for pid in self.lab.client.pids():
            text = pathlib.Path(f"/proc/{pid}/stat").read_text()
            total += sum(map(int, text.rsplit(")", 1)[1].split()[11:13]))
        return total

    def memory(self, command):
        """KiB of all processes: resident and of its own, once they are calm;
        the most that was ever resident, after a flood. And how many."""
        wire = Wire(self.lab.server, NIC)
        child, _ = self.start(command)
        self.wait()
        # Scripts that run now end; what stays is the client.
        before = None
        while True:
            now = sorted(self.lab.client.pids())
            if now == before:
                break
            before = now
            time.sleep(0.5)
        total = sum(status_kb(pid, "VmRSS") for pid in now)
        own = sum(status_kb(pid, "RssAnon") for pid in now)
        wire.drain()
        self.flood([m for m in wire.seen if m.op == 1][-1])
        assert sorted(self.lab.client.pids()) == now
        most = sum(status_kb(pid, "VmHWM") for pid in now)
        self.finish(child)
        return total, own, most, len(now)


def measure(directory, runs, few, *options):
    """Prints a table; whether the goal is met, or None without udhcpc."""
    with servers.Lab(directory) as lab:
        bench = Bench(lab, directory, *options)
        init = os.environ.get("PHASE_INIT", ROOT / "build" / ARCH / "init")
        cases = [case for case in commands(directory, init)
                 if not few or case[0] in ("phase-net", "udhcpc")]
        times = {name: [] for name, _, _ in cases}
        # in turn, so that what slows the machine slows all
        for _ in range(runs):
            for name, command, _ in cases:
                times[name].append(bench.milliseconds(command))
        sizes = {name: bench.memory(command) for name, _, command in cases}
    medians = {name: statistics.median(values)
               for name, values in times.items()}
    for name, values in times.items():
        total, own, most, n = sizes[name]
        print(f"{name:24} min {min(values):7.2f}  median {medians[name]:7.2f}"
              f"  max {max(values):7.2f}  ours/its "
              f"{medians['phase-net'] / medians[name]:5.3f}  "
              f"RSS {total:5}  own {own:5}  flooded {most:5}  processes {n}")
    if "udhcpc" not in medians:
        return None
    return (medians["phase-net"] <= GOAL_RATIO * medians["udhcpc"] and
            sizes["phase-net"][2] < GOAL_KB)


def main(arch, runs=21):
    if os.geteuid() != 0 or arch != ARCH:
        print("dhcp: only as root, and for this machine's own programs")
        return 0
    print(f"exec to a configured address, {runs} runs each, ms; "
          "KiB of all processes:")
    met = []
    for few, title, options in ((False, "without rapid commit", ()),
                                (True, "with rapid commit",
                                 ("--dhcp-rapid-commit",))):
        print(f"{title}:")
        with tempfile.TemporaryDirectory() as temporary:
            directory = pathlib.Path(temporary)
            directory.chmod(0o755)
            met.append(measure(directory, int(runs), few, *options))
    if None in met:
        print("no udhcpc to compare with")
        return 0
    print(f"a tenth of udhcpc's time and less than {GOAL_KB} KiB:",
          "met" if all(met) else "NOT met")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
