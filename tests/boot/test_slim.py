"""SLIM=1: an initramfs with less of BusyBox, and a limit (docs/guest.md)."""

import os
import re
import shutil
import subprocess

from machine import ROOT

SLIM_MAX = 700000


def slim_build(machine, directory):
    """A build like the machine's, and with SLIM=1."""
    for name in "init", "phase-discover":
        shutil.copy2(machine.build / name, directory)
    lines = (machine.build / "kernel.id").read_text().splitlines()
    (directory / "kernel.id").write_text(
        "\n".join([*lines, "slim=1"]) + "\n")
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MODULES_LIST", "MODULES_ADD")}
    return [subprocess.run(
        ["rootfs/build", step, machine.arch, directory,
         "rootfs/initramfs.list"], cwd=ROOT, env=environment, check=False,
        stderr=subprocess.PIPE, text=True) for step in ("stage", "pack")]


def test_slim(machine, tmp_path):
    """It has a distribution's modules as well, and is no other machine."""
    build = tmp_path / "build"
    build.mkdir()
    for done in slim_build(machine, build):
        assert done.returncode == 0, done.stderr
    machine.initrd = build / "initramfs.cpio.gz"
    assert machine.initrd.stat().st_size <= SLIM_MAX
    status = machine.run(
        append="phase.need=lease",
        run="ip addr show eth0 && phase-net --help && test ! -e /sbin/udhcpc")
    assert status == 0
    assert "10.0.2.15/24" in machine.console


def test_slim_has_a_limit(machine, tmp_path):
    build = tmp_path / "build"
    build.mkdir()
    staged, packed = slim_build(machine, build)
    assert staged.returncode == packed.returncode == 0
    size = (build / "initramfs.cpio.gz").stat().st_size
    (build / "rootfs" / "etc" / "more").write_bytes(os.urandom(SLIM_MAX - size))
    (build / "initramfs.cpio.gz").unlink()
    done = subprocess.run(
        ["rootfs/build", "pack", machine.arch, build, "rootfs/initramfs.list"],
        cwd=ROOT, check=False, stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0
    assert re.search(rf"SLIM=1: the initramfs has \d+ bytes and may have "
                     rf"{SLIM_MAX}: about \d+ are modules", done.stderr)
    assert not (build / "initramfs.cpio.gz").exists()
    (build / "kernel.id").write_text("")
    subprocess.run(
        ["rootfs/build", "pack", machine.arch, build, "rootfs/initramfs.list"],
        cwd=ROOT, check=True)
