#!/usr/bin/env python3
"""How large things are, and how long userland takes to a configured network.

usage: tests/bench/boot.py ARCH [RUNS]

Boots our initramfs and that of a peer in turn, in the same QEMU: the peer is
what people write by hand, a shell script as /init that inserts the same
modules and runs udhcpc, with the same BusyBox. The kernel's own log gives both
times: from "Run /init" to the line that says that the address is configured.
Prints each figure's minimum, median and maximum, and the ratio of the medians.
"""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEER = """#!/bin/sh
export PATH=/sbin:/bin:/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
{insmod}
ip link set lo up
while [ ! -e /sys/class/net/eth0 ]; do usleep 10000; done
ip link set eth0 up
udhcpc -q -n -i eth0 -s /etc/udhcpc >/dev/null 2>&1
echo '<6>peer: configured' >/dev/kmsg
dmesg | grep -e 'Run /init' -e 'peer: configured'
poweroff -f
"""
UDHCPC = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router" dev "$interface"
for i in $dns; do echo "nameserver $i"; done >/etc/resolv.conf
"""
OURS = 'phase.run="dmesg | grep -e \'Run /init\' -e 10.0.2.15"'
STAMP = r"\[ *(\d+\.\d+)\] "


def write(path, text):
    path.write_text(text)
    path.chmod(0o755)


def make_peer(build, directory):
    """The staged tree with a script for /init; modules in modprobe's order."""
    tree = directory / "peer"
    shutil.copytree(build / "rootfs", tree, symlinks=True)
    (tree / "sbin" / "phase-discover").unlink()
    lines = (build / "modules.plan").read_text().splitlines()
    names = [os.path.basename(path) for _, verb, path in map(str.split, lines)
             if verb == "insmod"]
    paths = []
    for name in dict.fromkeys(names):
        found = next((tree / "lib/modules").rglob(name))
        paths.append(f"insmod /{found.relative_to(tree)}")
    (tree / "init").unlink()
    write(tree / "init", PEER.format(insmod="\n".join(paths)))
    write(tree / "etc" / "udhcpc", UDHCPC)
    archive = directory / "peer.cpio.gz"
    subprocess.run(
        "find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet | "
        f"libdeflate-gzip -12 -c >'{archive}'",
        shell=True, cwd=tree, check=True)
    return archive


def boot(arch, build, initrd, append, end, directory):
    """Milliseconds of userland, by the kernel's clock."""
    log = directory / "console.log"
    subprocess.run(
        [ROOT / "qemu/run", "--arch", arch, "--kernel", build / "vmlinuz",
         "--initrd", initrd, "--log", log, "--timeout", "120",
         "--append", append],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, check=False)
    text = log.read_text(errors="replace")
    start = re.search(STAMP + "Run /init", text)
    stop = re.search(STAMP + end, text)
    if not start or not stop:
        sys.exit(f"the boot did not get there:\n{text[-2000:]}")
    return (float(stop[1]) - float(start[1])) * 1000


def main(arch, runs=7):
    build = ROOT / "build" / arch
    for name in "init", "phase-discover", "initramfs.cpio.gz", "vmlinuz":
        print(f"{arch} {name:20} {(build / name).stat().st_size:>9} bytes")
    with tempfile.TemporaryDirectory() as temporary:
        directory = pathlib.Path(temporary)
        peer = make_peer(build, directory)
        cases = {
            "phase boot": (build / "initramfs.cpio.gz", OURS,
                           r"init\[1\]: eth0 .* 10\.0\.2\.15/24"),
            "shell and udhcpc": (peer, "", "peer: configured"),
        }
        times = {name: [] for name in cases}
        for _ in range(int(runs)):
            for name, case in cases.items():
                times[name].append(boot(arch, build, *case, directory))
    print(f"userland to a configured network, {runs} runs each, ms:")
    for name, values in times.items():
        print(f"{arch} {name:20} min {min(values):6.0f}  median "
              f"{statistics.median(values):6.0f}  max {max(values):6.0f}")
    ours, other = (statistics.median(v) for v in times.values())
    print(f"{arch} ratio of the medians {ours / other:.2f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
