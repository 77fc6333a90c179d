"""Drivers: modules that are broken, missing, hostile or never come back, and
a loader that is killed, on both architectures."""

import gzip
import lzma
import os
import re
import shutil
import struct
import subprocess
import zlib

import pytest

from machine import PROMPT, ROOT, output_of, plain, power_off

NIC = "virtio:d00000001v*"
EM = {"arm64": 183, "x86_64": 62}
LYING_IS_OVER = "module lying: .*(was killed|not enough memory)"
MIB = 1024 * 1024
SIGNED = b"~Module signature appended~\n"


class Tree:
    """What a second archive puts over the modules of the initramfs."""

    def __init__(self, machine):
        self.machine = machine
        self.top = machine.directory / "overlay"
        release = next((machine.build / "rootfs/lib/modules").iterdir())
        self.source = release
        self.path = self.top / "lib/modules" / release.name
        (self.path / "kernel").mkdir(parents=True)
        self.dep = (release / "modules.dep").read_bytes()
        self.alias = (release / "modules.alias").read_bytes()

    def elf(self, name):
        """The module NAME of the initramfs, unpacked and signed."""
        path = next(self.source.rglob(name + ".ko*"))
        data = path.read_bytes()
        return lzma.decompress(data) if path.suffix == ".xz" else data

    def unsigned(self, name):
        data = self.elf(name)
        assert data.endswith(SIGNED)
        return data[:-len(SIGNED)]

    def want(self, file, needs=""):
        """The first NIC asks for kernel/FILE, before its own driver."""
        name = file.split(".")[0]
        self.dep += f"kernel/{file}:{needs and ' ' + needs}\n".encode()
        self.alias = f"alias {NIC} {name}\n".encode() + self.alias

    def add(self, file, data, needs=""):
        (self.path / "kernel" / file).write_bytes(data)
        self.want(file, needs)

    def add_fifo(self, file, needs=""):
        """Opening it takes until somebody opens its other end."""
        os.mkfifo(self.path / "kernel" / file)
        self.want(file, needs)

    def add_script(self, text):
        """Runs before /init, which it is to execute."""
        path = self.top / "before"
        path.write_text("#!/bin/sh\nexport PATH=/sbin:/bin\n" + text +
                        "\nexec /init\n")
        path.chmod(0o755)

    def install(self, base=None):
        (self.path / "modules.dep").write_bytes(self.dep)
        (self.path / "modules.alias").write_bytes(self.alias)
        archive = subprocess.run(
            "find . -mindepth 1 | cpio -o -H newc -R 0:0 --quiet", shell=True,
            cwd=self.top, stdout=subprocess.PIPE, check=True).stdout
        initrd = self.machine.directory / "overlaid.cpio.gz"
        initrd.write_bytes((base or self.machine.initrd).read_bytes() +
                           gzip.compress(archive, 1))
        self.machine.initrd = initrd


@pytest.fixture
def tree(machine):
    return Tree(machine)


def said(console, module):
    """The lines about MODULE."""
    start = f"phase-modules: module {module}"
    return "\n".join(line[line.index(start):] for line in console.splitlines()
                     if start in line)


