#!/usr/bin/env python3
"""What is resident at the prompt, and after a flood.

usage: tests/bench/memory.py ARCH[:KERNEL]

Boots ours, and the polling shell script of boot.py whose udhcpc stays, with
the same BusyBox: each with a second NIC that this program is the network of.
At the prompt, when all is calm, KiB of each process: resident, of these of its
own (RssAnon), and the most there ever was (VmHWM); and MemAvailable. Then ours
once more after a flood to that NIC: DHCP offers that it did not ask for, mDNS
announcements of other services in each packet over IPv6, and what is neither.
Prints a table; build/bench/memory-ARCH.* has it too.
"""

import pathlib
import re
import socket
import struct
import sys
import tempfile

import guest
import images
from guest import ROOT
from results import Results

sys.path.insert(0, str(ROOT / "tests/net"))
from responder import message, service  # noqa: E402

DEFAULT = {"arm64": "debian-6.12-cloud", "x86_64": "debian-6.1-cloud"}
MAC = bytes.fromhex("525400123457")
FRAMES, PACKETS = 1000, 50_000
GOAL_KB = 1024
ASK = (b"for p in /proc/[0-9]*; do grep -q VmRSS $p/status 2>/dev/null && "
       b"grep -E '^(Name|Pid|VmRSS|RssAnon|VmHWM)' $p/status; done; "
       b"grep -E 'MemAvailable|MemTotal' /proc/meminfo; echo e''nd of it\n")
# Its udhcpc keeps the lease, as ours does.
STAYING = {"udhcpc -q -n": "udhcpc -b"}


def checksum(data):
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame4(port, payload):
    """UDP over IPv4 to the NIC, from PORT."""
    udp = struct.pack(">HHHH", port, port + 1, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17,
                       0, socket.inet_aton("10.9.9.1"), b"\xff" * 4)
    head = head[:10] + struct.pack(">H", checksum(head)) + head[12:]
    return MAC + b"\x02\0\0\0\0\1\x08\0" + head + udp


def frame6(payload):
    """mDNS over IPv6, from a neighbour to the group."""
    source = socket.inet_pton(socket.AF_INET6, "fe80::1")
    group = socket.inet_pton(socket.AF_INET6, "ff02::fb")
    size = 8 + len(payload)
    udp = struct.pack(">HHHH", 5353, 5353, size, 0) + payload
    total = checksum(source + group + struct.pack(">II", size, 17) + udp)
    udp = udp[:6] + struct.pack(">H", total or 0xffff) + udp[8:]
    return (b"\x33\x33\0\0\0\xfb" + b"\x02\0\0\0\0\1\x86\xdd" +
            struct.pack(">IHBB", 6 << 28, size, 17, 255) + source + group +
            udp)


def frames():
    """A thousand of them, of three kinds."""
    for i in range(FRAMES):
        if i % 3 == 0:
            offer = struct.pack(">BBBBIHH4s4s4s4s16s192x", 2, 1, 6, 0, i, 0,
                                0, bytes(4), bytes([10, 9, i >> 8, i & 255]),
                                bytes([10, 9, 9, 1]), bytes(4), MAC)
            yield frame4(67, offer + bytes.fromhex("63825363350102") +
                         b"\x36\x04\x0a\x09" + struct.pack(">H", i) + b"\xff")
        elif i % 3 == 1:
            yield frame6(message(*(record for n in range(8) for record in
                                   service(f"s{i}-{n}", host=f"h{i}-{n}"))))
        else:
            yield frame4(4000 + i, bytes(100 + i))


class Wire:
    """The network of the second NIC: a datagram is a frame."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            self.peer = other.getsockname()

    def options(self):
        here, there = self.socket.getsockname()[1], self.peer[1]
        return ["-netdev", f"socket,id=flood,udp=127.0.0.1:{here},"
                f"localaddr=127.0.0.1:{there}", "-device",
                "virtio-net-pci,netdev=flood,romfile=,"
                f"mac={MAC.hex(':')}"]

    def flood(self):
        made = list(frames())
        for i in range(PACKETS):
            self.socket.sendto(made[i % FRAMES], self.peer)


def ask(console):
    """Rows of (name, pid, resident, own, most), and MemAvailable."""
    text = console.ask(ASK)
    rows = []
    for name, pid, fields in re.findall(
            r"Name:\s*(\S[^\n]*)\nPid:\s*(\d+)\n((?:(?:Vm|Rss)[^\n]*\n)+)",
            text):
        kb = {key: int(value) for key, value in
              re.findall(r"(\w+):\s*(\d+) kB", fields)}
        rows.append((name, int(pid), kb["VmRSS"], kb["RssAnon"], kb["VmHWM"]))
    return rows, int(re.search(r"MemAvailable: *(\d+)", text)[1])


def calm(console):
    """What it says when nothing changes any more."""
    before = None
    while True:
        rows, available = ask(console)
        # those that asked have gone
        rows = [row for row in rows if row[0] not in ("grep", "sleep")]
        now = [row[:4] for row in rows]
        if now == before:
            return rows, available
        before = now
        console.ask(b"sleep 2; echo e''nd of it\n")


def measure(arch, kernel, results):
    with tempfile.TemporaryDirectory() as temporary:
        made = images.Images(arch, kernel, "virtio-net-pci",
                             pathlib.Path(temporary))
        available = {}
        table = []
        ours = []
        for name, image in (("phase boot", made.ours()),
                            ("script", made.peer("staying", images.POLL,
                                                 STAYING))):
            wire = Wire()
            command = guest.command(arch, made.kernel, image, "")
            console = guest.Console(command + wire.options())
            try:
                console.wait(guest.PROMPT)
                rows, available[name] = calm(console)
                moments = [("at the prompt", rows, available[name])]
                if name == "phase boot":
                    wire.flood()
                    moments.append(("flooded", *calm(console)))
            finally:
                console.close()
            for moment, rows, free in moments:
                for who, pid, *kb in sorted(rows, key=lambda row: row[1]):
                    table.append([f"{name}, {moment}: {who}",
                                  *(str(n) for n in kb)])
                    results.samples(who=name, moment=moment, process=who,
                                    pid=pid, resident=kb[0], own=kb[1],
                                    most=kb[2], available=free)
                    if name == "phase boot" and who != "sh":
                        ours.append((kb[2], f"{who}, {moment}"))
                table.append([f"{name}, {moment}: MemAvailable", str(free),
                              "", ""])
    results.table(f"{arch} {kernel}, KiB", ["", "resident", "own", "most"],
                  table)
    results.say()
    most, who = max(ours)
    results.goal(f"the largest process of ours ({who})", most, GOAL_KB, " KiB")
    results.goal("MemAvailable at the prompt, the script's to ours",
                 available["script"] / available["phase boot"], 1.02)


def main(word):
    guest.isolate(__file__, [word])
    arch, _, kernel = word.partition(":")
    kernel = kernel or DEFAULT[arch]
    if not images.kernel_facts(arch, kernel):
        print(f"memory: {kernel} for {arch} is not in the cache")
        return
    results = Results(f"memory-{arch}", f"tests/bench/memory.py {word}")
    measure(arch, kernel, results)
    results.save()


if __name__ == "__main__":
    main(*sys.argv[1:])
