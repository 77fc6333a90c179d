"""Debian's full kernel with every network driver: eight NICs of four models
come up, and nobody has said which they are. phase-modules at its prompt."""

import os
import re
import subprocess

import pytest

from machine import ROOT, output_of, power_off

KERNEL = "debian-6.12"
# QEMU's model, and the driver that it takes.
MODELS = (
    ("virtio-net-pci,romfile=", "virtio_net"),
    ("e1000e,romfile=", "e1000e"),
    ("vmxnet3,romfile=", "vmxnet3"),
    ("usb-net", "cdc_ether"),
)
NICS = [model for model in MODELS for _ in range(2)]


@pytest.fixture
def full(machine):
    """MACHINE with Debian's full kernel, and an initramfs with @net-all that
    the builder makes of it."""
    build = machine.directory / "build"
    build.mkdir()
    facts = subprocess.run(
        ["rootfs/kernel", machine.arch, KERNEL], cwd=ROOT, check=True,
        text=True, stdout=subprocess.PIPE).stdout
    (build / "kernel.id").write_text(facts)
    for name in "init", "phase-discover":
        (build / name).symlink_to(machine.build / name)
    environment = dict(
        os.environ, MODULES_LIST="rootfs/modules.list", MODULES_ADD="@net-all",
        PHASE_MODULES=str(ROOT / "build/host/phase-modules"))
    for step in "stage", "pack":
        subprocess.run(
            ["rootfs/build", step, machine.arch, str(build),
             "rootfs/initramfs.list"], cwd=ROOT, env=environment, check=True)
    machine.initrd = build / "initramfs.cpio.gz"
    machine.kernel = re.search("^image=(.*)$", facts, re.M)[1]
    return machine


def options(machine):
    yield from ("--kernel", machine.kernel, "--net", "none", "--mem", "512M",
                "--", "-device", "qemu-xhci")
    for i, (model, _) in enumerate(NICS):
        yield "-netdev"
        yield f"user,id=n{i},net=10.9.{i}.0/24"
        yield "-device"
        yield f"{model},netdev=n{i}"


def leases_of(child):
    """Addresses by interface, once all NICs have one: in the banner, or in
    the line that tells of a later one."""
    found = {}
    text = child.before
    pattern = r"(\w+)  (\w+)  [0-9a-f:]{17}  10\.9\.(\d)\.15/24"
    for interface, driver, net in re.findall(pattern, text):
        found[int(net)] = interface, driver
    while len(found) < len(NICS):
        child.expect(pattern)
        interface, driver, net = child.match.groups()
        found[int(net)] = interface, driver
    return found


def test_eight_nics_of_four_models(full):
    child = full.talk(*options(full))
    leases = leases_of(child)
    # Each NIC by its network, so that none stands for another.
    for i, (_, driver) in enumerate(NICS):
        assert leases[i][1] == driver
    assert len({interface for interface, _ in leases.values()}) == len(NICS)
    for i, (interface, _) in leases.items():
        assert "1 packets received" in output_of(
            child, f"ping -c 1 -I {interface} 10.9.{i}.2")
    phase_modules(child)
    power_off(child)


def phase_modules(child):
    """The command, in the initramfs that it helped to make."""
    release = output_of(child, "uname -r").strip()
    alias = "usb:v1A86pE092d0001dcFFdscFFdpFFicFFiscFFip00in00"
    assert output_of(child, f"phase-modules -R {alias}").strip() == "ch9200"
    shown = output_of(child, "phase-modules -D ch9200 usb_common nosuch; "
                      "echo status $?")
    assert f"/lib/modules/{release}/kernel/drivers/net/usb/ch9200.ko" in shown
    assert "nosuch: no module" in shown and "status 1" in shown
    assert "ch9200" not in output_of(child, "lsmod")
    assert "status 0" in output_of(child, "phase-modules ch9200; "
                                   "echo status $?")
    assert "ch9200" in output_of(child, "lsmod")
    # Loaded already, it is a success.
    assert "status 0" in output_of(child, "phase-modules -v ch9200; "
                                   "echo status $?")
