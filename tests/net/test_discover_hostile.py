"""phase-discover and responders that mean no good."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from responders import (PROGRAM, SEARCH, SEARCH_S, SERVER4, Watch, discover,
                        exit_and_peak, start_responder)

MEMORY_KB = 1024


def test_m3_m4_broken_packets_leave_nothing(link):
    start_responder(link, r"""
answered = False
def handle(question, kind, reply):
    global answered
    # A slow machine asks a second time before it has read the answer.
    if answered:
        return
    answered = True
    bad = message(*service("bad"))
    huge = [record(name("x", "local"), 65280, bytes(8950))]
    over = [record(name("x", "local"), 65280, bytes(9000))]
    reply(bad[:-1], message(*service("bad"), count=65535),
          message(*service("huge"), *over),
          message(*service("bad2"), flags=0x8403),
          message(*service("bad3"), flags=0x0400),
          bad[:12], bad[:3], b"")
    big = message(*service("good"), *[record(name("x", "local"), 65280,
                                             bytes(8000))])
    assert len(message(*service("huge"), *over)) > 9000 >= len(big)
    reply(big)
""")
    result = discover(link, "--json", "--no-probe", "--first", "--timeout",
                      "20s", "-v")
    assert [o["instance"] for o in result.objects()] == ["good"]
    assert result.status == 0
    # Of the others, over 9000 bytes, below 3 or no answer, the socket knows.
    assert b"dropped: 4 malformed, 0 foreign, 1 ignored" in result.err


def test_m13_answer_from_another_port(link):
    start_responder(link, r"""
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handle(question, kind, reply):
    reply(message(*service("forged")), by=other)
    reply(message(*service("good")))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    assert [o["instance"] for o in result.objects()] == ["good"]


THOUSANDS = r"""
packets = []
for i in range(0, 10000, 10):
    records = []
    for j in range(i, i + 10):
        records += service(f"s{j}", host=f"h{j}",
                           strings=(b"flood=yes", bytes(240), bytes(240)))
    packets.append(message(*records))
def handle(question, kind, reply):
    if kind == 12:
        reply(*packets)
"""


def test_m19_ten_thousand_services(link):
    start_responder(link, THOUSANDS)
    program = Watch(link, "--timeout", SEARCH)
    status, peak = exit_and_peak(program)
    assert status == 0
    assert len(program.lines) == 97
    assert any("more than 96 services" in line for line in program.lines)
    assert peak < MEMORY_KB


def test_m19_on_eight_interfaces(link):
    """Each has room, whatever comes over the others."""
    for i in range(8, 15):
        link.cable(f"10.{i}.0.1", f"10.{i}.0.2")
    start_responder(link, THOUSANDS.replace("10000", "200"))
    program = Watch(link, "--timeout", SEARCH)
    status, peak = exit_and_peak(program)
    assert status == 0
    found = Counter(json.loads(line)["interface"] for line in program.lines
                    if line.startswith("{"))
    assert len(found) == 8
    assert min(found.values()) >= 4
    assert sum(found.values()) == 8 * 4 + 92
    assert len(program.lines) == sum(found.values()) + 8
    assert peak < MEMORY_KB