def test_p13_p14_bad_modules_are_named_and_the_boot_goes_on(machine, tree):
    elf = tree.unsigned("virtio_net")
    other = EM["x86_64" if machine.arch == "arm64" else "arm64"]

    def renamed(name):
        assert len(name) == len("virtio_net")
        return elf.replace(b"virtio_net", name.encode())

    tree.add("cut.ko", elf[:len(elf) // 2])
    tree.add("foreign.ko", elf[:18] + struct.pack("<H", other) + elf[20:])
    magic = elf[elf.index(b"vermagic="):].split(b"\0")[0]
    tree.add("virtio_old.ko", renamed("virtio_old").replace(
        magic, magic.replace(b" SMP ", b" TMP ")))
    symbol = b"\0net_failover_create\0"
    assert symbol in elf
    tree.add("virtio_sym.ko", renamed("virtio_sym").replace(
        symbol, b"\0net_failover_cremat\0"))
    tree.add("forged.ko", tree.elf("virtio_net").replace(symbol, symbol.upper()))
    tree.add("text.ko", b"This is no module.\n" * 100)
    tree.add("empty.ko", b"")
    tree.want("gone.ko")
    tree.add("needy.ko", elf, needs="kernel/text.ko")
    # Cycles, ways out of the tree, long lines, CR LF.
    tree.want("ring1.ko", needs="kernel/ring2.ko")
    tree.want("ring2.ko", needs="kernel/ring1.ko kernel/ring2.ko")
    tree.want("escape.ko", needs="../../../evil.ko")
    tree.want("root.ko", needs="/evil.ko")
    tree.dep += b"kernel/long.ko: " + b"x" * MIB + b"\r\n"
    tree.dep = tree.dep.replace(b"\n", b"\r\n")
    (tree.top / "evil.ko").write_bytes(elf)
    tree.install()
    assert machine.run(run="ip -4 addr show dev eth0; lsmod") == 0
    console = machine.console
    assert "inet 10.0.2.15/24" in console
    assert re.search(r"^virtio_net .* 0", console, re.M)
    for name, words in {
            "cut": "damaged",
            "foreign": "another machine",
            "virtio_old": "another kernel",
            "virtio_sym": "it needs a symbol",
            "forged": "not signed with a key that the kernel trusts",
            "text": "damaged",
            "empty": "its file is empty",
            "gone": "its file is not there",
            "needy": "not loaded, as it needs text",
            "ring1": "its file is not there",
            "ring2": "not loaded, as it needs ring1",
    }.items():
        line = said(console, name)
        assert words in line, name
        assert line.count("\n") == 0, f"{name} is told of once"
    assert re.search(r"version magic '6\.\S+ TMP .*' should be '6\.\S+ SMP ",
                     said(console, "virtio_old"))
    assert "Invalid architecture in ELF" in said(console, "foreign")
    assert "Unknown symbol net_failover_cremat" in said(console, "virtio_sym")
    assert said(console, "evil") == ""


def test_modules_without_signatures(machine):
    """SIGNATURES=strip: the kernel takes them, and is tainted."""
    build = machine.directory / "stripped"
    build.mkdir()
    for name in "kernel.id", "init", "phase-discover":
        shutil.copy(machine.build / name, build)
    for step in "stage", "pack":
        subprocess.run(
            ["rootfs/build", step, machine.arch, build,
             "rootfs/initramfs.list"], cwd=ROOT, check=True,
            env={**os.environ, "SIGNATURES": "strip"})
    for path in build.glob("rootfs/lib/modules/**/*.ko*"):
        assert path.suffix == ".ko" and SIGNED not in path.read_bytes()
    run = "ip -4 addr show dev eth0; cat /proc/sys/kernel/tainted"
    assert machine.run(run=run) == 0
    assert re.search(r"^0$", machine.console, re.M)
    machine.initrd = build / "initramfs.cpio.gz"
    assert machine.run(run=run) == 0
    assert "inet 10.0.2.15/24" in machine.console
    assert re.search(r"^8192$", machine.console, re.M)


def bomb(size, claim=None):
    """SIZE zero bytes as .xz, of which the index says that they are CLAIM."""
    data = bytearray(lzma.compress(bytes(size), check=lzma.CHECK_CRC32))
    assert size > 4000 * len(data)
    if claim is None:
        return bytes(data)
    backward = struct.unpack("<I", data[-8:-4])[0]
    index = data[-12 - (backward + 1) * 4:-12]
    old, new = varint(size), varint(claim)
    assert index.count(old) == 1
    body = bytes(index[:-4]).replace(old, new).rstrip(b"\0")
    body += bytes(-len(body) % 4)
    index = body + struct.pack("<I", zlib.crc32(body))
    footer = struct.pack("<I", len(index) // 4 - 1) + bytes(data[-4:-2])
    return (bytes(data[:-12 - (backward + 1) * 4]) + index +
            struct.pack("<I", zlib.crc32(footer)) + footer + b"YZ")


def varint(value):
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7f | 0x80])
        value >>= 7
    return out + bytes([value])


def test_p15_compressed_modules_that_are_cut_off_or_bombs(machine, tree):
    """A bomb that says so is refused; one that lies costs workers, and
    nobody else."""
    packed = lzma.compress(tree.elf("virtio_net"), check=lzma.CHECK_CRC32)
    tree.add("cut1.ko.xz", packed[:len(packed) // 2])
    tree.add("cut2.ko.gz", gzip.compress(b"x")[:12])
    tree.add("mislabelled.ko.zst", b"\x7fELF" + bytes(100))
    tree.add("large.ko.xz", bomb(256 * MIB))
    tree.add("huge.ko.gz", gzip.compress(bytes(1000))[:-4] + b"\xff" * 4)
    tree.add("lying.ko.xz", bomb(1024 * MIB, claim=MIB))
    tree.install()
    child = machine.talk("--mem", "256M")
    before = plain(child.before)
    assert "10.0.2.15/24" in before
    for name in "cut1", "cut2", "mislabelled":
        assert "its file is cut off or damaged" in said(before, name), name
    for name in "large", "huge":
        assert "larger than 128 MB when unpacked" in said(before, name), name
    # A kernel without MODULE_DECOMPRESS does not get that far.
    if machine.arch == "arm64":
        if not re.search(LYING_IS_OVER, before):
            child.expect(LYING_IS_OVER)
        child.sendline("")
        child.expect(PROMPT)
    else:
        assert "cannot decompress" in said(before, "lying")
    assert "inet 10.0.2.15/24" in output_of(child, "ip addr")
    power_off(child)
    assert machine.console.count(" was killed by ") == 0


def test_p12_modules_of_another_release(machine, tree):
    bare = machine.directory / "bare.cpio.gz"
    subprocess.run([ROOT / "tests/boot/without-modules",
                    machine.build / "rootfs", bare], check=True)
    tree.path = tree.path.rename(tree.path.parent / "5.4.3-other")
    (tree.path.parent / "5.5.1-more").mkdir()
    tree.install(bare)
    child = machine.talk(lease=False)
    assert re.search(r"no modules for this kernel, 6\.\S+: those in "
                     r"/lib/modules are of (5\.4\.3-other, 5\.5\.1-more|"
                     r"5\.5\.1-more, 5\.4\.3-other)$", plain(child.before),
                     re.M)
    child.sendline("poweroff -f")
    child.expect("reboot: Power down")
    child.close(force=True)


def test_drivers_that_never_come_back(machine, tree):
    """More than there are processes for; what needs none of them is loaded,
    and what does waits until they come."""
    names = [f"stuck{i}" for i in range(10)]
    for name in names:
        tree.add_fifo(name + ".ko")
    tree.want("after.ko", needs="kernel/stuck9.ko")
    tree.install()
    child = machine.talk()
    before = plain(child.before)
    assert "10.0.2.15/24" in before
    # The last of them had to wait for room. The terminal may lose a message
    # when two write at once; the kernel's log does not.
    child.sendline("until [ `dmesg | grep -c 'not come back'` -ge 10 ]; do :; "
                   "done; echo al''l")
    child.expect("all")
    child.expect(PROMPT)
    late = output_of(child, "dmesg | grep 'not come back'")
    for name in names:
        assert f"module {name} has not come back for 5 s; going on " \
            "without it" in late
    assert said(machine.console, "after") == ""
    # They are still there, and hotplug is as well.
    assert output_of(child, "grep -l '^load stuck' /proc/[0-9]*/comm | "
                            "wc -l").strip() == "10"
    child.sendline(f"echo >{tree.path.relative_to(tree.top)}".replace(
        ">", ">/") + "/kernel/stuck9.ko")
    child.expect("module stuck9: what modules.dep names is not a file")
    child.expect("module stuck9 came back after all")
    child.expect("module after: not loaded, as it needs stuck9")
    child.sendline("")
    child.expect(PROMPT)
    power_off(child)


def test_p13_loader_is_killed_and_its_successor_meets_eexist(machine, tree):
    """Its successor finds what is loaded already."""
    tree.add_script("mount -t proc proc /proc\nmount -t devtmpfs dev /dev\n"
                    "(until grep -q ^virtio_net /proc/modules; do :; done\n"
                    "kill -9 $(pidof phase-modules)) &")
    tree.install()
    assert machine.run(append="rdinit=/before",
                       run="until [ $(dmesg | grep -c 'module failove[r]: "
                           "loaded') = 2 ]; do :; done; "
                           "ip -4 addr show dev eth0; dmesg") == 0
    console = machine.console
    assert "phase-modules was killed by SIGKILL; again" in console
    assert "inet 10.0.2.15/24" in console
    pids = re.findall(r"phase-modules\[(\d+)\]: module failover: loaded",
                      console)
    assert len(set(pids)) == 2
    assert "phase-modules: module" not in console


def test_loader_that_always_dies(machine, tree):
    """The boot goes on after the third time."""
    tree.add_script("mount -t proc proc /proc\nmount -t devtmpfs dev /dev\n"
                    "(while :; do p=$(pidof phase-modules) && "
                    "kill -9 $p; done) 2>/dev/null &")
    tree.install()
    child = machine.talk(lease=False, append="rdinit=/before")
    before = plain(child.before)
    assert "drivers: going on without those that are not loaded yet" in before
    assert before.count("phase-modules was killed by SIGKILL") >= 3
    child.sendline("kill -9 $(pidof before)")
    child.expect(r"10\.0\.2\.15/24")
    child.sendline("")
    child.expect(PROMPT)
    power_off(child)


def test_loader_that_says_nothing(machine, tree):
    """Stopped before it has done anything: killed after 30 s, and the next
    one does the work."""
    tree.add_script("mount -t proc proc /proc\nmount -t devtmpfs dev /dev\n"
                    "(until p=$(pidof phase-modules); do :; done\n"
                    "kill -STOP $p) &")
    tree.install()
    child = machine.talk(append="rdinit=/before")
    before = plain(child.before)
    assert "phase-modules has said nothing for 30 s, and is killed" in before
    child.sendline("while ! ip route | grep ^default; do :; done; ip addr")
    child.expect(r"inet 10\.0\.2\.15/24")
    child.expect(PROMPT)
    power_off(child)


def test_p17_nic_after_a_flood_of_uevents_and_a_stopped_worker(machine):
    child = machine.talk("--net", "none", "--", "-device",
                         "pcie-root-port,id=rp0", "-netdev", "user,id=late")
    assert "no NIC was found" in plain(child.before)
    loader = output_of(child, "pidof phase-modules")
    child.sendline("for i in $(seq 20); do for f in /sys/bus/*/devices/*/uevent;"
                   " do echo add >$f; done; done 2>/dev/null; echo e''nd")
    child.expect("end\r")
    child.expect(PROMPT)
    child.sendline("for i in $(grep -l '^load ' /proc/[0-9]*/comm); do "
                   "i=${i#/proc/}; kill -STOP ${i%/comm}; done")
    child.expect(PROMPT)
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.sendline("device_add virtio-net-pci,id=nic,bus=rp0,netdev=late,"
                   "romfile=")
    child.expect_exact("(qemu) ")
    child.send("\x01c")
    child.expect(r"module \S+ has not come back for 5 s; going on without it")
    child.sendline("")
    child.expect(PROMPT)
    assert output_of(child, "pidof phase-modules") == loader
    child.sendline("for i in $(grep -l '^load ' /proc/[0-9]*/comm); do "
                   "i=${i#/proc/}; kill -CONT ${i%/comm}; done")
    child.expect("came back after all")
    child.expect(r"eth0  virtio_net .* 10\.0\.2\.15/24  gateway 10\.0\.2\.2")
    child.sendline("")
    child.expect(PROMPT)
    power_off(child)
