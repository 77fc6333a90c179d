"""A disk with a root file system, and an initramfs with its drivers."""

import os
import shutil
import struct
import subprocess
import uuid
import zlib

from machine import ROOT

FILESYSTEM_UUID = "3f2c9b6e-1d4a-4c55-9a3e-7b1f0c2d5e68"
PARTITION_UUID = "8c5f1a30-6e2b-4d0f-b7a9-02468ace1357"
LABEL = "phase-root"
PARTITION_LABEL = "system-a"
SECTOR = 512
FIRST_SECTOR = 2048

# What a disk of QEMU needs, and its file system.
DRIVERS = ["virtio_blk", "ext4", "crc32c?", "crc32c_generic?"]


def initramfs_with_drivers(build, directory, modules=()):
    """The initramfs of BUILD with further modules, by the same builder."""
    arch = build.name
    stage = directory / "build"
    stage.mkdir()
    for name in "kernel.id", "init", "phase-discover":
        shutil.copy2(build / name, stage)
    wanted = directory / "modules.list"
    wanted.write_text((ROOT / "rootfs" / "modules.list").read_text() +
                      "\n".join([*DRIVERS, *modules]) + "\n")
    contents = directory / "initramfs.list"
    contents.write_text((ROOT / "rootfs" / "initramfs.list").read_text()
                        .replace("rootfs/modules.list", str(wanted)))
    # Not the choices of who runs the tests.
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("MODULES_LIST", "MODULES_ADD")}
    for step in "stage", "pack":
        subprocess.run(["rootfs/build", step, arch, stage, contents],
                       cwd=ROOT, env=environment, check=True)
    return stage / "initramfs.cpio.gz"


def make_tree(build, directory, scripts):
    """A root file system: BusyBox, and SCRIPTS, a text for each path."""
    for name in "bin", "sbin", "dev", "proc", "sys", "run", "tmp", "etc":
        (directory / name).mkdir(parents=True)
    shutil.copy2(build / "rootfs" / "bin" / "busybox", directory / "bin")
    for applet in "sh", "cat", "grep", "ls", "poweroff", "sed":
        (directory / "bin" / applet).symlink_to("busybox")
    for path, text in scripts.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)


def make_filesystem(tree, image, size="24M"):
    subprocess.run(
        ["/usr/sbin/mke2fs", "-q", "-t", "ext4", "-L", LABEL,
         "-U", FILESYSTEM_UUID, "-d", tree, "-E", "root_owner=0:0",
         image, size], check=True)


def make_partitioned(filesystem, image):
    """A disk with a GPT (UEFI 2.10, 5.3) and FILESYSTEM in its partition."""
    contents = filesystem.read_bytes()
    last = FIRST_SECTOR + len(contents) // SECTOR - 1
    sectors = last + 1 + 34
    linux = uuid.UUID("0fc63daf-8483-4772-8e79-3d69d8477de4")
    entry = struct.pack("<16s16sQQQ72s", linux.bytes_le,
                        uuid.UUID(PARTITION_UUID).bytes_le, FIRST_SECTOR,
                        last, 0, PARTITION_LABEL.encode("utf-16-le"))
    entries = entry.ljust(128 * 128, b"\0")

    def header(here, other, table):
        fields = struct.pack(
            "<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, here,
            other, 34, sectors - 34, uuid.uuid4().bytes_le, table, 128, 128,
            zlib.crc32(entries))
        check = struct.pack("<I", zlib.crc32(fields))
        return (fields[:16] + check + fields[20:]).ljust(SECTOR, b"\0")

    protective = struct.pack("<446sB3sB3sII48sH", b"", 0, b"\0\2\0", 0xee,
                             b"\xff\xff\xff", 1, sectors - 1, b"", 0xaa55)
    with image.open("wb") as file:
        file.write(protective + header(1, sectors - 1, 2) + entries)
        file.seek(FIRST_SECTOR * SECTOR)
        file.write(contents)
        file.seek((sectors - 33) * SECTOR)
        file.write(entries + header(sectors - 1, 1, sectors - 33))