def test_m19_what_is_not_wanted_gives_way(link):
    """The good one comes last, and has a place: the others lack what --txt
    asks for."""
    start_responder(link, THOUSANDS.replace("10000", "200") + r"""
packets += [message(*service("good", strings=(b"channel=stable",)))]
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH,
                      "--txt", "channel=stable")
    assert [o["instance"] for o in result.objects()] == ["good"]


HOSTILE = b"a.b\\\x1b[31m\r\n\x9b\xff\xe2\x80\xae\"'%"


def test_m22_hostile_bytes(link):
    start_responder(link, rf"""
def handle(question, kind, reply):
    if kind == 12:
        reply(message(*service({HOSTILE!r}, host={HOSTILE!r}, strings=(
            b"k\x1b=v\x07", b"channel=\x1b]0;x\x07", b"bin=\x00\xff"))))
""")
    common = ("--no-probe", "--first", "--timeout", "20s")
    text = discover(link, *common, "--format", "text")
    assert text.status == 0
    assert len(text.text().splitlines()) == 2
    assert r"a.b\\\x1b[31m\x0d\x0a\x9b\xff\xe2\x80\xae" in text.text()
    assert text.text().replace("\n", "").isprintable()
    raw = discover(link, *common, "--json").out
    assert raw.count(b"\n") == 1
    assert raw.decode().rstrip("\n").isprintable()
    found = json.loads(raw)
    assert found["instance"] == "a.b\\\x1b[31m\r\n\x9b\xff\u202e\"'%"
    assert found["txt"]["bin"] == "\0\xff"
    (_, record), _ = discover(link, *common, "--format", "report").records()
    assert record["instance"] == HOSTILE


def test_m25_manifest_that_is_not_safe(link):
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        for i, path in enumerate((b"//evil/x", b"/a/../b", b"/a\r\nX: y",
                                  b"file:///etc", b"/%2e%2e/x", b"/good")):
            reply(message(*service(f"i{i}", strings=(b"manifest=" + path,))))
""")
    result = discover(link, "--json", "--no-probe", "--timeout", SEARCH)
    manifests = [o["manifest"] for o in result.objects()]
    base = "http://10.97.0.1:9999"
    assert manifests == [base + "/manifest.json"] * 5 + [base + "/good"]


# What is in a ping of ours, and the ids of our questions to a name server.
EAVESDROPPER = r"""
import select, socket
ping = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
dns.bind(("10.97.0.1", 53))
print("ready", flush=True)
while True:
    for s in select.select([ping, dns], [], [])[0]:
        packet = s.recv(9000)
        if s is dns:
            print("id", int.from_bytes(packet[:2], "big"), flush=True)
        elif packet[0] == 128:
            print("token", int.from_bytes(packet[8:16], "little"), flush=True)
"""


def splitmix64(seed, n):
    for _ in range(n):
        seed = (seed + 0x9e3779b97f4a7c15) % 2**64
        z = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9 % 2**64
        z = (z ^ z >> 27) * 0x94d049bb133111eb % 2**64
        yield (z ^ z >> 31) >> 32 & 0xffff


def test_ping_tells_nothing_of_the_ids(link):
    """Every neighbour hears it; whoever could get the generator of the
    questions out of it could answer in the name server's place."""
    ear = link.server.serve(sys.executable, "-c", EAVESDROPPER, ready="ready")
    discover(link, "--timeout", SEARCH, "--dns", SERVER4, "--domain",
             "lab.example")
    ear.wait_for("id", 4)
    ear.wait_for("token")
    said = {"id": set(), "token": set()}
    for kind, number in (line.split() for line in ear.lines
                         if " " in line):
        said[kind].add(int(number))
    (token,) = said["token"]
    # It differs by interface.
    index = link.client.index("dsc0")
    for seed in token, token - index, token ^ index:
        assert len(said["id"] & set(splitmix64(seed % 2**64, 16))) < 2


# Without end, once there has been a question; it is answered first.
FLOOD = r"""
import ctypes, random, threading
from mutations import flood, mutations

class Header(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint),
                ("iov", ctypes.c_void_p), ("iovlen", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_size_t), ("len", ctypes.c_size_t)]
kept = []

def buffer(data):
    # Its address; it stays where it is.
    kept.append(ctypes.create_string_buffer(data, len(data)))
    return ctypes.addressof(kept[-1])

def batch(packets, address, port):
    to = buffer(struct.pack("=H", socket.AF_INET) + struct.pack(">H", port) +
                socket.inet_aton(address) + bytes(8))
    made = (Header * len(packets))()
    for header, packet in zip(made, packets):
        header.name, header.namelen = to, 16
        header.iov, header.iovlen = buffer(
            struct.pack("=QQ", buffer(packet), len(packet))), 1
    return made

# Made before there is a question: it takes its time.
rng = random.Random(1)
mixed = [p for p in mutations(rng, 600) if len(p) < 1400]
mixed += flood(rng, 4000)
mixed += [message(*service("good", strings=(b"channel=stable",)))]
rng.shuffle(mixed)

def pour(peer):
    pour_all(mixed, peer)

def pour_all(packets, peer):
    assert len(packets) <= 1024  # of one call
    batches = [batch(packets, *peer), batch(packets, GROUP, 5353)]
    send = ctypes.CDLL(None).sendmmsg
    send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint,
                     ctypes.c_int]
    while True:
        for made in batches:
            send(s.fileno(), made, len(made), 0)

s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             socket.inet_aton("10.97.0.1"))
pouring = None
def handle(question, kind, reply):
    global pouring
    reply(message(*service("good", strings=(b"channel=stable",))))
    if not pouring:
        pouring = threading.Thread(target=pour, args=(peer,), daemon=True)
        pouring.start()
"""


