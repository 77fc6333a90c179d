"""phase-discover between one responder that is good and others that are not:
from seeds, and in a flood. PHASE_SEEDS=first-last tries others."""

import os
import subprocess
import sys

import pytest

from responders import Watch, exit_and_peak, start_responder

first, last = map(int, os.environ.get("PHASE_SEEDS", "1-8").split("-"))
# RSS, in KB, with whatever there is to be read.
LIMIT = 1024

HOSTILE = r"""
import random
from mutations import flood, mutations
random = random.Random(SEED)
other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def handle(question, kind, reply):
    good = message(*service("good", strings=(b"channel=stable",)))
    packets = mutations(random, 80)
    packets.insert(random.randrange(len(packets)), good)
    for one in packets:
        reply(one)
    # From a port that nobody believes: a goodbye of the good one.
    reply(message(*service("good", ttl=0)), by=other)
    # Whoever comes first has the room; this is once the good one is known.
    if SEED % 4 == 0 and bytes((4,)) + b"good" in packet:
        print("flooded", flush=True)
        for one in flood(random, 10000):
            reply(one)
"""


@pytest.mark.parametrize("seed", range(first, last + 1))
def test_m1_to_m19_from_a_seed(link, seed):
    """The good one is found, whatever comes before and after it."""
    responder = start_responder(link, HOSTILE.replace("SEED", str(seed)))
    program = Watch(link, "--timeout", "1500ms", stderr=subprocess.DEVNULL)
    status, peak = exit_and_peak(program)
    assert status == 0
    events = program.events()
    good = [e for e in events if e["instance"] == "good"]
    assert good and good[-1]["event"] != "lost"
    assert good[-1]["url"] == "http://10.97.0.1:9999"
    assert good[-1]["txt"] == {"channel": "stable"}
    # Nothing of what is no service, or cannot be reached.
    assert not [e for e in events if e["instance"] and
                e["instance"].startswith(("none", "ring", "never"))]
    assert peak < LIMIT
    if seed % 4 == 0:
        responder.kill()
        assert "flooded\n" in responder.stdout


FLOOD = r"""
import ctypes, os, random, threading, time
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

def pour(peer):
    rng = random.Random(1)
    packets = [p for p in mutations(rng, 600) if len(p) < 1400]
    packets += flood(rng, 4000)
    packets += [message(*service("good", strings=(b"channel=stable",)))]
    rng.shuffle(packets)
    assert len(packets) <= 1024  # of one call
    batches = [batch(packets, *peer), batch(packets, GROUP, 5353)]
    send = ctypes.CDLL(None).sendmmsg
    send.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_uint,
                     ctypes.c_int]
    n, begin = 0, time.monotonic()
    while time.monotonic() < begin + 3:
        for made in batches:
            n += max(send(s.fileno(), made, len(made), 0), 0)
    print("poured", int(n / (time.monotonic() - begin)), "a second",
          flush=True)

s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             socket.inet_aton("10.97.0.1"))
pouring = None
def handle(question, kind, reply):
    global pouring
    reply(message(*service("good", strings=(b"channel=stable",))))
    if not pouring:
        pouring = threading.Thread(target=pour, args=(peer,))
        pouring.start()
"""


def cpu_ticks(pid):
    fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_m21_flood(link):
    """It ends in time, and what shares its processor gets a share."""
    responder = start_responder(link, FLOOD)
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(responder.pid, cpus[1:] or cpus)
    program = Watch(link, "--timeout", "2s", stderr=subprocess.DEVNULL,
                    run=("taskset", "-c", str(cpus[0])))
    with subprocess.Popen(["taskset", "-c", str(cpus[0]), sys.executable,
                           "-c", "while True: pass"]) as busy:
        try:
            begin = cpu_ticks(busy.pid)
            ticks = []
            status, peak = exit_and_peak(
                program, lambda: ticks.append(cpu_ticks(program.pid)))
            got = cpu_ticks(busy.pid) - begin
        finally:
            busy.kill()
    assert status == 0
    assert peak < LIMIT
    # As the kernel shares it out, half each.
    assert 4 * got > ticks[0]
    good = [e for e in program.events() if e["instance"] == "good"]
    assert [e["event"] for e in good if e["event"] != "changed"] == ["service"]
