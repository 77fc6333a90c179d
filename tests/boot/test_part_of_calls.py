"""A kernel with a part of Linux' system calls, which starts /sbin/init from an
ext2 disk: tests/tools/partial.c makes one of any other. The programs are those
for one address, of `make root-image BASE=0x40000000`."""

import re
import shutil
import subprocess

import pytest

import disk
from machine import ROOT, plain

BASE = "at-0x40000000"
# Nobody can give it another name.
PROMPT = re.compile(r"\(none\):[^\r\n]*# ")

# The kernel repeats errors, and not always between two lines.
SILENT = "loglevel=1"

# In place of a kernel that has the disk's drivers built in.
BEFORE = """#!/bin/sh
export PATH=/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
phase-modules -q virtio_pci virtio_blk virtio_net ext4
until [ -e /dev/vda ] && [ -e /sys/class/net/eth0 ]; do usleep 10000; done
mkdir /new
mount -t ext4 -o @OPTIONS@ /dev/vda /new
umount /sys /proc
exec switch_root /new /sbin/partial
"""

MISSING = [
    "init: /dev is not mounted by us: this kernel has no mount(2)",
    "init: /proc/cmdline: No such file or directory; all parameters have "
    "their defaults",
    "init: the host name does not become phase: Function not implemented",
    "phase-modules: devices that appear later are not noticed: no uevents, "
    "as this kernel has no netlink: Address family not supported by protocol",
    "phase-net: no network: this kernel has no rtnetlink (CONFIG_NET): "
    "Address family not supported by protocol",
]
UNCONFINED = ("phase-discover: could not give up: capabilities, privileges, "
              "system calls (no prctl(2))")