# Of packets that take longer to read than to send. On another interface there
# is somebody who is quiet, once all that is there.
ELSEWHERE = FLOOD.replace("def pour(peer):", """
def pour(peer):
    far = name("x" * 63, "y" * 63, "z" * 63, "local")
    again = ptr(b"\\xc0\\x0c", struct.pack(">H", 0xc000 + 22 + len(TYPE)))
    pour_all([message(ptr(TYPE, far), *([again] * 80))] * 100, peer)

def pour_mixed(peer):""") + r"""
flooding = handle
def handle(question, kind, reply):
    if not peer[0].startswith("10.9."):
        flooding(question, kind, reply)
    elif pouring:
        reply(message(*service("other", address="10.9.0.1")))
"""


def cpu_ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture
def shared():
    """A processor, and a program that takes all of it that it can get."""
    cpu = str(min(os.sched_getaffinity(0)))
    with subprocess.Popen(["taskset", "-c", cpu, sys.executable, "-c",
                           "while True: pass"]) as busy:
        yield cpu, busy
        busy.kill()


def start_flood(link, cpu, handler):
    responder = start_responder(link, handler)
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(responder.pid, cpus - {int(cpu)} or cpus)


def test_m21_flood(link, shared):
    """It ends in time, and what shares its processor gets a share."""
    cpu, busy = shared
    start_flood(link, cpu, FLOOD)
    begin = cpu_ticks(busy.pid)
    program = Watch(link, "--timeout", "5s", "-v",
                    run=("taskset", "-c", cpu))
    ticks = []
    status, peak = exit_and_peak(
        program, lambda: ticks.append(cpu_ticks(program.pid)))
    got = cpu_ticks(busy.pid) - begin
    assert status == 0
    assert peak < MEMORY_KB
    # As the kernel shares it out, half each.
    assert 4 * got > ticks[0]
    log = "\n".join(program.lines)
    assert int(re.search(r"dsc0: (\d+) packets", log)[1]) > 2000
    assert '"instance":"good"' in log


def test_m21_flood_elsewhere(link, shared):
    """More than it can read: what comes over another interface is heard, and so
    is the signal to stop."""
    cpu, _ = shared
    link.cable("10.9.0.1", "10.9.0.2")
    start_flood(link, cpu, ELSEWHERE)
    program = Watch(link, "--watch", stderr=subprocess.DEVNULL,
                    run=("taskset", "-c", cpu))
    program.wait("service", instance="other", interface="dsc1")
    assert program.stop() == 0


def test_m21_changes_without_end(link):
    """An SRV record that is better than the last in every packet: nobody is
    asked for his health more than so often."""
    start_responder(link, r"""
def handle(question, kind, reply):
    if kind == 12:
        for weight in range(1, 2000):
            who = instance("box")
            reply(message(*service("box", port=9), srv(
                who, 9, name("box", "local"), weight=weight)))
""")
    result = discover(link, "--json", "--timeout", SEARCH)
    assert [o["instance"] for o in result.objects()] == ["box"]
    opened = subprocess.run(
        link.client.command("nstat", "-asz", "TcpActiveOpens"),
        capture_output=True, text=True, check=True).stdout
    # Two connections each time, for the health and the manifest.
    assert 0 < int(opened.split()[-2]) <= 2 * 4 * 3 * SEARCH_S
