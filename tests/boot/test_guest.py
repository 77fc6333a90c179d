"""The guest of a hypervisor that hands over a device tree: docs/guest.md.

The files of `make guest`, booted from memory by qemu/guest: QEMU as the
hypervisor, or one of our own at EL2.
"""

import os
import re
import struct
import subprocess

import pexpect
import pytest

from machine import LIMIT, PROMPT, ROOT, Machine, output_of, plain, status_of

GUEST = ROOT / "build" / "guest"
WINDOW = 0x54200000 - 0x54000000
SLIM_MAX = 700000
BOOTARGS = ("earlycon=pl011,0x09000000 console=ttyAMA0 earlyprintk loglevel=8 "
            "nokaslr rdinit=/init")

of_arm64 = pytest.mark.skipif(
    "arm64" not in os.environ.get("ARCHES", "arm64").split(),
    reason="the guest is arm64")


def fdt(*words):
    """A property of the guest's tree, its values as words; "-l": nodes."""
    return subprocess.run(["fdtget", *words[:-1], GUEST / "guest.dtb",
                           *words[-1].split()], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.split()


def cells(words):
    return [int(word, 16) for word in fdt("-t", "x", words)]


@of_arm64
def test_device_tree():
    assert fdt("-t", "s", "/memory@48000000 device_type") == ["memory"]
    assert cells("/memory@48000000 reg") == [0, 0x48000000, 0, 0x20000000]
    assert " ".join(fdt("-t", "s", "/chosen bootargs")) == BOOTARGS
    assert cells("/chosen linux,initrd-start") == [0, 0x54000000]
    assert cells("/chosen linux,initrd-end") == [0, 0x54200000]
    assert fdt("-t", "s", "/chosen stdout-path") == ["/pl011@9000000"]
    assert fdt("-t", "s", "/psci method") == ["hvc"]
    cpus = [name for name in fdt("-l", "/cpus") if name.startswith("cpu@")]
    assert len(cpus) == 4
    for name in cpus:
        assert fdt("-t", "s", f"/cpus/{name} enable-method") == ["psci"]
    assert fdt("-t", "s", "/intc@8000000 compatible") == ["arm,gic-v3"]
    assert cells("/virtio_mmio@a000000 reg") == [0, 0xa000000, 0, 0x200]
    assert cells("/virtio_mmio@a000000 interrupts") == [0, 16, 1]
    # And nothing that such a hypervisor has not.
    assert set(fdt("-l", "/")) == {
        "apb-pclk", "chosen", "cpus", "intc@8000000", "memory@48000000",
        "pl011@9000000", "psci", "reserved-memory", "timer",
        "virtio_mmio@a000000"}


@of_arm64
def test_files(tmp_path):
    names = {"Image", "guest.dtb", "initramfs.cpio.gz", "disk.img"}
    assert {path.name for path in GUEST.iterdir()} == names
    image = (GUEST / "Image").read_bytes()
    assert image[56:60] == b"ARM\x64"
    assert (GUEST / "initramfs.cpio.gz").stat().st_size <= SLIM_MAX < WINDOW
    disk = (GUEST / "disk.img").read_bytes()
    assert len(disk) == 2 << 20
    assert struct.unpack_from("<H", disk, 1024 + 56)[0] == 0xef53
    # The same input, the same bytes.
    for part, name in ("dtb", "guest.dtb"), ("disk", "disk.img"):
        subprocess.run([ROOT / "qemu" / "guest-files", part, tmp_path / name],
                       check=True, env={**os.environ,
                                        "SOURCE_DATE_EPOCH": "1767225600"})
        assert (tmp_path / name).read_bytes() == (GUEST / name).read_bytes()


@pytest.fixture
def talk(tmp_path):
    """Boots the guest; a pexpect child at its first prompt."""
    children = []

    def start(*options):
        child = pexpect.spawn(
            str(ROOT / "qemu" / "guest"),
            ["--log", str(tmp_path / "console.log"), "--timeout", str(LIMIT),
             *options], timeout=LIMIT, encoding="utf-8",
            codec_errors="replace", dimensions=(24, 200))
        children.append(child)
        child.expect(PROMPT)
        return child

    yield start
    for child in children:
        child.close(force=True)
    print(plain((tmp_path / "console.log").read_text(errors="replace"))[-8000:])


@of_arm64
def test_disk_and_no_nic(talk):
    child = talk()
    before = plain(child.before)
    assert re.search(r"^Phase Boot \S+, Linux \S+ on aarch64$", before, re.M)
    assert re.search("no network( yet)?: no NIC (was found|so far)", before)
    assert re.search(r"^ttyAMA0 +-W- ", output_of(child, "cat /proc/consoles"),
                     re.M)
    assert re.search("^4$", output_of(child, "nproc"), re.M)
    assert re.search(f"^{re.escape(BOOTARGS)}$",
                     output_of(child, "cat /proc/cmdline"), re.M)
    output_of(child, "mkdir /mnt")
    assert "status 0" in output_of(
        child, "mount -t ext4 /dev/vda /mnt && echo x >/mnt/x; echo status $?")
    child.sendline("poweroff")
    child.expect("reboot: Power down")
    assert status_of(child) == 0


@of_arm64
def test_nic_without_a_peer_under_a_hypervisor(talk):
    """At EL1 with a hypervisor above, which stays when the guest has gone."""
    child = talk("--hypervisor", "--stay", "--slot", "alone")
    before = plain(child.before)
    assert "psci: probing for conduit method from DT." in before
    assert "CPU: All CPU(s) started at EL1" in before
    if "no DHCP server has answered yet" not in before:
        child.expect("eth0 .*no DHCP server has answered yet")
    assert re.search("^4$", output_of(child, "nproc"), re.M)
    child.sendline("poweroff")
    child.expect_exact("[PSCI] SYSTEM_OFF")
    child.send("\x01c")
    child.expect_exact("(qemu) ")
    child.sendline("info status")
    child.expect_exact("VM status: running")
    assert "Kernel panic" not in plain(child.before)
    child.sendline("quit")
    assert status_of(child) == 0


@of_arm64
def test_without_a_command_line(talk):
    child = talk("--no-command-line", "--hypervisor", "--slot", "user")
    if "10.0.2.15/24" not in child.before:
        child.expect(re.escape("10.0.2.15/24") + r"[^\n]*\n")
    assert "words=()" in output_of(child, 'echo "words=($(cat /proc/cmdline))"')
    assert re.search(r"^ttyAMA0 +-W- ", output_of(child, "cat /proc/consoles"),
                     re.M)
    assert re.search("^init$", output_of(child, "cat /proc/1/comm"), re.M)
    child.sendline("poweroff")
    child.expect_exact("[PSCI] SYSTEM_OFF")
    assert status_of(child) == 0


@of_arm64
def test_what_does_not_fit(tmp_path):
    for name in "Image", "guest.dtb", "disk.img":
        (tmp_path / name).symlink_to(GUEST / name)
    (tmp_path / "initramfs.cpio.gz").write_bytes(bytes(WINDOW + 1))
    done = subprocess.run(
        [ROOT / "qemu" / "guest", "--dry-run", "--files", tmp_path],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 126
    assert (f"{WINDOW + 1} bytes, and the window of the initramfs {WINDOW}"
            in done.stderr)


@of_arm64
def test_linux_drops_to_el1(tmp_path):
    """Of itself, from EL2, where PSCI is by smc."""
    machine = Machine("arm64", tmp_path)
    status = machine.run("--", "-machine", "virtualization=on",
                         run="dmesg | grep -E 'psci:|EL[12]'")
    assert status == 0
    assert "All CPU(s) started at EL2" in machine.console