@pytest.fixture(scope="session")
def image(arch, tmp_path_factory):
    """The disk, with the tool on it."""
    build = ROOT / "build" / arch
    image = tmp_path_factory.mktemp(f"partial-{arch}") / "root.img"
    shutil.copy2(build / BASE / "root.ext2", image)
    subprocess.run(
        ["/usr/sbin/debugfs", "-w", "-f", "-", image],
        input=f"write {build}/tests/partial /sbin/partial\n"
              "sif /sbin/partial mode 0100755\n", text=True, check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return image


@pytest.fixture(scope="session")
def drivers(arch, tmp_path_factory):
    """An initramfs with the disk's."""
    return disk.initramfs_with_drivers(
        ROOT / "build" / arch, tmp_path_factory.mktemp(f"drivers-{arch}"),
        ["virtio_net"])


def with_disk(image, bus):
    return ["-drive", f"if=none,id=d,file={image},format=raw,snapshot=on",
            "-device", f"virtio-blk-{bus},drive=d"]


def start(machine, drivers, image, options="rw", **words):
    """A machine at its first prompt."""
    machine.initrd = drivers
    machine.add_file("before", BEFORE.replace("@OPTIONS@", options))
    child = machine.spawn(machine.command(
        "--", *with_disk(image, "pci"), append=f"rdinit=/before {SILENT}",
        **words))
    child.expect(PROMPT)
    return child


def output_of(child, command):
    """What COMMAND prints at the prompt."""
    child.sendline(command)
    child.expect_exact(command)
    child.expect(PROMPT)
    return plain(child.before)


def complaints(text):
    """The lines of our programs, but for news."""
    return re.findall(r"^((?:init|phase-[a-z]*): (?!provider ).*)$", text,
                      re.M)


def await_provider(child):
    """At the first prompt: it is in the banner, or in a line that comes behind
    it."""
    line = "provider  http://192.0.2.1:8080  plasmd-host  (mdns, ok)"
    if line not in child.before:
        child.expect_exact("init: " + line)
        child.sendline("")
        child.expect(PROMPT)


def assert_idle(child):
    """Process 1 sleeps: the kernel says so, for a break on the serial line."""
    child.send("\x01b")
    child.send("t")
    child.expect(r"task:init +state:S")


def test_part_of_calls(machine, drivers, image):
    """What is missing is named once, and a provider found by plain UDP."""
    child = start(machine, drivers, image, provider=True, announce=True)
    before = plain(child.before)
    assert sorted(complaints(before)) == sorted([*MISSING, UNCONFINED])
    assert "  network as the kernel has set it up: " in before
    await_provider(child)
    found = output_of(child, "phase-discover --first --json")
    assert '"url":"http://192.0.2.1:8080"' in found
    assert UNCONFINED in found
    # Interfaces cannot be told apart, and that is no reason to fail.
    assert "on the default interface" in output_of(
        child, "phase-discover --first")
    assert "there is no eth0" in output_of(
        child, "phase-discover --interface eth0")

    # Timers, signals and children without the newer calls.
    assert "slept" in output_of(child, "sleep 0.1 && echo sl''ept")
    child.sendline("exit")
    child.expect_exact("init: shell on ")
    child.expect(PROMPT)
    # The calls do fail, for everybody.
    assert "not implemented" in output_of(child, "umount /proc")
    assert "not implemented" in output_of(child, "hostname other")
    assert "cmdline" not in output_of(child, "ls /proc")

    child.sendline("cd /proc/sys/kernel; echo 1 >sysrq; echo 8 >printk; poweroff")
    child.expect_exact("init: disks are not synced: Function not implemented")
    child.expect_exact("init: / stays writable: Function not implemented")
    child.expect_exact("powering off by reboot(2): Function not implemented")
    child.expect_exact("powering off failed; the machine may be switched off")
    assert_idle(child)
    child.close(force=True)
    assert "Kernel panic" not in machine.console


def test_read_only_disk_and_a_crash(machine, drivers, image):
    """Nothing can be written anywhere, and then process 1 crashes."""
    child = start(machine, drivers, image, "ro")
    before = plain(child.before)
    for line in MISSING:
        assert line in complaints(before)
    assert "no provider yet, still looking" in before
    child.sendline("kill -SEGV 1")
    child.expect_exact("init: process 1 crashed: SIGSEGV sent by process")
    child.expect(r"addr2line -fie (build/\S+) ")
    debug = ROOT / child.match[1]
    at = re.findall(r"init\+(0x[0-9a-f]+)", plain(child.before))
    assert debug == machine.build / BASE / "init.debug"
    assert "loop_run" in subprocess.run(
        ["addr2line", "-fie", debug, *at], stdout=subprocess.PIPE, text=True,
        check=True).stdout
    child.expect_exact("and poweroff and reboot work")
    child.sendline("")
    child.expect(PROMPT)
    assert "alive" in output_of(child, "echo al''ive")
    child.close(force=True)
    assert "Kernel panic" not in machine.console


def test_disk_alone(machine, image):
    """No initramfs: the kernel itself starts from the disk."""
    named = subprocess.run(
        [ROOT / "rootfs" / "kernel", machine.arch, "mmio"],
        stdout=subprocess.PIPE, text=True, check=False)
    if named.returncode:
        pytest.skip("no kernel with the disk's driver: make deps KERNEL=mmio")
    kernel = re.search("^image=(.*)$", named.stdout, re.M)[1]
    machine.initrd = machine.directory / "empty.cpio"
    machine.initrd.write_bytes(subprocess.run(
        ["cpio", "-o", "-H", "newc", "--quiet"], input=b"",
        stdout=subprocess.PIPE, check=True).stdout)
    child = machine.spawn(machine.command(
        "--kernel", kernel, "--device", "virtio-net-device", "--",
        *with_disk(image, "device"), provider=True, announce=True,
        append=f"root=/dev/vda rw rootwait init=/sbin/partial {SILENT}"))
    child.expect(PROMPT)
    before = plain(child.before)
    assert sorted(complaints(before)) == sorted([*MISSING, UNCONFINED])
    await_provider(child)
    child.sendline("reboot")
    child.expect_exact("rebooting failed; the machine may be switched off")
    child.close(force=True)


def headers_of(machine, program):
    return subprocess.run(
        ["readelf", "-hlrW", machine.build / BASE / program],
        stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.mark.parametrize("program", ["init", "phase-discover", "busybox"])
def test_fixed_address(machine, program):
    """No loader but the kernel's is needed, and nothing lies below."""
    said = headers_of(machine, program)
    assert re.search(r"Type: +EXEC ", said)
    assert "INTERP" not in said and "DYNAMIC" not in said
    assert "There are no relocations in this file." in said
    places = [int(place, 16) for place in
              re.findall(r"^  LOAD +0x\S+ 0x(\S+)", said, re.M)]
    assert min(places) == 0x40000000
    # The normal ones are elsewhere, and what they were.
    normal = machine.build / program
    if normal.exists():
        assert "DYN" in subprocess.run(
            ["readelf", "-h", normal], stdout=subprocess.PIPE, text=True,
            check=True).stdout
