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

Last it says whether the goals are met: a tenth of udhcpc's time at most, and
less than 1 MB resident at any time. build/bench/dhcp.* has all of it, and a
chart.
"""

import os
import pathlib
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

import chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/net"))

import servers  # noqa: E402
from dhcp_wire import OFFER, SERVER_ID, Wire, ip  # noqa: E402
from namespaces import PATIENCE, status_kb  # noqa: E402
from results import PLACE, Results, quartiles  # noqa: E402

NIC = servers.NIC
ARCH = os.uname().machine
RTM_NEWADDR, RTMGRP_IPV4_IFADDR = 20, 0x10
NETWORK = bytes([10, 96, 0])
FLOOD = 100_000
GOAL_RATIO, GOAL_KB = 0.1, 1024
# networkd takes a /sys that can't be written as the sign that there is no udev.
PRIVATE = """
mount --bind "$0/etc" /etc && mount --bind "$0/run" /run &&
mount -o remount,ro,bind /sys &&
mount --bind "$0/var" /var/lib && mount --bind /dev/null /dev/kmsg &&
exec "$@"
"""
# Of /etc; the rest is not there.
KEPT = ("dhcp", "udhcpc", "dhcpcd.conf", "group", "ld.so.cache", "machine-id",
        "nsswitch.conf", "passwd")
CONFIGURATION = f"""[Match]
Name={NIC}
[Network]
DHCP=ipv4
LinkLocalAddressing=no
IPv6AcceptRA=no
"""
# Rounds of those that take seconds
FEW = 5
SECONDS = ("dhcpcd", "dhcpcd --noarp")
OURS, PEER = "phase-net", "udhcpc"
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
    if os.path.exists(servers.NETWORKD):
        yield "systemd-networkd", [servers.NETWORKD], [servers.NETWORKD]


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
        (place / "etc/systemd/network").mkdir(parents=True)
        (place / "etc/systemd/network/x.network").write_text(CONFIGURATION)
        (place / "run/systemd/netif").mkdir(parents=True)
        for path in (place, *place.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)
        if os.path.exists(servers.NETWORKD):
            subprocess.run(["chown", "-R", "systemd-network:",
                            place / "run/systemd"], check=True)
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


def measure(directory, title, runs, few, options, results):
    """A table; the times of all by their name, and KiB of ours."""
    with servers.Lab(directory) as lab:
        bench = Bench(lab, directory, *options)
        init = os.environ.get("PHASE_INIT", ROOT / "build" / ARCH / "init")
        cases = [case for case in commands(directory, init)
                 if not few or case[0] in (OURS, PEER)]
        times = {name: [] for name, _, _ in cases}
        # in turn, so that what slows the machine slows all
        for n in range(runs):
            for name, command, _ in cases:
                if name not in SECONDS or n < FEW:
                    times[name].append(bench.milliseconds(command))
        sizes = {name: bench.memory(command) for name, _, command in cases}
    rows = []
    for name, values in times.items():
        first, median, third = quartiles(values)
        total, own, most, n = sizes[name]
        ratio = quartiles(times[OURS])[1] / median
        rows.append([name, str(len(values)), f"{median:.2f}",
                     f"{first:.2f} to {third:.2f}", f"{ratio:.3f}",
                     str(total), str(own), str(most), str(n)])
        results.samples(what=title, who=name, ms=values, resident=total,
                        own=own, most=most, processes=n)
    results.table(f"Exec to a configured address, {title}: ms, and KiB of all "
                  "its processes",
                  ["", "runs", "median", "quartiles", "ours/its", "resident",
                   "own", "flooded", "processes"], rows)
    return times, sizes[OURS][2]


def main(arch, runs=15):
    if os.geteuid() != 0 or arch != ARCH:
        print("dhcp: only as root, and for this machine's own programs")
        return
    results = Results("dhcp", f"tests/bench/dhcp.py {arch} {runs}")
    judged = []
    for few, title, options in ((False, "without rapid commit", ()),
                                (True, "with rapid commit",
                                 ("--dhcp-rapid-commit",))):
        with tempfile.TemporaryDirectory() as temporary:
            directory = pathlib.Path(temporary)
            directory.chmod(0o755)
            times, most = measure(directory, title, int(runs), few, options,
                                  results)
        judged.append((title, times, most))
        if not few:
            chart.bars(str(PLACE / "dhcp.svg"),
                       "DHCP client: from exec to a configured address", "ms",
                       [(name, values, name == OURS)
                        for name, values in times.items()
                        if name not in SECONDS])
    results.say()
    for title, times, most in judged:
        if PEER in times:
            results.goal(
                f"{title}, ratio to udhcpc's time",
                quartiles(times[OURS])[1] / quartiles(times[PEER])[1],
                GOAL_RATIO)
        results.goal(f"{title}, resident at most", most, GOAL_KB, " KiB")
    results.save()


if __name__ == "__main__":
    main(*sys.argv[1:])
