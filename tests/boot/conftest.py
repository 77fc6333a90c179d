import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

from machine import ROOT, Machine, kernel_image  # noqa: E402

MARKERS = (
    "quick: what boots is of no account to the test: a monolithic kernel on a "
    "machine without PCI, where there is one",
    "modular: of a file that is quick, one that takes Debian's kernel and its "
    "modules",
    "either: what is tested is the same code on both architectures: each test, "
    "or each row of its table, is done on one, and they take turns",
)


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


def pytest_generate_tests(metafunc):
    if "machine" in metafunc.fixturenames:
        arches = os.environ.get("ARCHES", "arm64 x86_64").split()
        metafunc.parametrize("arch", arches, scope="session")


def pytest_collection_modifyitems(config, items):
    arches = os.environ.get("ARCHES", "arm64 x86_64").split()
    turns = {}
    kept, left_out = [], []
    for item in items:
        keep = True
        if item.get_closest_marker("either"):
            params = dict(item.callspec.params)
            arch = params.pop("arch")
            what = f"{item.path} {item.originalname} {params}"
            keep = arch == arches[turns.setdefault(what, len(turns)) %
                                  len(arches)]
        (kept if keep else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def monolithic(arch):
    """The kernel KERNEL=mmio, if `make deps` has built it: it takes a third of
    the time that the others do. It has been tried on arm64 so far."""
    if arch != "arm64":
        return None
    return kernel_image(arch, "mmio")


@pytest.fixture(scope="session")
def bare(arch, tmp_path_factory):
    """The initramfs without modules."""
    path = tmp_path_factory.mktemp(f"bare-{arch}") / "initramfs.cpio.gz"
    subprocess.run([ROOT / "tests/boot/without-modules",
                    ROOT / "build" / arch / "rootfs", path], check=True)
    return path


@pytest.fixture
def machine(request, arch, tmp_path):
    """A machine whose initramfs and kernel the Makefile has built."""
    machine = Machine(arch, tmp_path)
    for path in machine.initrd, machine.build / "vmlinuz":
        assert path.exists(), (
            f"{path.relative_to(ROOT)} is missing: run `make all ARCH={arch}`")
    if (request.node.get_closest_marker("quick") and
            not request.node.get_closest_marker("modular")):
        machine.quick_kernel = monolithic(arch)
    if machine.quick_kernel:
        machine.initrd = request.getfixturevalue("bare")
    yield machine
    if machine.log.exists():
        print(machine.console[-8000:])
    if machine.errors:
        print(machine.errors)
