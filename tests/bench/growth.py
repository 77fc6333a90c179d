#!/usr/bin/env python3
"""How the cost of the pure parts grows with what they are given.

usage: tests/bench/growth.py ARCH [DIRECTORY]

Each case at sizes up to the largest that is promised: microseconds of the
processor, the bytes of its state that are in memory, and the exponent e of the
n^e that fits the larger half of the sizes best; below, fixed costs hide it. Of
packets it is that of all together. Where a part has room for only so many, the
table says so, and what is over it costs time and no memory.

ARCH is this machine's. Charts go to DIRECTORY. Ends with 1 when something
grows faster than n log n.
"""

import math
import pathlib
import subprocess
import sys

import chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
# n log n over a size that grows a hundredfold
MOST = 1.25
MANY = (100, 1000, 10000, 40000)
FLOOD = (1, 10, 100, 1000, 10000, 100000)
GROUPS = {
    "modules": ("entries", {
        "modules-table": (MANY, "index modules.dep of n lines", ""),
        "modules-names": (MANY, "64 load plans by name, n in modules.dep", ""),
        "modules-aliases": (MANY, "32 devices, n lines in modules.alias", ""),
        "modules-builtin": (MANY, "2 names, n built in", ""),
        "modules-devices": ((1, 4, 16, 64, 256, 512),
                            "n devices, 20,000 lines in modules.alias", ""),
        "modules-plan": ((8, 32, 128, 512), "n modules loaded",
                         "512 in a plan, more are refused"),
    }),
    "packets": ("packets", {
        "discover-services": (FLOOD, "multicast DNS, n services",
                              "96 are kept an interface"),
        "discover-packets": (FLOOD, "multicast DNS, 16 services, n packets",
                             ""),
        "discover-message": (FLOOD, "DNS messages read", ""),
        "discover-ssdp": (FLOOD, "SSDP, n devices", "64 are kept"),
        "dhcp-strays": (FLOOD, "DHCP, answers to others", ""),
    }),
    "boot": ("things", {
        "netlink-links": ((1, 4, 16, 64), "n links, the kernel's list", ""),
        "boot-nics": ((1, 4, 16, 64), "n NICs, facts and banner",
                      "16 are kept"),
        "boot-report": ((1, 8, 64, 512), "n events, to JSON and back",
                        "512 are kept"),
        "discover-table": ((1, 12, 48, 144), "n services ranked and shown",
                           "144 are kept"),
    }),
}


def measure(program, case, n):
    """Microseconds, and bytes."""
    ns, memory = subprocess.run(
        [program, case, str(n)], check=True, text=True,
        stdout=subprocess.PIPE).stdout.split()
    return int(ns) / 1000, int(memory)


def main(arch, directory=None):
    program = ROOT / f"build/{arch}/tests/cost"
    worst = 0
    print("what                                       "
          "n: microseconds, KB in memory")
    for group, (unit, cases) in GROUPS.items():
        lines = {}
        for case, (sizes, what, cap) in cases.items():
            costs = [(n, *measure(program, case, n)) for n in sizes]
            lines[what] = [(n, us) for n, us, _ in costs]
            # where things are kept at last, and where there are too many
            e = chart.exponent(lines[what][len(costs) // 2 - 1:])
            worst = max(worst, e)
            cells = "  ".join(f"{n}: {chart.number(us)}, {memory // 1024}"
                              for n, us, memory in costs)
            print(f"{what:42} {cells}  n^{e:.2f}{cap and '; ' + cap}")
        if directory:
            chart.growth(pathlib.Path(directory) / f"growth-{group}.svg",
                         f"What is paid for more {unit}", f"n, {unit}",
                         "microseconds", lines)
    is_good = math.isfinite(worst) and worst <= MOST
    print(f"{arch} growth: n^{worst:.2f} at the most, "
          f"{'not more' if is_good else 'MORE'} than n log n")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
