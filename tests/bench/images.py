"""The initramfs images of a boot's contestants, for one kernel: the same
BusyBox, the same modules, the same gzip.

Each is ours with another /init: what is compared is what comes up, not what
it was packed with. Debian's are in debian.py.
"""

import os
import pathlib
import shutil
import subprocess

from guest import PROMPT_MARK, ROOT

# What the NIC needs, on the bus that it is on
NIC = {"virtio-net-pci": ("virtio_pci", "virtio_net"),
       "virtio-net-device": ("virtio_mmio", "virtio_net")}
MARK = f"echo '<6>{PROMPT_MARK}' >/dev/kmsg\n"
PEER = """#!/bin/sh
export PATH=/sbin:/bin:/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
{insmod}
ip link set lo up
{wait}
ip link set eth0 up
udhcpc -q -n -i eth0 -s /etc/udhcpc >/dev/null 2>&1
echo '<6>bench: address' >/dev/kmsg
exec sh -l
"""
UDHCPC = """#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
ip route add default via "$router" dev "$interface"
for i in $dns; do echo "nameserver $i"; done >/etc/resolv.conf
"""
POLL = "while [ ! -e /sys/class/net/eth0 ]; do usleep 10000; done"
SLEEP = "sleep 2"


def write(path, text, mode=0o755):
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(mode)


def pack(tree, archive):
    """As rootfs/build does."""
    subprocess.run(
        "find . -mindepth 1 | sed 's,^\\./,,' | LC_ALL=C sort | "
        "cpio -o -H newc -R 0:0 --reproducible --quiet | "
        f"libdeflate-gzip -12 -c >'{archive}'",
        shell=True, cwd=tree, check=True)
    return archive


def kernel_facts(arch, kernel):
    """Of rootfs/kernel: image, tree, release, id; None if it is not there."""
    done = subprocess.run(
        [ROOT / "rootfs/kernel", arch, kernel], check=False, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if done.returncode != 0:
        return None
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


class Images:
    """Those of one architecture and kernel, in DIRECTORY."""

    def __init__(self, arch, kernel, device, directory, **environment):
        self.facts = kernel_facts(arch, kernel)
        self.built = ROOT / "build" / arch
        self.directory = directory / f"{arch}-{kernel}"
        self.stage = self.directory / "rootfs"
        self.arch = arch
        self.device = device
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "kernel.id").write_text("".join(
            f"{name}={value}\n" for name, value in self.facts.items()))
        self.run("stage", **environment)
        with open(self.stage / "etc/profile", "a") as profile:
            profile.write(MARK)

    @property
    def kernel(self):
        return self.facts["image"]

    def run(self, step, **environment):
        if step == "pack":
            for name in "init", "phase-discover":
                shutil.copy(self.built / name, self.directory)
        subprocess.run(
            ["rootfs/build", step, self.arch, self.directory,
             "rootfs/initramfs.list"], cwd=ROOT, check=True,
            env={**os.environ, "MODULES_ADD": "", "DECOMPRESS": "auto",
                 "SIGNATURES": "keep", **environment})

    def ours(self):
        self.run("pack")
        return self.directory / "initramfs.cpio.gz"

    def modules(self):
        """Paths in the image of what the NIC needs, in modprobe's order."""
        plan = self.directory / "modules.plan"
        if not plan.exists():
            return []
        lines = [line.split() for line in plan.read_text().splitlines()]
        names = [os.path.basename(path) for entry, verb, path in lines
                 if verb == "insmod" and entry in NIC[self.device]]
        base = self.stage / "lib/modules"
        # unpacked ones have lost their suffix
        return ["/" + str(next(base.rglob(name.split(".ko")[0] + ".ko*"))
                          .relative_to(self.stage))
                for name in dict.fromkeys(names)]

    def tree(self, name):
        """A copy without our programs, whose /init is to be made."""
        tree = self.directory / name
        shutil.rmtree(tree, ignore_errors=True)
        shutil.copytree(self.stage, tree, symlinks=True)
        for path in "init", "sbin/phase-discover":
            (tree / path).unlink(missing_ok=True)
        return tree

    def peer(self, name, wait, changes=()):
        """A shell script for /init, and udhcpc; CHANGES of what to what."""
        tree = self.tree(name)
        insmod = "\n".join(f"insmod {path}" for path in self.modules())
        script = PEER.format(insmod=insmod, wait=wait)
        for old in changes:
            assert old in script
            script = script.replace(old, changes[old])
        write(tree / "init", script)
        write(tree / "etc/udhcpc", UDHCPC)
        return pack(tree, self.directory / f"{name}.cpio.gz")

    def floor(self):
        tree = self.tree("floor")
        shutil.copy(self.built / "tests/floor", tree / "init")
        write(tree / "floor.modules", "\n".join(self.modules()) + "\n", 0o644)
        return pack(tree, self.directory / "floor.cpio.gz")
