#!/usr/bin/env python3
"""What more NICs cost phase-net, the program as it is.

usage: tests/bench/nics.py ARCH [N...]

N NICs of one network, in namespaces, with one dnsmasq: from the start until
each has its lease, and, once all have, the processor's time and the memory of
all processes. Sixteen NICs are served; of more the others are told of. Needs
root. The wall's clock is that of a server that answers one after another, and
of whatever else the machine does: the processor's time says more.
"""

import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/net"))

import chart  # noqa: E402
import servers  # noqa: E402
from namespaces import status_kb  # noqa: E402

SERVED = 16
MOST = 1.25  # n log n


def spent_ms(pids):
    """Of the processor."""
    return sum(int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()
                   [0]) for pid in pids) / 1e6


def measure(directory, n):
    with servers.Lab(directory) as lab:
        lab.server.run("ip", "addr", "flush", "dev", servers.NIC)
        lab.server.run("ip", "link", "add", "dhbr", "type", "bridge")
        for _ in range(1, n):
            lab.cable(None)
        for i in range(n):
            lab.server.run("ip", "link", "set", f"dhc{i}", "master", "dhbr")
        lab.server.run("ip", "addr", "add", "10.96.0.1/24", "dev", "dhbr")
        lab.server.run("ip", "link", "set", "dhbr", "up")
        lab.server.wait_for_carrier("dhbr")
        lab.dnsmasq(nic="dhbr")
        started = time.perf_counter()
        net = lab.phase_net(nics=["dhc*"])
        for i in range(min(n, SERVED)):
            net.first(f"dhc{i}")
        took = (time.perf_counter() - started) * 1000
        pids = lab.client.pids()
        return (took, spent_ms(pids),
                sum(status_kb(pid, "VmRSS") for pid in pids),
                sum(status_kb(pid, "RssAnon") for pid in pids), len(pids))


def main(arch, *numbers):
    if os.geteuid() != 0 or arch != os.uname().machine:
        print("nics: only as root, and for this machine's own programs")
        return 0
    numbers = [int(n) for n in numbers] or [1, 2, 4, 8, 16, 64]
    spent, own = [], []
    for n in numbers:
        with tempfile.TemporaryDirectory() as temporary:
            directory = pathlib.Path(temporary)
            directory.chmod(0o755)
            took, ms, rss, anonymous, n_processes = measure(directory, n)
        print(f"{n:3} NICs: {took:7.1f} ms to the last lease, "
              f"{ms:6.1f} ms of the processor, RSS {rss:6} KB, "
              f"own {anonymous:5} KB, {n_processes} processes", flush=True)
        if n <= SERVED:
            spent.append((n, ms))
            own.append((n, anonymous))
    exponents = chart.exponent(spent), chart.exponent(own)
    print("time n^{:.2f}, memory n^{:.2f}".format(*exponents))
    return 0 if max(exponents) <= MOST else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
